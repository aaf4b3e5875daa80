// @ts-check
import { ALIASES } from './emoji-aliases.js';
import { CATEGORIES } from './emoji-data.js';

/** @typedef {{text: string, name: string, toned: boolean, category: string}} Emoji */

// An emoji is drawn in this size to see whether the system has a picture for it.
const PROBE_PX = 16;

/** One entry of the table: picture, name, + for skin tones, * and the version that it came with. @param {string} entry @param {string} category */
function parse(entry, category) {
  const space = entry.indexOf(' ');
  const [, name, plus, version] = /^(.*?)(\+?)(?:\*(\d+))?$/.exec(entry.slice(space + 1)) || [];
  return { text: entry.slice(0, space), name, toned: Boolean(plus), category, version: Number(version || 0) };
}

/** Whether the system draws `text` as one picture in colour, and not as a box, letters, or several pictures. @param {CanvasRenderingContext2D} canvas @param {string} text */
function isDrawn(canvas, text) {
  canvas.clearRect(0, 0, 2 * PROBE_PX, 2 * PROBE_PX);
  canvas.fillText(text, 0, PROBE_PX);
  if (canvas.measureText(text).width > 1.6 * canvas.measureText('😀').width) return false;
  const { data } = canvas.getImageData(0, 0, 2 * PROBE_PX, 2 * PROBE_PX);
  for (let at = 0; at < data.length; at += 4) {
    if (data[at + 3] && (Math.abs(data[at] - data[at + 1]) > 8 || Math.abs(data[at] - data[at + 2]) > 8)) return true;
  }
  return false;
}

/** Leave out what this system cannot draw: a whole version of Unicode or all flags at once, by one sample each. @param {(Emoji & {version: number})[]} all */
function drawable(all) {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  if (!canvas) return all;
  canvas.font = `${PROBE_PX}px sans-serif`;
  canvas.fillStyle = '#000';
  /** @type {Map<string, boolean>} */
  const seen = new Map();
  return all.filter((emoji) => {
    const group = emoji.category === 'flags' ? 'flags' : String(emoji.version);
    if (group === '0') return true;
    const sample = emoji.category === 'flags' ? '🇩🇪' : emoji.text;
    if (!seen.has(group)) seen.set(group, isDrawn(canvas, sample));
    return seen.get(group);
  });
}

/** All that this system can draw, in Unicode's order. @type {Emoji[]} */
export const all = drawable(Object.entries(CATEGORIES).flatMap(([category, table]) =>
  table.split('|').map((entry) => parse(entry.trim(), category))));

/** @param {{name: string}} emoji */
const codeOf = ({ name }) => name.normalize('NFD').replace(/[\u0300-\u036f']/g, '').replace(/[^a-z0-9#*]+/g, '_').replace(/^_|_$/g, '');

const byText = new Map(all.map((emoji) => [emoji.text, emoji]));
/** @type {Map<string, Emoji>} */
const aliases = new Map(ALIASES.split('|').flatMap((pair) => {
  const [alias, text] = pair.trim().split(' ');
  const emoji = byText.get(text);
  return emoji ? [[alias, emoji]] : [];
}));
const codes = new Map([...all.map((emoji) => /** @type {[string, Emoji]} */ ([codeOf(emoji), emoji])), ...aliases]);
/** @type {Map<Emoji, string[]>} */
const otherNames = new Map();
for (const [alias, emoji] of aliases) otherNames.set(emoji, [...(otherNames.get(emoji) || []), alias.replace(/_/g, ' ')]);

/** What it is called between colons: as it was asked for, if it goes by several names. @param {Emoji} emoji @param {string} asked */
export const codeFor = (emoji, asked) => (otherNames.get(emoji) || []).find((name) => name.startsWith(asked.replace(/_/g, ' ')))?.replace(/ /g, '_') || codeOf(emoji);

/** @param {string} code without its colons */
export const byCode = (code) => codes.get(code);

/** @param {string} text */
export const named = (text) => byText.get(text) || all.find((emoji) => emoji.toned && text.replace(/[\u{1f3fb}-\u{1f3ff}]/gu, '').replace(/\ufe0f/g, '') === emoji.text.replace(/\ufe0f/g, ''));

/** How well `emoji` is meant by `words`; 0 for not at all. @param {Emoji} emoji @param {string} query @param {string[]} words */
function score(emoji, query, words) {
  const other = otherNames.get(emoji) || [];
  if (other.includes(query)) return 5;
  if (emoji.name === query || other.some((name) => name.startsWith(query))) return 4;
  const all = ` ${[emoji.name, ...other].join(' ').replace(/[-:,]/g, ' ')}`;
  if (!words.every((word) => all.includes(` ${word}`))) return words.every((word) => word.length > 2 && all.includes(word)) ? 1 : 0;
  return emoji.name.startsWith(words[0]) ? 3 : 2;
}

/** The best `count` for what somebody typed. @param {string} typed @param {number} [count] @returns {Emoji[]} */
export function search(typed, count = 80) {
  const query = typed.toLowerCase().trim();
  const words = query.split(/[\s_:-]+/).filter(Boolean);
  if (!words.length) return [];
  const found = all.map((emoji) => ({ emoji, rank: score(emoji, query, words) })).filter(({ rank }) => rank);
  return found.sort((one, other) => other.rank - one.rank).slice(0, count).map(({ emoji }) => emoji);
}
