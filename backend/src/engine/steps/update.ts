import type { LedgerRecords } from '../ports/ledger/items.js';
import { forecastAccess } from '../access-forecast.js';
import { changesSince, changesStartsOf } from '../changes.js';
import { forEachBounded } from '../concurrency.js';
import { resolveConflicts } from '../conflicts.js';
import type { TransferContext } from '../context.js';
import { hasNoId } from '../destination-copies.js';
import { isNotFound, type ItemCode, undefinedIfNotFound } from '../errors.js';
import { finalErrorOrThrow, stopped } from '../failures.js';
import { skipForeseen } from '../foreseen.js';
import { pagesOf } from '../listing.js';
import type { Change, DriveItem, Drives } from '../ports/drive.js';
import { type ItemRecord, SETTLED_STATES } from '../model/items.js';
import type { DeltaFacts, PlanFacts } from '../model/plan-facts.js';
import type { Ledger } from '../ports/ledger.js';
import { CHANGEABLE_AT_SOURCE } from '../model/reasons.js';
import { isFollowed, recordsOf } from '../model/records.js';
import { present } from '../present.js';
import { listedRights } from '../rights.js';
import { inOrder, type Original, originalFields } from '../source-access.js';
import { isChanged, isEditedCopy } from '../verify.js';
import { Walk } from '../walk.js';

const PARALLEL = 16;
/** Codes of items that were skipped and can be copied now. */
const UNTRIED: readonly ItemCode[] = ['canceled', ...CHANGEABLE_AT_SOURCE];

/**
 * Updates a finished transfer in place: adds new items of the source to the plan, copies changed items again to replace
 * their copies, renames copies of renamed items, and retries failed items. Google's list of changes names the items; if
 * it has expired, every folder is listed again. Copies of items that were moved or deleted in the source are left
 * unchanged, and counted. The first run that carries access over lists every folder too, for the access of its items.
 * @throws ItemError `stopped` if the transfer is no longer updating
 */
export async function update({ ledger, drives }: TransferContext, signal: AbortSignal): Promise<void> {
  const edition = await ledger.extendPlan();
  if (edition === undefined) throw stopped();
  const before = (await ledger.snapshot()).plan;
  const started = drives.clock.now();
  const { changesFrom = {}, topId } = before ?? {};
  const since = await changesSince(changesFrom, drives.source, signal, originalFields(ledger.order));
  // Read before the listing, so that each later change is either listed or among the changes of the next run.
  const next = since?.next ?? (await changesStartsOf(Object.keys(changesFrom), drives.source, signal));
  // The transfer carries access over from this run on: nothing is known yet of what is planned.
  const isFirstAccess = ledger.order.sharing !== undefined && !before?.access;
  const changes =
    since && !isFirstAccess
      ? since.changes
      : new Map([...(since?.changes ?? []), ...(await listAllPlannedFolders(ledger, drives, topId, signal))]);
  const known = await ledger.ordinalsOf(new Set([...changes.keys(), ...parentsOf(changes)]));
  const facts = { added: 0, changed: 0, renamed: 0, left: 0 };

  const { found } = await ledger.snapshot();
  const complete = before?.complete ?? found;
  const walk = new Walk(ledger, drives, edition, next, 0, found);
  for await (const item of recordsOf(ledger, undefined, complete)) walk.resume(item);
  const own = await ownCopies(ledger, topId);
  const newItems: { item: DriveItem; parent: number | null }[] = [];
  const planned: Original[] = [];
  await forEachBounded(changes.values(), PARALLEL, async ({ id, item }) => {
    const ordinal = known.get(id);
    if (ordinal !== undefined) {
      const record = (await ledger.item(ordinal))!;
      if (item && !item.trashed) planned.push({ item: record, original: item });
      if (item && canBeListedNow(record, item)) {
        const { canListChildren: _hidden, ...opened } = record;
        if (record.canListChildren === false) await ledger.reopenAs(opened, null, edition);
        walk.resume(opened);
        return;
      }
      const done = await updateItem(ledger, drives, edition, record, item, signal);
      if (done) facts[done]++;
      return;
    }
    const parent = item?.parents
      .map((above) => (above === topId ? null : known.get(above)))
      .find((above) => above !== undefined);
    if (item && !item.trashed && parent !== undefined && !own.has(id)) newItems.push({ item, parent });
  });
  // Before new items are compared with the folders that they are in.
  if (isFirstAccess) await walk.access?.note(inOrder(planned), edition, signal, true);
  else await walk.access?.refresh(planned, edition, signal);
  // The list of changes may lack the contents of a new folder: a folder that was moved here keeps its contents.
  await walk.addBelow(newItems, signal);
  await walk.finish(signal);
  // Before the comparison, which is for all that this run copies for the first time. What failed follows after it: until
  // then its outcome says which copies are this transfer's own.
  await ledger.reopen(UNTRIED, { skipped: UNTRIED, plan: edition });
  await skipForeseen(ledger, complete - 1);
  facts.added = walk.size - complete;
  const conflicts = await conflictsOfNew(ledger, drives, complete, signal);
  const { verified, unverified } = (await ledger.snapshot()).counts; // changed items now have the state `waiting`
  const unchanged = Math.max(0, verified + unverified - facts.renamed - facts.left);

  await ledger.reopen(undefined, { skipped: [], plan: edition });
  const delta: DeltaFacts = { ...facts, unchanged, at: started, ...(!since && { listedAnew: true }) };
  const { skipped = 0, replaced = 0, merged = 0 } = before?.conflicts ?? {};
  const all = {
    skipped: skipped + conflicts.skipped,
    replaced: replaced + conflicts.replaced,
    merged: merged + conflicts.merged,
  };
  const access = await forecastAccess({ ledger, drives }, edition, signal);
  const now = { conflicts: all, changesFrom: walk.changesFrom, complete: walk.size, ...(access && { access }) };
  await ledger.storeFacts({ delta, ...(before && { plan: { ...before, ...now } }) }, edition);
  if (!(await ledger.completePlan(edition))) throw stopped();
}

/**
 * The conflict policy applies to what is added, and to what no earlier run copied: other people may have added items to
 * a folder that was new, and an item that could not be copied was not compared.
 */
async function conflictsOfNew(
  ledger: Ledger,
  { destination }: Drives,
  complete: number,
  signal: AbortSignal,
): Promise<PlanFacts['conflicts']> {
  const { conflict, target } = ledger.order;
  const { counts, resultFolderId } = await ledger.snapshot();
  const targetId = resultFolderId ?? (target.newFolderName ? undefined : target.folderId);
  if (conflict === 'keepBoth' || targetId === undefined || counts.waiting === 0)
    return { skipped: 0, replaced: 0, merged: 0 };
  return resolveConflicts(ledger, destination, { targetId, from: complete }, conflict, signal);
}

/**
 * Whether a folder's contents were hidden and are now visible; also if this run was interrupted after it found that.
 */
function canBeListedNow(record: ItemRecord, now: DriveItem): boolean {
  const wasHidden = record.canListChildren === false || !SETTLED_STATES.includes(record.state);
  return record.kind === 'folder' && wasHidden && now.canListChildren && !now.trashed;
}

/** Ids of this transfer's own copies. The target may be inside the selection, so these are not new items. */
async function ownCopies(ledger: Ledger, topId: string | undefined): Promise<ReadonlySet<string>> {
  const { resultFolderId } = await ledger.snapshot();
  const { target, sourceIds } = ledger.order;
  const own = new Set(target.newFolderName && resultFolderId ? [resultFolderId] : []);
  // Selected items come first in the plan. If all of My Drive was selected, later runs add to the end.
  const tops = topId ? recordsOf(ledger, ({ parent }) => parent === null) : await ledger.items(0, sourceIds.length);
  for await (const { parent, outcome } of tops)
    if (parent === null && outcome.destinationId) own.add(outcome.destinationId);
  return own;
}

/** Lists every planned folder and returns every item as if it had changed. */
async function listAllPlannedFolders(
  ledger: Pick<Ledger, keyof LedgerRecords | 'order'>,
  { source }: Drives,
  topId: string | undefined,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Change>> {
  const changes = new Map<string, Change>();
  const fields = originalFields(ledger.order);
  if (topId)
    for await (const page of pagesOf((token) => source.children(topId, token, signal, fields)))
      for (const item of page.items) changes.set(item.id, { id: item.id, removed: false, item });
  const folders = recordsOf(ledger, ({ kind, canListChildren }) => kind === 'folder' && canListChildren !== false);
  await forEachBounded(folders, PARALLEL, async ({ sourceId }) => {
    try {
      for await (const page of pagesOf((token) => source.children(sourceId, token, signal, fields)))
        for (const item of page.items) changes.set(item.id, { id: item.id, removed: false, item });
    } catch (error) {
      if (!isNotFound(error)) throw error; // the folder itself is gone
    }
  });
  // Selected items and targets of shortcuts are in none of these folders.
  const tops = recordsOf(ledger, ({ ordinal, top }) => ordinal === top);
  await forEachBounded(tops, PARALLEL, async ({ sourceId: id }) => {
    const item = await source.get(id, signal, fields).catch(undefinedIfNotFound);
    changes.set(id, { id, removed: item === undefined, ...(item && { item }) });
  });
  return changes;
}

function parentsOf(changes: ReadonlyMap<string, Change>): string[] {
  return [...changes.values()].flatMap(({ item }) => item?.parents ?? []);
}

/** @returns what it did, if anything */
async function updateItem(
  ledger: Ledger,
  drives: Drives,
  edition: number,
  record: ItemRecord,
  now: DriveItem | undefined,
  signal: AbortSignal,
): Promise<'changed' | 'renamed' | 'left' | undefined> {
  // This run reopened the item before it was interrupted.
  if (!SETTLED_STATES.includes(record.state)) return record.supersedes === undefined ? undefined : 'changed';
  const copied = record.state === 'verified' || record.state === 'unverified';
  // This transfer itself trashed the original, in a move.
  if (!now || now.trashed) return copied && record.outcome.original !== 'trashed' ? 'left' : undefined;
  if (!copied) return undefined; // retried with the other failed items
  const copyId = record.outcome.destinationId!;
  const followed = isFollowed(ledger.order, record);
  const name = followed ? record.name : now.name; // the shortcut's name
  const isContent = record.kind === 'file' || record.kind === 'google';
  if (isContent && isChanged(record, now)) {
    const copy = await drives.destination.get(copyId, signal).catch(undefinedIfNotFound);
    // Someone has edited the copy, so it stays.
    if (copy && !copy.trashed && isEditedCopy(record, copy)) return 'left';
    const [id] = hasNoId(record) ? [] : await drives.destination.generateIds(1, 'file', signal);
    const { barrier, ...before } = record;
    const rights = listedRights(now, barrier === 'copying_forbidden' ? undefined : barrier, drives);
    await ledger.reopenAs(
      {
        ...before,
        name,
        size: now.size,
        checksums: now.checksums,
        ...present(now, 'modifiedTime', 'revision'),
        canDownload: now.canDownload,
        ...rights,
      },
      id ?? null,
      edition,
    );
    return 'changed';
  }
  if (name !== record.name && record.outcome.way !== 'merged') {
    if (!(await renameCopy(drives, record, copyId, name, signal))) return 'left';
    await ledger.rename(record.ordinal, name);
    return 'renamed';
  }
  const folder = followed || record.parent === null ? undefined : await ledger.item(record.parent);
  return folder && !now.parents.includes(folder.sourceId) ? 'left' : undefined;
}

/** @returns whether the copy has the new name; not if someone has edited it, or the account may not rename it */
async function renameCopy(
  { destination }: Drives,
  record: ItemRecord,
  copyId: string,
  name: string,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const copy = await destination.get(copyId, signal);
    // A run that was interrupted may have renamed it already.
    const isRenamed = copy.name !== record.name && copy.name !== name;
    // The time of a folder changes with its contents.
    const isEdited = record.kind !== 'folder' && isEditedCopy({ ...record, name: copy.name }, copy);
    if (copy.trashed || isRenamed || isEdited) return false;
    await destination.update(copyId, { name, ...present(record, 'modifiedTime') }, signal);
    return true;
  } catch (error) {
    finalErrorOrThrow(error, signal);
    return false;
  }
}
