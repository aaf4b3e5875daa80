// @ts-check
import { clock, moment } from './dates.js';
import { h, icon, set, write } from './dom.js';
import { Face, hueOf, writeName } from './faces.js';
import { formatted, writeFlat } from './formatting.js';
import { Reactions } from './reactions.js';
import { say } from './strings.js';
import { wordsOf } from './words.js';

/** @typedef {import('./entries.js').Entry} Entry */

// Up to three pictures and nothing else are drawn large: flags, keycaps, and whatever is joined or tinted.
const TINTS = '[\\ufe0f\\u{1f3fb}-\\u{1f3ff}\\u{e0020}-\\u{e007f}]*';
const PICTURE = `(?:\\p{RI}\\p{RI}|[#*0-9]\\ufe0f?\\u20e3|\\p{Extended_Pictographic}${TINTS}(?:\\u200d\\p{Extended_Pictographic}${TINTS})*)`;
const JUMBO = new RegExp(`^(?:${PICTURE}\\s?){1,3}$`, 'u');
const PICTURES = { pending: 'clock', held: 'clock', sent: 'check', delivered: 'checks', read: 'checks', failed: 'alert' };
/** What the site does not let through: to send it again is of no use. */
const REFUSED = /** @type {const} */ ({ message_refused: 'refused', links_not_yet: 'no_links_yet', banned: 'banned' });

/** One message: who, what it answers, bubble, time, reactions, and for one's own what became of it. */
export class Bubble {
  #face = /** @type {Face | null} */ (null);
  #sender = /** @type {HTMLElement | null} */ (null);
  #quote = /** @type {HTMLElement | null} */ (null);
  #reactions = /** @type {Reactions | null} */ (null);
  #drawn = /** @type {Partial<Entry>} */ ({});
  #shown = '';
  #textKey = '';

  /**
   * @param {Entry} entry
   * @param {import('./chat.js').Chat} chat
   */
  constructor(entry, chat) {
    this.chat = chat;
    this.entry = entry;
    this.mine = entry.sender_id === chat.me;
    this.text = h('div', { class: 'text', dir: 'auto' });
    this.files = h('div', { class: 'files', hidden: true });
    this.edited = h('span', { class: 'edited', hidden: true });
    this.body = h('div', { class: 'bubble' }, this.files, this.text, this.edited);
    this.time = h('time', { class: 'at' });
    this.state = h('span', { class: 'state' });
    this.element = h('div', { class: this.mine ? 'message mine' : 'message', role: 'article', tabindex: '-1' }, this.body, this.time, this.state);
  }

  /**
   * @param {Entry} entry
   * @param {{first: boolean, last: boolean}} place in its group
   */
  show(entry, { first, last }) {
    const { element } = this;
    const shown = `${first} ${last} ${this.chat.peopleChanged}`;
    if (entry === this.entry && shown === this.#shown) return;
    this.entry = entry;
    this.#shown = shown;
    element.classList.toggle('first', first);
    element.classList.toggle('last', last);
    element.classList.toggle('marked', entry.marked);
    element.classList.toggle('deleted', Boolean(entry.deleted));
    set(element, 'data-seq', entry.seq || null);
    set(element, 'data-id', entry.client_id);
    set(element, 'data-mark', this.mine ? entry.mark : null);
    if (this.mine) this.#showMark(entry);
    else this.#showSender(first, last);
    this.#showBody(entry);
    this.#showReactions(entry);
    this.#fold(!this.#unfolded && this.chat.kind !== 'direct' && this.chat.client.state.blocked.has(entry.sender_id));
    this.#drawn = entry;
  }

  #unfolded = false;
  #cover = /** @type {HTMLElement | null} */ (null);

  /** What somebody says whom the person has blocked is there to be looked at, and not in the way. @param {boolean} on */
  #fold(on) {
    if (on && !this.#cover) {
      const open = () => { this.#unfolded = true; this.#fold(false); };
      this.#cover = h('button', { type: 'button', class: 'cover', 'aria-expanded': 'false', onclick: open }, say('blocked_message'), ' · ', h('b', {}, say('show')));
      this.body.before(this.#cover);
    }
    if (this.#cover) this.#cover.hidden = !on;
    this.body.hidden = on;
  }

  /** @param {Entry} entry */
  #showBody(entry) {
    const { text, created_at, files, reply, edited_at } = entry;
    const mentioned = entry.mentions?.map((id) => ({ id, name: this.chat.person(id).name }));
    const key = JSON.stringify([text, entry.deleted, mentioned]);
    if (this.#textKey !== key) this.#showText(entry, mentioned);
    this.#textKey = key;
    if (this.#drawn.files !== files) this.#showFiles(entry);
    this.#showQuote(reply);
    this.edited.hidden = !edited_at || Boolean(entry.deleted);
    if (edited_at) {
      write(this.edited, say('edited'));
      this.edited.title = say('edited_at', { time: moment(edited_at) });
    }
    if (this.#drawn.created_at === created_at) return;
    this.time.textContent = clock(created_at);
    this.time.title = moment(created_at);
    this.time.dateTime = new Date(created_at).toISOString();
  }

  /** @param {Entry} entry @param {{id: string, name: string}[]} [mentioned] */
  #showText({ text, deleted }, mentioned) {
    const { chat } = this;
    const nodes = deleted ? [say('deleted')] : formatted(text, { mentioned, me: chat.me, onMention: (id, from) => chat.showPerson(id, from) });
    this.text.replaceChildren(...nodes);
    this.text.classList.toggle('jumbo', !deleted && JUMBO.test(text));
    this.text.hidden = !text && !deleted;
  }

  /** Pictures and other files come in their own module. @param {Entry} entry */
  async #showFiles(entry) {
    this.files.hidden = !entry.files?.length;
    if (this.files.hidden) return;
    const { attach } = await import(/** @type {any} */ ('./attachments.js'));
    this.chat.anchor.hold(() => attach(this.files, { entry, chat: this.chat }));
  }

  /** @param {Entry['reply']} reply */
  #showQuote(reply) {
    if (!reply) {
      this.#quote?.remove();
      this.#quote = null;
      return;
    }
    if (!this.#quote) {
      const [name, words] = [h('span', { class: 'name', dir: 'auto' }), h('span', { class: 'words', dir: 'auto' })];
      this.#quote = h('button', { type: 'button', class: 'quote', onclick: () => this.entry.reply && this.chat.jumpTo(this.entry.reply.seq) }, name, words);
      this.body.prepend(this.#quote);
    }
    const name = reply.sender_id === this.chat.me ? say('me') : this.chat.nameOf(reply.sender_id);
    write(/** @type {Node} */ (this.#quote?.firstChild), name);
    writeFlat(/** @type {Node} */ (this.#quote?.lastChild), reply.text || say('no_text'));
    set(/** @type {Element} */ (this.#quote), 'aria-label', say('answers', { name, text: reply.text }));
  }

  /** @param {Entry} entry */
  #showReactions({ reactions }) {
    if (!reactions?.length) {
      this.#reactions?.element.remove();
      this.#reactions = null;
      return;
    }
    if (!this.#reactions) {
      this.#reactions = new Reactions(this.chat, (emoji, on) => this.chat.react(this.entry, { emoji, on }));
      this.#reactions.more.addEventListener('click', (event) => this.chat.pickReaction(this.entry, /** @type {HTMLElement} */ (event.currentTarget)));
      this.state.before(this.#reactions.element);
    }
    this.#reactions.draw(reactions);
  }

  /** @param {boolean} first @param {boolean} last */
  #showSender(first, last) {
    const sender = this.chat.person(this.entry.sender_id);
    if (last && !this.#face) {
      this.#face = new Face();
      this.#face.element.addEventListener('click', () => this.chat.showPerson(sender.id, /** @type {any} */ (this.#face?.element)));
      this.element.prepend(this.#face.element);
    }
    if (!last) {
      this.#face?.element.remove();
      this.#face = null;
    }
    this.#face?.show({ ...sender, presence: '' });
    const named = first && this.chat.kind !== 'direct';
    if (named && !this.#sender) {
      this.#sender = h('button', { type: 'button', class: 'sender', dir: 'auto', 'data-hue': hueOf(sender.id), onclick: (/** @type {any} */ event) => this.chat.showPerson(sender.id, event.currentTarget) });
      this.body.before(/** @type {Node} */ (this.#sender));
    }
    if (this.#sender) this.#sender.hidden = !named;
    if (this.#sender) writeName(this.#sender, sender);
  }

  /** @param {Entry} entry */
  #showMark({ mark, readers, due, failed }) {
    if (mark === this.#drawn.mark && readers === this.#drawn.readers && due === this.#drawn.due) return;
    const word = mark === 'read' && readers ? say('read_by', { count: readers.length }) : say(mark === 'pending' ? 'sending' : mark);
    set(this.state, 'title', readers?.length ? readers.map((id) => this.chat.nameOf(id)).join('\n') : null);
    if (due) this.#showWait(due);
    if (mark !== 'failed') {
      this.state.replaceChildren(icon(PICTURES[mark]), h('span', { class: readers ? '' : 'hush' }, word));
      return;
    }
    const why = REFUSED[/** @type {'banned'} */ (failed)];
    this.state.replaceChildren(icon('alert'), h('span', {}, why ? say(why) : word),
      ...(why ? [] : [h('button', { type: 'button', class: 'link', onclick: () => this.chat.retry(this.entry) }, say('retry'))]),
      h('button', { type: 'button', class: 'link', onclick: () => this.chat.discard(this.entry) }, say('delete')));
  }

  /** @param {number} due */
  async #showWait(due) {
    const { countDown } = await import('./countdown.js');
    if (this.entry.due === due) countDown(this.state, { due, onDiscard: () => this.chat.discard(this.entry) });
  }

  /** Say it all in one breath to who goes through the messages by keyboard; it costs too much to do for every one at once. */
  announce() {
    const { entry } = this;
    const name = this.mine ? say('me') : this.chat.nameOf(entry.sender_id);
    const text = [entry.text.slice(0, 1_000), wordsOf({ ...entry, text: '' })].filter(Boolean).join(', ');
    set(this.element, 'aria-label', say('message_label', { name, time: clock(entry.created_at), text }));
  }
}
