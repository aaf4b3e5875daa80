// @ts-check
import { h, icon, set, write } from './dom.js';
import { say } from './strings.js';

/** @typedef {{emoji: string, count: number, user_ids: string[]}} Reaction */

/** The pills under a message: which emoji, how many, one's own marked; a click adds or takes back one's own. */
export class Reactions {
  /** @type {Map<string, {button: HTMLElement, count: HTMLElement, own: boolean}>} */
  #pills = new Map();

  /**
   * @param {import('./chat.js').Chat} chat
   * @param {(emoji: string, on: boolean) => void} onToggle
   */
  constructor(chat, onToggle) {
    this.chat = chat;
    this.onToggle = onToggle;
    this.more = h('button', { type: 'button', class: 'pill plus', 'aria-label': say('react'), title: say('react') }, icon('smile'));
    this.element = h('div', { class: 'reactions', role: 'group', 'aria-label': say('reactions') });
  }

  /** @param {Reaction[]} reactions */
  draw(reactions) {
    const now = new Set(reactions.map(({ emoji }) => emoji));
    for (const [emoji, { button }] of this.#pills) {
      if (now.has(emoji)) continue;
      button.remove();
      this.#pills.delete(emoji);
    }
    for (const reaction of reactions) this.#show(reaction);
    this.element.append(this.more);
  }

  /** @param {Reaction} reaction */
  #show({ emoji, count, user_ids }) {
    let pill = this.#pills.get(emoji);
    if (!pill) this.#pills.set(emoji, pill = this.#make(emoji));
    const { me } = this.chat;
    pill.own = user_ids.includes(me);
    write(pill.count, String(count));
    set(pill.button, 'aria-pressed', String(pill.own));
    const names = [...user_ids].sort((one, other) => Number(other === me) - Number(one === me)).map((id) => (id === me ? say('me') : this.chat.nameOf(id)));
    const rest = count - user_ids.length;
    const who = new Intl.ListFormat(document.documentElement.lang, { type: 'conjunction' }).format(rest > 0 ? [...names, say('others', { count: rest })] : names);
    set(pill.button, 'title', say('reacted', { names: who, emoji }));
    set(pill.button, 'aria-label', say('reacted', { names: who, emoji }));
  }

  /** @param {string} emoji */
  #make(emoji) {
    const count = h('span', { class: 'number' });
    const button = h('button', { type: 'button', class: 'pill', onclick: () => this.onToggle(emoji, !this.#pills.get(emoji)?.own) },
      h('span', { class: 'glyph' }, emoji), count);
    this.element.insertBefore(button, this.more.isConnected ? this.more : null);
    return { button, count, own: false };
  }
}
