// @ts-check
import { h, loadStyle } from './dom.js';
import { stage } from './stage.js';

const STYLE = loadStyle('./dialog.css');
const SHOWN_MS = 6_000;
/** @type {() => void} */
let hide = () => {};

/**
 * Tell the person something in passing, at the foot of the frame; it goes by itself. A newer one takes its place.
 * @param {string} text
 * @param {{action?: string, run?: () => void, alert?: boolean}} [options] action: the label of a button, such as Undo
 */
export async function notice(text, { action, run, alert = false } = {}) {
  hide();
  await STYLE;
  const element = h('div', { class: 'notice', role: alert ? 'alert' : 'status' }, h('span', { dir: 'auto' }));
  const button = action && h('button', { type: 'button', class: 'link', onclick: () => { hide(); run?.(); } }, action);
  if (button) element.append(button);
  (document.querySelector('dialog[open]') || document.body).append(element);
  // A live region says only what is put into it after it was there.
  element.firstElementChild?.append(text);
  const conceal = stage.expose(element);
  const timer = setTimeout(() => hide(), SHOWN_MS);
  hide = () => {
    clearTimeout(timer);
    element.remove();
    conceal();
    hide = () => {};
  };
}
