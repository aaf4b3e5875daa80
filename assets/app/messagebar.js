// @ts-check
import { messageActions, offered } from './actions.js';
import { h, iconButton } from './dom.js';
import { openMenu } from './menu.js';
import { isOpenFrom } from './popup.js';
import { say } from './strings.js';

const LONG_PRESS_MS = 450;
const STILL_PX = 10;

/**
 * What may be done with a message: a bar over the one under the pointer, a menu after a long press, and
 * the arrow keys from message to message with the menu behind Enter.
 */
export class MessageBar {
  #timer = 0;
  #from = { x: 0, y: 0 };
  #shown = '';

  /** @param {import('./chat.js').Chat} chat */
  constructor(chat) {
    this.chat = chat;
    this.element = h('div', { class: 'tools', role: 'group', 'aria-label': say('message_actions'), hidden: true });
    const { element } = chat.log;
    element.addEventListener('pointerover', (/** @type {PointerEvent} */ event) => { if (event.pointerType === 'mouse') this.#over(event.target); });
    element.addEventListener('pointerleave', () => this.#hide());
    element.addEventListener('pointerdown', (/** @type {PointerEvent} */ event) => this.#pressed(event));
    for (const name of ['pointerup', 'pointercancel', 'scroll']) element.addEventListener(name, () => clearTimeout(this.#timer));
    element.addEventListener('pointermove', (/** @type {PointerEvent} */ event) => this.#moved(event));
    element.addEventListener('contextmenu', (/** @type {Event} */ event) => { if (this.#held) event.preventDefault(); });
    // Else the end of the press would pick whatever has come to lie under the finger.
    element.addEventListener('touchend', (/** @type {Event} */ event) => { if (this.#held) event.preventDefault(); }, { passive: false });
    element.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => this.#keyed(event));
    element.addEventListener('focusin', (/** @type {Event} */ event) => this.chat.log.bubbleOf(event.target)?.announce());
  }

  #held = false;

  /** @param {EventTarget | null} target */
  #over(target) {
    if (this.element.contains(/** @type {Node} */ (target)) || this.#isOpen) return;
    const bubble = this.chat.log.bubbleOf(target);
    if (!bubble) return;
    const { entry } = bubble;
    const actions = offered(messageActions, { chat: this.chat, entry });
    this.element.hidden = !actions.length;
    if (!actions.length) return;
    const shown = JSON.stringify([entry.client_id, actions.map(({ name }) => name)]);
    if (shown !== this.#shown) this.#fill(actions, bubble);
    this.#shown = shown;
    if (this.element.parentNode !== bubble.body) bubble.body.append(this.element);
  }

  get #isOpen() {
    return [...this.element.children].some((button) => isOpenFrom(/** @type {HTMLElement} */ (button)));
  }

  /** @param {import('./actions.js').Action[]} actions @param {import('./bubble.js').Bubble} bubble */
  #fill(actions, bubble) {
    const { chat } = this;
    const quick = actions.filter((action) => action.quick).map((action) => {
      const words = say(/** @type {'message'} */ (action.key));
      return iconButton(action.icon, words, { 'data-action': action.name, tabindex: '-1', onclick: (/** @type {any} */ event) => action.run({ chat, entry: bubble.entry, from: event.currentTarget }) });
    });
    const more = iconButton('dots', say('more'), { 'aria-haspopup': 'menu', tabindex: '-1', onclick: (/** @type {any} */ event) => this.open(bubble, event.currentTarget) });
    this.element.replaceChildren(...quick, more);
  }

  #hide() {
    if (this.#isOpen) return;
    this.element.remove();
    this.#shown = '';
  }

  /** @param {import('./bubble.js').Bubble} bubble @param {HTMLElement} [from] */
  async open(bubble, from = bubble.body) {
    const { chat } = this;
    const context = { chat, entry: bubble.entry, from };
    const actions = offered(messageActions, context);
    // Who came by a long press or by keyboard has not seen the bar with the reactions.
    const row = from === bubble.body && actions.some(({ name }) => name === 'react');
    const top = row ? (await import('./acts.js')).quickRow(context, () => popup?.close()) : null;
    const popup = openMenu(actions.filter(({ name }) => !row || name !== 'react'), { context, from, within: chat.element, label: say('message_actions'), top });
  }

  /** @param {PointerEvent} event */
  #pressed(event) {
    clearTimeout(this.#timer);
    this.#held = false;
    const bubble = this.chat.log.bubbleOf(event.target);
    if (event.pointerType === 'mouse' || !bubble) return;
    this.#from = { x: event.clientX, y: event.clientY };
    this.#timer = window.setTimeout(() => {
      this.#held = true;
      this.open(bubble);
    }, LONG_PRESS_MS);
  }

  /** @param {PointerEvent} event */
  #moved(event) {
    if (Math.hypot(event.clientX - this.#from.x, event.clientY - this.#from.y) > STILL_PX) clearTimeout(this.#timer);
  }

  /** @param {KeyboardEvent} event */
  #keyed(event) {
    const { log, composer } = this.chat;
    const target = /** @type {HTMLElement} */ (event.target);
    const bubble = log.bubbleOf(target);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && (target === log.element || bubble)) {
      event.preventDefault();
      this.#walk(bubble?.element, step);
    } else if (bubble?.element === target && (event.key === 'Enter' || event.key === ' ' || event.key === 'ContextMenu')) {
      event.preventDefault();
      this.open(bubble);
    } else if (bubble && event.key === 'Escape') {
      event.stopPropagation();
      composer.focus();
    }
  }

  /** @param {HTMLElement | undefined} from @param {number} step */
  #walk(from, step) {
    const all = /** @type {HTMLElement[]} */ ([...this.chat.log.element.querySelectorAll(':scope > .message')]);
    const next = from ? all[all.indexOf(from) + step] : all[all.length - 1];
    next?.focus();
  }
}
