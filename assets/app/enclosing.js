// @ts-check
import { h } from './dom.js';
import { say } from './strings.js';

/** Files that are pasted or dropped: what the browser hands over it takes back after the event, so they are read here, and dealt with elsewhere. */

/** @param {DataTransfer | null} data */
const hasFiles = (data) => Boolean(data?.types.includes('Files'));

/** @param {import('./chat.js').Chat} chat @param {Event} event @param {DataTransfer | null} data */
async function enclose(chat, event, data) {
  const files = [...(data?.files || [])];
  if (!files.length || !chat.mayWrite) return;
  event.preventDefault();
  (await import('./uploads.js')).enclose(chat, files);
}

/** Take what is pasted into or dropped onto the window of the chat. @param {import('./chat.js').Chat} chat */
export function followFiles(chat) {
  const { element } = chat;
  const veil = h('div', { class: 'veil', hidden: true });
  element.append(veil);
  let depth = 0;
  const show = (/** @type {number} */ change) => {
    depth = change && Math.max(0, depth + change);
    veil.hidden = !depth;
    veil.textContent = depth ? say('drop_files') : '';
  };
  const dragged = (/** @type {DragEvent} */ event, /** @type {number} */ change) => {
    if (!hasFiles(event.dataTransfer) || !chat.mayWrite) return;
    event.preventDefault();
    if (change) show(change);
  };
  element.addEventListener('dragenter', (event) => dragged(event, 1));
  element.addEventListener('dragover', (event) => dragged(event, 0));
  element.addEventListener('dragleave', (event) => dragged(event, -1));
  element.addEventListener('drop', (event) => { show(0); enclose(chat, event, event.dataTransfer); });
  element.addEventListener('paste', (event) => enclose(chat, event, event.clipboardData));
}
