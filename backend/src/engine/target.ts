import { DriveError, isNotFound, undefinedIfNotFound } from './errors.js';
import { isHidden } from './failures.js';
import { MAX_ITEMS } from './forecast.js';
import { IncompleteListError, pagesOf } from './listing.js';
import type { DestinationDrive, DriveItem, Drives, IdPage } from './ports/drive.js';
import type { TransferOrder } from './model/order.js';
import type { Counted, PlanFacts } from './model/plan-facts.js';

/** The folder that the copies go to. */
export interface Target {
  readonly id: string;
  /** Folders between it and the root of the drive. */
  readonly depth: number;
  /** The shared drive that it is in, or is. */
  readonly driveId?: string;
  /** It is the root of My Drive, which has no limit on items ("Folder limits"). */
  readonly isMyDrive: boolean;
}

/** More parents than Google allows (100 levels). */
const MAX_PARENTS = 110;

/**
 * Called before anything is listed, so that an unsuitable target shows at once. @throws DriveError if the target is not
 * a folder that the account can add items to
 */
export async function assertWritableTarget(
  { folderId, newFolderName }: TransferOrder['target'],
  destination: DestinationDrive,
  signal: AbortSignal,
): Promise<Target & { name: string }> {
  const side = 'destination';
  if (destination.account.readOnly)
    throw new DriveError('scope_missing', { side, detail: 'The destination was connected for reading only.' });
  const target = await destination.get(folderId, signal).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
    throw new DriveError('not_found', { side, cause: error, detail: `The destination has no folder ${folderId}.` });
  });
  const refused = (detail: string) => new DriveError('destination_read_only', { side, detail });
  if (target.kind !== 'folder' || target.trashed)
    throw refused(`"${target.name}" is not a folder, or is in the trash.`);
  if (!target.canAddChildren) throw refused(`It is "${target.name}".`);
  const { id, name, driveId, ownedByMe, parents } = target;
  const depth = (await depthOf(target, destination, signal)) + (newFolderName ? 1 : 0);
  // Items that others have shared have no parent either.
  const isMyDrive = !driveId && ownedByMe && parents.length === 0;
  return { id, name, depth, isMyDrive, ...(driveId && { driveId }) };
}

/** Number of folders above an item that this account may see. */
async function depthOf(item: DriveItem, destination: DestinationDrive, signal: AbortSignal): Promise<number> {
  let depth = 0;
  for (let [parent] = item.parents; parent !== undefined && depth < MAX_PARENTS; depth++) {
    const above: DriveItem | undefined = await destination.get(parent, signal).catch(undefinedIfNotFound);
    parent = above?.parents[0];
  }
  return depth;
}

/**
 * Maximum number of pages of 1,000 ids, each a request, that are still fetched after everything else is counted: a
 * person who copies ten files into a drive of half a million should not wait minutes for a number.
 */
const MAX_FURTHER_PAGES = 20;

/**
 * Counts the items in the target, page by page and up to Google's limit, while the source is listed.
 * @returns `end` waits for a few more pages, `stop` stops at once; what the account may not list stays unknown
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
        if (nextPageToken && (items > MAX_ITEMS || --pagesLeft <= 0)) return { items, isMore: true };
      }
      return { items, isMore: false };
    } catch (error) {
      if (until.aborted || !(isHidden(error) || error instanceof IncompleteListError)) throw error;
      return undefined;
    }
  };
  const counts = Promise.all([
    isMyDrive ? undefined : count((token) => destination.childIds(id, token, until)),
    driveId ? count((token) => destination.driveItemIds(driveId, token, until)) : undefined,
  ]);
  counts.catch(() => undefined); // `end` reports it
  return {
    async end() {
      pagesLeft = MAX_FURTHER_PAGES;
      const [folder, drive] = await counts;
      return folder || drive ? { ...(folder && { folder }), ...(drive && { drive }) } : undefined;
    },
    stop: () => stop.abort(),
  };
}
