import { MAX_DEPTH, MAX_ITEMS } from '../engine/forecast.js';
import type { Counted, Ledger, PlanFacts, TransferOrder, TransferSnapshot } from '../engine/ports/ledger.js';
import type { CheckDto, DailyLimitDto, EstimateDto, PreflightDto, SpaceDto } from './preflights.dto.js';
import { iso, orderView, problemsOf, waysOf } from './transfer-view.js';

/** How long a preflight is kept; the store forgets it then. */
const KEPT_MS = 3600 * 1_000;
/** After this long the source has probably changed. */
const FRESH_MS = 15 * 60 * 1_000;
/**
 * Files a second that Drive goes on taking from one account, after a burst: rclone's experience, which paces its writes
 * by it ("rclone.org/drive", Limitations: "about 2 files per second only"); Google documents no figure.
 */
export const SUSTAINED_ITEMS_PER_SECOND = 2;
/** What a stream from one account into the other is assumed to carry; it depends on the line between here and Google. */
const RELAY_BYTES_PER_SECOND = 20 * 1000 ** 2;
/** Bytes that one account may upload and copy within 24 hours ("Usage limits"). */
const BYTES_PER_DAY = 750 * 1000 ** 3;
const DAY_SECONDS = 24 * 3600;

const NOTHING_YET: PlanFacts = {
  forecast: {},
  problems: {},
  changedMeanwhile: { added: 0, removed: 0 },
  filteredOut: 0,
  deepest: 0,
  largestFolder: null,
  conflicts: { skipped: 0, replaced: 0, merged: 0 },
  space: null,
  changesFrom: {},
  plannedAt: 0,
};

/**
 * What of a transfer that was never started is said as a preflight.
 * @param measured items a second of an earlier transfer into the same account
 * @param room items that the store has room for, where it states a limit
 * @param movedToday bytes that CloudMover brought into the destination in the last 24 hours
 */
export function preflightView(
  { order }: Pick<Ledger, 'order'>,
  snapshot: TransferSnapshot,
  { measured, room, movedToday = 0 }: { measured?: number; room?: number; movedToday?: number } = {},
  now = Date.now(),
): PreflightDto {
  const state = preflightState(snapshot);
  const plan = snapshot.plan ?? NOTHING_YET;
  const ways = waysOf(plan);
  const space = spaceOf(plan);
  const countedAt = snapshot.plan?.plannedAt ?? order.createdAt;
  const isCounted = state === 'ready' || state === 'started';
  const { folders = 0, foreign = 0, movable = 0, convertible = { items: 0, bytes: 0 }, top } = plan.tallied ?? {};
  const daily = isCounted ? { limit: BYTES_PER_DAY, moved: movedToday, needed: bytesOf(plan) } : null;
  return {
    ...orderView(order, snapshot),
    state,
    ...(isCounted && { countedAt: iso(countedAt) }),
    expiresAt: iso(countedAt + KEPT_MS),
    counts: {
      found: snapshot.found,
      bytes: snapshot.bytes.found,
      ways,
      folders,
      foreign,
      movable,
      convertible: { ...convertible },
      // Of all My Drive, each item of its top is shared.
      shares: ways.serverCopy.items > 0 ? (plan.topId && top !== undefined ? top : order.items.length) : 0,
    },
    problems: problemsOf(plan),
    ...(plan.targetsUnasked && { targetsUnasked: plan.targetsUnasked }),
    changedMeanwhile: { ...plan.changedMeanwhile },
    filteredOut: plan.filteredOut,
    conflicts: { ...plan.conflicts },
    depth: { deepest: plan.deepest, limit: MAX_DEPTH },
    folderSize: { largest: plan.largestFolder && { ...plan.largestFolder }, limit: MAX_ITEMS },
    ...(isCounted && plan.holds && { holds: { ...plan.holds, limit: MAX_ITEMS } }),
    space,
    daily,
    estimate: isCounted ? estimateOf(plan, measured) : null,
    checks: checksOf(order, snapshot, { space, daily, room, foreign }),
    lossy: plan.problems['lossy'] ?? 0,
    stale: state === 'ready' && now - countedAt > FRESH_MS,
  };
}

/** What speaks against starting, in sentences; nothing when it can be started. */
export function blockersOf(preflight: Pick<PreflightDto, 'checks'>): string[] {
  return preflight.checks.filter(({ ok, blocking }) => blocking && !ok).map(({ sentence }) => sentence);
}

/** A held transfer that was never started: a preflight, and no transfer yet. */
export const isPreflight = ({ held }: TransferOrder, { startedAt }: TransferSnapshot): boolean =>
  held === true && startedAt === undefined;

export function preflightState({ state, startedAt }: TransferSnapshot): PreflightDto['state'] {
  if (startedAt !== undefined) return 'started';
  if (state === 'ready' || state === 'failed') return state;
  return 'counting';
}

/** How long the planned writes take: each item is one, and bytes are streamed beside them. */
export function estimateOf(plan: PlanFacts, measured?: number): EstimateDto {
  const { serverCopy, relay, export: exported, created } = waysOf(plan);
  const { skipped, merged } = plan.conflicts;
  const items = Math.max(0, serverCopy.items + relay.items + exported.items + created.items - skipped - merged);
  const itemsPerSecond = measured ?? SUSTAINED_ITEMS_PER_SECOND;
  const days = Math.ceil(bytesOf(plan) / BYTES_PER_DAY);
  const seconds = Math.max(
    items / itemsPerSecond,
    (relay.bytes + exported.bytes) / RELAY_BYTES_PER_SECOND,
    (days - 1) * DAY_SECONDS,
  );
  return {
    seconds: Math.ceil(seconds),
    ...(days > 1 && { days }),
    basis: measured === undefined ? 'documented' : 'measured',
    itemsPerSecond,
    bytesPerSecond: RELAY_BYTES_PER_SECOND,
  };
}

/** Bytes that the destination takes in. */
function bytesOf(plan: PlanFacts): number {
  const { serverCopy, relay, export: exported } = waysOf(plan);
  return serverCopy.bytes + relay.bytes + exported.bytes;
}

function spaceOf(plan: PlanFacts): SpaceDto | null {
  if (!plan.space) return null;
  const { limit, used } = plan.space;
  const needed = bytesOf(plan);
  const free = limit === null ? null : Math.max(0, limit - used);
  return { limit, used, free, needed, fits: free === null || needed <= free };
}

/** What can be judged so far: while it counts, only what is broken already. */
function checksOf(
  order: TransferOrder,
  { state, plan, problem, targetName }: TransferSnapshot,
  known: { space: SpaceDto | null; daily: DailyLimitDto | null; room: number | undefined; foreign: number },
): CheckDto[] {
  const { space, daily, room, foreign } = known;
  const isCounted = state === 'ready';
  const { email } = order.destination;
  const checks: (CheckDto | undefined)[] = [
    problem && targetName === undefined && TARGET_CODES.has(problem.code)
      ? { code: 'target_writable', ok: false, blocking: true, sentence: problem.detail }
      : targetName !== undefined
        ? { code: 'target_writable', ok: true, blocking: true, sentence: targetSentence(order, targetName) }
        : undefined,
    space ? spaceCheck(order, space, email) : undefined,
    daily ? dailyCheck(daily, email) : undefined,
    plan && depthCheck(plan, isCounted),
    plan && folderSizeCheck(plan, isCounted),
    ...(isCounted && plan ? holdsChecks(order, plan, targetName) : []),
    roomCheck(problem, isCounted, room),
    isCounted && foreign > 0 ? foreignCheck(order, foreign) : undefined,
  ];
  return checks.filter((check) => check !== undefined);
}

const targetSentence = ({ target: { newFolderName } }: TransferOrder, targetName: string): string =>
  newFolderName === undefined
    ? `“${targetName}” takes new items.`
    : `“${targetName}” takes new items; the copies go into a new folder in it, “${newFolderName}”.`;

/** Codes with which the planning refuses a target folder; after it has its name, they concern what was chosen. */
const TARGET_CODES: ReadonlySet<string> = new Set(['destination_read_only', 'not_found', 'scope_missing']);

function spaceCheck({ conflict, target }: TransferOrder, space: SpaceDto, email: string): CheckDto {
  const { needed, free, fits } = space;
  // Under the other policies what is skipped takes none, and what is replaced gives some back once it is deleted.
  const isExact = conflict === 'keepBoth' || target.newFolderName !== undefined;
  return {
    code: 'space_fits',
    ok: fits,
    blocking: isExact,
    sentence: fits
      ? free === null
        ? `${email} has no storage limit.`
        : `${gigabytes(needed)} are needed, ${email} has ${gigabytes(free)} free.`
      : `${email} has ${gigabytes(free ?? 0)} free, and up to ${gigabytes(needed)} are needed. Free some space, or choose less.`,
  };
}

/** More than a day's bytes take longer, and are carried all the same. */
function dailyCheck({ limit, moved, needed }: DailyLimitDto, email: string): CheckDto {
  const ok = needed + moved <= limit;
  const before = `CloudMover brought ${gigabytes(moved)} into ${email} in the last 24 hours; other programs may have used some too.`;
  return {
    code: 'daily_limit_fits',
    ok,
    blocking: false,
    sentence: ok
      ? `${gigabytes(needed)} of the 750 GB that Google lets an account take in within 24 hours. ${before}`
      : `${gigabytes(needed)} do not fit in the 750 GB that Google lets an account take in within 24 hours: the transfer waits and goes on by itself. ${before}`,
  };
}

function foreignCheck({ mode }: TransferOrder, foreign: number): CheckDto {
  return {
    code: 'owned_by_others',
    ok: false,
    blocking: false,
    sentence:
      mode === 'move'
        ? `${foreign} items belong to others. They are copied and stay where they are, because only an owner can trash a file.`
        : `${foreign} items belong to others. They can be copied; a move would leave them where they are, because only an owner can trash a file.`,
  };
}

function depthCheck({ problems, deepest }: PlanFacts, isCounted: boolean): CheckDto | undefined {
  const tooDeep = problems['folder_limit'] ?? 0;
  if (tooDeep === 0 && !isCounted) return undefined;
  return {
    code: 'depth_fits',
    ok: tooDeep === 0,
    blocking: true,
    sentence:
      tooDeep === 0
        ? `The deepest folder is ${deepest} levels below the target; Google allows ${MAX_DEPTH} in all.`
        : `${tooDeep} items would be more than ${MAX_DEPTH} levels deep, which Google does not allow. Choose a destination closer to the top of the drive, or select a deeper source folder.`,
  };
}

function folderSizeCheck({ largestFolder }: PlanFacts, isCounted: boolean): CheckDto | undefined {
  const children = largestFolder?.children ?? 0;
  const ok = children <= MAX_ITEMS;
  if (ok && !isCounted) return undefined;
  return {
    code: 'folder_size_fits',
    ok,
    blocking: true,
    sentence: ok
      ? `The largest folder holds ${children} items; Google allows ${MAX_ITEMS}.`
      : `“${largestFolder!.path}” holds ${children} items, and Google allows ${MAX_ITEMS} in a folder. Split it in the source.`,
  };
}

/** Whether what comes fits beside what is there, in the folder and in the shared drive. */
function holdsChecks(order: TransferOrder, plan: PlanFacts, targetName = ''): CheckDto[] {
  const { serverCopy, relay, export: exported, created } = waysOf(plan);
  const isNew = order.target.newFolderName !== undefined;
  const inFolder = isNew ? 1 : (plan.tallied?.top ?? 0);
  const inDrive = serverCopy.items + relay.items + exported.items + created.items + (isNew ? 1 : 0);
  // Under the other policies some meet an item of their name, and take no place.
  const isExact = order.conflict === 'keepBoth' || isNew;
  const check = (code: CheckDto['code'], place: string, { items, isMore }: Counted, added: number): CheckDto => {
    const isOver = items + added > MAX_ITEMS;
    const there = `${place} holds ${isMore ? 'more than ' : ''}${items} items`;
    const why = isOver
      ? `${there}, and up to ${added} come: Google allows ${MAX_ITEMS}. Choose another place, or less.`
      : isMore
        ? `${there}, not all of which were counted; ${added} come, and Google allows ${MAX_ITEMS}.`
        : `${there}, ${added} come, and Google allows ${MAX_ITEMS}.`;
    return { code, ok: !isOver && !isMore, blocking: isOver && isExact, sentence: why };
  };
  const { folder, drive } = plan.holds ?? {};
  return [
    ...(folder ? [check('target_size_fits', `“${targetName}”`, folder, inFolder)] : []),
    ...(drive ? [check('shared_drive_size_fits', 'The shared drive, its trash included,', drive, inDrive)] : []),
  ];
}

function roomCheck(
  problem: TransferSnapshot['problem'],
  isCounted: boolean,
  room: number | undefined,
): CheckDto | undefined {
  const check = (ok: boolean, sentence: string): CheckDto => ({ code: 'redis_room', ok, blocking: true, sentence });
  if (problem?.code === 'plan_too_large') return check(false, problem.detail);
  if (!isCounted) return undefined;
  if (room !== undefined && room <= 0)
    return check(false, 'CloudMover’s Redis is full. Ask its operator for more memory, or transfer fewer items.');
  return check(true, 'CloudMover has room for the list of all items.');
}

/** As Drive shows sizes: in steps of 1,024. */
const gigabytes = (bytes: number): string =>
  bytes < 1024 ** 3 ? `${Math.ceil(bytes / 1024 ** 2)} MB` : `${(bytes / 1024 ** 3).toFixed(1)} GB`;
