// @ts-check
import { h, iconButton, loadStyle, set, write, icon } from './dom.js';
import { timeText } from './sizes.js';
import { number, say } from './strings.js';

const SPEEDS = [1, 1.5, 2];
const BARS = 40;
const LOWEST = 0.12;
const STEP_MS = 5_000;
/** The one that is heard: starting another stops it. @type {Voice | null} */
let heard = null;
let speed = SPEEDS[0];

await loadStyle('./voice.css');

/** As many levels as there is room for, from 0 to 1. @param {number[]} levels */
function bars(levels) {
  if (!levels.length) return new Array(BARS).fill(LOWEST);
  return Array.from({ length: BARS }, (_, at) => Math.max(LOWEST, levels[Math.floor((at * levels.length) / BARS)] / 100));
}

/** Plays a recording: its waveform is also where it is, and where it shall go. Time runs from left to right in every language. */
export class Voice {
  #audio = /** @type {HTMLAudioElement | null} */ (null);
  #tries = 0;

  /**
   * @param {{name: string, duration_ms?: number, waveform?: number[]}} file
   * @param {(fresh: boolean) => Promise<string | null | undefined>} find
   */
  constructor(file, find) {
    this.file = file;
    this.find = find;
    this.lengthMs = file.duration_ms || 0;
    const levels = bars(file.waveform || []).map((level) => {
      const bar = h('i', {});
      bar.style.height = `${Math.round(level * 100)}%`;
      return bar;
    });
    this.button = iconButton('play', say('play'), { class: 'round play', onclick: () => this.toggle() });
    this.wave = h('div', {
      class: 'wave', role: 'slider', tabindex: '0', 'aria-label': say('position'), 'aria-valuemin': 0,
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.#keyed(event), onpointerdown: (/** @type {PointerEvent} */ event) => this.#pressed(event),
    }, ...levels);
    this.time = h('span', { class: 'time' });
    this.pace = h('button', { type: 'button', class: 'pace', onclick: () => this.#next() });
    this.element = h('div', { class: 'player', dir: 'ltr', role: 'group', 'aria-label': say('voice_message', { time: timeText(this.lengthMs) }) },
      this.button, this.wave, this.time, this.pace);
    this.#draw();
  }

  get atMs() {
    return (this.#audio?.currentTime || 0) * 1_000;
  }

  async #load() {
    if (this.#audio) return this.#audio;
    const audio = new Audio();
    this.#audio = audio;
    audio.preload = 'auto';
    for (const name of ['timeupdate', 'play', 'pause', 'ratechange', 'loadedmetadata']) audio.addEventListener(name, () => this.#draw());
    audio.addEventListener('ended', () => { audio.currentTime = 0; this.#draw(); });
    audio.addEventListener('error', () => this.#again());
    audio.src = await this.find(false) || '';
    return audio;
  }

  /** Its address may have expired since. */
  async #again() {
    const audio = this.#audio;
    if (!audio || this.#tries++) return;
    const at = audio.currentTime;
    audio.src = await this.find(true) || '';
    audio.currentTime = at;
    audio.play().catch(() => null);
  }

  async toggle() {
    const audio = await this.#load();
    if (!audio.paused) {
      audio.pause();
      return;
    }
    if (heard !== this) heard?.stop();
    heard = this;
    audio.playbackRate = speed;
    await audio.play().catch(() => null);
  }

  stop() {
    this.#audio?.pause();
  }

  #next() {
    speed = SPEEDS[(SPEEDS.indexOf(speed) + 1) % SPEEDS.length];
    if (this.#audio) this.#audio.playbackRate = speed;
    this.#draw();
  }

  /** @param {number} ms */
  async seek(ms) {
    const audio = await this.#load();
    audio.currentTime = Math.max(0, Math.min(ms, this.lengthMs)) / 1_000;
    this.#draw();
  }

  /** @param {KeyboardEvent} event */
  #keyed(event) {
    const step = { ArrowRight: STEP_MS, ArrowUp: STEP_MS, ArrowLeft: -STEP_MS, ArrowDown: -STEP_MS }[event.key];
    if (event.key === ' ' || event.key === 'Enter') this.toggle();
    else if (event.key === 'Home') this.seek(0);
    else if (event.key === 'End') this.seek(this.lengthMs);
    else if (step) this.seek(this.atMs + step);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {PointerEvent} event */
  #pressed(event) {
    const { left, width } = this.wave.getBoundingClientRect();
    const move = (/** @type {PointerEvent} */ { clientX }) => this.seek(((clientX - left) / width) * this.lengthMs);
    this.wave.setPointerCapture(event.pointerId);
    this.wave.addEventListener('pointermove', move);
    this.wave.addEventListener('lostpointercapture', () => this.wave.removeEventListener('pointermove', move), { once: true });
    move(event);
  }

  #draw() {
    const audio = this.#audio;
    const playing = Boolean(audio && !audio.paused);
    if (audio && Number.isFinite(audio.duration) && !this.file.duration_ms) this.lengthMs = audio.duration * 1_000;
    const part = this.lengthMs ? Math.min(1, this.atMs / this.lengthMs) : 0;
    this.button.replaceChildren(icon(playing ? 'pause' : 'play'));
    for (const name of ['aria-label', 'title']) set(this.button, name, say(playing ? 'pause' : 'play'));
    [...this.wave.children].forEach((bar, at) => bar.classList.toggle('past', part > 0 && at < part * BARS));
    set(this.wave, 'aria-valuemax', Math.round(this.lengthMs / 1_000));
    set(this.wave, 'aria-valuenow', Math.round(this.atMs / 1_000));
    set(this.wave, 'aria-valuetext', timeText(this.atMs));
    write(this.time, timeText(playing || this.atMs ? this.atMs : this.lengthMs));
    write(this.pace, `${number(speed)}×`);
    set(this.pace, 'aria-label', say('speed', { speed: `${number(speed)}×` }));
  }
}
