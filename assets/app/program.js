// @ts-check
import { Client } from './client.js';
import { Deliveries } from './deliveries.js';
import { Dock, loadChat } from './dock.js';
import './icons.js';
import { followKeys } from './keys.js';
import { readClaims } from './session.js';
import { Sound } from './sound.js';
import { stage } from './stage.js';
import { lazily, pause } from './waiting.js';
import { watchOver } from './wakeup.js';

const DOCTOR_MS = 5_000;

/**
 * @typedef {object} Beginning what there is when the bar has been painted
 * @property {import('./session.js').Session} session
 * @property {import('./bar.js').Bar} bar
 * @property {Promise<void>} begun settled when the session is known
 * @property {() => void} reload
 */

/** Do what the host page asks for. @param {Client} client @param {Dock} dock */
function obey(client, dock) {
  const { bridge } = client;
  bridge.on('open', (/** @type {any} */ target) => dock.openChat(target));
  bridge.on('logout', () => client.end());
  bridge.on('setPresence', (/** @type {any} */ change) => client.choosePresence(change).catch((error) => bridge.tell('error', { code: error.code, message: error.message })));
  const page = lazily(async () => new (await import('./host.js')).HostPage(client));
  bridge.on('watch', async (/** @type {any} */ wanted) => (await page()).watch(wanted));
  client.state.on('own', () => bridge.tell('presence', { user: client.session.user, ...client.state.own }));
  client.team.on('how are you', async () => client.team.leading && (await import('./doctor.js')).answer(client));
}

/** The host has another token: the same person's is kept for later, another person's starts everything over. @param {Client} client @param {() => void} reload */
function identify(client, reload) {
  return (/** @type {string} */ token) => {
    const { session } = client;
    const claims = readClaims(token);
    if (claims?.sub !== session.user || client.ended || session.out) {
      reload();
      return;
    }
    session.token = token;
    session.claims = claims;
  };
}

/** @param {Client} client @param {Sound} sound */
function ring(client, sound) {
  client.on('ring', async (/** @type {any} */ message) => {
    const { isQuiet, wishesOf } = await import('./wishes.js');
    if (isQuiet(await wishesOf(client))) return;
    // A page that nobody has touched is silent; the tab that the person looks at may ring instead.
    if (sound.ready) sound.play();
    else if (client.team.leading) client.team.say({ type: 'ring', message });
    if (client.team.leading) (await import('./notify.js')).notify(client, message);
  });
  client.team.on('who looks', (/** @type {any} */ { id }) => {
    if (document.visibilityState === 'visible' && (client.bridge.focused || document.hasFocus())) client.team.say({ type: 'i look', id });
  });
}

/** @param {Client} client @param {Dock} dock */
function endWith(client, dock) {
  client.on('ended', () => {
    dock.remove();
    client.bridge.shape('inset(100%)', false);
    client.bridge.unread(0);
    client.bridge.tell('identity', null);
  });
}

/**
 * All that is behind the bar.
 * @param {{client?: Client, dock?: Dock}} parts filled in for those who examine or end it
 * @param {Beginning} beginning
 */
export async function start(parts, { session, bar, begun, reload }) {
  const { bridge } = session;
  const client = parts.client = new Client(session);
  new Deliveries(client);
  const sound = new Sound(session.storage);
  const dock = parts.dock = new Dock(client, { sound, bar, stage });
  bridge.on('identify', identify(client, reload));
  endWith(client, dock);
  ring(client, sound);
  obey(client, dock);
  followKeys();
  watchOver({ wake: (news) => client.wake(news), lost: () => client.lost(), sleep: () => client.sleep() });
  for (const touch of ['pointerdown', 'keydown']) document.addEventListener(touch, () => client.nudge());
  bridge.on('kept', () => client.resume());
  loadChat();
  await client.start(begun);
  bridge.tell('identity', { user: session.user });
  bridge.tell('ready', { user: session.user });
  // Nobody can fetch a doctor once the way is cut.
  await pause(DOCTOR_MS);
  await import('./doctor.js');
}
