// @ts-check
import { h, icon, write } from './dom.js';
import { timeText } from './sizes.js';
import { say } from './strings.js';

const TICK_MS = 1_000;

/**
 * Under a message that the server does not take yet: how long it waits, and a way to call it off.
 * @param {HTMLElement} place @param {{due: number, onDiscard: () => void}} parts due: when it goes out, in ms
 */
export function countDown(place, { due, onDiscard }) {
  const words = h('span', { role: 'timer' });
  const tick = () => write(words, say('goes_out', { time: timeText(Math.max(0, due - Date.now())) }));
  tick();
  place.replaceChildren(icon('clock'), words, h('button', { type: 'button', class: 'link', onclick: onDiscard }, say('delete')));
  const timer = setInterval(() => {
    if (words.isConnected) tick();
    else clearInterval(timer);
  }, TICK_MS);
}
