// @ts-check
import { path, query } from './api.js';
import { openDialog } from './dialog.js';
import { h, icon, loadStyle, write } from './dom.js';
import { Face, nameOf, placeOf } from './faces.js';
import { openNewRoom } from './newgroup.js';
import { notice } from './notice.js';
import { complaintOf } from './refusals.js';
import { Source } from './source.js';
import { say } from './strings.js';
import { VirtualList } from './virtual.js';
import { batched, debounced } from './waiting.js';

const SEARCH_MS = 200;
const PAGE = 30;

/** The public rooms of the site: look into one, or join it. */
class RoomList {
  /** @type {Map<string, any>} */
  #rooms = new Map();
  /** @type {Source | null} */
  #source = null;
  #drawLater = batched(() => this.#draw());

  /** @param {import('./client.js').Client} client */
  constructor(client) {
    this.client = client;
    this.search = h('input', {
      type: 'search', class: 'field', 'aria-label': say('search_rooms'), placeholder: say('search_rooms'), autocomplete: 'off', dir: 'auto',
      oninput: debounced(SEARCH_MS, () => this.load()),
    });
    this.list = new VirtualList({ label: say('rooms'), makeRow: () => this.#makeRow(), onView: () => this.#fill() });
    this.blank = h('div', { class: 'blank', hidden: true }, icon('people'), h('b', {}, say('no_rooms')), h('span', {}, say('no_rooms_hint')));
    this.dialog = openDialog({
      label: say('rooms'), actions: [{ label: say('new_room'), run: () => { openNewRoom(client); } }],
      body: h('div', { class: 'picker' }, h('div', { class: 'search' }, icon('search'), this.search), this.list.element, this.blank),
    });
    this.load();
  }

  async load() {
    const q = this.search.value.trim();
    const source = this.#source = new Source((cursor) => this.#page(q, cursor));
    this.list.element.scrollTop = 0;
    await source.reach(0, this.#drawLater).catch(() => null);
  }

  /** @param {string} q @param {string | null} cursor */
  async #page(q, cursor) {
    const { client } = this;
    const { data, next_cursor } = await client.insist(() => client.session.call('GET', '/v1/rooms' + query({ q, cursor, limit: PAGE })));
    for (const room of data) this.#rooms.set(room.conversation_id, room);
    const known = this.#source?.ids.length || 0;
    return { data: data.map((/** @type {any} */ room) => ({ id: room.conversation_id })), next_cursor, total: known + data.length + (next_cursor ? PAGE : 0) };
  }

  #draw() {
    if (!this.#source) return;
    this.list.setSections([{ heading: '', count: this.#source.count }]);
    this.blank.hidden = !this.#source.loaded || this.#source.count > 0;
  }

  #fill() {
    const last = this.list.inView().at(-1);
    if (last && this.#source && last.index >= this.#source.ids.length) this.#source.reach(last.index, this.#drawLater);
  }

  #makeRow() {
    const face = new Face();
    const [name, line] = [h('span', { class: 'name', dir: 'auto' }), h('span', { class: 'line', dir: 'auto' })];
    let room = /** @type {any} */ (null);
    const open = h('button', { type: 'button', class: 'row', onclick: () => this.#open(room) }, face.element, h('span', { class: 'words' }, name, line));
    const join = h('button', { type: 'button', class: 'push join', onclick: () => this.#join(room) });
    const element = h('div', { role: 'listitem', class: 'slot' }, open, join);
    return { element, show: (/** @type {number} */ _, /** @type {number} */ index) => {
      room = this.#rooms.get(this.#source?.ids[index] || '');
      element.classList.toggle('waiting', !room);
      join.hidden = !room;
      if (!room) return;
      face.show(placeOf({ ...room, id: room.conversation_id, kind: 'room' }));
      write(name, nameOf(room));
      write(line, [say('members', { count: room.members }), room.topic].filter(Boolean).join(' · '));
      write(join, say(room.joined ? 'joined' : 'join'));
      join.disabled = room.joined;
      for (const [button, label] of [[open, nameOf(room)], [join, `${say(room.joined ? 'joined' : 'join')}: ${nameOf(room)}`]]) button.setAttribute('aria-label', label);
    } };
  }

  /** @param {any} room */
  #open(room) {
    if (!room) return;
    this.dialog.close();
    this.client.emit('open', { conversation: room.conversation_id });
  }

  /** @param {any} room */
  async #join(room) {
    await joinRoom(this.client, room.conversation_id);
    this.#open(room);
  }
}

/** Be one of those in a room; a refusal is told. @param {import('./client.js').Client} client @param {string} id */
export async function joinRoom(client, id) {
  try {
    client.state.meetConversation(await client.session.call('PUT', path`/v1/conversations/${id}/membership`));
  } catch (error) {
    notice(complaintOf(error), { alert: true });
  }
}

/** @param {import('./client.js').Client} client */
export async function openRooms(client) {
  await loadStyle('./groups.css');
  return new RoomList(client);
}
