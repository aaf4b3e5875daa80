// @ts-check
import { ApiError } from './api.js';
import { Emitter } from './emitter.js';
import { backoffMs, pause } from './waiting.js';

const MESSAGES_PER_REQUEST = 20;
// What goes over a socket in one frame.
const CHARACTERS_PER_REQUEST = 12_000;

/**
 * @typedef {object} Item
 * @property {string} client_id
 * @property {string} conversation_id
 * @property {string} text
 * @property {number} created_at
 * @property {string} [failed] the code of the refusal
 * @property {boolean} [review] a moderator looks at it first; nobody else sees it
 * @property {{seq: number, sender_id: string, text: string}} [reply]
 * @property {string[]} [mentions]
 * @property {any[]} [files] as the API tells of them
 */

/** @typedef {{reply?: Item['reply'], mentions?: string[], files?: any[]}} More */

/** What there is of it. @param {More} item @returns {More} */
const more = ({ reply, mentions, files }) => ({ ...(reply && { reply }), ...(mentions?.length && { mentions }), ...(files?.length && { files }) });

/** As it goes to the server. @param {Item} item */
function onWire({ client_id, text, ...rest }) {
  const { reply, files, ...others } = more(rest);
  return { client_id, text, ...(reply && { reply_to: reply.seq }), ...(files && { files: files.map(({ id }) => id) }), ...others };
}

/** Its files are still on their way up; it keeps its place, and what was written after it waits. @param {Item} item */
const isHeld = ({ files }) => Boolean(files?.some(({ id }) => !id));

const newClientId = () =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/**
 * Messages without a final answer. Each is kept before it is sent, and repeated with the same id until
 * the server has said yes or no: across lost answers, killed workers, reloads and crashes.
 *
 * Every tab sees all of them; the lock of a conversation lets one tab at a time send them, in order.
 * Emits `change` (conversation id).
 */
export class Outbox extends Emitter {
  /** @type {Map<string, AbortController>} */
  #running = new Map();
  #lastAt = 0;
  /** When a conversation that takes no more for now is asked again. @type {Map<string, number>} */
  #due = new Map();

  /**
   * @param {{session: import('./session.js').Session, state: import('./state.js').State,
   *   send: (conversation: string, messages: {client_id: string, text: string}[]) => Promise<{messages: any[]}>}} parts
   */
  constructor({ session, state, send }) {
    super();
    this.session = session;
    this.send = send;
    this.state = state;
    this.storage = session.storage;
    this.storage.watch((key) => {
      if (key.startsWith('out/')) this.emit('change', key.split('/')[1]);
    });
  }

  /** @param {string} conversation @returns {Item[]} in the order in which they were written */
  items(conversation) {
    const items = this.storage.keys(`out/${conversation}/`).map((key) => this.storage.get(key)).filter(Boolean);
    return items.sort((one, other) => one.created_at - other.created_at);
  }

  /** When the first of those that wait there goes out, or 0 if nothing holds it back. @param {string} conversation */
  dueAt(conversation) {
    const at = this.#due.get(conversation) || 0;
    return at > Date.now() ? at : 0;
  }

  /** @param {Item} item */
  #key(item) {
    return `out/${item.conversation_id}/${item.client_id}`;
  }

  /**
   * @param {string} conversation
   * @param {string} text
   * @param {More} [rest]
   */
  async add(conversation, text, rest = {}) {
    // Two in one millisecond must not change places.
    this.#lastAt = Math.max(Date.now(), this.#lastAt + 1);
    const item = { client_id: newClientId(), conversation_id: conversation, text, created_at: this.#lastAt, ...more(rest) };
    const kept = this.storage.set(this.#key(item), item);
    this.emit('change', conversation);
    await kept;
    this.flush(conversation);
  }

  /**
   * A file of a message that was already sent off is up now, or will never be.
   * @param {string} conversation
   * @param {string} key of what stands for it
   * @param {{file?: any, failed?: string}} change
   */
  async fill(conversation, key, { file, failed }) {
    const item = this.items(conversation).find(({ files }) => files?.some((one) => one.key === key));
    if (!item) return;
    const files = (item.files || []).map((one) => (file && one.key === key ? file : one));
    await this.storage.set(this.#key(item), { ...item, files, ...(failed && { failed }) });
    this.emit('change', conversation);
    this.flush(conversation);
  }

  /** @param {Item} item */
  async retry(item) {
    const { failed, ...again } = item;
    if (failed === 'client_id_conflict') {
      this.remove(item);
      again.client_id = newClientId();
    }
    await this.storage.set(this.#key(again), again);
    this.emit('change', item.conversation_id);
    this.flush(item.conversation_id);
  }

  /** @param {Item} item */
  remove(item) {
    this.storage.set(this.#key(item), null);
    this.emit('change', item.conversation_id);
  }

  /** The message was seen in the log: whatever became of its answer, it is stored. @param {Item} message */
  settle(message) {
    if (this.bridge.stored.has(this.storage.prefix + this.#key(message))) this.remove(message);
  }

  get bridge() {
    return this.storage.bridge;
  }

  /** A moderator has decided against it. @param {{conversation_id: string, client_id: string}} place */
  refuse(place) {
    const item = this.items(place.conversation_id).find(({ client_id }) => client_id === place.client_id);
    if (!item) return;
    this.storage.set(this.#key(item), { ...item, failed: 'message_refused' });
    this.emit('change', item.conversation_id);
  }

  /** Send whatever is left over from other pages and times; what waited for a moderator then may be decided by now. */
  flushAll() {
    for (const cut of this.#running.values()) cut.abort();
    for (const { review, ...item } of this.storage.keys('out/').map((key) => this.storage.get(key)).filter((one) => one?.review)) this.storage.set(this.#key(item), item);
    for (const id of new Set(this.storage.keys('out/').map((key) => key.split('/')[1]))) this.flush(id);
  }

  /** @param {string} conversation */
  async flush(conversation) {
    if (this.#running.has(conversation)) return;
    for (let attempt = 0; this.#next(conversation).length && !this.session.out; attempt += 1) {
      const cut = new AbortController();
      this.#running.set(conversation, cut);
      const waitMs = await this.#locked(conversation, () => this.#send(this.#next(conversation), attempt));
      if (!waitMs) attempt = -1;
      await pause(waitMs, cut.signal);
    }
    this.#running.delete(conversation);
    const held = this.items(conversation).find((item) => !item.failed && isHeld(item));
    if (held) (await import('./uploads.js')).tend(this, held);
  }

  /** @param {string} conversation */
  #next(conversation) {
    let room = CHARACTERS_PER_REQUEST;
    const waiting = this.items(conversation).filter((item) => !item.failed && !item.review);
    const held = waiting.findIndex(isHeld);
    // A room in slow mode takes one at a time.
    const most = this.state.conversations.get(conversation)?.slow_seconds ? 1 : MESSAGES_PER_REQUEST;
    const items = waiting.slice(0, held < 0 ? most : Math.min(held, most));
    return items.filter((item, at) => (room -= item.text.length) >= 0 || !at);
  }

  /**
   * @param {string} conversation
   * @param {() => Promise<number>} act
   */
  async #locked(conversation, act) {
    if (!this.bridge.welcome.locks) return act();
    const name = `${this.storage.prefix}send/${conversation}`;
    if (!await this.bridge.lock(name)) return backoffMs(2);
    try {
      return await act();
    } finally {
      this.bridge.unlock(name);
    }
  }

  /**
   * @param {Item[]} items of one conversation
   * @param {number} attempt
   * @returns {Promise<number>} how long to wait before the next request
   */
  async #send(items, attempt) {
    if (!items.length) return 0;
    const id = items[0].conversation_id;
    const messages = items.map(onWire);
    try {
      this.#confirm(items, await this.send(id, messages));
      return 0;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // Several at once may be more than somebody new ever may.
      if (error.code === 'newcomer_limited' && items.length > 1) return this.#send(items.slice(0, 1), attempt);
      if (error.status === 429) return this.#heldBack(id, error.retryAfterMs || backoffMs(attempt));
      if (error.passing || error.signedOut) return Math.max(error.retryAfterMs, backoffMs(attempt));
      if (items.length > 1) return this.#send(items.slice(0, 1), attempt);
      const failed = { ...items[0], failed: error.code };
      this.storage.set(this.#key(failed), failed);
      this.emit('change', id);
      return 0;
    }
  }

  /** The room is in slow mode, or that was too much at once. @param {string} id @param {number} waitMs */
  #heldBack(id, waitMs) {
    this.#due.set(id, Date.now() + waitMs);
    this.emit('change', id);
    return waitMs;
  }

  /**
   * @param {Item[]} items
   * @param {{messages: {client_id: string, seq: number, created_at: number, held?: boolean}[]}} answer
   */
  #confirm(items, answer) {
    for (const sent of answer.messages) {
      const item = items.find(({ client_id }) => client_id === sent.client_id);
      if (!item) continue;
      if (sent.held) {
        this.storage.set(this.#key(item), { ...item, review: true });
        this.emit('change', item.conversation_id);
        continue;
      }
      this.state.take({
        conversation_id: item.conversation_id, seq: sent.seq, sender_id: this.session.user,
        client_id: item.client_id, text: item.text, created_at: sent.created_at, ...more(item),
      });
      this.remove(item);
    }
  }
}
