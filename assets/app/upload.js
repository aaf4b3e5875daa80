// @ts-check
import { ApiError, query } from './api.js';
import { Emitter } from './emitter.js';
import { backoffMs, pause } from './waiting.js';

const AT_ONCE = 2;
const TRIES = 9;
/** This page, to the other tabs: whose uploads go on as long as it holds a lock by that name. */
export const PAGE = crypto.randomUUID();
let going = 0;
/** @type {(() => void)[]} */
const queue = [];

/** Wait for one's turn. */
async function enter() {
  if (going >= AT_ONCE) await new Promise((resolve) => queue.push(() => resolve(null)));
  going += 1;
}

function leave() {
  going -= 1;
  queue.shift()?.();
}

/**
 * One request that says how far it is, which fetch cannot.
 * @param {string} address
 * @param {{body: Blob, secret: string, signal: AbortSignal, onProgress: (part: number) => void}} parts
 */
function post(address, { body, secret, signal, onProgress }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const fail = (/** @type {string} */ code) => reject(new ApiError(0, code, code));
    request.open('POST', address);
    request.responseType = 'json';
    request.setRequestHeader('Authorization', `Bearer ${secret}`);
    request.upload.onprogress = ({ loaded, total }) => onProgress(total ? loaded / total : 0);
    request.onerror = () => fail('network');
    request.onabort = () => fail('cancelled');
    request.onload = () => {
      if (request.status < 300) return resolve(request.response);
      const { code = `http_${request.status}`, message = '', retry_after } = request.response?.error || {};
      return reject(new ApiError(request.status, code, message, retry_after));
    };
    signal.addEventListener('abort', () => request.abort());
    request.send(body);
  });
}

/**
 * A file on its way up. Emits `change`; `file` is what the API says of it in the end, `code` why there is none.
 */
export class Upload extends Emitter {
  key = crypto.randomUUID();
  progress = 0;
  /** @type {'waiting' | 'going' | 'done' | 'failed' | 'cancelled'} */
  state = 'waiting';
  code = '';
  /** @type {any} */
  file = null;
  #cut = new AbortController();

  /**
   * @param {import('./client.js').Client} client
   * @param {{body: Blob, name: string, hints?: {duration_ms?: number, waveform?: number[]}}} parts
   */
  constructor(client, { body, name, hints = {} }) {
    super();
    this.client = client;
    this.body = body;
    this.name = name;
    this.hints = hints;
    this.type = body.type.split(';')[0];
    this.size = {};
    this.preview = /^image\/(jpeg|png|gif|webp|avif)$/.test(this.type) || this.type.startsWith('audio/') ? URL.createObjectURL(body) : '';
  }

  /** What stands in a message for the file until it is there. */
  get stand() {
    const { key, name, type, size, hints, body } = this;
    return { id: '', key, page: PAGE, name, type: type || 'application/octet-stream', size: body.size, ...size, ...hints };
  }

  /** How large a picture is, so that its place can be kept. */
  async measure() {
    if (!this.preview || !this.type.startsWith('image/')) return;
    const image = new Image();
    image.src = this.preview;
    await image.decode().catch(() => null);
    if (image.naturalWidth) this.size = { width: image.naturalWidth, height: image.naturalHeight };
  }

  /** @param {string} conversation */
  async start(conversation) {
    this.#cut = new AbortController();
    this.#become('waiting');
    await enter();
    try {
      if (this.state === 'waiting') await this.#run(conversation);
    } finally {
      leave();
    }
  }

  /** @param {string} conversation */
  async #run(conversation) {
    const { name, hints: { duration_ms, waveform } } = this;
    const address = `/v1/files${query({ conversation_id: conversation, name, duration_ms, waveform: waveform?.join() })}`;
    this.#become('going');
    for (let attempt = 0; ; attempt += 1) {
      try {
        this.file = await this.client.session.signed((secret) => post(address, {
          body: this.body, secret, signal: this.#cut.signal, onProgress: (part) => { this.progress = part; this.emit('change'); },
        }));
        this.#become('done');
        return;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (this.#isOver()) return;
        if (!error.passing || attempt >= TRIES) return this.fail(error.code);
        this.progress = 0;
        await pause(Math.max(error.retryAfterMs, backoffMs(attempt)), this.#cut.signal);
        if (this.#isOver()) return;
      }
    }
  }

  #isOver() {
    return this.state === 'cancelled';
  }

  /** @param {string} code */
  fail(code) {
    this.code = code;
    this.#become('failed');
  }

  cancel() {
    this.#become('cancelled');
    this.#cut.abort();
    if (this.file) this.client.session.call('DELETE', `/v1/files/${this.file.id}`).catch(() => null);
    this.forget();
  }

  /** Its picture is shown no more. */
  forget() {
    if (this.preview) URL.revokeObjectURL(this.preview);
    this.preview = '';
  }

  /** @param {Upload['state']} state */
  #become(state) {
    this.state = state;
    this.emit('change');
  }
}
