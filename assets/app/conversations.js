// @ts-check
import { path, query } from './api.js';
import { badgeText } from './bar.js';
import { ago, moment } from './dates.js';
import { h, icon, set, write } from './dom.js';
import { Face, nameOf, signOf, standingOf, writeName } from './faces.js';
import { words as lineWords } from './lines.js';
import { personOf } from './lookup.js';
import { subjectOf } from './places.js';
import { isListed, isMuted, unreadOf } from './state.js';
import { say } from './strings.js';
import { batched } from './waiting.js';
import { wordsOf } from './words.js';

const NEAR_END_PX = 200;
const REFRESH_TIMES_MS = 30_000;

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/;

/** Which way a text goes, by its first letter. @param {string} text */
function directionOf(text) {
  const [letter] = text.match(/\p{L}/u) || [];
  return letter ? (RIGHT_TO_LEFT.test(letter) ? 'rtl' : 'ltr') : 'auto';
}

/** One conversation: who, the last words, when, and how many are new. */
class Item {
  /** @param {() => void} onPick */
  constructor(onPick) {
    this.face = new Face();
    this.name = h('span', { class: 'name', dir: 'auto' });
    this.time = h('time', { class: 'when' });
    this.words = h('span', { class: 'line', dir: 'auto' });
    this.signs = h('span', { class: 'signs', 'aria-hidden': true });
    this.badge = h('span', { class: 'badge', 'aria-hidden': true });
    this.button = h('button', { type: 'button', class: 'row', onclick: onPick }, this.face.element,
      h('span', { class: 'words' },
        h('span', { class: 'pair' }, this.name, this.time),
        h('span', { class: 'pair' }, this.words, this.signs, this.badge)));
    this.element = h('div', { role: 'listitem' }, this.button);
  }

  /**
   * @param {import('./types.js').Conversation} conversation
   * @param {{subject: any, preview: string}} parts
   */
  show(conversation, { subject, preview }) {
    const unread = unreadOf(conversation);
    const muted = isMuted(conversation);
    const mentioned = Number(conversation.mentioned_seq) > conversation.read_seq;
    this.face.show(subject);
    writeName(this.name, subject);
    write(this.words, preview);
    // Cut at the end of what was said, whichever way the words before it go.
    set(this.words, 'dir', directionOf(conversation.last_message?.line ? '' : conversation.last_message?.text || ''));
    write(this.time, conversation.last_at ? ago(conversation.last_at) : '');
    set(this.time, 'title', conversation.last_at ? moment(conversation.last_at) : null);
    write(this.badge, unread ? badgeText(unread) : '');
    this.badge.classList.toggle('mark', Boolean(conversation.marked_unread) && !unread);
    this.badge.classList.toggle('hushed', muted && !mentioned);
    this.#sign(muted, mentioned);
    this.element.classList.toggle('unread', (unread > 0 && !muted) || mentioned || Boolean(conversation.marked_unread));
    set(this.button, 'aria-label', nameOf(subject));
    set(this.button, 'aria-description', [
      unread || conversation.marked_unread ? say('unread', { count: unread || 1 }) : '', mentioned ? say('mentioned') : '',
      muted ? say('muted') : '', signOf(subject), standingOf(subject),
    ].filter(Boolean).join(', '));
  }

  #signs = '';

  /** @param {boolean} muted @param {boolean} mentioned */
  #sign(muted, mentioned) {
    const key = `${muted}${mentioned}`;
    if (key === this.#signs) return;
    this.#signs = key;
    this.signs.replaceChildren(...(mentioned ? [h('b', { class: 'at-me' }, '@')] : []), ...(muted ? [icon('mute')] : []));
  }
}

/** The list named Conversations, newest activity first. */
export class Conversations {
  /** @type {Map<string, Item>} */
  #items = new Map();

  /**
   * @param {import('./client.js').Client} client
   * @param {{onPick: (target: {conversation: string}) => void, onView: () => void}} react
   */
  constructor(client, { onPick, onView }) {
    this.client = client;
    this.onPick = onPick;
    this.onView = onView;
    /** For whom the lines are worded. */
    this.reader = { me: client.session.user, nameOf: (/** @type {string} */ id) => nameOf(personOf(client, id)) };
    this.list = h('div', { role: 'list', 'aria-label': say('conversations') });
    this.blank = h('div', { class: 'blank', hidden: true }, icon('chat'), h('b', {}, say('no_conversations')), h('span', {}, say('no_conversations_hint')));
    this.bones = h('div', { class: 'bones', 'aria-hidden': true }, h('div', { class: 'bone' }), h('div', { class: 'bone' }));
    this.element = h('div', { class: 'scroll', onscroll: () => this.#scrolled() }, this.list, this.blank, this.bones);
    const draw = batched(() => this.draw());
    client.state.on('conversations', draw);
    client.state.on('people', draw);
    client.state.on('people.changed', (/** @type {any} */ { user_id }) => this.#meetAgain(user_id));
    setInterval(draw, REFRESH_TIMES_MS);
    this.draw();
  }

  /** Somebody was blocked, or not any more, on another device. @param {string} id */
  async #meetAgain(id) {
    const { client } = this;
    const person = await client.insist(() => client.session.call('GET', path`/v1/users/${id}`)).catch(() => null);
    if (person) client.state.meetPeople([person]);
  }

  draw() {
    const { state } = this.client;
    // A direct conversation without a word in it is none yet; a new group is one.
    const listed = state.sorted().filter((one) => isListed(one) && (one.last_seq > 0 || one.kind !== 'direct'));
    this.#drop(new Set(listed.map((conversation) => conversation.id)));
    listed.forEach((conversation, at) => this.#place(conversation, at));
    this.bones.hidden = state.loaded;
    this.blank.hidden = !state.loaded || listed.length > 0;
    this.onView();
  }

  /** @param {Set<string>} listed */
  #drop(listed) {
    for (const [id, item] of this.#items) {
      if (listed.has(id)) continue;
      item.element.remove();
      this.#items.delete(id);
    }
  }

  /** @param {import('./types.js').Conversation} conversation @param {number} at */
  #place(conversation, at) {
    const { id } = conversation;
    const subject = subjectOf(this.client, conversation);
    let item = this.#items.get(id);
    if (!item) this.#items.set(id, item = new Item(() => this.onPick({ conversation: id })));
    item.show(conversation, { subject, preview: this.#preview(conversation) });
    if (this.list.children[at] !== item.element) this.list.insertBefore(item.element, this.list.children[at] || null);
  }

  /** The last words, and whose they are where that is not plain. @param {import('./types.js').Conversation} conversation */
  #preview({ kind, last_message: last, topic, last_seq, read_seq }) {
    // A room that nobody here listens to tells how far it has come, and not what was said.
    const unheard = last_seq - Math.max(read_seq, last?.seq || 0);
    if (kind === 'room' && unheard > 0) return say('to_unread', { count: unheard });
    if (!last) return topic || '';
    if (last.line) return lineWords(last.line, this.reader);
    const text = wordsOf(last).replace(/\s+/g, ' ').slice(0, 120);
    if (last.sender_id === this.client.session.user) return say('you', { text });
    return kind === 'direct' ? text : say('said', { name: nameOf(personOf(this.client, last.sender_id)), text });
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.element;
    if (scrollHeight - scrollTop - clientHeight < NEAR_END_PX) this.#more();
    this.onView();
  }

  #fetching = false;

  async #more() {
    if (this.#fetching || !this.client.state.older) return;
    this.#fetching = true;
    await this.#fetchOlder().finally(() => { this.#fetching = false; });
  }

  async #fetchOlder() {
    const { client } = this;
    const page = await client.insist(() => client.session.call('GET', '/v1/conversations' + query({ cursor: client.state.older })));
    client.state.older = page.next_cursor;
    for (const conversation of page.data) client.state.meetConversation(conversation, { counted: true });
  }

  /** Who is on the screen. @returns {string[]} */
  inView() {
    const { top, bottom } = this.element.getBoundingClientRect();
    return [...this.#items].filter(([, { element }]) => {
      const box = element.getBoundingClientRect();
      return box.bottom > top && box.top < bottom;
    }).map(([id]) => this.client.state.conversations.get(id)?.peer?.id || '').filter(Boolean);
  }
}
