// @ts-check
import { pause } from './waiting.js';

const BETWEEN_PAGES_MS = 3_000;

/** What one person's browser remembers: a part of the host's storage, as JSON values. */
export class Storage {
  #closed = false;

  /**
   * @param {import('./bridge.js').Bridge} bridge
   * @param {string} user
   */
  constructor(bridge, user) {
    this.bridge = bridge;
    this.prefix = `${encodeURIComponent(user)}/`;
  }

  /**
   * @param {string} key
   * @returns {any} null if there is none, or none that can be read
   */
  get(key) {
    try {
      return JSON.parse(this.bridge.stored.get(this.prefix + key) ?? 'null');
    } catch {
      return null;
    }
  }

  /**
   * Resolves once it is kept. null forgets it.
   * @param {string} key
   * @param {any} value
   */
  set(key, value) {
    if (this.#closed) return Promise.resolve();
    return this.bridge.store(this.prefix + key, value === null ? null : JSON.stringify(value));
  }

  /** @param {string} start @returns {string[]} */
  keys(start) {
    const from = this.prefix + start;
    return [...this.bridge.stored.keys()].filter((key) => key.startsWith(from)).map((key) => key.slice(this.prefix.length));
  }

  /**
   * Call `react(key)` when another tab changed something.
   * @param {(key: string) => void} react
   */
  watch(react) {
    return this.bridge.on('stored', (/** @type {string} */ key) => {
      if (key.startsWith(this.prefix)) react(key.slice(this.prefix.length));
    });
  }

  /** Forget everything of this person, for good: what is written later is not kept. */
  wipe() {
    for (const key of this.keys('')) this.set(key, null);
    this.#closed = true;
  }

  /**
   * Forget everybody whom no tab shows any more: the next person at a shared computer finds nothing.
   * It looks twice, because a tab between two pages is not seen for a moment.
   */
  async wipeOthers() {
    const before = await this.#live();
    await pause(BETWEEN_PAGES_MS);
    const now = await this.#live();
    if (!before || !now) return;
    for (const key of [...this.bridge.stored.keys()]) {
      const owner = key.split('/')[0];
      if (!key.startsWith(this.prefix) && !before.has(owner) && !now.has(owner)) this.bridge.store(key, null);
    }
  }

  /** Who is in some tab of this browser, by the locks that tabs hold; null where there are no locks. */
  async #live() {
    const names = await this.bridge.locks();
    return names && new Set(names.map((/** @type {string} */ name) => name.split(':')[2]?.split('/')[0]));
  }
}
