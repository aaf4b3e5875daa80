// @ts-check
import { h } from './dom.js';

const ROW_PX = 56;
const HEADING_PX = 32;
const SPARE_ROWS = 4;

/**
 * @typedef {object} Section
 * @property {string} heading '' for none
 * @property {number} count
 */
/**
 * @typedef {object} Row
 * @property {HTMLElement} element
 * @property {(section: number, index: number) => void} show
 */

/**
 * A list of any length that holds only the rows in view; they are used again as it scrolls.
 *
 * A row with the keyboard focus in it is never taken away from under the person.
 */
export class VirtualList {
  /** @type {Section[]} */
  #sections = [];
  /** @type {Map<string, {row: Row, section: number, index: number}>} */
  #shown = new Map();
  /** @type {Row[]} */
  #spare = [];
  /** @type {HTMLElement[]} */
  #headings = [];

  /**
   * @param {{label: string, makeRow: () => Row, onView: () => void}} parts
   */
  constructor({ label, makeRow, onView }) {
    this.makeRow = makeRow;
    this.onView = onView;
    this.list = h('div', { role: 'list', 'aria-label': label, class: 'virtual' });
    this.element = h('div', { class: 'scroll', onscroll: () => this.#arrange(false), onkeydown: (/** @type {KeyboardEvent} */ event) => this.#walk(event) }, this.list);
    new ResizeObserver(() => this.draw()).observe(this.element);
  }

  /** @param {Section[]} sections */
  setSections(sections) {
    this.#sections = sections.filter((section) => section.count > 0);
    this.list.style.height = `${this.#top(this.#sections.length, 0)}px`;
    this.#drawHeadings();
    this.draw();
  }

  get total() {
    return this.#sections.reduce((sum, section) => sum + section.count, 0);
  }

  /** @param {number} section @param {number} index */
  #top(section, index) {
    let top = 0;
    for (const one of this.#sections.slice(0, section)) top += one.count * ROW_PX + (one.heading ? HEADING_PX : 0);
    return top + index * ROW_PX + (this.#sections[section]?.heading ? HEADING_PX : 0);
  }

  #drawHeadings() {
    for (const heading of this.#headings) heading.remove();
    this.#headings = this.#sections.flatMap((section, at) => {
      if (!section.heading) return [];
      const heading = h('div', { class: 'heading', role: 'presentation' }, section.heading);
      heading.style.transform = `translateY(${this.#top(at, 0) - HEADING_PX}px)`;
      return [heading];
    });
    this.list.append(...this.#headings);
  }

  /** What is on the screen now. @returns {{section: number, index: number}[]} */
  inView() {
    const from = this.element.scrollTop;
    const to = from + this.element.clientHeight;
    return this.#range(from, to);
  }

  /** @param {number} from @param {number} to */
  #range(from, to) {
    const rows = [];
    for (const [section, { count }] of this.#sections.entries()) {
      const top = this.#top(section, 0);
      const first = Math.max(0, Math.floor((from - top) / ROW_PX));
      const last = Math.min(count - 1, Math.floor((to - top) / ROW_PX));
      for (let index = first; index <= last; index += 1) rows.push({ section, index });
    }
    return rows;
  }

  /** Put the rows in view where they belong and fill them again. */
  draw() {
    this.#arrange(true);
  }

  /** @param {boolean} anew those that were there already, too; a scroll leaves them alone */
  #arrange(anew) {
    const spare = SPARE_ROWS * ROW_PX;
    const { scrollTop, clientHeight } = this.element;
    const wanted = new Map(this.#range(scrollTop - spare, scrollTop + clientHeight + spare)
      .map((place) => [`${place.section}/${place.index}`, place]));
    for (const [key, { row }] of this.#shown) {
      if (wanted.has(key) || row.element.contains(document.activeElement)) continue;
      row.element.hidden = true;
      this.#spare.push(row);
      this.#shown.delete(key);
    }
    for (const [key, place] of wanted) {
      if (this.#shown.has(key)) continue;
      const shown = { row: this.#take(), ...place };
      this.#shown.set(key, shown);
      if (!anew) this.#place(shown);
    }
    if (anew) for (const shown of this.#shown.values()) this.#place(shown);
    this.onView();
  }

  /** @returns {Row} */
  #take() {
    const row = this.#spare.pop() || this.makeRow();
    row.element.hidden = false;
    if (!row.element.parentNode) this.list.append(row.element);
    return row;
  }

  /** @param {{row: Row, section: number, index: number}} shown */
  #place({ row, section, index }) {
    if (index >= (this.#sections[section]?.count || 0)) {
      row.element.hidden = true;
      return;
    }
    row.element.hidden = false;
    const before = this.#sections.slice(0, section).reduce((sum, one) => sum + one.count, 0);
    row.element.style.transform = `translateY(${this.#top(section, index)}px)`;
    row.element.setAttribute('aria-setsize', String(this.total));
    row.element.setAttribute('aria-posinset', String(before + index + 1));
    row.show(section, index);
  }

  /** Arrow keys go from row to row. @param {KeyboardEvent} event */
  #walk(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const here = [...this.#shown.values()].find(({ row }) => row.element.contains(document.activeElement));
    if (!step || !here) return;
    event.preventDefault();
    let { section } = here;
    let index = here.index + step;
    if (index < 0) index = (this.#sections[section -= 1]?.count || 0) - 1;
    else if (index >= this.#sections[section].count) [section, index] = [section + 1, 0];
    if (!this.#sections[section] || index < 0) return;
    this.#reveal(this.#top(section, index));
    this.#shown.get(`${section}/${index}`)?.row.element.querySelector('button')?.focus({ preventScroll: true });
  }

  /** @param {number} top */
  #reveal(top) {
    const { scrollTop, clientHeight } = this.element;
    if (top < scrollTop) this.element.scrollTop = top;
    else if (top + ROW_PX > scrollTop + clientHeight) this.element.scrollTop = top + ROW_PX - clientHeight;
    this.draw();
  }
}
