// @ts-check
import { clock, day, moment, sameDay } from './dates.js';
import { h, icon, set, write } from './dom.js';
import { Face } from './faces.js';
import { linked } from './links.js';
import { say } from './strings.js';

// Messages closer than this, by the same person, stand together.
const GROUP_MS = 300_000;
const JUMBO = /^(?:\p{Extended_Pictographic}(?:\u200d\p{Extended_Pictographic}|[\ufe0f\u{1f3fb}-\u{1f3ff}])*\s?){1,3}$/u;

/**
 * @typedef {object} Entry what is drawn as one message
 * @property {string} client_id
 * @property {number} seq 0 while it is not stored
 * @property {string} sender_id
 * @property {string} text
 * @property {number} created_at
 * @property {'sent' | 'pending' | 'failed'} mark
 */

/** One message: bubble, time, and for one's own what became of it. */
class Bubble {
  #face = /** @type {Face | null} */ (null);
  #mark = '';

  /**
   * @param {Entry} entry
   * @param {{mine: boolean, onRetry: () => void, onDelete: () => void}} parts
   */
  constructor(entry, { mine, onRetry, onDelete }) {
    this.mine = mine;
    this.onRetry = onRetry;
    this.onDelete = onDelete;
    const text = h('div', { class: JUMBO.test(entry.text) ? 'text jumbo' : 'text', dir: 'auto' }, ...linked(entry.text));
    this.time = h('time', { class: 'at' });
    this.state = h('span', { class: 'state' });
    this.element = h('div', { class: mine ? 'message mine' : 'message' }, text, this.time, this.state);
  }

  /**
   * @param {Entry} entry
   * @param {{first: boolean, last: boolean, sender: any}} place
   */
  show(entry, { first, last, sender }) {
    const { element } = this;
    element.classList.toggle('first', first);
    element.classList.toggle('last', last);
    set(element, 'data-seq', entry.seq || null);
    set(element, 'data-mark', this.mine ? entry.mark : null);
    this.time.textContent = clock(entry.created_at);
    this.time.title = moment(entry.created_at);
    this.time.dateTime = new Date(entry.created_at).toISOString();
    if (this.mine) this.#showMark(entry.mark);
    else this.#showFace(last, sender);
  }

  /** @param {boolean} last @param {any} sender */
  #showFace(last, sender) {
    if (last && !this.#face) this.element.prepend((this.#face = new Face()).element);
    if (!last) {
      this.#face?.element.remove();
      this.#face = null;
    }
    this.#face?.show({ ...sender, presence: '' });
  }

  /** @param {Entry['mark']} mark */
  #showMark(mark) {
    if (mark === this.#mark) return;
    this.#mark = mark;
    if (mark !== 'failed') {
      const [picture, word] = mark === 'sent' ? [icon('check'), say('sent')] : [icon('clock'), say('sending')];
      this.state.replaceChildren(picture, h('span', { class: 'hush' }, word));
      return;
    }
    this.state.replaceChildren(icon('alert'), h('span', {}, say('failed')),
      h('button', { type: 'button', class: 'link', onclick: this.onRetry }, say('retry')),
      h('button', { type: 'button', class: 'link', onclick: this.onDelete }, say('delete')));
  }
}

/** Draws the messages of one conversation, and changes only what changed. */
export class Log {
  /** @type {Map<string, Bubble>} */
  #bubbles = new Map();
  /** @type {Map<string, HTMLElement>} */
  #rules = new Map();

  /**
   * @param {{me: string, label: string, onRetry: (id: string) => void, onDelete: (id: string) => void}} parts
   */
  constructor({ me, label, onRetry, onDelete }) {
    this.me = me;
    this.onRetry = onRetry;
    this.onDelete = onDelete;
    // The history must not be read out as it loads; a live region outside it announces what is new.
    this.element = h('div', { role: 'log', 'aria-live': 'off', 'aria-label': label, tabindex: '0', class: 'log' });
  }

  /**
   * @param {Entry[]} entries
   * @param {{personOf: (id: string) => any, newAfter: number, head: Node}} parts newAfter: the last seq above the line "New", 0 for none
   */
  draw(entries, { personOf, newAfter, head }) {
    /** @type {Node[]} */
    const nodes = [head];
    const used = new Set();
    entries.forEach((entry, at) => {
      const before = entries[at - 1];
      const newDay = !before || !sameDay(before.created_at, entry.created_at);
      const isNew = newAfter > 0 && entry.seq > newAfter && (before?.seq || 0) <= newAfter;
      if (newDay) nodes.push(this.#rule(`day ${new Date(entry.created_at).toDateString()}`, day(entry.created_at), used));
      if (isNew) nodes.push(this.#rule('new', say('new_messages'), used));
      nodes.push(this.#bubble(entry, this.#place(entries, at, newAfter), personOf(entry.sender_id), used));
    });
    this.#forget(used);
    this.#arrange(nodes);
  }

  /** Where the message stands in its group. @param {Entry[]} entries @param {number} at @param {number} newAfter */
  #place(entries, at, newAfter) {
    const together = (/** @type {Entry | undefined} */ one, /** @type {Entry | undefined} */ next) => Boolean(one && next)
      && one?.sender_id === next?.sender_id && Math.abs(Number(next?.created_at) - Number(one?.created_at)) < GROUP_MS
      && sameDay(Number(one?.created_at), Number(next?.created_at)) && !(newAfter > 0 && one?.seq === newAfter);
    return { first: !together(entries[at - 1], entries[at]), last: !together(entries[at], entries[at + 1]) };
  }

  /**
   * @param {Entry} entry
   * @param {{first: boolean, last: boolean}} place
   * @param {any} sender
   * @param {Set<string>} used
   */
  #bubble(entry, place, sender, used) {
    const id = entry.client_id;
    used.add(id);
    let bubble = this.#bubbles.get(id);
    if (!bubble) {
      const parts = { mine: entry.sender_id === this.me, onRetry: () => this.onRetry(id), onDelete: () => this.onDelete(id) };
      this.#bubbles.set(id, bubble = new Bubble(entry, parts));
    }
    bubble.show(entry, { ...place, sender });
    return bubble.element;
  }

  /** @param {string} key @param {string} text @param {Set<string>} used */
  #rule(key, text, used) {
    used.add(key);
    const rule = this.#rules.get(key) || h('div', { class: key === 'new' ? 'rule new' : 'rule', role: 'separator' }, h('span', {}));
    this.#rules.set(key, rule);
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
