import type { Side } from '../../src/engine/errors.js';
import {
  type GrantRecord,
  type ItemRecord,
  type ItemState,
  type Ledger,
  type Outcome,
  type PlannedItem,
  SETTLED_STATES,
  type TransferOrder,
  type TransferSnapshot,
  type TransferState,
} from '../../src/engine/ports/ledger.js';

/** Who relies on which temporary share; one for all ledgers of a test. */
export type ShareUsers = Map<string, Set<string>>;

/** A ledger that forgets with the process; the contract suite holds it against the one in Redis. */
export class InMemoryLedger implements Ledger {
  private current: TransferState = 'planning';
  private revision = 1;
  private resumeState: TransferState = 'planning';
  private details: Partial<TransferSnapshot> = {};
  private names: readonly string[] = [];
  private targetName: string | undefined;
  private records = new Map<number, ItemRecord>();
  private ids = new Map<number, string>();
  private underWay = new Map<number, number>();
  private shares = new Map<string, GrantRecord>();
  private withdrawn = 0;
  private plan = 0;
  private resultFolderId: string | undefined;

  constructor(
    readonly order: TransferOrder,
    private readonly shareUsers: ShareUsers = new Map(),
  ) {}

  async advance(
    from: readonly TransferState[],
    to: TransferState,
    details: { problem?: { code: string; detail: string } } = {},
  ): Promise<boolean> {
    if (!from.includes(this.current)) return false;
    this.current = to;
    this.details = { ...this.details, ...details, ...(to === 'running' && { startedAt: Date.now() }) };
    this.revision++;
    return true;
  }

  async park(
    state: 'waiting_quota' | 'needs_reconnect',
    why: { side?: Side; since?: number; resumeAt?: number },
  ): Promise<boolean> {
    const before = this.current;
    if (!(await this.advance(['planning', 'running', 'finishing'], state))) return false;
    this.resumeState = before;
    this.details = {
      ...this.details,
      ...(why.side && { parked: { side: why.side, since: why.since ?? Date.now() } }),
      ...(why.resumeAt && { resumeAt: why.resumeAt }),
    };
    return true;
  }

  async resume(): Promise<boolean> {
    if (!(await this.advance(['waiting_quota', 'needs_reconnect'], this.resumeState))) return false;
    const { parked: _parked, resumeAt: _resumeAt, ...rest } = this.details;
    this.details = rest;
    return true;
  }

  async state(): Promise<TransferState> {
    return this.current;
  }

  async restartPlan(): Promise<number | undefined> {
    if (this.current !== 'planning') return undefined;
    this.records.clear();
    this.ids.clear();
    this.underWay.clear();
    return ++this.plan;
  }

  async append(items: readonly PlannedItem[], plan: number): Promise<boolean> {
    if (this.current !== 'planning' || plan !== this.plan) return false;
    for (const item of items) this.records.set(item.ordinal, { ...item, state: 'waiting', attempts: 0, outcome: {} });
    this.revision++;
    return true;
  }

  async completePlan(plan: number): Promise<boolean> {
    return plan === this.plan && this.advance(['planning'], 'running');
  }

  async name({ chosen, target }: { chosen?: readonly string[]; target?: string }): Promise<void> {
    if (chosen) this.names = chosen;
    if (target !== undefined) this.targetName = target;
  }

  async fixResultFolder(id: string): Promise<string> {
    return (this.resultFolderId ??= id);
  }

  async items(from: number, count: number): Promise<ItemRecord[]> {
    const page = Array.from({ length: count }, (_, index) => this.records.get(from + index));
    return page.filter((item) => item !== undefined);
  }

  async item(ordinal: number): Promise<ItemRecord | undefined> {
    return this.records.get(ordinal);
  }

  async amend(item: PlannedItem): Promise<void> {
    const states = this.stateOf(item.ordinal);
    if (!SETTLED_STATES.includes(states.state)) this.change(item.ordinal, { ...item, ...states });
  }

  async ordinalOf(sourceId: string): Promise<number | undefined> {
    return [...this.records.values()].findLast((item) => item.sourceId === sourceId)?.ordinal;
  }

  async reserveIds(ids: ReadonlyMap<number, string>): Promise<ReadonlyMap<number, string>> {
    for (const [ordinal, id] of ids) if (!this.ids.has(ordinal)) this.ids.set(ordinal, id);
    return this.destinationIds([...ids.keys()]);
  }

  async replaceId(ordinal: number, id: string): Promise<void> {
    this.ids.set(ordinal, id);
  }

  async destinationIds(ordinals: readonly number[]): Promise<ReadonlyMap<number, string>> {
    return new Map(ordinals.flatMap((ordinal) => (this.ids.has(ordinal) ? [[ordinal, this.ids.get(ordinal)!]] : [])));
  }

  async begin(ordinal: number): Promise<boolean> {
    const item = this.records.get(ordinal);
    if (!item || !this.runs() || (item.state !== 'waiting' && item.state !== 'copying')) return false;
    this.change(ordinal, { ...item, state: 'copying', attempts: item.attempts + 1 });
    return true;
  }

  async release(ordinal: number): Promise<void> {
    const item = this.records.get(ordinal);
    if (item?.state === 'copying') this.change(ordinal, { ...item, state: 'waiting' });
    this.underWay.delete(ordinal);
  }

  async progress(ordinal: number, bytes: number): Promise<boolean> {
    if (!this.runs()) return false;
    if (this.records.get(ordinal)?.state === 'copying') this.underWay.set(ordinal, bytes);
    return true;
  }

  async settle(ordinal: number, state: ItemState, outcome: Outcome): Promise<boolean> {
    return this.conclude(ordinal, ['waiting', 'copying', 'checking'], state, outcome);
  }

  async revise(ordinal: number, from: 'verified' | 'failed', state: ItemState, outcome: Outcome): Promise<boolean> {
    return this.conclude(ordinal, [from], state, outcome);
  }

  private conclude(ordinal: number, from: readonly ItemState[], state: ItemState, outcome: Outcome): boolean {
    const item = this.records.get(ordinal);
    if (!item || !from.includes(item.state)) return false;
    const { destinationId, way, code, reason, checksum, original, originalReason, webViewLink } = outcome;
    this.change(ordinal, {
      ...item,
      state,
      outcome: defined({ destinationId, way, code, reason, checksum, original, originalReason, webViewLink }),
    });
    this.underWay.delete(ordinal);
    return true;
  }

  async openFiles(): Promise<number> {
    return [...this.records.values()].filter(
      (item) => (item.kind === 'file' || item.kind === 'google') && !SETTLED_STATES.includes(item.state),
    ).length;
  }

  async settleOriginal(ordinal: number, original: 'trashed' | 'kept', reason?: string): Promise<void> {
    const item = this.records.get(ordinal);
    if (!item || item.outcome.original) return;
    this.change(ordinal, {
      ...item,
      outcome: { ...item.outcome, original, ...(reason && { originalReason: reason }) },
    });
  }

  async grants(): Promise<GrantRecord[]> {
    return [...this.shares.values()];
  }

  async announceGrant(itemId: string): Promise<void> {
    this.users(itemId).add(this.order.id);
    if (!this.shares.has(itemId)) this.shares.set(itemId, { itemId });
  }

  async retractGrant(itemId: string): Promise<void> {
    if (!this.shares.get(itemId)?.permissionId) await this.forgetGrant(itemId, false);
  }

  async recordGrant(itemId: string, permissionId: string, madeAt: number): Promise<void> {
    this.users(itemId).add(this.order.id);
    this.shares.set(itemId, { itemId, permissionId, madeAt });
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
  }

  async snapshot(): Promise<TransferSnapshot> {
    const all = [...this.records.values()];
    const count = (matches: (item: ItemRecord) => boolean) => all.filter(matches).length;
    const verified = all.filter((item) => item.state === 'verified');
    const failures: Record<string, number> = {};
    for (const { state, outcome } of all)
      if (state === 'failed' || state === 'unverified')
        failures[outcome.code ?? 'internal'] = (failures[outcome.code ?? 'internal'] ?? 0) + 1;
    const states: ItemState[] = ['waiting', 'copying', 'checking', 'verified', 'unverified', 'skipped', 'failed'];
    const ofWay = (way: string) => verified.filter((item) => (item.outcome.way ?? 'created') === way).length;
    return {
      ...this.details,
      state: this.current,
      revision: this.revision,
      found: all.length,
      counts: Object.fromEntries(states.map((state) => [state, count((item) => item.state === state)])) as Record<
        ItemState,
        number
      >,
      bytes: {
        found: all.reduce((sum, item) => sum + (item.size ?? 0), 0),
        verified: verified.reduce((sum, item) => sum + (item.size ?? 0), 0),
        copying: [...this.underWay.values()].reduce((sum, bytes) => sum + bytes, 0),
      },
      originals: {
        trashed: count((item) => item.outcome.original === 'trashed'),
        kept: count((item) => item.outcome.original === 'kept'),
      },
      ways: { server_copy: ofWay('server_copy'), relay: ofWay('relay'), created: ofWay('created') },
      verification: {
        checksum: verified.filter((item) => item.outcome.checksum).length,
        presence: verified.filter((item) => !item.outcome.checksum).length,
      },
      failures,
      grants: { open: this.shares.size, withdrawn: this.withdrawn },
      rate: { itemsPerSecond: 0, bytesPerSecond: 0 },
      ...(this.resultFolderId && { resultFolderId: this.resultFolderId }),
      names: this.names,
      ...(this.targetName !== undefined && { targetName: this.targetName }),
    };
  }

  private runs(): boolean {
    return this.current === 'running' || this.current === 'finishing';
  }

  private stateOf(ordinal: number): Pick<ItemRecord, 'state' | 'attempts' | 'outcome'> {
    const { state, attempts, outcome } = this.records.get(ordinal)!;
    return { state, attempts, outcome };
  }

  private change(ordinal: number, item: ItemRecord): void {
    this.records.set(ordinal, item);
    this.revision++;
  }

  private users(itemId: string): Set<string> {
    const key = `${itemId}:${this.order.destination.sub}`;
    if (!this.shareUsers.has(key)) this.shareUsers.set(key, new Set());
    return this.shareUsers.get(key)!;
  }
}

const defined = (outcome: { [Field in keyof Outcome]: Outcome[Field] | undefined }): Outcome =>
  Object.fromEntries(Object.entries(outcome).filter(([, value]) => value !== undefined));
