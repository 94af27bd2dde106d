import { Counts } from './transfer-state';
import { Transfer } from '../../core/transfer-updates';

/** What the bar shows: the counts of the items and, of a transfer that is or was undone, what became of the copies. */
export type BarCounts = Counts & {
  /** Copies that an undo has put into the trash. */
  readonly undone?: number;
  /** Copies that an undo has kept. */
  readonly kept?: number;
};

/** The states whose items an undo removes, the most likely first. */
const TAKEN_FROM = ['verified', 'unverified', 'failed', 'waiting', 'skipped'] as const;

/** Counts that still add up to `found`: an item that an undo removed or kept no longer counts as verified. */
export function barCounts({ state, counts, undo }: Pick<Transfer, 'state' | 'counts' | 'undo'>): BarCounts {
  if (state !== 'undoing' && state !== 'undone') return counts;
  const { trashed, left } = undo ?? { trashed: 0, left: 0 };
  const rest: Record<keyof Counts, number> = { ...counts };
  let dealtWith = trashed + left;
  for (const term of TAKEN_FROM) {
    const taken = Math.min(rest[term], dealtWith);
    rest[term] -= taken;
    dealtWith -= taken;
  }
  // At the end, the rest are folders that existed before: they stay.
  const untouched = state === 'undone' ? rest.verified : 0;
  return { ...rest, verified: rest.verified - untouched, undone: trashed, kept: left + untouched };
}
