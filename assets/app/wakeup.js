// @ts-check
const TICK_MS = 5_000;
// Hidden pages run timers once a minute; only a longer gap means sleep.
const GAP_MS = { visible: 15_000, hidden: 90_000 };

/**
 * Notice that the page slept, went offline, or was put aside. (That it came back, the loader says.)
 * @param {{wake: (news?: {online: boolean}) => void, lost: () => void, sleep: () => void}} react
 */
export function watchOver(react) {
  let last = Date.now();
  const tick = () => {
    const gap = Date.now() - last;
    last = Date.now();
    if (gap > GAP_MS[document.visibilityState]) react.wake();
  };
  setInterval(tick, TICK_MS);
  document.addEventListener('visibilitychange', tick);
  window.addEventListener('online', () => react.wake({ online: true }));
  window.addEventListener('offline', react.lost);
  window.addEventListener('pagehide', react.sleep);
}
