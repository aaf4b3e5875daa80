// @ts-check
import { Completion } from './completion.js';
import { Composer } from './composer.js';
import { h, icon, iconButton } from './dom.js';
import { Drafts } from './drafts.js';
import { flattened } from './formatting.js';
import { say } from './strings.js';
import { wordsOf } from './words.js';

const QUOTE = 200;
// See composer.js.
const IN_COMPOSITION = 229;

/** Writing in one conversation: the composer, what it answers or changes, the draft of it, and the sending. */
export class Writing {
  /** Text to send as soon as the conversation is known. @type {{text: string, more: any} | null} */
  #unsent = null;
  #context = h('div', { class: 'context', hidden: true });

  /** @param {import('./chat.js').Chat} chat @param {() => string} draftKey */
  constructor(chat, draftKey) {
    this.chat = chat;
    this.drafts = new Drafts(chat.client.storage, draftKey);
    this.composer = new Composer(chat, {
      draft: this.drafts.now.text,
      onSend: (text) => this.#send(text), onDraft: (text) => this.#drafted(text), onBlur: () => chat.own.stop(), onKey: (event) => this.#keyed(event),
    });
    this.composer.element.prepend(this.#context);
    this.completion = new Completion(chat, this.composer, (name, id) => this.drafts.set({ mentions: { ...this.drafts.now.mentions, [name]: id } }));
    this.#drawContext();
  }

  /** Answer a message. @param {import('./entries.js').Entry} entry */
  reply(entry) {
    const { seq, sender_id } = entry;
    if (this.drafts.now.edit) this.#leaveContext();
    this.drafts.set({ reply: { seq, sender_id, text: wordsOf(entry).slice(0, QUOTE) } });
    this.#drawContext();
    this.composer.focus();
  }

  /** Change a message of one's own. @param {import('./entries.js').Entry} entry */
  edit({ seq, text, mentions = [] }) {
    const before = this.drafts.now.edit?.before ?? this.composer.text;
    const named = Object.fromEntries(mentions.map((id) => [this.chat.nameOf(id), id]));
    this.drafts.set({ text, edit: { seq, before }, reply: undefined, mentions: named });
    this.composer.show(text);
    this.#drawContext();
    this.composer.focus();
  }

  /** Neither an answer nor a change any more. */
  #leaveContext() {
    const { edit } = this.drafts.now;
    this.drafts.set({ reply: undefined, edit: undefined, ...(edit && { text: edit.before }) });
    if (edit) this.composer.show(edit.before);
    this.#drawContext();
    this.composer.focus();
  }

  #drawContext() {
    const { reply, edit } = this.drafts.now;
    this.#context.hidden = !reply && !edit;
    if (this.#context.hidden) return;
    const who = reply && (reply.sender_id === this.chat.me ? say('me') : this.chat.nameOf(reply.sender_id));
    const title = edit ? say('editing') : say('replying', { name: String(who) });
    const text = edit ? this.chat.history?.thread.find(edit.seq)?.text || '' : reply?.text || '';
    const seq = edit?.seq || reply?.seq || 0;
    this.#context.replaceChildren(icon(edit ? 'edit' : 'reply'),
      h('button', { type: 'button', class: 'what', onclick: () => this.chat.jumpTo(seq) }, h('span', { class: 'name', dir: 'auto' }, title), h('span', { class: 'words', dir: 'auto' }, flattened(text))),
      iconButton('close', say('cancel'), { onclick: () => this.#leaveContext() }));
  }

  /** Names may have come since. */
  redraw() {
    this.composer.redraw();
    if (this.drafts.now.reply) this.#drawContext();
  }

  /** @param {string} text */
  #drafted(text) {
    this.drafts.set({ text });
    this.chat.own.wrote(text);
    this.completion.look();
  }

  /** Another tab wrote it. */
  draftElsewhere() {
    if (document.activeElement === this.composer.field) return;
    const { text } = this.drafts.read();
    if (text !== this.composer.text) this.composer.show(text);
    this.#drawContext();
  }

  /** @param {KeyboardEvent} event @returns {boolean} whether that was all it meant */
  #keyed(event) {
    if (event.isComposing || event.keyCode === IN_COMPOSITION) return false;
    if (this.completion.keyed(event)) return true;
    const { reply, edit } = this.drafts.now;
    if (event.key === 'Escape' && (reply || edit)) {
      event.stopPropagation();
      this.#leaveContext();
      return true;
    }
    if (event.key !== 'ArrowUp' || this.composer.text || edit) return false;
    const last = this.chat.lastOwn();
    if (last) this.edit(last);
    return Boolean(last);
  }

  /** Who is mentioned in `text`: those who were picked, and are still named in it. @param {string} text */
  #mentioned(text) {
    const { mentions = {} } = this.drafts.now;
    return [...new Set(Object.entries(mentions).filter(([name]) => text.includes(`@${name}`)).map(([, id]) => id))];
  }

  /** @param {string} text */
  async #send(text) {
    const { reply, edit } = this.drafts.now;
    const mentions = this.#mentioned(text);
    const files = edit ? undefined : this.composer.enclosed?.take();
    this.chat.own.stop();
    if (edit) {
      this.#leaveContext();
      (await import('./acts.js')).edit(this.chat, { seq: edit.seq, text, mentions });
      return;
    }
    this.drafts.clear();
    this.composer.show('');
    this.#drawContext();
    this.send(text, { reply, mentions, files });
  }

  /** @param {string} text @param {import('./outbox.js').More} [more] */
  send(text, more = {}) {
    if (!this.chat.id) {
      this.#unsent = { text, more };
      return;
    }
    this.chat.sent();
    this.chat.client.outbox.add(this.chat.id, text, more);
  }

  /** The conversation is known now. */
  begin() {
    const { text, more } = this.#unsent || {};
    this.#unsent = null;
    if (text) this.send(text, more);
    this.#drawContext();
  }
}
