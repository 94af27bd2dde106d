import type { ItemCode } from '../../errors.js';
import type { PlannedItem } from '../../model/items.js';

/** Items per page of the plan. The items of a page are packed, and get their ids, together. */
export const PLAN_PAGE = 1_000;

/** The items of a transfer. */
export interface LedgerPlan {
  /**
   * Drops a plan that was started and not completed. If two processes plan at the same time, only the later one may
   * continue: mixing their lists would lose items.
   * @returns the number of the new plan, or undefined if the transfer is not being planned
   */
  restartPlan(): Promise<number | undefined>;
  /** Starts the plan of a delta run, which keeps existing items. @returns its number; undefined if not `updating` */
  extendPlan(): Promise<number | undefined>;
  /**
   * Adds items to a plan, in the order of their ordinals and without gaps; ideally PLAN_PAGE at a time. Idempotent.
   * @returns false if it added nothing, because the plan is not the newest or the transfer is neither planning nor
   *   updating
   */
  append(items: readonly PlannedItem[], plan: number): Promise<boolean>;
  /** Moves the transfer from planning or updating to ready, if the plan is the newest. @returns whether it did */
  completePlan(plan: number): Promise<boolean>;
  /**
   * How many more items the store has room for, beside what it will record of the access of copies; undefined if it
   * states no limit.
   */
  room(): Promise<number | undefined>;
  /** Ordinals of the planned items with these source ids. Reads the whole plan, so pass many ids at a time. */
  ordinalsOf(sourceIds: ReadonlySet<string>): Promise<ReadonlyMap<string, number>>;
  /**
   * Stores the problems that planning predicts (reason code by ordinal), so that they can be listed without reading the
   * plan. Has no effect if the plan is not the newest.
   */
  foresee(problems: ReadonlyMap<number, ItemCode>, plan: number): Promise<void>;
  /** The first predicted problems of ordinals above `after`. */
  foreseen(after: number, limit: number, code?: string): Promise<{ ordinal: number; code: ItemCode }[]>;
}
