// @ts-check
import { SORTED_HERE } from './source.js';

const PAGE = 100;
// So many rows around those in view are fetched before they are seen.
const AHEAD = 40;
const AT_ONCE = 2;
// As many pages as are kept, nearest to what is seen.
const KEPT = 80;
// People come and go while pages are fetched: a page that no longer fits its neighbour is read again, but not for ever.
const STALE_MS = 2_000;

/** @typedef {{ids: string[], next: string | undefined, at: number, stale: boolean}} Held next: who comes behind it */

/**
 * People of one kind in a list of any length, fetched where somebody looks: by their places in it, which the server counts.
 * What is not here yet is a hole in `ids`.
 */
export class Ranked {
  /** @type {string[]} */
  ids = [];
  total = 0;
  loaded = false;
  /** @type {Map<number, Held>} */
  #held = new Map();
  /** @type {Set<number>} */
  #coming = new Set();
  /** What is looked at. */
  #first = 0;
  #last = 0;

  /** @param {(place: {offset: number, limit: number}) => Promise<{data: {id: string}[], total: number}>} fetchPage */
  constructor(fetchPage) {
    this.fetchPage = fetchPage;
  }

  /** How many rows they take. */
  get count() {
    return this.total;
  }

  /** Have those around `index`. @param {number} index @param {() => void} done */
  async reach(index, done) {
    [this.#first, this.#last] = [index, index];
    await Promise.all(this.#missing().map((page) => this.#fetch(page, done)));
  }

  /** See to it that those from `first` to `last`, which are on the screen, come. @param {number} first @param {number} last @param {() => void} done */
  need(first, last, done) {
    [this.#first, this.#last] = [first, last];
    for (const page of this.#missing()) this.#fetch(page, done).catch(() => null);
  }

  /** The pages to ask for now: those on the screen first, and never more than a few at once. */
  #missing() {
    const [from, to] = [this.#first, this.#last].map((index) => Math.floor(index / PAGE));
    const [before, behind] = [Math.floor((this.#first - AHEAD) / PAGE), Math.floor((this.#last + AHEAD) / PAGE)];
    const wanted = [...new Set([from, to, behind, before])];
    const end = this.loaded ? Math.ceil(this.total / PAGE) : 1;
    return wanted.filter((page) => page >= 0 && page < end && this.#isDue(page)).slice(0, AT_ONCE - this.#coming.size);
  }

  /** @param {number} page */
  #isDue(page) {
    const held = this.#held.get(page);
    return !this.#coming.has(page) && (!held || (held.stale && Date.now() - held.at > STALE_MS));
  }

  /** @param {number} page @param {() => void} done */
  async #fetch(page, done) {
    this.#coming.add(page);
    try {
      const { data, total } = await this.fetchPage({ offset: page * PAGE, limit: PAGE + 1 });
      const fits = this.#take(page, data.map(({ id }) => id), total);
      if (!fits) setTimeout(() => this.need(this.#first, this.#last, done), STALE_MS);
    } finally {
      this.#coming.delete(page);
    }
    done();
    // Whoever has scrolled on meanwhile waits for other pages.
    this.need(this.#first, this.#last, done);
  }

  /**
   * @param {number} page @param {string[]} ids one more than the page, if there is one @param {number} total
   * @returns {boolean} whether it fits its neighbours
   */
  #take(page, ids, total) {
    this.#held.set(page, { ids: ids.slice(0, PAGE), next: ids[PAGE], at: Date.now(), stale: false });
    this.total = total;
    this.loaded = true;
    ids.slice(0, PAGE).forEach((id, at) => { this.ids[page * PAGE + at] = id; });
    this.ids.length = Math.min(this.ids.length, total);
    if (this.#held.size > KEPT) this.#forgetFarthest(page);
    const seams = [this.#compare(page - 1, page, page - 1), this.#compare(page, page + 1, page + 1)];
    return seams.every(Boolean);
  }

  /** Somebody came, went or moved between the two answers: the older one is read again. @param {number} page @param {number} next @param {number} older */
  #compare(page, next, older) {
    const [one, other] = [this.#held.get(page), this.#held.get(next)];
    if (!one || !other || one.next === other.ids[0]) return true;
    const stale = this.#held.get(older);
    if (stale) stale.stale = true;
    return false;
  }

  /** @param {number} here */
  #forgetFarthest(here) {
    const [page] = [...this.#held.keys()].sort((one, other) => Math.abs(other - here) - Math.abs(one - here));
    this.#held.delete(page);
    for (let index = page * PAGE; index < (page + 1) * PAGE; index += 1) delete this.ids[index];
  }

  /** Keep the order of those whom another list has had already. @param {{ids: string[]}} before */
  follow(before) {
    const places = new Map(before.ids.map((id, at) => [id, at]));
    this.sort((id) => places.get(id) ?? places.size);
  }

  /** @param {string} id */
  drop(id) {
    const at = this.ids.indexOf(id);
    if (at < 0) return;
    this.ids.splice(at, 1);
    this.total -= 1;
    // All behind have moved up.
    for (const [page, held] of this.#held) if (page >= Math.floor(at / PAGE)) Object.assign(held, { stale: true, at: 0 });
  }

  /** Short lists are put in order here as people come and go; long ones keep the server's order. @param {(id: string) => number} rank lower comes first */
  sort(rank) {
    if (this.total > SORTED_HERE || Object.keys(this.ids).length < this.total) return;
    const ranks = new Map(this.ids.map((id) => [id, rank(id)]));
    this.ids.sort((one, other) => (ranks.get(one) || 0) - (ranks.get(other) || 0));
  }
}
