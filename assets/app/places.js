// @ts-check
import { path, query } from './api.js';
import { placeOf } from './faces.js';
import { personOf } from './lookup.js';

const STACKED = 2;

/** What is known of each group's or room's looks: its picture's address, or whose faces stand for it. */
class Looks {
  /** @type {Map<string, string>} by file */
  #addresses = new Map();
  /** @type {Map<string, {members: number, ids: string[]}>} by conversation */
  #faces = new Map();
  /** @type {Set<string>} */
  #asked = new Set();

  /** @param {import('./client.js').Client} client */
  constructor(client) {
    this.client = client;
  }

  /** @param {import('./types.js').Conversation} conversation */
  of(conversation) {
    const { id, kind, picture, members = 0 } = conversation;
    const place = placeOf(conversation);
    if (picture) {
      const avatar = this.#addresses.get(picture) || '';
      if (!avatar) this.#once(`picture ${picture}`, () => this.#findPicture(id, picture));
      return { ...place, avatar };
    }
    // A room is known by its name; a group without a picture by those who are in it.
    if (kind !== 'group' || members < STACKED) return place;
    const known = this.#faces.get(id);
    if (known?.members !== members) this.#once(`faces ${id} ${members}`, () => this.#findFaces(id, members));
    return { ...place, faces: (known?.ids || []).map((user) => personOf(this.client, user)) };
  }

  /** @param {string} key @param {() => Promise<void>} find */
  async #once(key, find) {
    if (this.#asked.has(key)) return;
    this.#asked.add(key);
    await find().catch(() => null);
    this.client.state.emit('people');
  }

  /** @param {string} id @param {string} picture */
  async #findPicture(id, picture) {
    const { data } = await this.client.session.call('POST', '/v1/files/urls', { body: { conversation_id: id, file_ids: [picture] } });
    const found = data[picture];
    if (found) this.#addresses.set(picture, new URL(found.thumb_url || found.url, location.href).href);
  }

  /** @param {string} id @param {number} members */
  async #findFaces(id, members) {
    const page = await this.client.session.call('GET', path`/v1/conversations/${id}/members` + query({ limit: STACKED + 1 }));
    const others = page.data.filter((/** @type {any} */ one) => one.id !== this.client.session.user).slice(0, STACKED);
    this.client.state.meetPeople(others.map((/** @type {any} */ { role, ...person }) => person));
    this.#faces.set(id, { members, ids: others.map((/** @type {any} */ one) => one.id) });
  }
}

/** @type {WeakMap<object, Looks>} */
const all = new WeakMap();

/**
 * What a face and a name are drawn from: the other one of a direct conversation, else the group or room. What is not known
 * yet is fetched, and `people` is emitted when it is there.
 * @param {import('./client.js').Client} client
 * @param {import('./types.js').Conversation} conversation
 */
export function subjectOf(client, conversation) {
  const { peer } = conversation;
  if (peer) return client.state.people.get(peer.id) || peer;
  const looks = all.get(client) || new Looks(client);
  all.set(client, looks);
  return looks.of(conversation);
}
