import { Component, inject } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { render, screen } from '@testing-library/angular';
import { PreferenceStore } from '../core/preferences';
import { rest } from '../../testing/portal-http';
import { speak } from './catalogue';
import { de } from './de';
import { en } from './en';
import { localeFor, preferredLanguage } from './language';
import { Texts } from './texts';

@Component({ template: '{{ t().connection.live }} {{ t().pages.transfers }}' })
class Words {
  protected readonly t = inject(Texts).shell;
}

const browser = (...tags: string[]) => jest.spyOn(navigator, 'languages', 'get').mockReturnValue(tags);

afterEach(async () => {
  jest.restoreAllMocks();
  localStorage.clear();
  await speak('en');
});

it.each([
  [['de-AT', 'en'], 'de', 'de-AT'],
  [['fr-FR', 'de', 'en'], 'de', 'de'],
  [['en-US'], 'en', 'en-US'],
  [['fr-FR'], 'en', 'en-GB'],
  [[], 'en', 'en-GB'],
] as const)(
  'for the browser languages %p, uses the language %s and the number format of %s',
  (tags, language, locale) => {
    expect(preferredLanguage(tags)).toBe(language);
    expect(localeFor(language, tags)).toBe(locale);
  },
);

it('uses the browser’s language on a first visit', async () => {
  browser('de-DE');
  await render(Words);
  await TestBed.inject(Texts).ready();
  await rest();
  expect(await screen.findByText(/Übertragungen/)).toBeVisible();
  expect(document.documentElement).toHaveAttribute('lang', 'de');
});

it('changes the page at once when another language is chosen, and remembers it', async () => {
  await render(Words);
  expect(screen.getByText(/Transfers/)).toBeVisible();
  await TestBed.inject(Texts).choose('de');
  expect(await screen.findByText(/Übertragungen/)).toBeVisible();
  expect(JSON.parse(localStorage.getItem('cloudmover.ui') ?? '')).toEqual({ language: 'de' });
  await TestBed.inject(Texts).choose('en');
  await rest();
  expect(screen.getByText(/Transfers/)).toBeVisible();
  expect(document.documentElement).toHaveAttribute('lang', 'en');
});

it('follows a choice made in another tab', async () => {
  await render(Words);
  TestBed.inject(PreferenceStore);
  dispatchEvent(new StorageEvent('storage', { key: 'cloudmover.ui', newValue: '{"language":"de"}' }));
  await rest();
  expect(await screen.findByText(/Übertragungen/)).toBeVisible();
});

it.each([
  [en.finished.certificate.paper.copied('1 May', 1, '2 KB'), /1 item \(2 KB\) was copied .* and the copy was compared/],
  [en.finished.certificate.paper.copied('1 May', 2, '2 KB'), /2 items \(2 KB\) were copied .* and each copy was/],
  [en.finished.certificate.paper.moved('1 May', 1, '2 KB'), /1 item \(2 KB\) was moved .* and the copy was compared/],
  [de.finished.certificate.paper.copied('1. Mai', 1, '2 KB'), /wurde 1 Element .* kopiert, und die Kopie wurde/],
  [de.finished.certificate.paper.copied('1. Mai', 2, '2 KB'), /wurden 2 Elemente .* kopiert, und jede Kopie wurde/],
  [de.finished.certificate.paper.moved('1. Mai', 1, '2 KB'), /wurde 1 Element .* verschoben, und die Kopie wurde/],
  [de.review.heading.some(1, 9), /^1 von 9 Elementen kann kopiert werden$/],
  [de.review.heading.some(2, 9), /^2 von 9 Elementen können kopiert werden$/],
  [de.review.checks.folders.tooDeepText(1, 100), /^1 Element läge mehr als 100 Ebenen tief/],
  [de.review.checks.folders.tooDeepText(2, 100), /^2 Elemente lägen mehr als 100 Ebenen tief/],
  [en.links.transfer.figure.waiting(1), /^1 leads to an original that was copied$/],
  [en.links.transfer.figure.waiting(2), /^2 lead to originals that were copied$/],
  [de.links.transfer.figure.waiting(1), /^1 führt zu einem kopierten Original$/],
  [de.links.transfer.figure.waiting(2), /^2 führen zu kopierten Originalen$/],
  [de.browse.dropped.move(1, 'Archiv'), /^1 Element wird nach Archiv verschoben$/],
])('agrees with the number: %s', (text, expected) => {
  expect(text).toMatch(expected);
});

it('has every text in German, and none left in English', () => {
  const same: string[] = [];
  const walk = (english: unknown, german: unknown, path: string): void => {
    if (typeof english === 'string') {
      if (english === german && english.includes(' ')) same.push(path);
      if (!german) same.push(`${path} is empty`);
    } else if (typeof english === 'object' && english !== null)
      for (const [key, value] of Object.entries(english))
        walk(value, (german as Record<string, unknown>)[key], `${path}.${key}`);
  };
  walk(en, de, 'texts');
  expect(same).toEqual([]);
});
