// @ts-check
import { addressesOf } from './addresses.js';
import { h, icon, loadStyle, set } from './dom.js';
import { isFilm, isPicture, isSound } from './kinds.js';
import { sizeText } from './sizes.js';
import { say } from './strings.js';
import { reason, uploadOf } from './uploads.js';

/** @typedef {{id: string, key?: string, name: string, type: string, size: number, width?: number, height?: number, duration_ms?: number, waveform?: number[], thumb?: boolean}} FileOf */
/** @typedef {{entry: any, chat: import('./chat.js').Chat}} Where */

// A picture keeps its shape within these; its place is there before it is.
const WIDEST_PX = 240;
const TALLEST_PX = 300;
const SMALLEST_PX = 72;
const FIRST_LETTERS = 4;

await loadStyle('./attachments.css');

/** Draw the files of a message in their place, which is as large from now on as it will be. @param {HTMLElement} place @param {Where} where */
export function attach(place, { entry, chat }) {
  const files = /** @type {FileOf[]} */ (entry.files || []);
  const key = JSON.stringify([entry.mark === 'failed', files.map(({ id, key: stand }) => id || stand)]);
  if (place.dataset.key === key) return;
  place.dataset.key = key;
  const pictures = files.filter(isPicture);
  const others = files.filter((file) => !isPicture(file));
  const where = { entry, chat };
  place.replaceChildren(...(pictures.length ? [gridOf(pictures, where)] : []), ...others.map((file) => other(file, where)));
}

/** @param {FileOf[]} pictures @param {Where} where */
function gridOf(pictures, where) {
  const alone = pictures.length === 1;
  const grid = h('div', { class: alone ? 'pictures alone' : 'pictures' }, ...pictures.map((file) => pictureOf(file, where)));
  if (!alone) return grid;
  const { width, height } = placeOf(pictures[0]);
  grid.style.width = `${width}px`;
  grid.style.aspectRatio = `${width} / ${height}`;
  return grid;
}

/** @param {FileOf} file */
function placeOf({ width = WIDEST_PX, height = WIDEST_PX }) {
  const scale = Math.min(1, WIDEST_PX / width, TALLEST_PX / height);
  return { width: Math.max(SMALLEST_PX, Math.round(width * scale)), height: Math.max(SMALLEST_PX, Math.round(height * scale)) };
}

/** @param {FileOf} file @param {Where} where */
function pictureOf(file, where) {
  const image = h('img', { alt: '', draggable: 'false' });
  const button = h('button', {
    type: 'button', class: 'picture', 'aria-label': say('open_picture', { name: file.name }), disabled: !file.id,
    onclick: async () => (await import('./gallery.js')).openGallery({ ...where, file, from: button }),
  }, image);
  show(image, button, file, where);
  follow(button, file, where);
  return button;
}

/** What was chosen on this page is there at once; the rest is fetched when its address is known. @param {HTMLImageElement} image @param {HTMLElement} button @param {FileOf} file @param {Where} where */
async function show(image, button, file, { entry, chat }) {
  const own = uploadOf(file);
  if (own?.preview) {
    image.src = own.preview;
    return;
  }
  if (!file.id) return;
  let tries = 0;
  const load = async () => {
    const address = await addressesOf(chat.client).find(entry.conversation_id, file.id, tries > 0);
    if (address) image.src = address.thumb_url || address.url;
    button.classList.toggle('gone', !address);
    if (!address) set(button, 'aria-label', `${file.name}, ${say('file_gone')}`);
  };
  image.addEventListener('error', () => { if (tries++ < 1) load(); });
  await load();
}

/** How far its upload is, until it is there. @param {HTMLElement} element @param {FileOf} file @param {Where} where */
function follow(element, file, { entry }) {
  const upload = file.id ? undefined : uploadOf(file);
  if (file.id || entry.mark === 'failed') {
    if (!file.id) element.append(h('span', { class: 'why' }, upload?.code ? reason(upload.code) : say('file_lost')));
    return;
  }
  const bar = h('span', { class: 'progress', role: 'progressbar', 'aria-label': say('uploading', { name: file.name }), 'aria-valuemin': 0, 'aria-valuemax': 100 });
  const draw = () => {
    bar.style.setProperty('--part', String(upload?.progress || 0));
    set(bar, 'aria-valuenow', Math.round((upload?.progress || 0) * 100));
  };
  upload?.on('change', draw);
  draw();
  element.append(bar);
}

/** @param {FileOf} file @param {Where} where */
function other(file, where) {
  if (isSound(file)) return sound(file, where);
  if (isFilm(file) && file.id) return film(file, where);
  return card(file, where);
}

/** @param {FileOf} file @param {Where} where */
function sound(file, where) {
  const { client } = where.chat;
  const place = h('div', { class: 'voice' });
  const find = async (/** @type {boolean} */ fresh) => uploadOf(file)?.preview
    || (file.id ? (await addressesOf(client).find(where.entry.conversation_id, file.id, fresh))?.url : null);
  import('./voice.js').then(({ Voice }) => place.replaceChildren(new Voice(file, find).element));
  follow(place, file, where);
  return place;
}

/** @param {FileOf} file @param {Where} where */
function film(file, { entry, chat }) {
  const player = h('video', { class: 'film', controls: true, preload: 'none', playsinline: true, 'aria-label': file.name });
  addressesOf(chat.client).find(entry.conversation_id, file.id).then((address) => { if (address) player.src = address.url; });
  let tries = 0;
  player.addEventListener('error', async () => {
    if (tries++) return;
    const address = await addressesOf(chat.client).find(entry.conversation_id, file.id, true);
    if (address) player.src = address.url;
  });
  return player;
}

/** Its suffix, as a stamp on the card. @param {FileOf} file */
const stamp = ({ name }) => (/\.([A-Za-z0-9]+)$/.exec(name)?.[1] || '').slice(0, FIRST_LETTERS).toUpperCase();

/** @param {FileOf} file @param {Where} where */
function card(file, where) {
  const size = sizeText(file.size);
  const link = h('a', {
    class: 'paper', role: 'link', tabindex: '0', 'aria-label': say('save_file', { name: file.name, size }), download: file.name, rel: 'noopener',
    onclick: (/** @type {Event} */ event) => { if (event.isTrusted) save(event, link, file, where); },
    onkeydown: (/** @type {KeyboardEvent} */ event) => { if (event.key === 'Enter' && !link.href) save(event, link, file, where); },
  }, h('span', { class: 'sight' }, icon('file'), h('span', { class: 'stamp' }, stamp(file))),
  h('span', { class: 'words' }, h('span', { class: 'name', dir: 'auto' }, file.name), h('span', { class: 'line' }, size)));
  follow(link, file, where);
  return link;
}

/** Addresses expire, so each press has its own. @param {Event} event @param {HTMLAnchorElement} link @param {FileOf} file @param {Where} where */
async function save(event, link, file, { entry, chat }) {
  event.preventDefault();
  if (!file.id) return;
  const address = await addressesOf(chat.client).find(entry.conversation_id, file.id);
  if (!address) {
    link.classList.add('gone');
    (await import('./notice.js')).notice(say('file_gone'), { alert: true });
    return;
  }
  link.href = address.url;
  link.click();
}
