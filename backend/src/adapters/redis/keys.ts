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
  /** Id of the newest session of a type; authorises nothing. Expires after the session's life. */
  newestSession: (type: string) => `session:${type}`,
  /** Sorted set: ids of all sessions by expiry (ms). Members past it are dropped on each write; expires with the last. */
  sessions: () => 'cloudmover:sessions',
  /** Sorted set: ids of the sessions of one grant, by expiry (ms). Expires with the last one. */
  grantSessions: (grantId: string) => `cloudmover:grant:{${grantId}}:sessions`,
  /** An account's Google credentials, encrypted. Expires when no session or transfer needs them any more. */
  grant: (grantId: string) => `cloudmover:grant:{${grantId}}`,
  /** A sign-in under way; `id` is base64url(SHA-256(state)). Expires after 10 minutes. */
  signIn: (id: string) => `cloudmover:sign-in:${id}`,
  /**
   * Hash: a transfer's order, state and counters. This key and all others of a transfer expire 30 days after its last
   * change of state.
   */
  transfer: (id: string) => `cloudmover:transfer:{${id}}`,
  /** Hash: ordinal → the planned item. */
  transferItems: (id: string) => `cloudmover:transfer:{${id}}:items`,
  /** String: one byte an item, its state. */
  transferStates: (id: string) => `cloudmover:transfer:{${id}}:states`,
  /** Hash: ordinal → what became of the item. */
  transferOutcomes: (id: string) => `cloudmover:transfer:{${id}}:outcomes`,
  /** Hash: ordinal → id in the destination, written before it is used. */
  transferIds: (id: string) => `cloudmover:transfer:{${id}}:ids`,
  /** Hash: id in the source → ordinal. */
  transferSources: (id: string) => `cloudmover:transfer:{${id}}:sources`,
  /** Hash: ordinal → how often it was begun. */
  transferAttempts: (id: string) => `cloudmover:transfer:{${id}}:attempts`,
  /** Hash: ordinal → bytes that have passed of a file under way. */
  transferUnderWay: (id: string) => `cloudmover:transfer:{${id}}:under-way`,
  /** Hash: items and bytes by ten-second bucket, of about the last two minutes. */
  transferRate: (id: string) => `cloudmover:transfer:{${id}}:rate`,
  /** Hash: id in the source → the temporary share on it. */
  transferGrants: (id: string) => `cloudmover:transfer:{${id}}:grants`,
  /** Set: ids of the transfers that have not ended, or have shares left to withdraw. No expiry. */
  openTransfers: () => 'cloudmover:transfers:open',
  /** Sorted set: ids of an account's transfers by creation (ms). Expires 30 days after the newest. */
  accountTransfers: (sub: string) => `cloudmover:account:{${sub}}:transfers`,
  /** Set: ids of the transfers that rely on one temporary share. Expires after 30 days. */
  shareUsers: (itemId: string, sub: string) => `cloudmover:share:{${itemId}:${sub}}`,
  /** The transfer that an Idempotency-Key made, with a digest of its request. Expires after 24 hours. */
  idempotency: (id: string) => `cloudmover:idempotency:${id}`,
  /** Prefix of the queue's own keys, hash-tagged as BullMQ needs on a Cluster. BullMQ prunes them. */
  queuePrefix: '{cloudmover:queue}',
};
