// @ts-check
import { clock, moment } from './dates.js';
import { h, icon, set, write } from './dom.js';
import { Face } from './faces.js';
import { linked } from './links.js';
import { say } from './strings.js';

/** @typedef {import('./log.js').Entry} Entry */

// Up to three pictures and nothing else are drawn large: flags, keycaps, and whatever is joined or tinted.
const PICTURE = '(?:\\p{RI}\\p{RI}|[#*0-9]\\ufe0f?\\u20e3|\\p{Extended_Pictographic}[\\ufe0f\\u{1f3fb}-\\u{1f3ff}\\u{e0020}-\\u{e007f}]*(?:\\u200d\\p{Extended_Pictographic}[\\ufe0f\\u{1f3fb}-\\u{1f3ff}]*)*)';
const JUMBO = new RegExp(`^(?:${PICTURE}\\s?){1,3}$`, 'u');
const PICTURES = { pending: 'clock', sent: 'check', failed: 'alert' };

/** One message: bubble, time, and for one's own what became of it. */
export class Bubble {
  #face = /** @type {Face | null} */ (null);
  #mark = '';
  #drawn = /** @type {Entry | null} */ (null);

  /**
   * @param {Entry} entry
   * @param {import('./chat.js').Chat} chat
   */
  constructor(entry, chat) {
    this.chat = chat;
    this.entry = entry;
    this.mine = entry.sender_id === chat.me;
    this.text = h('div', { class: 'text', dir: 'auto' });
    this.files = h('div', { class: 'files', hidden: true });
    this.body = h('div', { class: 'bubble' }, this.files, this.text);
    this.time = h('time', { class: 'at' });
    this.state = h('span', { class: 'state' });
    this.element = h('div', { class: this.mine ? 'message mine' : 'message', role: 'article', tabindex: '-1' }, this.body, this.time, this.state);
  }

  /**
   * @param {Entry} entry
   * @param {{first: boolean, last: boolean}} place in its group
   */
  show(entry, { first, last }) {
    const { element } = this;
    this.entry = entry;
    element.classList.toggle('first', first);
    element.classList.toggle('last', last);
    set(element, 'data-seq', entry.seq || null);
    set(element, 'data-id', entry.client_id);
    set(element, 'data-mark', this.mine ? entry.mark : null);
    if (this.mine) this.#showMark(entry.mark);
    else this.#showFace(last);
    this.#showBody(entry);
  }

  /** @param {Entry} entry */
  #showBody(entry) {
    const { text, created_at, files } = entry;
    const before = this.#drawn;
    this.#drawn = entry;
    if (before?.text !== text) {
      this.text.replaceChildren(...linked(text));
      this.text.classList.toggle('jumbo', JUMBO.test(text));
      this.text.hidden = !text;
    }
    if (before?.files !== files) this.#showFiles(entry);
    if (before?.created_at === created_at) return;
    this.time.textContent = clock(created_at);
    this.time.title = moment(created_at);
    this.time.dateTime = new Date(created_at).toISOString();
  }

  /** Pictures and other files come in their own module. @param {Entry} entry */
  async #showFiles(entry) {
    this.files.hidden = !entry.files?.length;
    if (this.files.hidden) return;
    const { attach } = await import(/** @type {any} */ ('./attachments.js'));
    this.chat.anchor.hold(() => attach(this.files, { entry, chat: this.chat }));
  }

  /** @param {boolean} last */
  #showFace(last) {
    if (last && !this.#face) this.element.prepend((this.#face = new Face()).element);
    if (!last) {
      this.#face?.element.remove();
      this.#face = null;
    }
    this.#face?.show({ ...this.chat.person(this.entry.sender_id), presence: '' });
  }

  /** @param {Entry['mark']} mark */
  #showMark(mark) {
    if (mark === this.#mark) return;
    this.#mark = mark;
    const word = say(mark === 'pending' ? 'sending' : mark);
    if (mark !== 'failed') {
      this.state.replaceChildren(icon(PICTURES[mark]), h('span', { class: 'hush' }, word));
      return;
    }
    this.state.replaceChildren(icon('alert'), h('span', {}, word),
      h('button', { type: 'button', class: 'link', onclick: () => this.chat.retry(this.entry) }, say('retry')),
      h('button', { type: 'button', class: 'link', onclick: () => this.chat.discard(this.entry) }, say('delete')));
  }

  /** Say it all in one breath to who goes through the messages by keyboard; it costs too much to do for every one at once. */
  announce() {
    const { entry } = this;
    const name = this.mine ? say('me') : this.chat.nameOf(entry.sender_id);
    set(this.element, 'aria-label', say('message_label', { name, time: clock(entry.created_at), text: entry.text.slice(0, 1_000) }));
  }
}
