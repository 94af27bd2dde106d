import { computed, signal } from '@angular/core';

/** The languages the portal speaks. The first one is built in; the others are loaded when they are chosen. */
export const LANGUAGES = ['en', 'de'] as const;
export type Language = (typeof LANGUAGES)[number];

export const isLanguage = (value: unknown): value is Language => LANGUAGES.some((language) => language === value);

const languageOf = (tag: string): string => tag.toLowerCase().split('-')[0] ?? '';

/** The first of a browser's languages that the portal speaks, else English. @param tags BCP 47, most wanted first */
export const preferredLanguage = (tags: readonly string[]): Language =>
  tags.map(languageOf).find(isLanguage) ?? LANGUAGES[0];

/** Without a country of the reader's own: the day before the month, and 24 hours, which nobody misreads. */
const PLAIN: Record<Language, string> = { en: 'en-GB', de: 'de-DE' };

/** The locale for numbers and dates: the browser's own as far as it is one of the chosen language. */
export const localeFor = (language: Language, tags: readonly string[]): string =>
  tags.find((tag) => languageOf(tag) === language) ?? PLAIN[language];

/**
 * What the page is written in, like `<html lang>` one for the whole page: read by templates and by the plain functions
 * that format numbers and explain problems. Only `Texts` sets it, once the language's texts are there.
 */
export const language = signal<Language>(LANGUAGES[0]);

/** BCP 47 tag of the numbers and dates that are shown. */
export const locale = computed(() => localeFor(language(), navigator.languages));
