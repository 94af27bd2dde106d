/** Whether the store that everything rests on answers. */
export abstract class StoreProbe {
  /** @throws StoreUnavailableError when it does not */
  abstract ping(): Promise<void>;

  /**
   * Checks how the store is set up, before anything relies on it.
   * @returns a line for each thing that is not as it should be, naming the cure and never a secret: with those in
   *   `refusals` nothing may start, those in `remarks` are worth knowing
   */
  abstract examine(): Promise<{ readonly refusals: readonly string[]; readonly remarks: readonly string[] }>;
}
