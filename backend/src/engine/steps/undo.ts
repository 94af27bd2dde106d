import { forEachBounded } from '../concurrency.js';
import { type Drives, isAccountWide } from './copy.js';
import { isCoded, undefinedIfNotFound } from '../errors.js';
import { PageTokens } from '../listing.js';
import type { DriveItem } from '../ports/drive.js';
import type { ItemRecord, Ledger } from '../ports/ledger.js';
import type { LeftReason } from '../model/reasons.js';
import { recordsOf } from '../model/records.js';
import { isEditedCopy } from '../verify.js';

const PARALLEL = 32;

/**
 * Takes a transfer back: first the originals of a move, and what was replaced, come back from the trash; then the copies
 * that nobody has changed since go there, folders from the deepest up and only when nothing is left in them. Nothing is
 * deleted, and a copy whose original can't be brought back stays. May be stopped and repeated.
 */
export async function undo(ledger: Ledger, drives: Drives, signal: AbortSignal): Promise<void> {
  const lost = await restore(ledger, drives, signal);
  const made = ({ state, outcome }: ItemRecord) =>
    (state === 'verified' || state === 'unverified') &&
    outcome.destinationId !== undefined &&
    outcome.way !== 'merged' &&
    outcome.undone === undefined;
  await forEachBounded(
    recordsOf(ledger, (item) => item.kind !== 'folder' && (made(item) || isSuperseding(item))),
    PARALLEL,
    async (item) => {
      if (lost.has(item.ordinal)) return left(ledger, item, 'original_lost');
      await trashCopies(ledger, drives, item, made(item), signal);
    },
  );
  const folders: number[] = [];
  for await (const item of recordsOf(ledger, (record) => record.kind === 'folder' && made(record)))
    folders.push(item.ordinal);
  for (const ordinal of folders.reverse()) await trashFolder(ledger, drives, (await ledger.item(ordinal))!, signal);
  const { resultFolderId } = await ledger.snapshot();
  if (ledger.order.target.newFolderName && resultFolderId && (await isEmpty(drives, resultFolderId, signal)))
    await drives.destination.trash(resultFolderId, signal).catch(undefinedIfNotFound);
}

/** @returns ordinals of items whose original is not there any more, and could not be brought back */
async function restore(ledger: Ledger, drives: Drives, signal: AbortSignal): Promise<ReadonlySet<number>> {
  const lost = new Set<number>();
  // In the order of the plan: a folder comes back before what is in it.
  for await (const item of recordsOf(ledger)) {
    if (item.outcome.original === 'trashed') {
      const back = await comesBack(signal, () => drives.source.restore(item.sourceId, signal));
      if (back) await ledger.recordRestored(item.sourceId);
      else lost.add(item.ordinal);
    }
    // Also where the copy is gone since: it was begun, so that what it replaced may be in the trash for it.
    if (item.replaces && item.attempts > 0) {
      const { replaces } = item;
      const there = await drives.destination.get(replaces, signal).catch(undefinedIfNotFound);
      if (!there?.trashed) continue;
      const back = await comesBack(signal, () => drives.destination.restore(replaces, signal));
      if (back) await ledger.recordRestored(replaces);
    }
  }
  return lost;
}

async function comesBack(signal: AbortSignal, work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (signal.aborted || isAccountWide(error) || !isCoded(error) || error.code === 'google_unavailable') throw error;
    return false;
  }
}

/** Whether the earlier copy of an item may still be there: a delta run did not come to put another one in its place. */
const isSuperseding = ({ supersedes, state, outcome }: ItemRecord): boolean =>
  supersedes !== undefined && state !== 'verified' && outcome.undone === undefined;

const left = (ledger: Ledger, item: ItemRecord, reason: LeftReason): Promise<void> =>
  ledger.settleUndo(item.ordinal, 'left', reason);

async function trashCopies(
  ledger: Ledger,
  drives: Drives,
  item: ItemRecord,
  isMade: boolean,
  signal: AbortSignal,
): Promise<void> {
  // What the earlier copy was like is not known any more. An edit is younger than the transfer; what it was made of may
  // be too, and stays then.
  const isEarlierEdited = ({ modifiedTime }: DriveItem) => !(Date.parse(modifiedTime ?? '') < ledger.order.createdAt);
  const copies = [
    ...(isMade ? [{ id: item.outcome.destinationId!, isEdited: (copy: DriveItem) => isEditedCopy(item, copy) }] : []),
    ...(isSuperseding(item) ? [{ id: item.supersedes!, isEdited: isEarlierEdited }] : []),
  ];
  try {
    for (const { id, isEdited } of copies) {
      const copy = await drives.destination.get(id, signal).catch(undefinedIfNotFound);
      if (!copy || copy.trashed) continue;
      if (isEdited(copy)) return await left(ledger, item, 'copy_changed');
      await drives.destination.trash(id, signal);
    }
    await ledger.settleUndo(item.ordinal, 'trashed');
  } catch (error) {
    if (signal.aborted || isAccountWide(error) || !isCoded(error) || error.code === 'google_unavailable') throw error;
    await ledger.settleUndo(item.ordinal, 'left', error.message);
  }
}

async function trashFolder(ledger: Ledger, drives: Drives, item: ItemRecord, signal: AbortSignal): Promise<void> {
  const id = item.outcome.destinationId!;
  try {
    const folder = await drives.destination.get(id, signal).catch(undefinedIfNotFound);
    if (folder && !folder.trashed) {
      if (!(await isEmpty(drives, id, signal))) return await left(ledger, item, 'copy_holds_items');
      await drives.destination.trash(id, signal);
    }
    await ledger.settleUndo(item.ordinal, 'trashed');
  } catch (error) {
    if (signal.aborted || isAccountWide(error) || !isCoded(error) || error.code === 'google_unavailable') throw error;
    await ledger.settleUndo(item.ordinal, 'left', error.message);
  }
}

/** Whether nothing outside the trash is in a folder. Listings lag behind: what one still shows is asked for by its id. */
async function isEmpty(drives: Drives, folderId: string, signal: AbortSignal): Promise<boolean> {
  const tokens = new PageTokens();
  for (let pageToken: string | undefined; ;) {
    const page = await drives.destination.children(folderId, pageToken, signal).catch(undefinedIfNotFound);
    if (!page) return true;
    if (page.incomplete) return false;
    for (const { id } of page.items) {
      const now = await drives.destination.get(id, signal).catch(undefinedIfNotFound);
      if (now && !now.trashed && now.parents.includes(folderId)) return false;
    }
    if (!page.nextPageToken) return true;
    pageToken = tokens.next(page.nextPageToken);
  }
}
