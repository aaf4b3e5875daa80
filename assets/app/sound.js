// @ts-check
const NOTES_HZ = [659.25, 880];
const NOTE_SECONDS = 0.09;
const LOUDNESS = 0.08;

/** One short, soft sound; silent until the person allows it. */
export class Sound {
  /** @type {AudioContext | null} */
  #context = null;

  /** @param {import('./storage.js').Storage} storage */
  constructor(storage) {
    this.storage = storage;
    // Browsers let a page sound only after somebody touched it.
    for (const touch of ['pointerdown', 'keydown']) document.addEventListener(touch, () => this.allowed && this.#wake());
  }

  get allowed() {
    return this.storage.get('sound') === true;
  }

  /** @param {boolean} allowed */
  allow(allowed) {
    this.storage.set('sound', allowed);
    if (allowed) this.play();
  }

  #wake() {
    this.#context ??= new AudioContext();
    if (this.#context.state === 'suspended') this.#context.resume();
    return this.#context;
  }

  /** Whether it will be heard if it is played here. */
  get ready() {
    return this.allowed && this.#context?.state === 'running';
  }

  play() {
    if (!this.allowed) return;
    const context = this.#wake();
    NOTES_HZ.forEach((hertz, at) => this.#note(context, hertz, context.currentTime + at * NOTE_SECONDS));
  }

  /** @param {AudioContext} context @param {number} hertz @param {number} start */
  #note(context, hertz, start) {
    const note = context.createOscillator();
    const loudness = context.createGain();
    note.frequency.value = hertz;
    loudness.gain.setValueAtTime(0, start);
    loudness.gain.linearRampToValueAtTime(LOUDNESS, start + 0.01);
    loudness.gain.exponentialRampToValueAtTime(0.0001, start + 3 * NOTE_SECONDS);
    note.connect(loudness).connect(context.destination);
    note.start(start);
    note.stop(start + 3 * NOTE_SECONDS);
  }
}
