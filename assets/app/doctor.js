// @ts-check
import { TRANSPORTS } from './connection.js';
import { Findings } from './findings.js';

const PATIENCE_MS = 2_000;
const UNTRIED = { reason: 'untried', text: 'not tried yet' };
const DISALLOWED = { reason: 'disallowed', text: 'the page does not allow it' };

/**
 * @typedef {object} Course how the one connection of this browser is
 * @property {string} state
 * @property {string} transport the one in use, or the one that is tried now
 * @property {{transport: string, code: string, reason: string}[]} passed_over better ones, and why they are not used
 * @property {number | null} connected_seconds
 * @property {number} reconnects
 * @property {{reason: string, text: string, at: string} | null} last_trouble
 * @property {number | null} round_trip_ms
 */

/** @template T @param {Promise<T> | null} promise @returns {Promise<T | null>} null if it takes too long */
const inTime = (promise) => Promise.race([promise, new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, null))]);

/** Milliseconds of a small exchange over HTTP. */
async function httpTrip() {
  const at = performance.now();
  const answer = await fetch('/healthz', { cache: 'no-store', credentials: 'omit' }).catch(() => null);
  return answer?.ok ? performance.now() - at : null;
}

/** @param {import('./connection.js').Connection} connection */
function passedOver({ transport, transports, refusals }) {
  const why = (/** @type {string} */ name) => (transports.includes(name) ? refusals[name] || UNTRIED : DISALLOWED);
  return TRANSPORTS.slice(0, TRANSPORTS.indexOf(transport)).map((name) => ({ transport: name, code: why(name).reason, reason: why(name).text }));
}

/** @param {import('./connection.js').Connection} connection @returns {Promise<Course>} */
async function courseOf(connection) {
  const { state, transport, opens, openedAt, last } = connection;
  const trip = await inTime(connection.ping() || httpTrip());
  return {
    state,
    transport,
    passed_over: passedOver(connection),
    connected_seconds: state === 'open' ? Math.round((Date.now() - openedAt) / 1000) : null,
    reconnects: Math.max(0, opens - 1),
    last_trouble: last.at ? { reason: last.reason, text: last.text, at: new Date(last.at).toISOString() } : null,
    round_trip_ms: trip === null ? null : Math.round(trip * 10) / 10,
  };
}

/** Of the tab that leads, or null if it says nothing. @param {import('./client.js').Client} client @returns {Promise<Course | null>} */
async function leadersCourse({ team }) {
  let stop = () => {};
  const told = new Promise((resolve) => {
    stop = team.on('course', (/** @type {any} */ message) => resolve(message.course));
  });
  team.say({ type: 'how are you' });
  const course = await inTime(told);
  stop();
  return course;
}

/** Another tab asks the leading one how it is. @param {import('./client.js').Client} client */
export async function answer({ team, connection }) {
  team.say({ type: 'course', course: await courseOf(connection) });
}

/** @param {import('./bridge.js').Bridge} bridge @param {{site: string, version: string}} config */
async function surroundings(bridge, { site, version }) {
  return {
    checked_at: new Date().toISOString(),
    browser_online: navigator.onLine,
    storage: await bridge.store('doctor', String(Date.now())) === true,
    locks: bridge.welcome.locks,
    page_origin: bridge.origin,
    site,
    server_url: location.origin,
    server_version: version,
    widget_version: new URL(import.meta.url).pathname.split('/')[2],
  };
}

/** @param {import('./client.js').Client} client */
async function findings(client) {
  const { team, session, state, storage, connection } = client;
  const course = team.leading ? courseOf(connection) : leadersCourse(client);
  return {
    signed_in: !session.out,
    role: team.leading ? 'leader' : 'follower',
    ...await course,
    cursor: state.cursor,
    unsent: storage.keys('out/').length,
  };
}

/**
 * Look at everything, tell the host page, and show it unless that is not wanted.
 * @param {{bridge: import('./bridge.js').Bridge, config: {site: string, version: string}, client?: import('./client.js').Client,
 *   dock?: import('./dock.js').Dock, how?: {show?: boolean, policy?: string[]}}} patient policy: what the page's own forbade us; client and dock are missing where nobody is signed in
 */
export async function examine({ bridge, config, client, dock, how }) {
  const look = async () => ({
    ...(client && !client.ended ? await findings(client) : { signed_in: false }),
    ...await surroundings(bridge, config),
    policy: [...new Set(how?.policy)],
  });
  const report = await look();
  bridge.tell('doctor', report);
  if (how?.show === false) return;
  const cover = (/** @type {boolean} */ on) => {
    if (dock) dock.cover(on);
    else bridge.shape(on ? 'none' : 'inset(100%)', on);
  };
  await new Findings({ look, cover }).show(report);
}
