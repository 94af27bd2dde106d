import { type ItemCode, type Side, SIDES } from '../../src/engine/errors.js';
import { itemCodeOf } from '../../src/engine/model/reasons.js';
import {
  type CommandedBy,
  type Conclusion,
  type DeltaFacts,
  EVENTS_KEPT,
  type GrantRecord,
  isCopied,
  type ItemRecord,
  type ItemState,
  type Ledger,
  type LedgerEvent,
  type Outcome,
  PARKED_STATES,
  type PlanFacts,
  type PlannedItem,
  type ReopenOptions,
  SETTLED_STATES,
  ACTIVE_STATES,
  SLOW_DOWNS_KEPT,
  TERMINAL_STATES,
  type TimelineStep,
  type TransferOrder,
  type TransferSnapshot,
  type TransferState,
  type Way,
  WORKING_STATES,
  LONGEST_WAIT_MS,
} from '../../src/engine/ports/ledger.js';

/** Who relies on which temporary share; one for all ledgers of a test. */
export type ShareUsers = Map<string, Set<string>>;

const ASIDE: readonly TransferState[] = ['pausing', 'paused', ...PARKED_STATES];
const STATES: readonly ItemState[] = ['waiting', 'copying', 'checking', 'verified', 'unverified', 'skipped', 'failed'];
const WAYS: readonly Way[] = ['server_copy', 'relay', 'export', 'created', 'merged'];
/** What one byte an item holds. */
const MOST_ATTEMPTS = 255;

/** A ledger that forgets with the process; the contract suite holds it against the one in Redis. */
export class InMemoryLedger implements Ledger {
  private current: TransferState = 'planning';
  private changes = 1;
  private resumeState: TransferState | undefined;
  private details: Partial<TransferSnapshot> = {};
  private names: readonly string[] = [];
  private targetName: string | undefined;
  private records: ItemRecord[] = [];
  private ids = new Map<number, string>();
  private underWay = new Map<number, number>();
  private problems = new Map<number, ItemCode>();
  private addresses = new Map<number, string>();
  private restored = new Set<string>();
  private shares = new Map<string, GrantRecord>();
  private withdrawn = 0;
  private slowDowns = 0;
  private slowedAt: number[] = [];
  private title: string | undefined;
  private concluded: Conclusion | undefined;
  private plan = 0;
  private resultFolderId: string | undefined;
  private since: number;
  private activeMs = 0;
  private log: LedgerEvent[] = [];
  private unconfirmed = new Set<Side>();
  private consentedAt: Partial<Record<Side, number>> = {};
  private withdrawals: Partial<Record<Side, number>> = {};

  constructor(
    readonly order: TransferOrder,
    private readonly shareUsers: ShareUsers = new Map(),
  ) {
    this.since = Date.now();
    this.note({ kind: 'state', state: 'planning', by: { command: 'create', sides: SIDES } });
  }

  async advance(
    from: readonly TransferState[],
    to: TransferState,
    {
      problem,
      at = Date.now(),
      by,
    }: { problem?: { code: ItemCode; detail: string }; at?: number; by?: CommandedBy } = {},
  ): Promise<boolean> {
    if (!from.includes(this.current)) return false;
    const details = problem && { problem: { ...problem, code: itemCodeOf(problem.code) } };
    const before = this.current;
    // Where it was before it was put aside, by the first that did so.
    if ((to === 'pausing' || PARKED_STATES.includes(to)) && !ASIDE.includes(before)) this.resumeState = before;
    const { parked: _parked, resumeAt: _resumeAt, ...rest } = this.details;
    this.details = rest;
    if (TERMINAL_STATES.includes(before) || before === 'paused') {
      const { finishedAt: _finishedAt, problem: _problem, ...going } = this.details;
      this.details = going;
    }
    if (this.isActive()) this.activeMs += at - this.since;
    if (TERMINAL_STATES.includes(before)) this.concluded = undefined;
    this.consent(by?.sides ?? []);
    this.current = to;
    this.details = {
      ...(to === 'running' && { startedAt: at }),
      ...this.details, // it started only once
      ...details,
      ...(TERMINAL_STATES.includes(to) && { finishedAt: at }),
    };
    this.since = at;
    this.note({ kind: 'state', state: to, ...(by && { by }), ...details?.problem });
    this.changes++;
    return true;
  }

  private consent(sides: readonly Side[]): void {
    for (const side of sides) {
      this.unconfirmed.delete(side);
      this.consentedAt[side] = Date.now();
    }
  }

  private isActive(): boolean {
    return this.details.startedAt !== undefined && ACTIVE_STATES.includes(this.current);
  }

  async park(
    state: 'waiting_quota' | 'needs_reconnect',
    why: { side?: Side; since?: number; resumeAt?: number },
  ): Promise<boolean> {
    return this.parkFrom(WORKING_STATES, state, why);
  }

  private async parkFrom(
    from: readonly TransferState[],
    state: 'waiting_quota' | 'needs_reconnect',
    why: { side?: Side; since?: number; resumeAt?: number; by?: CommandedBy },
  ): Promise<boolean> {
    if (why.side && why.since !== undefined && why.since < (this.consentedAt[why.side] ?? 0)) return false;
    if (!(await this.advance(from, state, { ...(why.by && { by: why.by }) }))) return false;
    if (why.side) this.unconfirmed.add(why.side);
    const { side } = why;
    const resumeAt = why.resumeAt && Math.min(why.resumeAt, Date.now() + LONGEST_WAIT_MS);
    this.details = {
      ...this.details,
      ...(why.side && { parked: { side: why.side, since: why.since ?? Date.now() } }),
      ...(resumeAt && { resumeAt }),
    };
    this.log.splice(-1, 1, { ...this.log.at(-1)!, ...(side && { side }), ...(resumeAt && { resumeAt }) });
    return true;
  }

  async resume({
    by,
    needs = SIDES,
    confirmed = by?.sides ?? [],
  }: { by?: CommandedBy; needs?: readonly Side[]; confirmed?: readonly Side[] } = {}): Promise<boolean> {
    if (this.resumeState === undefined || !ASIDE.includes(this.current)) return false;
    const asked = needs.filter((side) => this.unconfirmed.has(side));
    const open = asked.find((side) => !confirmed.includes(side));
    if (open && !asked.some((side) => confirmed.includes(side))) return false;
    this.consent(confirmed);
    if (by)
      this.withdrawals = Object.fromEntries(
        SIDES.flatMap((side) => (confirmed.includes(side) ? [] : [[side, this.withdrawals[side]]])),
      );
    if (open) return this.parkFrom(ASIDE, 'needs_reconnect', { side: open, ...(by && { by }) });
    return this.advance(ASIDE, this.resumeState, { ...(by && { by }) });
  }

  async withdrawAccess(side: Side, onlyIfEnded = false): Promise<void> {
    const hasEnded = TERMINAL_STATES.includes(this.current);
    if (onlyIfEnded && !hasEnded) return;
    const isSpared = this.current === 'undoing' && this.order.mode === 'copy' && side === 'source';
    const parks = [...WORKING_STATES, 'waiting_quota'].includes(this.current) && !isSpared;
    if (this.withdrawals[side] && !parks && (hasEnded || this.unconfirmed.has(side))) return;
    this.withdrawals = { ...this.withdrawals, [side]: Date.now() };
    if (!hasEnded) this.unconfirmed.add(side);
    this.note({ kind: 'withdrawn', side });
    this.changes++;
    if (parks) await this.parkFrom([this.current], 'needs_reconnect', { side });
  }

  async state(): Promise<TransferState> {
    return this.current;
  }

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
    if ((this.current !== 'planning' && this.current !== 'updating') || plan !== this.plan) return false;
    for (const [index, item] of items.entries())
      if (item.ordinal > this.records.length + index || item.ordinal !== items[0]!.ordinal + index)
        throw new Error(`A plan of ${this.records.length} items got a gap.`);
    for (const item of items) {
      if (item.ordinal === this.records.length)
        this.records.push({ ...plannedOf(item), state: 'waiting', attempts: 0, outcome: {} });
    }
    this.changes++;
    return true;
  }

  async completePlan(plan: number): Promise<boolean> {
    return plan === this.plan && this.advance(['planning', 'updating'], 'ready');
  }

  async tell(facts: { readonly plan?: PlanFacts; readonly delta?: DeltaFacts }): Promise<void> {
    this.details = { ...this.details, ...facts };
    this.changes++;
  }

  async name({ chosen, target }: { chosen?: readonly string[]; target?: string }): Promise<void> {
    if (chosen) this.names = chosen;
    if (target !== undefined) this.targetName = target;
    this.changes++;
  }

  async entitle(title: string | undefined): Promise<void> {
    this.title = title;
    this.changes++;
  }

  async fixResultFolder(id: string): Promise<string> {
    return (this.resultFolderId ??= id);
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

  async amend(item: PlannedItem): Promise<void> {
    const before = this.records[item.ordinal];
    if (before && !isSettled(before)) this.change({ ...plannedOf(item), ...progressOf(before) });
  }

  async ordinalsOf(sourceIds: ReadonlySet<string>): Promise<ReadonlyMap<string, number>> {
    return new Map(
      this.records
        .filter(({ sourceId }) => sourceIds.has(sourceId))
        .map(({ sourceId, ordinal }) => [sourceId, ordinal]),
    );
  }

  async foresee(problems: ReadonlyMap<number, ItemCode>): Promise<void> {
    for (const [ordinal, code] of problems) this.problems.set(ordinal, itemCodeOf(code));
  }

  async foreseen(after: number, limit: number, code?: string): Promise<{ ordinal: number; code: ItemCode }[]> {
    return [...this.problems]
      .map(([ordinal, foreseen]) => ({ ordinal, code: foreseen }))
      .filter((problem) => problem.ordinal > after && (code === undefined || problem.code === code))
      .sort((a, b) => a.ordinal - b.ordinal)
      .slice(0, limit);
  }

  async replace(ordinal: number, existingId: string): Promise<void> {
    const item = this.records[ordinal];
    if (item) this.change({ ...item, replaces: existingId });
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

  async begin(ordinal: number): Promise<boolean> {
    const item = this.records[ordinal];
    if (!item || !this.runs() || (item.state !== 'waiting' && item.state !== 'copying')) return false;
    const triedAt = Math.floor(Date.now() / 1_000) * 1_000;
    this.change({ ...item, state: 'copying', attempts: Math.min(item.attempts + 1, MOST_ATTEMPTS), triedAt });
    return true;
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

  async settle(item: PlannedItem, state: ItemState, outcome: Outcome): Promise<boolean> {
    return this.finish(item.ordinal, ['waiting', 'copying', 'checking'], state, outcome);
  }

  async revise(item: PlannedItem, from: 'verified' | 'failed', state: ItemState, outcome: Outcome): Promise<boolean> {
    return this.finish(item.ordinal, [from], state, outcome);
  }

  private finish(ordinal: number, from: readonly ItemState[], state: ItemState, outcome: Outcome): boolean {
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

  async openFiles(): Promise<number> {
    return this.records.filter((item) => isCopied(item) && !isSettled(item)).length;
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

  async reopen(
    codes?: readonly string[],
    { skipped = ['canceled'], mayConvert = false }: ReopenOptions = {},
  ): Promise<number> {
    const again = this.records.filter(
      ({ state, outcome: { code = 'internal' } }) =>
        (state === 'failed' || (state === 'skipped' && skipped.includes(code))) && (!codes || codes.includes(code)),
    );
    for (const item of again)
      this.change({ ...item, state: 'waiting', outcome: {}, ...(mayConvert && { mayConvert }) });
    return again.length;
  }

  async rename(ordinal: number, name: string): Promise<void> {
    const item = this.records[ordinal];
    if (item) this.change({ ...item, name });
  }

  async reopenAs(item: PlannedItem, destinationId: string | null): Promise<void> {
    const before = this.records[item.ordinal];
    // Again after a crash: it waits already, under the id it was given then.
    if (!before || !isSettled(before)) return this.amend(item);
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

  async keepUpload(ordinal: number, address: string): Promise<void> {
    this.addresses.set(ordinal, address);
  }

  async upload(ordinal: number): Promise<string | undefined> {
    return this.addresses.get(ordinal);
  }

  async uploads(): Promise<{ ordinal: number; address: string }[]> {
    return [...this.addresses]
      .map(([ordinal, address]) => ({ ordinal, address }))
      .sort((a, b) => a.ordinal - b.ordinal);
  }

  async dropUpload(ordinal: number): Promise<void> {
    this.addresses.delete(ordinal);
  }

  async grants(): Promise<GrantRecord[]> {
    return [...this.shares.values()];
  }

  async announceGrant(itemId: string): Promise<void> {
    this.users(itemId).add(this.order.id);
    if (!this.shares.has(itemId)) this.shares.set(itemId, { itemId });
  }

  async retractGrant(itemId: string): Promise<void> {
    if (this.shares.has(itemId) && !this.shares.get(itemId)?.permissionId) await this.forgetGrant(itemId, false);
  }

  async recordGrant(itemId: string, permissionId: string, madeAt: number, expiresAt?: number): Promise<void> {
    this.users(itemId).add(this.order.id);
    this.shares.set(itemId, { itemId, permissionId, madeAt, ...(expiresAt !== undefined && { expiresAt }) });
    this.changes++;
  }

  async sharedByOthers(itemId: string): Promise<boolean> {
    return [...this.users(itemId)].some((id) => id !== this.order.id);
  }

  async isLastUser(itemId: string): Promise<boolean> {
    this.users(itemId).delete(this.order.id);
    return this.users(itemId).size === 0;
  }

  async forgetGrant(itemId: string, withdrawn: boolean): Promise<void> {
    this.shares.delete(itemId);
    this.users(itemId).delete(this.order.id);
    if (withdrawn) this.withdrawn++;
    this.changes++;
  }

  private sharesEnd(): { expiresAt?: number } {
    const ends = [...this.shares.values()].map(({ expiresAt }) => expiresAt ?? Infinity);
    return ends.length > 0 && Math.max(...ends) < Infinity ? { expiresAt: Math.max(...ends) } : {};
  }

  async revision(): Promise<number> {
    return (await this.snapshot()).revision;
  }

  async slowedDown(): Promise<void> {
    this.slowDowns++;
    this.slowedAt.push(Math.floor(Date.now() / 1_000) * 1_000);
    this.slowedAt.splice(0, this.slowedAt.length - SLOW_DOWNS_KEPT);
    this.changes++;
  }

  async snapshot(): Promise<TransferSnapshot> {
    const all = this.records;
    const count = (matches: (item: ItemRecord) => boolean) => all.filter(matches).length;
    const verified = all.filter((item) => item.state === 'verified');
    const sizes = (items: readonly ItemRecord[]) => items.reduce((sum, item) => sum + (item.size ?? 0), 0);
    const byCode = (states: readonly ItemState[]) => {
      const found: Record<string, number> = {};
      for (const { state, outcome } of all)
        if (states.includes(state)) found[outcome.code ?? 'internal'] = (found[outcome.code ?? 'internal'] ?? 0) + 1;
      return found;
    };
    return {
      ...this.details,
      state: this.current,
      revision: this.changes,
      since: this.since,
      activeMs: this.activeMs + (this.isActive() ? Date.now() - this.since : 0),
      ...(ASIDE.includes(this.current) && this.resumeState && { resumeState: this.resumeState }),
      unconfirmed: SIDES.filter((side) => this.unconfirmed.has(side)),
      withdrawn: this.withdrawals,
      found: all.length,
      counts: numbers(STATES, (state) => count((item) => item.state === state)),
      bytes: {
        found: sizes(all),
        verified: sizes(verified),
        copying: [...this.underWay.values()].reduce((sum, bytes) => sum + bytes, 0),
      },
      originals: {
        trashed: count((item) => item.outcome.original === 'trashed'),
        kept: count((item) => item.outcome.original === 'kept'),
      },
      ways: numbers(WAYS, (way) => verified.filter((item) => (item.outcome.way ?? 'created') === way).length),
      verification: {
        checksum: verified.filter((item) => item.outcome.checksum).length,
        presence: verified.filter((item) => !item.outcome.checksum).length,
      },
      failures: byCode(['failed']),
      unverified: byCode(['unverified']),
      skips: byCode(['skipped']),
      undo: {
        trashed: count((item) => item.outcome.undone === 'trashed'),
        left: count((item) => item.outcome.undone === 'left'),
        restored: this.restored.size,
      },
      grants: { open: this.shares.size, withdrawn: this.withdrawn, ...this.sharesEnd() },
      slowDowns: this.slowDowns,
      slowedAt: [...this.slowedAt],
      rate: { itemsPerSecond: 0, bytesPerSecond: 0 },
      underWay: new Map(this.underWay),
      ...(this.resultFolderId && { resultFolderId: this.resultFolderId }),
      ...(this.title && { title: this.title }),
      names: this.names,
      ...(this.targetName !== undefined && { targetName: this.targetName }),
    };
  }

  async events(): Promise<LedgerEvent[]> {
    return [...this.log];
  }

  async noteStep(step: TimelineStep): Promise<void> {
    this.note({ kind: 'step', step });
  }

  async conclude(conclusion: Conclusion): Promise<void> {
    this.concluded = conclusion;
    this.changes++;
  }

  async conclusion(): Promise<Conclusion | undefined> {
    return this.concluded;
  }

  async shrink(): Promise<void> {
    this.underWay.clear();
    this.addresses.clear();
  }

  private note(event: Omit<LedgerEvent, 'at'>): void {
    this.log.push({ at: Date.now(), ...event });
    this.log.splice(0, this.log.length - EVENTS_KEPT);
  }

  private runs(): boolean {
    return this.current === 'running' || this.current === 'finishing';
  }

  private change(item: ItemRecord): void {
    this.records[item.ordinal] = item;
    this.changes++;
  }

  private users(itemId: string): Set<string> {
    const key = `${itemId}:${this.order.destination.sub}`;
    if (!this.shareUsers.has(key)) this.shareUsers.set(key, new Set());
    return this.shareUsers.get(key)!;
  }
}

const isSettled = ({ state }: ItemRecord): boolean => SETTLED_STATES.includes(state);

const numbers = <Name extends string>(names: readonly Name[], of: (name: Name) => number) =>
  Object.fromEntries(names.map((name) => [name, of(name)])) as Record<Name, number>;

/** Callers may hand over a record: what became of the item is kept apart from what was planned. */
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

/** Only what an outcome has: callers pass wider objects. */
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
