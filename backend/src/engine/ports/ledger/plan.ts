import type { ItemCode } from '../../errors.js';
import type { PlannedItem } from '../../model/items.js';

/** Items of a page of the plan: what is listed, packed and given ids together. */
export const PLAN_PAGE = 1_000;

/** The list of items that a transfer is made of. */
export interface LedgerPlan {
  /**
   * Drops a plan that was begun and not completed. Of two processes that plan at the same time only the later one may
   * continue: their lists mixed would lose items.
   * @returns the number of the new plan, or undefined when the transfer is not being planned
   */
  restartPlan(): Promise<number | undefined>;
  /** The number of the next plan of a delta run, which keeps what is there; undefined when not `updating`. */
  extendPlan(): Promise<number | undefined>;
  /**
   * Adds to a plan, in the order of the ordinals and without a gap; at best PLAN_PAGE at a time. Idempotent.
   * @returns false, and nothing is added, when the plan is not the newest or the transfer is neither planning nor updating
   */
  append(items: readonly PlannedItem[], plan: number): Promise<boolean>;
  /** planning → ready or updating → ready, if the plan is the newest. @returns whether it moved */
  completePlan(plan: number): Promise<boolean>;
  /** How many further items this store has room for; undefined where it states no limit. */
  room(): Promise<number | undefined>;
  /** Ordinals of the planned items with these source ids; reads the whole plan once, so ask for many at a time. */
  ordinalsOf(sourceIds: ReadonlySet<string>): Promise<ReadonlyMap<string, number>>;
  /** Notes problems that the plan foresees (reason code by ordinal), so that listing them does not read the whole plan. */
  foresee(problems: ReadonlyMap<number, ItemCode>): Promise<void>;
  /** Ordinals above `after` of the predicted problems, with their codes. */
  foreseen(after: number, limit: number, code?: string): Promise<{ ordinal: number; code: ItemCode }[]>;
}
