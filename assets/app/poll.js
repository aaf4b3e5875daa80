// @ts-check
import { ApiError, exchange } from './api.js';
import { Emitter } from './emitter.js';
import { backoffMs, pause } from './waiting.js';

// The server answers a parked poll within 28 s; after 40 s the way to it is broken.
const POLL_TIMEOUT_MS = 40_000;
const REPLACED_WAIT_MS = 5_000;
const POISONED_AFTER = 3;

/** What may follow what; anything else is a bug and says so. */
const MOVES = {
  stopped: ['asking'],
  asking: ['asking', 'parked', 'waiting', 'stopped'],
  parked: ['asking', 'parked', 'waiting', 'stopped'],
  waiting: ['asking', 'stopped'],
};

/**
 * The one connection of this browser: long polls, one after the other.
 *
 * `asking` answers at once and proves that the way is open; only then does a poll park.
 * Emits `events` (answer), `reset` (reason), `up` and `down`.
 */
export class Poll extends Emitter {
  /** @type {keyof typeof MOVES} */
  state = 'stopped';
  /** @type {string[]} */
  watch = [];
  #mark = '';
  #attempt = 0;
  #poisoned = 0;
  #cut = new AbortController();

  /**
   * @param {{session: import('./session.js').Session, state: import('./state.js').State}} parts
   */
  constructor({ session, state }) {
    super();
    this.session = session;
    this.store = state;
  }

  /** @param {keyof typeof MOVES} next */
  #move(next) {
    if (!MOVES[this.state].includes(next)) throw new Error(`poll: ${this.state} -> ${next}`);
    this.state = next;
  }

  start() {
    if (this.state !== 'stopped') return;
    this.#move('asking');
    this.#mark = '';
    this.#run();
  }

  stop() {
    if (this.state === 'stopped') return;
    this.#move('stopped');
    this.#cut.abort();
  }

  /** Something changed (the network, the clock, the page): ask now. */
  wake() {
    if (this.state === 'stopped') return;
    this.#attempt = 0;
    this.#move('asking');
    this.#cut.abort();
  }

  /** @param {string[]} users who are on the screen now */
  setWatch(users) {
    if (users.join('\n') === this.watch.join('\n')) return;
    this.watch = users;
    this.#mark = '';
    if (this.state === 'parked') this.wake();
  }

  async #run() {
    while (this.state !== 'stopped') {
      this.#cut = new AbortController();
      const { signal } = this.#cut;
      try {
        await this.#turn(signal);
      } catch (error) {
        if (!signal.aborted) await this.#recover(error, signal);
      }
    }
  }

  /** @param {AbortSignal} signal */
  async #turn(signal) {
    const { watch, state } = this;
    const mark = this.#mark;
    const answer = await this.session.signed((token) => exchange('POST', '/v1/poll', {
      plain: true, signal, timeoutMs: POLL_TIMEOUT_MS,
      body: { token, cursor: this.store.cursor, watch, presence: mark, wait: state === 'parked' },
    }));
    if (signal.aborted) return;
    this.#attempt = 0;
    this.emit('up');
    if (answer.reset) {
      await this.#reset(answer.reset);
      return;
    }
    const whole = this.#apply(answer);
    if (watch === this.watch) this.#mark = answer.presence || '';
    if (answer.retry_ms) await pause(answer.retry_ms, signal);
    if (!signal.aborted) this.#move(answer.more || answer.retry_ms || !whole ? 'asking' : 'parked');
  }

  /** @param {string} reason */
  #reset(reason) {
    return new Promise((resolve) => this.emit('reset', reason, resolve));
  }

  /** @param {any} answer @returns {boolean} whether nothing was missing */
  #apply(answer) {
    const taken = [];
    try {
      for (const event of answer.events) {
        const outcome = this.store.receive(event);
        if (outcome === 'gap') return false;
        if (outcome === 'applied') taken.push(event);
      }
      this.store.cursor = answer.cursor;
      this.#poisoned = 0;
      return true;
    } finally {
      this.emit('events', taken, this.store.cursor);
    }
  }

  /**
   * @param {unknown} error
   * @param {AbortSignal} signal
   */
  async #recover(error, signal) {
    this.#move('waiting');
    if (!(error instanceof ApiError)) {
      // The cursor stands before the event that could not be applied; a fresh snapshot gets past it.
      this.#poisoned += 1;
      this.emit('broken', error);
      if (this.#poisoned >= POISONED_AFTER) await this.#reset('broken');
    } else if (error.code === 'invalid_cursor') {
      await this.#reset(error.code);
    } else if (error.code === 'replaced') {
      await pause(REPLACED_WAIT_MS, signal);
    } else if (this.session.out) {
      this.stop();
      return;
    } else {
      this.emit('down');
    }
    const wait = error instanceof ApiError ? error.retryAfterMs : 0;
    await pause(Math.max(wait, backoffMs(this.#attempt)), signal);
    this.#attempt += 1;
    if (this.state === 'waiting') this.#move('asking');
  }
}
