// @ts-check
import { h, loadStyle, set, write } from './dom.js';
import { all, named, search } from './emoji.js';
import { isOpenFrom, closePopup, Popup } from './popup.js';
import { stage } from './stage.js';
import { say } from './strings.js';

/** @typedef {import('./emoji.js').Emoji} Emoji */

await loadStyle('./emojipicker.css');

const COLUMNS = 8;
const TABS = { recent: '🕘', smileys: '😀', people: '👋', nature: '🐻', food: '🍔', travel: '✈️', activities: '⚽', objects: '💡', symbols: '❤️', flags: '🏳️' };
const HANDS = { text: '✋', toned: true };

/** All emoji that this system draws: by category, by name, the last used ones first. */
class Picker {
  /** @type {Map<string, {element: HTMLElement, fill: () => void}>} */
  #parts = new Map();

  /** @param {import('./favourites.js').Favourites} favourites @param {(text: string) => void} onPick */
  constructor(favourites, onPick) {
    this.favourites = favourites;
    this.onPick = onPick;
    this.field = h('input', {
      type: 'search', class: 'field', 'aria-label': say('search_emoji'), placeholder: say('search_emoji'), autocomplete: 'off', enterkeyhint: 'go',
      oninput: () => this.#searched(), onkeydown: (/** @type {KeyboardEvent} */ event) => this.#fieldKeyed(event),
    });
    this.tone = h('button', { type: 'button', class: 'tone', 'aria-label': say('skin_tone'), title: say('skin_tone'), 'aria-haspopup': 'true', onclick: () => this.#offerTones() });
    this.tones = h('div', { class: 'tones', role: 'group', 'aria-label': say('skin_tone'), hidden: true });
    this.found = h('div', { class: 'glyphs found', role: 'group', 'aria-label': say('search_emoji'), hidden: true });
    this.scroll = h('div', { class: 'scroll', tabindex: '0', role: 'group', 'aria-label': say('all_emoji'), onkeydown: (/** @type {KeyboardEvent} */ event) => this.#walk(event), onscroll: () => this.#scrolled() }, this.found);
    this.tabs = h('div', { class: 'tabs', role: 'group', 'aria-label': say('categories') });
    this.nothing = h('p', { class: 'nothing', role: 'status', hidden: true }, say('no_emoji'));
    this.name = h('div', { class: 'shown', 'aria-hidden': true });
    this.element = h('div', {
      class: 'emojis', role: 'dialog', 'aria-label': say('emoji'), onpointerover: (/** @type {any} */ event) => this.#tell(event.target), onfocusin: (/** @type {any} */ event) => this.#tell(event.target),
    }, h('div', { class: 'top' }, this.field, this.tone, this.tones), this.tabs, this.scroll, this.nothing, this.name);
    this.#fillParts();
    this.#drawTone();
  }

  #fillParts() {
    const recent = this.favourites.recent.map((text) => ({ text, name: named(text)?.name || '', toned: false, category: 'recent' }));
    for (const category of Object.keys(TABS)) {
      const emoji = category === 'recent' ? recent : all.filter((one) => one.category === category);
      if (emoji.length) this.#part(category, emoji);
    }
    const watch = new IntersectionObserver((seen) => {
      for (const { target, isIntersecting } of seen) if (isIntersecting) this.#parts.get(String(/** @type {HTMLElement} */ (target).dataset.category))?.fill();
    }, { root: this.scroll, rootMargin: '200px' });
    for (const { element } of this.#parts.values()) watch.observe(element);
  }

  /** One category: its place is kept until it comes into view. @param {string} category @param {Emoji[]} emoji */
  #part(category, emoji) {
    const words = say(/** @type {'emoji_food'} */ (`emoji_${category}`));
    const glyphs = h('div', { class: 'glyphs' });
    glyphs.style.setProperty('--rows', String(Math.ceil(emoji.length / COLUMNS)));
    const element = h('div', { class: 'category', role: 'group', 'aria-label': words, 'data-category': category }, h('h3', { 'aria-hidden': true }, words), glyphs);
    const fill = () => { if (!glyphs.childElementCount) glyphs.append(...emoji.map((one) => this.#button(one))); };
    const go = () => {
      this.field.value = '';
      this.#searched();
      this.scroll.scrollTop = element.offsetTop;
    };
    this.#parts.set(category, { element, fill });
    this.scroll.append(element);
    this.tabs.append(h('button', { type: 'button', 'aria-label': words, title: words, 'data-category': category, onclick: go }, TABS[/** @type {'food'} */ (category)]));
  }

  /** @param {Emoji} emoji */
  #button(emoji) {
    const text = this.favourites.tinted(emoji);
    return h('button', { type: 'button', class: 'glyph', tabindex: '-1', 'aria-label': emoji.name || text, 'data-name': emoji.name, onclick: () => this.#pick(text) }, text);
  }

  /** @param {string} text */
  #pick(text) {
    this.favourites.used(text);
    this.onPick(text);
  }

  #searched() {
    const typed = this.field.value.trim();
    const found = typed ? search(typed) : [];
    this.found.hidden = !found.length;
    this.nothing.hidden = !typed || found.length > 0;
    this.found.replaceChildren(...found.map((emoji) => this.#button(emoji)));
    for (const { element } of this.#parts.values()) element.hidden = Boolean(typed);
    this.scroll.scrollTop = 0;
  }

  /** @param {KeyboardEvent} event */
  #fieldKeyed(event) {
    if (event.isComposing) return;
    const first = /** @type {HTMLElement | null} */ (this.scroll.querySelector(':not([hidden]) > .glyph'));
    if (event.key === 'Enter' && this.field.value.trim()) first?.click();
    else if (event.key === 'ArrowDown') first?.focus();
    else return;
    event.preventDefault();
  }

  /** Arrow keys go through the grid, which is one list cut into rows. @param {KeyboardEvent} event */
  #walk(event) {
    const forward = document.dir === 'rtl' ? -1 : 1;
    const step = { ArrowRight: forward, ArrowLeft: -forward, ArrowDown: COLUMNS, ArrowUp: -COLUMNS }[event.key];
    const here = /** @type {HTMLElement} */ (document.activeElement);
    const step1 = step === undefined ? { Home: -Infinity, End: Infinity }[event.key] : step;
    if (step1 === undefined || !here?.matches('.glyph')) return;
    event.preventDefault();
    const glyphs = /** @type {HTMLElement[]} */ ([...this.scroll.querySelectorAll(':not([hidden]) > .glyphs:not([hidden]) > .glyph, .found:not([hidden]) > .glyph')]);
    const at = glyphs.indexOf(here);
    const to = Math.max(-1, Math.min(glyphs.length - 1, Math.abs(Number(step1)) === COLUMNS ? this.#beside(glyphs, at, Number(step1) / COLUMNS) : at + Number(step1)));
    if (to < 0 && step1 !== -Infinity) this.field.focus();
    else glyphs[Math.max(0, to)].focus();
  }

  /** The one above or below, by where it stands: rows at the end of a category are short. @param {HTMLElement[]} glyphs @param {number} at @param {number} way */
  #beside(glyphs, at, way) {
    const { offsetLeft, offsetTop } = glyphs[at];
    for (let other = at + way; glyphs[other]; other += way) {
      const { offsetLeft: left, offsetTop: top } = glyphs[other];
      if (top !== offsetTop && (left === offsetLeft || glyphs[other + 1]?.offsetTop !== top && left < offsetLeft)) return other;
    }
    return way < 0 ? -1 : at;
  }

  #scrolled() {
    const { scrollTop } = this.scroll;
    const here = [...this.#parts].filter(([, { element }]) => element.offsetTop <= scrollTop + 8).pop()?.[0];
    for (const tab of this.tabs.children) set(tab, 'aria-current', /** @type {HTMLElement} */ (tab).dataset.category === here ? 'true' : null);
  }

  /** @param {HTMLElement} target */
  #tell(target) {
    const button = /** @type {HTMLElement | null} */ (target.closest('.glyph'));
    if (button?.dataset.name) write(this.name, button.dataset.name);
  }

  #drawTone() {
    write(this.tone, this.favourites.tinted(HANDS));
  }

  #offerTones() {
    this.tones.hidden = !this.tones.hidden;
    this.tones.replaceChildren(...[0, 1, 2, 3, 4, 5].map((tone) => h('button', {
      type: 'button', 'aria-label': say(/** @type {'tone_0'} */ (`tone_${tone}`)), 'aria-pressed': String(tone === this.favourites.tone), onclick: () => this.#chooseTone(tone),
    }, this.favourites.tinted(HANDS, tone))));
    if (!this.tones.hidden) this.tones.children[this.favourites.tone].focus();
  }

  /** @param {number} tone */
  #chooseTone(tone) {
    this.favourites.tone = tone;
    this.tones.hidden = true;
    this.#drawTone();
    this.tone.focus();
    for (const { element } of this.#parts.values()) element.remove();
    this.#parts.clear();
    this.tabs.replaceChildren();
    this.#fillParts();
    this.#searched();
  }

  /** It is on the screen now. */
  shown() {
    this.#scrolled();
  }
}

/**
 * Show the picker beside `from`; a second click on that closes it.
 * @param {{chat: import('./chat.js').Chat, from: HTMLElement, onPick: (text: string) => void, once?: boolean}} parts once: it closes when one is picked
 */
export function pickEmoji({ chat, from, onPick, once = false }) {
  if (isOpenFrom(from)) {
    closePopup();
    return;
  }
  const picker = new Picker(chat.emoji, (text) => {
    if (once) popup.close();
    onPick(text);
  });
  // On a phone the keyboard would leave no room for what is picked from.
  const popup = new Popup(picker.element, { from, within: chat.element, focus: stage.phone ? null : picker.field });
  picker.shown();
}
