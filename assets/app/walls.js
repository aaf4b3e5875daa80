// @ts-check
import { query } from './api.js';

const PAGE = 200;
/** @type {WeakSet<import('./client.js').Client>} */
const followed = new WeakSet();

/** @param {import('./client.js').Client} client */
async function load(client) {
  const ids = new Set();
  for (let cursor = ''; cursor !== null;) {
    const page = await client.insist(() => client.session.call('GET', '/v1/blocks' + query({ limit: String(PAGE), cursor })));
    for (const { user } of page.data) ids.add(user.id);
    cursor = page.next_cursor;
  }
  client.state.blocked = ids;
  client.state.emit('people');
}

/** Know whom the person has blocked, from now on: what they say among others is folded away. @param {import('./client.js').Client} client */
export function followBlocks(client) {
  if (followed.has(client)) return;
  followed.add(client);
  client.state.on('people.changed', () => load(client).catch(() => null));
  load(client).catch(() => followed.delete(client));
}
