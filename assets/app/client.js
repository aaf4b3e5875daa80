// @ts-check
import { ApiError, path } from './api.js';
import { Connection } from './connection.js';
import { Emitter } from './emitter.js';
import { Outbox } from './outbox.js';
import { isListed, isMuted, State } from './state.js';
import { Team } from './team.js';
import { backoffMs, debounced, pause } from './waiting.js';

const KEEP_SNAPSHOT_MS = 500;
const LEADER_ANSWERS_MS = 700;
const WATCH_MS = 1_000;
const WATCH_LIMIT = 200;
const BANNER_MS = 2_000;
// Reasons to reset that mean more than having missed a lot: the database was restored from a backup.
const ANOTHER_LOG = ['tag', 'ahead'];
const NUDGE_MS = 3_000;
const SILENT_LEADER_MS = 60_000;

/**
 * The program behind the screen: what is stored, who leads, what is connected.
 *
 * Emits `link` (up or down), `ring` (message), `ended`; the rest is said by `state` and `outbox`.
 */
export class Client extends Emitter {
  state = new State();
  up = true;
  ended = false;
  /** @type {string[]} */
  watch = [];
  /** @type {string[]} conversations that the person is looking at */
  attends = [];
  /** @type {string[]} rooms in this tab's windows */
  rooms = [];
  /** @type {string[]} the room of the page itself */
  paged = [];
  /** @type {string[]} people whom the host page itself shows */
  hooked = [];
  #downTimer = 0;
  #nudgedAt = 0;
  /** @type {Promise<void> | null} */
  #refreshing = null;
  #arrangeWatch = debounced(WATCH_MS, () => this.connection.setWatch(this.#watched()));
  #keep = debounced(KEEP_SNAPSHOT_MS, () => this.keepSnapshot());

  /** @param {import('./session.js').Session} session */
  constructor(session) {
    super();
    this.session = session;
    this.bridge = session.bridge;
    this.storage = session.storage;
    this.connection = new Connection({ session, state: this.state, wanted: this.bridge.welcome.transports });
    this.outbox = new Outbox({ session, state: this.state, send: (id, messages) => this.#send(id, messages) });
    this.team = new Team(this.bridge, { site: session.site, user: session.user });
    this.#followState();
    this.#followConnection();
    this.#followTeam();
    this.#restore();
  }

  /** Paint from what the last page knew; it is refreshed as soon as the server answers. */
  #restore() {
    const kept = this.storage.get('snapshot');
    if (kept?.user?.id === this.session.user) this.state.load(kept);
  }

  async start(begun = this.session.begin()) {
    await begun;
    this.storage.wipeOthers();
    this.team.join();
    this.outbox.flushAll();
    if (this.team.leading) return;
    this.team.say({ type: 'wanted' });
    await pause(LEADER_ANSWERS_MS);
    if (!this.team.leading && Date.now() - this.team.heardAt > LEADER_ANSWERS_MS) this.refresh();
  }

  #followState() {
    const { state } = this;
    state.on('arrived', (/** @type {import('./types.js').Message} */ message) => {
      this.outbox.settle(message);
      if (message.sender_id === state.me.id) return;
      this.bridge.tell('message', message);
      if (this.team.leading) this.#ring(message);
    });
    state.on('unread', () => this.bridge.unread(state.unread));
    const fetch = (/** @type {string} */ id) => this.fetchConversation(id, { counted: true }).catch(() => null);
    state.on('message.refused', (/** @type {any} */ event) => this.outbox.refuse(event));
    state.on('unknown', fetch);
    state.on('conversation.changed', (/** @type {any} */ event) => fetch(event.conversation_id));
    state.on('conversations', debounced(WATCH_MS, () => this.#followRooms()));
    state.on('stale', debounced(WATCH_MS, () => this.refresh()));
    for (const name of ['conversations', 'own', 'receipt.peer']) state.on(name, this.#keep);
  }

  #followConnection() {
    const { connection, team } = this;
    connection.on('up', () => this.#setLink(true));
    connection.on('down', () => this.#setLink(false));
    connection.on('broken', (/** @type {Error} */ error) => this.bridge.tell('error', { code: 'broken_event', message: String(error) }));
    connection.on('trouble', (/** @type {string} */ code, /** @type {string} */ message) => this.bridge.tell('error', { code, message }));
    connection.on('events', (/** @type {any[]} */ events, /** @type {string} */ cursor) => team.say({ type: 'events', events, cursor }));
    connection.on('reset', async (/** @type {string} */ reason, /** @type {() => void} */ done) => {
      await this.refresh(ANOTHER_LOG.includes(reason));
      done();
    });
  }

  #followTeam() {
    const { team, state } = this;
    team.on('lead', () => this.#lead());
    team.on('wanted', () => team.leading && this.#sync());
    team.on('view', this.#arrangeWatch);
    team.on('leader', () => this.#showOthers());
    team.on('link', (/** @type {any} */ { up }) => this.#setLink(up));
    team.on('logout', () => this.end({ told: true }));
    team.on('sync', (/** @type {any} */ { snapshot, people, forced, anew }) => {
      if (team.leading) return;
      const behind = Number(snapshot.cursor.split('.')[0]) < Number(state.cursor.split('.')[0]);
      if (state.loaded && behind && !forced) return;
      state.load(snapshot, { anew });
      state.meetPeople(people);
      this.#setLink(true);
    });
    team.on('events', (/** @type {any} */ { events, cursor }) => {
      if (team.leading || !state.loaded) return;
      const gaps = events.filter((/** @type {any} */ event) => state.receive(event) === 'gap');
      for (const { room } of gaps) if (room) this.emit('room gap', room);
      if (gaps.some((/** @type {any} */ { room }) => !room) || Number(cursor.split('.')[0]) > Number(state.cursor.split('.')[0])) team.say({ type: 'wanted' });
    });
    team.on('ring', (/** @type {any} */ { message }) => document.hasFocus() && this.emit('ring', message));
  }

  async #lead() {
    if (!this.state.loaded || !this.#fresh) await this.refresh();
    if (!this.team.leading) return;
    this.connection.setWatch(this.#watched());
    this.connection.start();
    this.outbox.flushAll();
  }

  async #followRooms() {
    if ([...this.state.conversations.values()].some(({ kind }) => kind === 'room')) (await import('./rooms.js')).followRooms(this);
  }

  /** Whether this tab has had a snapshot of its own since it was opened. */
  #fresh = false;

  /** Read the whole state again; insists until there is an answer. */
  refresh(anew = false) {
    this.#refreshing ??= this.insist(() => this.session.call('GET', '/v1/state')).then((answer) => {
      this.#fresh = true;
      this.state.load(answer, { anew });
      this.#setLink(true);
      if (this.team.leading) this.#sync({ forced: true, anew });
    }).catch((error) => {
      if (!(error instanceof ApiError)) throw error;
    }).finally(() => { this.#refreshing = null; });
    return this.#refreshing;
  }

  /** Hand everything to the tabs that follow. @param {{forced?: boolean, anew?: boolean}} [how] */
  #sync({ forced = false, anew = false } = {}) {
    if (!this.state.loaded) return;
    this.team.say({ type: 'sync', snapshot: this.state.snapshot(), people: [...this.state.people.values()], forced, anew });
  }

  /**
   * Repeat `act` until it is answered, with growing pauses; a real refusal is thrown.
   * @template T
   * @param {() => Promise<T>} act
   * @returns {Promise<T>}
   */
  async insist(act) {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await act();
      } catch (error) {
        if (!(error instanceof ApiError) || !error.passing || this.ended) throw error;
        this.#setLink(error.status > 0 && error.status < 500);
        await pause(Math.max(error.retryAfterMs, backoffMs(attempt)));
      }
    }
  }

  /** @param {string} id @param {{counted?: boolean}} [options] */
  async fetchConversation(id, options) {
    try {
      const conversation = await this.insist(() => this.session.call('GET', path`/v1/conversations/${id}`));
      this.state.meetConversation(conversation, options);
      return conversation;
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) this.state.forget(id);
      throw error;
    }
  }

  /** The conversation with one person, made if there is none. @param {string} user */
  async openWith(user) {
    const known = this.state.conversationWith(user);
    if (known) return known;
    const made = await this.insist(() => this.session.call('POST', '/v1/conversations', { body: { user_id: user } }));
    this.state.meetConversation(made);
    return made;
  }

  /** @param {{presence?: string, status_text?: string}} change */
  async choosePresence(change) {
    this.state.own = { ...this.state.own, ...change };
    this.state.emit('own');
    this.state.own = await this.insist(() => this.session.call('PUT', '/v1/presence', { body: change }));
    this.state.emit('own');
  }

  /**
   * The person has seen everything up to `seq`.
   * @param {string} id
   * @param {number} seq
   */
  async markRead(id, seq) {
    this.state.markRead(id, seq);
    const frame = { type: 'read', conversation_id: id, seq };
    await this.insist(() => this.connection.ask(frame) || this.session.call('PUT', path`/v1/conversations/${id}/read`, { body: { seq } }))
      .catch(() => null);
  }

  /** @param {string} id @param {{client_id: string, text: string}[]} messages @returns {Promise<{messages: any[]}>} */
  #send(id, messages) {
    return this.connection.ask({ type: 'send', conversation_id: id, messages })
      || this.session.call('POST', path`/v1/conversations/${id}/messages`, { body: { messages } });
  }

  /** The person begins or stops to write; nothing depends on its getting through. Tells whether it is to be known. @param {string} id @param {boolean} typing */
  tellTyping(id, typing) {
    // In a room of thousands nobody is told who writes.
    if (this.state.conversations.get(id)?.kind === 'room') return false;
    // Who looks offline does not write.
    if (this.state.own.presence === 'invisible' || this.ended) return false;
    if (!this.connection.tell({ type: 'typing', conversation_id: id, typing }))
      this.session.call('PUT', path`/v1/conversations/${id}/typing`, { body: { typing } }).catch(() => null);
    return true;
  }

  /**
   * Say who and which conversations are on this tab's screen.
   * @param {{watch?: string[], attends?: string[], rooms?: string[], paged?: string[], hooked?: string[]}} view
   */
  show(view) {
    Object.assign(this, view);
    this.emit('view');
    if (this.team.leading) this.#arrangeWatch();
    else this.#showOthers();
  }

  #showOthers() {
    const { team: { tab }, attends, rooms, paged } = this;
    this.team.say({ type: 'view', tab, watch: [...this.watch, ...this.hooked], attends, rooms: [...rooms, ...paged] });
  }

  #watched() {
    return [...new Set([...this.watch, ...this.hooked, ...this.team.others('watch')])].slice(0, WATCH_LIMIT).sort();
  }

  /** @param {import('./types.js').Message} message */
  async #ring(message) {
    const { state } = this;
    const { conversation_id: id } = message;
    // A stranger's request is silent, and only the server knows whether it is one.
    if (state.conversations.get(id)?.partial) await this.fetchConversation(id).catch(() => null);
    const seen = [...this.attends, ...this.team.others('attends')].includes(id);
    const known = state.conversations.get(id);
    // A room of thousands rings only for whom it names.
    const loud = known && isListed(known) && !isMuted(known)
      && (known.kind !== 'room' || message.mentions?.includes(state.me.id));
    if (!seen && loud && state.own.presence !== 'dnd') this.emit('ring', message);
  }

  /** The way to the server works, or has not for a while. @param {boolean} up */
  #setLink(up) {
    if (!up) {
      this.#downTimer ||= window.setTimeout(() => this.#tellLink(false), BANNER_MS);
      return;
    }
    clearTimeout(this.#downTimer);
    this.#downTimer = 0;
    if (!this.up) this.#tellLink(true);
  }

  /** @param {boolean} up */
  #tellLink(up) {
    this.up = up;
    if (this.team.leading) this.team.say({ type: 'link', up });
    if (up) this.outbox.flushAll();
    this.emit('link', up);
  }

  /** The page or the machine slept, or the network came back. @param {{online?: boolean}} [news] */
  wake(news) {
    if (this.ended) return;
    this.outbox.flushAll();
    if (this.team.leading) this.connection.wake(news);
    else this.team.say({ type: 'wanted' });
    if (!this.team.leading && Date.now() - this.team.heardAt > SILENT_LEADER_MS) this.refresh();
  }

  /** The person does something while the way is down: that is worth a try before the pause is over. */
  nudge() {
    if (this.up || Date.now() - this.#nudgedAt < NUDGE_MS) return;
    this.#nudgedAt = Date.now();
    this.wake();
  }

  lost() {
    this.#setLink(false);
    this.connection.lost();
  }

  /** The page is put aside, perhaps for good. */
  sleep() {
    this.connection.stop();
    this.team.leave();
    if (this.state.loaded && !this.ended) this.keepSnapshot();
  }

  /** The page came back from where browsers keep them. */
  resume() {
    this.#fresh = false;
    if (!this.ended) this.start();
  }

  keepSnapshot() {
    if (this.team.leading) this.storage.set('snapshot', this.state.snapshot());
  }

  /** Sign out here and in the other tabs. @param {{told?: boolean}} [options] */
  async end({ told = false } = {}) {
    if (this.ended) return;
    this.ended = true;
    if (!told) this.team.say({ type: 'logout' });
    this.connection.stop();
    this.team.leave();
    this.emit('ended');
    if (!told) await this.session.end();
  }
}
