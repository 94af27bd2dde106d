/** The limit of a day of Google's, and what is used of it. */
export interface UsedUnits {
  readonly limit: number;
  /** Includes what processes have reserved and not used. Above the limit where people browsed after it was reached. */
  readonly used: number;
  /** When the day ends, epoch milliseconds. */
  readonly endsAt: number;
}

/** Reads how much of today's units is used. */
export abstract class UnitsOfToday {
  /** @returns undefined if the installation has no limit @throws StoreUnavailableError */
  abstract read(now?: number): Promise<UsedUnits | undefined>;
}
