/**
 * Every Redis key, in one place. `{…}` around an id is literal where several keys of one thing are touched together:
 * Redis Cluster puts keys with the same hash tag on one node.
 */
export const keys = {
  /**
   * A session, encrypted; `id` is base64url(SHA-256(token)), so that a reader of Redis can use no token.
   * Expires with the session (10 minutes until its token was used once).
   */
  session: (id: string) => `credentials:${id}`,
  /** There while a token that was replaced is still good; beside its session. Expires after ten seconds. */
  sessionGrace: (id: string) => `cloudmover:grace:{credentials:${id}}`,
  /** Id of the newest session of a type; authorises nothing. Expires after the session's life. */
  newestSession: (type: string) => `session:${type}`,
  /** Sorted set: ids of all sessions by expiry (ms). Members past it are dropped on each write; expires with the last. */
  sessions: () => 'cloudmover:sessions',
  /** Sorted set: ids of all sessions of a type by expiry (ms); as the one of all. */
  sessionsOf: (type: string) => `cloudmover:sessions:${type}`,
  /** Sorted set: ids of the sessions of one credential, by expiry (ms). Expires with the last one. */
  credentialSessions: (credentialId: string) => `cloudmover:grant:{${credentialId}}:sessions`,
  /** An account's Google credentials, encrypted. Expires a day after the last claim, if nobody withdrew it before. */
  credential: (credentialId: string) => `cloudmover:grant:{${credentialId}}`,
  /** Sorted set: who needs a credential, until when (ms). Expires with the credential. */
  credentialClaims: (credentialId: string) => `cloudmover:grant:{${credentialId}}:claims`,
  /** `asked` or `lent`: why a credential is not to be withdrawn at Google. Expires with the credential. */
  credentialStays: (credentialId: string) => `cloudmover:grant:{${credentialId}}:stays`,
  /** A credential that nobody needs, encrypted as it was, until Google has withdrawn it. Expires after a day. */
  credentialEnding: (credentialId: string) => `cloudmover:grant:{${credentialId}}:ending`,
  /** Sorted set: sessions that let go of a credential, until a claim of theirs is on its way no more (ms). Expires in a minute. */
  credentialLeft: (credentialId: string) => `cloudmover:grant:{${credentialId}}:left`,
  /** Who refreshes a credential now, or `!` and how that failed. Expires with the holder's lease, or a second later. */
  credentialRefresh: (credentialId: string) => `cloudmover:grant:{${credentialId}}:refresh`,
  /** Sorted set: ids of credentials by when to check whether they are claimed (ms). No expiry. */
  credentialsDue: () => 'cloudmover:grants:due',
  /** A sign-in under way; `id` is base64url(SHA-256(state)). Expires after 10 minutes. */
  signIn: (id: string) => `cloudmover:sign-in:${id}`,
  /**
   * Hash: a transfer's state and counters. This key and all its parts expire 30 days after its last change of state; of
   * a preflight that was not started, after an hour.
   */
  transfer: (id: string) => `cloudmover:transfer:{${id}}`,
  transferPart: (id: string, part: TransferPart) => `cloudmover:transfer:{${id}}:${part}`,
  /** What a field of a transfer's uploads is bound to when it is encrypted; no key. */
  upload: (id: string, ordinal: string | number) => `cloudmover:transfer:{${id}}:uploads:${ordinal}`,
  /** Set: ids of the transfers that have not ended, or have shares left to withdraw. No expiry. */
  openTransfers: () => 'cloudmover:transfers:open',
  /** Sorted set: ids of an account's transfers by creation (ms). Expires 60 days after the newest. */
  accountTransfers: (sub: string) => `cloudmover:account:{${sub}}:transfers`,
  /**
   * Sorted set: ids of the transfers, or of the preflights, of which this account is the source and which hold one of its
   * places (account-places.ts). Those that ended leave when all places are taken. Expires 30 days after the newest.
   */
  accountPlaces: (sub: string, kind: 'transfer' | 'preflight') => `cloudmover:account:{${sub}}:places:${kind}`,
  /** String: the number of the turn that is being worked on (turns.port.ts). Expires a day after the last. */
  turnNow: () => 'cloudmover:{turns}:now',
  /** Sorted set: last number given to each flow of work. Flows without work leave; expires a day after the last. */
  turns: () => 'cloudmover:{turns}:last',
  /** Set: ids of the transfers that rely on one temporary share. Expires after 30 days. */
  shareUsers: (itemId: string, sub: string) => `cloudmover:share:{${itemId}:${sub}}`,
  /**
   * What a request with an Idempotency-Key made (its id), with a digest of the request and, encrypted, its result. Expires
   * after 24 hours.
   */
  idempotency: (id: string) => `cloudmover:idempotency:${id}`,
  /**
   * Written, with nothing in it, beside a write to `key` and on the same node, so that there is always something to wait
   * for (see DurableWrites and ReplicatedWrites). Expires after a minute.
   */
  mark: (key: string) => `cloudmover:mark:{${/\{([^}]+)\}/.exec(key)?.[1] ?? key}}`,
  /** Hash: an account's pace, learnt from Google's refusals. Expires an hour after its last request. */
  pace: (account: string) => `cloudmover:pace:{${account}}`,
  /** Hash: hour since 1970 → bytes an account wrote in it, of about the last day. Expires 25 hours after the last. */
  paceBytes: (account: string) => `cloudmover:pace:{${account}}:bytes`,
  /** String: when a client's quota of a limit is whole again (ms). Expires at that moment, within a minute. */
  rateLimit: (limit: string, who: string) => `cloudmover:limit:{${limit}:${who}}`,
  /**
   * List: the audit log, an entry as its id and JSON. Outside of the patterns below, because the product's user may only
   * append to it and read it (redis-rights.ts); the user `auditor` cuts it to AUDIT_MAX_ENTRIES. No expiry.
   */
  audit: () => 'cloudmover-audit',
  /** Hash: what was counted in one stretch of time (number since 1970), by fact. Expires as its level says. */
  activity: (level: string, bucket: number) => `cloudmover:{insight}:${level}:${bucket}`,
  /** HyperLogLog: accounts seen in it, of which none can be read back. Expires with it. */
  activityAccounts: (level: string, bucket: number) => `cloudmover:{insight}:${level}:${bucket}:accounts`,
  /** Sorted sets: requests to Google, and Google's refusals for pace, by credential and kind; the largest 100. Expire with it. */
  activityAsked: (level: string, bucket: number) => `cloudmover:{insight}:${level}:${bucket}:asked`,
  activitySlowed: (level: string, bucket: number) => `cloudmover:{insight}:${level}:${bucket}:slowed`,
  /** Sorted set: processes by their last sign of life (ms), as `role:id`. Those silent for an hour go; no expiry. */
  processes: () => 'cloudmover:processes',
  /** Sorted set: ids of workers by their last sign of life (ms). Those that died leave; no expiry. */
  workers: () => 'cloudmover:workers',
  /** Prefix of the queue's own keys, hash-tagged as BullMQ needs on a Cluster. BullMQ prunes them. */
  queuePrefix: '{cloudmover:queue}',
};

/** What every key above but the audit log begins with, as an ACL writes it: all that the user may write freely. */
export const KEY_PATTERNS = ['credentials:*', 'session:*', 'cloudmover:*', `${keys.queuePrefix}:*`] as const;

/** What a transfer keeps beside its main hash. */
export const TRANSFER_PARTS = [
  /** String: its order. */
  'order',
  /** String: its people map, deflated JSON. Only of a transfer that carries sharing over, as all keys of access. */
  'people',
  /** Hash: page → its items as they were planned (ledger-pages.ts). */
  'pages',
  /** Hash: ordinal → how an item differs from what its page says: its size, a space, JSON. */
  'amended',
  /** Strings: one byte an item, its state, how often it was begun, and what became of it (ledger-outcomes.ts). */
  'states',
  'attempts',
  'marks',
  /** String: four bytes an item, big-endian: when it was last begun, in seconds since 1970; 0: never. */
  'tried',
  /** Hash: ordinal → what its mark does not tell of an item. */
  'outcomes',
  /** String: one byte an item, of an undone transfer only. */
  'undone',
  /** String: one byte an item, why it was not copied inside Google; as long as the last such item asks for. */
  'fallbacks',
  /** String: one byte an item, 1: a retry allowed that it is converted; as long as the last such item asks for. */
  'conversions',
  /** Hash: page → access of those of its items whose access differs from their folder's (access-pages.ts). */
  'access',
  /** Hash: ordinal → what becomes of the access of its copy: how it counts, a space, JSON. */
  'access-records',
  /** String: one byte an item that has such a record: the outcomes in it; as long as the last such item asks for. */
  'access-outcomes',
  /** Hash: page → rows of the list of who can open the originals and the copies, deflated JSON. */
  'access-table',
  /** Set: ids that an undo brought back. */
  'restored',
  /** Hash: page → the ids of its items in the destination, written before they are used. */
  'ids',
  /** Hash: ordinal → the id that took the place of the one in `ids`; empty: none. */
  'new-ids',
  /** Hashes: ordinal → what the copy takes the place of in the destination, of others' and of the transfer's own. */
  'replaces',
  'supersedes',
  /** String: one byte an item, the number of the problem that its plan foresees. Hash: code → number. */
  'foreseen',
  'problems',
  /** Hash: MIME type → web link of its copies. */
  'links',
  /** Hash: text that outcomes share → its number. */
  'texts',
  /** Hash: ordinal → bytes that have passed of a file under way. */
  'under-way',
  /** Hash: ordinal → address of an upload under way, encrypted. */
  'uploads',
  /** Hash: items and bytes by ten-second bucket, of about the last quarter of an hour. */
  'rate',
  /** Hash: id in the source → the temporary share on it. */
  'grants',
  /** Stream: what happened to it as a whole; capped. */
  'log',
  /** String: JSON, what was worked out when it ended. Gone when it leaves that end. */
  'conclusion',
] as const;
export type TransferPart = (typeof TRANSFER_PARTS)[number];
