import { type AuditEntry, type AuditEvent, AuditLog } from '../../src/insight/audit.port.js';

/** An AuditLog that keeps its events in a list. */
export class InMemoryAuditLog extends AuditLog {
  readonly events: AuditEvent[] = [];

  override record(event: AuditEvent): void {
    this.events.push(event);
  }

  override async *read(): AsyncGenerator<AuditEntry> {
    for (const [index, event] of this.events.entries())
      yield await Promise.resolve({ id: `${index}`, at: 0, ...event });
  }

  override flush(): Promise<void> {
    return Promise.resolve();
  }

  override close(): Promise<void> {
    return Promise.resolve();
  }
}
