import { TestBed } from '@angular/core/testing';
import { PreferenceStore } from './preferences';

const KEY = 'cloudmover.ui';
afterEach(() => localStorage.clear());

it.each(['{', 'null', '[]', '7', '{"theme":"purple","paneShare":9,"language":"xx","shortcutsOff":"yes"}'])(
  'ignores the invalid value %s',
  (stored) => {
    localStorage.setItem(KEY, stored);
    const preferences = TestBed.inject(PreferenceStore);
    expect(preferences.theme()).toBe('system');
    expect(preferences.paneShare()).toBe(0.61);
    expect(preferences.language()).toBeUndefined();
    expect(preferences.shortcutsOff()).toBe(false);
  },
);

it('stores values that differ from the defaults, and sets attributes for the style sheets', () => {
  localStorage.setItem(KEY, '{"theme":"dark"}');
  const preferences = TestBed.inject(PreferenceStore);
  preferences.choose('density', 'compact');
  TestBed.tick();
  expect(document.documentElement).toHaveAttribute('data-density', 'compact');
  expect(JSON.parse(localStorage.getItem(KEY) ?? '')).toEqual({ theme: 'dark', density: 'compact' });
  preferences.choose('density', 'comfortable');
  preferences.choose('theme', 'system');
  TestBed.tick();
  expect(document.documentElement).not.toHaveAttribute('data-density');
  expect(localStorage.getItem(KEY)).toBe('{}');
});

it('follows another tab, also when that clears everything', () => {
  const preferences = TestBed.inject(PreferenceStore);
  dispatchEvent(new StorageEvent('storage', { key: KEY, newValue: '{"theme":"light"}' }));
  expect(preferences.theme()).toBe('light');
  dispatchEvent(new StorageEvent('storage', { key: null, newValue: null }));
  expect(preferences.theme()).toBe('system');
});
