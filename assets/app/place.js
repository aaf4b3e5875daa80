// @ts-check
import { path } from './api.js';
import { openCard } from './card.js';
import { selectRow } from './controls.js';
import { ask, openDialog } from './dialog.js';
import { h, icon, loadStyle, write } from './dom.js';
import { Face, nameOf } from './faces.js';
import { Members } from './members.js';
import { nameField, openInvite, topicField } from './newgroup.js';
import { notice } from './notice.js';
import { subjectOf } from './places.js';
import { complaintOf } from './refusals.js';
import { say } from './strings.js';

const SLOW_SECONDS = [0, 10, 60, 600, 3_600];
const RULERS = ['owner', 'moderator'];

/** All there is to know and to do about one group or room. */
class Place {
  /** @param {import('./client.js').Client} client @param {string} id */
  constructor(client, id) {
    this.client = client;
    this.id = id;
    this.address = path`/v1/conversations/${id}`;
    this.face = new Face();
    this.name = h('b', { class: 'name', dir: 'auto' });
    this.topic = h('span', { class: 'topic', dir: 'auto' });
    this.count = h('span', { class: 'line', role: 'status' });
    this.tools = h('div', { class: 'place-tools' });
    this.members = new Members(client, {
      id, actionsFor: (user, role) => this.#actionsFor(user, role), onPick: (user) => { openCard(client, user); },
      onCount: (total, online) => write(this.count, say('members_online', { members: say('members', { count: total }), online })),
    });
    this.dialog = openDialog({
      label: say(this.is('room') ? 'room_info' : 'group_info'), onClose: () => this.#close(),
      body: [h('div', { class: 'place' }, this.face.element, h('div', { class: 'words' }, this.name, this.topic, this.count)), this.tools, this.members.element],
    });
    this.ties = [...['conversations', 'people'].map((name) => client.state.on(name, () => this.#draw())), client.state.on('gone', (/** @type {string} */ gone) => gone === id && this.dialog.close()),
      // Whoever writes to a member from the card wants to see the window.
      client.on('open', () => this.dialog.close())];
    this.#draw();
  }

  get conversation() {
    return this.client.state.conversations.get(this.id);
  }

  /** @param {string} kind */
  is(kind) {
    return this.conversation?.kind === kind;
  }

  get rules() {
    return RULERS.includes(this.conversation?.role || '');
  }

  #drawn = '';

  #draw() {
    const { conversation } = this;
    if (!conversation) return;
    const { name, topic, role, slow_seconds, kind, page } = conversation;
    this.face.show(subjectOf(this.client, conversation));
    write(this.name, nameOf({ name: name || '' }));
    write(this.topic, topic || '');
    const key = JSON.stringify([role, slow_seconds, kind]);
    if (key === this.#drawn) return;
    this.#drawn = key;
    const tool = (/** @type {any} */ picture, /** @type {any} */ words, /** @type {() => void} */ run, danger = false) =>
      h('button', { type: 'button', class: danger ? 'option danger' : 'option', onclick: run }, icon(picture), h('span', {}, say(words)));
    this.tools.replaceChildren(...[
      role && !page && tool('plus', 'invite_people', () => openInvite(this.client, this.id, new Set(this.members.roles.keys()))),
      this.rules && tool('edit', 'rename', () => this.#rename()),
      this.rules && tool('image', 'change_picture', () => this.#choosePicture()),
      this.rules && kind === 'room' && this.#slowMode(slow_seconds || 0),
      role && tool('exit', kind === 'room' ? 'leave_room' : 'leave_group', () => this.#leave(), true),
    ].filter(Boolean));
    this.members.list.draw();
  }

  /** @param {number} now */
  #slowMode(now) {
    const seconds = SLOW_SECONDS.includes(now) ? SLOW_SECONDS : [...SLOW_SECONDS, now];
    return selectRow({
      label: say('slow_mode'), value: String(now), onChange: (value) => this.#change({ slow_seconds: Number(value) }),
      choices: seconds.map((count) => ({ value: String(count), label: count ? say('slow_every', { time: span(count) }) : say('slow_off') })),
    });
  }

  /** Do it, or say why not. @param {() => Promise<any>} act @returns {Promise<boolean>} */
  async #try(act) {
    try {
      await act();
      return true;
    } catch (error) {
      notice(complaintOf(error), { alert: true });
      return false;
    }
  }

  /** @param {Record<string, any>} change */
  #change(change) {
    return this.#try(async () => this.client.state.meetConversation(await this.client.session.call('PATCH', this.address, { body: change })));
  }

  #rename() {
    const [name, topic] = [nameField(this.conversation?.name), topicField(this.conversation?.topic)];
    const save = () => this.#change({ name: name.input.value.trim(), topic: topic.input.value.trim() });
    openDialog({ label: say('rename'), small: true, body: [name.element, topic.element],
      actions: [{ label: say('cancel') }, { label: say('save'), kind: 'main', run: save }] });
  }

  #choosePicture() {
    const input = h('input', { type: 'file', accept: 'image/*', onchange: () => input.files[0] && this.#putPicture(input.files[0]) });
    input.click();
  }

  /** @param {File} picture */
  async #putPicture(picture) {
    const { Upload } = await import('./upload.js');
    const upload = new Upload(this.client, { body: picture, name: picture.name });
    await upload.start(this.id);
    if (upload.file) await this.#change({ picture: upload.file.id });
    else notice(say('went_wrong'), { alert: true });
  }

  async #leave() {
    const name = nameOf({ name: this.conversation?.name || '' });
    if (!await ask({ label: say('leave_question', { name }), text: say('leave_hint'), yes: say('leave'), danger: true })) return;
    const left = await this.#try(() => this.client.session.call('DELETE', `${this.address}/membership`));
    if (!left) return;
    this.dialog.close();
    this.client.state.forget(this.id);
  }

  /** @param {string} user */
  #openPerson(user) {
    this.client.emit('open', { user });
  }

  /** What I may do with somebody. @param {string} user @param {string} role @returns {import('./actions.js').Action[]} */
  #actionsFor(user, role) {
    if (user === this.client.session.user) return [];
    const own = this.conversation?.role;
    const owner = own === 'owner';
    const above = owner ? role !== 'owner' : own === 'moderator' && role === 'member';
    const make = (/** @type {string} */ to) => ({ name: `make-${to}`, icon: 'people', key: `make_${to}`, run: () => this.#setRole(user, to) });
    return [
      { name: 'write', icon: 'chat', key: 'write_to', run: () => this.#openPerson(user) },
      ...(owner && role === 'member' ? [make('moderator')] : []),
      ...(owner && role === 'moderator' ? [make('member')] : []),
      ...(owner && role !== 'owner' ? [make('owner')] : []),
      ...(above ? [{ name: 'remove', icon: 'exit', key: 'remove', danger: true, run: () => this.#remove(user, false) }] : []),
      ...(above ? [{ name: 'ban', icon: 'ban', key: 'ban', danger: true, run: () => this.#remove(user, true) }] : []),
    ];
  }

  /** @param {string} user @param {string} role */
  async #setRole(user, role) {
    const done = await this.#try(async () => {
      this.client.state.meetConversation(await this.client.session.call('PUT', this.address + path`/members/${user}`, { body: { role } }));
    });
    if (done) this.members.roles.set(user, role);
    this.members.list.draw();
  }

  /** @param {string} user @param {boolean} ban */
  async #remove(user, ban) {
    const name = nameOf(this.client.state.people.get(user) || { name: '' });
    if (!await ask({ label: say(ban ? 'ban_question' : 'remove_question', { name }), text: ban ? say('ban_hint') : '', yes: say(ban ? 'ban' : 'remove'), danger: true })) return;
    const address = this.address + path`/members/${user}` + (ban ? '?ban=true' : '');
    if (await this.#try(() => this.client.session.call('DELETE', address))) this.members.drop(user);
  }

  #close() {
    for (const untie of this.ties) untie();
    this.members.close();
  }
}

/** Seconds as people say it. @param {number} seconds */
const span = (seconds) => (seconds < 60 ? say('seconds', { count: seconds }) : seconds < 3_600 ? say('minutes', { count: seconds / 60 }) : say('hours', { count: seconds / 3_600 }));

/** @param {import('./client.js').Client} client @param {string} id */
export async function openPlace(client, id) {
  await Promise.all([import('./icons.js'), loadStyle('./groups.css')]);
  return new Place(client, id);
}
