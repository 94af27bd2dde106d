import { Transfer } from '../../../core/transfer-updates';

/** The API deletes a report this long after its end. */
const REPORT_DAYS = 30;
const DAY_MS = 24 * 60 * 60_000;

/** Until when a finished transfer's report is kept, epoch milliseconds. */
export const reportKeptUntil = ({ finishedAt = '' }: Pick<Transfer, 'finishedAt'>): number =>
  Date.parse(finishedAt) + REPORT_DAYS * DAY_MS;

/** A fingerprint in groups of four, as people compare it. */
export const inGroups = (sha256: string): string => sha256.replaceAll(/(.{4})(?=.)/g, '$1 ');

/** Its beginning and end, where there is little room. */
export const shortened = (sha256: string): string => `${inGroups(sha256.slice(0, 12))} … ${inGroups(sha256.slice(-8))}`;

/** Whether a transfer can have a certificate: it passed the final check and was not undone. */
export const isCertified = ({ state, verification, counts }: Transfer): boolean =>
  verification.closingCheck &&
  (state === 'completed' || state === 'completed_with_failures') &&
  counts.verified + counts.unverified > 0;

/** What “verified” is based on: the terms add up to the verified items. */
export function proofOf({ verification, arrived }: Pick<Transfer, 'verification' | 'arrived'>): {
  readonly checksum: number;
  readonly readBack: number;
  /** The parts of `readBack`, where they are known. */
  readonly structure?: number;
  readonly documents?: number;
} {
  const { checksum, presence } = verification;
  const structure = arrived?.byKind
    .filter(({ kind }) => kind === 'folder' || kind === 'shortcut')
    .reduce((sum, { items }) => sum + items, 0);
  if (structure === undefined || structure > presence) return { checksum, readBack: presence };
  return { checksum, readBack: presence, structure, documents: presence - structure };
}
