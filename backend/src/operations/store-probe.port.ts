/** Checks the store. */
export abstract class StoreProbe {
  /** @throws StoreUnavailableError if it does not respond */
  abstract ping(): Promise<void>;

  /**
   * Checks the store's configuration at the start.
   * @returns a line for each problem with its fix, never a secret; `refusals` prevent the start, `remarks` are worth
   *   knowing
   */
  abstract examine(): Promise<{ readonly refusals: readonly string[]; readonly remarks: readonly string[] }>;
}
