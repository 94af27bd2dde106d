import { cached } from './formatters';
import type { Language } from './language';

const plain = cached((locale) => new Intl.NumberFormat(locale));

/** A count with grouping separators of the locale: 12517 → "12,517" or "12.517". */
export const count = (value: number): string => plain().format(value);

/**
 * The plural forms of each language, as CLDR names them. A language without a line here does not compile, nor does a text
 * without one of its forms. `counting.spec.ts` compares the lines with `Intl.PluralRules`.
 */
export const PLURAL_FORMS = {
  en: ['one', 'other'],
  de: ['one', 'other'],
} as const satisfies Record<Language, readonly Intl.LDMLPluralRule[]>;

/** One text for each plural form of a language. */
export type PluralTexts<Form extends Intl.LDMLPluralRule> = Readonly<Record<Form | 'other', string>>;

/** Selects the plural form of a text for a number: `plural(n, { one: 'item', other: 'items' })`. */
export const pluralOf = <L extends Language>(language: L) =>
  pluralRule(language, PLURAL_FORMS[language] as readonly (typeof PLURAL_FORMS)[L][number][]);

/** The same for any locale. @param forms the locale's plural forms, with which the compiler checks texts */
export function pluralRule<Form extends Intl.LDMLPluralRule>(locale: string, forms: readonly Form[]) {
  const rules = new Intl.PluralRules(locale);
  return (value: number, texts: PluralTexts<Form>): string => {
    const form = forms.find((each) => each === rules.select(value));
    return texts[form ?? 'other'];
  };
}
