// @ts-check
import { h, iconButton, loadStyle, set, write } from './dom.js';
import { notice } from './notice.js';
import { timeText } from './sizes.js';
import { say } from './strings.js';
import { sendRecording } from './uploads.js';

const FORMS = ['audio/webm;codecs=opus', 'audio/mp4', 'audio/ogg;codecs=opus', 'audio/webm'];
const SUFFIXES = { 'audio/webm': 'webm', 'audio/mp4': 'm4a', 'audio/ogg': 'ogg' };
const LEVEL_MS = 60;
const LEVELS = 64;
const SHOWN = 48;
const SHORTEST_MS = 500;
const LONGEST_MS = 15 * 60_000;
const BITS_PER_SECOND = 32_000;

await loadStyle('./voice.css');

/** The recorder of this page, if it runs: there is one microphone. @type {Recorder | null} */
let running = null;

/** @param {any} error */
function why(error) {
  const policy = /** @type {any} */ (document).permissionsPolicy || /** @type {any} */ (document).featurePolicy;
  if (policy && !policy.allowsFeature('microphone')) return say('mic_blocked_here');
  if (!navigator.mediaDevices) return say('mic_blocked_here');
  if (error?.name === 'NotAllowedError' || error?.name === 'SecurityError') return say('mic_blocked');
  return say(error?.name === 'NotFoundError' ? 'mic_missing' : 'mic_failed');
}

/** Hear the person until they send it or throw it away. @param {{chat: import('./chat.js').Chat}} context */
export async function record({ chat }) {
  running?.cancel();
  try {
    const sound = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true } });
    running = new Recorder(chat, sound);
  } catch (error) {
    notice(why(error), { alert: true });
  }
}

/** The loudest of each part, as numbers from 0 to 100. @param {number[]} levels */
export function outline(levels) {
  const count = Math.min(LEVELS, levels.length);
  const loudest = Math.max(0.05, ...levels);
  return Array.from({ length: count }, (_, at) => {
    const part = levels.slice(Math.floor((at * levels.length) / count), Math.max(Math.floor(((at + 1) * levels.length) / count), Math.floor((at * levels.length) / count) + 1));
    return Math.round((Math.max(...part) / loudest) * 100);
  });
}

/** A recording under way, in the place of the composer. */
class Recorder {
  /** @type {Blob[]} */
  #pieces = [];
  /** @type {number[]} */
  #levels = [];
  #began = performance.now();
  #keep = false;

  /** @param {import('./chat.js').Chat} chat @param {MediaStream} sound */
  constructor(chat, sound) {
    this.chat = chat;
    this.sound = sound;
    const mimeType = FORMS.find((form) => MediaRecorder.isTypeSupported(form));
    this.machine = new MediaRecorder(sound, { mimeType, audioBitsPerSecond: BITS_PER_SECOND });
    this.machine.ondataavailable = ({ data }) => this.#pieces.push(data);
    this.machine.onstop = () => this.#ended();
    this.time = h('span', { class: 'time', role: 'timer' });
    this.meter = h('div', { class: 'meter', 'aria-hidden': 'true', dir: 'ltr' }, ...Array.from({ length: SHOWN }, () => h('i', {})));
    this.element = h('div', { class: 'recording', role: 'group', 'aria-label': say('recording', { time: timeText(0) }), onkeydown: (/** @type {KeyboardEvent} */ event) => this.#keyed(event) },
      iconButton('trash', say('cancel_recording'), { onclick: () => this.cancel() }), h('span', { class: 'lamp' }), this.time, this.meter,
      iconButton('send', say('stop_recording'), { class: 'round send', onclick: () => this.send() }));
    this.#begin();
  }

  #begin() {
    const { composer } = this.chat;
    composer.element.classList.add('records');
    composer.element.append(this.element);
    /** @type {HTMLElement} */ (this.element.lastElementChild).focus();
    this.context = new AudioContext();
    this.analyser = this.context.createAnalyser();
    this.analyser.fftSize = 1024;
    this.context.createMediaStreamSource(this.sound).connect(this.analyser);
    this.samples = new Float32Array(this.analyser.fftSize);
    this.timer = setInterval(() => this.#listen(), LEVEL_MS);
    this.machine.start();
    this.#listen();
  }

  get lengthMs() {
    return performance.now() - this.#began;
  }

  #listen() {
    if (!this.chat.element.isConnected) return this.cancel();
    this.analyser?.getFloatTimeDomainData(/** @type {any} */ (this.samples));
    const power = (this.samples || []).reduce((sum, one) => sum + one * one, 0) / (this.samples?.length || 1);
    this.#levels.push(Math.sqrt(power));
    const shown = this.#levels.slice(-SHOWN);
    [...this.meter.children].forEach((bar, at) => {
      const level = shown[at - (SHOWN - shown.length)] || 0;
      /** @type {HTMLElement} */ (bar).style.height = `${Math.round(Math.min(1, 0.1 + level * 5) * 100)}%`;
    });
    write(this.time, timeText(this.lengthMs));
    if (this.lengthMs > LONGEST_MS) this.send();
    return undefined;
  }

  /** @param {KeyboardEvent} event */
  #keyed(event) {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    this.cancel();
  }

  send() {
    this.#stop(true);
  }

  cancel() {
    this.#stop(false);
  }

  /** @param {boolean} keep */
  #stop(keep) {
    if (this.machine.state === 'inactive') return;
    this.#keep = keep;
    this.duration = Math.round(this.lengthMs);
    clearInterval(this.timer);
    this.machine.stop();
    for (const track of this.sound.getTracks()) track.stop();
    this.context?.close();
    this.element.remove();
    this.chat.composer.element.classList.remove('records');
    this.chat.composer.focus();
    if (running === this) running = null;
  }

  #ended() {
    if (!this.#keep) return;
    const duration = this.duration || 0;
    if (duration < SHORTEST_MS) {
      notice(say('recording_short'));
      return;
    }
    const type = this.machine.mimeType.split(';')[0];
    const name = `${new Date().toISOString().slice(0, 19).replace(/[T:]/g, '-')}.${SUFFIXES[/** @type {'audio/webm'} */ (type)] || 'webm'}`;
    sendRecording(this.chat, { body: new Blob(this.#pieces, { type }), name, hints: { duration_ms: duration, waveform: outline(this.#levels) } });
  }
}
