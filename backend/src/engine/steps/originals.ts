import { changesSince } from '../changes.js';
import { forEachBounded } from '../concurrency.js';
import type { TransferContext } from '../context.js';
import { finalErrorOrThrow, unansweredOf } from '../failures.js';
import type { LeftReason } from '../model/reasons.js';
import { isFollowed, recordsOf } from '../model/records.js';
import { type ItemRecord, wasTried } from '../model/items.js';
import { beganAt } from '../runs.js';
import { isChanged } from '../verify.js';

const PARALLEL = 32;
/** How often to request what Google does not answer, although it answers other requests. */
const MAX_ATTEMPTS = 2;
const NOT_ANSWERED = 'Google did not answer the request to trash it.';

/** What a run knows when it decides about originals. */
interface Known {
  /** Whether another run came before, which may have trashed originals. */
  readonly isLaterRun: boolean;
  /** Source ids of folders that contain new items. */
  changedFolders: ReadonlySet<string>;
  /** How many requests to trash an original Google has answered. */
  answered: number;
}

/**
 * Moves the originals of a move to the trash: files first, then folders from the deepest up, each only if it is empty.
 * Only originals that were verified, are unchanged since, and belong to the source account.
 */
export async function trashOriginals(context: TransferContext, signal: AbortSignal): Promise<void> {
  const { ledger } = context;
  const isLaterRun = (await beganAt(ledger)) !== 0;
  const known: Known = { isLaterRun, changedFolders: new Set(), answered: 0 };
  const isMovable = (item: ItemRecord) => item.outcome.original === undefined && item.state !== 'waiting';
  await forEachBounded(
    recordsOf(ledger, (item) => item.kind !== 'folder' && isMovable(item)),
    PARALLEL,
    (item) => trashOriginal(context, item, known, signal),
  );
  known.changedFolders = await foldersWithNewItems(context, signal);
  const folders: number[] = [];
  // A folder that was not empty may be empty after a retry.
  const isFolder = (item: ItemRecord) =>
    item.kind === 'folder' && (isMovable(item) || item.outcome.original === 'kept');
  for await (const item of recordsOf(ledger, isFolder)) folders.push(item.ordinal);
  for (const ordinal of folders.reverse()) await trashOriginal(context, (await ledger.item(ordinal))!, known, signal);
}

/**
 * Source ids of folders that contain new items, which are not in the plan. A listing may not show them yet, and they
 * would be trashed with their folder.
 */
async function foldersWithNewItems(
  { ledger, drives: { source } }: TransferContext,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const since = await changesSince((await ledger.snapshot()).plan?.changesFrom ?? {}, source, signal);
  if (!since) return new Set();
  const planned = await ledger.ordinalsOf(new Set(since.changes.keys()));
  const added = [...since.changes.values()].filter(({ id, item }) => item && !item.trashed && !planned.has(id));
  return new Set(added.flatMap(({ item }) => item!.parents));
}

async function trashOriginal(
  context: TransferContext,
  item: ItemRecord,
  known: Known,
  signal: AbortSignal,
): Promise<void> {
  const {
    ledger,
    drives: { source },
  } = context;
  const keep = (reason: LeftReason) => ledger.settleOriginal(item.ordinal, 'kept', reason);
  const reason = await reasonToKeep(context, item);
  if (reason) {
    const isInTrash = known.isLaterRun && (await isTrashed(context, item, signal));
    return isInTrash ? ledger.settleOriginal(item.ordinal, 'trashed') : keep(reason);
  }
  try {
    for (let attempt = 1; ; attempt++) {
      const now = await source.get(item.sourceId, signal);
      if (now.trashed) return await ledger.settleOriginal(item.ordinal, 'trashed');
      if (item.kind === 'folder') {
        if (known.changedFolders.has(item.sourceId)) return await keep('added_to');
        const rest = await source.children(item.sourceId, undefined, signal);
        if (rest.items.length > 0 || rest.nextPageToken || rest.incomplete) return await keep('holds_items');
      } else if (isChanged(item, now)) {
        return await keep('edited');
      }
      // Google may be unreachable, or not answer for this item alone. That must not stop the transfer: it is then kept.
      if (attempt > MAX_ATTEMPTS) return await ledger.settleOriginal(item.ordinal, 'kept', NOT_ANSWERED);
      const unanswered = await unansweredOf(source.trash(item.sourceId, signal));
      if (!unanswered) break;
      if (attempt === MAX_ATTEMPTS && known.answered === 0) throw unanswered;
    }
    known.answered++;
    await ledger.settleOriginal(item.ordinal, 'trashed');
  } catch (error) {
    const { code, message } = finalErrorOrThrow(error, signal);
    if (code === 'not_found') await keep('gone');
    else await ledger.settleOriginal(item.ordinal, 'kept', message);
  }
}

/** Why the original must stay, whatever it contains now; undefined if it may be trashed. */
async function reasonToKeep(context: TransferContext, item: ItemRecord): Promise<LeftReason | undefined> {
  if (item.state !== 'verified') return 'not_verified';
  if (!item.ownedByMe) return 'owned_by_other';
  if (item.outcome.lossy) return 'copied_with_loss';
  if (item.outcome.destinationId === item.sourceId) return 'in_place';
  return (await isElsewhere(context, item)) ? 'not_chosen' : undefined;
}

/**
 * Whether an original that must stay is in the trash: an earlier run may have moved it there, and somebody has changed or
 * removed its copy since. Reopening such an item forgets the original; an undo must restore it.
 */
async function isTrashed(
  { drives: { source } }: TransferContext,
  item: ItemRecord,
  signal: AbortSignal,
): Promise<boolean> {
  // An item that was never tried had no copy, so this transfer has not trashed its original.
  if (!item.ownedByMe || !wasTried(item)) return false;
  try {
    return (await source.get(item.sourceId, signal)).trashed;
  } catch (error) {
    finalErrorOrThrow(error, signal);
    return false;
  }
}

/** Whether an item is, or is below, a shortcut's target. */
async function isElsewhere({ ledger }: TransferContext, item: ItemRecord): Promise<boolean> {
  const { order } = ledger;
  if (order.shortcuts !== 'follow') return false;
  return isFollowed(order, item.top === item.ordinal ? item : (await ledger.item(item.top))!);
}
