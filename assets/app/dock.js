// @ts-check
import { h, loadStyle } from './dom.js';
import { say } from './strings.js';
import { batched } from './waiting.js';
import { wordsOf } from './words.js';

const CHAT_PX = 328;
const SMALL_CHAT_PX = 216;
const GAP_PX = 12;

/** Loaded after the bar has been painted; the style sheets must be there before what they dress. */
const styles = Promise.all(['./people.css', './chat.css'].map(loadStyle));

export async function loadChat() {
  const [{ Chat }] = await Promise.all([import('./chat.js'), styles]);
  return Chat;
}

/**
 * Where everything stands: the bar in the corner, the panel above it, the windows beside it.
 *
 * What is open is kept for the next page. Only the parts that are seen take clicks.
 */
export class Dock {
  /** @type {import('./chat.js').Chat[]} nearest to the panel first */
  #open = [];
  #layOutLater = batched(() => this.layOut());

  /**
   * @param {import('./client.js').Client} client
   * @param {{sound: import('./sound.js').Sound, bar: import('./bar.js').Bar, stage: import('./stage.js').Stage}} parts
   *   bar: painted already
   */
  constructor(client, { sound, bar, stage }) {
    this.client = client;
    this.bar = bar;
    this.stage = stage;
    this.element = stage.element;
    this.live = h('div', { class: 'hush', 'aria-live': 'polite' });
    document.body.append(this.live);
    stage.arrange = () => this.#arrange();
    bar.serve(client, { sound, onToggle: (open) => this.toggleBar(open), makePanel: () => this.#makePanel() });
    new ResizeObserver(this.#layOutLater).observe(this.bar.element);
    for (const name of ['focus', 'blur']) window.addEventListener(name, () => this.look());
    document.addEventListener('visibilitychange', () => this.look());
    client.bridge.on('focus', () => this.look());
    client.state.on('arrived', (/** @type {any} */ message) => this.#announce(message));
    client.state.on('gone', (/** @type {string} */ gone) => this.closeChat(this.#open.find(({ id }) => id === gone)));
    client.state.on('warnings', () => this.#warn());
    client.on('open', (/** @type {any} */ target) => this.openChat(target));
    this.layOut();
    this.#restore();
    this.#warn();
  }

  #warned = false;

  /** Nearly nobody has ever been warned: what shows it is fetched for the first. */
  async #warn() {
    this.#warned ||= this.client.state.warnings.length > 0;
    if (this.#warned) (await import('./warning.js')).showWarnings(this.client);
  }

  async #makePanel() {
    const [{ Panel }] = await Promise.all([import('./panel.js'), styles]);
    return new Panel(this.client, { onPick: (target) => this.openChat(target), onView: () => this.look() });
  }

  async #restore() {
    const kept = this.client.storage.get('dock');
    if (this.bar.open) this.toggleBar(true);
    // A phone shows one thing at a time: a page that was just opened shows itself.
    if (!kept || this.phone) return;
    // Who leaves the page before all are open again must find all on the next.
    this.#restoring = true;
    for (const { user, id, small } of [...kept.windows].reverse()) await this.#show({ user, id }, { small, quiet: true });
    this.#restoring = false;
    this.#keep();
  }

  #restoring = false;

  #keep() {
    if (this.phone || this.#restoring) return;
    const windows = this.#open.map(({ user, id, small }) => ({ user, id, small }));
    this.client.storage.set('dock', { open: this.bar.open, windows });
  }

  /** @param {boolean} open */
  toggleBar(open) {
    this.bar.setOpen(open);
    this.#changed();
  }

  /**
   * Show the window of a conversation, or with a person; make it if there is none.
   * @param {{user?: string, conversation?: string, room?: string, seq?: number}} target seq: a message to go to
   */
  async openChat({ user, conversation, room, seq }) {
    const { conversations } = this.client.state;
    const id = conversation || room || '';
    const known = id ? conversations.get(id) || await this.client.fetchConversation(id).catch(() => null) : null;
    if (!known && !user) return;
    const chat = await this.#show({ user: known ? known.peer?.id : String(user), id: known?.id });
    if (seq) await chat?.jumpTo(seq);
  }

  /**
   * @param {{user?: string, id?: string | null}} whose a direct conversation that is not yet has no id, another no user
   * @param {{small?: boolean, quiet?: boolean}} [options] quiet: the focus stays where it is
   */
  async #show({ user = '', id = null }, { small = false, quiet = false } = {}) {
    if (user === this.client.session.user) return null;
    const Chat = await loadChat();
    id ||= this.client.state.conversationWith(user)?.id || null;
    let chat = this.#open.find((one) => (id && one.id === id) || (user && one.user === user));
    if (!chat) {
      const made = chat = new Chat(this.client, {
        user, id, small, onClose: () => this.closeChat(made), onSmall: (shrink) => this.#resize(made, shrink), onLook: () => this.look(),
      });
      this.#open.unshift(made);
      this.element.prepend(made.element);
    } else if (!quiet) {
      chat.setSmall(false);
      if (chat.element.hidden) this.#toFront(chat);
    }
    this.#changed();
    chat.placed();
    // On a phone the focus would bring up the keyboard over what the person wants to read.
    if (!quiet && !this.phone) chat.composer.focus();
    return chat;
  }

  /** @param {import('./chat.js').Chat} chat */
  #toFront(chat) {
    this.#open = [chat, ...this.#open.filter((other) => other !== chat)];
  }

  /** @param {import('./chat.js').Chat} chat @param {boolean} small */
  #resize(chat, small) {
    chat.setSmall(small && !this.phone);
    this.#changed();
    if (!small) chat.composer.focus();
  }

  /** @param {import('./chat.js').Chat | undefined} chat */
  closeChat(chat) {
    if (!chat || !this.#open.includes(chat)) return;
    this.#open.splice(this.#open.indexOf(chat), 1);
    const focused = chat.element.contains(document.activeElement);
    chat.close();
    this.#changed();
    if (!focused) return;
    const next = this.#open.find((one) => !one.small && !one.element.hidden);
    if (next) next.composer.focus();
    else this.bar.button.focus();
  }

  #changed() {
    this.#keep();
    this.layOut();
    this.look();
  }

  /** Show as many windows as fit, nearest first, and let clicks through everywhere else. */
  layOut() {
    this.stage.layOut();
  }

  get phone() {
    return this.stage.phone;
  }

  #arrange() {
    if (this.phone) this.#layOutPhone();
    else this.#layOutDesktop();
  }

  #layOutPhone() {
    this.#open.forEach(({ element }, at) => { element.hidden = at > 0; });
    this.bar.element.hidden = this.#open.length > 0;
  }

  #layOutDesktop() {
    this.bar.element.hidden = false;
    let room = window.innerWidth - this.bar.element.offsetWidth - 3 * GAP_PX;
    this.#open.forEach((chat, at) => {
      room -= (chat.small ? SMALL_CHAT_PX : CHAT_PX) + GAP_PX;
      chat.element.hidden = room < 0 && at > 0;
      chat.element.style.order = String(-at);
    });
  }

  /** Something takes the whole page for a while. @param {boolean} covered */
  cover(covered) {
    this.stage.cover(covered);
  }

  /** Tell who and what is before the person's eyes. */
  look() {
    for (const chat of this.#open) chat.look();
    const watch = [...new Set([...this.#open.map(({ user }) => user).filter(Boolean), ...this.bar.inView()])];
    const attends = this.#open.filter((chat) => chat.looking && chat.id).map(({ id }) => String(id));
    const rooms = this.#open.filter(({ kind }) => kind === 'room').map(({ id }) => String(id));
    const view = JSON.stringify([watch, attends, rooms]);
    if (view === this.#view) return;
    this.#view = view;
    this.client.show({ watch, attends, rooms });
  }

  #view = '';

  /** Read out what is new in a window that is open. @param {import('./types.js').Message} message */
  #announce(message) {
    const { state } = this.client;
    const name = state.people.get(message.sender_id)?.name || say('somebody');
    const shown = this.#open.some(({ id, small }) => id === message.conversation_id && !small);
    if (shown && message.sender_id !== state.me.id) this.live.textContent = say('said', { name, text: wordsOf(message) });
  }

  remove() {
    this.element.remove();
    this.live.remove();
  }
}
