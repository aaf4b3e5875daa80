// @ts-check
import './icons.js';
import { chatMenu, offered } from './actions.js';
import { ApiError, path } from './api.js';
import { badgeText } from './bar.js';
import { Composer } from './composer.js';
import { h, icon, iconButton, loadStyle, set, write } from './dom.js';
import { Face, nameOf, placeOf } from './faces.js';
import { Head } from './head.js';
import { History } from './history.js';
import { Log } from './log.js';
import { personOf, stranger } from './lookup.js';
import { openMenu } from './menu.js';
import { MessageBar } from './messagebar.js';
import { Anchor } from './scroll.js';
import { unreadOf } from './state.js';
import { say } from './strings.js';
import { OwnTyping, TheirTyping } from './typing.js';
import { batched, debounced } from './waiting.js';

const KEEP_MS = 300;

await loadStyle('./messages.css');

/** One conversation in a window: head, log, composer. */
export class Chat {
  #user = '';
  /** @type {History | null} */
  history = null;
  /** The last seq above the line "New". */
  #newAfter = 0;
  #seenHead = 0;
  /** Text to send as soon as the conversation is known. */
  #unsent = '';
  /** @type {(() => void)[]} */
  #ties = [];
  #keep = debounced(KEEP_MS, () => this.history?.keep());
  draw = batched(() => this.#draw());
  own = new OwnTyping((typing) => { if (this.id) this.client.tellTyping(this.id, typing); });
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
    this.anchor = new Anchor(this.log.element, { onScroll: () => this.#scrolled(), onTop: () => this.#older() });
    this.composer = new Composer(this, {
      draft: client.storage.get(this.#draftKey) || '',
      onSend: (text) => this.#send(text), onDraft: (text) => this.#drafted(text), onBlur: () => this.own.stop(),
    });
    this.beginning = h('div', { class: 'beginning' });
    this.bones = h('div', { class: 'bones', 'aria-hidden': true }, ...[1, 2, 3, 4].map(() => h('div', { class: 'bone' })));
    this.news = h('span', { class: 'badge' });
    this.jump = h('button', { type: 'button', class: 'round jump', hidden: true, onclick: () => this.#toBottom() }, icon('down'), this.news);
    this.element = h('section', { class: 'card chat', onkeydown: (/** @type {KeyboardEvent} */ event) => this.#keyed(event) },
      this.head.element, h('div', { class: 'middle' }, this.log.element, this.bones, this.jump), this.composer.element);
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
    return this.user ? this.peer : placeOf(this.conversation);
  }

  /** As much as is known of somebody who wrote here. @param {string} id */
  person(id) {
    return personOf(this.client, id);
  }

  /** @param {string} id */
  nameOf(id) {
    return nameOf(this.person(id));
  }

  get #draftKey() {
    return `draft/${this.user ? encodeURIComponent(this.user) : `#${this.id}`}`;
  }

  #follow() {
    const { state, outbox, storage } = this.client;
    this.#ties = [
      state.on('people', (/** @type {string[] | undefined} */ ids) => { if (!ids || !this.user || ids.includes(this.user)) this.draw(); }),
      state.on('thread', (/** @type {string} */ id) => { if (id === this.id) this.#heard(); }),
      state.on('typing', (/** @type {any} */ event) => { if (this.#isTheirs(event)) this.#typing(event.user_id, event.type === 'typing.started'); }),
      state.on('arrived', (/** @type {any} */ message) => { if (this.#isTheirs({ ...message, user_id: message.sender_id })) this.theirs.set(false); }),
      state.on('conversations', () => { if (this.id) this.#drawHead(); }),
      this.client.on('link', this.draw),
      outbox.on('change', (/** @type {string} */ id) => { if (id === this.id) this.draw(); }),
      storage.watch((/** @type {string} */ key) => { if (key === this.#draftKey) this.#draftElsewhere(); }),
    ];
    this.draw();
  }

  /** @param {{conversation_id: string, user_id: string}} event */
  #isTheirs({ conversation_id, user_id }) {
    return conversation_id === this.id && user_id !== this.me;
  }

  /** Who was heard of last, of all who write. */
  #writer = '';

  /** @param {string} user @param {boolean} typing */
  #typing(user, typing) {
    if (!typing && user !== this.#writer) return;
    this.#writer = user;
    this.theirs.set(typing);
  }

  /** Find or make the conversation, and read it. */
  async #open() {
    if (this.user && !this.client.state.people.has(this.user)) this.#meet();
    try {
      if (this.id) this.#read(this.id);
      else this.#read((await this.client.openWith(this.user)).id);
      if (this.id && !this.conversation) await this.client.fetchConversation(this.id);
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
    this.#divide();
    this.#seenHead = this.history.thread.high;
    if (this.#unsent) this.#send(this.#unsent);
    this.#heard();
  }

  #heard() {
    this.draw();
    if (this.client.state.loaded) this.history?.catchUp().catch(() => null);
    this.#keep();
  }

  /** The line "New" stands where the person had read to when something came in unseen. */
  #divide() {
    const { conversation } = this;
    if (!conversation || this.looking) return;
    if (unreadOf(conversation) && !(this.#newAfter && this.#newAfter >= conversation.read_seq)) this.#newAfter = conversation.read_seq;
  }

  /** Whether the person has the newest messages before their eyes. */
  get looking() {
    const { bridge } = this.client;
    return !this.small && this.element.isConnected && !this.element.hidden && this.anchor.atBottom
      && document.visibilityState === 'visible' && (bridge.focused || document.hasFocus());
  }

  look() {
    const { conversation } = this;
    const high = this.history?.thread.high || 0;
    if (!conversation || conversation.partial || !this.looking || high <= conversation.read_seq) return;
    this.client.markRead(conversation.id, high);
  }

  /** @returns {import('./log.js').Entry[]} stored ones by seq, then those on their way */
  #entries() {
    const stored = this.history?.thread.messages || [];
    const known = new Set(stored.slice(-100).map((message) => message.client_id));
    const waiting = this.id ? this.client.outbox.items(this.id).filter((item) => !known.has(item.client_id)) : [];
    return [
      ...stored.map((message) => ({ ...message, mark: /** @type {const} */ ('sent') })),
      ...waiting.map((item) => ({ ...item, seq: 0, sender_id: this.client.session.user, mark: item.failed ? /** @type {const} */ ('failed') : /** @type {const} */ ('pending') })),
    ];
  }

  #draw() {
    const entries = this.#entries();
    this.#divide();
    this.#drawHead();
    this.#drawBeginning(entries.length);
    this.anchor.hold(() => this.log.draw(entries, { newAfter: this.#newAfter, head: this.beginning }));
    this.bones.hidden = Boolean(this.history?.thread.loaded) || entries.length > 0;
    this.#drawJump();
    this.look();
    if (this.anchor.nearTop) this.#older();
  }

  #drawHead() {
    const { subject, small, conversation } = this;
    const typing = this.theirs.on ? this.person(this.#writer) : null;
    this.head.draw({ subject, conversation, unread: conversation ? unreadOf(conversation) : 0, small, up: this.client.up, typing });
    const name = nameOf(subject);
    set(this.element, 'aria-label', say('chat_with', { name }));
    set(this.log.element, 'aria-label', say('messages_with', { name }));
    this.element.classList.toggle('small', small);
    this.menu.hidden = !offered(chatMenu, { chat: this }).length;
    this.#drawGate();
    this.composer.redraw();
  }

  #joining = /** @type {import('./joining.js').Joining | null} */ (null);

  /** Who only reads a room may join it before writing. */
  async #drawGate() {
    const reads = () => this.kind === 'room' && !this.conversation?.role;
    if (reads() && !this.#joining) {
      const { Joining } = await import('./joining.js');
      this.#joining ??= new Joining(this);
    }
    this.composer.element.hidden = reads();
    if (reads() && this.#joining) this.element.append(this.#joining.element);
    else this.#joining?.element.remove();
  }

  /** @param {number} count */
  #drawBeginning(count) {
    const thread = this.history?.thread;
    this.beginning.hidden = !thread?.loaded || thread.more;
    this.beginning.classList.toggle('alone', !count);
    if (this.beginning.hidden) return;
    const face = new Face();
    const name = nameOf(this.subject);
    face.show({ ...this.subject, presence: '' });
    const [title, hint] = count ? [name, say('beginning')] : [say('first_words', { name }), say('first_words_hint')];
    this.beginning.replaceChildren(face.element, h('b', { dir: 'auto' }, title), h('span', {}, hint));
  }

  #drawJump() {
    const high = this.history?.thread.high || 0;
    if (this.anchor.atBottom) this.#seenHead = high;
    const count = Math.max(0, high - this.#seenHead);
    this.jump.hidden = this.anchor.atBottom;
    write(this.news, count ? badgeText(count) : '');
    set(this.jump, 'aria-label', count ? say('to_bottom_new', { count }) : say('to_bottom'));
  }

  #scrolled() {
    this.#drawJump();
    this.look();
    this.onLook();
  }

  #older() {
    this.history?.older().catch(() => null);
  }

  #toBottom() {
    this.anchor.toBottom();
    this.composer.focus();
  }

  /** @param {string} text */
  #send(text) {
    if (!this.id) {
      this.#unsent = text;
      return;
    }
    this.#unsent = '';
    this.#newAfter = 0;
    this.composer.show('');
    this.#keepDraft('');
    this.own.stop();
    this.anchor.atBottom = true;
    this.client.outbox.add(this.id, text, { files: this.composer.enclosed?.take() });
  }

  /** @param {string} text */
  #drafted(text) {
    this.#keepDraft(text);
    this.own.wrote(text);
  }

  /** @param {string} text */
  #keepDraft(text) {
    this.client.storage.set(this.#draftKey, text || null);
  }

  #draftElsewhere() {
    const draft = this.client.storage.get(this.#draftKey) || '';
    if (document.activeElement !== this.composer.field && draft !== this.composer.text) this.composer.show(draft);
  }

  /** @param {import('./log.js').Entry} entry of one's own that was refused */
  retry(entry) {
    const item = this.#item(entry);
    if (item) this.client.outbox.retry(item);
  }

  /** @param {import('./log.js').Entry} entry of one's own that was refused */
  discard(entry) {
    const item = this.#item(entry);
    if (item) this.client.outbox.remove(item);
  }

  /** @param {import('./log.js').Entry} entry */
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
    this.theirs.set(false);
    this.history?.forget();
    this.history = null;
    this.element.remove();
  }
}
