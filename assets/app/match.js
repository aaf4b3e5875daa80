// @ts-check
/** Where the words of a search stand in a text; folded as the server folds them (imserver/store/words.py). */

const MARKS = /[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f\u00ad\u0640\u200b-\u200f\u2060]/g;
/** Scripts without spaces between words, and pictures: found anywhere, not only where a word begins. */
const UNSPACED = /[\u0e01-\u0eff\u0f40-\u0fbc\u1000-\u109f\u1780-\u17d3\u2600-\u27bf\u3005-\u3007\u3040-\u312f\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\u{1f000}-\u{1faff}\u{20000}-\u{3ffff}]/u;
const PIECE = new RegExp(`${UNSPACED.source}+|(?:(?!${UNSPACED.source})[\\p{L}\\p{M}\\p{N}])+`, 'gu');
const LETTER = /[\p{L}\p{M}\p{N}]/u;
const BEFORE = 40;
const LONGEST = 160;

/** Upper case first: it unites what lower case alone keeps apart, as in Straße and strasse. @param {string} text */
const fold = (text) => text.normalize('NFKD').toUpperCase().toLowerCase().normalize('NFKD').replace(MARKS, '').normalize('NFC');

/** A text and, for every unit of its folded form, where that came from. @param {string} text */
function foldWithPlaces(text) {
  let folded = '';
  /** @type {number[]} */
  const places = [];
  for (let at = 0; at < text.length;) {
    const size = (text.codePointAt(at) || 0) > 0xffff ? 2 : 1;
    const piece = fold(text.slice(at, at + size));
    for (let unit = 0; unit < piece.length; unit += 1) places.push(at);
    folded += piece;
    at += size;
  }
  places.push(text.length);
  return { folded, places };
}

/** @param {string} query @returns {string[]} what is marked, the longest first */
export const wordsOf = (query) => [...new Set(fold(query).match(PIECE) || [])].sort((one, other) => other.length - one.length);

/**
 * @param {string} text
 * @param {string[]} words of `wordsOf`
 * @returns {[number, number][]} ascending, apart from each other
 */
export function findMarks(text, words) {
  const { folded, places } = foldWithPlaces(text);
  /** @type {[number, number][]} */
  const found = [];
  for (const word of words) {
    const inside = UNSPACED.test(word);
    for (let at = folded.indexOf(word); at >= 0; at = folded.indexOf(word, at + word.length)) {
      const before = [...folded.slice(Math.max(0, at - 2), at)].pop() || '';
      if (inside || !LETTER.test(before) || UNSPACED.test(before)) found.push([places[at], places[at + word.length]]);
    }
  }
  return united(found);
}

/** @param {[number, number][]} marks */
function united(marks) {
  /** @type {[number, number][]} */
  const apart = [];
  for (const mark of marks.sort((one, other) => one[0] - other[0])) {
    const last = apart[apart.length - 1];
    if (last && mark[0] <= last[1]) last[1] = Math.max(last[1], mark[1]);
    else apart.push([...mark]);
  }
  return apart;
}

/**
 * The part of a text around its first mark, in one line, cut into what is marked and what is not.
 * @param {string} text
 * @param {string[]} words
 * @returns {{text: string, marked: boolean}[]}
 */
export function excerpt(text, words) {
  const flat = text.replace(/\s+/g, ' ');
  const marks = findMarks(flat, words);
  const first = marks[0]?.[0] || 0;
  const start = first > BEFORE ? flat.indexOf(' ', first - BEFORE) + 1 || first - BEFORE : 0;
  const from = Math.min(start, first);
  const parts = [{ text: from ? '…' : '', marked: false }];
  let at = from;
  for (const [begin, end] of marks) {
    if (begin >= from + LONGEST) break;
    parts.push({ text: flat.slice(at, begin), marked: false }, { text: flat.slice(begin, end), marked: true });
    at = end;
  }
  parts.push({ text: flat.slice(at, Math.max(at, from + LONGEST)) + (flat.length > Math.max(at, from + LONGEST) ? '…' : ''), marked: false });
  return parts.filter((part) => part.text);
}
