// @ts-check
import { path } from './api.js';
import { h, icon, loadStyle, set, write } from './dom.js';
import { nameOf, presenceWord } from './faces.js';
import { personOf } from './lookup.js';
import { stage } from './stage.js';
import { say } from './strings.js';

// How many have a room before them is told to nobody by itself; who has just come is counted by the server after a moment.
const COUNT_AGAIN_MS = 60_000;
const COUNTED_MS = [4_000, 15_000];

/** @typedef {{users: string[], rooms: string[], shown: string, page: string}} Wanted what hooks.js found on the host page */

/** What the host page's own elements are told: who is there, how many messages are new, how many have a room before them. */
export class HostPage {
  /** @type {Wanted} */
  #wanted = { users: [], rooms: [], shown: '', page: '' };
  /** What was told last, by its name and subject. @type {Map<string, string>} */
  #told = new Map();
  /** The room behind what a page asks for. @type {Map<string, Promise<import('./types.js').Conversation | null>>} */
  #found = new Map();
  #sign = /** @type {RoomSign | null} */ (null);

  /** @param {import('./client.js').Client} client */
  constructor(client) {
    this.client = client;
    client.state.on('people', (/** @type {string[] | undefined} */ ids) => this.#tellPeople(ids));
    client.state.on('conversation.changed', () => this.#countAll());
    client.on('ended', () => this.#end());
    this.timer = setInterval(() => this.#countAll(), COUNT_AGAIN_MS);
  }

  /** @param {Wanted} wanted */
  watch(wanted) {
    if (wanted.page !== this.#wanted.page) {
      this.#found.delete('page');
      this.client.show({ paged: [] });
    }
    this.#wanted = wanted;
    this.#told.clear();
    this.client.show({ hooked: wanted.users });
    this.client.bridge.unread(this.client.state.unread);
    this.#tellPeople();
    this.#countAll();
  }

  /** @param {string} name @param {string} subject @param {any} detail */
  #tell(name, subject, detail) {
    const key = `${name} ${subject}`;
    const words = JSON.stringify(detail);
    if (this.#told.get(key) === words) return;
    this.#told.set(key, words);
    this.client.bridge.tell(name, detail);
  }

  /** @param {string[]} [ids] who may have changed; without it anybody */
  #tellPeople(ids) {
    for (const user of this.#wanted.users) {
      if (ids && !ids.includes(user)) continue;
      const person = personOf(this.client, user);
      if (!person.name) continue;
      const { name, presence, status_text } = person;
      const label = say('chat_with_who', { name: nameOf(person), presence: presenceWord(presence) });
      this.#tell('presence', user, { user, name, presence, status_text, label });
    }
  }

  #countAll() {
    if (document.visibilityState !== 'visible') return;
    const { rooms, shown } = this.#wanted;
    for (const asked of new Set([...rooms, shown].filter(Boolean))) this.#count(asked).catch(() => null);
  }

  /** @param {string} asked the id of a room, or `page` */
  async #count(asked) {
    const { client } = this;
    const { page } = this.#wanted;
    if (!this.#found.has(asked)) this.#found.set(asked, this.#find(asked));
    const room = await this.#found.get(asked);
    if (!room || page !== this.#wanted.page) return;
    const here = asked === 'page';
    if (here) this.#follow(room.id);
    const counted = await client.session.call('GET', path`/v1/conversations/${room.id}/readers`);
    const { name = '', members = 0 } = client.state.conversations.get(room.id) || room;
    const readers = Math.max(counted.readers, here ? 1 : 0);
    const note = readers > (here ? 1 : 0) ? say('here_now', { count: readers }) : say('talk_here');
    this.#tell('room', asked, { asked, id: room.id, name, members, readers, note, label: say('open_room', { name, note }) });
    if (asked !== this.#wanted.shown) return;
    this.#sign ||= new RoomSign(() => client.emit('open', { conversation: this.#sign?.room }));
    this.#sign.show(room.id, asked === 'page' ? note : `${name} · ${note}`);
  }

  /** Whoever has the page before them follows its room, and is counted by that. @param {string} room */
  #follow(room) {
    if (this.client.paged.includes(room)) return;
    this.client.show({ paged: [room] });
    for (const ms of COUNTED_MS) setTimeout(() => this.#countAll(), ms);
  }

  /** @param {string} asked @returns {Promise<import('./types.js').Conversation | null>} */
  async #find(asked) {
    const { client } = this;
    if (asked !== 'page') return client.fetchConversation(asked).catch(() => null);
    const made = await client.insist(() => client.session.call('POST', '/v1/conversations', { body: { kind: 'room', page: this.#wanted.page } }))
      .catch(() => null);
    if (made) client.state.meetConversation(made);
    return made;
  }

  #end() {
    clearInterval(this.timer);
    this.#sign?.remove();
  }
}

/** How many of the page's room are here, in the corner that the bar leaves free; it opens the room. */
class RoomSign {
  room = '';
  #undo = () => {};

  /** @param {() => void} onOpen */
  constructor(onOpen) {
    this.words = h('span', {});
    this.element = h('button', { type: 'button', class: 'room-sign', hidden: true, onclick: onOpen }, icon('people'), this.words);
    this.styled = loadStyle('./host.css');
    document.body.append(this.element);
    window.addEventListener('resize', () => this.#expose());
  }

  /** @param {string} room @param {string} words */
  async show(room, words) {
    this.room = room;
    write(this.words, words);
    await this.styled;
    set(this.element, 'hidden', false);
    this.#expose();
  }

  #expose() {
    this.#undo();
    this.#undo = stage.expose(this.element);
  }

  remove() {
    this.#undo();
    this.element.remove();
  }
}
