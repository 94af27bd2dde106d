/** Checks the store. */
export abstract class StoreProbe {
  /** @throws StoreUnavailableError if it does not respond */
  abstract ping(): Promise<void>;
}
