// @ts-check
import { pause } from './waiting.js';

const GATHER_MS = 15;
const PER_REQUEST = 50;
const SPARE_MS = 30_000;

/** @typedef {{url: string, thumb_url?: string, expires_at: number}} Address */

/** Where files are, for a while: asked for together, and again when the time is over. */
class Addresses {
  /** @type {Map<string, Promise<Address | null>>} */
  #found = new Map();
  /** @type {Map<string, Map<string, (address: Address | null) => void>>} */
  #asked = new Map();

  /** @param {import('./client.js').Client} client */
  constructor(client) {
    this.client = client;
  }

  /** @param {string} conversation @param {string} id @param {boolean} [fresh] @returns {Promise<Address | null>} null when it is gone */
  async find(conversation, id, fresh = false) {
    const known = fresh ? null : await this.#found.get(id);
    if (known && known.expires_at > Date.now() + SPARE_MS) return known;
    const asked = this.#asked.get(conversation)?.has(id);
    if (!asked) this.#found.set(id, new Promise((resolve) => this.#ask(conversation, id, resolve)));
    return /** @type {Promise<Address | null>} */ (this.#found.get(id));
  }

  /** @param {string} conversation @param {string} id @param {(address: Address | null) => void} resolve */
  async #ask(conversation, id, resolve) {
    const waiting = this.#asked.get(conversation) || new Map();
    waiting.set(id, resolve);
    if (waiting.size > 1) return;
    this.#asked.set(conversation, waiting);
    await pause(GATHER_MS);
    this.#asked.delete(conversation);
    const all = [...waiting];
    for (let start = 0; start < all.length; start += PER_REQUEST) this.#fetch(conversation, all.slice(start, start + PER_REQUEST));
  }

  /** @param {string} conversation_id @param {[string, (address: Address | null) => void][]} asked */
  async #fetch(conversation_id, asked) {
    const { client } = this;
    const body = { conversation_id, file_ids: asked.map(([id]) => id) };
    const answer = await client.insist(() => client.session.call('POST', '/v1/files/urls', { body })).catch(() => null);
    for (const [id, resolve] of asked) resolve(answer?.data[id] || null);
  }
}

/** @type {WeakMap<object, Addresses>} */
const all = new WeakMap();

/** @param {import('./client.js').Client} client */
export function addressesOf(client) {
  if (!all.has(client)) all.set(client, new Addresses(client));
  return /** @type {Addresses} */ (all.get(client));
}
