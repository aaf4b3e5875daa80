// @ts-check
import { h, icon, set, write } from './dom.js';
import { say } from './strings.js';

const CHARACTERS = 4_000;
const COUNT_FROM = 3_600;
const TALLEST_PX = 132;
// Safari ends a composition before it reports the Enter that ended it; this is how that Enter looks.
const IN_COMPOSITION = 229;

/** The textbox named Message and the button Send. What is typed is handed out at once, to be kept as a draft. */
export class Composer {
  /**
   * @param {{draft: string, onSend: (text: string) => void, onDraft: (text: string) => void, onBlur: () => void}} parts
   */
  constructor({ draft, onSend, onDraft, onBlur }) {
    this.onSend = onSend;
    this.onDraft = onDraft;
    this.field = h('textarea', {
      rows: 1, class: 'write', 'aria-label': say('message'), placeholder: say('write'), dir: 'auto', enterkeyhint: 'send',
      oninput: () => this.#typed(), onblur: onBlur, onkeydown: (/** @type {KeyboardEvent} */ event) => this.#keyed(event),
    });
    this.count = h('span', { class: 'count', role: 'status' });
    this.button = h('button', { type: 'submit', class: 'round send', 'aria-label': say('send'), title: say('send') }, icon('send'));
    this.element = h('form', { class: 'composer', onsubmit: (/** @type {Event} */ event) => this.#submit(event) }, this.field, this.count, this.button);
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

  #draw() {
    const left = CHARACTERS - [...this.text].length;
    set(this.button, 'disabled', left < 0 || !this.text.trim());
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
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === IN_COMPOSITION) return;
    this.#submit(event);
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    const text = this.text.trim();
    if (!text || this.button.disabled) return;
    this.onSend(text);
    this.focus();
  }
}
