// @ts-check

const TELL_AGAIN_MS = 4_000;
// Who goes on says so every 4 s; who says nothing has gone away.
const BELIEVE_MS = 6_000;

/** What the other side of a conversation is told of the person's writing. */
export class OwnTyping {
  #toldAt = 0;
  #writing = false;

  /** @param {(typing: boolean) => void} tell */
  constructor(tell) {
    this.tell = tell;
  }

  /** The text was changed by hand. @param {string} text */
  wrote(text) {
    if (!text.trim()) this.stop();
    else if (Date.now() - this.#toldAt >= TELL_AGAIN_MS) {
      this.#toldAt = Date.now();
      this.#writing = true;
      this.tell(true);
    }
  }

  /** It was sent, thrown away, or left. */
  stop() {
    if (!this.#writing) return;
    this.#writing = false;
    this.tell(false);
  }
}

/** Whether the other one writes: until they stop, a message comes, or nothing is heard for a while. */
export class TheirTyping {
  on = false;
  #timer = 0;

  /** @param {() => void} onChange */
  constructor(onChange) {
    this.onChange = onChange;
  }

  /** @param {boolean} on */
  set(on) {
    clearTimeout(this.#timer);
    if (on) this.#timer = window.setTimeout(() => this.set(false), BELIEVE_MS);
    if (on === this.on) return;
    this.on = on;
    this.onChange();
  }
}
