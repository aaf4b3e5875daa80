// @ts-check
import { h, icon, set, write } from './dom.js';
import { Face, nameOf, presenceWord } from './faces.js';
import { say } from './strings.js';

const CHOICES = /** @type {const} */ (['online', 'away', 'dnd', 'invisible']);
const TEXT_LIMIT = 140;

/** Who I am, how others see me, and the menu to change that. */
export class Status {
  /** @param {import('./client.js').Client} client */
  constructor(client) {
    this.client = client;
    this.face = new Face();
    this.name = h('span', { class: 'name', dir: 'auto' });
    this.line = h('span', { class: 'line', dir: 'auto' });
    this.toggle = h('button', { type: 'button', class: 'row me', 'aria-label': say('status'), 'aria-expanded': 'false', onclick: () => this.#open(this.menu.hidden) },
      this.face.element, h('span', { class: 'words' }, this.name, this.line), icon('down'));
    this.text = h('input', {
      class: 'field', 'aria-label': say('status_text'), placeholder: say('status_hint'), maxlength: TEXT_LIMIT, dir: 'auto', autocomplete: 'off',
      onchange: () => this.#save(), onkeydown: (/** @type {KeyboardEvent} */ event) => this.#typed(event),
    });
    this.choices = CHOICES.map((choice) => this.#choice(choice));
    this.menu = h('div', { class: 'menu', hidden: true, onkeydown: (/** @type {KeyboardEvent} */ event) => this.#keyed(event) },
      h('div', { role: 'radiogroup', 'aria-label': say('status') }, ...this.choices), this.text);
    this.element = h('div', { class: 'status' }, this.toggle, this.menu);
    client.state.on('own', () => this.draw());
    this.draw();
  }

  /** @param {typeof CHOICES[number]} choice */
  #choice(choice) {
    return h('button', { type: 'button', role: 'radio', class: 'choice', value: choice, onclick: () => this.#choose(choice) },
      h('span', { class: 'dot', 'data-presence': choice }),
      h('span', { class: 'words' }, h('b', {}, say(choice)), h('span', { class: 'line' }, say(`${choice}_hint`))), icon('check'));
  }

  draw() {
    const { me, own } = this.client.state;
    this.face.show({ ...me, presence: own.presence });
    write(this.name, me.name ? nameOf(me) : '');
    write(this.line, own.status_text || presenceWord(own.presence));
    for (const choice of this.choices) set(choice, 'aria-checked', String(choice.value === own.presence));
    if (document.activeElement !== this.text) this.text.value = own.status_text;
  }

  /** @param {boolean} open */
  #open(open) {
    this.menu.hidden = !open;
    set(this.toggle, 'aria-expanded', String(open));
    if (open) this.choices.find((choice) => choice.getAttribute('aria-checked') === 'true')?.focus();
  }

  /** @param {string} presence */
  #choose(presence) {
    this.#save();
    this.client.choosePresence({ presence });
    this.#open(false);
    this.toggle.focus();
  }

  #save() {
    const status_text = this.text.value.trim();
    if (status_text !== this.client.state.own.status_text) this.client.choosePresence({ status_text });
  }

  /** @param {KeyboardEvent} event */
  #typed(event) {
    if (event.key !== 'Enter' || event.isComposing) return;
    // Else the same key would press the button that gets the focus.
    event.preventDefault();
    this.#save();
    this.#open(false);
    this.toggle.focus();
  }

  /** @param {KeyboardEvent} event */
  #keyed(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const at = this.choices.indexOf(/** @type {any} */ (document.activeElement));
    if (step && at >= 0) {
      event.preventDefault();
      this.choices[(at + step + this.choices.length) % this.choices.length].focus();
    }
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    this.#open(false);
    this.toggle.focus();
  }
}
