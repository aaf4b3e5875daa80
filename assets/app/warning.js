// @ts-check
import { path } from './api.js';
import { openDialog } from './dialog.js';
import { h } from './dom.js';
import { say } from './strings.js';

/** @type {{id: string, dialog: ReturnType<typeof openDialog>} | null} */
let shown = null;
/** Closed here, whether or not the server has heard of it yet. @type {Set<string>} */
const closed = new Set();

/**
 * Show what those who look after the site have to say, one after the other. Each stays until the person closes it, in
 * whichever tab or device that is; till then it comes back on every page.
 * @param {import('./client.js').Client} client
 */
export function showWarnings(client) {
  const waiting = client.state.warnings.filter(({ id }) => !closed.has(id));
  if (shown && !waiting.some(({ id }) => id === shown?.id)) shown.dialog.close();
  if (shown || !waiting.length) return;
  const { id, text } = waiting[0];
  const onClose = () => {
    shown = null;
    closed.add(id);
    const isNews = client.state.warnings.some((one) => one.id === id);
    if (isNews) client.insist(() => client.session.call('DELETE', path`/v1/warnings/${id}`)).catch(() => null);
    showWarnings(client);
  };
  const actions = [{ label: say('ok'), kind: /** @type {const} */ ('main') }];
  const dialog = openDialog({ label: say('warned'), body: h('p', { dir: 'auto' }, text), actions, small: true, sticky: true, onClose });
  shown = { id, dialog };
}
