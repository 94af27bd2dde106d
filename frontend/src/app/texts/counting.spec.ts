// Polish has more plural forms than the portal's languages: 1 element, 2 elementy, 5 elementów, 1,5 elementu.
import { Component, inject } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { MatDialogModule } from '@angular/material/dialog';
import { render, screen } from '@testing-library/angular';
import { portalHttp } from '../../testing/portal-http';
import { formatItems } from '../core/formats';
import { Selection } from '../core/selection';
import { SelectionDialog } from '../features/browse/selection-dialog';
import { addTexts, Catalogue, speak } from './catalogue';
import { count, PLURAL_FORMS, pluralRule } from './counting';
import { en } from './en';
import { Language, LANGUAGES } from './language';
import { Texts } from './texts';

const POLISH = 'pl' as Language;
const plural = pluralRule('pl', ['one', 'few', 'many', 'other']);
const items = (n: number) =>
  `${count(n)} ${plural(n, { one: 'element', few: 'elementy', many: 'elementów', other: 'elementu' })}`;
const polish: Catalogue = {
  ...en,
  browse: { ...en.browse, list: { ...en.browse.list, heading: (n) => `Wybrano ${items(n)}` } },
  formats: { ...en.formats, counted: { ...en.formats.counted, item: items } },
};

beforeEach(() => {
  jest.spyOn(navigator, 'languages', 'get').mockReturnValue(['pl-PL']);
  addTexts(POLISH, polish);
});
afterEach(async () => {
  jest.restoreAllMocks();
  await speak('en');
});

it.each(LANGUAGES)('the texts of %s have every plural form that CLDR defines', (language) => {
  const { pluralCategories } = new Intl.PluralRules(language).resolvedOptions();
  expect([...PLURAL_FORMS[language]].sort()).toEqual([...pluralCategories].sort());
});

it('a text without one of its language’s forms does not compile', () => {
  // @ts-expect-error -- `few` is missing
  expect(plural(5, { one: 'plik', many: 'plików', other: 'pliku' })).toBe('plików');
  // @ts-expect-error -- German has no `few`
  const form: (typeof PLURAL_FORMS)['de'][number] = 'few';
  expect(form).toBe('few');
});

@Component({ template: `{{ formatItems(value) }}: {{ t().list.heading(value) }}` })
class Counted {
  protected readonly t = inject(Texts).browse;
  protected readonly formatItems = formatItems;
  value = 0;
}

it.each([
  [1, '1 element'],
  [2, '2 elementy'],
  [5, '5 elementów'],
  [22, '22 elementy'],
  [112, '112 elementów'],
  [1.5, '1,5 elementu'],
])('%d is counted as Polish counts it', async (value, expected) => {
  await render(Counted, { componentProperties: { value } });
  await speak(POLISH);
  expect(await screen.findByText(`${expected}: Wybrano ${expected}`)).toBeVisible();
});

it('a component shows all four forms, and switches from English at once', async () => {
  const { fixture } = await render(SelectionDialog, { imports: [MatDialogModule], providers: portalHttp() });
  const selection = TestBed.inject(Selection);
  const heading = (n: number) => {
    selection.clear();
    const chosen = Array.from({ length: n }, (_, i) => ({ id: `${i}`, name: `${i}`, kind: 'file' as const }));
    selection.change(chosen, true);
    fixture.detectChanges();
    return screen.getByRole('heading').textContent;
  };
  expect(heading(2)).toBe('2 items selected');
  await speak(POLISH);
  expect([1, 3, 5].map(heading)).toEqual(['Wybrano 1 element', 'Wybrano 3 elementy', 'Wybrano 5 elementów']);
});
