import { type GoogleDay, googleDayAt } from '../engine/model/google-day.js';
import { UnitsOfToday, type UsedUnits } from '../engine/ports/units-of-today.js';

/** Units that a process reserves at once, so that few requests need a round trip to the store. */
const [MIN_BLOCK, MAX_BLOCK] = [200, 10_000];

/** The units that all processes have reserved, by Google's day. Methods reject while the store cannot be reached. */
export abstract class DailyUnitStore {
  /**
   * Reserves units of a day; a negative number returns them.
   * @param limit the sum of all reservations that they must not exceed; undefined: none
   * @returns how many were reserved: fewer than `units` if the limit does not allow more
   */
  abstract reserve(date: string, units: number, limit: number | undefined): Promise<number>;
  /** The units that are reserved of a day. */
  abstract usedOn(date: string): Promise<number>;
}

/** What the store has of today. */
export class StoredUnitsOfToday extends UnitsOfToday {
  constructor(
    private readonly store: DailyUnitStore,
    private readonly limit: number | undefined,
  ) {
    super();
  }

  override async read(now = Date.now()): Promise<UsedUnits | undefined> {
    if (this.limit === undefined) return undefined;
    const { date, ends } = googleDayAt(now);
    return { limit: this.limit, used: await this.store.usedOn(date), endsAt: ends };
  }
}

/** `day`: the date of Google's day that the units are from; `waitMs`: it has no more, and ends so much later. */
export type Taken = { readonly day: string } | { readonly waitMs: number };

/**
 * Limits what the requests of all processes together use in a day of Google's. The limit is never exceeded by requests
 * that obey it. Each process reserves a block of up to MAX_BLOCK units; those of a process that is killed count as used.
 */
export class DailyUnits {
  private readonly block: number;
  private day: GoogleDay = { date: '', ends: -Infinity };
  private left = 0;
  /** Resolves to whether the day has no more than what was reserved. */
  private reserving: Promise<boolean> | undefined;

  constructor(
    private readonly store: DailyUnitStore,
    private readonly limit: number,
    private readonly now: () => number = Date.now,
  ) {
    this.block = Math.min(MAX_BLOCK, Math.max(MIN_BLOCK, Math.floor(limit / 1_000)));
  }

  /**
   * Takes the units of a request that is about to be sent.
   * @returns `day` if it may be sent
   */
  async take(units: number): Promise<Taken> {
    while (units > 0) {
      const day = this.today();
      if (this.left >= units) break;
      this.reserving ??= this.reserve(Math.max(this.block, units)).finally(() => (this.reserving = undefined));
      const isSpent = await this.reserving;
      if (isSpent && this.day === day && this.left < units) return { waitMs: Math.max(0, day.ends - this.now()) };
    }
    this.left -= units;
    return { day: this.day.date };
  }

  /** Counts a request that may exceed the limit. @returns the date of Google's day */
  async count(units: number): Promise<string> {
    const { date } = this.today();
    if (units > 0) await this.store.reserve(date, units, undefined);
    return date;
  }

  /**
   * Returns the units of a request that Google did not count.
   * @param day from which they are: once it is over, nobody can use them any more
   */
  giveBack(units: number, day: string): void {
    if (this.day.date === day) this.left += units;
  }

  /** Returns what was reserved and not used. */
  async close(): Promise<void> {
    const { day, left } = this;
    this.left = 0;
    if (left > 0) await this.store.reserve(day.date, -left, undefined);
  }

  private today(): GoogleDay {
    const now = this.now();
    if (now >= this.day.ends) [this.day, this.left] = [googleDayAt(now), 0];
    return this.day;
  }

  private async reserve(units: number): Promise<boolean> {
    const { day } = this;
    const reserved = await this.store.reserve(day.date, units, this.limit);
    if (this.day === day) this.left += reserved;
    return reserved < units;
  }
}
