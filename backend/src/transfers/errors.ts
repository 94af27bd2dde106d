import { CodedError, type Side } from '../engine/errors.js';

/** No such transfer, or one of other people's: the answer does not tell which. */
export class TransferNotFoundError extends CodedError<'transfer_not_found'> {
  constructor(id: string) {
    super(
      'transfer_not_found',
      `There is no transfer ${id} of this account. Transfers are kept for 30 days after their end.`,
    );
  }
}

/** The plan of the transfer has no item of this number. */
export class ItemNotFoundError extends CodedError<'item_not_found'> {
  constructor(ordinal: number) {
    super('item_not_found', `The transfer has no item ${ordinal}. Its list of items names the ordinal of each.`);
  }
}

/** No such preflight, an expired one, or one of other people's: the answer does not tell which. */
export class PreflightNotFoundError extends CodedError<'preflight_not_found'> {
  constructor(id: string) {
    super(
      'preflight_not_found',
      `There is no preflight ${id} of this account. Preflights are kept for an hour: make a new one.`,
    );
  }
}

/** It was to be started before everything was counted. */
export class PreflightNotReadyError extends CodedError<'preflight_not_ready'> {
  constructor(id: string) {
    super('preflight_not_ready', `Preflight ${id} is still counting. Start it once its state is ready.`);
  }
}

/** It was to be started, and what it found makes that impossible. */
export class PreflightFailedError extends CodedError<'preflight_failed'> {
  constructor(id: string, why: string) {
    super('preflight_failed', `Preflight ${id} cannot be started: ${why}`);
  }
}

/** It was to be started, and one of its checks says that this makes no sense. */
export class PreflightBlockedError extends CodedError<'preflight_blocked'> {
  /** @param blockers what each of these checks found */
  constructor(id: string, blockers: readonly string[]) {
    super(
      'preflight_blocked',
      `Preflight ${id} cannot be started as it was counted: ${blockers.join(' ')} Then count again.`,
    );
  }
}

/** The command is not possible in the transfer's state. */
export class TransferStateError extends CodedError<'transfer_state'> {
  /**
   * @param done what was to be done with it, as a participle
   * @param possible the commands of this state
   */
  constructor(done: string, state: string, possible: readonly string[]) {
    super(
      'transfer_state',
      `A transfer that is ${state.replaceAll('_', ' ')} cannot be ${done}. ` +
        (possible.length > 0 ? `Possible now: ${possible.join(', ')}.` : 'Wait for its next state.'),
    );
  }
}

/** A retry for which the transfer has no open, failed or canceled items. */
export class NothingToRetryError extends CodedError<'nothing_to_retry'> {
  constructor(codes?: readonly string[]) {
    super(
      'nothing_to_retry',
      codes
        ? `No item of this transfer failed, or was skipped, for ${codes.join(', ')}. Its failureGroups and skipGroups name the codes there are.`
        : 'Nothing of this transfer is left that a retry can help. Where a group of failureGroups or skipGroups has retryWith, retry with that option.',
    );
  }
}

/** An undo of a transfer whose end is too long ago. */
export class UndoExpiredError extends CodedError<'undo_expired'> {
  constructor(days: number) {
    super('undo_expired', `A transfer can be undone within ${days} days of its end. Remove the copies by hand.`);
  }
}

/** A rerun of a transfer whose end is too long ago. */
export class RerunExpiredError extends CodedError<'rerun_expired'> {
  constructor(days: number) {
    super(
      'rerun_expired',
      `A transfer can be rerun within ${days} days of its end. Start a new transfer of the same items.`,
    );
  }
}

/** A rerun of a transfer of which an account withdrew its access since, or from which it left after the end. */
export class AccessWithdrawnError extends CodedError<'access_withdrawn'> {
  constructor(side: Side, email: string) {
    super(
      'access_withdrawn',
      `${email} has withdrawn its access to the ${side}, or signed out everywhere, since it agreed to this transfer. It can no longer be rerun: start a new transfer of the same items.`,
      { side },
    );
  }
}

/** A token came for a side, of an account that is not the transfer's. */
export class WrongAccountError extends CodedError<'wrong_account'> {
  constructor(side: Side, email: string) {
    super(
      'wrong_account',
      `This needs the consent of ${email}, the transfer's ${side}, and the ${side} token is another account's. Connect ${email} and send its token in ${TOKEN_HEADERS[side]}.`,
      { side },
    );
  }
}

const TOKEN_HEADERS: Readonly<Record<Side, string>> = {
  source: 'X-Source-Token',
  destination: 'X-Destination-Token',
};

/** Only the other account's token came with a command that needs this one's consent. */
export class ConsentMissingError extends CodedError<'token_missing'> {
  constructor(side: Side, email: string) {
    super(
      'token_missing',
      `This needs the consent of ${email}, the transfer's ${side}: send ${TOKEN_HEADERS[side]} with a token of that account as well.`,
      { side },
    );
  }
}

/** More transfers of one account than may be under way. */
export class TooManyTransfersError extends CodedError<'too_many_transfers'> {
  constructor(email: string, limit: number) {
    super(
      'too_many_transfers',
      `${email} has ${limit} transfers that have not ended, which is the limit here. Wait until one ends, or cancel one.`,
    );
  }
}

/** More preflights of one account than may count at the same time. */
export class TooManyPreflightsError extends CodedError<'too_many_preflights'> {
  constructor(email: string, limit: number) {
    super(
      'too_many_preflights',
      `${limit} preflights of ${email} are counting. Wait until one is ready, or delete one.`,
    );
  }
}

/** A single file could not be transferred; the code is that of the item. */
export class FileNotTransferredError extends CodedError<'not_transferred'> {
  constructor(transferId: string, reason: string) {
    super('not_transferred', `${reason} The report of transfer ${transferId} has the details.`);
  }
}
