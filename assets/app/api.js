// @ts-check
const TIMEOUT_MS = 20_000;

/** What the server said no with; status 0 means that it said nothing. */
export class ApiError extends Error {
  /**
   * @param {number} status
   * @param {string} code
   * @param {string} text
   * @param {number} [retryAfter] seconds
   */
  constructor(status, code, text, retryAfter) {
    super(text);
    this.status = status;
    this.code = code;
    this.retryAfterMs = (retryAfter || 0) * 1000;
  }

  /** The same request may succeed later, and sending it again does no harm. */
  get passing() {
    return this.status === 0 || this.status >= 500 || this.status === 429 || this.status === 408;
  }

  get signedOut() {
    return this.status === 401;
  }
}

/** @param {Response} response */
export async function refusal(response) {
  const body = await response.json().catch(() => null);
  const { code = `http_${response.status}`, message = response.statusText, retry_after } = body?.error || {};
  return new ApiError(response.status, code, message, retry_after);
}

/**
 * One exchange with the server; ApiError for everything but a 2xx.
 * @param {string} method
 * @param {string} path
 * @param {{body?: any, secret?: string, plain?: boolean, signal?: AbortSignal, timeoutMs?: number}} [options]
 */
export async function exchange(method, path, { body, secret, plain, signal, timeoutMs = TIMEOUT_MS } = {}) {
  const cut = new AbortController();
  const give = () => cut.abort();
  const timer = setTimeout(give, timeoutMs);
  signal?.addEventListener('abort', give);
  try {
    const response = await fetch(path, {
      method,
      signal: cut.signal,
      credentials: 'omit',
      cache: 'no-store',
      headers: {
        ...(body && { 'Content-Type': plain ? 'text/plain' : 'application/json' }),
        ...(secret && { Authorization: `Bearer ${secret}` }),
      },
      body: body && JSON.stringify(body),
    });
    if (!response.ok) throw await refusal(response);
    return response.status === 204 ? null : await response.json();
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw new ApiError(0, 'network', String(error));
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', give);
  }
}

/**
 * Path and query, every part encoded.
 * @param {TemplateStringsArray} parts
 * @param {...any} values
 */
export function path(parts, ...values) {
  return parts.reduce((text, part, at) => text + encodeURIComponent(values[at - 1]) + part);
}

/** @param {Record<string, any>} fields those that are null or '' are left out */
export function query(fields) {
  const pairs = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined && value !== '');
  return pairs.length ? `?${new URLSearchParams(pairs.map(([key, value]) => [key, String(value)]))}` : '';
}
