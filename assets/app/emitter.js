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
   * @returns {boolean} whether anybody heard
   */
  emit(name, ...details) {
    const listeners = [...(this.#listeners.get(name) || [])];
    for (const listener of listeners) listener(...details);
    return listeners.length > 0;
  }
}
