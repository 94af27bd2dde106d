/**
 * Who did it: a Google account by its `sub`, the holder of the operator key, CloudMover itself, or an unidentified
 * client.
 */
export type AuditActor = { readonly sub: string } | 'operator' | 'cloudmover' | 'unknown';

/** What was done, as past facts. */
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
  'operator.read',
  'operator.key_refused',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

export interface AuditEvent {
  readonly actor: AuditActor;
  /** The other account whose token came with the same request: both did it. */
  readonly with?: { readonly sub: string };
  readonly action: AuditAction;
  /** What it was done to, by opaque ids: `session:…` (a session's handle, never its token), `transfer:…`, a route. */
  readonly object?: string;
  /** `done`, or the code of the problem that it was refused with. */
  readonly outcome: string;
  /** Further details, such as `{ command: 'undo' }`. No secret, no name and no address of a person or file. */
  readonly detail?: Readonly<Record<string, string | number | boolean>>;
}

/** An event as it was written. */
export interface AuditEntry extends AuditEvent {
  /** Unique, and growing with time. */
  readonly id: string;
  /** Milliseconds since 1970, by the store's clock. */
  readonly at: number;
  /** Of the request that brought it about. */
  readonly requestId?: string;
}

/** What was done to accounts, sessions and transfers, and by whom; only ever added to, the oldest entries fall off. */
export abstract class AuditLog {
  /**
   * Adds an event, with the id of the request that is being served. Nobody waits for it and it never throws: what cannot
   * be stored is written to the process's log as an error, so that it is not lost either.
   */
  abstract record(event: AuditEvent): void;

  /**
   * Entries in the order of their time, read as they are taken.
   * @param from first moment (ms), inclusive
   * @param to last moment (ms), inclusive
   * @throws StoreUnavailableError when the store cannot be reached
   */
  abstract read(from?: number, to?: number): AsyncIterable<AuditEntry>;

  /** Waits until all that was recorded is stored, or given up. */
  abstract flush(): Promise<void>;

  /** Stores what was only counted, then does the same. The process ends. */
  abstract close(): Promise<void>;
}
