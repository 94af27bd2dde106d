import { Logger } from '@nestjs/common';
import { type AuditAction, AuditLog, type AuditEntry, type AuditEvent } from '../../insight/audit.port.js';
import { requestContext } from '../../insight/request-context.js';
import { keys } from './keys.js';
import { defineScripts, plain, run, script } from './lua.js';
import type { RedisClient } from './redis-connections.js';
import { answered } from './redis-errors.js';
import { MINUTE_MS } from '../../engine/times.js';

/** Entries read at once. */
const PAGE = 500;
/** Events that anyone can cause without an account and without limit. (A reused token needs a session each time.) */
const ANONYMOUS: readonly AuditAction[] = ['account.connection_refused', 'operator.key_refused'];
/** How many of these entries each process stores within a period (ms). */
const SHARES = [
  { most: 10, withinMs: MINUTE_MS },
  { most: 200, withinMs: 24 * 60 * MINUTE_MS },
] as const;
/** How often a process that may trim the log does so. */
const SHORTEN_EVERY_MS = 10 * MINUTE_MS;
/** How often a process that may not trim it logs a warning. */
const WARN_EVERY_MS = 60 * MINUTE_MS;

const SCRIPTS = {
  /**
   * Appends an event. Its id is the time of Redis' clock (µs since 1970), or the last id plus one if that is larger.
   * Returns the number of entries.
   */
  append: script('cmAuditAppend', {
    keys: ['log'],
    args: { event: 'text' },
    reply: plain<number>(),
    lua: `
local time = redis.call('TIME')
local id = time[1] * 1000000 + time[2]
local last = redis.call('LINDEX', log, -1)
if last then id = math.max(id, tonumber(string.match(last, '^%d+')) + 1) end
return redis.call('RPUSH', log, string.format('%.0f', id) .. ' ' .. event)`,
  }),
  /** Returns `count` entries from an id on, which it finds by binary search. */
  page: script('cmAuditPage', {
    keys: ['log'],
    args: { from: 'number', count: 'number' },
    reply: plain<string[]>(),
    lua: `
local low, high = 0, redis.call('LLEN', log)
while low < high do
  local middle = math.floor((low + high) / 2)
  if tonumber(string.match(redis.call('LINDEX', log, middle), '^%d+')) < from then low = middle + 1 else high = middle end
end
return redis.call('LRANGE', log, low, low + count - 1)`,
  }),
};
const LOG = { log: keys.audit() };

interface Options {
  /** Least number of entries to keep. */
  readonly maxEntries: number;
  /** Opens a connection as the user that may trim the log; default: CloudMover's own user tries. */
  readonly openAsAuditor?: () => { readonly client: RedisClient; close(): void };
  /** Called for each event that is only counted. */
  readonly onLeftOut?: () => void;
}

/**
 * The audit log as one list. CloudMover's Redis user may only append to it and read it (docs/redis-users.acl); another
 * user may trim it. See 0033.
 */
export class RedisAuditLog extends AuditLog {
  private readonly log = new Logger('Audit');
  private readonly underWay = new Set<Promise<unknown>>();
  private readonly timer: NodeJS.Timeout | undefined;
  private readonly shares = SHARES.map((share) => ({ ...share, since: -Infinity, count: 0 }));
  private warnedAt = -Infinity;
  private shortening: Promise<void> | undefined;

  constructor(
    private readonly redis: RedisClient,
    private readonly options: Options,
  ) {
    super();
    defineScripts(redis, Object.values(SCRIPTS));
    // A worker seldom writes, but may be the only process that may trim.
    if (options.openAsAuditor) this.timer = setInterval(() => void this.shortenIfLong(), SHORTEN_EVERY_MS).unref();
  }

  override record(event: AuditEvent): void {
    if (event.actor === 'unknown' && ANONYMOUS.includes(event.action) && this.isBeyondShare()) {
      this.options.onLeftOut?.();
      return;
    }
    const requestId = requestContext.getStore()?.requestId;
    const entry = { ...event, ...(requestId && { requestId }) };
    const added = run(this.redis, SCRIPTS.append, LOG, { event: JSON.stringify(entry) })
      .then((length) => this.shorten(length))
      .catch((error: unknown) => this.log.error({ entry, err: error }, 'Could not store an audit entry.'))
      .finally(() => this.underWay.delete(added));
    this.underWay.add(added);
  }

  override async *read(from?: number, to?: number): AsyncGenerator<AuditEntry> {
    const end = to === undefined ? Infinity : (to + 1) * 1_000;
    for (let start = (from ?? 0) * 1_000; ;) {
      const page = await answered(run(this.redis, SCRIPTS.page, LOG, { from: start, count: PAGE }));
      for (const line of page) {
        const [id, text] = splitOnce(line);
        if (Number(id) >= end) return;
        start = Number(id) + 1;
        yield { id, at: Math.floor(Number(id) / 1_000), ...(JSON.parse(text) as AuditEvent) };
      }
      if (page.length < PAGE) return;
    }
  }

  override close(): Promise<void> {
    clearInterval(this.timer);
    return this.flush();
  }

  override async flush(): Promise<void> {
    await Promise.allSettled(this.underWay);
    await this.shortening;
  }

  private isBeyondShare(): boolean {
    const now = performance.now();
    for (const share of this.shares)
      if (now - share.since >= share.withinMs) Object.assign(share, { since: now, count: 0 });
    if (this.shares.some(({ count, most }) => count >= most)) return true;
    for (const share of this.shares) share.count++;
    return false;
  }

  private async shortenIfLong(): Promise<void> {
    await this.redis
      .llen(keys.audit())
      .then((length) => this.shorten(length))
      .catch((error: unknown) => this.log.warn({ err: error }, 'Could not check the length of the audit log.'));
  }

  /** Trims in steps of a tenth, so that not every entry causes it. */
  private shorten(length: number): void {
    const { maxEntries } = this.options;
    if (length <= maxEntries + Math.max(100, maxEntries / 10)) return;
    this.shortening ??= this.cut(length).finally(() => (this.shortening = undefined));
  }

  private async cut(length: number): Promise<void> {
    const now = Date.now();
    const { maxEntries, openAsAuditor } = this.options;
    // Without the right to trim, this user got an error before.
    if (!openAsAuditor && now - this.warnedAt < WARN_EVERY_MS) return;
    const auditor = openAsAuditor?.();
    try {
      await (auditor?.client ?? this.redis).ltrim(keys.audit(), -maxEntries, -1);
    } catch (error) {
      this.warnedAt = now;
      this.log.warn(
        { entries: length, err: error },
        'The audit log is longer than AUDIT_MAX_ENTRIES, and the Redis user may not trim it. Give a worker REDIS_AUDITOR_PASSWORD.',
      );
    } finally {
      auditor?.close();
    }
  }
}

function splitOnce(line: string): [string, string] {
  const at = line.indexOf(' ');
  return [line.slice(0, at), line.slice(at + 1)];
}
