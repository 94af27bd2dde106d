import { computed, signal } from '@angular/core';

/** The languages of the portal. The first one is built in; the others are loaded when needed. */
export const LANGUAGES = ['en', 'de'] as const;
export type Language = (typeof LANGUAGES)[number];

export const isLanguage = (value: unknown): value is Language => LANGUAGES.some((language) => language === value);

const languageOf = (tag: string): string => tag.toLowerCase().split('-')[0] ?? '';

/** The first of the browser's languages that the portal has; English by default. @param tags BCP 47, preferred first */
export const preferredLanguage = (tags: readonly string[]): Language =>
  tags.map(languageOf).find(isLanguage) ?? LANGUAGES[0];

/** Used if the browser states no region: an unambiguous format, with the day before the month and 24 hours. */
const DEFAULT_LOCALES: Record<Language, string> = { en: 'en-GB', de: 'de-DE' };

/** The locale for numbers and dates: that of the browser, if it has the chosen language. */
export const localeFor = (language: Language, tags: readonly string[]): string =>
  tags.find((tag) => languageOf(tag) === language) ?? DEFAULT_LOCALES[language];

/**
 * The language of the page: one signal for the whole page, like `<html lang>`, read by templates and by the functions
 * that format numbers and explain problems. Set only once the texts of the language are loaded.
 */
export const language = signal<Language>(LANGUAGES[0]);

/** The locale (BCP 47) of numbers and dates. */
export const locale = computed(() => localeFor(language(), navigator.languages));
