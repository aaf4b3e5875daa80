// @ts-check
/** The person's switches and settings: read once, and again when any device has changed them. */

/**
 * @typedef {object} Settings
 * @property {boolean} receipts
 * @property {boolean} typing
 * @property {boolean} presence
 * @property {boolean} sound
 * @property {boolean} notifications
 * @property {boolean} email
 * @property {string} quiet_from HH:MM, or ''
 * @property {string} quiet_to
 * @property {string} time_zone
 * @property {string} locale
 */

/** @type {WeakMap<import('./client.js').Client, Promise<Settings>>} */
const known = new WeakMap();

/** @param {import('./client.js').Client} client */
function follow(client) {
  client.state.on('settings.changed', async () => {
    const before = await known.get(client)?.catch(() => null);
    const settings = await load(client).catch(() => null);
    if (!settings) return;
    client.state.emit('settings', settings);
    // Who shows no presence sees none: what is on the screen is out of date.
    if (before?.presence !== settings.presence) client.refresh();
  });
}

/** @param {import('./client.js').Client} client @returns {Promise<Settings>} */
function load(client) {
  const loading = client.insist(() => client.session.call('GET', '/v1/settings'));
  known.set(client, loading);
  loading.catch(() => known.delete(client));
  return loading;
}

/** What is set now; `state` emits `settings` when it has changed. @param {import('./client.js').Client} client @returns {Promise<Settings>} */
export function settingsOf(client) {
  const before = known.get(client);
  if (before) return before;
  follow(client);
  return load(client);
}

/** Change some of them, on every device. @param {import('./client.js').Client} client @param {Partial<Settings>} change */
export async function changeSettings(client, change) {
  const settings = await client.session.call('PUT', '/v1/settings', { body: change });
  if ('presence' in change) client.refresh();
  known.set(client, Promise.resolve(settings));
  client.state.emit('settings', settings);
}
