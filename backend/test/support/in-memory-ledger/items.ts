import type { ItemCode } from '../../../src/engine/errors.js';
import {
  isCopied,
  type ItemRecord,
  type ItemState,
  type Outcome,
  type PlannedItem,
  SETTLED_STATES,
} from '../../../src/engine/model/items.js';
import { itemCodeOf } from '../../../src/engine/model/reasons.js';
import { COPYING_STATES, PLANNING_STATES } from '../../../src/engine/model/states.js';
import type { LedgerChanges, ReopenOptions } from '../../../src/engine/ports/ledger/changes.js';
import type { LedgerItems } from '../../../src/engine/ports/ledger/items.js';
import type { LedgerPlan } from '../../../src/engine/ports/ledger/plan.js';
import { InMemoryStates } from './states.js';

/** The maximum of one byte per item. */
const MAX_ATTEMPTS = 255;

/** The plan, and the states and outcomes of its items. */
export abstract class InMemoryItems extends InMemoryStates implements LedgerPlan, LedgerItems, LedgerChanges {
  protected records: ItemRecord[] = [];
  protected underWay = new Map<number, number>();
  protected addresses = new Map<number, string>();
  protected restored = new Set<string>();
  private ids = new Map<number, string>();
  private problems = new Map<number, ItemCode>();
  protected plan = 0;

  async restartPlan(): Promise<number | undefined> {
    if (this.current !== 'planning') return undefined;
    this.records = [];
    for (const kept of [this.ids, this.underWay, this.problems, this.addresses]) kept.clear();
    const { plan: _plan, ...rest } = this.details;
    this.details = rest;
    this.changes++;
    return ++this.plan;
  }

  async extendPlan(): Promise<number | undefined> {
    if (this.current !== 'updating') return undefined;
    this.changes++;
    return ++this.plan;
  }

  async append(items: readonly PlannedItem[], plan: number): Promise<boolean> {
    if (!PLANNING_STATES.includes(this.current) || plan !== this.plan) return false;
    for (const [index, item] of items.entries())
      if (item.ordinal > this.records.length + index || item.ordinal !== items[0]!.ordinal + index)
        throw new Error(`Appending would leave a gap after ${this.records.length} items.`);
    for (const item of items) {
      if (item.ordinal === this.records.length)
        this.records.push({ ...plannedOf(item), state: 'waiting', attempts: 0, outcome: {} });
    }
    this.changes++;
    return true;
  }

  async completePlan(plan: number): Promise<boolean> {
    return plan === this.plan && this.advance(PLANNING_STATES, 'ready');
  }

  async room(): Promise<number | undefined> {
    return undefined;
  }

  async items(from: number, count: number): Promise<ItemRecord[]> {
    return this.records.slice(from, from + count);
  }

  async item(ordinal: number): Promise<ItemRecord | undefined> {
    return this.records[ordinal];
  }

  async ordinals(states: readonly ItemState[], from: number, limit: number): Promise<number[]> {
    return this.records
      .filter(({ ordinal, state }) => ordinal >= from && states.includes(state))
      .slice(0, limit)
      .map(({ ordinal }) => ordinal);
  }

  async openFiles(): Promise<number> {
    return this.records.filter((item) => isCopied(item) && !isSettled(item)).length;
  }

  async ordinalsOf(sourceIds: ReadonlySet<string>): Promise<ReadonlyMap<string, number>> {
    return new Map(
      this.records
        .filter(({ sourceId }) => sourceIds.has(sourceId))
        .map(({ sourceId, ordinal }) => [sourceId, ordinal]),
    );
  }

  async foresee(problems: ReadonlyMap<number, ItemCode>, plan: number): Promise<void> {
    if (this.isOutdated(plan)) return;
    for (const [ordinal, code] of problems) this.problems.set(ordinal, itemCodeOf(code));
  }

  async foreseen(after: number, limit: number, code?: string): Promise<{ ordinal: number; code: ItemCode }[]> {
    return [...this.problems]
      .map(([ordinal, foreseen]) => ({ ordinal, code: foreseen }))
      .filter((problem) => problem.ordinal > after && (code === undefined || problem.code === code))
      .sort((a, b) => a.ordinal - b.ordinal)
      .slice(0, limit);
  }

  async reserveIds(from: number, ids: readonly (string | null)[]): Promise<void> {
    for (const [index, id] of ids.entries())
      if (id !== null && !this.ids.has(from + index)) this.ids.set(from + index, id);
  }

  async replaceId(ordinal: number, id: string): Promise<void> {
    const item = this.records[ordinal];
    if (item && !isSettled(item)) this.ids.set(ordinal, id);
  }

  async destinationIds(ordinals: readonly number[]): Promise<ReadonlyMap<number, string>> {
    return new Map(ordinals.flatMap((ordinal) => (this.ids.has(ordinal) ? [[ordinal, this.ids.get(ordinal)!]] : [])));
  }

  async begin(ordinal: number): Promise<number | undefined> {
    const item = this.records[ordinal];
    if (!item || !this.runs() || (item.state !== 'waiting' && item.state !== 'copying')) return undefined;
    const triedAt = Math.floor(Date.now() / 1_000) * 1_000;
    this.change({ ...item, state: 'copying', attempts: Math.min(item.attempts + 1, MAX_ATTEMPTS), triedAt });
    return item.attempts;
  }

  async release(ordinal: number): Promise<void> {
    const item = this.records[ordinal];
    if (item?.state !== 'copying') return;
    this.change({ ...item, state: 'waiting' });
    this.underWay.delete(ordinal);
  }

  async progress(ordinal: number, bytes: number): Promise<boolean> {
    if (!this.runs()) return false;
    if (this.records[ordinal]?.state === 'copying') {
      this.underWay.set(ordinal, bytes);
      this.changes++;
    }
    return true;
  }

  async settle(item: PlannedItem, state: ItemState, outcome: Outcome, plan?: number): Promise<boolean> {
    return !this.isOutdated(plan) && this.finish(item.ordinal, ['waiting', 'copying'], state, outcome);
  }

  async revise(item: PlannedItem, from: 'verified' | 'failed', state: ItemState, outcome: Outcome): Promise<boolean> {
    return this.finish(item.ordinal, [from], state, outcome);
  }

  protected finish(ordinal: number, from: readonly ItemState[], state: ItemState, outcome: Outcome): boolean {
    const item = this.records[ordinal];
    if (!item || !from.includes(item.state)) return false;
    const code = itemCodeOf(outcome.code);
    const fails = (each: ItemRecord) => each.state === 'failed' || each.state === 'unverified';
    const known = this.records.some(
      (each) => each !== item && fails(each) && (each.outcome.code ?? 'internal') === code,
    );
    this.change({ ...item, state, outcome: outcomeOf(outcome) });
    if ((state === 'failed' || state === 'unverified') && !known) this.note({ kind: 'reason', code });
    this.underWay.delete(ordinal);
    return true;
  }

  async settleOriginal(ordinal: number, original: 'trashed' | 'kept', reason?: string): Promise<void> {
    const item = this.records[ordinal];
    if (!item || item.outcome.original === 'trashed' || item.outcome.original === original) return;
    const { originalReason: _earlier, ...outcome } = item.outcome;
    this.change({ ...item, outcome: outcomeOf({ ...outcome, original, ...(reason && { originalReason: reason }) }) });
  }

  async settleUndo(ordinal: number, undone: 'trashed' | 'left', reason?: string): Promise<void> {
    const item = this.records[ordinal];
    if (!item || item.outcome.undone) return;
    this.change({ ...item, outcome: outcomeOf({ ...item.outcome, undone, ...(reason && { undoneReason: reason }) }) });
  }

  async recordRestored(id: string): Promise<void> {
    this.restored.add(id);
    this.changes++;
  }

  async amend(item: PlannedItem, plan?: number): Promise<void> {
    if (this.isOutdated(plan)) return;
    const before = this.records[item.ordinal];
    if (before && !isSettled(before)) this.change({ ...plannedOf(item), ...progressOf(before) });
  }

  async rename(ordinal: number, name: string, plan: number): Promise<void> {
    if (this.isOutdated(plan)) return;
    const item = this.records[ordinal];
    if (item) this.change({ ...item, name });
  }

  async replace(ordinal: number, existingId: string, plan: number): Promise<void> {
    if (this.isOutdated(plan)) return;
    const item = this.records[ordinal];
    if (item) this.change({ ...item, replaces: existingId });
  }

  async reopen(
    codes?: readonly string[],
    { skipped = ['canceled'], mayConvert = false, plan }: ReopenOptions = {},
  ): Promise<number> {
    if (this.isOutdated(plan)) return 0;
    const again = this.records.filter(
      ({ state, outcome: { code = 'internal' } }) =>
        (state === 'failed' || (state === 'skipped' && skipped.includes(code))) && (!codes || codes.includes(code)),
    );
    for (const item of again)
      this.change({ ...item, state: 'waiting', outcome: {}, ...(mayConvert && { mayConvert }) });
    return again.length;
  }

  async reopenAs(item: PlannedItem, destinationId: string | null, plan?: number): Promise<void> {
    const before = this.records[item.ordinal];
    // Repeated after a crash: the item is waiting already and has its new id.
    if (!before || !isSettled(before)) return this.amend(item, plan);
    if (this.isOutdated(plan)) return;
    const supersedes = before.outcome.destinationId ?? before.supersedes;
    this.change({
      ...plannedOf(item),
      state: 'waiting',
      attempts: 0,
      outcome: {},
      ...(before.mayConvert && { mayConvert: true as const }),
      ...(before.replaces && { replaces: before.replaces }),
      ...(supersedes && { supersedes }),
    });
    if (destinationId === null) this.ids.delete(item.ordinal);
    else this.ids.set(item.ordinal, destinationId);
  }

  protected isOutdated(plan: number | undefined): boolean {
    return plan !== undefined && plan !== this.plan;
  }

  protected runs(): boolean {
    return COPYING_STATES.includes(this.current);
  }

  protected change(item: ItemRecord): void {
    this.records[item.ordinal] = item;
    this.changes++;
  }
}

const isSettled = ({ state }: ItemRecord): boolean => SETTLED_STATES.includes(state);

/** An item without its state and outcome, which are stored elsewhere; callers may pass a record. */
function plannedOf(item: PlannedItem): PlannedItem {
  const { state: _s, attempts: _a, triedAt: _t, outcome: _o, ...rest } = item as ItemRecord;
  const { replaces: _r, supersedes: _e, mayConvert: _m, ...planned } = rest;
  return planned;
}

function progressOf({ state, attempts, triedAt, outcome, mayConvert, replaces, supersedes }: ItemRecord) {
  return {
    state,
    attempts,
    outcome,
    ...(triedAt && { triedAt }),
    ...(mayConvert && { mayConvert }),
    ...(replaces && { replaces }),
    ...(supersedes && { supersedes }),
  };
}

/** Only the fields of an outcome, because callers pass wider objects. */
function outcomeOf(outcome: Outcome): Outcome {
  const { destinationId, way, reason, checksum, original, originalReason, webViewLink } = outcome;
  const { fallback, lossy, undone, undoneReason } = outcome;
  const code = outcome.code && itemCodeOf(outcome.code);
  const all = {
    destinationId,
    way,
    fallback,
    code,
    reason,
    checksum,
    original,
    originalReason,
    webViewLink,
    lossy,
    undone,
    undoneReason,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
