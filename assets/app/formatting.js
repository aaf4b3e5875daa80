// @ts-check
import { h, iconButton, write } from './dom.js';
import { linked } from './links.js';
import { say } from './strings.js';

// Three backticks, perhaps the name of a language on the same line, and three again.
const BLOCK = /```(?:[\w+#.-]{1,20}(?=\r?\n))?\r?\n?([\s\S]*?\S[\s\S]*?)\r?\n?```[ \t]*\n?/g;
const CODE = /`([^`\n]*[^`\s][^`\n]*)`/g;
const COPIED_MS = 1_600;

/** @typedef {{id: string, name: string}} Mentioned */
/** @typedef {{mentioned?: Mentioned[], me?: string, onMention?: (id: string, from: HTMLElement) => void}} Who */

/**
 * Cut `text` at every match: what matched goes through `draw`, what is between through `rest`.
 * @param {string} text @param {RegExp} pattern
 * @param {(match: RegExpMatchArray) => Node} draw
 * @param {(text: string) => (Node | string)[]} rest
 */
function cut(text, pattern, draw, rest) {
  const nodes = [];
  let at = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > at) nodes.push(...rest(text.slice(at, match.index)));
    nodes.push(draw(match));
    at = match.index + match[0].length;
  }
  if (at < text.length) nodes.push(...rest(text.slice(at)));
  return nodes;
}

/** @param {string} code */
function block(code) {
  const copy = iconButton('copy', say('copy_code'), { onclick: () => copied(copy, code) });
  return h('div', { class: 'code', dir: 'ltr' }, h('pre', { tabindex: '0', role: 'group', 'aria-label': say('code') }, h('code', {}, code)), copy);
}

/** @param {HTMLElement} button @param {string} code */
async function copied(button, code) {
  const { copyText } = await import('./acts.js');
  await copyText(code);
  button.classList.add('done');
  setTimeout(() => button.classList.remove('done'), COPIED_MS);
}

const escaped = (/** @type {string} */ text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** @param {string} text @param {Who} who */
function withMentions(text, { mentioned = [], me, onMention }) {
  const named = mentioned.filter(({ name }) => name).sort((one, other) => other.name.length - one.name.length);
  if (!named.length || !text.includes('@')) return linked(text);
  const pattern = new RegExp(`@(${named.map(({ name }) => escaped(name)).join('|')})(?![\\p{L}\\p{N}])`, 'giu');
  return cut(text, pattern, (match) => {
    const person = named.find(({ name }) => name.toLowerCase() === match[1].toLowerCase()) || named[0];
    return h('button', {
      type: 'button', class: person.id === me ? 'mention own' : 'mention', onclick: (/** @type {any} */ event) => onMention?.(person.id, event.currentTarget),
    }, match[0]);
  }, linked);
}

/**
 * The text of a message as nodes: blocks and pieces of code, links, mentions. Everything else is text as it was written.
 * @param {string} text
 * @param {Who} [who]
 * @returns {(Node | string)[]}
 */
export function formatted(text, who = {}) {
  const inline = (/** @type {string} */ part) => cut(part, CODE, (match) => h('code', {}, match[1]), (rest) => withMentions(rest, who));
  return cut(text, BLOCK, (match) => block(match[1]), inline);
}

/** The same on one line, for a list or a quote. @param {string} text */
export const flattened = (text) => text.replace(/```(?:[\w+#.-]{1,20}\n)?/g, ' ').replace(CODE, '$1').replace(/\s+/g, ' ').trim();

/** @param {Node} node @param {string} text */
export const writeFlat = (node, text) => write(node, flattened(text));
