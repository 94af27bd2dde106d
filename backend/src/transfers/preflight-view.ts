import { BYTES_PER_DAY, MAX_DEPTH, MAX_ITEMS } from '../engine/forecast.js';
import type { TransferOrder } from '../engine/model/order.js';
import type { PlanFacts } from '../engine/model/plan-facts.js';
import type { TransferSnapshot } from '../engine/model/snapshot.js';
import type { Ledger } from '../engine/ports/ledger.js';
import { NO_SHARING } from './access-view.js';
import { bytesOf, checksOf, dailyOf, sentenceOf, spaceOf } from './preflight-verdict.js';
import type { EstimateDto, PreflightDto } from './preflights.dto.js';
import { iso, orderView, problemsOf, waysOf } from './transfer-view.js';

/** How long a preflight is kept; the store forgets it then. */
const KEPT_MS = 3600 * 1_000;
/** After this long the source has probably changed. */
const FRESH_MS = 15 * 60 * 1_000;
/**
 * Files a second that Drive accepts from one account after a burst: rclone's experience, which paces its writes
 * by it ("rclone.org/drive", Limitations: "about 2 files per second only"); Google documents no figure.
 */
export const SUSTAINED_ITEMS_PER_SECOND = 2;
/** What a stream from one account into the other is assumed to carry; it depends on the line between here and Google. */
const RELAY_BYTES_PER_SECOND = 20 * 1000 ** 2;
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
 * The view of a transfer that was not started yet.
 * @param measured items a second of an earlier transfer into the same account
 * @param room items that the store has room for, where it states a limit
 * @param movedToday bytes that CloudMover brought into the destination in the last 24 hours
 */
export function preflightView(
  { order }: Pick<Ledger, 'order'>,
  snapshot: TransferSnapshot,
  { measured, ...known }: { measured?: number; room?: number; movedToday?: number } = {},
  now = Date.now(),
): PreflightDto {
  const state = preflightState(snapshot);
  const plan = snapshot.plan ?? NOTHING_YET;
  const ways = waysOf(plan);
  const judged = { order, snapshot, ...known };
  const countedAt = snapshot.plan?.plannedAt ?? order.createdAt;
  const isCounted = state === 'ready' || state === 'started';
  const { folders = 0, foreign = 0, movable = 0, convertible = { items: 0, bytes: 0 }, top } = plan.tallied ?? {};
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
      shares: ways.serverCopy.items > 0 ? (plan.topId && top !== undefined ? top : order.sourceIds.length) : 0,
    },
    problems: problemsOf(plan),
    ...(plan.targetsUnasked && { targetsUnasked: plan.targetsUnasked }),
    changedMeanwhile: { ...plan.changedMeanwhile },
    filteredOut: plan.filteredOut,
    conflicts: { ...plan.conflicts },
    depth: { deepest: plan.deepest, limit: MAX_DEPTH },
    folderSize: { largest: plan.largestFolder && { ...plan.largestFolder }, limit: MAX_ITEMS },
    ...(isCounted && plan.holds && { holds: { ...plan.holds, limit: MAX_ITEMS } }),
    space: spaceOf(plan),
    daily: dailyOf(judged),
    estimate: isCounted ? estimateOf(plan, measured) : null,
    checks: checksOf(judged).map((check) => ({ ...check, sentence: sentenceOf(check, judged) })),
    lossy: plan.problems['lossy'] ?? 0,
    sharing: NO_SHARING,
    stale: state === 'ready' && now - countedAt > FRESH_MS,
  };
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
