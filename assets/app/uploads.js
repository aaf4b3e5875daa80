// @ts-check
import { h, icon, iconButton, loadStyle, set, write } from './dom.js';
import { notice } from './notice.js';
import { sizeText } from './sizes.js';
import { say } from './strings.js';
import { PAGE, Upload } from './upload.js';
import { pause } from './waiting.js';

/** @typedef {import('./chat.js').Chat} Chat */
/** @typedef {import('./outbox.js').Outbox} Outbox */

const FILES = 10;
const LOOK_MS = 100;
const WORDS = ['picture_too_large', 'quota_exceeded', 'file_type_refused', 'file_broken', 'file_empty'];

await loadStyle('./attachments.css');

/** Those of this page, by key and then by the id of the file. @type {Map<string, Upload>} */
const known = new Map();
/** @type {WeakMap<Chat, Tray>} */
const trays = new WeakMap();
/** @type {WeakMap<object, Promise<any>>} */
const limits = new WeakMap();
let held = false;

/** The upload behind a file of a message, if it was made on this page. @param {{id: string, key?: string}} file */
export const uploadOf = ({ id, key }) => known.get(id || String(key));

/** What may be uploaded. @param {import('./client.js').Client} client @returns {Promise<{file_bytes: number}>} */
function limitsOf(client) {
  if (!limits.has(client)) limits.set(client, client.insist(() => client.session.call('GET', '/v1/files/limits')));
  return /** @type {Promise<any>} */ (limits.get(client));
}

/** Why it failed, for people. @param {string} code @param {number} [most] */
export function reason(code, most = 0) {
  if (code === 'file_too_large') return say('file_too_large', { size: sizeText(most) });
  return say(/** @type {'upload_failed'} */ (WORDS.includes(code) ? code : 'upload_failed'));
}

/** The other tabs may ask whether this page is still there. @param {import('./client.js').Client} client */
function holdPage({ session: { bridge, storage } }) {
  if (held || !bridge.welcome.locks) return;
  held = true;
  bridge.lock(`${storage.prefix}upload/${PAGE}`);
}

/** What goes with the next message of one chat, shown above the text. */
class Tray {
  /** @type {Upload[]} */
  #uploads = [];
  #list = h('ul', { class: 'enclosures', 'aria-label': say('files_to_send') });
  /** @type {WeakMap<Upload, HTMLElement>} */
  #tiles = new WeakMap();
  #most = 0;

  /** @param {Chat} chat */
  constructor(chat) {
    this.chat = chat;
    chat.composer.tray.append(this.#list);
  }

  /** @param {{body: Blob, name: string, hints?: any}[]} parts */
  async add(parts) {
    const { client } = this.chat;
    const room = Math.max(0, FILES - this.#uploads.length);
    if (parts.length > room) notice(say('too_many_files', { count: FILES }), { alert: true });
    const fresh = parts.slice(0, room).map((one) => new Upload(client, one));
    holdPage(client);
    for (const upload of fresh) {
      known.set(upload.key, upload);
      this.#uploads.push(upload);
      upload.on('change', () => this.#changed(upload));
    }
    this.draw();
    this.chat.composer.focus();
    await Promise.all(fresh.map((upload) => this.#begin(upload)));
  }

  /** @param {Upload} upload */
  async #begin(upload) {
    await upload.measure();
    this.#most = (await limitsOf(this.chat.client).catch(() => ({ file_bytes: Infinity }))).file_bytes;
    if (upload.state === 'cancelled') return;
    if (!upload.body.size) upload.fail('file_empty');
    else if (upload.body.size > this.#most) upload.fail('file_too_large');
    else upload.start(await this.#conversation());
  }

  /** A conversation that is opened for the first time gets its id in a moment. */
  async #conversation() {
    while (!this.chat.id) await pause(LOOK_MS);
    return this.chat.id;
  }

  /** @param {Upload} upload */
  #changed(upload) {
    if (upload.state === 'done') known.set(upload.file.id, upload);
    if (this.#uploads.includes(upload)) {
      this.draw();
      // What holds up the message is brought into view.
      if (upload.state === 'failed') this.#tiles.get(upload)?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    } else settle(this.chat.client.outbox, String(this.chat.id), upload);
  }

  /** @param {Upload} upload */
  #remove(upload) {
    this.#uploads = this.#uploads.filter((one) => one !== upload);
    upload.cancel();
    known.delete(upload.key);
    this.draw();
    this.chat.composer.focus();
  }

  draw() {
    const { composer } = this.chat;
    this.#list.replaceChildren(...this.#uploads.map((upload) => this.#tile(upload)));
    const enclosed = this.#uploads.length ? { ready: this.#uploads.every(({ state }) => state !== 'failed'), take: () => this.#take() } : null;
    composer.enclosed = enclosed;
    composer.redraw();
    this.chat.anchor.settle();
  }

  /** Hand them over as they are: those that are not up yet keep their place in the outbox. */
  #take() {
    const taken = this.#uploads;
    this.#uploads = [];
    queueMicrotask(() => this.draw());
    return taken.map((upload) => upload.file || upload.stand);
  }

  /** @param {Upload} upload */
  #tile(upload) {
    const tile = this.#tiles.get(upload) || this.#makeTile(upload);
    const { name, state, progress, code } = upload;
    const [bar, words, again] = ['.progress', '.line', '.again'].map((one) => /** @type {HTMLElement} */ (tile.querySelector(one)));
    bar.hidden = state === 'done' || state === 'failed';
    set(bar, 'aria-valuenow', Math.round(progress * 100));
    bar.style.setProperty('--part', String(progress));
    tile.classList.toggle('failed', state === 'failed');
    again.hidden = state !== 'failed' || WORDS.includes(code) || code === 'file_too_large';
    const text = { failed: reason(code, this.#most), waiting: say('waiting_upload') }[/** @type {'failed'} */ (state)] || sizeText(upload.body.size);
    write(words, text);
    set(tile, 'aria-label', `${name}, ${text}`);
    return tile;
  }

  /** @param {Upload} upload */
  #makeTile(upload) {
    const { name, preview, type } = upload;
    const picture = preview && type.startsWith('image/') ? h('img', { src: preview, alt: '' }) : icon(type.startsWith('audio/') ? 'mic' : 'file');
    // What calls itself a picture may be none.
    picture.addEventListener('error', () => picture.replaceWith(icon('file')));
    const tile = h('li', { class: 'enclosure' }, h('span', { class: 'sight' }, picture),
      h('span', { class: 'words' }, h('span', { class: 'name', dir: 'auto' }, name), h('span', { class: 'line' })),
      h('span', { class: 'progress', role: 'progressbar', 'aria-label': say('uploading', { name }), 'aria-valuemin': 0, 'aria-valuemax': 100 }),
      h('button', { type: 'button', class: 'link again', onclick: () => this.#begin(upload), 'aria-label': say('retry_file', { name }) }, say('retry')),
      iconButton('close', say('remove_file', { name }), { onclick: () => this.#remove(upload) }));
    this.#tiles.set(upload, tile);
    return tile;
  }
}

/** @param {Chat} chat */
function trayOf(chat) {
  if (!trays.has(chat)) trays.set(chat, new Tray(chat));
  return /** @type {Tray} */ (trays.get(chat));
}

/** Put files to the next message. @param {Chat} chat @param {File[]} files */
export function enclose(chat, files) {
  return trayOf(chat).add(files.map((file) => ({ body: file, name: file.name })));
}

/** Send a recording at once; it keeps its place while it goes up. @param {Chat} chat @param {{body: Blob, name: string, hints: any}} recording */
export function sendRecording(chat, recording) {
  const { client } = chat;
  const upload = new Upload(client, recording);
  holdPage(client);
  known.set(upload.key, upload);
  upload.on('change', () => {
    if (upload.state === 'done') known.set(upload.file.id, upload);
    settle(client.outbox, String(chat.id), upload);
  });
  chat.anchor.atBottom = true;
  client.outbox.add(String(chat.id), '', { files: [upload.stand] });
  upload.start(String(chat.id));
}

/** Let the person choose files. @param {{chat: Chat}} context @param {Record<string, any>} [how] */
export function choose({ chat }, how = { multiple: true }) {
  const input = h('input', { type: 'file', hidden: true, ...how });
  input.addEventListener('change', () => {
    if (input.files?.length) enclose(chat, [...input.files]);
    input.remove();
  });
  input.addEventListener('cancel', () => input.remove());
  chat.element.append(input);
  input.click();
}

/** @param {{chat: Chat}} context */
export const photograph = (context) => choose(context, { accept: 'image/*', capture: 'environment' });

/** The message of an upload goes on, or is refused. @param {Outbox} outbox @param {string} conversation @param {Upload} upload */
function settle(outbox, conversation, upload) {
  if (upload.state === 'done') outbox.fill(conversation, upload.key, { file: upload.file });
  else if (upload.state === 'failed') outbox.fill(conversation, upload.key, { failed: upload.code });
}

/** A message waits for its files: see to it that they come, or that it waits no longer. @param {Outbox} outbox @param {import('./outbox.js').Item} item */
export async function tend(outbox, item) {
  for (const { id, key, page } of item.files || []) {
    const upload = known.get(key);
    if (id) continue;
    if (upload) {
      if (upload.state === 'failed') upload.start(item.conversation_id);
      settle(outbox, item.conversation_id, upload);
    } else if (page === PAGE || !await isAlive(outbox, page)) {
      outbox.fill(item.conversation_id, key, { failed: 'file_lost' });
    }
  }
}

/** Whether that page is still open in some tab. @param {Outbox} outbox @param {string} page */
async function isAlive({ bridge }, page) {
  const names = await bridge.locks();
  return Boolean(names?.some((/** @type {string} */ name) => name.endsWith(`upload/${page}`)));
}
