import { BYTES_PER_DAY, MAX_DEPTH, MAX_ITEMS } from '../engine/forecast.js';
import type { TransferOrder } from '../engine/model/order.js';
import type { AccessFacts, PlanFacts } from '../engine/model/plan-facts.js';
import type { TransferSnapshot } from '../engine/model/snapshot.js';
import type { Ledger } from '../engine/ports/ledger.js';
import { accessSummary, sharingChoices } from './access-view.js';
import { linksForecast, linksSeconds } from './links-view.js';
import { sentenceOf } from './preflight-sentences.js';
import { bytesOf, type CheckInput, checksOf, dailyOf, dailyUnitsOf, spaceOf } from './preflight-verdict.js';
import type { DailyUnitsDto, EstimateDto, PreflightDto } from './preflights.dto.js';
import { iso, orderView, problemsOf, waysOf } from './transfer-view.js';

/** How long the store keeps a preflight. */
const KEPT_MS = 3600 * 1_000;
/** After this time the source has probably changed. */
const FRESH_MS = 15 * 60 * 1_000;
/**
 * Files per second that Drive accepts from one account after a burst, according to rclone ("rclone.org/drive",
 * Limitations: "about 2 files per second only"); Google documents no figure.
 */
export const SUSTAINED_ITEMS_PER_SECOND = 2;
/** Assumed speed of a relay; it depends on the connection to Google. */
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
 * The view of a preflight.
 * @param measured items per second of an earlier transfer to the same account
 */
export function preflightView(
  { order }: Pick<Ledger, 'order'>,
  snapshot: TransferSnapshot,
  { measured, ...known }: { measured?: number } & Omit<CheckInput, 'order' | 'snapshot'> = {},
  now = Date.now(),
): PreflightDto {
  const state = preflightState(snapshot);
  const plan = snapshot.plan ?? NOTHING_YET;
  const ways = waysOf(plan);
  const input = { order, snapshot, ...known };
  const countedAt = snapshot.plan?.plannedAt ?? order.createdAt;
  const isCounted = state === 'ready' || state === 'started';
  const dailyUnits = dailyUnitsOf(input);
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
      // If all of My Drive is selected, each item in its root is shared.
      shares: ways.serverCopy.items > 0 ? (plan.topId && top !== undefined ? top : order.sourceIds.length) : 0,
    },
    problems: problemsOf(plan),
    ...(plan.targetsUnasked && { targetsUnasked: plan.targetsUnasked }),
    ...(plan.rightsUnasked && { rightsUnasked: plan.rightsUnasked }),
    changedMeanwhile: { ...plan.changedMeanwhile },
    filteredOut: plan.filteredOut,
    conflicts: { ...plan.conflicts },
    depth: { deepest: plan.deepest, limit: MAX_DEPTH },
    folderSize: { largest: plan.largestFolder && { ...plan.largestFolder }, limit: MAX_ITEMS },
    ...(isCounted && plan.holds && { holds: { ...plan.holds, limit: MAX_ITEMS } }),
    space: spaceOf(plan),
    daily: dailyOf(input),
    ...(dailyUnits && { dailyUnits }),
    estimate: isCounted
      ? {
          ...estimateOf(plan, measured, secondsUntilUnits(dailyUnits, now)),
          ...(order.links && plan.links && { linksSeconds: linksSeconds(order.links, plan.links) }),
        }
      : null,
    checks: checksOf(input).map((check) => ({ ...check, sentence: sentenceOf(check, input) })),
    lossy: plan.problems['lossy'] ?? 0,
    sharing: sharingChoices(order),
    ...(isCounted && plan.access && { access: accessSummary(plan.access) }),
    links: linksForecast(order, plan),
    stale: state === 'ready' && now - countedAt > FRESH_MS,
  };
}

/** Whether it is a preflight: it was created as one (`held`) and never started. */
export const isPreflight = ({ held }: TransferOrder, { startedAt }: TransferSnapshot): boolean =>
  held === true && startedAt === undefined;

export function preflightState({ state, startedAt }: TransferSnapshot): PreflightDto['state'] {
  if (startedAt !== undefined) return 'started';
  if (state === 'ready' || state === 'failed') return state;
  return 'counting';
}

/** How long a transfer waits for the units of its last day. */
function secondsUntilUnits({ days = 1, endsAt = '' }: Partial<DailyUnitsDto> = {}, now: number): number {
  return days === 1 ? 0 : (Date.parse(endsAt) - now) / 1_000 + (days - 2) * DAY_SECONDS;
}

/**
 * How long the planned writes take. Each item is one write; relays run at the same time.
 * @param waits seconds that the transfer waits for units
 */
export function estimateOf(plan: PlanFacts, measured?: number, waits = 0): EstimateDto {
  const { serverCopy, relay, export: exported, created } = waysOf(plan);
  const { skipped, merged } = plan.conflicts;
  const items = Math.max(0, serverCopy.items + relay.items + exported.items + created.items - skipped - merged);
  const itemsPerSecond = measured ?? SUSTAINED_ITEMS_PER_SECOND;
  const days = Math.ceil(bytesOf(plan) / BYTES_PER_DAY);
  const seconds = Math.max(
    items / itemsPerSecond,
    (relay.bytes + exported.bytes) / RELAY_BYTES_PER_SECOND,
    (days - 1) * DAY_SECONDS,
    waits,
  );
  return {
    seconds: Math.ceil(seconds),
    ...(days > 1 && { days }),
    basis: measured === undefined ? 'documented' : 'measured',
    itemsPerSecond,
    bytesPerSecond: RELAY_BYTES_PER_SECOND,
    ...(plan.units && { units: plan.units.run }),
    ...(plan.access && { accessSeconds: accessSecondsOf(plan.access) }),
  };
}

/** Each permission is a write, and each copy that has any is read back. */
function accessSecondsOf({ permissions, items }: AccessFacts): number {
  return Math.ceil((permissions + items) / SUSTAINED_ITEMS_PER_SECOND);
}
