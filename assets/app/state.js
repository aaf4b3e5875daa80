// @ts-check
import { Emitter } from './emitter.js';
import { Thread } from './thread.js';

/** @typedef {import('./thread.js').Message} Message */
/** @typedef {{id: string, name: string, avatar: string, url: string, presence: string, status_text: string, friend: boolean}} Person */
/**
 * @typedef {object} Conversation
 * @property {string} id
 * @property {Person} peer
 * @property {number} last_seq
 * @property {number} read_seq
 * @property {number} last_at
 * @property {Message | null} last_message
 * @property {boolean} [partial] heard of, not fetched yet
 */

// As much of the last message as a list shows; the whole of it would fill the host's storage.
const PREVIEW = 200;

export const NOWHERE = '0.00000000';
const useqOf = (/** @type {string} */ cursor) => Number(cursor.split('.')[0]);

/** @param {{last_seq: number, read_seq: number}} conversation */
export const unreadOf = (conversation) => Math.max(0, conversation.last_seq - conversation.read_seq);

/**
 * What is true for this person: one snapshot, moved forward by events.
 *
 * Emits `conversations`, `people`, `own`, `unread`, `thread` (id), `arrived` (message) and `typing` (event).
 * Unread counts are watermarks (last_seq - read_seq), never counted up and down.
 */
export class State extends Emitter {
  loaded = false;
  cursor = NOWHERE;
  me = { id: '', name: '', avatar: '' };
  own = { presence: 'online', status_text: '' };
  /** @type {Map<string, Conversation>} */
  conversations = new Map();
  /** @type {string | null} */
  older = null;
  /** @type {Map<string, Person>} */
  people = new Map();
  /** @type {Map<string, Thread>} */
  threads = new Map();
  /** Unread messages in conversations that are not held here. */
  unreadElsewhere = 0;

  /**
   * Take a snapshot (GET /v1/state, another tab's, or the last page's).
   * @param {any} answer
   * @param {{anew?: boolean}} [options] anew: nothing known so far may be kept
   */
  load(answer, { anew = false } = {}) {
    if (anew) for (const thread of this.threads.values()) thread.forget();
    this.cursor = answer.cursor;
    this.me = answer.user;
    this.own = answer.own;
    this.older = answer.conversations.next_cursor;
    this.conversations.clear();
    for (const conversation of answer.conversations.data) this.#keep(conversation);
    this.unreadElsewhere = Math.max(0, answer.unread_total - this.#unreadHere());
    this.loaded = true;
    for (const name of ['conversations', 'people', 'own', 'unread']) this.emit(name);
    for (const id of this.threads.keys()) this.emit('thread', id);
  }

  /** What `load` takes, to hand to another tab or the next page. */
  snapshot() {
    const data = this.sorted().filter((conversation) => !conversation.partial).map((conversation) => ({
      ...conversation,
      peer: this.people.get(conversation.peer.id) || conversation.peer,
      last_message: conversation.last_message && { ...conversation.last_message, text: conversation.last_message.text.slice(0, PREVIEW) },
    }));
    return {
      cursor: this.cursor, user: this.me, own: this.own, unread_total: this.unread,
      conversations: { data, next_cursor: this.older },
    };
  }

  get unread() {
    return this.#unreadHere() + this.unreadElsewhere;
  }

  #unreadHere() {
    let sum = 0;
    for (const conversation of this.conversations.values()) sum += unreadOf(conversation);
    return sum;
  }

  /** @param {string} id @returns {Thread} */
  thread(id) {
    let thread = this.threads.get(id);
    if (!thread) this.threads.set(id, thread = new Thread());
    thread.hear(this.conversations.get(id)?.last_seq || 0);
    return thread;
  }

  /** Newest activity first. */
  sorted() {
    return [...this.conversations.values()].sort((one, other) => other.last_at - one.last_at);
  }

  /** @param {string} user @returns {Conversation | undefined} */
  conversationWith(user) {
    return [...this.conversations.values()].find((conversation) => conversation.peer.id === user && !conversation.partial);
  }

  /** @param {Conversation} conversation */
  #keep(conversation) {
    const { id } = conversation;
    const known = this.conversations.get(id);
    if (known && !known.partial) {
      conversation.read_seq = Math.max(known.read_seq, conversation.read_seq);
      if (known.last_seq > conversation.last_seq) {
        conversation = { ...conversation, last_seq: known.last_seq, last_at: known.last_at, last_message: known.last_message };
      }
    }
    this.conversations.set(id, conversation);
    this.people.set(conversation.peer.id, { ...this.people.get(conversation.peer.id), ...conversation.peer });
    this.threads.get(id)?.hear(conversation.last_seq);
  }

  /**
   * A conversation as the server just told it.
   * @param {Conversation} conversation
   * @param {{counted?: boolean}} [options] counted: its unread ones were part of `unreadElsewhere`
   */
  meetConversation(conversation, { counted = false } = {}) {
    const before = this.unread;
    const known = this.conversations.has(conversation.id);
    this.#keep(conversation);
    if (counted && !known) this.unreadElsewhere = Math.max(0, this.unreadElsewhere - (this.unread - before));
    this.emit('conversations');
    this.emit('people', [conversation.peer.id]);
    this.emit('unread');
    this.emit('thread', conversation.id);
  }

  /** @param {Person[]} people as the server just told them */
  meetPeople(people) {
    for (const person of people) this.people.set(person.id, person);
    this.emit('people', people.map((person) => person.id));
  }

  /**
   * Take one event if it is the next one.
   * @param {any} event
   * @returns {'applied' | 'dropped' | 'gap'}
   */
  receive(event) {
    if (!event.cursor) {
      this.#applyPassing(event);
      return 'applied';
    }
    const useq = useqOf(event.cursor);
    const here = useqOf(this.cursor);
    if (useq <= here) return 'dropped';
    if (useq > here + 1) return 'gap';
    if (event.type === 'message.created') this.take(event.message);
    if (event.type === 'receipt.read') this.markRead(event.conversation_id, event.read_seq);
    this.cursor = event.cursor;
    if (event.type === 'message.created') this.emit('arrived', event.message);
    return 'applied';
  }

  /** @param {any} event */
  #applyPassing(event) {
    if (event.type === 'presence.own') {
      this.own = event.own;
      this.emit('own');
    }
    if (event.type.startsWith('typing.')) this.emit('typing', event);
    if (event.type !== 'presence.changed') return;
    for (const { user_id, presence, status_text } of event.changes) {
      const person = this.people.get(user_id);
      if (person) this.people.set(user_id, { ...person, presence, status_text });
    }
    this.emit('people', event.changes.map((/** @type {any} */ change) => change.user_id));
  }

  /**
   * A stored message, from an event or from the answer to a send; the second time changes nothing.
   * @param {Message} message
   */
  take(message) {
    const { conversation_id: id, seq, sender_id } = message;
    const known = this.conversations.get(id) || this.#guess(message);
    if (seq > known.last_seq) Object.assign(known, { last_seq: seq, last_at: message.created_at, last_message: message });
    if (sender_id === this.me.id) known.read_seq = Math.max(known.read_seq, seq);
    this.threads.get(id)?.add(message);
    this.emit('conversations');
    this.emit('unread');
    this.emit('thread', id);
  }

  /** @param {Message} message @returns {Conversation} a place for it until the server is asked */
  #guess({ conversation_id: id, sender_id, seq }) {
    const stranger = { id: sender_id, name: '', avatar: '', url: '', presence: 'offline', status_text: '', friend: false };
    const peer = this.people.get(sender_id) || stranger;
    const guess = { id, peer, last_seq: 0, read_seq: seq - 1, last_at: 0, last_message: null, partial: true };
    this.conversations.set(id, guess);
    this.emit('unknown', id);
    return guess;
  }

  /**
   * @param {string} id
   * @param {number} seq
   */
  markRead(id, seq) {
    const conversation = this.conversations.get(id);
    if (!conversation) {
      this.emit('stale');
      return;
    }
    if (seq <= conversation.read_seq) return;
    conversation.read_seq = seq;
    this.emit('conversations');
    this.emit('unread');
    this.emit('thread', id);
  }
}
