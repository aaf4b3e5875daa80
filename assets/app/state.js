// @ts-check
import { Emitter } from './emitter.js';
import { Thread } from './thread.js';

/** @typedef {import('./types.js').Message} Message */
/** @typedef {import('./types.js').Person} Person */
/** @typedef {import('./types.js').Conversation} Conversation */

// As much of the last message as a list shows; the whole of it would fill the host's storage.
const PREVIEW = 200;

export const NOWHERE = '0.00000000';
const useqOf = (/** @type {string} */ cursor) => Number(cursor.split('.')[0]);

/** @param {{last_seq: number, read_seq: number}} conversation */
export const unreadOf = (conversation) => Math.max(0, conversation.last_seq - conversation.read_seq);

/** Whether it counts, rings and stands in the list: a stranger's request does not, nor who is blocked. @param {Conversation} one */
export const isListed = (one) => !one.partial && !one.request && !one.declined && !one.blocked && (one.kind !== 'room' || Boolean(one.role));

/** @param {Conversation | undefined} conversation */
export const isMuted = (conversation) => Number(conversation?.muted_until) > Date.now();

/** @typedef {import('./types.js').Reader} Reader */

/** How far each has got; nobody goes back. @param {Reader[]} known @param {Reader} told @returns {Reader[]} */
function furthest(known, told) {
  const { user_id, read_seq, delivered_seq } = known.find((one) => one.user_id === told.user_id) || told;
  const now = { user_id, read_seq: Math.max(read_seq, told.read_seq), delivered_seq: Math.max(delivered_seq, told.delivered_seq) };
  return [...known.filter((one) => one.user_id !== user_id), now];
}

/** What strangers have begun and nobody has answered, the newest first. @param {State} state @returns {Conversation[]} */
export const waitingRequests = (state) => state.sorted().filter((one) => one.request && !one.declined && !one.blocked && one.last_seq > 0);

/**
 * What is true for this person: one snapshot, moved forward by events.
 *
 * Emits `conversations`, `people`, `own`, `unread`, `warnings`, `thread` (id), `arrived` (message), `typing` (event), `gone` (id of a conversation
 * that is not the person's any more), `unknown` (id to fetch), `stale`, and every stored event by its own type when it is applied.
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
  /** Whom the person has blocked, once a group or room has been opened (walls.js). @type {Set<string>} */
  blocked = new Set();
  /** What the person is invited to. @type {any[]} */
  invitations = [];
  /** What the moderators have said and the person has not closed yet. @type {{id: string, text: string}[]} */
  warnings = [];
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
    this.invitations = answer.invitations || [];
    this.warnings = answer.warnings || [];
    // A window may show one that is further down the list, one that is only read, or one that was left elsewhere: it stays
    // as it was until the server has said which.
    const known = this.conversations;
    this.conversations = new Map();
    for (const conversation of answer.conversations.data) {
      // Who has read what in a group is told once, and is not in the answer.
      const readers = conversation.readers || (anew ? undefined : known.get(conversation.id)?.readers);
      this.#keep({ ...conversation, ...(readers && { readers }) });
    }
    const shown = [...known.values()].filter(({ id, kind, role }) => this.threads.has(id) || (kind === 'room' && !role));
    const missing = shown.filter(({ id }) => !this.conversations.has(id));
    for (const conversation of anew ? [] : missing) this.conversations.set(conversation.id, conversation);
    this.unreadElsewhere = Math.max(0, answer.unread_total - this.#unreadHere());
    this.loaded = true;
    for (const name of ['conversations', 'people', 'own', 'unread', 'invitations', 'warnings']) this.emit(name);
    for (const id of this.threads.keys()) this.emit('thread', id);
    for (const { id } of missing) this.emit('unknown', id);
  }

  /** What `load` takes, to hand to another tab or the next page. */
  snapshot() {
    const data = this.sorted().filter((conversation) => !conversation.partial).map((conversation) => ({
      ...conversation,
      peer: conversation.peer && (this.people.get(conversation.peer.id) || conversation.peer),
      last_message: conversation.last_message && { ...conversation.last_message, text: conversation.last_message.text.slice(0, PREVIEW) },
    }));
    return {
      cursor: this.cursor, user: this.me, own: this.own, unread_total: this.unread, invitations: this.invitations, warnings: this.warnings,
      conversations: { data, next_cursor: this.older },
    };
  }

  get unread() {
    return this.#unreadHere() + this.unreadElsewhere;
  }

  #unreadHere() {
    let sum = 0;
    for (const conversation of this.conversations.values()) if (isListed(conversation) && !isMuted(conversation)) sum += unreadOf(conversation);
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
    return [...this.conversations.values()].find((conversation) => conversation.peer?.id === user);
  }

  /** @param {Conversation} conversation */
  #keep(conversation) {
    const { id } = conversation;
    const known = this.conversations.get(id);
    if (known && !known.partial) {
      const { last_seq, last_at, last_message, room_cursor } = known;
      if (known.readers) conversation.readers = known.readers;
      conversation.read_seq = Math.max(known.read_seq, conversation.read_seq);
      if (last_seq > conversation.last_seq) conversation = { ...conversation, last_seq, last_at, last_message };
      // The stream of a room is followed from where this tab is, not from where the answer was made.
      if (room_cursor) conversation.room_cursor = room_cursor;
    }
    this.conversations.set(id, conversation);
    const { peer } = conversation;
    if (peer) this.people.set(peer.id, { ...this.people.get(peer.id), ...peer });
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
    if (conversation.peer) this.emit('people', [conversation.peer.id]);
    this.#changed(conversation.id);
  }

  /** @param {string} id */
  #changed(id) {
    this.emit('conversations');
    this.emit('unread');
    this.emit('thread', id);
  }

  /** It is not this person's any more: left, removed, blocked. @param {string} id */
  forget(id) {
    this.conversations.delete(id);
    this.threads.delete(id);
    this.emit('gone', id);
    this.#changed(id);
  }

  /** @param {Person[]} people as the server just told them */
  meetPeople(people) {
    for (const person of people) this.people.set(person.id, person);
    this.emit('people', people.map((person) => person.id));
  }

  /**
   * Take one event if it is the next one of its stream: the person's, or a room's own.
   * @param {any} event
   * @returns {'applied' | 'dropped' | 'gap'}
   */
  receive(event) {
    if (event.cursor) {
      const place = event.room ? this.conversations.get(event.room) : this;
      if (!place) return 'dropped';
      const [field, useq] = [event.room ? 'room_cursor' : 'cursor', useqOf(event.cursor)];
      const here = useqOf(/** @type {any} */ (place)[field] || NOWHERE);
      if (useq <= here) return 'dropped';
      if (useq > here + 1) return 'gap';
      this.#apply(event);
      // Applying may have put a newer record in its place.
      Object.assign(event.room ? this.conversations.get(event.room) || place : this, { [field]: event.cursor });
    } else this.#apply(event);
    this.emit(event.type, event);
    if (event.type === 'message.created') this.emit('arrived', event.message);
    return 'applied';
  }

  /** @param {any} event */
  #apply(event) {
    if (Object.hasOwn(this.#act, event.type)) this.#act[/** @type {'presence.own'} */ (event.type)](event);
    if (event.type.startsWith('typing.')) this.emit('typing', event);
  }

  #act = {
    'message.created': (/** @type {any} */ event) => this.take(event.message),
    'message.changed': (/** @type {any} */ event) => this.change(event.message),
    'receipt.read': (/** @type {any} */ event) => this.markRead(event.conversation_id, event.read_seq),
    'receipt.peer': (/** @type {any} */ { conversation_id: id, user_id, read_seq, delivered_seq }) => {
      const known = this.conversations.get(id);
      if (!known) return;
      if (known.kind === 'direct') {
        known.peer_read_seq = Math.max(known.peer_read_seq || 0, read_seq);
        known.peer_delivered_seq = Math.max(known.peer_delivered_seq || 0, delivered_seq);
      } else if (known.kind === 'group') known.readers = furthest(known.readers || [], { user_id, read_seq, delivered_seq });
      this.emit('thread', id);
    },
    // A room that is not heard here has come so far.
    'conversation.grown': (/** @type {any} */ { conversation_id: id, last_seq, last_at }) => {
      const known = this.conversations.get(id);
      if (!known || known.partial || last_seq <= known.last_seq) return;
      Object.assign(known, { last_seq, last_at });
      this.threads.get(id)?.hear(last_seq);
      this.#changed(id);
    },
    'moderation.warned': (/** @type {any} */ { id, text }) => this.#warn([...this.warnings, { id, text }]),
    'moderation.seen': (/** @type {any} */ { id }) => this.#warn(this.warnings.filter((one) => one.id !== id)),
    'presence.own': (/** @type {any} */ event) => {
      this.own = event.own;
      this.emit('own');
    },
    'presence.changed': (/** @type {any} */ { changes }) => {
      for (const { user_id, presence, status_text } of changes) {
        const person = this.people.get(user_id);
        if (person) this.people.set(user_id, { ...person, presence, status_text });
      }
      this.emit('people', changes.map((/** @type {any} */ change) => change.user_id));
    },
  };

  /** @param {{id: string, text: string}[]} warnings */
  #warn(warnings) {
    this.warnings = warnings;
    this.emit('warnings');
  }

  /**
   * A stored message, from an event or from the answer to a send; the second time changes nothing.
   * @param {Message} message
   */
  take(message) {
    const { conversation_id: id, seq, sender_id } = message;
    const known = this.conversations.get(id) || this.#guess(message);
    if (seq > known.last_seq) Object.assign(known, { last_seq: seq, last_at: message.created_at, last_message: message });
    if (sender_id === this.me.id) Object.assign(known, { read_seq: Math.max(known.read_seq, seq), marked_unread: false });
    // Who had read everything has read that somebody came or went; in a room that holds only for whoever did it.
    else if (message.line && known.kind !== 'room' && seq === known.read_seq + 1) known.read_seq = seq;
    // Who answers has read what is answered.
    if (sender_id === known.peer?.id && known.peer_read_seq !== undefined) known.peer_read_seq = Math.max(known.peer_read_seq, seq);
    // How much is pinned stands in the conversation.
    if (message.line?.what === 'pinned') this.emit('unknown', id);
    if (message.mentions?.includes(this.me.id)) known.mentioned_seq = Math.max(known.mentioned_seq || 0, seq);
    this.threads.get(id)?.add(message);
    this.#changed(id);
  }

  /** All of it is here: what was said last is no longer only a number. @param {string} id */
  heardOut(id) {
    const known = this.conversations.get(id);
    const newest = this.threads.get(id)?.messages.at(-1);
    if (!known || !newest || newest.seq !== known.last_seq || known.last_message?.seq === newest.seq) return;
    known.last_message = newest;
    this.emit('conversations');
  }

  /** It was edited, deleted, reacted to, pinned: the whole of it as it is now. @param {Message} message */
  change(message) {
    const { conversation_id: id, seq } = message;
    const known = this.conversations.get(id);
    if (known?.last_message && known.last_seq === seq) known.last_message = message;
    this.threads.get(id)?.change(message);
    this.#changed(id);
  }

  /** @param {Message} message @returns {Conversation} a place for it until the server is asked */
  #guess({ conversation_id: id, seq }) {
    /** @type {Conversation} */
    const guess = { id, kind: '', peer: null, last_seq: 0, read_seq: seq - 1, last_at: 0, last_message: null, partial: true };
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
    conversation.marked_unread = false;
    this.#changed(id);
  }
}
