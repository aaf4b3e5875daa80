// @ts-check
import { path } from './api.js';
import { setBlock } from './blocked.js';
import { calendarDay } from './dates.js';
import { openDialog } from './dialog.js';
import { h, icon, loadStyle, set, write } from './dom.js';
import { Face, standingOf, writeName } from './faces.js';
import { mute, openMute } from './mute.js';
import { notice } from './notice.js';
import { openReport } from './report.js';
import { isMuted } from './state.js';
import { say } from './strings.js';

/** All there is to know about somebody, and to do. */
class Card {
  /** @param {import('./client.js').Client} client @param {any} person */
  constructor(client, person) {
    this.client = client;
    this.person = person;
    this.face = new Face();
    this.name = h('b', { class: 'name', dir: 'auto' });
    this.line = h('span', { class: 'line' });
    this.words = h('span', { class: 'status-text', dir: 'auto' });
    this.facts = h('ul', { class: 'facts' });
    this.tools = h('div', { class: 'card-tools' });
    const ties = [
      client.state.on('people', (/** @type {string[] | undefined} */ ids) => { if (!ids || ids.includes(this.person.id)) this.#heard(); }),
      client.state.on('people.changed', (/** @type {any} */ { user_id }) => { if (user_id === this.person.id) this.#read(); }),
      client.state.on('conversations', () => this.draw()),
    ];
    this.dialog = openDialog({
      label: say('profile'), onClose: () => { for (const untie of ties) untie(); },
      body: [h('div', { class: 'profile' }, this.face.element, h('div', { class: 'words' }, this.name, this.line, this.words)), this.facts, this.tools],
    });
    this.dialog.element.classList.add('profile-card');
    this.draw();
  }

  get conversation() {
    return this.client.state.conversationWith(this.person.id);
  }

  #heard() {
    const { presence, status_text } = this.client.state.people.get(this.person.id) || this.person;
    this.person = { ...this.person, presence, status_text };
    this.draw();
  }

  async #read() {
    const person = await fetchPerson(this.client, this.person.id).catch(() => null);
    if (person) this.person = person;
    this.draw();
  }

  #drawn = '';

  draw() {
    const { person, conversation } = this;
    const key = JSON.stringify([person, conversation?.muted_until, conversation?.id]);
    if (key === this.#drawn) return;
    this.#drawn = key;
    this.face.show(person);
    writeName(this.name, person);
    write(this.line, [person.guest ? say('guest') : '', standingOf(person)].filter(Boolean).join(' · '));
    write(this.words, person.status_text);
    this.facts.replaceChildren(...this.#facts());
    this.tools.replaceChildren(...this.#tools());
  }

  #facts() {
    const { joined, url } = this.person;
    const fact = (/** @type {string} */ picture, /** @type {Node | string} */ what) => h('li', {}, icon(picture), what);
    return [
      ...(joined ? [fact('person', say('member_since', { date: calendarDay(joined) }))] : []),
      ...(/^https?:\/\//i.test(url) ? [fact('link', h('a', { href: url, target: '_blank', rel: 'noopener noreferrer nofollow' }, say('visit_profile')))] : []),
    ];
  }

  #tools() {
    const { client, person, conversation } = this;
    const tool = (/** @type {string} */ picture, /** @type {any} */ words, /** @type {(event: any) => any} */ run, danger = false) =>
      h('button', { type: 'button', class: danger ? 'option danger' : 'option', 'data-tool': words, onclick: run }, icon(picture), h('span', {}, say(words)));
    if (person.id === client.session.user) return [];
    const muted = isMuted(conversation);
    return [
      ...(person.blocked ? [] : [tool('chat', 'write_to', () => this.#write())]),
      ...(conversation && !person.blocked ? [muted
        ? tool('bell', 'unmute', () => mute(client, conversation.id, 0))
        : tool('mute', 'mute', (event) => openMute(client, { id: conversation.id, from: event.currentTarget, within: this.dialog.element }))] : []),
      person.blocked ? tool('block', 'unblock', () => this.#block(false)) : tool('block', 'block', () => this.#block(true), true),
      tool('flag', 'report', () => openReport(client, { person }), true),
    ];
  }

  #write() {
    this.dialog.close();
    this.client.emit('open', { user: this.person.id });
  }

  /** @param {boolean} on */
  async #block(on) {
    if (await setBlock(this.client, this.person, on)) await this.#read();
  }
}

/** @param {import('./client.js').Client} client @param {string} id */
const fetchPerson = (client, id) => client.insist(() => client.session.call('GET', path`/v1/users/${id}`));

/** Show who somebody is. @param {import('./client.js').Client} client @param {string} id */
export async function openCard(client, id) {
  const [person] = await Promise.all([fetchPerson(client, id).catch(() => null), import('./icons.js'), loadStyle('./privacy.css'), loadStyle('./messages.css')]);
  if (!person) {
    notice(say('not_there'), { alert: true });
    return;
  }
  const { friend, name, avatar, url, presence, status_text } = person;
  client.state.meetPeople([{ id, friend, name, avatar, url, presence, status_text, guest: person.guest }]);
  new Card(client, person);
}
