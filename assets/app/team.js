// @ts-check
import { Emitter } from './emitter.js';

const FORGET_MS = 180_000;

/**
 * The tabs of one person in one browser: one leads and holds the connection, the others follow.
 *
 * The lock is the host origin's, the channel our own. Where there are no locks every tab leads itself.
 * Emits `lead`, and what other tabs say by its type.
 */
export class Team extends Emitter {
  leading = false;
  tab = Math.random().toString(36).slice(2);
  /** @type {BroadcastChannel | null} */
  #channel = null;
  /** @type {Map<string, {watch: string[], attends: string[], rooms: string[], at: number}>} what the other tabs show */
  #views = new Map();
  heardAt = Date.now();

  /**
   * @param {import('./bridge.js').Bridge} bridge
   * @param {{site: string, user: string}} identity
   */
  constructor(bridge, { site, user }) {
    super();
    this.bridge = bridge;
    this.lockName = `${encodeURIComponent(user)}/lead`;
    this.channelName = JSON.stringify(['im', site, bridge.origin, user]);
  }

  async join() {
    if (!this.bridge.welcome.locks) {
      this.#lead();
      return;
    }
    const channel = this.#channel = new BroadcastChannel(this.channelName);
    channel.onmessage = (event) => this.#hear(event.data);
    if (await this.bridge.lock(this.lockName) && this.#channel === channel) this.#lead();
  }

  #lead() {
    this.leading = true;
    this.say({ type: 'leader' });
    this.emit('lead');
  }

  /** Give everything back, so that the page may be frozen or closed. */
  leave() {
    this.say({ type: 'bye', tab: this.tab });
    this.leading = false;
    this.#channel?.close();
    this.#channel = null;
    this.bridge.unlock(this.lockName);
  }

  /** @param {{type: string, [field: string]: any}} message */
  say(message) {
    this.#channel?.postMessage(message);
  }

  /** @param {any} message */
  #hear(message) {
    if (message.type === 'bye') this.#views.delete(message.tab);
    if (message.type === 'view') this.#views.set(message.tab, { ...message, at: Date.now() });
    if (['events', 'sync', 'link', 'leader'].includes(message.type)) this.heardAt = Date.now();
    this.emit(message.type, message);
  }

  /** @param {'watch' | 'attends' | 'rooms'} field @returns {string[]} of all the other tabs together */
  others(field) {
    const oldest = Date.now() - FORGET_MS;
    return [...this.#views.values()].filter((view) => view.at > oldest).flatMap((view) => view[field] || []);
  }
}
