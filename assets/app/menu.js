// @ts-check
import { h, icon } from './dom.js';
import { closePopup, isOpenFrom, Popup } from './popup.js';
import { say } from './strings.js';

/** @typedef {import('./actions.js').Action} Action */

/**
 * Arrow keys, Home and End go through the buttons in `element`.
 * @param {KeyboardEvent} event @param {HTMLElement} element
 */
function walk(event, element) {
  const items = /** @type {HTMLElement[]} */ ([...element.querySelectorAll('button:not([disabled])')]);
  const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  items.at(to % items.length)?.focus();
}

/**
 * A menu of what may be done here, from a table of actions.js; a second click on its button closes it.
 * @param {Action[]} actions
 * @param {{context: any, from: HTMLElement, within: HTMLElement, label: string, top?: Node | null}} parts top: stands above the lines
 */
export function openMenu(actions, { context, from, within, label, top = null }) {
  if (isOpenFrom(from)) {
    closePopup();
    return null;
  }
  const lines = actions.map((action) => h('button', {
    type: 'button', role: 'menuitem', class: action.danger ? 'option danger' : 'option', tabindex: '-1', 'data-action': action.name,
    onclick: () => { popup.close(); action.run({ ...context, from }); },
  }, icon(action.icon), h('span', {}, say(/** @type {'message'} */ (action.key)))));
  const list = h('div', { role: 'menu', 'aria-label': label, class: 'lines' }, ...lines);
  const element = h('div', { class: 'choices', onkeydown: (/** @type {KeyboardEvent} */ event) => walk(event, list) }, top, list);
  const popup = new Popup(element, { from, within, focus: lines[0] });
  return popup;
}
