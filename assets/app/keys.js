// @ts-check
import { stage } from './stage.js';

/** What can take the focus of a card: its text, else its search, else its first button. @param {Element} card @returns {HTMLElement | null} */
const entrance = (card) => /** @type {HTMLElement[]} */ (['.write', 'input[type="search"]', 'button'].flatMap((wanted) => [...card.querySelectorAll(wanted)]))
  .find((one) => one.getClientRects().length > 0) || null;

/** F6 goes round the panel and the windows, as it does round the parts of other programs. @param {KeyboardEvent} event */
function goRound(event) {
  const cards = [...stage.element.children].filter((card) => card.getClientRects().length > 0);
  // As they stand on the screen, from one edge to the other.
  cards.sort((one, other) => one.getBoundingClientRect().left - other.getBoundingClientRect().left);
  const at = cards.findIndex((card) => card.contains(document.activeElement));
  const next = cards[(at + (event.shiftKey ? -1 : 1) + cards.length) % cards.length];
  if (!next) return;
  event.preventDefault();
  entrance(next)?.focus();
}

/** Arrow keys, Home and End go through a list of rows; a virtual one does that itself. @param {KeyboardEvent} event */
function goThrough(event) {
  const row = /** @type {Element} */ (event.target).closest('.row');
  const list = row?.closest('[role="list"]');
  if (!row || !list || list.closest('.virtual')) return;
  const rows = /** @type {HTMLElement[]} */ ([...list.querySelectorAll('.row')]);
  const at = rows.indexOf(/** @type {HTMLElement} */ (row));
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
  if (to === undefined || !rows[to]) return;
  event.preventDefault();
  rows[to].focus();
}

/** Keys that belong to no part of the screen; docs/keyboard.md has all of them. */
export function followKeys() {
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    if (event.key === 'F6' && !document.querySelector('dialog[open]')) goRound(event);
    else goThrough(event);
  });
}
