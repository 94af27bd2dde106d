import type { KeyKind } from '../../session/issued-keys.port.ts';

/**
 * All Redis keys. `{…}` around an id is a literal hash tag for keys that are used together: a Redis Cluster stores keys
 * with the same hash tag on one node.
 */
export const keys = {
  /** String: the version of the format of all keys (prepare-redis.ts). No expiry. */
  format: () => 'cloudmover:format',
  /**
   * A session, encrypted; `id` is base64url(SHA-256(token)), so that reading Redis yields no usable token. Expires with
   * the session (after 10 minutes if its token was never used).
   */
  session: (id: string) => `credentials:${id}`,
  /** Exists while a replaced token is still valid. Expires after ten seconds. */
  sessionGrace: (id: string) => `cloudmover:grace:{credentials:${id}}`,
  /** Id of the newest session of a type; authorises nothing. Expires with that session. */
  newestSession: (type: string) => `session:${type}`,
  /** Sorted set: ids of all sessions by expiry (ms). Each write drops expired members; expires with the last. */
  sessions: () => 'cloudmover:sessions',
  /** The same for the sessions of a type, by when they end if they are not used again (ms). */
  sessionsOf: (type: string) => `cloudmover:sessions:${type}`,
  /** Sorted set: ids of the sessions of one credential, by expiry (ms). Expires with the last one. */
  credentialSessions: (credentialId: string) => `cloudmover:grant:{${credentialId}}:sessions`,
  /** An account's Google credential, encrypted. Expires a day after the last claim, if it was not revoked before. */
  credential: (credentialId: string) => `cloudmover:grant:{${credentialId}}`,
  /** Sorted set: the claimants of a credential, by the end of their claim (ms). Expires with the credential. */
  credentialClaims: (credentialId: string) => `cloudmover:grant:{${credentialId}}:claims`,
  /** `asked` or `lent`: why a credential must not be revoked at Google. Expires with the credential. */
  credentialStays: (credentialId: string) => `cloudmover:grant:{${credentialId}}:stays`,
  /** A credential without claims, encrypted, until it is revoked at Google. Expires after a day. */
  credentialEnding: (credentialId: string) => `cloudmover:grant:{${credentialId}}:ending`,
  /**
   * Sorted set: sessions that have released a credential, until a late claim of theirs can no longer arrive (ms).
   * Expires in a minute.
   */
  credentialLeft: (credentialId: string) => `cloudmover:grant:{${credentialId}}:left`,
  /**
   * The process that refreshes a credential, or `!` and how the refresh failed. Expires with the holder's lease, or a
   * second later.
   */
  credentialRefresh: (credentialId: string) => `cloudmover:grant:{${credentialId}}:refresh`,
  /** Sorted set: ids of credentials by when to check their claims (ms). No expiry. */
  credentialsDue: () => 'cloudmover:grants:due',
  /** A sign-in in progress; `id` is base64url(SHA-256(state)). Expires after 10 minutes. */
  signIn: (id: string) => `cloudmover:sign-in:${id}`,
  /**
   * Hash: a transfer's state and counters. This key and all its parts expire 30 days after its last change of state;
   * those of a preflight after an hour.
   */
  transfer: (id: string) => `cloudmover:transfer:{${id}}`,
  transferPart: (id: string, part: TransferPart) => `cloudmover:transfer:{${id}}:${part}`,
  /** Not a key: what a field of a transfer's uploads is bound to when it is encrypted. */
  upload: (id: string, ordinal: string | number) => `cloudmover:transfer:{${id}}:uploads:${ordinal}`,
  /** Set: ids of the transfers that have not ended, or have shares to withdraw, or a run that is due. No expiry. */
  openTransfers: () => 'cloudmover:transfers:open',
  /**
   * Sorted set: ids of the transfers that have, or had, a schedule, by creation (ms). Those that no longer exist are
   * removed when they are listed; no expiry.
   */
  scheduledTransfers: () => 'cloudmover:transfers:scheduled',
  /** Sorted set: ids of an account's transfers by creation (ms). Expires 60 days after one was last created or
   * reopened. */
  accountTransfers: (sub: string) => `cloudmover:account:{${sub}}:transfers`,
  /**
   * Sorted set: ids of the transfers, or preflights, that hold one of the places of this source account
   * (account-places.ts). Ended ones are removed when all places are taken. Expires 30 days after the newest.
   */
  accountPlaces: (sub: string, kind: 'transfer' | 'preflight') => `cloudmover:account:{${sub}}:places:${kind}`,
  /** String: the number of the turn that is being processed (turns.port.ts). Expires a day after the last. */
  turnNow: () => 'cloudmover:{turns}:now',
  /** Sorted set: the last number of each flow of jobs. Flows without jobs are removed; expires a day after the last. */
  turns: () => 'cloudmover:{turns}:last',
  /** Set: ids of the transfers that use a temporary share. Expires after 30 days. */
  shareUsers: (itemId: string, sub: string) => `cloudmover:share:{${itemId}:${sub}}`,
  /**
   * Hash: transfer, colon, source id → the temporary share of that transfer with an account; `account` is
   * base64url(SHA-256(address)). Expires after 30 days.
   */
  sharesWith: (account: string) => `cloudmover:shares-with:{${account}}`,
  /**
   * The id of what a request with an Idempotency-Key created, a digest of the request and, encrypted, its result.
   * Expires after 24 hours.
   */
  idempotency: (id: string) => `cloudmover:idempotency:${id}`,
  /**
   * An empty mark on the same node as `key`, written after a write to it, so that there is always something to wait for
   * (see DurableWrites and ReplicatedWrites). Expires after a minute.
   */
  mark: (key: string) => `cloudmover:mark:{${/\{([^}]+)\}/.exec(key)?.[1] ?? key}}`,
  /** Hash: an account's pace, measured from Google's refusals. Expires an hour after its last request. */
  pace: (account: string) => `cloudmover:pace:{${account}}`,
  /** Hash: hour since 1970 → bytes that an account wrote, for about the last day. Expires 25 hours after the last. */
  paceBytes: (account: string) => `cloudmover:pace:{${account}}:bytes`,
  /** String: quota units that all processes reserved for a day of Google's. Expires three days after the last. */
  dailyUnits: (date: string) => `cloudmover:units:${date}`,
  /** String: when a client's quota for a limit is whole again (ms). Expires at that moment, within a minute. */
  rateLimit: (limit: string, who: string) => `cloudmover:limit:{${limit}:${who}}`,
  /**
   * List: the audit log; each entry is an id and JSON. Not covered by the patterns below, because CloudMover's user may
   * only append to it and read it (redis-rights.ts); the user `auditor` trims it to AUDIT_MAX_ENTRIES. No expiry.
   */
  audit: () => 'cloudmover-audit',
  /** Hash: the counts of one period of time (number since 1970), by fact. Expires according to its level. */
  activity: (level: string, bucket: number) => `cloudmover:{insight}:${level}:${bucket}`,
  /** HyperLogLog: the accounts seen in the period, none of which can be read back. Expires with it. */
  activityAccounts: (level: string, bucket: number) => `cloudmover:{insight}:${level}:${bucket}:accounts`,
  /**
   * Sorted sets: requests to Google, and its rate-limit refusals, by credential and kind; the largest 100. Expire with
   * it.
   */
  activityAsked: (level: string, bucket: number) => `cloudmover:{insight}:${level}:${bucket}:asked`,
  activitySlowed: (level: string, bucket: number) => `cloudmover:{insight}:${level}:${bucket}:slowed`,
  /**
   * Sorted set: processes (`role:id`) by their last heartbeat (ms). Those silent for an hour are removed; no expiry.
   */
  processes: () => 'cloudmover:processes',
  /**
   * Hash: id → a machine key or an operator session, encrypted, with a digest of the key. Ended ones are removed, and
   * expired ones when they are listed; no expiry.
   */
  issuedKeys: (kind: KeyKind) => `cloudmover:{issued:${kind}}`,
  /** Hash: id → when it was last used (ms). Fields are removed with those of the other hash. */
  issuedKeyUses: (kind: KeyKind) => `cloudmover:{issued:${kind}}:used`,
  /** Not a key: what such a record is bound to when it is encrypted. */
  issuedKey: (kind: KeyKind, id: string) => `cloudmover:{issued:${kind}}:${id}`,
  /** Sorted set: ids of webhooks by creation (ms). No expiry. */
  webhooks: () => 'cloudmover:webhooks',
  /**
   * Hash: `settings`, encrypted; `enabledAt`, or `disabledAt` and `disabledFor`; `lastSuccessAt` (ms). Kept until the
   * webhook is deleted. Its parts expire 30 days after its last delivery.
   */
  webhook: (id: string) => `cloudmover:webhook:{${id}}`,
  webhookPart: (id: string, part: WebhookPart) => `cloudmover:webhook:{${id}}:${part}`,
  /**
   * Sorted set: the mails that wait, as JSON, by when to check whether the queue still has them (ms). Without addresses;
   * no expiry.
   */
  mails: () => 'cloudmover:mails',
  /** Sorted set: ids of workers by their last heartbeat (ms). Dead ones are removed; no expiry. */
  workers: () => 'cloudmover:workers',
  /** Prefix of the queue's keys, with the hash tag that BullMQ needs on a Cluster. BullMQ prunes them. */
  queuePrefix: '{cloudmover:queue}',
};

/** Patterns, as in an ACL, of all keys above except the audit log: the keys that the user may write freely. */
export const KEY_PATTERNS = ['credentials:*', 'session:*', 'cloudmover:*', `${keys.queuePrefix}:*`] as const;

/** The keys of a transfer besides its main hash. */
export const TRANSFER_PARTS = [
  /** String: the order. */
  'order',
  /** String: its people map, deflated JSON. Only of a transfer that carries sharing over, as all keys of access. */
  'people',
  /** Hash: page → its items as planned (ledger-pages.ts). */
  'pages',
  /** Hash: ordinal → how an item differs from its page: its size, a space, JSON. */
  'amended',
  /** Strings with one byte per item: its state, its attempts, and its outcome (ledger-outcomes.ts). */
  'states',
  'attempts',
  'marks',
  /** String: four bytes per item, big-endian: when its last attempt began, in seconds since 1970; 0: never. */
  'tried',
  /** Hash: ordinal → the part of an item's outcome that its mark does not show. */
  'outcomes',
  /** String: one byte per item; only after an undo. */
  'undone',
  /** String: one byte per item, why Google did not copy it; ends after the last such item. */
  'fallbacks',
  /** String: one byte per item, 1: a retry allowed conversion; ends after the last such item. */
  'conversions',
  /** Hash: page → access of those of its items whose access differs from their folder's (access-pages.ts). */
  'access',
  /** Hash: ordinal → what becomes of the access of its copy: how it counts, a space, JSON. */
  'access-records',
  /** String: one byte per item that has such a record: the outcomes in it; ends after the last such item. */
  'access-outcomes',
  /** Hash: page → rows of the list of who can open the originals and the copies, deflated JSON. */
  'access-table',
  /** Hash: ordinal → the links in its copy: how they count, a space, deflated JSON. Only where links are listed. */
  'links-records',
  /** String: one byte per item that has such a record: the outcomes in it; ends after the last such item. */
  'links-outcomes',
  /** Set: ids that an undo restored. */
  'restored',
  /** Hash: page → the destination ids of its items, written before they are used. */
  'ids',
  /** Hash: ordinal → the id that replaced the one in `ids`; empty: none. */
  'new-ids',
  /**
   * Hashes: ordinal → the destination item that the copy replaces: another item, or the transfer's own earlier copy.
   */
  'replaces',
  'supersedes',
  /** String: one byte per item, the number of its predicted problem. Hash: code → number. */
  'foreseen',
  'problems',
  /** Hash: MIME type → web link of its copies. */
  'links',
  /** Hash: text that several outcomes share → its number. */
  'texts',
  /** Hash: ordinal → bytes relayed so far of a file in progress. */
  'under-way',
  /** Hash: ordinal → URL of an upload in progress, encrypted. */
  'uploads',
  /** Hash: items and bytes by ten-second bucket, for about the last quarter of an hour. */
  'rate',
  /** Hash: source id → its temporary share. */
  'grants',
  /** Stream: the transfer's events; capped. */
  'log',
  /** String: the conclusion as JSON. Deleted when the transfer leaves that end. */
  'conclusion',
] as const;
export type TransferPart = (typeof TRANSFER_PARTS)[number];

/** The keys of a webhook besides its main hash. */
export const WEBHOOK_PARTS = [
  /** Sorted set: ids of deliveries by creation (ms). */
  'deliveries',
  /** Hash: delivery → `w`, if it waits, or `s`, if it is settled, followed by JSON. */
  'records',
  /** Hash: delivery → its message, deflated. */
  'bodies',
  /** Hash: sequence → ids of its waiting deliveries in order, joined by spaces; `#` → number of all that wait. */
  'lanes',
  /** Sorted set: the first waiting delivery of each sequence by when it is due (ms). */
  'due',
] as const;
export type WebhookPart = (typeof WEBHOOK_PARTS)[number];
