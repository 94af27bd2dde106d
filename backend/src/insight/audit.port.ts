/**
 * Who did it: a Google account by its `sub`, the operator, a machine key by its id, CloudMover itself, or an
 * unidentified client.
 */
export type AuditActor = { readonly sub: string } | 'operator' | `key:${string}` | 'cloudmover' | 'unknown';

/** What was done. */
export const AUDIT_ACTIONS = [
  'account.connected',
  'account.connection_refused',
  'session.rotated',
  'session.token_reused',
  'session.ended',
  'access.revoked',
  'access.refused',
  'transfer.created',
  'transfer.commanded',
  'transfer.ended',
  'webhook.created',
  'webhook.changed',
  'webhook.secret_rotated',
  'webhook.deleted',
  'webhook.disabled',
  'key.created',
  'key.ended',
  'key.used',
  'operator.read',
  'operator.signed_in',
  'operator.key_refused',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

export interface AuditEvent {
  readonly actor: AuditActor;
  /** The other account whose token the request had: both did it. */
  readonly with?: { readonly sub: string };
  readonly action: AuditAction;
  /**
   * The object, with an opaque id: `session:…` (a session's handle, never its token), `transfer:…`, `webhook:…`,
   * `key:…`, or a route.
   */
  readonly object?: string;
  /** `done`, or the code of the problem. */
  readonly outcome: string;
  /** Further details, such as `{ command: 'undo' }`. Never secrets, names or addresses of people or files. */
  readonly detail?: Readonly<Record<string, string | number | boolean>>;
}

/** An event as stored. */
export interface AuditEntry extends AuditEvent {
  /** Unique, and increasing with time. */
  readonly id: string;
  /** Milliseconds since 1970, by the store's clock. */
  readonly at: number;
  /** Id of the request that caused it. */
  readonly requestId?: string;
}

/**
 * The audit log: what was done to accounts, sessions and transfers, and by whom. Append-only; the oldest entries are
 * dropped.
 */
export abstract class AuditLog {
  /**
   * Adds an event with the id of the current request. Does not wait and never throws: an event that can't be stored is
   * written to the process's log as an error, so that it is not lost.
   */
  abstract record(event: AuditEvent): void;

  /**
   * Entries in the order of their time, read lazily.
   * @param from first moment (ms), inclusive
   * @param to last moment (ms), inclusive
   * @throws StoreUnavailableError if the store cannot be reached
   */
  abstract read(from?: number, to?: number): AsyncIterable<AuditEntry>;

  /** Waits until all recorded events are stored or have failed. */
  abstract flush(): Promise<void>;

  /** Called when the process ends: stores events that were only counted, then does the same. */
  abstract close(): Promise<void>;
}
