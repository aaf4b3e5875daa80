// @ts-check
import { path } from './api.js';

// What one request may ask for.
const AT_ONCE = 200;
// Long enough for all rows of a list to ask, short enough not to be seen.
const GATHER_MS = 20;

/** Who is being asked for, or is not known to the server either. @type {WeakMap<object, Set<string>>} */
const asked = new WeakMap();
/** @type {string[]} */
let queue = [];

/** @param {string} id @returns {import('./types.js').Person} */
export const stranger = (id) => ({ id, name: '', avatar: '', url: '', presence: 'offline', status_text: '', friend: false });

/**
 * The person, at once; who is not known yet is fetched, many in one request, and `state` then emits `people`.
 * @param {import('./client.js').Client} client
 * @param {string} id
 * @returns {import('./types.js').Person}
 */
export function personOf(client, id) {
  if (id === client.session.user) return { ...stranger(id), ...client.state.me };
  const known = client.state.people.get(id);
  if (known?.name || !id) return known || stranger(id);
  const before = asked.get(client) || new Set();
  asked.set(client, before);
  if (!before.has(id)) {
    before.add(id);
    if (!queue.length) setTimeout(() => fetchAll(client), GATHER_MS);
    queue.push(id);
  }
  return known || stranger(id);
}

/** @param {import('./client.js').Client} client */
async function fetchAll(client) {
  const ids = queue.slice(0, AT_ONCE);
  queue = queue.slice(AT_ONCE);
  if (queue.length) setTimeout(() => fetchAll(client), GATHER_MS);
  const call = (/** @type {[string, string, any?]} */ ...request) => client.insist(() => client.session.call(...request));
  const people = ids.length > 1
    ? call('POST', '/v1/users/lookup', { body: { ids } }).then(({ data }) => data)
    : call('GET', path`/v1/users/${ids[0]}`).then((person) => [person]);
  client.state.meetPeople(await people.catch(() => []));
}
