import { Injectable } from '@nestjs/common';
import { type Side, SIDES } from '../engine/errors.js';
import type { TransferOrder } from '../engine/model/order.js';
import { TERMINAL_STATES } from '../engine/model/states.js';
import type { Ledger } from '../engine/ports/ledger.js';
import { type Claimant, CredentialKeeper } from '../session/credentials.port.js';

/** How long a claim lasts if no worker renews it. */
const CLAIM_MS = 48 * 3600 * 1_000;
/** The same for a preflight, which is kept for an hour. */
const HELD_CLAIM_MS = 2 * 3600 * 1_000;

/**
 * The claims of transfers on the credentials of their two accounts, from their creation to their end; they outlive
 * sessions.
 */
@Injectable()
export class TransferClaims {
  constructor(private readonly credentials: CredentialKeeper) {}

  /**
   * @param isStarted a preflight that was not started needs them for a shorter time
   * @param sides whose credential it needs. Leave out a side that must consent first: the account may have signed in
   *   for another purpose, and its credential must not outlive its last session.
   */
  async hold(order: TransferOrder, isStarted = order.held !== true, sides: readonly Side[] = SIDES): Promise<void> {
    const until = Date.now() + (isStarted ? CLAIM_MS : HELD_CLAIM_MS);
    const credentials = new Set(sides.map((side) => order[side].credentialId));
    await Promise.all([...credentials].map((id) => this.credentials.claim(id, claimOf(order), until)));
  }

  /**
   * Holds the claims of a transfer that has ended, while something is stored that makes it need them again. Claims them
   * before, because the callers may sign out at once, and after it, because the maintenance job may have found the
   * transfer ended and released them meanwhile.
   * @param store false: nothing was stored
   */
  async holdWhile<T>(order: TransferOrder, sides: readonly Side[], store: () => Promise<T>): Promise<T> {
    await this.hold(order, true, sides);
    const result = await store();
    if (result !== false) await this.hold(order, true, sides);
    return result;
  }

  /** Releases the claims of a transfer that has ended, unless its next run or a leftover share needs them. */
  async releaseUnneeded(ledger: Ledger): Promise<void> {
    const { state, schedule } = await ledger.snapshot();
    const isNeeded = schedule?.nextRunAt !== undefined || (await ledger.shares()).length > 0;
    if (TERMINAL_STATES.includes(state) && !isNeeded) await this.release(ledger.order);
  }

  /** Releases the claims of a transfer that has ended or was removed. */
  async release(order: TransferOrder): Promise<void> {
    const { source, destination } = order;
    const credentials = new Set([source.credentialId, destination.credentialId]);
    await Promise.all([...credentials].map((id) => this.credentials.release(id, claimOf(order))));
  }
}

const PREFIX = 'transfer:';
const claimOf = ({ id }: TransferOrder): Claimant => `${PREFIX}${id}`;

/** The id of the transfer or preflight that is the claimant; undefined for other claimants. */
export const transferOf = (claimant: Claimant): string[] =>
  claimant.startsWith(PREFIX) ? [claimant.slice(PREFIX.length)] : [];
