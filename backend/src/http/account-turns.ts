import { Injectable } from '@nestjs/common';
import { TooManyRequestsError } from './errors.js';

/** Units that one account may have in progress in a process; expensive requests count as more (`unitsFor`). */
const UNDER_WAY = 16;
/** Maximum number of requests of an account that wait. */
const MAX_WAITING = 128;
/** How long a request waits before it is refused (ms). */
const PATIENCE_MS = 10_000;
/** Weight of a request (`@Weighs`) that takes one unit. */
const WEIGHT_A_UNIT = 4;

/** Property of a request with the function that releases its turn. */
export const TURN = Symbol('releases the turn of a request');

/** Releases the turn of a request early, because it has done its work and only waits. */
export const endTurn = (request: object): void => (request as { [TURN]?: () => void })[TURN]?.();

interface Waiting {
  readonly units: number;
  readonly start: () => void;
}

interface Account {
  underWay: number;
  /** In order of arrival. */
  readonly waiting: Set<Waiting>;
}

/** The units that a request of this weight takes. */
export const unitsFor = (weight: number): number => Math.min(UNDER_WAY, Math.max(1, Math.ceil(weight / WEIGHT_A_UNIT)));

/**
 * Limits the work that each account has in progress in this process; further requests wait in order. So a request of
 * another account waits for few of them instead of hundreds. Not shared between processes, because it protects the
 * process.
 */
@Injectable()
export class AccountTurns {
  private readonly accounts = new Map<string, Account>();

  /**
   * Waits for a turn.
   * @param units see `unitsFor`
   * @returns a function that releases the turn; call it when the work has ended
   * @throws TooManyRequestsError if too many requests wait already, or this one has waited too long
   */
  async take(account: string, units: number): Promise<() => void> {
    const state = this.accounts.get(account) ?? { underWay: 0, waiting: new Set() };
    this.accounts.set(account, state);
    const fits = state.waiting.size === 0 && state.underWay + units <= UNDER_WAY;
    if (fits) state.underWay += units;
    else await this.wait(state, units);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      state.underWay -= units;
      this.startNext(state);
      if (state.underWay === 0 && state.waiting.size === 0) this.accounts.delete(account);
    };
  }

  private wait(state: Account, units: number): Promise<void> {
    if (state.waiting.size >= MAX_WAITING) throw new TooManyRequestsError('under-way', 1);
    return new Promise((started, refused) => {
      const waiting = {
        units,
        start: () => {
          clearTimeout(timer);
          started();
        },
      };
      const timer = setTimeout(() => {
        state.waiting.delete(waiting);
        refused(new TooManyRequestsError('under-way', 1));
        this.startNext(state);
      }, PATIENCE_MS);
      timer.unref(); // the waiting request keeps the process alive
      state.waiting.add(waiting);
    });
  }

  private startNext(state: Account): void {
    for (const waiting of state.waiting) {
      if (state.underWay + waiting.units > UNDER_WAY) return;
      state.waiting.delete(waiting);
      state.underWay += waiting.units;
      waiting.start();
    }
  }
}
