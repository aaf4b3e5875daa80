// @ts-check
/**
 * What only a page of the host may do: browsers refuse notifications to frames of another site.
 *
 * Fetched by im.js when the widget first needs it. It never asks by itself: `ask` is called for a click in the frame, whose
 * activation the page shares.
 */

/** @typedef {(verb: string, detail: any) => void} Post to the frame */
/** @typedef {{id: string, title: string, body: string, icon: string, lang: string, dir: NotificationDirection, target: any}} Note */

/** What is on the screen, by conversation. @type {Map<string, Notification>} */
const shown = new Map();

/** @returns {string} granted, denied, default, or none where there are no notifications */
export const permission = () => (window.Notification && window.isSecureContext ? Notification.permission : 'none');

/** @returns {Promise<string>} */
export const ask = async () => (permission() === 'default' ? Notification.requestPermission() : permission());

/**
 * Show it in place of the conversation's last one; a click brings the page to the front and opens the window.
 * @param {Post} post @param {Note} note
 */
export function notify(post, { id, title, body, icon, lang, dir, target }) {
  if (permission() !== 'granted') return false;
  let note;
  try {
    // Its sound is ours to make, or not to make. `renotify` is not in every browser's types yet.
    note = new Notification(title, /** @type {any} */ ({ body, icon, lang, dir, tag: `im:${id}`, renotify: true, silent: true }));
  } catch {
    return false; // phones want a service worker, which is the host's to have
  }
  shown.get(id)?.close();
  shown.set(id, note);
  note.onclick = () => {
    window.focus();
    post('open', target);
    note.close();
  };
  note.onclose = () => { if (shown.get(id) === note) shown.delete(id); };
  return true;
}

/** It has been read. @param {Post} _post @param {string} id */
export function withdraw(_post, id) {
  shown.get(id)?.close();
  shown.delete(id);
}
