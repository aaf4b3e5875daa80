// @ts-check

const TELL_AGAIN_MS = 4_000;
// Who goes on says so every 4 s; who says nothing has gone away.
const BELIEVE_MS = 6_000;

/** What the other side of a conversation is told of the person's writing. */
export class OwnTyping {
  #toldAt = 0;
  #writing = false;

  /** @param {(typing: boolean) => boolean} tell false: there is nobody to be told yet */
  constructor(tell) {
    this.tell = tell;
  }

  /** The text was changed by hand. @param {string} text */
  wrote(text) {
    if (!text.trim()) this.stop();
    else if (Date.now() - this.#toldAt >= TELL_AGAIN_MS && this.tell(true)) {
      this.#toldAt = Date.now();
      this.#writing = true;
    }
  }

  /** It was sent, thrown away, or left. */
  stop() {
    if (!this.#writing) return;
    this.#writing = false;
    this.tell(false);
  }
}

/** Who else writes: each until they stop, a message of theirs comes, or nothing is heard for a while. */
export class TheirTyping {
  /** @type {Map<string, number>} user to timer, in the order in which they began */
  #timers = new Map();

  /** @param {() => void} onChange */
  constructor(onChange) {
    this.onChange = onChange;
  }

  /** @returns {string[]} */
  get users() {
    return [...this.#timers.keys()];
  }

  /** @param {string} user @param {boolean} on */
  set(user, on) {
    const before = this.#timers.has(user);
    clearTimeout(this.#timers.get(user));
    if (on) this.#timers.set(user, window.setTimeout(() => this.set(user, false), BELIEVE_MS));
    else this.#timers.delete(user);
    if (on !== before) this.onChange();
  }

  stop() {
    for (const user of this.users) this.set(user, false);
  }
}
