// @ts-check
import { ApiError } from './api.js';
import { say } from './strings.js';

/** What the server's refusals mean to a person; any other is told in one sentence. */
const SAYINGS = /** @type {const} */ ({
  rate_limited: 'too_fast', group_full: 'group_full', forbidden: 'not_allowed', not_found: 'not_there', invalid_text: 'bad_name', guests_may_not: 'guests_may_not',
  blocked: 'not_allowed', switched_off: 'not_allowed', site_limit: 'too_fast', site_busy: 'too_fast', network: 'no_way',
});

/** @param {unknown} error @returns {string} a sentence for the person; what is no refusal is thrown on */
export function complaintOf(error) {
  if (!(error instanceof ApiError)) throw error;
  return say(SAYINGS[/** @type {keyof typeof SAYINGS} */ (error.code)] || 'went_wrong');
}
