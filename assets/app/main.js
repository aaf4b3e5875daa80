// @ts-check
import { Bridge } from './bridge.js';
import { Client } from './client.js';
import { Dock, loadChat } from './dock.js';
import { Session, readClaims } from './session.js';
import { Sound } from './sound.js';
import { followTheme } from './theme.js';
import { pause } from './waiting.js';
import { watchOver } from './wakeup.js';

const config = JSON.parse(document.body.dataset.config || '{}');

const DOCTOR_MS = 5_000;

/** Start over from nothing, as whoever the host says is here now. */
function reload(/** @type {Client | null} */ client) {
  client?.team.leave();
  location.reload();
}

/**
 * @param {Client} client
 * @param {Dock} dock
 */
function obey(client, dock) {
  const { bridge } = client;
  bridge.on('open', (/** @type {any} */ target) => dock.openChat(target));
  bridge.on('logout', () => client.end());
  client.team.on('how are you', async () => client.team.leading && (await import('./doctor.js')).answer(client));
}

/** @param {{bridge: Bridge, client?: Client, dock?: Dock}} parts @param {string} token @param {any} claims */
async function run(parts, token, claims) {
  const { bridge } = parts;
  const session = new Session(bridge, { site: config.site, token, claims });
  const client = parts.client = new Client(session);
  const sound = new Sound(session.storage);
  const dock = parts.dock = new Dock(client, sound);
  session.on('identity', () => reload(client));
  bridge.on('identify', (/** @type {string} */ fresh) => identify(client, fresh));
  client.on('ended', () => {
    dock.remove();
    bridge.shape('inset(100%)', false);
    bridge.unread(0);
    bridge.tell('identity', null);
  });
  client.on('ring', (/** @type {any} */ message) => {
    // A page that nobody has touched is silent; the tab that the person looks at may ring instead.
    if (sound.ready) sound.play();
    else if (client.team.leading) client.team.say({ type: 'ring', message });
  });
  obey(client, dock);
  watchOver({ wake: (news) => client.wake(news), lost: () => client.lost(), sleep: () => client.sleep() });
  for (const touch of ['pointerdown', 'keydown']) document.addEventListener(touch, () => client.nudge());
  bridge.on('kept', () => client.resume());
  loadChat();
  await client.start();
  bridge.tell('identity', { user: session.user });
  bridge.tell('ready', { user: session.user });
  // Nobody can fetch a doctor once the way is cut.
  await pause(DOCTOR_MS);
  await import('./doctor.js');
}

/** The host has another token: the same person's is kept for later, another person's starts everything over. */
function identify(/** @type {Client} */ client, /** @type {string} */ token) {
  const claims = readClaims(token);
  if (claims?.sub !== client.session.user || client.ended || client.session.out) {
    reload(client);
    return;
  }
  client.session.token = token;
  client.session.claims = claims;
}

async function main() {
  const bridge = await Bridge.meet(config.origins);
  const parts = { bridge };
  bridge.on('doctor', async (/** @type {any} */ how) => (await import('./doctor.js')).examine({ ...parts, config, how }));
  followTheme(bridge);
  const token = bridge.welcome.token || (bridge.welcome.tokenUrl ? await bridge.token() : null);
  const claims = readClaims(token);
  if (token && claims) await run(parts, token, claims);
  else bridge.on('identify', () => reload(null));
}

main().catch((error) => {
  if (error?.status !== 401) throw error;
});
