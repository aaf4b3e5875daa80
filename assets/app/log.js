// @ts-check
import { Bubble } from './bubble.js';
import { day, moment, sameDay } from './dates.js';
import { h, set, write } from './dom.js';
import { words } from './lines.js';
import { say } from './strings.js';

// Messages closer than this, by the same person, stand together.
const GROUP_MS = 300_000;

/** @typedef {import('./entries.js').Entry} Entry */

/** Draws the messages of one conversation, and changes only what changed. */
export class Log {
  /** @type {Map<string, Bubble>} */
  #bubbles = new Map();
  /** @type {Map<string, HTMLElement>} */
  #rules = new Map();

  /** @param {import('./chat.js').Chat} chat */
  constructor(chat) {
    this.chat = chat;
    // The history must not be read out as it loads; a live region outside it announces what is new.
    this.element = h('div', { role: 'log', 'aria-live': 'off', tabindex: '0', class: 'log' });
  }

  /**
   * @param {Entry[]} entries
   * @param {{newAfter: number, head: Node}} parts newAfter: the last seq above the line "New", -1 for none
   */
  draw(entries, { newAfter, head }) {
    /** @type {Node[]} */
    const nodes = [head];
    const used = new Set();
    entries.forEach((entry, at) => {
      const before = entries[at - 1];
      const newDay = !before || !sameDay(before.created_at, entry.created_at);
      const isNew = newAfter >= 0 && entry.seq > newAfter && (before?.seq || 0) <= newAfter;
      if (newDay) nodes.push(this.#rule(`day ${new Date(entry.created_at).toDateString()}`, day(entry.created_at), used));
      if (isNew) nodes.push(this.#rule('new', say('new_messages'), used));
      if (entry.line) nodes.push(this.#line(entry, used));
      else nodes.push(this.#bubble(entry, this.#place(entries, at, newAfter), used));
    });
    this.#forget(used);
    this.#arrange(nodes);
  }

  /** Where the message stands in its group. @param {Entry[]} entries @param {number} at @param {number} newAfter */
  #place(entries, at, newAfter) {
    const together = (/** @type {Entry | undefined} */ one, /** @type {Entry | undefined} */ next) => Boolean(one && next && !one.line && !next.line)
      && one?.sender_id === next?.sender_id && Math.abs(Number(next?.created_at) - Number(one?.created_at)) < GROUP_MS
      && sameDay(Number(one?.created_at), Number(next?.created_at)) && !(newAfter >= 0 && one?.seq === newAfter);
    return { first: !together(entries[at - 1], entries[at]), last: !together(entries[at], entries[at + 1]) };
  }

  /**
   * @param {Entry} entry
   * @param {{first: boolean, last: boolean}} place
   * @param {Set<string>} used
   */
  #bubble(entry, place, used) {
    const id = entry.client_id;
    used.add(id);
    let bubble = this.#bubbles.get(id);
    if (!bubble) this.#bubbles.set(id, bubble = new Bubble(entry, this.chat));
    bubble.show(entry, place);
    return bubble.element;
  }

  /** What happened, said by nobody. @param {Entry} entry @param {Set<string>} used */
  #line(entry, used) {
    const { seq } = entry.line;
    const go = seq ? { onclick: () => this.chat.jumpTo(seq) } : {};
    const make = () => h('div', { class: 'happened', 'data-seq': entry.seq }, h(seq ? 'button' : 'span', { ...(seq && { type: 'button' }), dir: 'auto', ...go }));
    const node = this.#kept(entry.client_id, make, used);
    write(/** @type {Node} */ (node.firstChild), words(entry.line, this.chat));
    set(node, 'title', moment(entry.created_at));
    return node;
  }

  /** @param {string} key @param {() => HTMLElement} make @param {Set<string>} used */
  #kept(key, make, used) {
    used.add(key);
    const node = this.#rules.get(key) || make();
    this.#rules.set(key, node);
    return node;
  }

  /** The bubble that holds `node`. @param {any} node @returns {Bubble | undefined} */
  bubbleOf(node) {
    return this.#bubbles.get(node?.closest?.('.message')?.dataset.id);
  }

  /** @param {number} seq @returns {HTMLElement | null} */
  find(seq) {
    return this.element.querySelector(`[data-seq="${seq}"]`);
  }

  /** @param {string} key @param {string} text @param {Set<string>} used */
  #rule(key, text, used) {
    const rule = this.#kept(key, () => h('div', { class: key === 'new' ? 'rule new' : 'rule', role: 'separator' }, h('span', {})), used);
    write(/** @type {Node} */ (rule.firstChild), text);
    return rule;
  }

  /** @param {Set<string>} used */
  #forget(used) {
    for (const id of this.#bubbles.keys()) if (!used.has(id)) this.#bubbles.delete(id);
    for (const key of this.#rules.keys()) if (!used.has(key)) this.#rules.delete(key);
  }

  /** @param {Node[]} nodes */
  #arrange(nodes) {
    const wanted = new Set(nodes);
    for (const child of [...this.element.childNodes]) if (!wanted.has(child)) child.remove();
    nodes.forEach((node, at) => {
      if (this.element.childNodes[at] !== node) this.element.insertBefore(node, this.element.childNodes[at] || null);
    });
  }
}
