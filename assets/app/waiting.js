// @ts-check
/** Waiting: how long, and how to be woken early. */

const FIRST_MS = 250;
const LONGEST_MS = 15_000;

/**
 * Full jitter: a crowd that lost its server together does not come back together.
 * The first wait stays below 300 ms, so nobody notices a worker that was replaced.
 * @param {number} attempt from 0
 */
export function backoffMs(attempt) {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
  return 40 + Math.random() * ceiling;
}

/**
 * Resolve after `ms`, or at once when `signal` aborts.
 * @param {number} ms
 * @param {AbortSignal} [signal]
 * @returns {Promise<void>}
 */
export function pause(ms, signal) {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => { clearTimeout(timer); resolve(); }, { once: true });
  });
}

/**
 * Run `act` once, `ms` after the last call.
 * @param {number} ms
 * @param {() => void} act
 */
export function debounced(ms, act) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = window.setTimeout(act, ms);
  };
}

/**
 * Make something when it is first needed, and only once.
 * @template T
 * @param {() => Promise<T>} make
 */
export function lazily(make) {
  /** @type {Promise<T> | null} */
  let made = null;
  return () => {
    made ??= make();
    return made;
  };
}

/**
 * Run `act` once after all the changes of this turn.
 * @param {() => void} act
 */
export function batched(act) {
  let due = false;
  return () => {
    if (due) return;
    due = true;
    queueMicrotask(() => { due = false; act(); });
  };
}
