import type { Drives } from './steps/copy.js';
import { isCoded } from './errors.js';
import { MOST_ITEMS } from './forecast.js';
import { pagesOf } from './listing.js';
import type { IdPage } from './ports/drive.js';
import type { Counted, PlanFacts } from './ports/ledger.js';

/** The folder that everything goes into. */
export interface Target {
  readonly id: string;
  /** Folders between it and the root of the drive. */
  readonly depth: number;
  /** The shared drive that it lies in, or is. */
  readonly driveId?: string;
  /** It is My Drive itself, which holds as much as one likes ("Folder limits"). */
  readonly isMyDrive: boolean;
}

/**
 * Pages of 1,000 ids, each a request, that are still asked for when all else is counted: whoever copies ten files into a
 * drive of half a million does not wait minutes for a number.
 */
const PAGES_WAITED = 20;

/** Answers that mean: this account may not list that. What is not known is not told. */
const NOT_TOLD: ReadonlySet<string> = new Set([
  'not_found',
  'google_refused',
  'source_permission_denied',
  'source_incomplete',
]);

/**
 * Counts what the target holds already, beside the listing of the source, by pages of ids; no further than the limit.
 * @returns how to hear of it: `end` waits for a few more pages, `stop` gives up
 */
export function countTarget(
  { id, driveId, isMyDrive }: Target,
  { destination }: Pick<Drives, 'destination'>,
  signal: AbortSignal,
): { end: () => Promise<PlanFacts['holds']>; stop: () => void } {
  const stop = new AbortController();
  const until = AbortSignal.any([signal, stop.signal]);
  let pagesLeft = Infinity;
  const count = async (list: (pageToken: string | undefined) => Promise<IdPage>): Promise<Counted | undefined> => {
    let items = 0;
    try {
      for await (const { ids, nextPageToken } of pagesOf(list)) {
        items += ids.length;
        if (nextPageToken && (items > MOST_ITEMS || --pagesLeft <= 0)) return { items, isMore: true };
      }
      return { items, isMore: false };
    } catch (error) {
      if (until.aborted || !isCoded(error) || !NOT_TOLD.has(error.code)) throw error;
      return undefined;
    }
  };
  const counts = Promise.all([
    isMyDrive ? undefined : count((token) => destination.childIds(id, token, until)),
    driveId ? count((token) => destination.driveItemIds(driveId, token, until)) : undefined,
  ]);
  counts.catch(() => undefined); // is heard at the end
  return {
    async end() {
      pagesLeft = PAGES_WAITED;
      const [folder, drive] = await counts;
      return folder || drive ? { ...(folder && { folder }), ...(drive && { drive }) } : undefined;
    },
    stop: () => stop.abort(),
  };
}
