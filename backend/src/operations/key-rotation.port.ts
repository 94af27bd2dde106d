/** Numbers of encrypted records. */
export interface Reencryption {
  /** Encrypted again with the first key of the ring. */
  readonly renewed: number;
  /** Already encrypted with the first key. */
  readonly current: number;
  /** Encrypted with a key that is not in the ring; their accounts must connect again. */
  readonly unreadable: number;
}

/** Re-encrypts all records. */
export abstract class KeyRotation {
  /**
   * Encrypts every record with the first key of the ring, except sign-ins in progress and the results that are kept for
   * `Idempotency-Key`, which expire after ten minutes and a day. May be repeated, run several times at once, and while
   * instances run.
   * @throws StoreUnavailableError if the store cannot be reached; records that were re-encrypted before stay so
   */
  abstract reencrypt(): Promise<Reencryption>;
}
