// @ts-check
import './icons.js';
import { chatMenu, messageActions, offered } from './actions.js';
import { ApiError, path } from './api.js';
import { h, iconButton, loadStyle, set } from './dom.js';
import { followFiles } from './enclosing.js';
import { Entries } from './entries.js';
import { Face, nameOf, placeOf } from './faces.js';
import { Favourites } from './favourites.js';
import { Head } from './head.js';
import { History } from './history.js';
import { Log } from './log.js';
import { personOf, stranger } from './lookup.js';
import { openMenu } from './menu.js';
import { MessageBar } from './messagebar.js';
import { subjectOf } from './places.js';
import { Reading } from './reading.js';
import { Anchor } from './scroll.js';
import { unreadOf } from './state.js';
import { say } from './strings.js';
import { OwnTyping, TheirTyping } from './typing.js';
import { batched, debounced } from './waiting.js';
import { Writing } from './writing.js';

/** @typedef {import('./entries.js').Entry} Entry */

const KEEP_MS = 300;

await loadStyle('./messages.css');

/** One conversation in a window: head, log, composer. */
export class Chat {
  #user = '';
  /** @type {History | null} */
  history = null;
  /** Grows whenever a name or a picture may be another one. */
  peopleChanged = 0;
  /** @type {(() => void)[]} */
  #ties = [];
  #keep = debounced(KEEP_MS, () => this.history?.keep());
  draw = batched(() => this.#draw());
  own = new OwnTyping((typing) => Boolean(this.id) && this.client.tellTyping(this.id, typing));
  theirs = new TheirTyping(() => this.#drawHead());

  /**
   * @param {import('./client.js').Client} client
   * @param {{user: string, id: string | null, small: boolean, onClose: () => void, onSmall: (small: boolean) => void, onLook: () => void}} parts
   */
  constructor(client, { user, id, small, onClose, onSmall, onLook }) {
    this.client = client;
    this.#user = user;
    this.id = id || null;
    this.small = small;
    this.onClose = onClose;
    this.onLook = onLook;
    this.head = new Head({ onSmall: () => onSmall(!this.small), onClose });
    this.menu = iconButton('dots', say('more'), { 'aria-haspopup': 'menu', hidden: true, onclick: () => this.#openMenu() });
    this.head.element.insertBefore(this.menu, this.head.toggle.nextSibling);
    this.log = new Log(this);
    this.bar = new MessageBar(this);
    this.entries = new Entries(this);
    this.emoji = new Favourites(client.storage);
    this.anchor = new Anchor(this.log.element, {
      onScroll: () => this.reading.scrolled(), onTop: () => this.#older(), onEnd: () => this.history?.newer().catch(() => null),
    });
    this.reading = new Reading(this);
    this.writing = new Writing(this, () => `draft/${this.user ? encodeURIComponent(this.user) : `#${this.id}`}`);
    this.composer = this.writing.composer;
    this.pinned = h('div', { class: 'pinned', hidden: true });
    this.beginning = h('div', { class: 'beginning' });
    this.bones = h('div', { class: 'bones', 'aria-hidden': true }, ...[1, 2, 3, 4].map(() => h('div', { class: 'bone' })));
    const { jump, unseen } = this.reading;
    this.element = h('section', { class: 'card chat', onkeydown: (/** @type {KeyboardEvent} */ event) => this.#keyed(event) },
      this.head.element, this.pinned, h('div', { class: 'middle' }, this.log.element, this.bones, unseen, jump), this.composer.element);
    followFiles(this);
    this.#follow();
    this.#open();
  }

  get me() {
    return this.client.session.user;
  }

  get conversation() {
    return this.client.state.conversations.get(this.id || '');
  }

  get kind() {
    return this.conversation?.kind || (this.#user ? 'direct' : '');
  }

  /** The other one of a direct conversation, else ''. */
  get user() {
    return this.conversation?.peer?.id || this.#user;
  }

  get peer() {
    return this.client.state.people.get(this.user) || stranger(this.user);
  }

  /** What a face and a name are drawn from: the other one, or the group or room. */
  get subject() {
    return this.user ? this.peer : this.conversation ? subjectOf(this.client, this.conversation) : placeOf(undefined);
  }

  /** As much as is known of somebody who wrote here. @param {string} id */
  person(id) {
    return personOf(this.client, id);
  }

  /** @param {string} id */
  nameOf(id) {
    return nameOf(this.person(id));
  }

  /** Whether one may write here at all. */
  get mayWrite() {
    const { conversation } = this;
    return this.kind === 'direct' ? !conversation?.blocked : Boolean(conversation?.role);
  }

  /** Whether one may pin, and take away what others wrote. */
  get mayModerate() {
    return ['owner', 'moderator'].includes(this.conversation?.role || '');
  }

  #follow() {
    const { state, outbox, storage } = this.client;
    this.#ties = [
      state.on('people', (/** @type {string[] | undefined} */ ids) => { if (!ids || !this.user || ids.includes(this.user)) this.#met(); }),
      state.on('thread', (/** @type {string} */ id) => { if (id === this.id) this.#heard(); }),
      state.on('typing', (/** @type {any} */ event) => { if (this.#isTheirs(event)) this.theirs.set(event.user_id, event.type === 'typing.started'); }),
      state.on('arrived', (/** @type {any} */ message) => { if (message.conversation_id === this.id) this.theirs.set(message.sender_id, false); }),
      state.on('message.changed', (/** @type {any} */ { message }) => { if (message.conversation_id === this.id && (message.pinned || this.#banner)) this.#pinsChanged += 1; }),
      state.on('conversations', () => { if (this.id) this.#drawHead(); }),
      this.client.on('link', this.draw),
      outbox.on('change', (/** @type {string} */ id) => { if (id === this.id) this.draw(); }),
      storage.watch((/** @type {string} */ key) => { if (key === this.writing.drafts.key()) this.writing.draftElsewhere(); }),
    ];
    this.draw();
  }

  #met() {
    this.peopleChanged += 1;
    this.draw();
  }

  /** @param {{conversation_id: string, user_id: string}} event */
  #isTheirs({ conversation_id, user_id }) {
    return conversation_id === this.id && user_id !== this.me;
  }

  /** Who has read up to there, of those who let it be known. @param {number} seq */
  readersOf(seq) {
    return (this.conversation?.readers || []).filter(({ read_seq }) => read_seq >= seq).map(({ user_id }) => user_id);
  }

  /** Find or make the conversation, and read it. */
  async #open() {
    if (this.user && !this.client.state.people.has(this.user)) this.#meet();
    try {
      if (this.id) this.#read(this.id);
      else this.#read((await this.client.openWith(this.user)).id);
      if (this.id && !this.conversation) await this.client.fetchConversation(this.id);
      if (this.kind !== 'direct') (await import('./walls.js')).followBlocks(this.client);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) this.onClose();
    }
  }

  async #meet() {
    const person = await this.client.insist(() => this.client.session.call('GET', path`/v1/users/${this.user}`)).catch(() => null);
    if (person) this.client.state.meetPeople([person]);
  }

  /** @param {string} id */
  #read(id) {
    this.id = id;
    this.history = new History(this.client, id);
    this.reading.begin();
    this.writing.begin();
    if (this.conversation?.marked_unread) this.#openedAgain();
    this.#heard();
  }

  /** It was left for later, and later is now. */
  async #openedAgain() {
    (await import('./acts.js')).setUnread(this, false);
  }

  #heard() {
    this.draw();
    if (this.client.state.loaded) this.history?.catchUp().catch(() => null);
    this.#keep();
  }

  get looking() {
    return this.reading.looking;
  }

  look() {
    this.reading.look();
  }

  #draw() {
    const entries = this.entries.list();
    const thread = this.history?.thread;
    this.anchor.adrift = Boolean(thread?.detour);
    this.reading.divide();
    this.#drawHead();
    this.#drawBeginning(entries.length);
    this.anchor.hold(() => this.log.draw(entries, { newAfter: this.reading.newAfter, head: this.beginning }));
    this.bones.hidden = Boolean(thread?.loaded) || entries.length > 0;
    this.reading.drawn();
    if (this.anchor.nearTop) this.#older();
  }

  drawNow() {
    this.#draw();
  }

  #drawHead() {
    const { subject, small, conversation } = this;
    const typing = this.theirs.users.map((user) => this.nameOf(user));
    this.head.draw({ subject, conversation, unread: conversation ? unreadOf(conversation) : 0, small, up: this.client.up, typing });
    const name = nameOf(subject);
    set(this.element, 'aria-label', say('chat_with', { name }));
    set(this.log.element, 'aria-label', say('messages_with', { name }));
    this.element.classList.toggle('small', small);
    this.#drawPins();
    this.menu.hidden = !offered(chatMenu, { chat: this }).length;
    this.#drawGate();
    this.writing.redraw();
  }

  #pinsChanged = 0;
  /** @type {Promise<import('./pins.js').PinBanner> | null} */
  #banner = null;

  /** What is pinned has its own module. */
  async #drawPins() {
    const pins = this.conversation?.pins || 0;
    if (!pins && !this.#pinsChanged) return;
    this.#banner ??= import('./pins.js').then(({ PinBanner }) => new PinBanner(this));
    (await this.#banner).refresh(`${pins} ${this.#pinsChanged}`);
  }

  #joining = /** @type {import('./joining.js').Joining | null} */ (null);

  /** Who only reads a room may join it before writing. */
  async #drawGate() {
    const reads = () => this.kind === 'room' && !this.conversation?.role;
    if (reads() && !this.#joining) {
      const { Joining } = await import('./joining.js');
      this.#joining ??= new Joining(this);
    }
    this.composer.element.hidden = reads() || Boolean(this.conversation?.blocked);
    this.#drawThreshold();
    if (reads() && this.#joining) this.element.append(this.#joining.element);
    else this.#joining?.element.remove();
  }

  #threshold = /** @type {import('./requests.js').Threshold | null} */ (null);

  /** What a stranger asks, or that the other one is blocked, stands over the messages. */
  async #drawThreshold() {
    const { conversation } = this;
    if (!this.#threshold && !conversation?.request && !conversation?.blocked) return;
    const { Threshold } = await import('./requests.js');
    if (!this.#threshold) this.pinned.before((this.#threshold = new Threshold(this)).element);
    this.#threshold.draw();
  }

  /** @param {number} count */
  #drawBeginning(count) {
    const thread = this.history?.thread;
    this.beginning.hidden = !thread?.loaded || thread.shown.more;
    this.beginning.classList.toggle('alone', !count);
    if (this.beginning.hidden) return;
    const face = new Face();
    const name = nameOf(this.subject);
    face.show({ ...this.subject, presence: '' });
    const hint = thread.trimmed ? say('trimmed') : say(count ? 'beginning' : 'first_words_hint');
    const title = count || thread.trimmed ? name : say('first_words', { name });
    this.beginning.replaceChildren(face.element, h('b', { dir: 'auto' }, title), h('span', {}, hint));
  }

  #older() {
    this.history?.older().catch(() => null);
  }

  /** Something of one's own goes out. */
  sent() {
    this.reading.sent();
  }

  /** Show that message, wherever it is. @param {number} seq */
  async jumpTo(seq) {
    if (await this.reading.to(seq)) return true;
    (await import('./notice.js')).notice(say('message_gone'));
    return false;
  }

  /** The newest of one's own that may still be changed, if it is among the newest here. @returns {Entry | undefined} */
  lastOwn() {
    return this.entries.list().slice(-50).reverse().find((entry) => offered(messageActions, { chat: this, entry }).some(({ name }) => name === 'edit'));
  }

  /** @param {Entry} entry @param {{emoji: string, on: boolean}} reaction */
  async react(entry, reaction) {
    (await import('./acts.js')).react({ chat: this, entry }, reaction);
  }

  /** @param {Entry} entry @param {HTMLElement} from */
  async pickReaction(entry, from) {
    (await import('./acts.js')).pickReaction({ chat: this, entry, from });
  }

  /** @param {string} user @param {HTMLElement} from */
  async showPerson(user, from) {
    (await import('./acts.js')).showPerson({ chat: this, user, from });
  }

  /** @param {Entry} entry of one's own that was refused */
  retry(entry) {
    const item = this.#item(entry);
    if (item) this.client.outbox.retry(item);
  }

  /** @param {Entry} entry of one's own that was refused */
  discard(entry) {
    const item = this.#item(entry);
    if (item) this.client.outbox.remove(item);
  }

  /** @param {Entry} entry */
  #item({ client_id }) {
    return this.client.outbox.items(this.id || '').find((one) => one.client_id === client_id);
  }

  #openMenu() {
    openMenu(offered(chatMenu, { chat: this }), { context: { chat: this }, from: this.menu, within: this.element, label: say('more') });
  }

  /** @param {KeyboardEvent} event */
  #keyed(event) {
    if (event.key !== 'Escape' || event.isComposing) return;
    event.stopPropagation();
    this.onClose();
  }

  /** @param {boolean} small */
  setSmall(small) {
    this.small = small;
    this.element.classList.toggle('small', small);
    this.composer.grow();
    this.anchor.settle();
    this.draw();
  }

  /** It is on the page now, or in another place: measure again. */
  placed() {
    this.composer.grow();
    this.anchor.settle();
    this.look();
  }

  /** The window is closed for good. */
  close() {
    for (const untie of this.#ties) untie();
    this.own.stop();
    this.theirs.stop();
    this.history?.forget();
    this.history = null;
    this.element.remove();
  }
}
