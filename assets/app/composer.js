// @ts-check
import { composerTools, offered } from './actions.js';
import { h, icon, iconButton, set, write } from './dom.js';
import { say } from './strings.js';

const CHARACTERS = 4_000;
const COUNT_FROM = 3_600;
const TALLEST_PX = 132;
// Safari ends a composition before it reports the Enter that ended it; this is how that Enter looks.
const IN_COMPOSITION = 229;

/**
 * @typedef {object} Enclosed what goes along with the next message, from whatever module puts it there
 * @property {boolean} ready whether it may be sent now
 * @property {() => any[]} take hands over the files (as the API tells of them), and is empty after that
 */

/**
 * The textbox named Message, the tools around it and the button Send. What is typed is handed out at once, to be kept as a draft.
 *
 * `tray` is a place above the text for what belongs to the next message; `enclosed` goes with it (call `redraw` when that changes).
 */
export class Composer {
  /** @type {Enclosed | null} */
  enclosed = null;

  /**
   * @param {import('./chat.js').Chat} chat
   * @param {{draft: string, onSend: (text: string) => void, onDraft: (text: string) => void, onBlur: () => void, onKey: (event: KeyboardEvent) => boolean}} parts onKey: whether the key is dealt with
   */
  constructor(chat, { draft, onSend, onDraft, onBlur, onKey }) {
    this.chat = chat;
    this.onSend = onSend;
    this.onDraft = onDraft;
    this.onKey = onKey;
    this.field = h('textarea', {
      rows: 1, class: 'write', 'aria-label': say('message'), placeholder: say('write'), dir: 'auto', enterkeyhint: 'send',
      oninput: () => this.#typed(), onblur: onBlur, onkeydown: (/** @type {KeyboardEvent} */ event) => this.#keyed(event),
    });
    this.count = h('span', { class: 'count', role: 'status' });
    this.button = h('button', { type: 'submit', class: 'round send', 'aria-label': say('send'), title: say('send') }, icon('send'));
    this.tray = h('div', { class: 'tray' });
    this.instead = h('span', { class: 'instead' });
    this.before = h('span', { class: 'before' });
    this.inside = h('span', { class: 'inside' });
    this.element = h('form', { class: 'composer', onsubmit: (/** @type {Event} */ event) => this.#submit(event) }, this.tray,
      this.before, h('div', { class: 'box' }, this.field, this.inside), this.count, this.instead, this.button);
    this.redraw();
    this.show(draft);
  }

  get text() {
    return this.field.value;
  }

  /** @param {string} text */
  show(text) {
    this.field.value = text;
    this.#draw();
  }

  focus() {
    this.field.focus({ preventScroll: true });
  }

  #typed() {
    this.onDraft(this.text);
    this.#draw();
  }

  /** The tools, as the conversation allows them now. */
  redraw() {
    for (const place of /** @type {const} */ (['before', 'inside', 'instead'])) {
      const tools = offered(composerTools, { chat: this.chat }).filter((tool) => tool.place === place);
      const names = tools.map(({ name }) => name).join();
      if (this[place].dataset.names === names) continue;
      this[place].dataset.names = names;
      this[place].replaceChildren(...tools.map((tool) => this.#tool(tool)));
    }
    this.#draw();
  }

  /** @param {import('./actions.js').Action} tool */
  #tool(tool) {
    const words = say(/** @type {'message'} */ (tool.key));
    return iconButton(tool.icon, words, {
      'data-action': tool.name, onclick: (/** @type {any} */ event) => tool.run({ chat: this.chat, from: event.currentTarget }),
    });
  }

  /** Put `text` where the caret is, in place of what is selected. @param {string} text */
  insert(text) {
    const { selectionStart, selectionEnd } = this.field;
    this.field.setRangeText(text, selectionStart, selectionEnd, 'end');
    this.#typed();
  }

  #draw() {
    const left = CHARACTERS - [...this.text].length;
    const empty = !this.text.trim() && !this.enclosed;
    set(this.button, 'disabled', left < 0 || empty || (this.enclosed && !this.enclosed.ready));
    this.button.hidden = empty && this.instead.childElementCount > 0;
    this.instead.hidden = !empty;
    write(this.count, left > CHARACTERS - COUNT_FROM ? '' : say(left < 0 ? 'over' : 'left', { count: Math.abs(left) }));
    this.count.classList.toggle('over', left < 0);
    this.grow();
  }

  /** As tall as its text, within reason. */
  grow() {
    this.field.style.height = 'auto';
    if (this.field.scrollHeight) this.field.style.height = `${Math.min(TALLEST_PX, this.field.scrollHeight)}px`;
  }

  /** @param {KeyboardEvent} event */
  #keyed(event) {
    if (this.onKey(event)) {
      event.preventDefault();
      return;
    }
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === IN_COMPOSITION) return;
    this.#submit(event);
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    const text = this.text.trim();
    if (this.button.disabled || this.button.hidden) return;
    this.onSend(text);
    this.focus();
  }
}
