import { CodedError } from '../engine/errors.js';

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

/** What was asked for is not possible in the transfer's state. */
export class TransferStateError extends CodedError<'transfer_state'> {
  /**
   * @param done what was to be done with it, as a participle
   * @param possible what can be asked for in this state
   */
  constructor(done: string, state: string, possible: readonly string[]) {
    super(
      'transfer_state',
      `A transfer that is ${state.replaceAll('_', ' ')} cannot be ${done}. ` +
        (possible.length > 0 ? `Possible now: ${possible.join(', ')}.` : 'Wait for its next state.'),
    );
  }
}

/** A retry of a transfer in which nothing that was asked for is open, failed or canceled. */
export class NothingToRetryError extends CodedError<'nothing_to_retry'> {
  constructor(codes?: readonly string[]) {
    super(
      'nothing_to_retry',
      codes
        ? `No item of this transfer failed for ${codes.join(', ')}. Its failureGroups name the codes there are.`
        : 'No item of this transfer failed or was canceled.',
    );
  }
}

/** An undo of a transfer whose end is too long ago. */
export class UndoExpiredError extends CodedError<'undo_expired'> {
  constructor(days: number) {
    super('undo_expired', `A transfer can be undone within ${days} days of its end. Remove the copies by hand.`);
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

/** An Idempotency-Key was used again with another request. */
export class IdempotencyConflictError extends CodedError<'idempotency_conflict'> {
  constructor() {
    super('idempotency_conflict', 'This Idempotency-Key belongs to another request. Use a new key for a new transfer.');
  }
}

/** A single file could not be transferred; the code is that of the item. */
export class FileNotTransferredError extends CodedError<'not_transferred'> {
  constructor(transferId: string, reason: string) {
    super('not_transferred', `${reason} The report of transfer ${transferId} has the details.`);
  }
}
