import { Counts, hasBegunUndo } from './transfer-state';
import { Transfer } from '../../core/transfer-updates';

/** What the bar shows: the counts of the items and, while and after an undo, what happened to the copies. */
export type BarCounts = Counts & {
  /** Copies that an undo moved to the trash. */
  readonly undone?: number;
  /** Copies that an undo kept. */
  readonly kept?: number;
};

/** The terms from which an undo's copies are subtracted, in this order. */
const SUBTRACT_FROM = ['verified', 'unverified', 'failed', 'waiting', 'skipped'] as const;

/** Counts that still add up to `found`: an item that an undo removed or kept no longer counts as verified. */
export function barCounts(transfer: Pick<Transfer, 'state' | 'counts' | 'undo'>): BarCounts {
  const { state, counts, undo } = transfer;
  if (!hasBegunUndo(transfer)) return counts;
  const { trashed, left } = undo ?? { trashed: 0, left: 0 };
  const rest: Record<keyof Counts, number> = { ...counts };
  let toSubtract = trashed + left;
  for (const term of SUBTRACT_FROM) {
    const part = Math.min(rest[term], toSubtract);
    rest[term] -= part;
    toSubtract -= part;
  }
  // At the end, the remaining verified items are folders that existed before the transfer: they stay.
  const untouched = state === 'undone' ? rest.verified : 0;
  return { ...rest, verified: rest.verified - untouched, undone: trashed, kept: left + untouched };
}
