import { DestroyRef, inject } from '@angular/core';

/**
 * Calls a function again and again while the tab is visible, and at once when it becomes visible after a longer time.
 * Stops with the component. Call it in an injection context.
 */
export function refreshEvery(periodMs: number, refresh: () => void): void {
  let last = Date.now();
  // Timers may fire a few milliseconds early, so a tick does not compare the time.
  const tick = () => {
    if (document.visibilityState !== 'visible') return;
    last = Date.now();
    refresh();
  };
  const becameVisible = () => {
    if (Date.now() - last >= periodMs) tick();
  };
  const timer = setInterval(tick, periodMs);
  document.addEventListener('visibilitychange', becameVisible);
  inject(DestroyRef).onDestroy(() => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', becameVisible);
  });
}
