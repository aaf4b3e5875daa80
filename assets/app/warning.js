// @ts-check
import { openDialog } from './dialog.js';
import { h } from './dom.js';
import { say } from './strings.js';

/** Show what those who look after the site have to say; it stays until the person closes it. @param {string} text */
export function warn(text) {
  openDialog({ label: say('warned'), body: h('p', { dir: 'auto' }, text), actions: [{ label: say('ok'), kind: 'main' }], small: true, sticky: true });
}
