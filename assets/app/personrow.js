// @ts-check
import { h, set, write } from './dom.js';
import { Face, nameOf, presenceLine, signOf, standingOf, writeName } from './faces.js';

/** One person in a list that uses its rows again; a person who is not here yet is a grey shape. */
export class PersonRow {
  user = '';

  /**
   * @param {(user: string) => void} onPick
   * @param {{props?: Record<string, any>, tail?: Node[], after?: Node[]}} [parts] props: of the button; tail: at its end; after: behind it
   */
  constructor(onPick, { props = {}, tail = [], after = [] } = {}) {
    this.face = new Face();
    this.name = h('span', { class: 'name', dir: 'auto' });
    this.line = h('span', { class: 'line', dir: 'auto' });
    this.button = h('button', { type: 'button', class: 'row', onclick: () => this.user && onPick(this.user), ...props },
      this.face.element, h('span', { class: 'words' }, this.name, this.line), ...tail);
    this.element = h('div', { role: 'listitem', class: 'slot' }, this.button, ...after);
  }

  /** @param {import('./types.js').Person | undefined} person @param {string[]} [more] what else is said of them */
  show(person, more = []) {
    this.user = person?.id || '';
    this.button.disabled = !person;
    this.element.classList.toggle('waiting', !person);
    if (!person) return;
    this.face.show(person);
    writeName(this.name, person);
    write(this.line, presenceLine(person));
    set(this.button, 'aria-label', nameOf(person));
    set(this.button, 'aria-description', [...more, signOf(person), standingOf(person), person.status_text].filter(Boolean).join(', '));
  }
}
