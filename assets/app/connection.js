// @ts-check
import { Emitter } from './emitter.js';
import * as socket from './socket.js';
import { backoffMs, pause } from './waiting.js';

/** Best first. @type {Record<string, (again: string) => Promise<import('./transport.js').Transport>>} */
const LOADERS = {
  ws: async () => socket,
  sse: (again) => import(`./stream.js${again}`),
  poll: (again) => import(`./poll.js${again}`),
};
export const TRANSPORTS = Object.keys(LOADERS);

/** What may follow what; anything else is a bug and says so. */
const MOVES = {
  ended: ['connecting'],
  connecting: ['connecting', 'open', 'resetting', 'falling back', 'waiting', 'ended'],
  open: ['connecting', 'resetting', 'falling back', 'waiting', 'ended'],
  resetting: ['connecting', 'open', 'falling back', 'waiting', 'ended'],
  'falling back': ['connecting', 'waiting', 'ended'],
  waiting: ['connecting', 'waiting', 'ended'],
};

/** What the end of a connection calls for: the name of one of the acts below. */
const AFTER = /** @type {const} */ ({
  now: 'now', network: 'again', restart: 'again', slow: 'again', gap: 'again', full: 'later', replaced: 'yield',
  signed_out: 'renew', lost: 'reset', blocked: 'doubt', silent: 'fall', refused: 'fall',
});

// This often in a row, while plain HTTP gets through, and the way does not let the transport through.
const DOUBTS = 2;
const BETTER_MS = 600_000;
const REACH_MS = 6_000;
// A connection that held so long was a good one; what ends it starts the pauses anew.
const STEADY_MS = 10_000;
const LATER_ATTEMPT = 4;
const YIELD_MS = 5_000;
const YIELD_DOUBLINGS = 6;
const POISONED_AFTER = 3;

/**
 * The one connection of this browser: WebSocket, else a stream of events, else long polls, whichever the way lets through.
 *
 * Emits `events` (list, cursor), `reset` (reason, done), `room reset` (id), `up`, `down`, `broken` (error) and `trouble` (code, text).
 */
export class Connection extends Emitter {
  /** @type {keyof typeof MOVES} */
  state = 'ended';
  /** @type {string[]} */
  watch = [];
  /** @type {string[]} rooms whose own streams are heard, too */
  rooms = [];
  /** For the doctor: why a better transport is not used, and what happened. @type {Record<string, {reason: string, text: string}>} */
  refusals = {};
  opens = 0;
  openedAt = 0;
  last = { reason: '', text: '', at: 0 };
  #mark = '';
  #secret = '';
  #rank = 0;
  /** The transport that worked last; those above it are tried once, not twice. */
  #settled = 0;
  #doubts = 0;
  #attempt = 0;
  #yields = 0;
  #poisoned = 0;
  #retryMs = 0;
  #resetAt = 0;
  #missing = 0;
  #better = 0;
  /** @type {import('./transport.js').Handle | null} */
  #handle = null;
  #cut = new AbortController();

  /**
   * @param {{session: import('./session.js').Session, state: import('./state.js').State, wanted?: string}} parts
   *   wanted: names of the transports that may be used; none means all
   */
  constructor({ session, state, wanted = '' }) {
    super();
    this.session = session;
    this.store = state;
    const names = String(wanted).split(/[\s,]+/);
    const some = TRANSPORTS.filter((name) => names.includes(name));
    this.transports = some.length ? some : TRANSPORTS;
  }

  get transport() {
    return this.transports[this.#rank];
  }

  /** @param {keyof typeof MOVES} next */
  #move(next) {
    if (!MOVES[this.state].includes(next)) throw new Error(`connection: ${this.state} -> ${next}`);
    this.state = next;
  }

  start() {
    if (this.state !== 'ended') return;
    this.#mark = '';
    this.#connect();
  }

  stop() {
    if (this.state === 'ended') return;
    this.#drop();
    this.#move('ended');
  }

  /** Something changed (the network, the clock, the page): make sure of the connection. @param {{online?: boolean}} [news] */
  wake({ online = false } = {}) {
    this.#attempt = 0;
    const better = online && this.#rank > 0;
    if (better) this.#rank = 0;
    if (this.state === 'waiting' || (this.state === 'open' && better)) this.#connect();
    else if (this.state === 'open') this.#handle?.wake();
  }

  /** The browser says that there is no network. */
  lost() {
    if (this.state === 'ended') return;
    this.#ended({ reason: 'network', text: 'The browser went offline.' });
  }

  /** @param {string[]} users who are on the screen now */
  setWatch(users) {
    if (users.join('\n') === this.watch.join('\n')) return;
    this.watch = users;
    this.#mark = '';
    this.#handle?.watch();
  }

  /** @param {string[]} rooms */
  setRooms(rooms) {
    this.rooms = rooms;
    // One that was just opened has no cursor before it is read.
    if (Object.keys(this.#roomCursors()).join() !== this.#asked) this.#handle?.follow();
  }

  /** The rooms that the server was asked for last, which is not when they were wanted: there may have been no way to it. */
  #asked = '';

  #askForRooms() {
    const cursors = this.#roomCursors();
    this.#asked = Object.keys(cursors).join();
    return cursors;
  }

  /** One of them has a new cursor. */
  followAgain() {
    this.#handle?.follow();
  }

  /** Where each room is heard from. */
  #roomCursors() {
    const cursors = this.rooms.map((id) => [id, this.store.conversations.get(id)?.room_cursor]);
    return Object.fromEntries(cursors.filter(([, cursor]) => cursor));
  }

  /** The answer to a frame; null where there is no socket to ask over. @param {any} frame @returns {Promise<any> | null} */
  ask(frame) {
    return (this.state === 'open' && this.#handle?.ask?.(frame)) || null;
  }

  /** Say something that needs no answer. @param {any} frame @returns {boolean} whether there was a socket to say it over */
  tell(frame) {
    return this.state === 'open' && Boolean(this.#handle?.tell?.(frame));
  }

  ping() {
    return (this.state === 'open' && this.#handle?.ping?.()) || null;
  }

  /** Let go of whatever goes on; the answer aborts when that happens again. */
  #drop() {
    this.#cut.abort();
    this.#cut = new AbortController();
    clearTimeout(this.#better);
    this.#handle?.close();
    this.#handle = null;
    return this.#cut.signal;
  }

  async #connect() {
    const signal = this.#drop();
    this.#move('connecting');
    this.openedAt = 0;
    this.#retryMs = 0;
    const { transport } = this;
    try {
      // A browser may remember that a module could not be fetched; by another name it asks again.
      const module = await LOADERS[transport](this.#missing ? `?${this.#missing}` : '');
      if (!signal.aborted) this.#handle = module.connect(this.#wanted(signal));
    } catch (error) {
      this.#missing += 1;
      if (!signal.aborted) this.#ended({ reason: 'blocked', text: String(error) });
    }
  }

  /** @param {AbortSignal} signal @returns {import('./transport.js').Wanted} */
  #wanted(signal) {
    const unless = (/** @type {Function} */ act) => (/** @type {any[]} */ ...details) => { if (!signal.aborted) act(...details); };
    return {
      token: () => { this.#secret = this.session.secret; return this.#secret; },
      cursor: () => this.store.cursor,
      watch: () => this.watch,
      rooms: () => this.#askForRooms(),
      onRoomReset: unless((/** @type {string} */ room) => this.emit('room reset', room)),
      mark: () => this.#mark,
      onOpen: unless(() => this.#opened()),
      onMark: unless((/** @type {string} */ mark) => { this.#mark = mark || ''; }),
      onEvent: unless((/** @type {any} */ event) => this.#receive(event)),
      onReset: unless((/** @type {string} */ reason) => this.#reset(reason)),
      onBye: unless((/** @type {number} */ retryMs) => { this.#retryMs = retryMs; }),
      onEnd: unless((/** @type {import('./transport.js').End} */ end) => this.#ended(end)),
    };
  }

  #opened() {
    this.#move('open');
    this.opens += 1;
    this.openedAt = Date.now();
    this.#doubts = 0;
    this.#settled = this.#rank;
    delete this.refusals[this.transport];
    clearTimeout(this.#better);
    if (this.#rank) this.#better = window.setTimeout(() => this.wake({ online: true }), BETTER_MS);
    this.emit('up');
  }

  /** @param {any} event */
  #receive(event) {
    try {
      const outcome = this.store.receive(event);
      if (outcome === 'gap') this.#ended({ reason: 'gap', text: `after ${this.store.cursor} came ${event.cursor}` });
      if (outcome !== 'applied') return;
      if (event.cursor) this.#attempt = this.#poisoned = 0;
      this.emit('events', [event], this.store.cursor);
    } catch (error) {
      // The cursor stands before the event that could not be applied; a fresh snapshot gets past it.
      this.#poisoned += 1;
      this.emit('broken', error);
      this.#ended({ reason: this.#poisoned < POISONED_AFTER ? 'gap' : 'lost', text: String(error) });
    }
  }

  /** @param {string} reason */
  #reset(reason) {
    if (!this.#handle?.resume) this.#drop();
    this.#move('resetting');
    const { signal } = this.#cut;
    const soon = Date.now() - this.#resetAt < STEADY_MS;
    this.#resetAt = Date.now();
    this.emit('reset', reason, () => {
      if (signal.aborted) return;
      if (soon) this.#ended({ reason: 'network', text: `reset again: ${reason}` });
      else if (this.#handle?.resume) this.#handle.resume();
      else this.#connect();
    });
  }

  /** @param {import('./transport.js').End} end */
  #ended({ reason, text = '', retryMs = 0 }) {
    if (Date.now() - (this.openedAt || Date.now()) > STEADY_MS) this.#attempt = this.#yields = 0;
    const act = AFTER[reason];
    const wait = this.#retryMs || retryMs;
    if (act !== 'now') {
      this.last = { reason, text, at: Date.now() };
      if (!this.openedAt || act === 'fall') this.refusals[this.transport] = { reason, text: text || reason };
    }
    this.#drop();
    // Nobody need know of a planned pause, nor that a better transport was tried in vain.
    if (act !== 'now' && act !== 'yield' && !this.#retryMs && this.#rank >= this.#settled) this.emit('down');
    if (reason === 'refused') this.emit('trouble', reason, text);
    this.#acts[act](wait);
  }

  #acts = {
    now: () => { this.#connect(); },
    again: (/** @type {number} */ retryMs) => {
      this.#wait(retryMs || backoffMs(this.#attempt));
      this.#attempt += 1;
    },
    later: (/** @type {number} */ retryMs) => {
      this.#attempt = Math.max(LATER_ATTEMPT, this.#attempt);
      this.#acts.again(retryMs);
    },
    // Another program uses this session. The lock says that this tab may; so it looks again, ever more seldom.
    yield: () => {
      this.#wait(YIELD_MS * 2 ** Math.min(this.#yields, YIELD_DOUBLINGS));
      this.#yields += 1;
    },
    reset: () => this.#reset('lost'),
    renew: () => { this.#renew(); },
    doubt: () => { this.#doubt(); },
    fall: (/** @type {number} */ retryMs) => this.#fall(retryMs),
  };

  /** @param {number} ms */
  async #wait(ms) {
    const { signal } = this.#cut;
    this.#move('waiting');
    await pause(ms, signal);
    if (!signal.aborted) this.#connect();
  }

  async #renew() {
    const { signal } = this.#cut;
    this.#move('waiting');
    await this.session.renew(this.#secret).catch(() => null);
    if (signal.aborted) return;
    if (this.session.out) this.stop();
    else this.#acts.again(0);
  }

  /** It never opened. Is it the transport that the way does not let through, or is there no way? */
  async #doubt() {
    const { signal } = this.#cut;
    this.#move('falling back');
    const through = await fetch('/healthz', { cache: 'no-store', credentials: 'omit', signal: AbortSignal.timeout(REACH_MS) })
      .then((answer) => answer.status < 500, () => false);
    if (signal.aborted) return;
    if (through) this.#doubts += 1;
    if (this.#doubts < (this.#settled > this.#rank ? 1 : DOUBTS)) this.#acts.again(0);
    else this.#fall(0);
  }

  /** Take the next transport; below the last one begins the round again, after a pause. @param {number} retryMs */
  #fall(retryMs) {
    if (this.state !== 'falling back') this.#move('falling back');
    this.#doubts = 0;
    this.#rank = (this.#rank + 1) % this.transports.length;
    if (this.#rank) this.#connect();
    else this.#acts.again(retryMs);
  }
}
