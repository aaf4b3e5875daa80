// @ts-check
import { query } from './api.js';
import { ago, moment } from './dates.js';
import { h, icon, iconButton, loadStyle, set, write } from './dom.js';
import { Face, nameOf, placeOf } from './faces.js';
import { personOf } from './lookup.js';
import { excerpt, wordsOf } from './match.js';
import { say } from './strings.js';
import { batched, debounced } from './waiting.js';

/** @typedef {import('./types.js').Message} Message */
/** @typedef {{conversation_id: string, message: Message}} Hit */

const TYPING_MS = 200;
const NEAR_END_PX = 200;
const PAGE = 20;

await loadStyle('./search.css');

/** A list of messages that were found, fetched as far as somebody looks. */
export class Results {
  /** @type {Hit[]} */
  hits = [];
  /** @type {string | null} */
  next = null;
  /** Counts the searches: the answer to an older one is thrown away. */
  #turn = 0;
  #words = /** @type {string[]} */ ([]);
  #q = '';
  #busy = false;

  /**
   * @param {import('./client.js').Client} client
   * @param {{conversation?: string, onPick: (at: number) => void, onFound?: () => void}} parts conversation: look in this one only
   */
  constructor(client, { conversation = '', onPick, onFound = () => {} }) {
    this.client = client;
    this.conversation = conversation;
    this.onPick = onPick;
    this.onFound = onFound;
    this.list = h('div', { role: 'list', 'aria-label': say('messages_found') });
    this.blank = h('div', { class: 'blank', hidden: true });
    this.bones = h('div', { class: 'bones', 'aria-hidden': true, hidden: true }, ...[1, 2, 3].map(() => h('div', { class: 'bone' })));
    this.live = h('span', { class: 'hush', role: 'status' });
    this.element = h('div', { class: 'scroll found', onscroll: () => this.#scrolled(), onkeydown: (/** @type {KeyboardEvent} */ event) => this.#walk(event) },
      this.list, this.bones, this.blank, this.live);
    this.untie = client.state.on('people', batched(() => this.#rename()));
  }

  /** @param {string} q */
  async show(q) {
    if (q.trim() === this.#q.trim() && q) return;
    this.#turn += 1;
    this.#q = q;
    this.#words = wordsOf(q);
    this.hits = [];
    this.next = null;
    this.#busy = false;
    this.list.replaceChildren();
    this.element.scrollTop = 0;
    write(this.live, '');
    this.#drawBlank('');
    this.bones.hidden = !this.#words.length;
    this.onFound();
    if (this.#words.length) await this.more();
  }

  /** Have the next page; one that ends early is followed by another. */
  async more() {
    if (this.#busy) return;
    this.#busy = true;
    const turn = this.#turn;
    try {
      do await this.#page(turn); while (turn === this.#turn && this.next && this.#wantsMore);
    } catch {
      if (turn === this.#turn) this.#drawBlank('failed');
    } finally {
      if (turn === this.#turn) this.#busy = false;
    }
  }

  /** @param {number} turn */
  async #page(turn) {
    const wanted = { q: this.#q, conversation_id: this.conversation, cursor: this.next, limit: PAGE };
    const page = await this.client.insist(() => this.client.session.call('GET', '/v1/search' + query(wanted)));
    if (turn !== this.#turn) return;
    const fresh = /** @type {Hit[]} */ (page.data);
    const start = this.hits.length;
    this.hits.push(...fresh);
    this.next = page.next_cursor;
    this.list.append(...fresh.map((hit, at) => this.#row(hit, start + at)));
    this.bones.hidden = !this.next;
    if (!this.hits.length && !this.next) this.#drawBlank('nothing');
    write(this.live, this.next ? '' : say('found_count', { count: this.hits.length }));
    this.onFound();
  }

  get #wantsMore() {
    const { scrollTop, scrollHeight, clientHeight } = this.element;
    return scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
  }

  #scrolled() {
    if (this.next && this.#wantsMore) this.more();
  }

  /** @param {'' | 'nothing' | 'failed'} why */
  #drawBlank(why) {
    this.blank.hidden = !why;
    this.bones.hidden = true;
    const lines = why === 'failed' ? [say('search_failed'), say('search_failed_hint')] : [say('nothing_found'), say('nothing_found_hint')];
    this.blank.replaceChildren(icon(why === 'failed' ? 'alert' : 'search'), h('b', {}, lines[0]), h('span', {}, lines[1]));
  }

  /** @param {Hit} hit @param {number} at */
  #row(hit, at) {
    const { message } = hit;
    const face = new Face();
    const words = h('span', { class: 'line', dir: 'auto' }, ...this.#prefix(message),
      ...excerpt(message.text, this.#words).map((part) => (part.marked ? h('mark', {}, part.text) : part.text)));
    const button = h('button', { type: 'button', class: 'row hit', onclick: () => this.onPick(at) }, face.element,
      h('span', { class: 'words' },
        h('span', { class: 'pair' }, h('span', { class: 'name', dir: 'auto' }), h('time', { class: 'when', title: moment(message.created_at) }, ago(message.created_at))),
        words));
    const element = h('div', { role: 'listitem' }, button);
    element.rename = () => this.#name(hit, face, button);
    element.rename();
    return element;
  }

  /** In a list of conversations the words say whose they are. @param {Message} message */
  #prefix({ sender_id }) {
    if (this.conversation || sender_id !== this.client.session.user) return [];
    return [h('span', { class: 'own' }, say('you', { text: '' }))];
  }

  /** @param {Hit} hit @param {Face} face @param {HTMLElement} button */
  #name({ conversation_id, message }, face, button) {
    const subject = this.conversation ? personOf(this.client, message.sender_id) : this.#subject(conversation_id);
    const name = this.conversation && message.sender_id === this.client.session.user ? say('me') : nameOf(subject);
    face.show({ ...subject, presence: '' });
    write(/** @type {Node} */ (button.querySelector('.name')), name);
    set(button, 'aria-label', say('hit_label', { name, time: moment(message.created_at), text: excerpt(message.text, this.#words).map((part) => part.text).join('') }));
  }

  #asked = new Set();

  /** Whom or what a conversation is with; one that is not known here is asked for once. @param {string} id */
  #subject(id) {
    const { client } = this;
    const known = client.state.conversations.get(id);
    if (!known && !this.#asked.has(id)) {
      this.#asked.add(id);
      client.fetchConversation(id, { counted: true }).then(() => this.#rename()).catch(() => null);
    }
    return known?.peer ? client.state.people.get(known.peer.id) || known.peer : placeOf(known);
  }

  #rename() {
    for (const row of this.list.children) row.rename();
  }

  /** The arrow keys go from hit to hit. @param {KeyboardEvent} event */
  #walk(event) {
    const buttons = /** @type {HTMLElement[]} */ ([...this.list.querySelectorAll('button')]);
    const at = buttons.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (to === undefined || !buttons[to]) return;
    event.preventDefault();
    buttons[to].focus();
  }

  /** @returns {boolean} whether there was something to go to */
  focusFirst() {
    const first = this.list.querySelector('button');
    first?.focus();
    return Boolean(first);
  }

  remove() {
    this.#turn += 1;
    this.untie();
    this.element.remove();
  }
}

/** What the panel shows under the people while somebody searches. */
export class PanelSearch {
  /** @param {import('./client.js').Client} client @param {HTMLElement} panel */
  constructor(client, panel) {
    this.results = new Results(client, {
      onPick: (at) => {
        const { conversation_id, message } = this.results.hits[at];
        client.emit('open', { conversation: conversation_id, seq: message.seq });
      },
    });
    this.element = h('section', { class: 'part found-part' }, h('h2', {}, say('messages_found')), this.results.element);
    panel.append(this.element);
  }

  /** @param {string} q */
  show(q) {
    this.element.hidden = !q;
    this.results.show(q);
  }
}

/** A search within one window: a field under its head, the hits over its log. */
class ChatSearch {
  #at = -1;

  /** @param {import('./chat.js').Chat} chat */
  constructor(chat) {
    this.chat = chat;
    this.results = new Results(chat.client, { conversation: chat.id || '', onPick: (at) => this.#go(at), onFound: () => this.#draw() });
    this.field = h('input', {
      type: 'search', class: 'field', 'aria-label': say('search_here'), placeholder: say('search_here'), autocomplete: 'off', dir: 'auto', enterkeyhint: 'search',
      oninput: debounced(TYPING_MS, () => this.#searched()), onclick: () => this.#list(true),
    });
    this.count = h('span', { class: 'place' });
    this.older = iconButton('up', say('older_hit'), { onclick: () => this.#go(this.#at + 1) });
    this.newer = iconButton('down', say('newer_hit'), { onclick: () => this.#go(this.#at - 1) });
    this.bar = h('div', { class: 'seek', role: 'search', 'aria-label': say('search_here') }, h('div', { class: 'search' }, icon('search'), this.field),
      this.count, this.older, this.newer, iconButton('close', say('close_search'), { onclick: () => this.close() }));
    for (const element of [this.bar, this.results.element]) element.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => this.#keyed(event));
    chat.head.element.after(this.bar);
    chat.element.querySelector('.middle')?.append(this.results.element);
    this.#draw();
    this.#list(true);
    this.field.focus();
  }

  #searched() {
    this.#at = -1;
    this.#list(true);
    this.results.show(this.field.value.trim() ? this.field.value : '');
  }

  /** @param {boolean} on the list covers the log while somebody chooses */
  #list(on) {
    this.results.element.hidden = !on || !this.field.value.trim();
  }

  #draw() {
    const { hits, next } = this.results;
    write(this.count, this.#at < 0 ? '' : say('hit_place', { at: this.#at + 1, count: `${hits.length}${next ? '+' : ''}` }));
    this.older.disabled = this.#at < 0 || (this.#at + 1 >= hits.length && !next);
    this.newer.disabled = this.#at <= 0;
    this.older.hidden = this.newer.hidden = this.#at < 0;
  }

  /** @param {number} at */
  async #go(at) {
    if (at >= this.results.hits.length && this.results.next) await this.results.more();
    const hit = this.results.hits[at];
    if (!hit) return;
    this.#at = at;
    this.#list(false);
    this.#draw();
    const before = /** @type {HTMLElement} */ (document.activeElement);
    await this.chat.jumpTo(hit.message.seq);
    // Who goes from hit to hit stays at the buttons; the message has been read out to them all the same.
    if (this.bar.contains(before)) before.focus({ preventScroll: true });
    if (at + 2 >= this.results.hits.length && this.results.next) this.results.more();
  }

  /** @param {KeyboardEvent} event */
  #keyed(event) {
    if (event.isComposing) return;
    const inField = event.target === this.field;
    if (event.key === 'Escape') this.#escape(event);
    else if (inField && event.key === 'ArrowDown') this.#down(event);
    else if (inField && event.key === 'Enter') this.#go(this.#at + (event.shiftKey ? -1 : 1));
    else if (event.key === 'ArrowUp' && event.target === this.results.list.querySelector('button')) this.field.focus();
  }

  /** @param {KeyboardEvent} event */
  #down(event) {
    this.#list(true);
    if (this.results.focusFirst()) event.preventDefault();
  }

  /** @param {KeyboardEvent} event */
  #escape(event) {
    event.stopPropagation();
    event.preventDefault();
    this.close();
  }

  close() {
    searches.delete(this.chat);
    this.results.remove();
    this.bar.remove();
    if (this.chat.element.isConnected) this.chat.composer.focus();
  }
}

/** @type {WeakMap<import('./chat.js').Chat, ChatSearch>} */
const searches = new WeakMap();

/** Search within a window, or go back to the search that is open there. @param {{chat: import('./chat.js').Chat}} context */
export function searchChat({ chat }) {
  const open = searches.get(chat);
  if (open) open.field.focus();
  else searches.set(chat, new ChatSearch(chat));
}
