// @ts-check
import { locale } from './strings.js';

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte'];
const STEP = 1_000;

/** How much that is, as people say it. @param {number} bytes */
export function sizeText(bytes) {
  let [amount, unit] = [bytes, 0];
  while (amount >= STEP && unit < UNITS.length - 1) [amount, unit] = [amount / STEP, unit + 1];
  const digits = unit < 2 ? 0 : 1;
  return new Intl.NumberFormat(locale, { style: 'unit', unit: UNITS[unit], unitDisplay: unit ? 'short' : 'long', maximumFractionDigits: digits }).format(amount);
}

/** Minutes and seconds. @param {number} ms */
export function timeText(ms) {
  const seconds = Math.round(ms / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
