import { forEachBounded } from '../concurrency.js';
import { resolveConflicts } from '../conflicts.js';
import { type Drives, hasNoId, stopped } from './copy.js';
import { DriveError, undefinedIfNotFound } from '../errors.js';
import { PageTokens, pagesOf } from '../listing.js';
import { NO_CHANGES, skipForeseen, startOf, Walk } from './plan.js';
import type { Change, DriveItem } from '../ports/drive.js';
import { type DeltaFacts, type ItemRecord, type Ledger, type PlanFacts, SETTLED_STATES } from '../ports/ledger.js';
import { CHANGEABLE_AT_SOURCE } from '../model/reasons.js';
import { isFollowed, recordsOf } from '../model/records.js';
import { listedRights } from '../rights.js';
import { isChanged, isEditedCopy } from '../verify.js';

const PARALLEL = 16;

/**
 * Brings a finished transfer up to date, in place: what is new in the source since the plan joins the plan, what changed
 * is copied anew in place of its copy, what was renamed is renamed. Google's list of changes says where to look; where
 * it can't be had any more, every folder is listed again. What failed before is tried again with it. What was moved or
 * deleted in the source is left as it is in the destination, and counted.
 * @throws ItemError `stopped` when the transfer is no longer updating
 */
export async function update(ledger: Ledger, drives: Drives, signal: AbortSignal): Promise<void> {
  const edition = await ledger.extendPlan();
  if (edition === undefined) throw stopped();
  const before = (await ledger.snapshot()).plan;
  const started = drives.clock.now();
  const since = await changesSince(before?.changesFrom ?? {}, drives, signal);
  // Before the listing: what changes from now on is either listed or among the changes of the next run.
  const next = since?.next ?? (await startsAnew(before?.changesFrom ?? {}, drives, signal));
  const topId = before?.topId;
  const changes = since?.changes ?? (await everything(ledger, drives, topId, signal));
  const known = await ledger.ordinalsOf(new Set([...changes.keys(), ...parentsOf(changes)]));
  const facts = { added: 0, changed: 0, renamed: 0, left: 0 };

  const { found } = await ledger.snapshot();
  const complete = before?.complete ?? found;
  const walk = new Walk(ledger, drives, edition, next, 0, found);
  for await (const item of recordsOf(ledger, undefined, complete)) walk.takeUp(item);
  const own = await ownCopies(ledger, topId);
  const strangers: { item: DriveItem; parent: number | null }[] = [];
  await forEachBounded(changes.values(), PARALLEL, async ({ id, item }) => {
    const ordinal = known.get(id);
    if (ordinal !== undefined) {
      const record = (await ledger.item(ordinal))!;
      if (item && canBeListedNow(record, item)) {
        const { canListChildren: _hidden, ...opened } = record;
        if (record.canListChildren === false) await ledger.reopenAs(opened, null);
        walk.takeUp(opened);
        return;
      }
      const fate = await bringUpToDate(ledger, drives, record, item, signal);
      if (fate) facts[fate]++;
      return;
    }
    const parent = item?.parents
      .map((above) => (above === topId ? null : known.get(above)))
      .find((above) => above !== undefined);
    if (item && !item.trashed && parent !== undefined && !own.has(id)) strangers.push({ item, parent });
  });
  // Below a new folder the list of changes may name nothing: a folder that was moved here brings its content along.
  await walk.below(strangers, signal);
  await walk.finish(signal);
  await skipForeseen(ledger, complete - 1);
  facts.added = walk.size - complete;
  const conflicts = await conflictsOfAdded(ledger, drives, complete, signal);
  const { verified, unverified } = (await ledger.snapshot()).counts; // those that changed are waiting now
  const unchanged = Math.max(0, verified + unverified - facts.renamed - facts.left);

  await ledger.reopen(undefined, { skipped: ['canceled', ...CHANGEABLE_AT_SOURCE] });
  const delta: DeltaFacts = { ...facts, unchanged, at: started, ...(!since && { listedAnew: true }) };
  const { skipped = 0, replaced = 0, merged = 0 } = before?.conflicts ?? {};
  const all = {
    skipped: skipped + conflicts.skipped,
    replaced: replaced + conflicts.replaced,
    merged: merged + conflicts.merged,
  };
  await ledger.tell({
    delta,
    ...(before && { plan: { ...before, conflicts: all, changesFrom: walk.changesFrom, complete: walk.size } }),
  });
  if (!(await ledger.completePlan(edition))) throw stopped();
}

/** What was added obeys the conflict policy as the first run did. In a folder that was new, others may work by now. */
async function conflictsOfAdded(
  ledger: Ledger,
  { destination }: Drives,
  complete: number,
  signal: AbortSignal,
): Promise<PlanFacts['conflicts']> {
  const { conflict, target } = ledger.order;
  const { found, resultFolderId } = await ledger.snapshot();
  const targetId = resultFolderId ?? (target.newFolderName ? undefined : target.folderId);
  if (conflict === 'keepBoth' || targetId === undefined || found === complete)
    return { skipped: 0, replaced: 0, merged: 0 };
  return resolveConflicts(ledger, destination, { targetId, from: complete }, conflict, signal);
}

/** Whether what is in a folder was hidden, and is not any more; also when this run was broken off after it found that. */
function canBeListedNow(record: ItemRecord, now: DriveItem): boolean {
  const wasHidden = record.canListChildren === false || !SETTLED_STATES.includes(record.state);
  return record.kind === 'folder' && wasHidden && now.canListChildren && !now.trashed;
}

/** Ids of what this transfer put into its target, which may lie inside the selection: none of it is new there. */
async function ownCopies(ledger: Ledger, topId: string | undefined): Promise<ReadonlySet<string>> {
  const { resultFolderId } = await ledger.snapshot();
  const { target, items } = ledger.order;
  const own = new Set(target.newFolderName && resultFolderId ? [resultFolderId] : []);
  // What was chosen comes first in the plan; of all My Drive, a later run adds to it at the end.
  const tops = topId ? recordsOf(ledger, ({ parent }) => parent === null) : await ledger.items(0, items.length);
  for await (const { parent, outcome } of tops)
    if (parent === null && outcome.destinationId) own.add(outcome.destinationId);
  return own;
}

interface Changes {
  /** The newest state of each changed item. */
  readonly changes: ReadonlyMap<string, Change>;
  readonly next: Readonly<Record<string, string>>;
}

/** @returns undefined when Google does not know the tokens any more */
export async function changesSince(
  tokens: Readonly<Record<string, string>>,
  { source }: Pick<Drives, 'source'>,
  signal: AbortSignal,
): Promise<Changes | undefined> {
  if (Object.keys(tokens).length === 0) return undefined;
  const changes = new Map<string, Change>();
  const next: Record<string, string> = {};
  for (const [driveId, start] of Object.entries(tokens)) {
    const pageTokens = new PageTokens();
    for (let token = start; ;) {
      const page = await source.changes(token, driveId || undefined, signal).catch((error: unknown) => {
        if (error instanceof DriveError && NO_CHANGES.has(error.code)) return undefined;
        throw error;
      });
      if (!page) return undefined;
      for (const change of page.changes) changes.set(change.id, change);
      if (!page.nextPageToken) {
        next[driveId] = page.newStartToken ?? token;
        break;
      }
      token = pageTokens.next(page.nextPageToken);
    }
  }
  return { changes, next };
}

/** Where the lists of changes begin now, of the drives whose tokens were forgotten; nothing when one tells of none. */
async function startsAnew(
  forgotten: Readonly<Record<string, string>>,
  { source }: Pick<Drives, 'source'>,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  const next: Record<string, string> = {};
  for (const driveId of Object.keys(forgotten)) {
    const token = await startOf(driveId, source, signal);
    if (token === undefined) return {};
    next[driveId] = token;
  }
  return next;
}

/** Every item of every planned folder as it is now, as if all had changed. */
async function everything(
  ledger: Ledger,
  { source }: Drives,
  topId: string | undefined,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Change>> {
  const changes = new Map<string, Change>();
  if (topId)
    for await (const page of pagesOf((token) => source.children(topId, token, signal)))
      for (const item of page.items) changes.set(item.id, { id: item.id, removed: false, item });
  const folders = recordsOf(ledger, ({ kind, canListChildren }) => kind === 'folder' && canListChildren !== false);
  await forEachBounded(folders, PARALLEL, async ({ sourceId }) => {
    try {
      for await (const page of pagesOf((token) => source.children(sourceId, token, signal)))
        for (const item of page.items) changes.set(item.id, { id: item.id, removed: false, item });
    } catch (error) {
      if (!(error instanceof DriveError) || error.code !== 'not_found') throw error; // the folder itself is gone
    }
  });
  // What was chosen, or followed, is in none of these folders.
  const tops = recordsOf(ledger, ({ ordinal, top }) => ordinal === top);
  await forEachBounded(tops, PARALLEL, async ({ sourceId: id }) => {
    const item = await source.get(id, signal).catch(undefinedIfNotFound);
    changes.set(id, { id, removed: item === undefined, ...(item && { item }) });
  });
  return changes;
}

function parentsOf(changes: ReadonlyMap<string, Change>): string[] {
  return [...changes.values()].flatMap(({ item }) => item?.parents ?? []);
}

/** @returns what was done, if anything */
async function bringUpToDate(
  ledger: Ledger,
  drives: Drives,
  record: ItemRecord,
  now: DriveItem | undefined,
  signal: AbortSignal,
): Promise<'changed' | 'renamed' | 'left' | undefined> {
  // Opened by this run already, before it was broken off.
  if (!SETTLED_STATES.includes(record.state)) return record.supersedes === undefined ? undefined : 'changed';
  const copied = record.state === 'verified' || record.state === 'unverified';
  // Of a move the original is in the trash because this transfer put it there.
  if (!now || now.trashed) return copied && record.outcome.original !== 'trashed' ? 'left' : undefined;
  if (!copied) return undefined; // tried again with the rest that failed
  const copyId = record.outcome.destinationId!;
  const followed = isFollowed(ledger.order, record);
  const name = followed ? record.name : now.name; // that of the shortcut
  const isContent = record.kind === 'file' || record.kind === 'google';
  if (isContent && isChanged(record, now)) {
    const copy = await drives.destination.get(copyId, signal).catch(undefinedIfNotFound);
    // Somebody works on the copy: their version is not taken away.
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
        ...(now.modifiedTime && { modifiedTime: now.modifiedTime }),
        ...(now.revision && { revision: now.revision }),
        canDownload: now.canDownload,
        ...rights,
      },
      id ?? null,
    );
    return 'changed';
  }
  if (name !== record.name && record.outcome.way !== 'merged') {
    const renamed = await drives.destination
      .update(copyId, { name, ...(record.modifiedTime && { modifiedTime: record.modifiedTime }) }, signal)
      .catch(undefinedIfNotFound);
    if (!renamed) return 'left';
    await ledger.rename(record.ordinal, name);
    return 'renamed';
  }
  const folder = followed || record.parent === null ? undefined : await ledger.item(record.parent);
  return folder && !now.parents.includes(folder.sourceId) ? 'left' : undefined;
}
