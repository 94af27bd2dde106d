/** Numbers of encrypted records. */
export interface Reencryption {
  /** Lay under an older key of the ring, and lie under the first one now. */
  readonly renewed: number;
  /** Lay under the first key already. */
  readonly current: number;
  /** Encrypted with a key that is not in the ring: their accounts have to connect again. */
  readonly unreadable: number;
}

/** Moves what is encrypted from one key to another. */
export abstract class KeyRotation {
  /**
   * Encrypts every record that outlives a few minutes again, under the first key of the ring. May be run again, several
   * times at once, and beside running instances.
   * @throws StoreUnavailableError when the store cannot be reached; what is done until then stays done
   */
  abstract reencrypt(): Promise<Reencryption>;
}
