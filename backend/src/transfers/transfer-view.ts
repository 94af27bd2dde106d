import type { LedgerRecords } from '../engine/ports/ledger/items.js';
import { itemAccessCounts } from '../engine/access-report.js';
import { forEachBounded } from '../engine/concurrency.js';
import { conclusionOf } from '../engine/conclusion.js';
import type { ItemCode } from '../engine/errors.js';
import { itemLinkCounts } from '../engine/links-report.js';
import type { Conclusion } from '../engine/model/conclusion.js';
import type { ItemRecord } from '../engine/model/items.js';
import type { ItemFilter, TransferOrder } from '../engine/model/order.js';
import type { PlanFacts } from '../engine/model/plan-facts.js';
import { usageFigures } from '../engine/model/quota-units.js';
import type { ScheduleSnapshot } from '../engine/model/schedule.js';
import type { TransferSnapshot } from '../engine/model/snapshot.js';
import { TERMINAL_STATES, type TransferState } from '../engine/model/states.js';
import type { Ledger } from '../engine/ports/ledger.js';
import type { LedgerEvent } from '../engine/ports/ledger/log.js';
import { itemCodeOf, notCarried, reasonOf } from '../engine/model/reasons.js';
import { recordsIn } from '../engine/model/records.js';
import { countsOf, hasClosingCheck, type ItemCounts, reportItem } from '../engine/report.js';
import { type Paces, USUAL_UNITS } from '../insight/paces.port.js';
import { sharingView } from './access-view.js';
import { linksView } from './links-view.js';
import { actionsOf, CONSENT_ACTIONS, consentsFor, isHelpedByRetry, withdrawnSides } from './transfer-actions.js';
import type { ScheduleDto } from './schedule.dto.js';
import type { ItemFilterDto } from './transfer-request.dto.js';
import type {
  FailureGroupDto,
  ORDER_FIELDS,
  ScheduledTransferDto,
  TransferDto,
  TransferEventDto,
  TransferPacingDto,
} from './transfers.dto.js';
import type { ForeseenProblemsDto, PlanDto, PlannedWaysDto } from './plan.dto.js';
import type { ItemDto, ItemInFlightDto } from './items.dto.js';

/** Estimates from a shorter time are too uncertain to show. */
const ETA_AFTER_SECONDS = 5;

/** How many of the items in progress are read, and how many are shown. */
const IN_FLIGHT_READ = 200;
const IN_FLIGHT_SHOWN = 5;

const STOPPED_BY_PROBLEM: readonly TransferState[] = ['pausing', 'paused', 'failed'];

export const iso = (epochMs: number): string => new Date(epochMs).toISOString();

/** The fields that transfers and preflights have in common. */
export function orderView(
  order: TransferOrder,
  snapshot: TransferSnapshot,
): Pick<TransferDto, (typeof ORDER_FIELDS)[number]> {
  // The problem of a resumed transfer is no longer current.
  const problem = STOPPED_BY_PROBLEM.includes(snapshot.state) ? snapshot.problem : undefined;
  return {
    id: order.id,
    mode: order.mode,
    options: {
      conflict: order.conflict,
      shortcuts: order.shortcuts,
      allowConversion: order.allowConversion,
      ...(order.filter && { filter: filterView(order.filter) }),
    },
    createdAt: iso(order.createdAt),
    source: { email: order.source.email, name: order.source.name },
    destination: { email: order.destination.email, name: order.destination.name },
    target: {
      folderId: order.target.folderId,
      ...(snapshot.targetName !== undefined && { folderName: snapshot.targetName }),
      ...(order.target.newFolderName && { newFolderName: order.target.newFolderName }),
      ...(snapshot.resultFolderId && { resultFolderId: snapshot.resultFolderId }),
    },
    selection: { count: order.sourceIds.length, names: [...snapshot.names] },
    ...(snapshot.parked && {
      parked: {
        side: snapshot.parked.side,
        account: order[snapshot.parked.side].email,
        since: iso(snapshot.parked.since),
      },
    }),
    ...(snapshot.resumeAt && { resumeAt: iso(snapshot.resumeAt) }),
    ...(snapshot.limit && { limitReached: snapshot.limit }),
    ...(snapshot.schedule && { schedule: scheduleView(snapshot.schedule) }),
    ...(problem && { problem: { ...problem, title: reasonOf(problem.code).title } }),
    notCarried: notCarried(order),
    revision: snapshot.revision,
  };
}

/** A schedule as the API returns it. */
export function scheduleView({ every, cron, timezone, until, hours, ...rest }: ScheduleSnapshot): ScheduleDto {
  const { nextRunAt, isPaused, lastRun } = rest;
  const hasRuns = every !== undefined || cron !== undefined;
  return {
    ...(every !== undefined && { every }),
    ...(cron !== undefined && { cron }),
    timezone,
    ...(until !== undefined && { until: iso(until) }),
    ...(hours && { hours: { ...hours } }),
    state: isPaused ? 'paused' : hasRuns && nextRunAt === undefined ? 'ended' : 'active',
    ...(nextRunAt !== undefined && { nextRunAt: iso(nextRunAt) }),
    ...(lastRun && { lastRun: { ...lastRun, at: iso(lastRun.at) } }),
  };
}

/** A transfer in the operator's list of schedules; none if its schedule was removed meanwhile. */
export function scheduledView(
  order: TransferOrder,
  { state, limit, schedule }: TransferSnapshot,
): ScheduledTransferDto[] {
  if (!schedule) return [];
  const { id, createdAt, source, destination } = order;
  const of = ({ email, name }: TransferOrder['source']) => ({ email, name });
  return [
    {
      ...{ id, createdAt: iso(createdAt), source: of(source), destination: of(destination), state },
      ...(limit && { limitReached: limit }),
      schedule: scheduleView(schedule),
    },
  ];
}

export function filterView({ types, ...filter }: ItemFilter): ItemFilterDto {
  return { ...filter, ...(types && { types: [...types] }) };
}

/** A transfer as the API returns it. */
export const transferView = async (ledger: Ledger): Promise<TransferDto> =>
  viewOf(ledger.order, await ledger.snapshot());

/** The same in detail: with its rate, Google's limits, and the items in progress. */
export async function detailedView(ledger: Ledger, paces: Paces): Promise<TransferDto> {
  const snapshot = await ledger.snapshot();
  const view = viewOf(ledger.order, snapshot);
  if (TERMINAL_STATES.includes(snapshot.state)) {
    const conclusion = await conclusionOf(ledger, snapshot);
    return { ...view, ...(conclusion && concludedView(conclusion, snapshot)) };
  }
  const { pace } = snapshot;
  const pacing = snapshot.state === 'running' ? await pacingOf(ledger.order, snapshot, paces) : undefined;
  return {
    ...view,
    ...(pace && { pace: { ...pace, from: iso(pace.from), items: [...pace.items] } }),
    ...(pacing && { pacing }),
    inFlight: snapshot.counts.copying > 0 ? await inFlight(ledger, snapshot) : [],
  };
}

/** What was computed when the transfer ended. */
function concludedView(
  { arrived, timeline, reportSha256 }: Conclusion,
  { slowedAt }: TransferSnapshot,
): Pick<TransferDto, 'arrived' | 'timeline' | 'slowdowns' | 'reportSha256'> {
  const { byKind, byFolder, moreFolders, singleFiles, items, bytes } = arrived;
  return {
    arrived: {
      items,
      bytes,
      byKind: byKind.map((share) => ({ ...share })),
      byFolder: byFolder.map((share) => ({ ...share })),
      ...(moreFolders && { moreFolders: { ...moreFolders } }),
      ...(singleFiles && { singleFiles: { ...singleFiles } }),
    },
    timeline: timeline.map(({ step, from, to }) => ({ step, from: iso(from), to: iso(to) })),
    slowdowns: slowedAt.map(iso),
    reportSha256,
  };
}

/** A new item is one write, whatever the method. */
async function pacingOf(
  { source, destination, createdAt }: TransferOrder,
  { startedAt = createdAt }: TransferSnapshot,
  paces: Paces,
): Promise<TransferPacingDto | undefined> {
  const [from, to] = await Promise.all([paces.of(source.credentialId), paces.of(destination.credentialId)]);
  const units = to.write.allowedUnitsPerSecond;
  const [slowed] = [from.read, from.write, to.read, to.write]
    .flatMap((pace) => (pace.slowed && pace.slowed.at >= startedAt ? [pace.slowed] : []))
    .sort((a, b) => b.at - a.at);
  if (units === null && !slowed) return undefined;
  return {
    ...(units !== null && { accepted: Math.round((units / USUAL_UNITS.write) * 100) / 100 }),
    ...(slowed && { slowed: { at: iso(slowed.at), seconds: Math.ceil(slowed.ms / 1_000) } }),
  };
}

/** The largest items that are being copied now. */
async function inFlight(ledger: LedgerRecords, { underWay }: TransferSnapshot): Promise<ItemInFlightDto[]> {
  const items: ItemRecord[] = [];
  for await (const item of recordsIn(ledger, ['copying'])) {
    items.push(item);
    if (items.length === IN_FLIGHT_READ) break;
  }
  return items
    .sort((a, b) => (b.size ?? 0) - (a.size ?? 0) || a.ordinal - b.ordinal)
    .slice(0, IN_FLIGHT_SHOWN)
    .map(({ ordinal, path, kind, mimeType, size }) => {
      const passed = underWay?.get(ordinal);
      return { ordinal, path, kind, mimeType, size, ...(passed !== undefined && { passed }) };
    });
}

/** An event of a transfer as the API returns it. */
export function eventView({ at, kind, state, by, code, detail, side, ...wait }: LedgerEvent): TransferEventDto[] {
  if (kind === 'step') return []; // only the timeline shows it
  const event: TransferEventDto = {
    at: iso(at),
    kind,
    ...(state && { state }),
    ...(by && { command: by.command as TransferEventDto['command'], by: [...by.sides] }),
    ...(code !== undefined && { code, title: reasonOf(code).title }),
    ...(detail !== undefined && { detail }),
    ...(side && { side }),
    ...(wait.resumeAt !== undefined && { resumeAt: iso(wait.resumeAt) }),
    ...(wait.limit && { limitReached: wait.limit }),
  };
  return [event];
}

const isFirstRun = ({ state, delta, undo }: TransferSnapshot): boolean =>
  !delta && undo.trashed + undo.left === 0 && !['updating', 'undoing', 'undone'].includes(state);

/** The view of a transfer from a snapshot. */
export function viewOf(order: TransferOrder, snapshot: TransferSnapshot): TransferDto {
  const { bytes, state, plan, delta, undo, notify } = snapshot;
  return {
    ...orderView(order, snapshot),
    ...(snapshot.title && { name: snapshot.title }),
    state,
    ...(snapshot.since && { since: iso(snapshot.since) }),
    ...(state === 'finishing' && snapshot.step && { step: snapshot.step }),
    ...(snapshot.startedAt && { startedAt: iso(snapshot.startedAt) }),
    ...(snapshot.finishedAt && { finishedAt: iso(snapshot.finishedAt) }),
    counts: countsOf(snapshot),
    bytes: { ...bytes },
    ...(order.mode === 'move' && { originals: { ...snapshot.originals } }),
    activeSeconds: Math.round(snapshot.activeMs / 1_000),
    rate: { ...snapshot.rate },
    etaSeconds: etaOf(snapshot),
    slowDowns: snapshot.slowDowns,
    usage: {
      ...usageFigures(snapshot.usage),
      ...(plan?.units && isFirstRun(snapshot) && { forecast: plan.units.counting + plan.units.run }),
    },
    ways: {
      serverCopy: snapshot.ways.server_copy,
      relay: snapshot.ways.relay,
      export: snapshot.ways.export,
      created: snapshot.ways.created,
      merged: snapshot.ways.merged,
    },
    failureGroups: [...groupsOf(snapshot.failures, 'failed'), ...groupsOf(snapshot.unverified, 'unverified')],
    skipGroups: groupsOf(snapshot.skips, 'skipped'),
    ...(plan && { plan: planView(plan) }),
    ...(delta && { delta: { ...delta, at: iso(delta.at) } }),
    ...((state === 'undoing' || state === 'undone' || undo.trashed + undo.left + undo.restored > 0) && {
      undo: { ...undo },
    }),
    grants: grantsView(snapshot),
    verification: { closingCheck: hasClosingCheck(state), ...snapshot.verification },
    sharing: sharingView(order, snapshot),
    links: linksView(order, snapshot),
    allowedActions: actionsOf(order, snapshot),
    consents: consentsView(order, snapshot),
    withdrawn: withdrawnSides(snapshot),
    ...(notify && { notify: { mail: [...notify.mail], language: notify.language } }),
  };
}

/** For each action that is possible now and needs certain accounts: these accounts. */
function consentsView(order: TransferOrder, snapshot: TransferSnapshot): TransferDto['consents'] {
  const possible = actionsOf(order, snapshot);
  return Object.fromEntries(
    CONSENT_ACTIONS.filter((action) => possible.includes(action))
      .map((action) => [action, [...consentsFor(action, order, snapshot)]] as const)
      .filter(([, sides]) => sides.length > 0),
  );
}

function grantsView({ shares: { expiresAt, ...counts } }: TransferSnapshot): TransferDto['grants'] {
  return { ...counts, ...(expiresAt !== undefined && { expiresAt: iso(expiresAt) }) };
}

/** The most frequent reason first. */
function groupsOf(
  stored: Readonly<Partial<Record<ItemCode, number>>>,
  state: FailureGroupDto['state'],
): FailureGroupDto[] {
  // Another version may have stored these codes.
  const counts = new Map<ItemCode, number>();
  for (const [code, count] of Object.entries(stored))
    counts.set(itemCodeOf(code), (counts.get(itemCodeOf(code)) ?? 0) + count);
  return [...counts]
    .filter(([, count]) => count > 0)
    .map(([code, count]) => {
      const { title, advice, retryWith } = reasonOf(code);
      const isOpen = state !== 'unverified' && retryWith !== undefined;
      const retryable = isHelpedByRetry(code, state);
      return { code, state, count, title, advice, retryable, ...(isOpen && { retryWith }) };
    })
    .sort((a, b) => b.count - a.count);
}

/** The predicted problem of items that are copied nevertheless. */
const LOSSY = 'lossy';

export function problemsOf({ problems }: Pick<PlanFacts, 'problems'>): ForeseenProblemsDto[] {
  return groupsOf(problems, 'failed').map(({ code, title, advice, count }) => ({
    code,
    title,
    advice,
    count,
    lossy: code === LOSSY,
  }));
}

export function waysOf({ forecast }: Pick<PlanFacts, 'forecast'>): PlannedWaysDto {
  const share = (way: keyof PlanFacts['forecast']) => ({ items: 0, bytes: 0, ...forecast[way] });
  return {
    serverCopy: share('server_copy'),
    relay: share('relay'),
    export: share('export'),
    created: share('created'),
    none: share('none'),
  };
}

function planView(plan: PlanFacts): PlanDto {
  return {
    ways: waysOf(plan),
    problems: problemsOf(plan),
    changedMeanwhile: { ...plan.changedMeanwhile },
    filteredOut: plan.filteredOut,
    conflicts: { ...plan.conflicts },
    depth: plan.deepest,
    largestFolder: plan.largestFolder && { ...plan.largestFolder },
    plannedAt: iso(plan.plannedAt),
  };
}

/** The longer of two estimates: from the rate of items, and from the rate of bytes. */
function etaOf({ state, activeMs, counts, bytes, rate }: TransferSnapshot): number | null {
  if (state !== 'running' || activeMs < ETA_AFTER_SECONDS * 1_000) return null;
  const itemsLeft = counts.waiting + counts.copying;
  const bytesLeft = Math.max(0, bytes.found - bytes.verified - bytes.copying);
  if (rate.itemsPerSecond === 0 && rate.bytesPerSecond === 0) return null;
  const byItems = rate.itemsPerSecond > 0 ? itemsLeft / rate.itemsPerSecond : 0;
  const byBytes = rate.bytesPerSecond > 0 ? bytesLeft / rate.bytesPerSecond : 0;
  return Math.ceil(Math.max(byItems, byBytes));
}

/** Records of copies that are read at the same time; a document can have thousands of links. */
const RECORDS_AT_ONCE = 16;

/** Items as the API returns them, with the numbers of the permissions and links of their copies. */
export async function itemViews(
  ledger: Pick<Ledger, 'accessRecord' | 'linkRecord' | 'order'>,
  items: readonly ItemRecord[],
): Promise<ItemDto[]> {
  const { sharing, links } = ledger.order;
  const counts = new Map<number, ItemCounts>();
  if (sharing || links)
    await forEachBounded(items, RECORDS_AT_ONCE, async ({ ordinal }) => {
      const access = sharing && (await ledger.accessRecord(ordinal));
      const document = links && (await ledger.linkRecord(ordinal));
      counts.set(ordinal, { ...(access && itemAccessCounts(access)), ...(document && itemLinkCounts(document)) });
    });
  return items.map((item) => reportItem(item, counts.get(item.ordinal)));
}
