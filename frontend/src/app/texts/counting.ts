import { kept } from './formatters';
import { Language } from './language';

const plain = kept((locale) => new Intl.NumberFormat(locale));

/** A count as the reader's country groups it: 12517 → "12,517" or "12.517". */
export const count = (value: number): string => plain().format(value);

/**
 * The form of a word for a count, by the language's own rules (CLDR, through `Intl.PluralRules`).
 * @returns a function for one language: `plural(n, { one: 'item', other: 'items' })`
 */
export function pluralOf(language: Language): (value: number, forms: { one: string; other: string }) => string {
  const rules = new Intl.PluralRules(language);
  return (value, forms) => (rules.select(value) === 'one' ? forms.one : forms.other);
}
