// @ts-check
import { exchange } from './api.js';
import { endOf, roomsOf } from './endings.js';

// The server answers a parked poll within 28 s; after 40 s the way to it is broken.
const POLL_TIMEOUT_MS = 40_000;

/**
 * Long polls, one after the other. The first answers at once and so proves that the way is open; only then does one park.
 * @param {import('./transport.js').Wanted} wanted
 * @returns {import('./transport.js').Handle}
 */
export function connect(wanted) {
  const cut = new AbortController();
  const close = () => cut.abort();
  const end = (/** @type {import('./transport.js').End} */ why) => {
    if (cut.signal.aborted) return;
    close();
    wanted.onEnd(why);
  };
  const progress = { opened: false };
  run(wanted, cut.signal, progress).then(() => end({ reason: 'restart' }), (error) => end(endOf(error, progress.opened)));
  return { close, watch: () => end({ reason: 'now' }), follow: () => end({ reason: 'now' }), wake: () => end({ reason: 'now' }) };
}

/**
 * Poll until the server says goodbye.
 * @param {import('./transport.js').Wanted} wanted
 * @param {AbortSignal} signal
 * @param {{opened: boolean}} progress
 */
async function run(wanted, signal, progress) {
  for (let wait = false; ;) {
    const { token, cursor, watch, mark, rooms } = wanted;
    const answer = await exchange('POST', '/v1/poll', {
      plain: true, signal, timeoutMs: POLL_TIMEOUT_MS,
      body: { token: token(), cursor: cursor(), watch: watch(), presence: mark(), wait, ...roomsOf(rooms()) },
    });
    if (!progress.opened) wanted.onOpen();
    progress.opened = true;
    if (answer.reset) {
      wanted.onReset(answer.reset);
      return;
    }
    for (const event of answer.events) wanted.onEvent(event);
    for (const room of Object.keys(answer.resets || {})) wanted.onRoomReset(room);
    wanted.onMark(answer.presence);
    if (answer.retry_ms) {
      wanted.onBye(answer.retry_ms);
      return;
    }
    wait = !answer.more;
  }
}
