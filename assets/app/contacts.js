// @ts-check
import { query } from './api.js';
import { h, icon } from './dom.js';
import { PersonRow } from './personrow.js';
import { Ranked } from './ranked.js';
import { Source } from './source.js';
import { say } from './strings.js';
import { VirtualList } from './virtual.js';
import { batched } from './waiting.js';

const PRESENT = ['online', 'away', 'dnd'];

/**
 * One page of people, who are then known here.
 * @param {import('./client.js').Client} client
 * @param {{filter: string, q?: string, cursor?: string | null, offset?: number, limit?: number}} wanted
 */
export async function fetchContacts(client, wanted) {
  const page = await client.insist(() => client.session.call('GET', '/v1/contacts' + query({ limit: 100, ...wanted })));
  client.state.meetPeople(page.data);
  return page;
}

/** The list named Contacts: friends, those online first, then everyone online; or who was searched for. */
export class Contacts {
  /** @type {(Source | Ranked)[]} */
  #sources = [];
  /** @type {(Source | Ranked)[]} those with people, in the order of the list's sections */
  #listed = [];
  /** @type {(Source | Ranked)[]} those that were asked for last */
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
    const sources = q
      ? [new Source((cursor) => fetchContacts(this.client, { filter: 'everyone', q, cursor }))]
      : ['friends', 'others'].map((filter) => new Ranked((place) => fetchContacts(this.client, { filter, ...place })));
    this.#latest = sources;
    await Promise.all(sources.map((source) => source.reach(0, () => {})));
    if (this.#latest !== sources) return;
    if (this.#held && sources.length === this.#sources.length) sources.forEach((source, at) => source.follow(this.#sources[at]));
    this.#sources = sources;
    this.loaded = true;
    this.bones.remove();
    this.#draw();
  }

  /** Nobody's row may move from under the pointer or the focus. */
  get #held() {
    return this.list.element.matches(':hover, :active, :focus-within');
  }

  #draw() {
    if (!this.#sources.length) return;
    const { people } = this.client.state;
    const searching = this.#sources.length === 1;
    const [friends] = this.#sources;
    if (!searching && !this.#held) friends.sort((id) => (PRESENT.includes(people.get(id)?.presence || '') ? 0 : 1));
    this.#listed = this.#sources.filter((source) => source.count > 0);
    const headings = ['', say('online_now')];
    this.list.setSections(this.#sources.map((source, at) => ({ heading: headings[at], count: source.count })));
    this.#drawBlank(searching);
  }

  /** @param {boolean} searching */
  #drawBlank(searching) {
    this.blank.hidden = this.list.total > 0;
    // What else was found begins where the people end.
    this.element.parentElement?.classList.toggle('seeking', searching);
    this.element.parentElement?.classList.toggle('none', searching && !this.blank.hidden);
    const [title, hint] = searching ? [say('no_results'), say('no_results_hint')] : [say('no_contacts'), say('no_contacts_hint')];
    this.blank.replaceChildren(icon(searching ? 'search' : 'people'), h('b', {}, title), h('span', {}, hint));
  }

  /** Fetch the pages that the rows in view are on. */
  #fill() {
    const seen = this.list.inView();
    for (const [section, source] of this.#listed.entries()) {
      const there = seen.filter((place) => place.section === section);
      if (there.length) source.need(there[0].index, there[there.length - 1].index, this.#drawLater);
    }
  }

  /** Who is on the screen. @returns {string[]} */
  inView() {
    return this.list.inView().map(({ section, index }) => this.#listed[section]?.ids[index] || '').filter(Boolean);
  }

  #makeRow() {
    const row = new PersonRow((user) => this.onPick({ user }));
    return { element: row.element, show: (/** @type {number} */ section, /** @type {number} */ index) => {
      row.show(this.client.state.people.get(this.#listed[section]?.ids[index] || ''));
    } };
  }
}
