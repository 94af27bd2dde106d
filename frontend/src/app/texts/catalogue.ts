import { computed, signal } from '@angular/core';
import { en } from './en';
import { Language, language } from './language';

/** Every text of the portal, by feature. English is the model: a language that lacks a text does not compile. */
export type Catalogue = typeof en;

const LOADERS: Record<Exclude<Language, 'en'>, () => Promise<Catalogue>> = {
  de: () => import('./de').then(({ de }) => de),
};

const loaded = signal<Partial<Record<Language, Catalogue>>>({ en });

/** The texts of the language the page is in. */
export const catalogue = computed<Catalogue>(() => loaded()[language()] ?? en);

let latest: Language = language();

/** Adds the texts of a language, or replaces them. */
export function addTexts(language: Language, texts: Catalogue): void {
  loaded.update((all) => ({ ...all, [language]: texts }));
}

/**
 * Loads a language's texts and switches the page to it; the latest call wins.
 * @throws when its file cannot be loaded
 */
export async function speak(wanted: Language): Promise<void> {
  latest = wanted;
  if (wanted !== 'en' && !loaded()[wanted]) addTexts(wanted, await LOADERS[wanted]());
  if (latest === wanted) language.set(wanted);
}
