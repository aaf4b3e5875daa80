// @ts-check
import { badgeText } from './bar.js';
import { h, icon, set, write } from './dom.js';
import { unreadOf } from './state.js';
import { say } from './strings.js';
import { debounced } from './waiting.js';

const KEEP_MS = 300;
const NONE = -1;
const FLASH_MS = 1_800;
// More than this in the log while its newest are looked at only makes it slow.
const TRIM_FROM = 500;
const TRIM_TO = 200;

/** Where the person is in the log: what is new, what is read, the ways to the newest, to the first unread one and to any other. */
export class Reading {
  /** The last seq above the line "New", -1 for no such line. */
  newAfter = NONE;
  #seenHead = 0;
  #keep = debounced(KEEP_MS, () => this.#keepPlace());

  /** @param {import('./chat.js').Chat} chat */
  constructor(chat) {
    this.chat = chat;
    this.news = h('span', { class: 'badge' });
    this.jump = h('button', { type: 'button', class: 'round jump', hidden: true, onclick: () => this.toBottom() }, icon('down'), this.news);
    this.unseen = h('button', { type: 'button', class: 'unseen', hidden: true, onclick: () => this.toUnread() }, icon('up'), h('span', {}));
  }

  get #thread() {
    return this.chat.history?.thread;
  }

  get #placeKey() {
    return `place/${this.chat.id}`;
  }

  /** The conversation is known now: go where the person left it. */
  async begin() {
    const { storage } = this.chat.client;
    this.divide();
    this.#seenHead = this.#thread?.high || 0;
    const place = storage.get(this.#placeKey);
    if (!place) return;
    this.chat.anchor.atBottom = false;
    const found = await this.chat.history?.reach(place.seq).catch(() => false);
    this.chat.drawNow();
    const message = found && this.chat.log.find(place.seq);
    if (message) this.chat.anchor.show(message, place.top);
    else this.chat.anchor.toBottom();
    this.scrolled();
  }

  #keepPlace() {
    const { id, client, anchor, log } = this.chat;
    if (id && this.#thread?.loaded && log.element.clientHeight) client.storage.set(this.#placeKey, anchor.place);
  }

  /** The line "New" stands where the person had read to when something came in unseen. */
  divide() {
    const { conversation } = this.chat;
    if (!conversation || this.looking) return;
    if (unreadOf(conversation) && this.newAfter < conversation.read_seq) this.newAfter = conversation.read_seq;
  }

  /** Whether the person has the newest messages before their eyes. */
  get looking() {
    const { client, small, element, anchor } = this.chat;
    return !small && element.isConnected && !element.hidden && anchor.atBottom && !this.#thread?.detour
      && document.visibilityState === 'visible' && (client.bridge.focused || document.hasFocus());
  }

  look() {
    const { conversation, client } = this.chat;
    const high = this.#thread?.high || 0;
    if (!conversation || conversation.partial || !this.looking || high <= conversation.read_seq) return;
    client.markRead(conversation.id, high);
  }

  /** The log was drawn. */
  drawn() {
    const thread = this.#thread;
    if (thread && !thread.detour && this.chat.anchor.atBottom && thread.messages.length > TRIM_FROM) thread.trim(TRIM_TO);
    this.draw();
    this.look();
  }

  draw() {
    const { anchor, log } = this.chat;
    const high = this.#thread?.high || 0;
    if (anchor.atBottom) this.#seenHead = high;
    const count = Math.max(0, high - this.#seenHead);
    this.jump.hidden = anchor.atBottom;
    write(this.news, count ? badgeText(count) : '');
    set(this.jump, 'aria-label', count ? say('to_bottom_new', { count }) : say('to_bottom'));
    const line = /** @type {HTMLElement | null} */ (log.element.querySelector('.rule.new'));
    const waiting = this.newAfter !== NONE && high > this.newAfter && !this.#thread?.detour ? high - this.newAfter : 0;
    const above = line ? line.offsetTop < log.element.scrollTop : waiting > 0;
    this.unseen.hidden = !waiting || !above || !log.element.clientHeight || this.#unreadSeen === this.newAfter;
    if (!this.unseen.hidden) write(/** @type {Node} */ (this.unseen.lastChild), say('to_unread', { count: waiting }));
    // Who has seen where it begins needs no button any more.
    if (line && anchor.sees(line)) this.#unreadSeen = this.newAfter;
  }

  #unreadSeen = NONE;

  scrolled() {
    this.draw();
    this.look();
    this.#keep();
    this.chat.onLook();
  }

  toBottom() {
    this.#thread?.leave();
    this.chat.anchor.adrift = false;
    this.chat.anchor.atBottom = true;
    this.chat.drawNow();
    this.chat.composer.focus();
    this.scrolled();
  }

  async toUnread() {
    await this.to(this.newAfter + 1, { top: 40, flash: false });
    this.#unreadSeen = this.newAfter;
    this.draw();
  }

  /**
   * Show one message, wherever it is; a short glow says which.
   * @param {number} seq @param {{top?: number, flash?: boolean}} [options]
   * @returns {Promise<boolean>} false if it is not there for this person
   */
  async to(seq, { top, flash = true } = {}) {
    const { chat } = this;
    const found = await chat.history?.reach(seq).catch(() => false);
    chat.anchor.atBottom = chat.anchor.atBottom && !found;
    chat.drawNow();
    const message = chat.log.find(seq);
    if (!found || !message) return false;
    chat.anchor.show(message, top);
    this.scrolled();
    if (!flash) return true;
    message.focus({ preventScroll: true });
    message.classList.remove('flash');
    requestAnimationFrame(() => message.classList.add('flash'));
    setTimeout(() => message.classList.remove('flash'), FLASH_MS);
    return true;
  }

  /** Something of one's own goes out: the newest is what matters now. */
  sent() {
    this.newAfter = NONE;
    this.#thread?.leave();
    this.chat.anchor.adrift = false;
    this.chat.anchor.atBottom = true;
    this.chat.client.storage.set(this.#placeKey, null);
  }
}
