// @ts-check
// What a search finds grows as it is scrolled, if it is very much: nobody looks for anybody in the middle of it.
const WHOLE = 2_000;
const AHEAD = 200;
// Small lists are put in order here as people come and go; long ones keep the server's order.
export const SORTED_HERE = 200;

/** @typedef {{data: {id: string}[], total: number, next_cursor: string | null}} Page */

/** What a search finds, fetched page by page as far as somebody looks. */
export class Source {
  /** @type {string[]} */
  ids = [];
  total = 0;
  loaded = false;
  #next = /** @type {string | null} */ (null);
  #known = new Set();
  #busy = false;
  #wanted = 0;

  /** @param {(cursor: string | null) => Promise<Page>} fetchPage */
  constructor(fetchPage) {
    this.fetchPage = fetchPage;
  }

  /** See to it that those up to `last` come. @param {number} _ @param {number} last @param {() => void} done */
  need(_, last, done) {
    if (last >= this.ids.length) this.reach(last, done);
  }

  /** Have the people up to `index`. @param {number} index @param {() => void} done */
  async reach(index, done) {
    this.#wanted = Math.max(this.#wanted, index);
    if (this.#busy) return;
    this.#busy = true;
    try {
      while (!this.loaded || (this.#wanted >= this.ids.length && this.#next)) await this.#page(done);
    } finally {
      this.#busy = false;
    }
  }

  /** @param {() => void} done */
  async #page(done) {
    const page = await this.fetchPage(this.#next);
    for (const { id } of page.data) {
      if (!this.#known.has(id)) this.ids.push(id);
      this.#known.add(id);
    }
    this.#next = page.next_cursor;
    this.total = page.total;
    this.loaded = true;
    done();
  }

  /** How many rows they take now. */
  get count() {
    if (!this.#next) return this.ids.length;
    return Math.max(this.ids.length, this.total > WHOLE ? Math.min(this.total, this.ids.length + AHEAD) : this.total);
  }

  /** Keep the order of those whom another list has had already. @param {{ids: string[]}} before */
  follow(before) {
    const places = new Map(before.ids.map((id, at) => [id, at]));
    this.sort((id) => places.get(id) ?? places.size);
  }

  /** @param {string} id */
  drop(id) {
    this.ids = this.ids.filter((one) => one !== id);
    this.total -= 1;
  }

  /** @param {(id: string) => number} rank lower comes first */
  sort(rank) {
    if (this.#next || this.total > SORTED_HERE) return;
    const ranks = new Map(this.ids.map((id) => [id, rank(id)]));
    this.ids.sort((one, other) => (ranks.get(one) || 0) - (ranks.get(other) || 0));
  }
}
