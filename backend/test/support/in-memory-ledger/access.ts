import {
  ACCESS_OUTCOMES,
  type AccessCode,
  type AccessCounts,
  type AccessOutcome,
  type AccessRecord,
  type PeopleLine,
  type SourceAccess,
} from '../../../src/engine/model/sharing.js';
import type { TransferOrder } from '../../../src/engine/model/order.js';
import { PLANNING_STATES, type TransferState } from '../../../src/engine/model/states.js';
import type { LedgerAccess } from '../../../src/engine/ports/ledger/access.js';
import type { Advance } from '../../../src/engine/ports/ledger/states.js';
import type { AccessRow } from '../../../src/engine/sharing/access-table.js';
import { restrictionsOf } from '../../../src/engine/sharing/restrictions.js';
import { InMemoryItems } from './items.js';

/** The access of originals, and its outcomes on the copies. */
export abstract class InMemoryAccess extends InMemoryItems implements LedgerAccess {
  private readonly accesses = new Map<number, SourceAccess>();
  private readonly written = new Map<number, AccessRecord>();
  private table: readonly AccessRow[] = [];

  constructor(
    order: TransferOrder,
    private lines: readonly PeopleLine[],
  ) {
    super(order);
  }

  override async restartPlan(): Promise<number | undefined> {
    const plan = await super.restartPlan();
    if (plan !== undefined) for (const kept of [this.accesses, this.written]) kept.clear();
    if (plan !== undefined) this.table = [];
    return plan;
  }

  override async advance(from: readonly TransferState[], to: TransferState, details: Advance = {}): Promise<boolean> {
    const moved = await super.advance(from, to, details);
    if (moved && details.sharing) this.lines = details.sharing.people;
    return moved;
  }

  async people(): Promise<readonly PeopleLine[]> {
    return this.lines;
  }

  async storeSourceAccess(access: ReadonlyMap<number, SourceAccess>, plan: number): Promise<boolean> {
    if (!PLANNING_STATES.includes(this.current) || plan !== this.plan) return false;
    for (const [ordinal, each] of access) this.accesses.set(ordinal, structuredClone(each));
    return true;
  }

  async sourceAccess(after: number, limit: number): Promise<{ ordinal: number; access: SourceAccess }[]> {
    return pageOf(this.accesses, after)
      .map(([ordinal, access]) => ({ ordinal, access }))
      .slice(0, limit);
  }

  async storeAccessTable(rows: readonly AccessRow[], plan: number): Promise<boolean> {
    if (!PLANNING_STATES.includes(this.current) || plan !== this.plan) return false;
    this.table = structuredClone(rows);
    return true;
  }

  async accessTable(from: number, count: number): Promise<AccessRow[]> {
    return this.table.slice(from, from + count);
  }

  async recordAccess(record: AccessRecord): Promise<void> {
    this.written.set(record.ordinal, structuredClone(record));
    this.changes++;
  }

  async accessRecords(after: number, limit: number, outcome?: AccessOutcome): Promise<AccessRecord[]> {
    return pageOf(this.written, after)
      .map(([, record]) => record)
      .filter(({ grants }) => outcome === undefined || grants.some((grant) => grant.outcome === outcome))
      .slice(0, limit);
  }

  async accessRecord(ordinal: number): Promise<AccessRecord | undefined> {
    return this.written.get(ordinal);
  }

  protected accessCounts(): AccessCounts {
    const records = [...this.written.values()];
    const grants = records.flatMap((record) => record.grants);
    const restrictions = records.flatMap(restrictionsOf);
    const reasonsOf = (codes: readonly (AccessCode | undefined)[]) => {
      const reasons: Partial<Record<AccessCode, number>> = {};
      for (const code of codes) if (code) reasons[code] = (reasons[code] ?? 0) + 1;
      return reasons;
    };
    const countOf = (wanted: string) => restrictions.filter(({ state }) => state === wanted).length;
    return {
      wanted: grants.length,
      ...(Object.fromEntries(
        ACCESS_OUTCOMES.map((outcome) => [outcome, grants.filter((grant) => grant.outcome === outcome).length]),
      ) as Record<AccessOutcome, number>),
      reasons: reasonsOf(
        grants.map(({ outcome, code }) => (outcome === 'narrower' || outcome === 'wider' ? code : undefined)),
      ),
      restrictions: {
        ...{ waiting: countOf('waiting'), applied: countOf('applied'), refused: countOf('refused') },
        reasons: reasonsOf(restrictions.map(({ code }) => code)),
      },
    };
  }
}

/** Entries above an ordinal, in order. */
export const pageOf = <Value>(entries: ReadonlyMap<number, Value>, after: number): [number, Value][] =>
  [...entries].filter(([ordinal]) => ordinal > after).sort(([one], [other]) => one - other);
