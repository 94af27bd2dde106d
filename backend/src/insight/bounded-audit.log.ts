import { type AuditEntry, type AuditEvent, AuditLog } from './audit.port.js';

/** Entries of one kind that are stored in a window; further ones are counted. */
export const STORED_A_WINDOW = 5;
export const WINDOW_MS = 10 * 60_000;
/** Bounds the memory. Beyond it the oldest window ends early. */
const MAX_WINDOWS = 10_000;

interface Window {
  readonly event: AuditEvent;
  readonly timer: NodeJS.Timeout;
  stored: number;
  leftOut: number;
}

/**
 * Keeps an account from filling the audit log: the first few entries of a kind are stored as they are, the others of ten
 * minutes as one entry that counts them (`detail.count`). The end of a session, a withdrawal of access and the first
 * times that a command is given to a transfer are always stored. Each process counts for itself.
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
    const { actor, action, outcome, detail } = window.event;
    const command = detail?.['command'];
    this.log.record({
      actor,
      action,
      outcome,
      detail: { ...(command !== undefined && { command }), count: window.leftOut },
    });
  }
}

/**
 * What is the same in entries that count together; undefined for those that are always stored. A repeated command has no
 * effect, so one transfer's are a kind of their own: no other transfer's start or undo counts with them.
 */
function kindOf({ actor, action, object, outcome, detail }: AuditEvent): readonly unknown[] | undefined {
  // The operator is trusted, and entries without an account have bounds of their own.
  if (typeof actor === 'string') return undefined;
  const kind = [actor.sub, action, outcome];
  if (outcome !== 'done') return kind;
  switch (action) {
    case 'session.ended':
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
