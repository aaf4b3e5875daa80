// @ts-check
/** A thing that tells others when something happened to it. */
export class Emitter {
  /** @type {Map<string, Set<Function>>} */
  #listeners = new Map();

  /**
   * Call `listener` whenever `name` happens; the answer stops that.
   * @param {string} name
   * @param {Function} listener
   */
  on(name, listener) {
    const listeners = this.#listeners.get(name) || new Set();
    this.#listeners.set(name, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  /**
   * @param {string} name
   * @param {...any} details
   */
  emit(name, ...details) {
    for (const listener of [...(this.#listeners.get(name) || [])]) listener(...details);
  }
}
