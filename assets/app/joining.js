// @ts-check
import { h, loadStyle, set } from './dom.js';
import { joinRoom } from './roomlist.js';
import { say } from './strings.js';

/** In place of the composer in a room that the person only reads. */
export class Joining {
  /** @param {import('./chat.js').Chat} chat */
  constructor(chat) {
    loadStyle('./groups.css');
    const join = async () => {
      set(this.button, 'disabled', true);
      await joinRoom(chat.client, String(chat.id));
      set(this.button, 'disabled', false);
      if (!this.element.isConnected) chat.composer.focus();
    };
    this.button = h('button', { type: 'button', class: 'push main', onclick: join }, say('join'));
    this.element = h('div', { class: 'joining' }, h('span', {}, say('join_to_write')), this.button);
  }
}
