// @ts-check
import { ApiError, exchange } from './api.js';
import { Emitter } from './emitter.js';
import { Storage } from './storage.js';
import { backoffMs, pause } from './waiting.js';

// A session this close to its end is not worth starting with.
const SPARE_MS = 60_000;
// The host can be asked for another token, where it says how.
const RENEWABLE = new Set(['token_expired', 'token_used']);

/**
 * What the host's token says, unchecked: only to know whose storage to open. The server checks.
 * @param {string | null | undefined} token
 * @returns {{sub: string, exp: number, [claim: string]: any} | null}
 */
export function readClaims(token) {
  try {
    const middle = String(token).split('.')[1].replace(/-/g, '+').replace(/_/g, '/');
    const bytes = Uint8Array.from(atob(middle), (character) => character.charCodeAt(0));
    const claims = JSON.parse(new TextDecoder().decode(bytes));
    return typeof claims.sub === 'string' ? claims : null;
  } catch {
    return null;
  }
}

/** A changed name or avatar needs a new session: that is how the server learns of it. */
const fingerprint = (/** @type {any} */ claims) =>
  JSON.stringify([claims.iss, claims.name, claims.avatar, claims.url, claims.roles]);

/** Proof of sign-in: kept in the host's storage, shared by all tabs, renewed when it has ended. */
export class Session extends Emitter {
  secret = '';
  out = false;
  /** The code with which a sign-in was refused for good. */
  refusal = '';
  /** @type {Promise<void> | null} */
  #renewal = null;

  /**
   * @param {import('./bridge.js').Bridge} bridge
   * @param {{site: string, token: string, claims: any}} identity
   */
  constructor(bridge, { site, token, claims }) {
    super();
    this.bridge = bridge;
    this.site = site;
    this.token = token;
    this.claims = claims;
    this.user = claims.sub;
    this.storage = new Storage(bridge, this.user);
  }

  /** Use the session of the last page if there is one, else sign in. */
  async begin() {
    const kept = this.bridge.welcome.locks && this.storage.get('session');
    if (kept && kept.print === fingerprint(this.claims) && kept.expires_at > Date.now() + SPARE_MS) {
      this.secret = kept.session;
      return;
    }
    await this.renew('');
  }

  /**
   * Sign in again unless somebody did since `secret` was current.
   * @param {string} secret
   */
  async renew(secret) {
    if (secret !== this.secret) return;
    const kept = this.bridge.welcome.locks && this.storage.get('session');
    if (secret && kept && kept.session !== secret) {
      this.secret = kept.session;
      return;
    }
    this.#renewal ??= this.#signIn(Boolean(secret)).finally(() => { this.#renewal = null; });
    await this.#renewal;
  }

  /** @param {boolean} fresh */
  async #signIn(fresh) {
    for (let attempt = 0; ; attempt += 1) {
      if (fresh || this.#expired()) await this.#fetchToken();
      try {
        this.#accept(await exchange('POST', '/v1/sessions', { body: { site: this.site, token: this.token } }));
        return;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        const renewable = RENEWABLE.has(error.code) && this.bridge.welcome.tokenUrl && attempt < 3;
        if (!error.passing && !renewable) this.#giveUp(error);
        fresh = Boolean(renewable);
        await pause(Math.max(error.retryAfterMs, backoffMs(attempt)));
      }
    }
  }

  #expired() {
    return this.claims.exp * 1000 < Date.now();
  }

  async #fetchToken() {
    const token = await this.bridge.token();
    const claims = readClaims(token);
    if (!token || !claims) return;
    if (claims.sub !== this.user) {
      this.emit('identity');
      throw new ApiError(401, 'identity_changed', 'Another person is signed in now.');
    }
    this.token = token;
    this.claims = claims;
  }

  /** @param {{session: string, expires_at: number, user: {id: string}}} answer */
  #accept(answer) {
    this.secret = answer.session;
    this.#setOut(false);
    if (!this.bridge.welcome.locks) return;
    this.storage.set('session', { session: answer.session, expires_at: answer.expires_at, print: fingerprint(this.claims) });
  }

  /** @param {ApiError} error @returns {never} */
  #giveUp(error) {
    this.storage.set('session', null);
    this.refusal = error.code;
    this.#setOut(true);
    this.bridge.tell('error', { code: error.code, message: error.message });
    throw new ApiError(401, error.code, error.message);
  }

  /** @param {boolean} out */
  #setOut(out) {
    if (out === this.out) return;
    this.out = out;
    this.emit('out', out);
  }

  /**
   * One exchange as this person; a session that has ended is renewed once.
   * @param {string} method
   * @param {string} path
   * @param {{body?: any, signal?: AbortSignal}} [options]
   */
  async call(method, path, options = {}) {
    return this.signed((secret) => exchange(method, path, { ...options, secret }));
  }

  /**
   * @template T
   * @param {(secret: string) => Promise<T>} act
   * @returns {Promise<T>}
   */
  async signed(act) {
    const { secret } = this;
    try {
      return await act(secret);
    } catch (error) {
      if (!(error instanceof ApiError) || !error.signedOut || this.out) throw error;
      await this.renew(secret);
      return act(this.secret);
    }
  }

  /** End the session on the server and forget everything of this person here. */
  async end() {
    const { secret } = this;
    this.out = true;
    this.storage.wipe();
    await exchange('DELETE', '/v1/sessions/current', { secret }).catch(() => null);
  }
}
