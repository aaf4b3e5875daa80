// @ts-check
import { h, icon, iconButton, set, write } from './dom.js';
import { number, say } from './strings.js';

/** @param {number} count */
export const badgeText = (count) => (count > 99 ? `${number(99)}+` : number(count));

/**
 * The bar with the button Messenger. It is painted before there is anything behind it; `serve` gives it that.
 */
export class Bar {
  open = false;
  /** @type {import('./panel.js').Panel | null} */
  panel = null;
  /** @type {import('./client.js').Client | null} */
  #client = null;

  /**
   * @param {import('./session.js').Session} session
   * @param {{unread: number, onToggle: (open: boolean) => void}} parts unread: what the last page knew
   */
  constructor(session, { unread, onToggle }) {
    this.session = session;
    this.onToggle = onToggle;
    this.body = h('div', { class: 'body', id: 'body', hidden: true });
    this.element = h('section', { class: 'card hub', 'aria-label': say('panel'), onkeydown: (/** @type {KeyboardEvent} */ event) => this.#keyed(event) },
      this.#head(), this.body);
    session.on('out', () => this.#drawLink());
    this.#drawUnread(unread);
    this.#drawLink();
  }

  /**
   * @param {import('./client.js').Client} client
   * @param {{sound: import('./sound.js').Sound, onToggle: (open: boolean) => void, makePanel: () => Promise<import('./panel.js').Panel>}} parts
   */
  serve(client, { sound, onToggle, makePanel }) {
    this.#client = client;
    this.onToggle = onToggle;
    this.bell.onclick = () => {
      sound.allow(!sound.allowed);
      this.#drawSound(sound);
    };
    this.bell.hidden = false;
    this.#drawSound(sound);
    client.state.on('unread', () => this.#drawUnread(client.state.unread));
    client.on('link', () => this.#drawLink());
    if (client.state.loaded) this.#drawUnread(client.state.unread);
    makePanel().then((panel) => this.#fill(panel));
  }

  #head() {
    this.badge = h('span', { class: 'badge' });
    this.title = h('span', { class: 'title', 'aria-hidden': true });
    this.button = h('button', {
      type: 'button', class: 'bar', 'aria-label': say('messenger'), 'aria-expanded': 'false', 'aria-controls': 'body', 'aria-describedby': 'unread',
      onclick: () => this.onToggle(!this.open),
    }, icon('chat'), this.title);
    this.bell = iconButton('mute', say('sound_off'), { hidden: true });
    this.close = iconButton('down', say('close_panel'), { onclick: () => this.onToggle(false) });
    return h('header', { class: 'head' }, this.button, this.badge, this.bell, this.close);
  }

  /** @param {import('./panel.js').Panel} panel */
  #fill(panel) {
    this.panel = panel;
    this.body.append(panel.element);
    if (this.open) panel.opened();
  }

  /** @param {boolean} open */
  setOpen(open) {
    this.open = open;
    this.body.hidden = !open;
    this.element.classList.toggle('open', open);
    set(this.button, 'aria-expanded', String(open));
    this.#drawLink();
    if (open) this.panel?.opened();
  }

  /** @param {KeyboardEvent} event */
  #keyed(event) {
    if (event.key !== 'Escape' || !this.open || this.panel?.clearSearch()) return;
    this.onToggle(false);
    this.button.focus();
  }

  /** @param {import('./sound.js').Sound} sound */
  #drawSound({ allowed }) {
    this.bell.replaceChildren(icon(allowed ? 'bell' : 'mute'));
    for (const name of ['aria-label', 'title']) set(this.bell, name, say(allowed ? 'sound_on' : 'sound_off'));
    set(this.bell, 'aria-pressed', String(allowed));
  }

  /** @param {number} unread */
  #drawUnread(unread) {
    const words = unread ? [h('span', { 'aria-hidden': true }, badgeText(unread)), h('span', { class: 'hush', id: 'unread' }, say('unread', { count: unread }))] : [];
    this.badge.replaceChildren(...words);
    this.badge.hidden = !unread;
  }

  #drawLink() {
    const up = this.#client?.up ?? true;
    const { out } = this.session;
    this.element.classList.toggle('down', out || !up);
    write(this.title, out || up || this.open ? say('messenger') : say('reconnecting'));
  }

  /** Who is on the screen. @returns {string[]} */
  inView() {
    return (this.open && this.panel?.inView()) || [];
  }
}
