import { computed, inject, Service } from '@angular/core';
import { SessionStore } from './sessions';
import { Side, SIDES } from './side';
import { Transfer, TransferUpdates } from './transfer-updates';

/** The actions that need certain accounts. */
export type ConsentAction = keyof Transfer['consents'];

/** An account of a transfer whose sign-in is missing in this browser. */
export interface MissingAccount {
  readonly side: Side;
  readonly email: string;
}

/** Compares the consents that transfers need with the accounts signed in here, to predict what the server will allow. */
@Service()
export class Consents {
  private readonly sessions = inject(SessionStore);
  private readonly updates = inject(TransferUpdates);

  /** The transfers that wait for a person who has signed in here again. */
  readonly waiting = computed(() => this.updates.transfers().filter((each) => this.waitsForYou(each)));

  /** The accounts that an action needs and that are not signed in here. A schedule always needs both. */
  missing(transfer: Transfer, action: ConsentAction | 'schedule'): MissingAccount[] {
    // An account that is still being checked is not missing.
    if (SIDES.some((side) => ['checking', 'unknown'].includes(this.sessions.status(side).state))) return [];
    const needed = action === 'schedule' ? SIDES : (transfer.consents[action] ?? []);
    const missing = needed.filter((side) => !this.isConnected(transfer[side].email));
    if (action === 'resume' && missing.length < needed.length) return [];
    return missing.map((side) => ({ side, email: transfer[side].email }));
  }

  /**
   * Whether the account that the transfer waits for has signed in here since the wait began. Another account of it that
   * withdrew its access as well does not help: the transfer would wait again at once.
   */
  waitsForYou({ state, parked, consents }: Transfer): boolean {
    if (state !== 'needs_reconnect' || !parked || !consents.resume?.includes(parked.side)) return false;
    return this.isConnected(parked.account, Date.parse(parked.since));
  }

  /** @param since only a sign-in after this moment (epoch milliseconds) */
  isConnected(email: string, since = -Infinity): boolean {
    return SIDES.some((side) => {
      const status = this.sessions.status(side);
      return status.state === 'connected' && status.account.email === email && !(status.connectedAt <= since);
    });
  }
}
