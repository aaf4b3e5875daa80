// @ts-check
import { path } from './api.js';

const GATHER_MS = 1_500;
const KEPT = 60;

/** Tells the server how far messages have got to this person: the tab that leads, once a conversation and moment. */
export class Deliveries {
  /** @type {Set<string>} */
  #due = new Set();
  #timer = 0;

  /** @param {import('./client.js').Client} client */
  constructor(client) {
    this.client = client;
    client.state.on('arrived', (/** @type {any} */ message) => this.#note(client.state.conversations.get(message.conversation_id)));
    client.state.on('conversations', () => this.#noteAll());
  }

  #loaded = '';

  /** What came while nobody was here has arrived now, too; once for each snapshot. */
  #noteAll() {
    const { state } = this.client;
    if (!state.loaded || this.#loaded === state.cursor) return;
    this.#loaded = state.cursor;
    for (const conversation of state.conversations.values()) this.#note(conversation);
  }

  /** @param {import('./types.js').Conversation | undefined} conversation */
  #note(conversation) {
    if (!this.client.team.leading || !conversation || conversation.partial || conversation.request || conversation.kind === 'room') return;
    const { id, last_seq, read_seq, last_message } = conversation;
    if (last_seq <= read_seq || last_message?.sender_id === this.client.session.user || this.#told[id] >= last_seq) return;
    this.#due.add(id);
    this.#timer ||= window.setTimeout(() => this.#tell(), GATHER_MS);
  }

  /** @returns {Record<string, number>} */
  get #told() {
    return this.client.storage.get('told') || {};
  }

  #tell() {
    this.#timer = 0;
    const { state, connection, session, storage } = this.client;
    const told = this.#told;
    for (const id of this.#due) {
      const seq = state.conversations.get(id)?.last_seq;
      // What has been read has been delivered.
      if (!seq || seq <= Math.max(told[id] || 0, state.conversations.get(id)?.read_seq || 0)) continue;
      delete told[id];
      told[id] = seq;
      if (!connection.tell({ type: 'delivered', conversation_id: id, seq })) {
        session.call('PUT', path`/v1/conversations/${id}/delivered`, { body: { seq } }).catch(() => null);
      }
    }
    this.#due.clear();
    storage.set('told', Object.fromEntries(Object.entries(told).slice(-KEPT)));
  }
}
