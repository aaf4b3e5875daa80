// @ts-check
/**
 * Elements without markup: text goes in as text nodes, so nothing anybody wrote is ever parsed.
 */

/** @typedef {Node | string | null | false | undefined} Child */

/**
 * @param {string} tag
 * @param {Record<string, any>} [props] `class`, `onclick` and friends as functions, else attributes; false and null leave them out
 * @param {...Child} children
 * @returns {any}
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) set(element, name, value);
  element.append(...children.filter((child) => child || child === '').map((child) => /** @type {Node | string} */ (child)));
  return element;
}

/**
 * @param {Element} element
 * @param {string} name
 * @param {any} value
 */
export function set(element, name, value) {
  if (typeof value === 'function') element.addEventListener(name.slice(2), value);
  else if (value === null || value === undefined || value === false) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? '' : String(value));
}

/** Change a text only if it differs: no needless layout, no needless announcement. @param {Node} node @param {string} text */
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Fetch a module, and what it is known to need, without running it. @param {string} href */
export const preload = (href) => document.head.append(h('link', { rel: 'modulepreload', href: new URL(href, import.meta.url) }));

/** @type {Map<string, Promise<any>>} */
const styles = new Map();

/** Resolves when it is there, or cannot be had; one that is there already is not loaded again. @param {string} name */
export function loadStyle(name) {
  const loading = styles.get(name) || new Promise((resolve) => {
    const href = new URL(name, import.meta.url).href;
    document.head.append(h('link', { rel: 'stylesheet', href, onload: resolve, onerror: resolve }));
  });
  styles.set(name, loading);
  return loading;
}

/** Paths on a 24 px grid, drawn with a 2 px line; those that the bar does not need are in icons.js. @type {Record<string, string>} */
const PATHS = {
  chat: 'M12 3.8c5 0 9 3.3 9 7.6s-4 7.6-9 7.6c-1 0-2-.1-2.9-.4L4.8 20.5l.7-3.8A7.2 7.2 0 0 1 3 11.4c0-4.3 4-7.6 9-7.6zM8 9.8h8M8 13.2h5',
  down: 'M6 9l6 6 6-6',
  mute: 'M8.6 6A6 6 0 0 1 18 11v4M18 18H4.5l1.5-2v-5M10 21h4M4 4l16 16',
};

/** Those that point along the line of writing, and so are mirrored where it runs from right to left. */
const POINTING = ['back', 'next', 'send', 'reply', 'forward', 'leave', 'chat'];

const SVG = 'http://www.w3.org/2000/svg';

/** @param {string} tag @param {Record<string, string>} attributes */
function svg(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

/** @param {Record<string, string>} more */
export const addIcons = (more) => Object.assign(PATHS, more);

/** @param {string} name */
export function icon(name) {
  const picture = svg('svg', { viewBox: '0 0 24 24', class: POINTING.includes(name) ? 'icon points' : 'icon', 'aria-hidden': 'true' });
  picture.append(svg('path', { d: PATHS[name] }));
  return picture;
}

/** A round button that shows an icon. @param {string} name @param {string} label @param {Record<string, any>} props */
export function iconButton(name, label, props) {
  return h('button', { type: 'button', class: 'round', 'aria-label': label, title: label, ...props }, icon(name));
}
