import { Logger } from '@nestjs/common';
import { AuditLog, type AuditEntry, type AuditEvent } from '../../insight/audit.port.js';
import { requestContext } from '../../insight/request-context.js';
import { keys } from './keys.js';
import type { RedisClient } from './redis-connections.js';
import { answered } from './redis-errors.js';

/** Entries read at once. */
const PAGE = 500;

/** The audit log as one capped stream, whose ids are the time by Redis's clock. */
export class RedisAuditLog extends AuditLog {
  private readonly log = new Logger('Audit');
  private readonly underWay = new Set<Promise<unknown>>();

  /** @param maxEntries about how many are kept; Redis drops the oldest ones in blocks, so there may be a few more */
  constructor(
    private readonly redis: RedisClient,
    private readonly maxEntries: number,
  ) {
    super();
  }

  override record(event: AuditEvent): void {
    const requestId = requestContext.getStore()?.requestId;
    const entry = { ...event, ...(requestId && { requestId }) };
    const added = this.redis
      .xadd(keys.audit(), 'MAXLEN', '~', this.maxEntries, '*', 'event', JSON.stringify(entry))
      .catch((error: unknown) => this.log.error({ entry, err: error }, 'An audit entry could not be stored.'))
      .finally(() => this.underWay.delete(added));
    this.underWay.add(added);
  }

  override async *read(from?: number, to?: number): AsyncGenerator<AuditEntry> {
    const end = to === undefined ? '+' : String(to);
    for (let start = from === undefined ? '-' : String(from); ;) {
      const page = await answered(this.redis.xrange(keys.audit(), start, end, 'COUNT', PAGE));
      for (const [id, fields] of page) {
        const event = JSON.parse(fields[1] ?? '{}') as AuditEvent;
        yield { id, at: Number(id.split('-', 1)[0]), ...event };
      }
      const last = page.at(-1);
      if (page.length < PAGE || !last) return;
      start = `(${last[0]}`;
    }
  }

  override async flush(): Promise<void> {
    await Promise.allSettled(this.underWay);
  }
}
