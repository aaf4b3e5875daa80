// @ts-check
import { fetchContacts } from './contacts.js';
import { h, icon, set } from './dom.js';
import { nameOf } from './faces.js';
import { PersonRow } from './personrow.js';
import { Source } from './source.js';
import { say } from './strings.js';
import { VirtualList } from './virtual.js';
import { batched, debounced } from './waiting.js';

const SEARCH_MS = 200;

/** Choosing people: a search, the chosen ones as chips, and those to choose from. */
export class Picker {
  /** @type {string[]} in the order in which they were chosen */
  chosen = [];
  /** @type {Source[]} friends, then everybody else who is online; or who was searched for */
  #sources = [];
  /** @type {string[]} */
  #ids = [];
  #drawLater = batched(() => this.#draw());

  /**
   * @param {import('./client.js').Client} client
   * @param {{limit: number, without?: Set<string>, onChange: (chosen: string[]) => void}} parts without: who is in it already
   */
  constructor(client, { limit, without = new Set(), onChange }) {
    this.client = client;
    this.limit = limit;
    this.without = without;
    this.onChange = onChange;
    this.search = h('input', {
      type: 'search', class: 'field', 'aria-label': say('search_people'), placeholder: say('search_people'), autocomplete: 'off', dir: 'auto',
      oninput: debounced(SEARCH_MS, () => this.#load()), onkeydown: (/** @type {KeyboardEvent} */ event) => this.#keyed(event),
    });
    this.chips = h('ul', { class: 'chips', 'aria-label': say('chosen'), hidden: true });
    this.list = new VirtualList({ label: say('people'), makeRow: () => this.#makeRow(), onView: () => this.#fill() });
    this.blank = h('div', { class: 'blank', hidden: true }, icon('search'), h('b', {}, say('no_results')), h('span', {}, say('no_results_hint')));
    this.element = h('div', { class: 'picker' }, this.chips, h('div', { class: 'search' }, icon('search'), this.search), this.list.element, this.blank);
    this.untie = client.state.on('people', this.#drawLater);
    this.#load();
  }

  async #load() {
    const q = this.search.value.trim();
    const wanted = q ? [{ filter: 'everyone', q }] : [{ filter: 'friends' }, { filter: 'online' }];
    const sources = this.#sources = wanted.map((one) => new Source((cursor) => fetchContacts(this.client, { ...one, cursor })));
    this.list.element.scrollTop = 0;
    await Promise.all(sources.map((source) => source.reach(0, this.#drawLater))).catch(() => null);
    if (this.#sources === sources) this.#draw();
  }

  #draw() {
    const ids = new Set(this.#sources.flatMap((source) => source.ids));
    this.#ids = [...ids].filter((id) => id !== this.client.session.user && !this.without.has(id));
    this.list.setSections([{ heading: '', count: this.#ids.length }]);
    this.blank.hidden = this.#ids.length > 0 || !this.#sources.every(({ loaded }) => loaded);
  }

  /** The next pages, when the end of the list is seen. */
  #fill() {
    const last = this.list.inView().at(-1)?.index ?? 0;
    if (last < this.#ids.length - 1) return;
    for (const source of this.#sources) if (source.loaded && source.count > source.ids.length) source.reach(source.ids.length, this.#drawLater);
  }

  #makeRow() {
    const row = new PersonRow((user) => this.#toggle(user), { props: { role: 'checkbox', 'aria-checked': 'false' }, tail: [h('span', { class: 'tick' }, icon('check'))] });
    return { element: row.element, show: (/** @type {number} */ _, /** @type {number} */ index) => {
      const id = this.#ids[index];
      row.show(this.client.state.people.get(id));
      const on = this.chosen.includes(id);
      set(row.button, 'aria-checked', String(on));
      set(row.button, 'disabled', !on && this.chosen.length >= this.limit);
    } };
  }

  /** @param {string} user */
  #toggle(user) {
    const on = !this.chosen.includes(user);
    this.chosen = on ? [...this.chosen, user] : this.chosen.filter((id) => id !== user);
    this.#drawChips();
    this.list.draw();
    this.onChange(this.chosen);
  }

  #drawChips() {
    this.chips.hidden = !this.chosen.length;
    this.chips.replaceChildren(...this.chosen.map((id) => {
      const name = nameOf(this.client.state.people.get(id) || { name: '' });
      const remove = h('button', { type: 'button', class: 'chip', 'aria-label': say('take_out', { name }), onclick: () => {
        this.#toggle(id);
        this.search.focus();
      } }, h('span', { dir: 'auto' }, name), icon('close'));
      return h('li', {}, remove);
    }));
  }

  /** Enter takes the first one found, Backspace in an empty field gives the last one back. @param {KeyboardEvent} event */
  #keyed(event) {
    if (event.isComposing) return;
    const last = this.chosen.at(-1);
    if (event.key === 'Backspace' && !this.search.value && last) this.#toggle(last);
    if (event.key !== 'Enter' || !this.search.value.trim() || !this.#ids.length) return;
    event.preventDefault();
    if (!this.chosen.includes(this.#ids[0]) && this.chosen.length < this.limit) this.#toggle(this.#ids[0]);
    this.search.select();
  }

  /** It is not on the screen any more. */
  close() {
    this.untie();
  }
}
