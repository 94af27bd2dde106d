import { randomUUID } from 'node:crypto';
import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { InjectConfig } from '../config/config.module.js';
import { ActivityStore, type Fact, type Lane } from './activity.port.js';
import { Pseudonyms } from './pseudonyms.js';

/** Interval of writes to the store: counting adds no round trip to a request. */
const FLUSH_MS = 1_000;
/** A process in which nothing happens still says so often that it lives. */
export const ALIVE_MS = 5_000;
/** Bounds the memory while the store is away. */
const MAX_ACCOUNTS = 10_000;
/** What a code looks like; nothing else may become a name in the store. */
const CODE = /^[a-z][a-z_]{0,39}$/;

interface Asked extends Lane {
  asked: number;
  slowed: number;
}

/** Counts what happens in this process, and adds it about once a second to what all processes count together. */
@Injectable()
export class Activity implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly log = new Logger(Activity.name);
  private readonly process: { role: string; id: string };
  private facts = new Map<Fact, number>();
  private accounts = new Set<string>();
  private lanes = new Map<string, Asked>();
  private reportedAt = 0;
  private flushing: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isAway = false;

  constructor(
    private readonly store: ActivityStore,
    private readonly pseudonyms: Pseudonyms,
    @InjectConfig('general') { role }: Config['general'],
  ) {
    this.process = { role, id: randomUUID() };
  }

  /** Counts something. What it costs is an addition. */
  count(fact: Fact, by = 1): void {
    this.facts.set(fact, (this.facts.get(fact) ?? 0) + by);
  }

  /** Counts something by a code. A text that is no code counts as `other`. */
  countCode(fact: 'problem' | 'rejected' | 'refused' | 'reason', code: string): void {
    this.count(`${fact}:${CODE.test(code) ? code : 'other'}`);
  }

  /** Counts an account; the number of different ones can be read later, but not which ones. */
  saw(sub: string): void {
    if (this.accounts.size < MAX_ACCOUNTS) this.accounts.add(sub);
  }

  /** A request to Google was answered, or refused because it came too fast. */
  asked({ credentialId, kind }: Lane, slowed: boolean): void {
    const key = `${kind} ${credentialId}`;
    let lane = this.lanes.get(key);
    if (!lane) this.lanes.set(key, (lane = { credentialId, kind, asked: 0, slowed: 0 }));
    lane.asked++;
    if (slowed) lane.slowed++;
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.flush(), FLUSH_MS).unref();
  }

  /** Runs before the Redis connection closes. */
  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.flushing;
    await this.flush();
    await this.store.leave(this.process).catch(() => undefined);
  }

  /** Adds what was counted since the last time to the store. Never rejects: what cannot be added is tried again. */
  async flush(): Promise<void> {
    this.flushing ??= this.writeToStore().finally(() => (this.flushing = undefined));
    await this.flushing;
  }

  private async writeToStore(): Promise<void> {
    const now = Date.now();
    const { facts, accounts, lanes } = this;
    if (facts.size + accounts.size + lanes.size === 0 && now - this.reportedAt < ALIVE_MS) return;
    this.facts = new Map();
    this.accounts = new Set();
    this.lanes = new Map();
    const seen = new Set([...accounts].map((sub) => this.pseudonyms.ofAccount(sub)));
    try {
      await this.store.add({ facts, accounts: seen, lanes: [...lanes.values()] }, now, this.process);
      this.reportedAt = now;
      this.isAway = false;
    } catch (error) {
      // Rather counted twice than not at all: an answer may be lost after what it answers was done.
      for (const [fact, by] of facts) this.count(fact, by);
      for (const sub of accounts) this.saw(sub);
      for (const [key, lane] of lanes) {
        const later = this.lanes.get(key);
        this.lanes.set(key, {
          ...lane,
          asked: lane.asked + (later?.asked ?? 0),
          slowed: lane.slowed + (later?.slowed ?? 0),
        });
      }
      if (!this.isAway) this.log.warn({ err: error }, 'What happens is counted here until the store is back.');
      this.isAway = true;
    }
  }
}
