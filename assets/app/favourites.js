// @ts-check
const KEPT = 27;
const TONES = ['', '🏻', '🏼', '🏽', '🏾', '🏿'];
/** What is offered first for a reaction. */
export const QUICK = ['👍', '❤️', '😂', '😮', '😢', '🎉'];

/** Which emoji this person used last, and in which skin tone. */
export class Favourites {
  /** @param {import('./storage.js').Storage} storage */
  constructor(storage) {
    this.storage = storage;
  }

  /** @returns {string[]} newest first */
  get recent() {
    return this.storage.get('emoji')?.recent || [];
  }

  /** @returns {number} 0 for none, else 1 (light) to 5 (dark) */
  get tone() {
    return this.storage.get('emoji')?.tone || 0;
  }

  /** @param {number} tone */
  set tone(tone) {
    this.storage.set('emoji', { recent: this.recent, tone });
  }

  /** @param {string} text */
  used(text) {
    this.storage.set('emoji', { tone: this.tone, recent: [text, ...this.recent.filter((one) => one !== text)].slice(0, KEPT) });
  }

  /** The picture in the skin tone that was chosen, or in another one. @param {{text: string, toned: boolean}} emoji @param {number} [tone] */
  tinted({ text, toned }, tone = this.tone) {
    if (!toned || !tone) return text;
    return text.replace(/(\p{Emoji_Modifier_Base})\ufe0f?/gu, `$1${TONES[tone]}`);
  }
}
