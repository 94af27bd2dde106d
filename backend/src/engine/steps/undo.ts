import type { LedgerItems } from '../ports/ledger/items.js';
import { forEachBounded } from '../concurrency.js';
import type { TransferContext } from '../context.js';
import { undefinedIfNotFound } from '../errors.js';
import { finalErrorOrThrow } from '../failures.js';
import { PageTokens } from '../listing.js';
import type { DriveItem, Drives } from '../ports/drive.js';
import { isDone, type ItemRecord, wasTried } from '../model/items.js';
import type { Ledger } from '../ports/ledger.js';
import { EVENTS_KEPT } from '../ports/ledger/log.js';
import type { LeftReason } from '../model/reasons.js';
import { recordsOf } from '../model/records.js';
import { isEditedCopy } from '../verify.js';

const PARALLEL = 32;

/**
 * Undoes a transfer. First it restores the originals of a move, and replaced items, from the trash. Then it moves the
 * copies that nobody has changed to the trash, folders from the deepest up and only if they are empty. It deletes
 * nothing, and leaves a copy whose original can't be restored. May be stopped and repeated.
 */
export async function undo(context: TransferContext, signal: AbortSignal): Promise<void> {
  const { ledger, drives } = context;
  const lost = await restoreOriginals(ledger, drives, signal);
  const made = ({ state, outcome }: ItemRecord) =>
    isDone(state) && outcome.destinationId !== undefined && outcome.way !== 'merged' && outcome.undone === undefined;
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
  for (const ordinal of folders.reverse()) {
    const folder = (await ledger.item(ordinal))!;
    if (lost.has(ordinal)) await left(ledger, folder, 'original_lost');
    else await trashFolder(ledger, drives, folder, signal);
  }
  const { resultFolderId } = await ledger.snapshot();
  if (ledger.order.target.newFolderName && resultFolderId && (await isEmpty(drives, resultFolderId, signal)))
    await drives.destination.trash(resultFolderId, signal).catch(undefinedIfNotFound);
}

/** @returns ordinals of items whose original is gone and could not be restored */
async function restoreOriginals(ledger: Ledger, drives: Drives, signal: AbortSignal): Promise<ReadonlySet<number>> {
  const lost = new Set<number>();
  // A process may have died between trashing an original and recording that, and the transfer ended before it was
  // repeated. Or a later run reopened the item, which forgets the original, and ended before it came to the originals.
  const unrecorded = new Set<number>();
  if (await hasBegunTrashing(ledger)) {
    const isUnsettled = (item: ItemRecord) =>
      (item.state === 'verified' || wasTried(item)) &&
      item.ownedByMe &&
      item.outcome.original === undefined &&
      item.outcome.undone === undefined;
    await forEachBounded(recordsOf(ledger, isUnsettled), PARALLEL, async ({ ordinal, sourceId }) => {
      try {
        if ((await drives.source.get(sourceId, signal)).trashed) unrecorded.add(ordinal);
      } catch (error) {
        finalErrorOrThrow(error, signal);
        lost.add(ordinal);
      }
    });
  }
  // In the order of the plan: a folder is restored before its contents.
  for await (const item of recordsOf(ledger)) {
    if (item.outcome.original === 'trashed' || unrecorded.has(item.ordinal)) {
      const isRestored = await restored(signal, () => drives.source.restore(item.sourceId, signal));
      if (isRestored) await ledger.recordRestored(item.sourceId);
      else lost.add(item.ordinal);
    }
    // Also if the copy is gone: an attempt was made, in this run or for the earlier copy, so the item that it replaces may
    // be in the trash.
    if (item.replaces && wasTried(item)) {
      const { replaces } = item;
      const there = await drives.destination.get(replaces, signal).catch(undefinedIfNotFound);
      if (!there?.trashed) continue;
      const isRestored = await restored(signal, () => drives.destination.restore(replaces, signal));
      if (isRestored) await ledger.recordRestored(replaces);
    }
  }
  return lost;
}

/** Whether a move has come to its originals, as far as the log says. */
async function hasBegunTrashing(ledger: Ledger): Promise<boolean> {
  if (ledger.order.mode !== 'move') return false;
  const events = await ledger.events();
  return events.length >= EVENTS_KEPT || events.some(({ step }) => step === 'finish');
}

async function restored(signal: AbortSignal, work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    finalErrorOrThrow(error, signal);
    return false;
  }
}

/** Whether the earlier copy of an item may still exist, because a delta run that was to replace it did not finish. */
const isSuperseding = ({ supersedes, state, outcome }: ItemRecord): boolean =>
  supersedes !== undefined && state !== 'verified' && outcome.undone === undefined;

const left = (ledger: LedgerItems, item: ItemRecord, reason: LeftReason): Promise<void> =>
  ledger.settleUndo(item.ordinal, 'left', reason);

async function trashCopies(
  ledger: Ledger,
  drives: Drives,
  item: ItemRecord,
  isMade: boolean,
  signal: AbortSignal,
): Promise<void> {
  // The content of the earlier copy is no longer known. If it is newer than the transfer, someone may have edited it,
  // so it stays.
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
    await ledger.settleUndo(item.ordinal, 'left', finalErrorOrThrow(error, signal).message);
  }
}

async function trashFolder(ledger: LedgerItems, drives: Drives, item: ItemRecord, signal: AbortSignal): Promise<void> {
  const id = item.outcome.destinationId!;
  try {
    const folder = await drives.destination.get(id, signal).catch(undefinedIfNotFound);
    if (folder && !folder.trashed) {
      if (!(await isEmpty(drives, id, signal))) return await left(ledger, item, 'copy_holds_items');
      await drives.destination.trash(id, signal);
    }
    await ledger.settleUndo(item.ordinal, 'trashed');
  } catch (error) {
    await ledger.settleUndo(item.ordinal, 'left', finalErrorOrThrow(error, signal).message);
  }
}

/**
 * Whether a folder contains nothing outside the trash. Listings lag behind, so each listed item is fetched by its id.
 */
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
