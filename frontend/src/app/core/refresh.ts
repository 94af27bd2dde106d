import { DestroyRef, inject } from '@angular/core';

/**
 * Calls a function again and again while the tab is visible, and at once when it becomes visible after a longer time.
 * Stops with the component. Call it in an injection context.
 */
export function refreshEvery(periodMs: number, refresh: () => void): void {
  let last = Date.now();
  const refreshIfDue = () => {
    if (document.visibilityState !== 'visible' || Date.now() - last < periodMs) return;
    last = Date.now();
    refresh();
  };
  const timer = setInterval(refreshIfDue, periodMs);
  document.addEventListener('visibilitychange', refreshIfDue);
  inject(DestroyRef).onDestroy(() => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', refreshIfDue);
  });
}
