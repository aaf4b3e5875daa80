// @ts-check
import { locale, say } from './strings.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** @type {Record<string, Intl.DateTimeFormat>} */
const made = {};

/** @param {number} ms @param {Intl.DateTimeFormatOptions} options */
function format(ms, options) {
  const key = JSON.stringify(options);
  made[key] ??= new Intl.DateTimeFormat(locale, options);
  return made[key].format(ms);
}

const startOfDay = (/** @type {number} */ ms) => new Date(ms).setHours(0, 0, 0, 0);

/** Calendar days from `ms` to now; rounding swallows the hour of a clock change. @param {number} ms */
const daysAgo = (ms) => Math.round((startOfDay(Date.now()) - startOfDay(ms)) / DAY_MS);

/** @param {number} one @param {number} other */
export const sameDay = (one, other) => startOfDay(one) === startOfDay(other);

/** 14:03 @param {number} ms */
export const clock = (ms) => format(ms, { hour: 'numeric', minute: '2-digit' });

/** The whole of it, for those who ask. @param {number} ms */
export const moment = (ms) => format(ms, { dateStyle: 'full', timeStyle: 'short' });

/** 3 March 2021 @param {number} ms */
export const calendarDay = (ms) => format(ms, { dateStyle: 'long' });

/** Today, Yesterday, Monday, 3 March, 3 March 2021. @param {number} ms */
export function day(ms) {
  const days = daysAgo(ms);
  if (days <= 0) return say('today');
  if (days === 1) return say('yesterday');
  if (days < 7) return format(ms, { weekday: 'long' });
  if (new Date(ms).getFullYear() === new Date().getFullYear()) return format(ms, { day: 'numeric', month: 'long' });
  return format(ms, { day: 'numeric', month: 'long', year: 'numeric' });
}

/** As short as a list needs: now, 5 min, 14:03, Mon, 3 Mar. @param {number} ms */
export function ago(ms) {
  const age = Date.now() - ms;
  if (age < MINUTE_MS) return say('now');
  if (age < 60 * MINUTE_MS) return say('minutes', { count: Math.floor(age / MINUTE_MS) });
  const days = daysAgo(ms);
  if (days <= 0) return clock(ms);
  if (days < 7) return format(ms, { weekday: 'short' });
  return format(ms, { day: 'numeric', month: 'short' });
}
