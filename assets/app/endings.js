// @ts-check
import { ApiError } from './api.js';

/** Refusals with a name of their own. @type {Record<string, import('./transport.js').End['reason']>} */
const NAMED = { replaced: 'replaced', invalid_cursor: 'lost', slow: 'slow', session_ended: 'signed_out', unauthenticated: 'signed_out' };

/**
 * What an exchange over HTTP, or an error inside a stream, means for the connection.
 * @param {any} error
 * @param {boolean} opened whether it had worked before
 * @returns {import('./transport.js').End}
 */
export function endOf(error, opened) {
  const text = `${error.code || error.name}: ${error.message}`;
  const retryMs = error.retryAfterMs || (error.retry_after || 0) * 1000;
  if (NAMED[error.code]) return { reason: NAMED[error.code], text };
  if (!(error instanceof ApiError) || error.status === 0) return { reason: opened ? 'network' : 'blocked', text, retryMs };
  if (error.signedOut) return { reason: 'signed_out', text };
  return { reason: error.passing ? 'full' : 'refused', text, retryMs };
}

/** The part of a request that names rooms; there is none without rooms. @param {Record<string, string>} rooms */
export const roomsOf = (rooms) => (Object.keys(rooms).length ? { rooms } : {});
