// @ts-check
import { badgeText } from './bar.js';
import { ago, moment } from './dates.js';
import { h, icon, set, write } from './dom.js';
import { Face, nameOf, presenceWord } from './faces.js';
import { unreadOf } from './state.js';
import { say } from './strings.js';
import { batched } from './waiting.js';

const NEAR_END_PX = 200;
const REFRESH_TIMES_MS = 30_000;

/** One conversation: who, the last words, when, and how many are new. */
class Item {
  /** @param {() => void} onPick */
  constructor(onPick) {
    this.face = new Face();
    this.name = h('span', { class: 'name', dir: 'auto' });
    this.time = h('time', { class: 'when' });
    this.words = h('span', { class: 'line', dir: 'auto' });
    this.badge = h('span', { class: 'badge', 'aria-hidden': true });
    this.button = h('button', { type: 'button', class: 'row', onclick: onPick }, this.face.element,
      h('span', { class: 'words' },
        h('span', { class: 'pair' }, this.name, this.time),
        h('span', { class: 'pair' }, this.words, this.badge)));
    this.element = h('div', { role: 'listitem' }, this.button);
  }

  /**
   * @param {import('./state.js').Conversation} conversation
   * @param {{peer: any, mine: boolean}} parts
   */
  show(conversation, { peer, mine }) {
    const unread = unreadOf(conversation);
    const text = conversation.last_message?.text.replace(/\s+/g, ' ').slice(0, 120) || '';
    this.face.show(peer);
    write(this.name, nameOf(peer));
    write(this.words, mine ? say('you', { text }) : text);
    write(this.time, conversation.last_at ? ago(conversation.last_at) : '');
    set(this.time, 'title', conversation.last_at ? moment(conversation.last_at) : null);
    write(this.badge, unread ? badgeText(unread) : '');
    this.element.classList.toggle('unread', unread > 0);
    set(this.button, 'aria-label', nameOf(peer));
    set(this.button, 'aria-description', [unread ? say('unread', { count: unread }) : '', presenceWord(peer.presence)].filter(Boolean).join(', '));
  }
}

/** The list named Conversations, newest activity first. */
export class Conversations {
  /** @type {Map<string, Item>} */
  #items = new Map();

  /**
   * @param {import('./client.js').Client} client
   * @param {{onPick: (user: string) => void, onView: () => void}} react
   */
  constructor(client, { onPick, onView }) {
    this.client = client;
    this.onPick = onPick;
    this.onView = onView;
    this.list = h('div', { role: 'list', 'aria-label': say('conversations') });
    this.blank = h('div', { class: 'blank', hidden: true }, icon('chat'), h('b', {}, say('no_conversations')), h('span', {}, say('no_conversations_hint')));
    this.bones = h('div', { class: 'bones', 'aria-hidden': true }, h('div', { class: 'bone' }), h('div', { class: 'bone' }));
    this.element = h('div', { class: 'scroll', onscroll: () => this.#scrolled() }, this.list, this.blank, this.bones);
    const draw = batched(() => this.draw());
    client.state.on('conversations', draw);
    client.state.on('people', draw);
    setInterval(draw, REFRESH_TIMES_MS);
    this.draw();
  }

  draw() {
    const { state } = this.client;
    const listed = state.sorted().filter((conversation) => !conversation.partial && conversation.last_seq > 0);
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

  /** @param {import('./state.js').Conversation} conversation @param {number} at */
  #place(conversation, at) {
    const { state } = this.client;
    const peer = state.people.get(conversation.peer.id) || conversation.peer;
    let item = this.#items.get(conversation.id);
    if (!item) this.#items.set(conversation.id, item = new Item(() => this.onPick(peer.id)));
    item.show(conversation, { peer, mine: conversation.last_message?.sender_id === state.me.id });
    if (this.list.children[at] !== item.element) this.list.insertBefore(item.element, this.list.children[at] || null);
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
    await this.client.olderConversations().finally(() => { this.#fetching = false; });
  }

  /** Who is on the screen. @returns {string[]} */
  inView() {
    const { top, bottom } = this.element.getBoundingClientRect();
    return [...this.#items].filter(([, { element }]) => {
      const box = element.getBoundingClientRect();
      return box.bottom > top && box.top < bottom;
    }).map(([id]) => this.client.state.conversations.get(id)?.peer.id || '').filter(Boolean);
  }
}
