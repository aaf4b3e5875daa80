// @ts-check
import { path, query } from './api.js';
import { h, set } from './dom.js';
import { Face, nameOf } from './faces.js';
import { say } from './strings.js';
import { debounced } from './waiting.js';

// A name may have spaces in it; a code may not.
const MENTION = /(?:^|[\s([{"'“„«])@([\p{L}\p{N}._-][\p{L}\p{N}._ -]{0,30}|)$/u;
const CODE = /(?:^|[^\p{L}\p{N}:]):([a-z0-9_+-]{2,30})$/u;
const WHOLE_CODE = /(?:^|[^\p{L}\p{N}:]):([a-z0-9_+-]{2,40}):$/u;
const OFFERED = 6;
const ASK_MS = 150;
let lists = 0;

/** @typedef {{label: string, text: string, node: Node, pick?: () => void}} Offer text: what is put in place of what was typed */

/** What could be meant by a beginning @name or :code, in a list above the textbox: arrow keys, Enter or Tab, or a click. */
export class Completion {
  /** @type {Offer[]} */
  #offers = [];
  #at = 0;
  /** Where what is completed begins in the text. */
  #from = 0;
  /** What is looked for among the members; null when nothing is. @type {string | null} */
  #asked = null;
  /** Members that the server named, by id. @type {Map<string, import('./types.js').Person>} */
  #members = new Map();
  #ask = debounced(ASK_MS, () => this.#askMembers());

  /**
   * @param {import('./chat.js').Chat} chat
   * @param {import('./composer.js').Composer} composer
   * @param {(name: string, id: string) => void} onMention
   */
  constructor(chat, composer, onMention) {
    this.chat = chat;
    this.composer = composer;
    this.onMention = onMention;
    lists += 1;
    this.list = h('div', { role: 'listbox', class: 'completion', id: `completion${lists}`, 'aria-label': say('suggestions'), hidden: true });
    composer.element.append(this.list);
    set(composer.field, 'aria-autocomplete', 'list');
    set(composer.field, 'aria-controls', this.list.id);
    composer.field.addEventListener('blur', () => this.close());
  }

  /** The text changed, or the caret moved. */
  async look() {
    const { field } = this.composer;
    const before = field.selectionStart === field.selectionEnd ? field.value.slice(0, field.selectionStart) : '';
    const mention = MENTION.exec(before);
    if (mention) {
      this.#asked = mention[1].trim().toLowerCase();
      this.#from = before.length - mention[1].length - 1;
      if (this.chat.kind !== 'direct') this.#ask();
      this.#offer(this.#people(this.#asked), { open: true });
      return;
    }
    const [whole, code] = [WHOLE_CODE.exec(before), CODE.exec(before)];
    if (!whole && !code) return this.close();
    const emoji = await import('./emoji.js');
    if (field.value.slice(0, before.length) !== before || field.selectionStart !== before.length) return;
    if (whole) this.#replaceCode(emoji.byCode(whole[1]), before.length - whole[1].length - 2);
    else if (code) this.#codes(emoji, code[1], before.length - code[1].length - 1);
  }

  /** @param {import('./emoji.js').Emoji | undefined} found @param {number} from */
  #replaceCode(found, from) {
    this.close();
    if (!found) return;
    const { field } = this.composer;
    field.setSelectionRange(from, field.selectionStart);
    this.composer.insert(this.chat.emoji.tinted(found));
  }

  /** @param {typeof import('./emoji.js')} emoji @param {string} code @param {number} from */
  #codes(emoji, code, from) {
    this.#from = from;
    this.#offer(emoji.search(code.replace(/_/g, ' '), OFFERED).map((one) => {
      const text = this.chat.emoji.tinted(one);
      return { label: one.name, text, node: h('span', { class: 'offer' }, h('span', { class: 'glyph' }, text), h('span', { class: 'name' }, `:${emoji.codeFor(one, code)}:`)), pick: () => this.chat.emoji.used(text) };
    }));
  }

  /** Who takes part, as far as is known here. @param {string} wanted @returns {Offer[]} */
  #people(wanted) {
    const { chat } = this;
    const writers = chat.history?.thread.messages.slice(-200).map(({ sender_id }) => sender_id).reverse() || [];
    const ids = [...new Set([...(chat.user ? [chat.user] : []), ...writers, ...this.#members.keys()])].filter((id) => id !== chat.me);
    const people = ids.map((id) => this.#members.get(id) || chat.person(id)).filter(({ name }) => name);
    const begins = people.filter(({ name }) => ` ${name.toLowerCase()}`.includes(` ${wanted}`));
    return begins.slice(0, OFFERED).map((person) => {
      const face = new Face();
      face.show({ ...person, presence: '' });
      return {
        label: nameOf(person), text: `@${person.name} `, pick: () => this.onMention(person.name, person.id),
        node: h('span', { class: 'offer' }, face.element, h('span', { class: 'name', dir: 'auto' }, person.name)),
      };
    });
  }

  async #askMembers() {
    const { client, id } = this.chat;
    const asked = this.#asked;
    if (asked === null) return;
    const address = path`/v1/conversations/${id}/members` + query({ q: asked, limit: 20, filter: 'everyone' });
    const page = await client.session.call('GET', address).catch(() => null);
    for (const person of page?.data || []) this.#members.set(person.id, person);
    if (page?.data.length && asked === this.#asked && document.activeElement === this.composer.field) this.#offer(this.#people(asked));
  }

  /** @param {Offer[]} offers @param {{open?: boolean}} [options] open: there may be some soon */
  #offer(offers, { open = false } = {}) {
    const chosen = this.#offers[this.#at]?.text;
    this.#offers = offers;
    this.#at = Math.max(0, offers.findIndex(({ text }) => text === chosen));
    if (!offers.length && !open) return this.close();
    this.list.replaceChildren(...offers.map(({ node, label }, at) => h('div', {
      role: 'option', id: `${this.list.id}-${at}`, 'aria-label': label, onmousedown: (/** @type {Event} */ event) => event.preventDefault(), onclick: () => this.#pick(at),
    }, node)));
    this.list.hidden = !offers.length;
    if (offers.length) this.#mark();
  }

  #mark() {
    [...this.list.children].forEach((option, at) => set(option, 'aria-selected', String(at === this.#at)));
    set(this.composer.field, 'aria-activedescendant', `${this.list.id}-${this.#at}`);
    this.list.children[this.#at]?.scrollIntoView({ block: 'nearest' });
  }

  close() {
    this.#asked = null;
    this.list.hidden = true;
    this.#offers = [];
    set(this.composer.field, 'aria-activedescendant', null);
  }

  /** @param {number} at */
  #pick(at) {
    const { text, pick } = this.#offers[at];
    const { field } = this.composer;
    this.close();
    pick?.();
    field.setSelectionRange(this.#from, field.selectionStart);
    this.composer.insert(text);
    this.close();
  }

  /** @param {KeyboardEvent} event @returns {boolean} whether the key was meant for the list */
  keyed(event) {
    if (this.list.hidden || !this.#offers.length) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const picks = event.key === 'Enter' || event.key === 'Tab';
    if (!step && !picks && event.key !== 'Escape') return false;
    event.preventDefault();
    event.stopPropagation();
    if (step) {
      this.#at = (this.#at + step + this.#offers.length) % this.#offers.length;
      this.#mark();
    } else if (picks) this.#pick(this.#at);
    else this.close();
    return true;
  }
}
