// @ts-check
import { ApiError } from './api.js';

const WELCOME_MS = 6_000;
const PONG_MS = 3_000;
// Nothing hints at trouble here, and a busy server is no dead one.
const QUIET_PONG_MS = 10_000;
const ANSWER_MS = 20_000;
const CHECK_MS = 5_000;
// A page cannot see the server's pings, so it asks for itself when nothing has come for so long.
const QUIET_MS = 45_000;
// The server takes 64 KB, and letters may take several bytes each.
const FRAME_CHARACTERS = 16_000;

/** What a close code means; any other is a broken network. @type {Record<number, import('./transport.js').End['reason']>} */
const REASONS = {
  1012: 'restart', 1013: 'full', 4400: 'refused', 4401: 'signed_out', 4403: 'refused', 4408: 'slow', 4409: 'replaced', 4429: 'full',
};

/** Errors that pass, or that a new session mends; any other is a final no. @type {Record<string, number>} */
const STATUS = {
  rate_limited: 429, slow_mode: 429, request_timeout: 408, internal_error: 500, unavailable: 503, outcome_unknown: 503, session_ended: 401, unauthenticated: 401,
};

/** Events, sends and answers over one WebSocket. Implements Handle of transport.js. */
class Socket {
  #hailed = false;
  #welcomed = false;
  #over = false;
  #heardAt = Date.now();
  #last = 0;
  #silence = 0;
  #complaint = '';
  /** @type {Map<number, {at: number, done: (answer: any) => void, fail: (error: ApiError) => void}>} */
  #asked = new Map();
  /** @type {(() => void)[]} */
  #pinged = [];

  /** @param {import('./transport.js').Wanted} wanted */
  constructor(wanted) {
    this.wanted = wanted;
    this.socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/v1/socket`);
    this.socket.onopen = () => this.#hello();
    this.socket.onmessage = (event) => this.#hear(JSON.parse(event.data));
    this.socket.onclose = (event) => this.#closed(event);
    this.#expect(WELCOME_MS);
    this.check = setInterval(() => this.#check(), CHECK_MS);
  }

  /** Something must come within `ms`. @param {number} ms */
  #expect(ms) {
    this.#silence ||= window.setTimeout(() => this.#end(this.#welcomed
      ? { reason: 'network', text: `no answer within ${ms / 1000} s` }
      : { reason: 'silent', text: `no welcome within ${ms / 1000} s` }), ms);
  }

  #hello() {
    this.#hailed = true;
    const { token, cursor, watch, mark } = this.wanted;
    this.#send({ type: 'hello', token: token(), cursor: cursor(), watch: watch(), presence: mark() });
  }

  /** @param {any} frame */
  #send(frame) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  /** @param {any} frame */
  #hear(frame) {
    if (this.#over) return;
    this.#heardAt = Date.now();
    if (this.#welcomed || frame.type === 'welcome') {
      clearTimeout(this.#silence);
      this.#silence = 0;
    }
    if (Object.hasOwn(this.#react, frame.type)) this.#react[/** @type {'ack'} */ (frame.type)](frame);
    else this.wanted.onEvent(frame);
  }

  #react = {
    welcome: (/** @type {any} */ { presence }) => {
      this.#welcomed = true;
      this.wanted.onMark(presence);
      this.#followed.clear();
      this.wanted.onOpen();
      this.follow();
    },
    followed: () => {},
    ack: (/** @type {any} */ frame) => this.#settle(frame, (asked) => asked.done(frame)),
    error: (/** @type {any} */ { id, error }) => {
      if (id === undefined) this.#complaint = `${error.code}: ${error.message}`;
      else this.#settle({ id }, (asked) => asked.fail(new ApiError(STATUS[error.code] || 400, error.code, error.message, error.retry_after)));
    },
    reset: (/** @type {any} */ { reason, room }) => {
      this.#followed.delete(room);
      if (room) this.wanted.onRoomReset(room);
      else this.wanted.onReset(reason);
    },
    bye: (/** @type {any} */ frame) => this.wanted.onBye(frame.retry_ms),
    pong: () => this.#pinged.splice(0).forEach((done) => done()),
  };

  /** @param {{id: number}} frame @param {(asked: any) => void} act */
  #settle({ id }, act) {
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    if (asked) act(asked);
  }

  /** A silent socket may be a dead one, and so may one that owes an answer. */
  #check() {
    const now = Date.now();
    for (const [id, { at, fail }] of this.#asked) {
      if (now - at > ANSWER_MS) this.#settle({ id }, () => fail(new ApiError(0, 'network', 'No answer in time.')));
    }
    if (now - this.#heardAt > (this.#asked.size ? CHECK_MS : QUIET_MS)) this.wake(QUIET_PONG_MS);
  }

  /** @param {CloseEvent} event */
  #closed({ code, reason }) {
    const text = `${this.#hailed ? '' : 'the handshake failed, '}closed with ${code} ${this.#complaint || reason}`.trim();
    this.#end({ reason: REASONS[code] || (this.#welcomed ? 'network' : 'blocked'), text });
  }

  /** @param {import('./transport.js').End} end */
  #end(end) {
    if (this.#over) return;
    this.close();
    this.wanted.onEnd(end);
  }

  close() {
    this.#over = true;
    clearTimeout(this.#silence);
    clearInterval(this.check);
    this.socket.close();
    for (const { fail } of this.#asked.values()) fail(new ApiError(0, 'network', 'The connection ended before the answer.'));
    this.#asked.clear();
  }

  watch() {
    this.#send({ type: 'watch', user_ids: this.wanted.watch() });
  }

  /** @type {Set<string>} */
  #followed = new Set();

  follow() {
    if (!this.#welcomed) return;
    const wanted = this.wanted.rooms();
    for (const [id, cursor] of Object.entries(wanted)) if (!this.#followed.has(id)) this.#send({ type: 'follow', conversation_id: id, cursor });
    for (const id of this.#followed) if (!wanted[id]) this.#send({ type: 'unfollow', conversation_id: id });
    this.#followed = new Set(Object.keys(wanted));
  }

  resume() {
    this.#expect(WELCOME_MS);
    this.#send({ type: 'resume', cursor: this.wanted.cursor() });
  }

  wake(ms = PONG_MS) {
    if (!this.#welcomed) return;
    this.#expect(ms);
    this.#send({ type: 'ping' });
  }

  /** @returns {Promise<number>} */
  ping() {
    const at = performance.now();
    this.wake();
    return new Promise((done) => this.#pinged.push(() => done(performance.now() - at)));
  }

  /** @param {any} frame @returns {Promise<any> | null} null if it is too large */
  ask(frame) {
    if (JSON.stringify(frame).length > FRAME_CHARACTERS) return null;
    const id = ++this.#last;
    this.#send({ ...frame, id });
    return new Promise((done, fail) => this.#asked.set(id, { at: Date.now(), done, fail }));
  }

  /** @param {any} frame */
  tell(frame) {
    this.#send(frame);
    return true;
  }
}

/** @param {import('./transport.js').Wanted} wanted @returns {import('./transport.js').Handle} */
export const connect = (wanted) => new Socket(wanted);
