// @ts-check
import { h } from './dom.js';

// Only what begins with http(s) is a link; a name and password in it is how phishing looks.
const ADDRESS = /\bhttps?:\/\/[^\s<>"'\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gi;
const TRAILING = /[.,;:!?…*_~]+$/;

/** Punctuation after an address, and a bracket that was opened before it, belong to the sentence. @param {string} address */
function trim(address) {
  let end = address.replace(TRAILING, '');
  while (/[)\]}]$/.test(end)) {
    const open = { ')': '(', ']': '[', '}': '{' }[end.slice(-1)] || '';
    if (end.split(open).length >= end.split(end.slice(-1)).length) break;
    end = end.slice(0, -1).replace(TRAILING, '');
  }
  return end;
}

/** @param {string} address */
function isPlain(address) {
  try {
    const url = new URL(address);
    return Boolean(url.hostname) && !url.username && !url.password;
  } catch {
    return false;
  }
}

/**
 * The text as nodes, its addresses as links.
 * @param {string} text
 * @returns {(Node | string)[]}
 */
export function linked(text) {
  const nodes = [];
  let at = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = trim(match[0]);
    if (!isPlain(address)) continue;
    nodes.push(text.slice(at, match.index));
    nodes.push(h('a', { href: address, target: '_blank', rel: 'noopener noreferrer nofollow', dir: 'ltr' }, address));
    at = match.index + address.length;
  }
  nodes.push(text.slice(at));
  return nodes.filter((node) => node !== '');
}
