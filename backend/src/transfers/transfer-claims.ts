import { Injectable } from '@nestjs/common';
import { type Side, SIDES } from '../engine/errors.js';
import type { TransferOrder } from '../engine/ports/ledger.js';
import { GrantKeeper } from '../session/grant.port.js';

/** How long a claim holds while no worker renews it. */
const CLAIM_MS = 48 * 3600 * 1_000;
/** Of a preflight, which is kept for an hour. */
const HELD_CLAIM_MS = 2 * 3600 * 1_000;

/** What transfers need the grants of their two accounts for: from their making to their end, longer than any session. */
@Injectable()
export class TransferClaims {
  constructor(private readonly grants: GrantKeeper) {}

  /**
   * @param isStarted a preflight that was not started needs them less long
   * @param sides whose grant it needs. One that has to be confirmed first is not kept for it: the account may have signed
   *   in for another purpose, and leaves with its last session.
   */
  async hold(order: TransferOrder, isStarted = order.held !== true, sides: readonly Side[] = SIDES): Promise<void> {
    const until = Date.now() + (isStarted ? CLAIM_MS : HELD_CLAIM_MS);
    const grants = new Set(sides.map((side) => order[side].grantId));
    await Promise.all([...grants].map((id) => this.grants.claim(id, `transfer:${order.id}`, until)));
  }

  /** It has ended, or was removed. */
  async release(order: TransferOrder): Promise<void> {
    await Promise.all(grantsOf(order).map((id) => this.grants.release(id, `transfer:${order.id}`)));
  }
}

const grantsOf = ({ source, destination }: TransferOrder) => [...new Set([source.grantId, destination.grantId])];
