import type { LedgerSummary } from '../ports/ledger/summary.js';
import { forecastAccess } from '../access-forecast.js';
import { changesStartsOf } from '../changes.js';
import { forEachBounded } from '../concurrency.js';
import { resolveConflicts } from '../conflicts.js';
import type { TransferContext } from '../context.js';
import { isNotFound, undefinedIfNotFound } from '../errors.js';
import { stopped } from '../failures.js';
import { problemOfTarget, skipForeseen } from '../foreseen.js';
import { forecastLinks } from '../link-forecast.js';
import { unitsOf } from '../model/quota-units.js';
import { explain } from '../model/reasons.js';
import { MY_DRIVE } from '../model/records.js';
import type { Clock } from '../ports/clock.js';
import type { DriveItem, SourceDrive } from '../ports/drive.js';
import type { TransferOrder } from '../model/order.js';
import type { PlanFacts } from '../model/plan-facts.js';
import type { Ledger } from '../ports/ledger.js';
import { originalFields } from '../source-access.js';
import { forecastUsage } from '../usage-forecast.js';
import { assertWritableTarget, countTarget, type Target } from '../target.js';
import { isListable, PlanError, Walk } from '../walk.js';

const PARALLEL = 32;
/** Milliseconds between two reports of a growing plan. */
const REPORT_MS = 1_000;
/** A limit, because looking up a shortcut target outside the plan takes one or two requests. */
const MAX_TARGET_LOOKUPS = 10_000;

const NO_CONFLICTS = { skipped: 0, replaced: 0, merged: 0 };

/**
 * Lists everything below the selected items into the ledger, breadth first, every page of every folder. Then it lists
 * every folder a second time and compares.
 * @throws DriveError, PlanError if the transfer is impossible · ItemError `stopped` if the transfer is no longer being
 *   planned, or another process restarted its plan
 */
export async function plan({ ledger, drives, usage }: TransferContext, signal: AbortSignal): Promise<void> {
  const { source, destination } = drives;
  const { order } = ledger;
  const target = await assertWritableTarget(order.target, destination, signal);
  await ledger.name({ target: target.name });
  const edition = await ledger.restartPlan();
  if (edition === undefined) throw stopped();
  const chosen = await withoutNested(await fetchChosen(order, source, signal), source, signal);
  // The root of My Drive is not an item: it can't be shared or trashed, and a copy of it would only be another folder.
  const topId = order.sourceIds.includes(MY_DRIVE) ? (await source.get(MY_DRIVE, signal)).id : undefined;
  await ledger.name({ chosen: chosen.slice(0, 5).map((item) => item.name) });
  // Only a preflight shows how full the target is.
  const counting = order.held ? countTarget(target, drives, signal) : undefined;
  try {
    // Read before the first listing, so that each later change is either listed or among the changes.
    const driveIds = new Set(['', ...chosen.flatMap((item) => item.driveId ?? [])]);
    const walk = new Walk(ledger, drives, edition, await changesStartsOf(driveIds, source, signal), target.depth);
    const report = reporterOf(walk, ledger, edition, drives.clock, topId);
    await list(walk, chosen, topId, signal);
    await foreseeHiddenTargets(ledger, drives, walk, edition, signal);
    await skipForeseen(ledger, -1, edition);
    const conflicts = await conflictsIn(target, { ledger, drives }, edition, signal);
    // Google states no quota for shared drives.
    const space = target.driveId ? null : await destination.space(signal);
    await skipShortcutsToSkipped(ledger, walk, edition);
    const holds = await counting?.end();
    const access = await forecastAccess({ ledger, drives }, edition, signal);
    // Only a preflight shows how many links the transfer will probably rewrite.
    const links = order.held ? await forecastLinks(ledger, source, signal) : undefined;
    const run = unitsOf(await forecastUsage(ledger, access));
    await usage.flush();
    const units = { counting: unitsOf((await ledger.snapshot()).usage), run };
    const counted = { ...(holds && { holds }), ...(access && { access }), ...(links && { links }) };
    await report({ conflicts, space, ...counted, units, complete: walk.size });
    if (!(await ledger.completePlan(edition))) throw stopped();
  } finally {
    counting?.stop();
  }
}

async function list(
  walk: Walk,
  chosen: readonly DriveItem[],
  topId: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  await walk.addTops(
    chosen.filter(({ id }) => id !== topId),
    signal,
  );
  if (topId) await walk.addMyDrive(topId, signal);
  await walk.listTree(signal);
  await walk.relist(signal);
  await walk.followShortcuts(signal);
  await walk.finish(signal);
}

/** Reports the plan's figures: at most once a second while it grows, and when called. */
function reporterOf(walk: Walk, ledger: LedgerSummary, edition: number, clock: Clock, topId: string | undefined) {
  let reported = clock.now();
  const report = async (more: Partial<PlanFacts> = {}): Promise<void> => {
    reported = clock.now();
    const facts = { ...walk.tally.facts(), conflicts: NO_CONFLICTS, space: null, ...more };
    const from = { changesFrom: walk.changesFrom, plannedAt: reported, ...(topId && { topId }) };
    await ledger.storeFacts({ plan: { ...facts, ...from } }, edition);
  };
  walk.onPage = async () => {
    if (clock.now() - reported >= REPORT_MS) await report();
  };
  return report;
}

async function conflictsIn(
  target: Target,
  { ledger, drives }: Pick<TransferContext, 'ledger' | 'drives'>,
  plan: number,
  signal: AbortSignal,
): Promise<PlanFacts['conflicts']> {
  const { conflict } = ledger.order;
  // A new folder contains nothing to conflict with.
  if (conflict === 'keepBoth' || ledger.order.target.newFolderName) return NO_CONFLICTS;
  return resolveConflicts(ledger, drives.destination, { targetId: target.id, plan }, conflict, signal);
}

/**
 * Predicts problems of shortcuts whose targets are not copied. They point to the originals, so they can't be created if
 * the destination account may not see those. Asks the destination, because the source does not state everything about
 * sharing (links, groups, domains).
 */
async function foreseeHiddenTargets(
  ledger: Ledger,
  drives: TransferContext['drives'],
  walk: Walk,
  edition: number,
  signal: AbortSignal,
): Promise<void> {
  if (ledger.order.shortcuts === 'skip') return;
  const planned = await ledger.ordinalsOf(new Set(walk.links.keys()));
  const outside = [...walk.links].filter(([targetId]) => !planned.has(targetId));
  walk.tally.targetsUnasked = Math.max(0, outside.length - MAX_TARGET_LOOKUPS);
  await forEachBounded(outside.slice(0, MAX_TARGET_LOOKUPS), PARALLEL, async ([targetId, shortcuts]) => {
    const problem = await problemOfTarget(targetId, drives, signal);
    if (!problem) return;
    for (const shortcut of shortcuts) walk.tally.markImpossible(shortcut, problem);
    await ledger.foresee(new Map(shortcuts.map(({ ordinal }) => [ordinal, problem])), edition);
  });
}

/** A shortcut to an item of the plan points to its copy. If that item is skipped, so is the shortcut. */
async function skipShortcutsToSkipped(ledger: Ledger, walk: Walk, edition: number): Promise<void> {
  const planned = await ledger.ordinalsOf(new Set(walk.links.keys()));
  await forEachBounded(planned, PARALLEL, async ([targetId, ordinal]) => {
    const target = await ledger.item(ordinal);
    if (target?.state !== 'skipped') return;
    // What fixes the item fixes the shortcut.
    const problem = target.outcome.code === 'conversion_needed' ? target.outcome.code : 'shortcut_dangling';
    for (const shortcut of walk.links.get(targetId)!) {
      const outcome = explain(problem, `It points to “${target.name}”, which is not copied.`);
      if (!(await ledger.settle(shortcut, 'skipped', outcome, edition))) continue;
      walk.tally.markImpossible(shortcut, problem);
      await ledger.foresee(new Map([[shortcut.ordinal, problem]]), edition);
    }
  });
}

async function fetchChosen(order: TransferOrder, source: SourceDrive, signal: AbortSignal): Promise<DriveItem[]> {
  const { sourceIds: ids } = order;
  const found = new Map<string, DriveItem>();
  await forEachBounded(ids, PARALLEL, async (id) => {
    try {
      const item = await source.get(id, signal, originalFields(order));
      if (item.trashed) throw new PlanError('not_found', `"${item.name}" is in the trash of the source.`);
      found.set(id, item);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      throw new PlanError('not_found', `The source has no item ${id}.`, error);
    }
  });
  // Two ids may identify one item: "root" and its real id.
  return [...new Map(ids.map((id) => found.get(id)!).map((item) => [item.id, item])).values()];
}

/**
 * Removes selected items that are below another selected folder. Siblings share their ancestors, so this takes few
 * requests.
 */
async function withoutNested(chosen: DriveItem[], source: SourceDrive, signal: AbortSignal): Promise<DriveItem[]> {
  const chosenFolders = new Set(chosen.filter(isListable).map((item) => item.id));
  if (chosen.length < 2 || chosenFolders.size === 0) return chosen;
  /** By folder. Items below a folder that can't be listed are not copied with it. */
  const parentsOf = new Map<string, readonly string[]>();
  const above = (item: DriveItem) => (isListable(item) ? item.parents : []);
  for (const item of chosen) if (item.kind === 'folder') parentsOf.set(item.id, above(item));
  const isAnyBelowChosen = async (ids: readonly string[], seen: Set<string>): Promise<boolean> => {
    for (const id of ids) {
      if (seen.has(id)) continue;
      seen.add(id);
      if (chosenFolders.has(id) || (await isAnyBelowChosen(await parentsOfFolder(id), seen))) return true;
    }
    return false;
  };
  const parentsOfFolder = async (id: string): Promise<readonly string[]> => {
    let parents = parentsOf.get(id);
    if (!parents) {
      const folder = await source.get(id, signal).catch(undefinedIfNotFound);
      parents = folder ? above(folder) : []; // not found: it is above the shared folders
      parentsOf.set(id, parents);
    }
    return parents;
  };
  const kept: DriveItem[] = [];
  for (const item of chosen) if (!(await isAnyBelowChosen(item.parents, new Set([item.id])))) kept.push(item);
  return kept;
}
