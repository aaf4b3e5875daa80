// @ts-check
/** @typedef {import('./types.js').Message} Message */
/** @typedef {'pending' | 'held' | 'failed' | 'sent' | 'delivered' | 'read'} Mark */
/**
 * @typedef {Message & {mark: Mark, marked: boolean, due?: number, failed?: string, readers?: string[]}} Entry what is drawn as one message
 *   seq: 0 while it is not stored; due: when the server takes it, if it has to wait; marked: what became of it is written under it; readers: who has read it, in a group
 */

/** What a log shows: the stored messages by seq, then those on their way. An entry that did not change stays the same object. */
export class Entries {
  /** @type {WeakMap<object, Entry>} */
  #made = new WeakMap();

  /** @param {import('./chat.js').Chat} chat */
  constructor(chat) {
    this.chat = chat;
  }

  /** @returns {Entry[]} */
  list() {
    const { chat } = this;
    const thread = chat.history?.thread;
    const stored = thread ? thread.shown.messages.filter(({ hidden }) => !hidden) : [];
    const marked = this.#marked(stored);
    const entries = stored.map((message) => this.#entry(message, { mark: this.#markOf(message), marked: marked.has(message) }));
    return thread?.detour ? entries : [...entries, ...this.#waiting(stored)];
  }

  /** @param {Message[]} stored @returns {Entry[]} */
  #waiting(stored) {
    const { id, me, client } = this.chat;
    const known = new Set(stored.slice(-100).map(({ client_id }) => client_id));
    const items = id ? client.outbox.items(id).filter(({ client_id }) => !known.has(client_id)) : [];
    const first = items.find(({ failed, review }) => !failed && !review);
    const due = id ? client.outbox.dueAt(id) : 0;
    return items.map((item) => ({ ...item, seq: 0, sender_id: me, mark: item.failed ? 'failed' : item.review ? 'held' : 'pending', marked: true, due: item === first ? due : 0 }));
  }

  /** @param {Message} message @returns {Mark} */
  #markOf({ seq, sender_id }) {
    const { conversation, me } = this.chat;
    if (sender_id !== me || !conversation) return 'sent';
    const peers = conversation.readers || [];
    const read = Math.max(conversation.peer_read_seq || 0, ...peers.map(({ read_seq }) => read_seq));
    const delivered = Math.max(conversation.peer_delivered_seq || 0, ...peers.map(({ delivered_seq }) => delivered_seq));
    return seq <= read ? 'read' : seq <= delivered ? 'delivered' : 'sent';
  }

  /** The newest of one's own with each mark, of those that nobody has answered yet. @param {Message[]} stored @returns {Set<Message>} */
  #marked(stored) {
    const found = new Map();
    for (let at = stored.length - 1; at >= 0; at -= 1) {
      const message = stored[at];
      if (message.line) continue;
      if (message.sender_id !== this.chat.me) break;
      const mark = this.#markOf(message);
      if (!found.has(mark)) found.set(mark, message);
    }
    return new Set(found.values());
  }

  /** @param {Message} message @param {{mark: Mark, marked: boolean}} now @returns {Entry} */
  #entry(message, { mark, marked }) {
    const readers = marked && mark === 'read' && this.chat.kind !== 'direct' ? this.chat.readersOf(message.seq) : undefined;
    const known = this.#made.get(message);
    if (known && known.mark === mark && known.marked === marked && String(known.readers) === String(readers)) return known;
    const entry = { ...message, mark, marked, ...(readers && { readers }) };
    this.#made.set(message, entry);
    return entry;
  }
}
