import { randomUUID } from 'node:crypto';
import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { InjectConfig } from '../config/config.module.js';
import { ActivityStore, type Fact, type AccountActivity } from './activity.port.js';
import { Pseudonyms } from './pseudonyms.js';

/** Interval of writes to the store, so that counting adds no round trip to a request. */
const FLUSH_MS = 1_000;
/** How often an idle process sends a heartbeat. */
export const ALIVE_MS = 5_000;
/** Bounds the memory while the store cannot be reached. */
const MAX_ACCOUNTS = 10_000;
/** The form of a code; nothing else may become a name in the store. */
const CODE = /^[a-z][a-z_]{0,39}$/;

interface Asked extends AccountActivity {
  asked: number;
  slowed: number;
}

/** Counts events of this process, and adds them to the counts of all processes about once a second. */
@Injectable()
export class Activity implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly log = new Logger(Activity.name);
  private readonly process: { role: string; id: string };
  private facts = new Map<Fact, number>();
  private accounts = new Set<string>();
  private byAccount = new Map<string, Asked>();
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

  /** Counts an event, which costs one addition. */
  count(fact: Fact, by = 1): void {
    this.facts.set(fact, (this.facts.get(fact) ?? 0) + by);
  }

  /** Counts an event by a code. A text that is not a code counts as `other`. */
  countCode(
    fact: 'problem' | 'rejected' | 'refused' | 'reason' | 'permission_reason' | 'link_reason',
    code: string,
    by = 1,
  ): void {
    this.count(`${fact}:${CODE.test(code) ? code : 'other'}`, by);
  }

  /** Counts an account; later only the number of different accounts can be read. */
  saw(sub: string): void {
    if (this.accounts.size < MAX_ACCOUNTS) this.accounts.add(sub);
  }

  /** Counts a request to Google, and whether it was refused because of a rate limit. */
  asked({ credentialId, kind }: AccountActivity, slowed: boolean): void {
    const key = `${kind} ${credentialId}`;
    let entry = this.byAccount.get(key);
    if (!entry) this.byAccount.set(key, (entry = { credentialId, kind, asked: 0, slowed: 0 }));
    entry.asked++;
    if (slowed) entry.slowed++;
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

  /** Adds the counts since the last call to the store. Never rejects; retries later what could not be added. */
  async flush(): Promise<void> {
    this.flushing ??= this.writeToStore().finally(() => (this.flushing = undefined));
    await this.flushing;
  }

  private async writeToStore(): Promise<void> {
    const now = Date.now();
    const { facts, accounts, byAccount } = this;
    if (facts.size + accounts.size + byAccount.size === 0 && now - this.reportedAt < ALIVE_MS) return;
    this.facts = new Map();
    this.accounts = new Set();
    this.byAccount = new Map();
    const seen = new Set([...accounts].map((sub) => this.pseudonyms.ofAccount(sub)));
    try {
      await this.store.add({ facts, accounts: seen, byAccount: [...byAccount.values()] }, now, this.process);
      this.reportedAt = now;
      this.isAway = false;
    } catch (error) {
      // May count twice rather than not at all, because a response may be lost after the write was done.
      for (const [fact, by] of facts) this.count(fact, by);
      for (const sub of accounts) this.saw(sub);
      for (const [key, entry] of byAccount) {
        const later = this.byAccount.get(key);
        this.byAccount.set(key, {
          ...entry,
          asked: entry.asked + (later?.asked ?? 0),
          slowed: entry.slowed + (later?.slowed ?? 0),
        });
      }
      if (!this.isAway)
        this.log.warn({ err: error }, 'Events are counted in this process until the store is reachable again.');
      this.isAway = true;
    }
  }
}
