// @ts-check
import { BAR } from './lang/bar.js';

/** One text, or one for each plural form that the language has. @typedef {string | Partial<Record<Intl.LDMLPluralRule, string>>} Saying */
/** @typedef {keyof typeof import('./lang/en.js').default | 'messenger' | 'panel' | 'close_panel' | 'sound_on' | 'sound_off' | 'reconnecting' | 'unread'} Key */

export const LANGUAGES = Object.keys(BAR);
const RIGHT_TO_LEFT = ['ar', 'he'];

/** The tag for dates and numbers, such as de-AT; `language` is the language of the words. */
export let locale = 'en';
export let language = 'en';
let plurals = new Intl.PluralRules(locale);
let numbers = new Intl.NumberFormat(locale);
/** @type {Record<string, Saying>} */
let table = BAR.en;

/** The tag with its script and region if we speak its language. @param {string | undefined} tag */
function spoken(tag) {
  try {
    const known = new Intl.Locale(String(tag));
    return LANGUAGES.includes(known.language) ? known : null;
  } catch {
    return null;
  }
}

/** Speak the first of `tags` that we know, else English; its few words of the bar are there at once. @param {(string | undefined)[]} tags */
export function choose(tags) {
  const chosen = tags.map(spoken).find(Boolean) || new Intl.Locale('en');
  language = chosen.language;
  locale = chosen.toString();
  plurals = new Intl.PluralRules(locale);
  numbers = new Intl.NumberFormat(locale);
  table = BAR[language];
  document.documentElement.lang = locale;
  document.documentElement.dir = RIGHT_TO_LEFT.includes(language) ? 'rtl' : 'ltr';
}

/** Have all the other words, in English where they cannot be had; nothing but the bar may speak before. */
export async function learn() {
  const [english, words] = await Promise.all([import('./lang/en.js'), import(`./lang/${language}.js`).catch(() => null)]);
  table = { ...english.default, ...words?.default, ...table };
}

/** A name inside a sentence, which may be written in the other direction. @param {string} name */
export const isolated = (name) => `\u2068${name}\u2069`;

/**
 * The text of `key` with its {placeholders} filled in; `count` chooses the plural form.
 * @param {Key} key
 * @param {Record<string, string | number>} [values]
 */
export function say(key, values = {}) {
  const saying = table[key];
  const text = typeof saying === 'string' ? saying : saying[plurals.select(Number(values.count))] ?? saying.other ?? '';
  return text.replace(/\{(\w+)\}/g, (_, name) => (typeof values[name] === 'number' ? number(values[name]) : String(values[name])));
}

/** @param {number} value */
export const number = (value) => numbers.format(value);
