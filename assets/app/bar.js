// @ts-check
import { h, icon, iconButton, set, write } from './dom.js';
import { say } from './strings.js';

/** @param {number} count */
export const badgeText = (count) => (count > 99 ? '99+' : String(count));

/** The bar with the button Messenger; the panel that it opens is loaded after the bar has been painted. */
export class Bar {
  open = false;
  /** @type {import('./panel.js').Panel | null} */
  panel = null;

  /**
   * @param {import('./client.js').Client} client
   * @param {{sound: import('./sound.js').Sound, onToggle: (open: boolean) => void, makePanel: () => Promise<import('./panel.js').Panel>}} parts
   */
  constructor(client, { sound, onToggle, makePanel }) {
    this.client = client;
    this.sound = sound;
    this.onToggle = onToggle;
    this.body = h('div', { class: 'body', id: 'body', hidden: true });
    this.element = h('section', { class: 'card hub', 'aria-label': say('panel'), onkeydown: (/** @type {KeyboardEvent} */ event) => this.#keyed(event) },
      this.#head(), this.body);
    client.state.on('unread', () => this.#drawUnread());
    client.on('link', () => this.#drawLink());
    client.session.on('out', () => this.#drawLink());
    this.#drawUnread();
    this.#drawLink();
    makePanel().then((panel) => this.#fill(panel));
  }

  #head() {
    this.badge = h('span', { class: 'badge' });
    this.title = h('span', { class: 'title', 'aria-hidden': true });
    this.button = h('button', {
      type: 'button', class: 'bar', 'aria-label': say('messenger'), 'aria-expanded': 'false', 'aria-controls': 'body', 'aria-describedby': 'unread',
      onclick: () => this.onToggle(!this.open),
    }, icon('chat'), this.title);
    this.bell = iconButton('mute', say('sound_off'), { onclick: () => this.#toggleSound() });
    this.close = iconButton('down', say('close_panel'), { onclick: () => this.onToggle(false) });
    this.#drawSound();
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

  #toggleSound() {
    this.sound.allow(!this.sound.allowed);
    this.#drawSound();
  }

  #drawSound() {
    const { allowed } = this.sound;
    this.bell.replaceChildren(icon(allowed ? 'bell' : 'mute'));
    for (const name of ['aria-label', 'title']) set(this.bell, name, say(allowed ? 'sound_on' : 'sound_off'));
    set(this.bell, 'aria-pressed', String(allowed));
  }

  #drawUnread() {
    const { unread } = this.client.state;
    const words = unread ? [h('span', { 'aria-hidden': true }, badgeText(unread)), h('span', { class: 'hush', id: 'unread' }, say('unread', { count: unread }))] : [];
    this.badge.replaceChildren(...words);
    this.badge.hidden = !unread;
  }

  #drawLink() {
    const { session, up } = this.client;
    this.element.classList.toggle('down', session.out || !up);
    write(this.title, session.out || up || this.open ? say('messenger') : say('reconnecting'));
  }

  /** Who is on the screen. @returns {string[]} */
  inView() {
    return (this.open && this.panel?.inView()) || [];
  }
}
