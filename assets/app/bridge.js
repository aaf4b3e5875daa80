// @ts-check
import { Emitter } from './emitter.js';

/** What the host page may ask for while half of the program is still on its way. */
const ORDERS = ['open', 'logout', 'identify'];

/**
 * @typedef {object} Welcome what the loader tells a fresh frame
 * @property {string} [token]
 * @property {boolean} tokenUrl whether the host can hand out fresh tokens
 * @property {string} [position]
 * @property {string} [theme]
 * @property {string} [locale]
 * @property {string} [transports] names of those that may be used
 * @property {boolean} dark
 * @property {boolean} focus
 * @property {boolean} locks
 * @property {Record<string, string>} stored
 * @property {[string, string][]} variables
 */

/** The token in what an address of the host's answered: bare, or as {"token": …}. @param {string | null | undefined} text */
function plain(text) {
  try {
    return JSON.parse(String(text)).token;
  } catch {
    return text?.trim();
  }
}

/**
 * The host page, through its loader: storage and locks of the host's origin, tokens, and orders.
 *
 * A cross-site iframe may be refused both, so neither is ever touched from in here. Every message
 * goes to, and is taken from, one exact origin and window.
 */
export class Bridge extends Emitter {
  /** @type {Map<number, (value: any) => void>} */
  #asked = new Map();
  #last = 0;
  /** @type {[string, any[]][]} */
  #early = [];

  /**
   * @param {string} origin
   * @param {Welcome} welcome
   */
  constructor(origin, welcome) {
    super();
    this.origin = origin;
    this.welcome = { ...welcome, token: plain(welcome.token) };
    this.focused = welcome.focus;
    /** What the site's owner has switched on. */
    this.site = { rooms: true, uploads: true, retention_days: 0 };
    /** @type {Map<string, string>} a mirror of the storage, kept up to date by the loader */
    this.stored = new Map(Object.entries(welcome.stored));
    window.addEventListener('message', (event) => {
      if (event.source === parent && event.origin === origin) this.#hear(event.data);
    });
  }

  /**
   * Wait for the loader to introduce itself from one of `origins`.
   * @param {string[]} origins
   * @returns {Promise<Bridge>}
   */
  static meet(origins) {
    return new Promise((resolve) => {
      window.addEventListener('message', function hear(event) {
        if (event.source !== parent || !origins.includes(event.origin) || event.data?.[0] !== 'init') return;
        window.removeEventListener('message', hear);
        resolve(new Bridge(event.origin, event.data[1]));
      });
    });
  }

  /** @param {any} message */
  #hear([kind, ...rest]) {
    if (kind === 'answer') {
      this.#asked.get(rest[0])?.(rest[1]);
      this.#asked.delete(rest[0]);
      return;
    }
    if (kind === 'stored') this.#mirror(rest[0], rest[1]);
    if (kind === 'focus') this.focused = rest[0];
    if (kind === 'kept') this.stored = new Map(Object.entries(rest[0]));
    if (!this.emit(kind, ...rest) && ORDERS.includes(kind)) this.#early.push([kind, rest]);
  }

  /** As of any emitter; an order that came before there was anybody to carry it out is heard now. @param {string} name @param {Function} listener */
  on(name, listener) {
    const early = this.#early.filter(([kind]) => kind === name);
    this.#early = this.#early.filter(([kind]) => kind !== name);
    for (const [, details] of early) queueMicrotask(() => listener(...details));
    return super.on(name, listener);
  }

  /**
   * @param {string} key
   * @param {string | null} value
   */
  #mirror(key, value) {
    if (value === null) this.stored.delete(key);
    else this.stored.set(key, value);
  }

  /**
   * @param {string} verb
   * @param {...any} details
   * @returns {Promise<any>}
   */
  #ask(verb, ...details) {
    const id = ++this.#last;
    parent.postMessage([id, verb, ...details], this.origin);
    return new Promise((resolve) => this.#asked.set(id, resolve));
  }

  /**
   * Keep `value` (null forgets it); resolves when the host's storage has it.
   * @param {string} key
   * @param {string | null} value
   */
  store(key, value) {
    this.#mirror(key, value);
    return this.#ask('set', key, value);
  }

  /**
   * Resolve to true once this tab holds the lock, to false if it never will.
   * @param {string} name
   */
  lock(name) {
    return this.#ask('lock', name);
  }

  /** @param {string} name */
  unlock(name) {
    return this.#ask('unlock', name);
  }

  /** Names of the locks that any tab of this browser holds or waits for, or null. @returns {Promise<string[] | null>} */
  async locks() {
    const all = await this.#ask('locks');
    return all && [...all.held, ...all.pending].map((one) => one.name);
  }

  /**
   * Have something done by host.js, which the loader fetches when it is first needed: what only a page of the host may do.
   * @param {'permission' | 'ask' | 'notify' | 'withdraw'} verb
   * @param {...any} details
   */
  host(verb, ...details) {
    return this.#ask('host', verb, ...details);
  }

  /** A fresh token from the host, or null. @returns {Promise<string | null>} */
  async token() {
    return plain(await this.#ask('token'));
  }

  /**
   * Let clicks through everywhere but inside `clip`; `whole` follows the on-screen keyboard.
   * @param {string} clip
   * @param {boolean} whole
   */
  shape(clip, whole) {
    return this.#ask('shape', clip, whole);
  }

  /** @param {number} count */
  unread(count) {
    return this.#ask('unread', count);
  }

  /**
   * Tell the host page.
   * @param {string} name
   * @param {any} [detail]
   */
  tell(name, detail) {
    return this.#ask('emit', name, detail);
  }
}
