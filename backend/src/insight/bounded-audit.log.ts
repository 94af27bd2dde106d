import { type AuditEntry, type AuditEvent, AuditLog } from './audit.port.js';

/** Entries of one kind per window that are stored individually; further ones are counted. */
export const STORED_A_WINDOW = 5;
export const WINDOW_MS = 10 * 60_000;
/** Bounds the memory: with more windows the oldest ends early. */
const MAX_WINDOWS = 10_000;

interface Window {
  readonly event: AuditEvent;
  readonly timer: NodeJS.Timeout;
  stored: number;
  leftOut: number;
}

/**
 * Prevents an account from filling the audit log: stores the first few entries of a kind individually, and the others
 * of ten minutes as one entry with their number (`detail.count`). The same applies to what a machine key does. Always
 * stores ends of sessions, withdrawals of access and the first uses of each command on a transfer. Each process counts
 * separately.
 */
export class BoundedAuditLog extends AuditLog {
  private readonly windows = new Map<string, Window>();

  constructor(private readonly log: AuditLog) {
    super();
  }

  override record(event: AuditEvent): void {
    const kind = kindOf(event);
    if (!kind) return this.log.record(event);
    const key = JSON.stringify(kind);
    const window = this.windows.get(key) ?? this.open(key, event);
    if (window.stored++ < STORED_A_WINDOW) this.log.record(event);
    else window.leftOut++;
  }

  override read(from?: number, to?: number): AsyncIterable<AuditEntry> {
    return this.log.read(from, to);
  }

  override flush(): Promise<void> {
    return this.log.flush();
  }

  override close(): Promise<void> {
    for (const key of [...this.windows.keys()]) this.end(key);
    return this.log.close();
  }

  private open(key: string, event: AuditEvent): Window {
    const [oldest] = this.windows.keys();
    if (this.windows.size >= MAX_WINDOWS && oldest !== undefined) this.end(oldest);
    const timer = setTimeout(() => this.end(key), WINDOW_MS).unref();
    const window = { event, timer, stored: 0, leftOut: 0 };
    this.windows.set(key, window);
    return window;
  }

  private end(key: string): void {
    const window = this.windows.get(key);
    if (!window) return;
    clearTimeout(window.timer);
    this.windows.delete(key);
    if (window.leftOut === 0) return;
    const { actor, action, object, outcome, detail } = window.event;
    const command = detail?.['command'];
    this.log.record({
      actor,
      action,
      ...(action === 'key.used' && { object }),
      outcome,
      detail: { ...(command !== undefined && { command }), count: window.leftOut },
    });
  }
}

/**
 * The key of entries that are counted together; undefined for those that are always stored. Commands count per
 * transfer, because repeated ones have no effect, and must not hide another transfer's start or undo.
 */
function kindOf({ actor, action, object, outcome, detail }: AuditEvent): readonly unknown[] | undefined {
  // A program may poll; each endpoint that it uses stays visible.
  if (action === 'key.used') return [actor, action, outcome, object];
  if (typeof actor === 'string')
    // The operator is trusted, and entries without an account have separate bounds.
    return actor.startsWith('key:') ? [actor, action, outcome] : undefined;
  const kind = [actor.sub, action, outcome];
  if (outcome !== 'done') return kind;
  switch (action) {
    case 'session.ended':
      // One that another session displaces ends as often as the account opens sessions.
      return detail?.['surplus'] ? [...kind, 'surplus'] : undefined;
    case 'access.revoked':
      return undefined;
    case 'transfer.created':
      return [...kind, object];
    case 'transfer.commanded':
      return detail?.['command'] === 'rename' ? [...kind, 'rename'] : [...kind, detail?.['command'], object];
    default:
      return kind;
  }
}
