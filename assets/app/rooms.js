// @ts-check
// What the server takes in one request.
const FOLLOWED = 8;

/** @type {WeakSet<object>} */
const busy = new WeakSet();

/**
 * Keep hearing the rooms of this browser: those in windows and of the pages first, then those that the person is in, as far
 * as it goes.
 * Calling it again is cheap.
 * @param {import('./client.js').Client} client
 */
export function followRooms(client) {
  const arrange = () => {
    if (client.team.leading) client.connection.setRooms(wanted(client));
  };
  arrange();
  if (busy.has(client)) return;
  busy.add(client);
  client.on('view', arrange);
  for (const name of ['view', 'lead']) client.team.on(name, arrange);
  client.connection.on('room reset', (/** @type {string} */ id) => renew(client, id));
  client.on('room gap', (/** @type {string} */ id) => renew(client, id));
}

/** @param {import('./client.js').Client} client */
function wanted({ rooms, paged, team, state }) {
  // Who follows the room of a page counts as somebody who has that page before them.
  const joined = state.sorted().filter(({ kind, role, page }) => kind === 'room' && role && !page).map(({ id }) => id);
  return [...new Set([...rooms, ...paged, ...team.others('rooms'), ...joined])].slice(0, FOLLOWED).sort();
}

/**
 * What was missed of a room cannot be caught up with: read it again, and follow it from there.
 * @param {import('./client.js').Client} client
 * @param {string} id
 */
async function renew(client, id) {
  const known = client.state.conversations.get(id);
  if (known) known.room_cursor = undefined;
  client.state.threads.get(id)?.forget();
  // Who has been removed meanwhile is told that there is no such room.
  await client.fetchConversation(id).catch(() => null);
  client.connection.followAgain();
}
