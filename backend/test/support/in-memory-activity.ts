import type { Config } from '../../src/config/config.js';
import { Activity } from '../../src/insight/activity.js';
import {
  ActivityStore,
  type Bucket,
  type ActivityBatch,
  type AccountActivity,
  type Level,
  LEVELS,
} from '../../src/insight/activity.port.js';
import { Insight } from '../../src/insight/insight.js';
import { Metrics } from '../../src/insight/metrics.js';
import { Tracing } from '../../src/insight/tracing.js';
import { Pseudonyms } from '../../src/insight/pseudonyms.js';
import { InMemoryAuditLog } from './in-memory-audit.js';

interface Kept {
  facts: Map<string, number>;
  accounts: Set<string>;
  byAccount: Map<string, AccountActivity & { asked: number; slowed: number }>;
}

/** An in-memory ActivityStore. */
export class InMemoryActivityStore extends ActivityStore {
  private readonly kept = new Map<string, Kept>();
  private readonly alive = new Map<string, { role: string; id: string; at: number }>();
  /** If set, every call fails with this error. */
  failure: Error | undefined;
  adds = 0;

  override add(happened: ActivityBatch, now: number, process: { role: string; id: string }): Promise<void> {
    if (this.failure) return Promise.reject(this.failure);
    this.adds++;
    this.alive.set(process.id, { ...process, at: now });
    for (const level of Object.values(LEVELS)) {
      const bucket = this.bucket(level, now, 0);
      for (const [fact, by] of happened.facts) bucket.facts.set(fact, (bucket.facts.get(fact) ?? 0) + by);
      for (const account of happened.accounts) bucket.accounts.add(account);
      for (const entry of happened.byAccount) {
        const key = `${entry.kind} ${entry.credentialId}`;
        const sum = bucket.byAccount.get(key) ?? { ...entry, asked: 0, slowed: 0 };
        bucket.byAccount.set(key, { ...sum, asked: sum.asked + entry.asked, slowed: sum.slowed + entry.slowed });
      }
    }
    return Promise.resolve();
  }

  override leave({ id }: { role: string; id: string }): Promise<void> {
    this.alive.delete(id);
    return Promise.resolve();
  }

  override read(level: Level, now: number, count: number): Promise<Bucket[]> {
    const step = level.seconds * 1_000;
    return Promise.resolve(
      Array.from({ length: count }, (_, index) => {
        const back = count - 1 - index;
        const { facts, byAccount } = this.bucket(level, now, back);
        return { at: (Math.floor(now / step) - back) * step, facts, byAccount: [...byAccount.values()] };
      }),
    );
  }

  override accounts(level: Level, now: number, count: number): Promise<number> {
    const buckets = Array.from({ length: count }, (_, back) => this.bucket(level, now, back).accounts);
    return Promise.resolve(new Set(buckets.flatMap((accounts) => [...accounts])).size);
  }

  override processes(): Promise<{ role: string; id: string; at: number }[]> {
    return Promise.resolve([...this.alive.values()]);
  }

  private bucket({ name, seconds }: Level, now: number, back: number): Kept {
    const key = `${name} ${Math.floor(now / 1_000 / seconds) - back}`;
    let kept = this.kept.get(key);
    if (!kept) this.kept.set(key, (kept = { facts: new Map(), accounts: new Set(), byAccount: new Map() }));
    return kept;
  }
}

/** Counts events in memory, up to the last `activity.flush()`. */
export function anInsight(
  store = new InMemoryActivityStore(),
  audit = new InMemoryAuditLog(),
): {
  insight: Insight;
  activity: Activity;
  metrics: Metrics;
} {
  const config = {
    role: 'all',
    credentialsKeys: [{ id: 'k1', key: Buffer.alloc(32, 1) }],
  } as unknown as Config['general'];
  const activity = new Activity(store, new Pseudonyms(config), config);
  const metrics = new Metrics();
  return {
    insight: new Insight(
      metrics,
      activity,
      audit,
      new Tracing({ endpoint: undefined, serviceName: 'cloudmover', share: 1 }, config),
    ),
    activity,
    metrics,
  };
}
