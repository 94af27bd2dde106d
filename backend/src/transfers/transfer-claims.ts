import { Injectable } from '@nestjs/common';
import { type Side, SIDES } from '../engine/errors.js';
import type { TransferOrder } from '../engine/model/order.js';
import { type Claimant, CredentialKeeper } from '../session/credentials.port.js';

/** How long a claim holds while no worker renews it. */
const CLAIM_MS = 48 * 3600 * 1_000;
/** Of a preflight, which is kept for an hour. */
const HELD_CLAIM_MS = 2 * 3600 * 1_000;

/** What transfers need the credentials of their two accounts for: from their making to their end, longer than any session. */
@Injectable()
export class TransferClaims {
  constructor(private readonly credentials: CredentialKeeper) {}

  /**
   * @param isStarted a preflight that was not started needs them less long
   * @param sides whose credential it needs. One that has to be confirmed first is not kept for it: the account may have signed
   *   in for another purpose, and leaves with its last session.
   */
  async hold(order: TransferOrder, isStarted = order.held !== true, sides: readonly Side[] = SIDES): Promise<void> {
    const until = Date.now() + (isStarted ? CLAIM_MS : HELD_CLAIM_MS);
    const credentials = new Set(sides.map((side) => order[side].credentialId));
    await Promise.all([...credentials].map((id) => this.credentials.claim(id, claimOf(order), until)));
  }

  /** It has ended, or was removed. */
  async release(order: TransferOrder): Promise<void> {
    const { source, destination } = order;
    const credentials = new Set([source.credentialId, destination.credentialId]);
    await Promise.all([...credentials].map((id) => this.credentials.release(id, claimOf(order))));
  }
}

const PREFIX = 'transfer:';
const claimOf = ({ id }: TransferOrder): Claimant => `${PREFIX}${id}`;

/** The id of the transfer or preflight that claims a credential; none for other claimants. */
export const transferOf = (claimant: Claimant): string[] =>
  claimant.startsWith(PREFIX) ? [claimant.slice(PREFIX.length)] : [];
