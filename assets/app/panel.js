// @ts-check
import { Contacts } from './contacts.js';
import { Conversations } from './conversations.js';
import { h, icon, write } from './dom.js';
import { Folders } from './folders.js';
import { say } from './strings.js';
import { Status } from './status.js';
import { debounced } from './waiting.js';

/** Why nobody can sign in, where reloading does not help. */
const REFUSED = /** @type {const} */ ({ site_suspended: 'chat_closed', site_full: 'chat_full', guests_may_not: 'guests_may_not' });
const SEARCH_MS = 200;
const STALE_MS = 30_000;
// Whoever finds nobody is looking for somebody to come.
const EMPTY_MS = 4_000;

/** What the bar opens: me, search, conversations, contacts. */
export class Panel {
  #loadedAt = 0;
  #shown = false;

  /**
   * @param {import('./client.js').Client} client
   * @param {{onPick: (target: {user?: string, conversation?: string}) => void, onView: () => void}} react
   */
  constructor(client, react) {
    this.client = client;
    this.status = new Status(client);
    this.conversations = new Conversations(client, react);
    this.contacts = new Contacts(client, react);
    this.banner = h('div', { class: 'banner', role: 'status' });
    this.search = h('input', {
      type: 'search', class: 'field', 'aria-label': say('search'), placeholder: say('search_short'), autocomplete: 'off', dir: 'auto',
      oninput: debounced(SEARCH_MS, () => this.#searched()),
    });
    this.recent = h('section', { class: 'part recent' }, h('h2', {}, say('conversations')), this.conversations.element);
    this.element = h('div', { class: 'panel' });
    const folders = new Folders(client, this.element);
    this.element.append(this.banner, this.status.element,
      h('div', { class: 'search' }, icon('search'), this.search, folders.tools), folders.element, this.recent,
      h('section', { class: 'part' }, h('h2', {}, say('contacts')), this.contacts.element));
    client.on('link', () => this.#drawLink());
    client.session.on('out', () => this.#drawLink());
    client.state.on('people.changed', (/** @type {any} */ { user_id }) => { if (user_id === client.state.me.id) this.#reread(); });
    this.#drawLink();
    setInterval(() => this.refresh(), EMPTY_MS);
  }

  /** It is on the screen now. */
  opened() {
    this.#shown = true;
    this.conversations.draw();
    this.contacts.list.draw();
    this.refresh();
  }

  /** Read the contacts again if that is due, and nobody is reading them. */
  refresh() {
    const { loaded, list } = this.contacts;
    const seen = this.#shown && this.element.offsetParent && document.visibilityState === 'visible';
    if (!seen || this.search.value || Date.now() - this.#loadedAt < (loaded && !list.total ? EMPTY_MS : STALE_MS)) return;
    if (loaded && this.contacts.list.element.scrollTop > 0) return;
    this.#load('');
  }

  /** The site has changed whom this person has for friends. */
  #reread() {
    this.#loadedAt = 0;
    this.refresh();
  }

  /** @param {string} q */
  #load(q) {
    this.#loadedAt = Date.now();
    this.contacts.load(q).catch(() => { this.#loadedAt = 0; });
  }

  #searched() {
    const q = this.search.value.trim();
    this.recent.hidden = Boolean(q);
    this.contacts.list.element.scrollTop = 0;
    this.#load(q);
    this.#searchMessages(q);
  }

  #found = /** @type {import('./search.js').PanelSearch | null} */ (null);

  /** @param {string} q */
  async #searchMessages(q) {
    if (q && !this.#found) {
      const { PanelSearch } = await import('./search.js');
      this.#found ??= new PanelSearch(this.client, this.element);
    }
    this.#found?.show(this.search.value);
  }

  /** @returns {boolean} whether there was a search to end */
  clearSearch() {
    if (!this.search.value) return false;
    this.search.value = '';
    this.#searched();
    return true;
  }

  #drawLink() {
    const { out, refusal } = this.client.session;
    const refused = REFUSED[/** @type {keyof typeof REFUSED} */ (refusal)];
    this.element.classList.toggle('closed', Boolean(out && refused));
    write(this.banner, out ? say(refused || 'signed_out') : this.client.up ? '' : say('reconnecting'));
  }

  /** Who is on the screen. @returns {string[]} */
  inView() {
    return [...this.conversations.inView(), ...this.contacts.inView()];
  }
}
