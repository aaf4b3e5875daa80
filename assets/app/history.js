// @ts-check
import { path, query } from './api.js';

const PAGE = 50;
// Further behind than this, the newest page is worth more than all that lies between.
const CATCH_UP = 200;
const KEPT = 30;
const DAY_MS = 24 * 3_600_000;

/** Fetches the stored messages of one conversation into its thread. */
export class History {
  busy = false;

  /**
   * @param {import('./client.js').Client} client
   * @param {string} id
   */
  constructor(client, id) {
    this.client = client;
    this.id = id;
    this.thread = client.state.thread(id);
    if (!this.thread.loaded) this.#restore();
  }

  /** Paint from what the last page showed. */
  #restore() {
    const kept = this.client.storage.get(`log/${this.id}`);
    // What the site no longer keeps is not shown by a browser that still has it.
    const { retention_days: days } = this.client.session.bridge.site;
    const messages = kept?.messages.filter((/** @type {import('./types.js').Message} */ { created_at }) => !days || created_at > Date.now() - days * DAY_MS) || [];
    if (!messages.length) return;
    this.thread.replace(messages, kept.more);
    this.thread.trimmed = kept.trimmed || messages.length < kept.messages.length;
  }

  /** Hand the newest messages to the next page. */
  keep() {
    const { messages, more, loaded, trimmed } = this.thread;
    if (!loaded) return;
    const newest = messages.slice(-KEPT);
    this.client.storage.set(`log/${this.id}`, { messages: newest, more: more || newest.length < messages.length, trimmed });
  }

  forget() {
    this.client.storage.set(`log/${this.id}`, null);
  }

  /** Make the thread reach the newest message. */
  async catchUp() {
    const { thread } = this;
    if (this.busy || (thread.loaded && !thread.behind)) return;
    await this.#alone(async () => {
      if (!thread.loaded || thread.head - thread.high > CATCH_UP || !thread.high) {
        const page = await this.#page({});
        thread.replace(page.data, page.has_more);
        return;
      }
      const page = await this.#page({ after_seq: thread.high });
      for (const message of page.data) thread.add(message);
      if (!page.data.length) thread.head = thread.high;
    });
    if (thread.behind) await this.catchUp();
    else this.client.state.heardOut(this.id);
  }

  /** One page back from what is shown; false when there is none. */
  async older() {
    const { thread } = this;
    if (this.busy || !thread.loaded || !thread.shown.more || !thread.shown.messages.length) return false;
    await this.#alone(async () => {
      const page = await this.#page({ before_seq: thread.shown.messages[0].seq });
      thread.prepend(page.data, page.has_more);
    });
    return true;
  }

  /** One page on, from a detour towards the newest. */
  async newer() {
    const { thread } = this;
    if (this.busy || !thread.detour) return;
    await this.#alone(async () => {
      const last = thread.detour?.messages.at(-1);
      if (last) thread.extend((await this.#page({ after_seq: last.seq })).data);
    });
  }

  /** Have that message among those that are shown; a detour if it is far away. @param {number} seq @returns {Promise<boolean>} */
  async reach(seq) {
    const { thread } = this;
    const holds = () => thread.shown.messages.some((message) => message.seq === seq);
    if (holds()) return true;
    if (thread.messages.some((message) => message.seq === seq)) thread.leave();
    else {
      const page = await this.#page({ around_seq: seq });
      if (page.data.length) thread.visit(page.data, page.has_before);
    }
    this.client.state.emit('thread', this.id);
    return holds();
  }

  /** @param {() => Promise<void>} act */
  async #alone(act) {
    this.busy = true;
    try {
      await act();
    } finally {
      this.busy = false;
      this.client.state.emit('thread', this.id);
    }
  }

  /** @param {{before_seq?: number, after_seq?: number, around_seq?: number}} range */
  async #page(range) {
    const address = path`/v1/conversations/${this.id}/messages` + query({ ...range, limit: PAGE });
    const page = await this.client.insist(() => this.client.session.call('GET', address));
    if (page.trimmed_seq) this.thread.trimmed = true;
    return page;
  }
}
