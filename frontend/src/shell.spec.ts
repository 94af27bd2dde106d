import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Catalogue } from './app/texts/catalogue';
import { de } from './app/texts/de';
import { en } from './app/texts/en';

const html = readFileSync(join(import.meta.dirname, 'index.html'), 'utf8');

/** What `index.html` shows at an address before the portal's scripts have loaded. */
function paint(path: string, languages: string[], stored?: string): HTMLElement {
  const page = new DOMParser().parseFromString(html, 'text/html');
  document.body.replaceChildren(page.getElementById('shell')!);
  document.documentElement.lang = '';
  history.replaceState(null, '', path);
  jest.spyOn(navigator, 'languages', 'get').mockReturnValue(languages);
  if (stored !== undefined) localStorage.setItem('cloudmover.ui', stored);
  const script = document.createElement('script');
  script.textContent = page.querySelector('script')!.textContent;
  document.body.append(script);
  return document.querySelector<HTMLElement>('#shell [data-path]:not([hidden])')!;
}

const words = (element: Element) =>
  [...element.querySelectorAll('h1, p')].map(({ textContent }) => textContent.trim().replace(/\s+/g, ' '));

const first: Record<string, (texts: Catalogue) => string[]> = {
  '/connect': ({ connect }) => [connect.heading, connect.lead],
  '/move': ({ browse }) => [browse.heading],
  '/transfers': ({ transfers }) => [transfers.list.heading, transfers.list.lead],
};

afterEach(() => {
  localStorage.clear();
  document.documentElement.removeAttribute('data-theme');
});

describe.each(Object.entries(first))('the static outline of %s', (path, of) => {
  it.each([
    ['en', en],
    ['de', de],
  ])('has the texts of its page, in %s', (language, texts) => {
    expect(words(paint(path, [`${language}-AT`]))).toEqual(of(texts));
    expect(document.documentElement.lang).toBe(language);
  });
});

it('shows no outline for an unknown page', () => {
  expect(paint('/sessions', ['en'])).toBeNull();
  expect(paint('/transfers/tr1', ['en'])).toBeNull();
});

it('has the theme and the language that were chosen', () => {
  paint('/transfers', ['en'], '{"theme":"dark","language":"de"}');
  expect(document.documentElement.dataset['theme']).toBe('dark');
  expect(document.documentElement.lang).toBe('de');
});

it.each(['not JSON', 'null', '{"theme":"loud","language":"tlh"}'])('ignores invalid preferences: %s', (stored) => {
  expect(words(paint('/transfers', ['fr', 'de-DE'], stored))[0]).toBe(de.transfers.list.heading);
  expect(document.documentElement.dataset['theme']).toBeUndefined();
});
