// @ts-check
import { refusal } from './api.js';
import { endOf, roomsOf } from './endings.js';

const WELCOME_MS = 6_000;
const CHECK_MS = 5_000;
// The server says something every 20 s.
const QUIET_MS = 45_000;

/** Events as one answer that does not end (server-sent events, read with fetch). Implements Handle of transport.js. */
class Stream {
  #cut = new AbortController();
  #welcomed = false;
  #heardAt = Date.now();

  /** @param {import('./transport.js').Wanted} wanted */
  constructor(wanted) {
    this.wanted = wanted;
    this.check = setInterval(() => this.#check(), CHECK_MS);
    this.silence = setTimeout(() => this.#end({ reason: 'silent', text: `nothing came within ${WELCOME_MS / 1000} s` }), WELCOME_MS);
    this.#run();
  }

  async #run() {
    const { token, cursor, watch, mark, rooms } = this.wanted;
    const body = JSON.stringify({ token: token(), cursor: cursor(), watch: watch(), presence: mark(), ...roomsOf(rooms()) });
    try {
      const answer = await fetch('/v1/stream', {
        method: 'POST', body, signal: this.#cut.signal, credentials: 'omit', cache: 'no-store', headers: { 'Content-Type': 'text/plain' },
      });
      if (!answer.ok) throw await refusal(answer);
      await this.#read(/** @type {ReadableStream} */ (answer.body));
      this.#end({ reason: this.#welcomed ? 'network' : 'blocked', text: 'the stream ended' });
    } catch (error) {
      this.#end(endOf(error, this.#welcomed));
    }
  }

  /** @param {ReadableStream} body */
  async #read(body) {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      this.#heardAt = Date.now();
      const blocks = (rest + value).split('\n\n');
      rest = blocks.pop() || '';
      for (const block of blocks) this.#hear(block);
    }
  }

  /** @param {string} block */
  #hear(block) {
    const fields = Object.fromEntries(block.split('\n').map((line) => line.split(/: ?(.*)/s)));
    if (!fields.data || this.#cut.signal.aborted) return;
    this.#react(fields.event || '', JSON.parse(fields.data));
  }

  /** @param {string} name @param {any} data */
  #react(name, data) {
    const { wanted } = this;
    if (name === 'welcome') {
      clearTimeout(this.silence);
      this.#welcomed = true;
      wanted.onMark(data.presence);
      wanted.onOpen();
    } else if (name === 'reset' && data.room) wanted.onRoomReset(data.room);
    else if (name === 'reset') wanted.onReset(data.reason);
    else if (name === 'bye') wanted.onBye(data.retry_ms);
    else if (name === 'error') this.#end(endOf(data.error, true));
    // What has a name that is not known here, such as `followed`, is no event.
    else if (!name) wanted.onEvent(data);
  }

  #check() {
    if (Date.now() - this.#heardAt > QUIET_MS) this.#end({ reason: 'network', text: `silent for ${QUIET_MS / 1000} s` });
  }

  /** @param {import('./transport.js').End} end */
  #end(end) {
    if (this.#cut.signal.aborted) return;
    this.close();
    this.wanted.onEnd(end);
  }

  close() {
    this.#cut.abort();
    clearInterval(this.check);
    clearTimeout(this.silence);
  }

  /** It cannot be told, only asked anew. */
  watch() {
    this.#end({ reason: 'now' });
  }

  follow() {
    this.#end({ reason: 'now' });
  }

  wake() {
    this.#end({ reason: 'now' });
  }
}

/** @param {import('./transport.js').Wanted} wanted @returns {import('./transport.js').Handle} */
export const connect = (wanted) => new Stream(wanted);
