import { SIDES } from '../../src/engine/errors.js';
import type { Conclusion } from '../../src/engine/model/conclusion.js';
import type { ItemRecord, ItemState, CopyMethod } from '../../src/engine/model/items.js';
import type { TransferOrder } from '../../src/engine/model/order.js';
import type { Notify, StoredNotify } from '../../src/engine/model/notify.js';
import type { DeltaFacts, PlanFacts } from '../../src/engine/model/plan-facts.js';
import type { Usage, UsageCounter } from '../../src/engine/model/quota-units.js';
import { SLOW_DOWNS_KEPT, type TransferSnapshot } from '../../src/engine/model/snapshot.js';
import { RESUMABLE_STATES } from '../../src/engine/model/states.js';
import type { Ledger } from '../../src/engine/ports/ledger.js';
import type { ShareRecord } from '../../src/engine/ports/ledger/shares.js';
import type { PeopleLine } from '../../src/engine/model/sharing.js';
import { InMemoryLinks } from './in-memory-ledger/links.js';

/** Which transfers use which temporary share; one for all ledgers of a test. */
export type ShareUsers = Map<string, Map<string, ShareRecord>>;

const STATES: readonly ItemState[] = ['waiting', 'copying', 'verified', 'unverified', 'skipped', 'failed'];
const WAYS: readonly CopyMethod[] = ['server_copy', 'relay', 'export', 'created', 'merged'];

/** A ledger in memory; the contract suite compares it with the one in Redis. */
export class InMemoryLedger extends InMemoryLinks implements Ledger {
  private names: readonly string[] = [];
  private targetName: string | undefined;
  private readonly shareRecords = new Map<string, ShareRecord>();
  private withdrawn = 0;
  private slowDowns = 0;
  private usage: Partial<Record<UsageCounter, number>> = {};
  private slowedAt: number[] = [];
  private title: string | undefined;
  private notified: StoredNotify | undefined;
  private resultFolderId: string | undefined;

  constructor(
    order: TransferOrder,
    private readonly shareUsers: ShareUsers = new Map(),
    people: readonly PeopleLine[] = [],
  ) {
    super(order, people);
  }

  async storeFacts(facts: { readonly plan?: PlanFacts; readonly delta?: DeltaFacts }, plan?: number): Promise<void> {
    if (this.isOutdated(plan)) return;
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

  async setNotify(notify: Notify | undefined): Promise<void> {
    const since = this.notified?.since ?? Date.now();
    this.notified = notify && { mail: [...notify.mail], language: notify.language, since };
    this.changes++;
  }

  async notify(): Promise<StoredNotify | undefined> {
    return this.notified;
  }

  async fixResultFolder(id: string): Promise<string> {
    return (this.resultFolderId ??= id);
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

  async share(sourceId: string): Promise<ShareRecord | undefined> {
    return (await this.shares()).find((share) => share.sourceId === sourceId);
  }

  async shares(): Promise<ShareRecord[]> {
    return [...this.shareRecords.values()];
  }

  async announceShare(sourceId: string): Promise<void> {
    if (!this.shareRecords.has(sourceId)) this.shareRecords.set(sourceId, { sourceId });
    this.users(sourceId).set(this.order.id, this.shareRecords.get(sourceId)!);
  }

  async retractShare(sourceId: string): Promise<void> {
    if (this.shareRecords.has(sourceId) && !this.shareRecords.get(sourceId)?.permissionId)
      await this.forgetShare(sourceId, false);
  }

  async recordShare(sourceId: string, permissionId: string, madeAt: number, expiresAt?: number): Promise<void> {
    const share = { sourceId, permissionId, madeAt, ...(expiresAt !== undefined && { expiresAt }) };
    this.users(sourceId).set(this.order.id, share);
    this.shareRecords.set(sourceId, share);
    this.changes++;
  }

  async sharesWith(address: string): Promise<ReadonlyMap<string, ShareRecord>> {
    const found = new Map<string, ShareRecord>();
    for (const [key, users] of this.shareUsers)
      for (const [order, share] of users)
        if (key.endsWith(`:${address}`)) found.set(`${order}:${share.sourceId}`, share);
    return found;
  }

  async sharedByOthers(sourceId: string): Promise<boolean> {
    return [...this.users(sourceId).keys()].some((id) => id !== this.order.id);
  }

  async isLastUser(sourceId: string): Promise<boolean> {
    this.users(sourceId).delete(this.order.id);
    return this.users(sourceId).size === 0;
  }

  async forgetShare(sourceId: string, withdrawn: boolean): Promise<void> {
    this.shareRecords.delete(sourceId);
    this.users(sourceId).delete(this.order.id);
    if (withdrawn) this.withdrawn++;
    this.changes++;
  }

  private sharesEnd(): { expiresAt?: number } {
    const ends = [...this.shareRecords.values()].map(({ expiresAt }) => expiresAt ?? Infinity);
    return ends.length > 0 && Math.max(...ends) < Infinity ? { expiresAt: Math.max(...ends) } : {};
  }

  private users(sourceId: string): Map<string, ShareRecord> {
    const key = `${sourceId}:${this.order.destination.email.toLowerCase()}`;
    if (!this.shareUsers.has(key)) this.shareUsers.set(key, new Map());
    return this.shareUsers.get(key)!;
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

  async countUsage(usage: Usage): Promise<void> {
    for (const [counter, by] of Object.entries(usage) as [UsageCounter, number][])
      this.usage[counter] = (this.usage[counter] ?? 0) + by;
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
      ...(this.planned && { schedule: this.planned }),
      state: this.current,
      revision: this.changes,
      since: this.since,
      activeMs: this.activeMs + (this.isActive() ? Date.now() - this.since : 0),
      ...(RESUMABLE_STATES.includes(this.current) && this.resumeState && { resumeState: this.resumeState }),
      ...(this.current === 'failed' && this.failedIn && { failedIn: this.failedIn }),
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
      shares: { open: this.shareRecords.size, withdrawn: this.withdrawn, ...this.sharesEnd() },
      slowDowns: this.slowDowns,
      usage: { ...this.usage },
      slowedAt: [...this.slowedAt],
      rate: { itemsPerSecond: 0, bytesPerSecond: 0 },
      underWay: new Map(this.underWay),
      ...(this.resultFolderId && { resultFolderId: this.resultFolderId }),
      ...(this.title && { title: this.title }),
      ...(this.notified && { notify: this.notified }),
      names: this.names,
      ...(this.targetName !== undefined && { targetName: this.targetName }),
      ...(this.order.sharing && { sharing: this.accessCounts() }),
      ...(this.order.links && { links: this.linkCounts() }),
    };
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
}

const numbers = <Name extends string>(names: readonly Name[], of: (name: Name) => number) =>
  Object.fromEntries(names.map((name) => [name, of(name)])) as Record<Name, number>;
