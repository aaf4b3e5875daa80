// @ts-check
// WCAG 2.2 AA: text, and the edges of controls; ours is softened further for lines that matter less, so it starts higher.
const READABLE = 4.5;
const VISIBLE = 3;
const CLEAR = 9;
const DARK_BELOW = 0.2;
const BLACK = [0, 0, 0];
const WHITE = [255, 255, 255];

/** @typedef {number[]} Colour red, green and blue, 0 to 255 */

/** What CSS means by a colour, however it is written; null if nothing. @param {string | undefined} written @returns {Colour | null} */
function read(written) {
  const canvas = document.createElement('canvas').getContext('2d');
  if (!written || !canvas || !CSS.supports('color', written)) return null;
  canvas.fillStyle = written;
  canvas.fillRect(0, 0, 1, 1);
  return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
}

/** @param {Colour} colour */
function luminance(colour) {
  const [red, green, blue] = colour.map((part) => (part <= 10 ? part / 3294.6 : ((part / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** @param {Colour} one @param {Colour} other */
function contrast(one, other) {
  const [darker, lighter] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

/** @param {Colour} from @param {Colour} to @param {number} part of `to` @returns {Colour} */
const mix = (from, to, part) => from.map((value, at) => Math.round(value + (to[at] - value) * part));

/** The nearest to `colour`, on the way to black or white, that stands out from `ground`. @param {Colour} colour @param {Colour} ground @param {number} needed */
function standOut(colour, ground, needed) {
  const end = contrast(BLACK, ground) > contrast(WHITE, ground) ? BLACK : WHITE;
  let part = 0;
  while (part < 1 && contrast(mix(colour, end, part), ground) < needed) part += 0.04;
  return mix(colour, end, Math.min(part, 1));
}

/** All that follows from the ground and the ink of the host. @param {Colour} surface @param {Colour} ink @returns {Record<string, Colour>} */
function shades(surface, ink) {
  const theirs = mix(surface, ink, 0.08);
  return {
    surface, ink, theirs, raised: mix(surface, ink, 0.05), hover: mix(surface, ink, 0.07), line: mix(surface, ink, 0.14),
    soft: standOut(mix(surface, ink, 0.62), theirs, READABLE), edge: standOut(mix(surface, ink, 0.45), surface, VISIBLE),
  };
}

/** The tokens that the host's colours make. @param {Record<string, string>} host @param {(name: string) => Colour} ours a token of the theme */
function tokens(host, ours) {
  const surface = read(host.surface);
  const ink = surface && standOut(read(host.ink) || ours('ink'), surface, CLEAR);
  // On a ground of middling grey nothing is clear: then it stays ours.
  const made = surface && ink && contrast(ink, surface) >= CLEAR ? shades(surface, ink) : {};
  const ground = made.theirs || ours('theirs');
  if (made.theirs) made.alert = standOut(ours('alert'), ground, READABLE);
  const accent = read(host.accent) || (made.theirs && ours('accent'));
  if (!accent) return made;
  const fill = host.accent ? accent : ours('fill');
  const wanted = read(host['accent-ink']) || ours('accent-ink');
  return { ...made, fill, accent: standOut(accent, ground, READABLE), 'accent-ink': standOut(wanted, fill, READABLE) };
}

/**
 * Light or dark as the host says, else as its ground is, else as the person's system does; colours as the host's `--im-*` say,
 * moved just as far as it takes to be read. The root's color-scheme stays as it is: one that differs makes an iframe opaque.
 * What the host's pages do not say is as the site's owner has decided.
 * @param {import('./bridge.js').Bridge} bridge
 * @param {Record<string, string>} site
 */
export function followTheme(bridge, site) {
  const { theme, variables } = bridge.welcome;
  const said = variables.map(([name, value]) => [name.slice(5), value.trim()]).filter(([, value]) => value);
  const host = { ...site, ...Object.fromEntries(said) };
  const ground = read(host.surface);
  const { dataset, style } = document.body;
  const show = (/** @type {boolean} */ dark) => {
    const dim = ground ? luminance(ground) < DARK_BELOW : dark;
    dataset.theme = !ground && (theme === 'dark' || theme === 'light') ? theme : dim ? 'dark' : 'light';
    for (const name of [...style].filter((one) => one.startsWith('--im-'))) style.removeProperty(name);
    const sheet = getComputedStyle(document.body);
    const made = tokens(host, (name) => read(sheet.getPropertyValue(`--im-${name}`)) || BLACK);
    for (const [name, colour] of Object.entries(made)) style.setProperty(`--im-${name}`, `rgb(${colour.join(' ')})`);
    for (const name of ['radius', 'font']) if (host[name]) style.setProperty(`--im-${name}`, host[name]);
  };
  bridge.on('dark', show);
  show(bridge.welcome.dark);
}
