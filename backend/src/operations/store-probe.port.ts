/** Whether the store that everything rests on answers. */
export abstract class StoreProbe {
  /** @throws StoreUnavailableError when it does not */
  abstract ping(): Promise<void>;
}
