// @ts-check
import { addressesOf } from './addresses.js';
import { openDialog } from './dialog.js';
import { h, iconButton, loadStyle, set, write } from './dom.js';
import { isPicture } from './kinds.js';
import { say } from './strings.js';
import { uploadOf } from './uploads.js';

const SWIPE_PX = 48;

await loadStyle('./gallery.css');

/** @typedef {import('./attachments.js').FileOf} FileOf */

/** The pictures that are loaded of a conversation, oldest first. @param {import('./chat.js').Chat} chat @returns {FileOf[]} */
function picturesOf(chat) {
  const messages = chat.history?.thread.messages || [];
  return messages.flatMap((/** @type {any} */ { files, deleted, hidden }) => (deleted || hidden ? [] : files || [])).filter((/** @type {FileOf} */ file) => file.id && isPicture(file));
}

/** One picture after the other, as large as there is room: keys, buttons, or a swipe. */
class Gallery {
  #at = 0;
  /** Where a swipe began. @type {number | null} */
  #from = null;

  /** @param {import('./chat.js').Chat} chat @param {FileOf} first */
  constructor(chat, first) {
    this.chat = chat;
    this.pictures = picturesOf(chat);
    if (!this.pictures.some(({ id }) => id === first.id)) this.pictures = [first];
    this.#at = this.pictures.findIndex(({ id }) => id === first.id);
    this.image = h('img', { class: 'large', draggable: 'false' });
    this.count = h('span', { class: 'count', role: 'status' });
    this.back = iconButton('back', say('previous_picture'), { onclick: () => this.#go(-1) });
    this.next = iconButton('next', say('next_picture'), { onclick: () => this.#go(1) });
    this.save = h('a', { class: 'push', download: '' }, say('save_picture'));
    const stage = h('div', {
      class: 'wall', onpointerdown: (/** @type {PointerEvent} */ event) => this.#pressed(event), onpointerup: (/** @type {PointerEvent} */ event) => this.#swiped(event),
    }, this.back, this.image, this.next);
    this.dialog = openDialog({ label: say('gallery'), wide: true, body: [stage, h('div', { class: 'below' }, this.count, this.save)] });
    this.dialog.element.classList.add('gallery');
    this.dialog.element.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => this.#keyed(event));
    this.#draw();
  }

  /** @param {number} step */
  #go(step) {
    const to = this.#at + step;
    if (to < 0 || to >= this.pictures.length) return;
    this.#at = to;
    this.#draw();
  }

  /** Forward is where the line of writing goes. */
  get #forward() {
    return document.dir === 'rtl' ? -1 : 1;
  }

  /** @param {KeyboardEvent} event */
  #keyed(event) {
    const step = { ArrowRight: this.#forward, ArrowLeft: -this.#forward, PageDown: 1, PageUp: -1, Home: -this.pictures.length, End: this.pictures.length }[event.key];
    if (!step) return;
    event.preventDefault();
    const last = this.pictures.length - 1;
    this.#go(Math.max(-this.#at, Math.min(last - this.#at, step)));
  }

  /** @param {PointerEvent} event */
  #pressed({ target, currentTarget, clientX, pointerId }) {
    if (/** @type {Element} */ (target).closest('button')) return;
    this.#from = clientX;
    // A swipe may end beside the picture.
    /** @type {Element} */ (currentTarget).setPointerCapture(pointerId);
  }

  /** @param {PointerEvent} event */
  #swiped({ clientX }) {
    if (this.#from === null) return;
    const moved = clientX - this.#from;
    this.#from = null;
    if (Math.abs(moved) > SWIPE_PX) this.#go(moved < 0 ? this.#forward : -this.#forward);
  }

  async #draw() {
    const file = this.pictures[this.#at];
    const { name, width, height, id } = file;
    set(this.image, 'alt', name);
    set(this.image, 'width', width);
    set(this.image, 'height', height);
    this.image.removeAttribute('src');
    write(this.dialog.title, name);
    write(this.count, say('picture_of', { number: this.#at + 1, count: this.pictures.length }));
    this.back.hidden = this.#at === 0;
    this.next.hidden = this.#at === this.pictures.length - 1;
    const address = await addressesOf(this.chat.client).find(String(this.chat.id), id);
    if (this.pictures[this.#at] !== file) return;
    this.image.src = uploadOf(file)?.preview || address?.url || '';
    this.save.hidden = !address;
    set(this.save, 'href', address?.url);
    set(this.save, 'download', name);
  }
}

/** @param {{chat: import('./chat.js').Chat, file: FileOf}} what */
export function openGallery({ chat, file }) {
  return new Gallery(chat, file);
}
