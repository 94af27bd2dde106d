import { TestBed } from '@angular/core/testing';
import { refreshEvery } from './refresh';

const PERIOD_MS = 15_000;
let refreshed: number;
let visibility: DocumentVisibilityState;

beforeEach(() => {
  refreshed = 0;
  visibility = 'visible';
  jest.useFakeTimers();
  jest.spyOn(document, 'visibilityState', 'get').mockImplementation(() => visibility);
  TestBed.runInInjectionContext(() => refreshEvery(PERIOD_MS, () => refreshed++));
});
afterEach(() => {
  jest.restoreAllMocks();
  jest.useRealTimers();
});

const turn = (to: DocumentVisibilityState) => {
  visibility = to;
  document.dispatchEvent(new Event('visibilitychange'));
};

it('refreshes at each tick, also at one that the clock puts a little early', () => {
  jest.setSystemTime(Date.now() - 5);
  jest.advanceTimersByTime(PERIOD_MS);
  expect(refreshed).toBe(1);
  jest.advanceTimersByTime(PERIOD_MS);
  expect(refreshed).toBe(2);
});

it('does nothing while the tab is hidden, and refreshes at once when it becomes visible after a period', () => {
  turn('hidden');
  jest.advanceTimersByTime(PERIOD_MS - 1);
  turn('visible');
  expect(refreshed).toBe(0);
  turn('hidden');
  jest.advanceTimersByTime(PERIOD_MS);
  expect(refreshed).toBe(0);
  turn('visible');
  expect(refreshed).toBe(1);
});

it('stops with its owner', () => {
  TestBed.resetTestingModule();
  jest.advanceTimersByTime(2 * PERIOD_MS);
  turn('visible');
  expect(refreshed).toBe(0);
});
