// @ts-check
/** @typedef {import('./entries.js').Entry} Entry */
/** @typedef {{seq: number, sender_id: string, text: string}} Quoted */
/**
 * @typedef {object} Draft what is being written and not sent yet
 * @property {string} text
 * @property {Quoted} [reply] what it answers
 * @property {{seq: number, before: string}} [edit] the message that it changes, and what had been written before that began
 * @property {Record<string, string>} [mentions] name to id, as they were picked
 */

/** The drafts of one conversation's window: kept at once, for the next page and the other tabs. */
export class Drafts {
  /** @type {Draft} */
  now = { text: '' };

  /** @param {import('./storage.js').Storage} storage @param {() => string} key */
  constructor(storage, key) {
    this.storage = storage;
    this.key = key;
    this.read();
  }

  /** What is kept; texts alone were kept by earlier versions. */
  read() {
    const kept = this.storage.get(this.key());
    this.now = typeof kept === 'string' ? { text: kept } : kept || { text: '' };
    return this.now;
  }

  /** @param {Partial<Draft>} change */
  set(change) {
    this.now = { ...this.now, ...change };
    const { text, reply, edit, mentions } = this.now;
    const empty = !text && !reply && !edit;
    this.storage.set(this.key(), empty ? null : { text, ...(reply && { reply }), ...(edit && { edit }), ...(mentions && { mentions }) });
  }

  clear() {
    this.set({ text: '', reply: undefined, edit: undefined, mentions: undefined });
  }
}
