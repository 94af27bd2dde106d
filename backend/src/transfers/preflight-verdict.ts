import { BYTES_PER_DAY, MAX_ITEMS } from '../engine/forecast.js';
import type { TransferOrder } from '../engine/model/order.js';
import type { PlanFacts } from '../engine/model/plan-facts.js';
import type { TransferSnapshot } from '../engine/model/snapshot.js';
import type { UsedUnits } from '../engine/ports/units-of-today.js';
import type { CheckDto, DailyLimitDto, DailyUnitsDto, SpaceDto } from './preflights.dto.js';
import { waysOf } from './transfer-view.js';

/** Codes with which planning refuses a target folder. Once its name is known, they concern the selected items. */
const TARGET_CODES: ReadonlySet<string> = new Set(['destination_read_only', 'not_found', 'scope_missing']);

/** What the checks of a preflight depend on. */
export interface CheckInput {
  readonly order: TransferOrder;
  readonly snapshot: TransferSnapshot;
  /** How many items the store has room for, if it states a limit. */
  readonly room?: number | undefined;
  /** Bytes that CloudMover copied to the destination in the last 24 hours. */
  readonly movedToday?: number;
  /** The units of today; undefined if the installation has no limit. */
  readonly unitsToday?: UsedUnits | undefined;
}

/** The result of one check. `blocking`: if it is not ok, it prevents the start. */
export type Check = Pick<CheckDto, 'code' | 'ok' | 'blocking'>;

/** The checks that can be decided so far: during the count only those that have failed already. */
export function checksOf(input: CheckInput): Check[] {
  const { order, snapshot, room } = input;
  const { plan, problem, targetName } = snapshot;
  const checks: Check[] = [];
  const add = (code: Check['code'], ok: boolean, blocking = true) => checks.push({ code, ok, blocking });
  const isCounted = snapshot.state === 'ready';
  // Under the other policies, skipped items take no space, and replaced ones free some when they are deleted.
  const isExact = order.conflict === 'keepBoth' || order.target.newFolderName !== undefined;

  if (targetName !== undefined) add('target_writable', true);
  else if (problem && TARGET_CODES.has(problem.code)) add('target_writable', false);
  const space = plan && spaceOf(plan);
  if (space) add('space_fits', space.fits, isExact);
  // More than a day's bytes take longer, but are transferred too.
  const daily = dailyOf(input);
  if (daily) add('daily_limit_fits', daily.needed + daily.moved <= daily.limit, false);
  // Nor do units: the transfer parks and resumes.
  const units = dailyUnitsOf(input);
  if (units) add('daily_units_fit', units.days === 1, false);
  if (plan) {
    const isFlat = tooDeep(plan) === 0;
    if (isCounted || !isFlat) add('depth_fits', isFlat);
    const hasRoom = (plan.largestFolder?.children ?? 0) <= MAX_ITEMS;
    if (isCounted || !hasRoom) add('folder_size_fits', hasRoom);
  }
  if (isCounted && plan) {
    for (const code of ['target_size_fits', 'shared_drive_size_fits'] as const) {
      const held = heldBy(code, order, plan);
      if (!held) continue;
      const isOver = held.items + held.added > MAX_ITEMS;
      add(code, !isOver && !held.isMore, isOver && isExact);
    }
  }
  if (problem?.code === 'plan_too_large') add('redis_room', false);
  else if (isCounted) add('redis_room', room === undefined || room > 0);
  if (isCounted && foreignIn(plan) > 0) add('owned_by_others', false, false);
  return checks;
}

/** The checks that prevent a start. */
export const blockersOf = <Result extends Check>(checks: readonly Result[]): Result[] =>
  checks.filter(({ ok, blocking }) => blocking && !ok);

/** Bytes that the destination will receive. */
export function bytesOf(plan: PlanFacts): number {
  const { serverCopy, relay, export: exported } = waysOf(plan);
  return serverCopy.bytes + relay.bytes + exported.bytes;
}

/** The space in the destination's account, if known. */
export function spaceOf(plan: PlanFacts): SpaceDto | null {
  if (!plan.space) return null;
  const { limit, used } = plan.space;
  const needed = bytesOf(plan);
  const free = limit === null ? null : Math.max(0, limit - used);
  return { limit, used, free, needed, fits: free === null || needed <= free };
}

/** How much of the destination's daily limit the transfer needs; null before the count is complete. */
export function dailyOf({ snapshot, movedToday = 0 }: CheckInput): DailyLimitDto | null {
  const isCounted = snapshot.startedAt !== undefined || snapshot.state === 'ready';
  if (!isCounted) return null;
  return { limit: BYTES_PER_DAY, moved: movedToday, needed: snapshot.plan ? bytesOf(snapshot.plan) : 0 };
}

/** How much of the units of a day the transfer needs; undefined without a limit, and before the count is complete. */
export function dailyUnitsOf({ snapshot, unitsToday }: CheckInput): DailyUnitsDto | undefined {
  const needed = snapshot.state === 'ready' ? snapshot.plan?.units?.run : undefined;
  if (needed === undefined || !unitsToday) return undefined;
  const { limit, used, endsAt } = unitsToday;
  const later = Math.max(0, needed - Math.max(0, limit - used));
  return { limit, used, needed, days: 1 + Math.ceil(later / limit), endsAt: new Date(endsAt).toISOString() };
}

/** Items that would be too many levels deep. */
export const tooDeep = ({ problems }: PlanFacts): number => problems['folder_limit'] ?? 0;

/** Items that belong to others. */
export const foreignIn = (plan: PlanFacts | undefined): number => plan?.tallied?.foreign ?? 0;

/** Number of items in the target folder or its shared drive, and how many the transfer adds to it. */
export function heldBy(code: 'target_size_fits' | 'shared_drive_size_fits', order: TransferOrder, plan: PlanFacts) {
  const held = code === 'target_size_fits' ? plan.holds?.folder : plan.holds?.drive;
  if (!held) return undefined;
  const { serverCopy, relay, export: exported, created } = waysOf(plan);
  const isNew = order.target.newFolderName !== undefined;
  const inFolder = isNew ? 1 : (plan.tallied?.top ?? 0);
  const inDrive = serverCopy.items + relay.items + exported.items + created.items + (isNew ? 1 : 0);
  return { ...held, added: code === 'target_size_fits' ? inFolder : inDrive };
}
