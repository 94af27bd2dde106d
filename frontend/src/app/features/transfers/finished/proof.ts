import { formatCount } from '../../../core/formats';
import { Transfer } from '../../../core/transfer-updates';
import { Catalogue } from '../../../texts/catalogue';
import { Pair } from '../../../ui/pairs-card';
import { hasBegunUndo } from '../transfer-state';

/** The API deletes a report this long after its end. */
const REPORT_DAYS = 30;
const DAY_MS = 24 * 60 * 60_000;

/** Until when a finished transfer's report is kept, epoch milliseconds. */
export const reportKeptUntil = ({ finishedAt = '' }: Pick<Transfer, 'finishedAt'>): number =>
  Date.parse(finishedAt) + REPORT_DAYS * DAY_MS;

/** A fingerprint in groups of four characters, easier to compare. */
export const inGroups = (sha256: string): string => sha256.replaceAll(/(.{4})(?=.)/g, '$1 ');

/** Makes the copy command copy the whole fingerprint, even where it is shortened. */
export function copyWhole(event: ClipboardEvent, sha256: string): void {
  event.clipboardData?.setData('text/plain', inGroups(sha256));
  event.preventDefault();
}

/** The beginning and end of a fingerprint. */
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
  /** The parts of `readBack`, if known. */
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

/** {@link proofOf} as lines of a certificate. */
export function proofLines(
  transfer: Pick<Transfer, 'verification' | 'arrived'>,
  names: Record<'checksum' | 'readBack' | 'documents' | 'structure', string>,
): Pair[] {
  const { checksum, readBack, structure, documents } = proofOf(transfer);
  const line = (term: keyof typeof names, n: number): Pair => ({ name: names[term], value: formatCount(n) });
  return [
    line('checksum', checksum),
    ...(structure === undefined || documents === undefined
      ? [line('readBack', readBack)]
      : [line('documents', documents), line('structure', structure)]),
  ];
}

/** How many links lead to the copies, if links were rewritten. */
export const linkLines = (
  { links }: Pick<Transfer, 'links'>,
  t: Catalogue['links']['transfer']['certificate'],
): Pair[] => (links.mode === 'rewrite' ? [{ name: t.name, value: t.rewritten(links.rewritten, links.found) }] : []);

/** How many permissions and restrictions the copies have, if sharing was carried over. */
export function accessLines(
  { sharing }: Pick<Transfer, 'sharing'>,
  t: Catalogue['access']['transfer']['certificate'],
): Pair[] {
  if (sharing.mode !== 'carry') return [];
  const { wanted, equal, unreadable, restrictions } = sharing;
  return [
    { name: t.permissions, value: t.equal(equal, wanted) },
    ...(unreadable > 0 ? [{ name: t.unreadable, value: formatCount(unreadable) }] : []),
    ...(restrictions.wanted > 0
      ? [{ name: t.restrictions, value: t.set(restrictions.applied, restrictions.wanted) }]
      : []),
  ];
}

/** What a finished transfer left in the source: temporary shares and, unless an undo has restored them, originals. */
export function sourceLines(transfer: Transfer, t: Catalogue['finished']['certificate']): Pair[] {
  const { grants, mode, originals } = transfer;
  const shares = grants.open + grants.withdrawn;
  const lines = [{ name: t.shares, value: shares === 0 ? t.noShares : t.removed(grants.withdrawn, shares) }];
  if (mode === 'copy') return [...lines, { name: t.originals, value: t.untouched }];
  if (hasBegunUndo(transfer)) return lines;
  return [...lines, { name: t.originals, value: t.trashed(originals?.trashed ?? 0, originals?.kept ?? 0) }];
}
