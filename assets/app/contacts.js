// @ts-check
import { query } from './api.js';
import { h, icon, set, write } from './dom.js';
import { Face, nameOf, presenceLine, presenceWord } from './faces.js';
import { say } from './strings.js';
import { VirtualList } from './virtual.js';
import { batched } from './waiting.js';

// Small rosters are put in order here as people come and go; long ones keep the server's order.
const SORTED_HERE = 200;
const PRESENT = ['online', 'away', 'dnd'];

/**
 * One page of people, who are then known here.
 * @param {import('./client.js').Client} client
 * @param {{filter: string, q?: string, cursor?: string | null, limit?: number}} wanted
 */
export async function fetchContacts(client, wanted) {
  const page = await client.insist(() => client.session.call('GET', '/v1/contacts' + query({ limit: 100, ...wanted })));
  client.state.meetPeople(page.data);
  return page;
}

/** People of one kind, fetched page by page as far as somebody looks. */
class Source {
  /** @type {string[]} */
  ids = [];
  total = 0;
  loaded = false;
  #next = /** @type {string | null} */ (null);
  #busy = false;
  #wanted = 0;

  /**
   * @param {import('./client.js').Client} client
   * @param {{filter: string, q?: string}} wanted
   */
  constructor(client, wanted) {
    this.client = client;
    this.wanted = wanted;
  }

  /** Have the people up to `index`. @param {number} index @param {() => void} done */
  async reach(index, done) {
    this.#wanted = Math.max(this.#wanted, index);
    if (this.#busy) return;
    this.#busy = true;
    try {
      while (!this.loaded || (this.#wanted >= this.ids.length && this.#next)) await this.#page(done);
    } finally {
      this.#busy = false;
    }
  }

  /** @param {() => void} done */
  async #page(done) {
    const page = await fetchContacts(this.client, { ...this.wanted, cursor: this.#next });
    const known = new Set(this.ids);
    this.ids.push(...page.data.map((/** @type {{id: string}} */ person) => person.id).filter((/** @type {string} */ id) => !known.has(id)));
    this.#next = page.next_cursor;
    this.total = page.total;
    this.loaded = true;
    done();
  }

  /** How many rows they take: the server's count until all are here. */
  get count() {
    return this.#next ? Math.max(this.total, this.ids.length) : this.ids.length;
  }

  /** @param {(id: string) => number} rank lower comes first */
  sort(rank) {
    if (this.#next || this.total > SORTED_HERE) return;
    const ranks = new Map(this.ids.map((id) => [id, rank(id)]));
    this.ids.sort((one, other) => (ranks.get(one) || 0) - (ranks.get(other) || 0));
  }
}

/** The list named Contacts: friends, those online first, then everyone online; or who was searched for. */
export class Contacts {
  /** @type {Source[]} */
  #sources = [];
  /** @type {Source[]} those with people, in the order of the list's sections */
  #listed = [];
  /** @type {Source[]} those that were asked for last */
  #latest = [];
  loaded = false;
  #drawLater = batched(() => this.#draw());

  /**
   * @param {import('./client.js').Client} client
   * @param {{onPick: (target: {user: string}) => void, onView: () => void}} react
   */
  constructor(client, { onPick, onView }) {
    this.client = client;
    this.onPick = onPick;
    this.list = new VirtualList({ label: say('contacts'), makeRow: () => this.#makeRow(), onView: () => { this.#fill(); onView(); } });
    this.blank = h('div', { class: 'blank', hidden: true });
    this.element = h('div', { class: 'contacts' }, this.list.element, this.blank);
    client.state.on('people', this.#drawLater);
    this.#skeleton();
  }

  #skeleton() {
    const bones = h('div', { class: 'bones', 'aria-hidden': true });
    for (let row = 0; row < 5; row += 1) bones.append(h('div', { class: 'bone' }));
    this.bones = bones;
    this.element.append(bones);
  }

  /** Read the lists again, or who is called `q`. @param {string} q */
  async load(q) {
    const wanted = q ? [{ filter: 'everyone', q }] : [{ filter: 'friends' }, { filter: 'online' }];
    const sources = wanted.map((one) => new Source(this.client, one));
    this.#latest = sources;
    await Promise.all(sources.map((source) => source.reach(0, () => {})));
    if (this.#latest !== sources) return;
    this.#sources = sources;
    this.loaded = true;
    this.bones.remove();
    this.#draw();
  }

  #draw() {
    if (!this.#sources.length) return;
    const { people } = this.client.state;
    const searching = this.#sources.length === 1;
    const [friends, online] = this.#sources;
    // Nobody's row may move from under the pointer or the focus.
    const held = this.list.element.matches(':hover, :focus-within');
    if (!searching) {
      if (!held) friends.sort((id) => (PRESENT.includes(people.get(id)?.presence || '') ? 0 : 1));
      online.ids = online.ids.filter((id) => !people.get(id)?.friend);
    }
    this.#listed = this.#sources.filter((source) => source.count > 0);
    const headings = ['', say('online_now')];
    this.list.setSections(this.#sources.map((source, at) => ({ heading: headings[at], count: source.count })));
    this.#drawBlank(searching);
  }

  /** @param {boolean} searching */
  #drawBlank(searching) {
    this.blank.hidden = this.list.total > 0;
    const [title, hint] = searching ? [say('no_results'), say('no_results_hint')] : [say('no_contacts'), say('no_contacts_hint')];
    this.blank.replaceChildren(icon(searching ? 'search' : 'people'), h('b', {}, title), h('span', {}, hint));
  }

  /** Fetch the pages that the rows in view are on. */
  #fill() {
    const last = new Map();
    for (const { section, index } of this.list.inView()) last.set(section, index);
    for (const [section, index] of last) {
      const source = this.#listed[section];
      if (source && index >= source.ids.length) source.reach(index, this.#drawLater);
    }
  }

  /** Who is on the screen. @returns {string[]} */
  inView() {
    return this.list.inView().map(({ section, index }) => this.#listed[section]?.ids[index]).filter(Boolean);
  }

  #makeRow() {
    const face = new Face();
    const name = h('span', { class: 'name', dir: 'auto' });
    const line = h('span', { class: 'line', dir: 'auto' });
    let user = '';
    const button = h('button', { type: 'button', class: 'row', onclick: () => user && this.onPick({ user }) },
      face.element, h('span', { class: 'words' }, name, line));
    const element = h('div', { role: 'listitem', class: 'slot' }, button);
    const show = (/** @type {number} */ section, /** @type {number} */ index) => {
      user = this.#listed[section]?.ids[index] || '';
      const person = this.client.state.people.get(user);
      button.disabled = !person;
      element.classList.toggle('waiting', !person);
      if (!person) return;
      face.show(person);
      write(name, nameOf(person));
      write(line, presenceLine(person));
      set(button, 'aria-label', nameOf(person));
      set(button, 'aria-description', [presenceWord(person.presence), person.status_text].filter(Boolean).join(', '));
    };
    return { element, show };
  }
}
