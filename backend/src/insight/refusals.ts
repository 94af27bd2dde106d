import type { AuditEvent, AuditLog } from './audit.port.js';

/** Entries of one account, kind and reason that are stored in a window; further ones are counted. */
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
 * Records what accounts were refused, so that no account can fill the audit log with it: the first few of a kind and
 * reason are stored as they are, the others of ten minutes as one entry that counts them (`detail.count`). Each process
 * counts for itself.
 */
export class Refusals {
  private readonly windows = new Map<string, Window>();

  constructor(private readonly audit: AuditLog) {}

  record(event: AuditEvent): void {
    const who = typeof event.actor === 'string' ? event.actor : event.actor.sub;
    const key = JSON.stringify([who, event.action, event.outcome]);
    const window = this.windows.get(key) ?? this.open(key, event);
    if (window.stored++ < STORED_A_WINDOW) this.audit.record(event);
    else window.leftOut++;
  }

  /** Ends all windows, and records what was only counted. */
  close(): void {
    for (const key of [...this.windows.keys()]) this.end(key);
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
    const { actor, action, outcome } = window.event;
    if (window.leftOut > 0) this.audit.record({ actor, action, outcome, detail: { count: window.leftOut } });
  }
}
