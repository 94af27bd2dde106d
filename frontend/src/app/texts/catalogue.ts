import { computed, signal } from '@angular/core';
import { en } from './en';
import { Language, language } from './language';

/** All texts of the portal, by feature. English defines the type: a language that lacks a text does not compile. */
export type Catalogue = typeof en;

const LOADERS: Record<Exclude<Language, 'en'>, () => Promise<Catalogue>> = {
  de: () => import('./de').then(({ de }) => de),
};

const loaded = signal<Partial<Record<Language, Catalogue>>>({ en });

/** The texts in the language of the page. */
export const catalogue = computed<Catalogue>(() => loaded()[language()] ?? en);

let latest: Language = language();

/** Adds the texts of a language, or replaces them. */
export function addTexts(language: Language, texts: Catalogue): void {
  loaded.update((all) => ({ ...all, [language]: texts }));
}

/**
 * Loads the texts of a language and switches the page to it; the latest call wins.
 * @throws if its file cannot be loaded
 */
export async function speak(wanted: Language): Promise<void> {
  latest = wanted;
  if (wanted !== 'en' && !loaded()[wanted]) addTexts(wanted, await LOADERS[wanted]());
  if (latest === wanted) language.set(wanted);
}
