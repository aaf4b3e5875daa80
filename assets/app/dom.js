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

/** Resolves when it is there, or cannot be had. @param {string} name */
export const loadStyle = (name) => new Promise((resolve) => {
  const href = new URL(name, import.meta.url).href;
  document.head.append(h('link', { rel: 'stylesheet', href, onload: resolve, onerror: resolve }));
});

/** Paths on a 24 px grid, drawn with a 2 px line; icons.js adds those that the bar does not need. @type {Record<string, string>} */
const PATHS = {
  chat: 'M12 3.8c5 0 9 3.3 9 7.6s-4 7.6-9 7.6c-1 0-2-.1-2.9-.4L4.8 20.5l.7-3.8A7.2 7.200 0 0 1 3 11.4c0-4.300 4-7.6 9-7.6zM8 9.8h8M8 13.200h5',
  close: 'M6 6l12 12M18 6L6 18',
  minus: 'M6 12h12',
  up: 'M6 15l6-6 6 6',
  down: 'M6 9l6 6 6-6',
  back: 'M15 5l-7 7 7 7',
  search: 'M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM20 20l-4.6-4.6',
  send: 'M4 12l16-7-5.5 15-3-6.5zM11.5 13.5L20 5',
  bell: 'M6 16v-5a6 6 0 1 1 12 0v5l1.5 2h-15zM10 21h4',
  mute: 'M8.6 6A6 6 0 0 1 18 11v4M18 18H4.5l1.5-2v-5M10 21h4M4 4l16 16',
  clock: 'M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM12 8v4l2.5 2',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  alert: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 8v5M12 16.2v.1',
  people: 'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM3 20c0-4 2.5-6 6-6s6 2 6 6M16 4.300a3.5 3.5 0 0 1 0 6.400M17.5 14.300c2.200.8 3.5 2.8 3.5 5.700',
};

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
  const picture = svg('svg', { viewBox: '0 0 24 24', class: 'icon', 'aria-hidden': 'true' });
  picture.append(svg('path', { d: PATHS[name] }));
  return picture;
}

/** A round button that shows an icon. @param {string} name @param {string} label @param {Record<string, any>} props */
export function iconButton(name, label, props) {
  return h('button', { type: 'button', class: 'round', 'aria-label': label, title: label, ...props }, icon(name));
}
