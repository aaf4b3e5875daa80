// @ts-check
import { path } from './api.js';
import { clock, day } from './dates.js';
import { openDialog } from './dialog.js';
import { h, icon, set, write } from './dom.js';
import { Face } from './faces.js';
import { flattened, writeFlat } from './formatting.js';
import { say } from './strings.js';
import { wordsOf } from './words.js';

/** @typedef {import('./chat.js').Chat} Chat */

/** @param {Chat} chat @returns {Promise<any[]>} the last pinned first */
async function fetchPins(chat) {
  const answer = await chat.client.insist(() => chat.client.session.call('GET', path`/v1/conversations/${chat.id}/pins`));
  return answer.data;
}

/** The last pinned message under the head of a window; a click goes there, and the next click to the one before. */
export class PinBanner {
  /** @type {any[]} */
  #pins = [];
  #at = 0;
  #key = '';

  /** @param {Chat} chat */
  constructor(chat) {
    this.chat = chat;
    this.title = h('span', { class: 'name' });
    this.words = h('span', { class: 'words', dir: 'auto' });
    this.all = h('button', { type: 'button', class: 'round', 'aria-label': say('pinned_messages'), title: say('pinned_messages'), onclick: () => openPins(chat) }, icon('quote'));
    chat.pinned.replaceChildren(icon('pin'), h('button', { type: 'button', class: 'what', onclick: () => this.#go() }, this.title, this.words), this.all);
  }

  /** @param {string} key changes with what is pinned */
  async refresh(key) {
    if (key === this.#key) return;
    this.#key = key;
    const pins = await fetchPins(this.chat).catch(() => null);
    if (!pins || key !== this.#key) return;
    this.#pins = pins;
    this.#at = 0;
    this.#draw();
  }

  #draw() {
    const pin = this.#pins[this.#at];
    const { pinned, anchor } = this.chat;
    anchor.hold(() => { pinned.hidden = !pin; });
    if (!pin) return;
    write(this.title, this.#pins.length > 1 ? say('pinned_of', { at: this.#at + 1, count: this.#pins.length }) : say('pinned_one'));
    writeFlat(this.words, wordsOf(pin));
    this.all.hidden = this.#pins.length < 2;
  }

  #go() {
    this.chat.jumpTo(this.#pins[this.#at].seq);
    this.#at = (this.#at + 1) % this.#pins.length;
    this.#draw();
  }
}

/** All of them in a list. @param {Chat} chat */
export async function openPins(chat) {
  const pins = await fetchPins(chat);
  // The focus goes back to where it was before it may go anywhere else.
  const go = async (/** @type {number} */ seq) => {
    dialog.close();
    await dialog.closed;
    chat.jumpTo(seq);
  };
  const rows = pins.map((pin) => {
    const face = new Face();
    face.show({ ...chat.person(pin.sender_id), presence: '' });
    const row = h('button', { type: 'button', class: 'row pin', onclick: () => go(pin.seq) }, face.element,
      h('span', { class: 'words' }, h('span', { class: 'pair' }, h('span', { class: 'name', dir: 'auto' }, chat.nameOf(pin.sender_id)),
        h('time', { class: 'when' }, `${day(pin.created_at)}, ${clock(pin.created_at)}`)),
      h('span', { class: 'line', dir: 'auto' }, flattened(wordsOf(pin)))));
    set(row, 'title', say('go_there'));
    return h('div', { role: 'listitem' }, row);
  });
  const dialog = openDialog({ label: say('pinned_messages'), body: h('div', { role: 'list', 'aria-label': say('pinned_messages') }, ...rows) });
}
