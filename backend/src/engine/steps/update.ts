import { isDeepStrictEqual } from 'node:util';
import type { LedgerRecords } from '../ports/ledger/items.js';
import { forecastAccess } from '../access-forecast.js';
import { changesSince, changesStartsOf } from '../changes.js';
import { forEachBounded } from '../concurrency.js';
import { resolveConflicts } from '../conflicts.js';
import type { TransferContext } from '../context.js';
import { hasNoId, isSurplus, markerOf } from '../destination-copies.js';
import { isNotFound, type ItemCode, undefinedIfNotFound } from '../errors.js';
import { finalErrorOrThrow, stopped } from '../failures.js';
import { skipForeseen } from '../foreseen.js';
import { pagesOf } from '../listing.js';
import type { Change, DriveItem, Drives } from '../ports/drive.js';
import { isDone, type ItemRecord, SETTLED_STATES, wasTried } from '../model/items.js';
import type { DeltaFacts, PlanFacts } from '../model/plan-facts.js';
import type { Ledger } from '../ports/ledger.js';
import { CHANGEABLE_AT_SOURCE, explain } from '../model/reasons.js';
import { isFollowed, isOpen, recordsOf } from '../model/records.js';
import { present } from '../present.js';
import { isDoubtful, listedRights, seenByDestination } from '../rights.js';
import { inOrder, type Original, originalFields } from '../source-access.js';
import { isChanged, isEditedCopy } from '../verify.js';
import { Walk } from '../walk.js';

const PARALLEL = 16;
/** Codes of items that were skipped and can be copied now. */
const UNTRIED: readonly ItemCode[] = ['canceled', ...CHANGEABLE_AT_SOURCE];
/** Of an item that was not copied, and whose original is gone. It is skipped until its original is there again. */
const GONE = explain('source_not_found');

/**
 * Updates a finished transfer in place: adds new items of the source to the plan, copies changed items again to replace
 * their copies, renames copies of renamed items, and retries failed items as they are now. Google's list of changes names
 * the items; if it has expired, every folder is listed again. Copies of items that were moved or deleted in the source
 * are left unchanged, and counted. The first run that carries access over lists every folder too, for the access of its
 * items.
 * @throws ItemError `stopped` if the transfer is no longer updating
 */
export async function update(context: TransferContext, signal: AbortSignal): Promise<void> {
  const { ledger, drives } = context;
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
  /** By ordinal, the originals of items that have no copy; undefined: it is gone. */
  const uncopied = new Map<number, DriveItem | undefined>();
  await forEachBounded(changes.values(), PARALLEL, async ({ id, item }) => {
    const ordinal = known.get(id);
    if (ordinal !== undefined) {
      const record = (await ledger.item(ordinal))!;
      const now = item?.trashed ? undefined : item;
      if (now) planned.push({ item: record, original: now });
      if (!isDone(record.state) && (now || !mayBeTrashedHere(ledger, record))) uncopied.set(ordinal, now);
      if (item && canBeListedNow(record, item)) {
        const { canListChildren: _hidden, ...opened } = record;
        if (record.canListChildren === false) await ledger.reopenAs(opened, null, edition);
        walk.resume(opened);
        return;
      }
      const done = isDone(record.state)
        ? await updateItem(ledger, drives, { edition, started }, record, now, signal)
        : await updateUncopied(context, edition, record, now, signal);
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
  await bringUpToDate(ledger, drives, edition, uncopied, signal);
  await skipForeseen(ledger, complete - 1, edition);
  facts.added = walk.size - complete;
  const conflicts = await conflictsOfNew(ledger, drives, complete, edition, signal);
  const { verified, unverified } = (await ledger.snapshot()).counts; // changed items now have the state `waiting`
  const unchanged = Math.max(0, verified + unverified - facts.renamed - facts.left);

  await ledger.reopen(undefined, { skipped: [], plan: edition });
  await bringUpToDate(ledger, drives, edition, uncopied, signal);
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
  plan: number,
  signal: AbortSignal,
): Promise<PlanFacts['conflicts']> {
  const { conflict, target } = ledger.order;
  const { counts, resultFolderId } = await ledger.snapshot();
  const targetId = resultFolderId ?? (target.newFolderName ? undefined : target.folderId);
  if (conflict === 'keepBoth' || targetId === undefined || counts.waiting === 0)
    return { skipped: 0, replaced: 0, merged: 0 };
  return resolveConflicts(ledger, destination, { targetId, from: complete, plan }, conflict, signal);
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
  // Selected items, targets of shortcuts, and what was moved or deleted are in none of these folders.
  const unlisted = recordsOf(
    ledger,
    ({ ordinal, top, sourceId, outcome }) =>
      ordinal === top || (!changes.has(sourceId) && outcome.original !== 'trashed'),
  );
  await forEachBounded(unlisted, PARALLEL, async ({ sourceId: id }) => {
    const item = await source.get(id, signal, fields).catch(undefinedIfNotFound);
    changes.set(id, { id, removed: item === undefined, ...(item && { item }) });
  });
  return changes;
}

function parentsOf(changes: ReadonlyMap<string, Change>): string[] {
  return [...changes.values()].flatMap(({ item }) => item?.parents ?? []);
}

/** Whether this transfer, a move, may have trashed the original of an item that has no copy any more. */
const mayBeTrashedHere = ({ order }: Pick<Ledger, 'order'>, record: ItemRecord): boolean =>
  order.mode === 'move' && record.ownedByMe && wasTried(record);

/**
 * Updates an item that has a copy.
 * @param run `started`: when this run began to read the changes, epoch milliseconds
 * @param now its original; undefined: it is gone
 * @returns what it did, if anything
 */
async function updateItem(
  ledger: Ledger,
  drives: Drives,
  run: { readonly edition: number; readonly started: number },
  record: ItemRecord,
  now: DriveItem | undefined,
  signal: AbortSignal,
): Promise<'changed' | 'renamed' | 'left' | undefined> {
  // This transfer itself trashed the original, in a move.
  if (!now) return record.outcome.original === 'trashed' ? undefined : 'left';
  const copyId = record.outcome.destinationId!;
  const name = nameNow(ledger, record, now);
  const isContent = record.kind === 'file' || record.kind === 'google';
  if (isContent && isChanged(record, now)) {
    const copy = await drives.destination.get(copyId, signal).catch(undefinedIfNotFound);
    // Someone has edited the copy, so it stays.
    if (copy && !copy.trashed && isEditedCopy(record, copy)) return 'left';
    const [id] = hasNoId(record) ? [] : await drives.destination.generateIds(1, 'file', signal);
    const item = await asItIsNow(ledger, drives, record, now, signal);
    await ledger.reopenAs({ ...item, comparedAt: run.started }, id ?? null, run.edition);
    return 'changed';
  }
  if (name !== record.name && record.outcome.way !== 'merged') {
    if (!(await renameCopy(drives, record, copyId, name, signal))) return 'left';
    await ledger.rename(record.ordinal, name, run.edition);
    return 'renamed';
  }
  const folder =
    isFollowed(ledger.order, record) || record.parent === null ? undefined : await ledger.item(record.parent);
  return folder && !now.parents.includes(folder.sourceId) ? 'left' : undefined;
}

/**
 * Prepares an item without a copy, which `bringUpToDate` adapts if it is reopened.
 * @param now its original; undefined: it is gone
 */
async function updateUncopied(
  context: TransferContext,
  edition: number,
  record: ItemRecord,
  now: DriveItem | undefined,
  signal: AbortSignal,
): Promise<'changed' | undefined> {
  const { ledger, drives } = context;
  if (now) {
    if (hasNoId(record) && record.attempts > 0 && isChanged(record, now))
      await disown(context, edition, record, signal);
    const name = nameNow(ledger, record, now);
    // A later run reopens it when it has contents.
    if (record.kind === 'folder' && name !== record.name) await ledger.rename(record.ordinal, name, edition);
    if (record.state === 'skipped' && record.outcome.code === GONE.code)
      await ledger.reopenAs(await asItIsNow(ledger, drives, record, now, signal), null, edition);
  }
  // This run reopened the item before it was interrupted.
  return isOpen(record) && record.supersedes !== undefined ? 'changed' : undefined;
}

/**
 * Google chooses the ids of documents, so an attempt takes a copy that has the item's marker for its own. That of an
 * earlier attempt is no copy of what the original is now: it goes to the trash, or loses the marker if it is a person's.
 * @throws ItemError `stopped` if another run has begun: what has the marker then may be its copy
 */
async function disown(
  { ledger, drives: { destination } }: TransferContext,
  edition: number,
  record: ItemRecord,
  signal: AbortSignal,
): Promise<void> {
  const { ordinal, parent, supersedes } = record;
  // None if a canceled retry has not created the folder again: an attempt has left nothing in it then.
  const folderId =
    parent === null ? (await ledger.snapshot()).resultFolderId : (await ledger.item(parent))?.outcome.destinationId;
  for (const copy of await destination.findMarked(markerOf(ledger.order.id, record), signal)) {
    if (copy.id === supersedes) continue;
    // This process may have slept since the search. A retry, which has no plan of its own, may have copied the item.
    const now = await ledger.item(ordinal);
    if (!now || isDone(now.state) || !(await ledger.append([], edition))) throw stopped();
    const isTrashed = isSurplus(copy, record, folderId) && (await succeeds(destination.trash(copy.id, signal), signal));
    if (isTrashed) continue;
    const unmarked = { marker: null, ...present(copy, 'modifiedTime') };
    await succeeds(destination.update(copy.id, unmarked, signal), signal);
  }
}

/** Whether Google carries a request out; false if it refuses it for good. */
const succeeds = (request: Promise<unknown>, signal: AbortSignal): Promise<boolean> =>
  request.then(
    () => true,
    (error: unknown) => {
      finalErrorOrThrow(error, signal);
      return false;
    },
  );

/**
 * Adapts items that were reopened to their originals, and skips those whose original is gone. Removes them from
 * `originals`, so that it can be called again for those that are reopened later.
 */
async function bringUpToDate(
  ledger: Ledger,
  drives: Drives,
  edition: number,
  originals: Map<number, DriveItem | undefined>,
  signal: AbortSignal,
): Promise<void> {
  await forEachBounded([...originals], PARALLEL, async ([ordinal, now]) => {
    const record = (await ledger.item(ordinal))!;
    if (!isOpen(record)) return;
    originals.delete(ordinal);
    if (!now) {
      await ledger.settle(record, 'skipped', GONE, edition);
      return;
    }
    const item = await asItIsNow(ledger, drives, record, now, signal);
    if (!isDeepStrictEqual(item, record)) await ledger.amend(item, edition);
  });
}

/** The name of an item's copy. A followed item has that of the shortcut. */
const nameNow = ({ order }: Pick<Ledger, 'order'>, record: ItemRecord, now: DriveItem): string =>
  isFollowed(order, record) ? record.name : now.name;

/** A planned item with what the source says about its original now. It keeps its place in the plan. */
async function asItIsNow(
  ledger: Pick<Ledger, 'order'>,
  drives: Drives,
  record: ItemRecord,
  now: DriveItem,
  signal: AbortSignal,
): Promise<ItemRecord> {
  const { barrier, description: _d, starred: _s, folderColor: _c, properties: _p, ...before } = record;
  const item: ItemRecord = {
    ...before,
    name: nameNow(ledger, record, now),
    size: now.size,
    checksums: now.checksums,
    ...present(now, 'modifiedTime', 'revision', 'description', 'starred', 'folderColor', 'properties'),
    ownedByMe: now.ownedByMe,
    canDownload: now.canDownload,
    ...listedRights(now, barrier === 'copying_forbidden' ? undefined : barrier, drives),
  };
  return isDoubtful(item, drives) ? seenByDestination(item, drives, signal) : item;
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
