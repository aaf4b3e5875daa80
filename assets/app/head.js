// @ts-check
import { badgeText } from './bar.js';
import { h, icon, iconButton, set, write } from './dom.js';
import { Face, presenceLine, writeName } from './faces.js';
import { isolated, say } from './strings.js';

let heads = 0;

/** What stands under the name of a group or room. @param {import('./types.js').Conversation} conversation */
export const placeLine = ({ topic, members, partial }) => topic || (partial ? '' : say('members', { count: members || 0 }));

/** @param {string[]} names at least one */
function typingLine(names) {
  const [name, other] = names.map(isolated);
  if (names.length === 1) return say('typing', { name });
  return names.length === 2 ? say('typing_two', { name, other }) : say('typing_many', { count: names.length });
}

/** The top of a chat window: who it is with, and the buttons to shrink and close it. */
export class Head {
  /** @param {{onSmall: () => void, onClose: () => void}} react */
  constructor({ onSmall, onClose }) {
    heads += 1;
    this.face = new Face();
    this.name = h('span', { class: 'name', dir: 'auto' });
    this.line = h('span', { class: 'line', dir: 'auto', id: `line${heads}` });
    this.badge = h('span', { class: 'badge' });
    this.toggle = h('button', { type: 'button', class: 'row who', 'aria-describedby': `line${heads}`, onclick: onSmall },
      this.face.element, h('span', { class: 'words' }, this.name, this.line), this.badge);
    this.shrink = iconButton('minus', say('minimise'), { onclick: onSmall });
    const back = iconButton('back', say('back'), { onclick: onClose });
    back.classList.add('back');
    this.element = h('header', { class: 'head' }, back, this.toggle, this.shrink, iconButton('close', say('close_chat'), { onclick: onClose }));
  }

  /**
   * @param {{subject: any, conversation?: import('./types.js').Conversation, unread: number, small: boolean, up: boolean, typing: string[]}} now
   *   typing: the names of those who write
   */
  draw({ subject, conversation, unread, small, up, typing }) {
    this.face.show(subject);
    writeName(this.name, subject);
    // Our words go our way, whichever way the name inside them goes.
    set(this.line, 'dir', up && !typing.length ? 'auto' : null);
    this.line.classList.toggle('typing', up && typing.length > 0);
    const quiet = conversation && conversation.kind !== 'direct' ? placeLine(conversation) : presenceLine(subject);
    write(this.line, !up ? say('reconnecting') : typing.length ? typingLine(typing) : quiet);
    write(this.badge, unread ? badgeText(unread) : '');
    set(this.toggle, 'aria-expanded', String(!small));
    const word = say(small ? 'restore' : 'minimise');
    for (const name of ['aria-label', 'title']) set(this.shrink, name, word);
    this.shrink.replaceChildren(icon(small ? 'up' : 'minus'));
  }
}
