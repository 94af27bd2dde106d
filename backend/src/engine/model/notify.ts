import type { Side } from '../errors.js';

/** Languages of mails. */
export const LANGUAGES = ['en', 'de'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Who gets mails when the transfer ends or needs attention. */
export interface Notify {
  /** The sides whose accounts get them; not empty, without duplicates. */
  readonly mail: readonly Side[];
  readonly language: Language;
}

/** The same as it is stored. */
export interface StoredNotify extends Notify {
  /** Since when anybody gets mails (epoch ms, by the store's clock). */
  readonly since: number;
}
