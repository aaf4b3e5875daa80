// @ts-check
import { path, query } from './api.js';
import { h, icon, iconButton, set, write } from './dom.js';
import { nameOf } from './faces.js';
import { openMenu } from './menu.js';
import { PersonRow } from './personrow.js';
import { Ranked } from './ranked.js';
import { Source } from './source.js';
import { say } from './strings.js';
import { VirtualList } from './virtual.js';
import { batched, debounced } from './waiting.js';

const SEARCH_MS = 200;
const PAGE = 100;

/** Who is in a group or room, those who are here first: pages from the server, rows only for what is seen. */
export class Members {
  /** @type {Map<string, string>} */
  roles = new Map();
  /** @type {Source | Ranked | null} */
  #source = null;
  #drawLater = batched(() => this.#draw());

  /**
   * @param {import('./client.js').Client} client
   * @param {{id: string, actionsFor: (user: string, role: string) => import('./actions.js').Action[], onPick: (user: string) => void, onCount: (total: number, online: number) => void}} parts
   */
  constructor(client, { id, actionsFor, onPick, onCount }) {
    this.client = client;
    this.id = id;
    this.actionsFor = actionsFor;
    this.onPick = onPick;
    this.onCount = onCount;
    this.search = h('input', {
      type: 'search', class: 'field', 'aria-label': say('search_members'), placeholder: say('search_members'), autocomplete: 'off', dir: 'auto',
      oninput: debounced(SEARCH_MS, () => this.load()),
    });
    this.list = new VirtualList({ label: say('members_list'), makeRow: () => this.#makeRow(), onView: () => this.#fill() });
    this.blank = h('div', { class: 'blank', hidden: true }, icon('search'), h('b', {}, say('no_results')));
    this.element = h('div', { class: 'picker' }, h('div', { class: 'search' }, icon('search'), this.search), this.list.element, this.blank);
    this.untie = client.state.on('people', this.#drawLater);
    this.load();
  }

  async load() {
    const q = this.search.value.trim();
    const source = this.#source = q
      ? new Source((cursor) => this.#page({ q, cursor, limit: PAGE })) : new Ranked((place) => this.#page(place));
    this.list.element.scrollTop = 0;
    await source.reach(0, this.#drawLater).catch(() => null);
  }

  /** @param {{q?: string, cursor?: string | null, offset?: number, limit: number}} wanted */
  async #page(wanted) {
    const { client } = this;
    const address = path`/v1/conversations/${this.id}/members` + query(wanted);
    const page = await client.insist(() => client.session.call('GET', address));
    for (const { id, role } of page.data) this.roles.set(id, role);
    client.state.meetPeople(page.data.map((/** @type {any} */ { role, ...person }) => person));
    if (!wanted.q) this.onCount(page.total, page.online);
    return page;
  }

  #draw() {
    const source = this.#source;
    if (!source) return;
    this.list.setSections([{ heading: '', count: source.count }]);
    this.blank.hidden = !source.loaded || source.count > 0;
  }

  #fill() {
    const seen = this.list.inView();
    const last = seen.at(-1);
    if (last) this.#source?.need(seen[0].index, last.index, this.#drawLater);
  }

  #makeRow() {
    const role = h('span', { class: 'role' });
    const more = iconButton('dots', say('more'), { class: 'round more', 'aria-haspopup': 'menu', onclick: () => this.#openMenu(row.user, more) });
    const row = new PersonRow((user) => this.onPick(user), { tail: [role], after: [more] });
    return { element: row.element, show: (/** @type {number} */ _, /** @type {number} */ index) => {
      const id = this.#source?.ids[index] || '';
      const person = this.client.state.people.get(id);
      const what = this.roles.get(id) || 'member';
      const word = what === 'member' ? '' : say(/** @type {'owner'} */ (what));
      row.show(person, [word]);
      write(role, word);
      more.hidden = !person || !this.actionsFor(id, what).length;
      if (person) set(more, 'aria-label', say('more_for', { name: nameOf(person) }));
    } };
  }

  /** @param {string} user @param {HTMLElement} from */
  #openMenu(user, from) {
    const within = /** @type {HTMLElement} */ (this.element.closest('dialog') || this.element);
    openMenu(this.actionsFor(user, this.roles.get(user) || 'member'), { context: {}, from, within, label: say('more') });
  }

  /** Somebody is not in it any more. @param {string} user */
  drop(user) {
    this.#source?.drop(user);
    this.#draw();
  }

  close() {
    this.untie();
  }
}
