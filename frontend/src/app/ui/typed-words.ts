import { linkedSignal, WritableSignal } from '@angular/core';

/** A search waits until typing pauses for this long. */
export const TYPING_PAUSE_MS = 300;

/**
 * What a person has typed into a search whose words are in the address. It stays while the address has the same words: a
 * space at its end may separate it from the next word.
 */
export const typedWords = (words: () => string): WritableSignal<string> =>
  linkedSignal<string, string>({
    source: words,
    computation: (now, before) => (before?.value.trim() === now ? before.value : now),
  });
