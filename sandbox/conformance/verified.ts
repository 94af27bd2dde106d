import { readFileSync } from 'node:fs';
import type { Row } from './scenarios.ts';

/** The file with dates and answers of runs against Google. */
export const VERIFIED_FILE = new URL('./areas/verified.json', import.meta.url);

/** Results of runs against Google. Dates have the form `2026-12-01`. */
export interface Verified {
  /** Area → title → the day on which the row held against Google. */
  rows: Record<string, Record<string, string>>;
  /** Question (a switch, or `area: title` of an unknown row) → Google's answer and its day. */
  answers: Record<string, { answer: unknown; verified: string }>;
}

export function readVerified(file: URL | string = VERIFIED_FILE): Verified {
  return JSON.parse(readFileSync(file, 'utf8')) as Verified;
}

/** The day on which a row last held against Google, or `no`. */
export function verifiedOf({ area, scenario }: Row, verified: Verified): string {
  return verified.rows[area]?.[scenario.title] ?? 'no';
}
