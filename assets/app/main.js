// @ts-check
import { Bar } from './bar.js';
import { Bridge } from './bridge.js';
import { preload } from './dom.js';
import { Session, readClaims } from './session.js';
import { stage } from './stage.js';
import { choose, learn } from './strings.js';
import { followTheme } from './theme.js';

const config = JSON.parse(document.body.dataset.config || '{}');

/** What there is to examine and to end; the rest comes after the bar. @type {{bridge?: Bridge, client?: import('./client.js').Client, dock?: import('./dock.js').Dock}} */
const parts = {};

/** Start over from nothing, as whoever the host says is here now. */
function reload() {
  parts.client?.team.leave();
  location.reload();
}

/** The bar as the last page left it. @param {Session} session */
function paint(session) {
  const kept = session.storage.get('snapshot');
  const bar = new Bar(session, { unread: kept?.user?.id === session.user ? kept.unread_total : 0, onToggle: (open) => {
    bar.setOpen(open);
    stage.layOut();
  } });
  stage.element.append(bar.element);
  stage.begin(session.bridge);
  stage.layOut();
  // A phone shows one thing at a time: a page that was just opened shows itself.
  if (session.storage.get('dock')?.open && !stage.phone) bar.onToggle(true);
  return bar;
}

/** @param {Bridge} bridge @param {string} token @param {any} claims */
async function run(bridge, token, claims) {
  const session = new Session(bridge, { site: config.site, token, claims });
  session.on('identity', reload);
  const bar = paint(session);
  const begun = session.begin();
  // It is waited for when there is somebody to be told.
  begun.catch(() => null);
  await learn();
  const { start } = await import('./program.js');
  await start(parts, { session, bar, begun, reload });
}

async function main() {
  for (const name of config.later) preload(`./${name}`);
  const bridge = parts.bridge = await Bridge.meet(config.origins);
  bridge.on('doctor', async (/** @type {any} */ how) => (await import('./doctor.js')).examine({ ...parts, bridge, config, how }));
  bridge.site = config;
  followTheme(bridge, config.theme);
  choose([bridge.welcome.locale, config.language, ...navigator.languages]);
  const token = bridge.welcome.token || (bridge.welcome.tokenUrl ? await bridge.token() : null);
  const claims = readClaims(token);
  if (token && claims) await run(bridge, token, claims);
  else bridge.on('identify', reload);
}

main().catch((error) => {
  if (error?.status !== 401) throw error;
});
