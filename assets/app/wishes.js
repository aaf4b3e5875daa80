// @ts-check
import { settingsOf } from './preferences.js';

/** What the person wants to be told of, and when not: the settings that all of their devices share. */

/** @typedef {{sound: boolean, notifications: boolean, quiet_from: string, quiet_to: string, time_zone: string}} Wishes */

/** @type {Wishes} */
const USUAL = { sound: true, notifications: true, quiet_from: '', quiet_to: '', time_zone: '' };

/** What is set now, or what is usual while the server cannot say. @param {import('./client.js').Client} client @returns {Promise<Wishes>} */
export const wishesOf = (client) => settingsOf(client).catch(() => USUAL);

/** Minutes since midnight in a time zone; in this browser's where it is unknown. @param {number} now @param {string} zone */
function minutesOf(now, zone) {
  let written;
  try {
    written = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: zone || undefined }).format(now);
  } catch {
    written = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' }).format(now);
  }
  return minutes(written);
}

/** @param {string} clock HH:MM */
function minutes(clock) {
  const [hours, rest] = clock.split(':').map(Number);
  return hours * 60 + rest;
}

/** Whether it is in the quiet hours. @param {Wishes} wishes @param {number} [now] */
export function isQuiet({ quiet_from, quiet_to, time_zone }, now = Date.now()) {
  if (!quiet_from || !quiet_to || quiet_from === quiet_to) return false;
  const [first, last, at] = [minutes(quiet_from), minutes(quiet_to), minutesOf(now, time_zone)];
  return first < last ? at >= first && at < last : at >= first || at < last;
}
