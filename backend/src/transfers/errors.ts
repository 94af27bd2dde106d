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

/** What was asked for is not possible in the transfer's state. */
export class TransferStateError extends CodedError<'transfer_state'> {
  constructor(action: string, state: string) {
    super('transfer_state', `A transfer that is ${state.replaceAll('_', ' ')} cannot be ${action}.`);
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
