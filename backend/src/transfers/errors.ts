import { coded, type Side } from '../engine/errors.js';

/** No such transfer, or one of other people's: the answer does not tell which. */
export class TransferNotFoundError extends coded(
  'transfer_not_found',
  (id: string) => `There is no transfer ${id} of this account. Transfers are kept for 30 days after their end.`,
) {}

/** The plan of the transfer has no item of this number. */
export class ItemNotFoundError extends coded(
  'item_not_found',
  (ordinal: number) => `The transfer has no item ${ordinal}. Its list of items names the ordinal of each.`,
) {}

/** No such preflight, an expired one, or one of other people's: the answer does not tell which. */
export class PreflightNotFoundError extends coded(
  'preflight_not_found',
  (id: string) => `There is no preflight ${id} of this account. Preflights are kept for an hour: make a new one.`,
) {}

/** It was to be started before everything was counted. */
export class PreflightNotReadyError extends coded(
  'preflight_not_ready',
  (id: string) => `Preflight ${id} is still counting. Start it once its state is ready.`,
) {}

/** It was to be started, and what it found makes that impossible. */
export class PreflightFailedError extends coded(
  'preflight_failed',
  (id: string, why: string) => `Preflight ${id} cannot be started: ${why}`,
) {}

/**
 * It was to be started, and one of its checks says that this makes no sense.
 * `blockers`: what each of these checks found.
 */
export class PreflightBlockedError extends coded(
  'preflight_blocked',
  (id: string, blockers: readonly string[]) =>
    `Preflight ${id} cannot be started as it was counted: ${blockers.join(' ')} Then count again.`,
) {}

/**
 * The command is not possible in the transfer's state.
 * `done`: what was to be done with it, as a participle; `possible`: the commands of this state.
 */
export class TransferStateError extends coded(
  'transfer_state',
  (done: string, state: string, possible: readonly string[]) =>
    `A transfer that is ${state.replaceAll('_', ' ')} cannot be ${done}. ` +
    (possible.length > 0 ? `Possible now: ${possible.join(', ')}.` : 'Wait for its next state.'),
) {}

/** A retry for which the transfer has no open, failed or canceled items. */
export class NothingToRetryError extends coded('nothing_to_retry', (codes?: readonly string[]) =>
  codes
    ? `No item of this transfer failed, or was skipped, for ${codes.join(', ')}. Its failureGroups and skipGroups name the codes there are.`
    : 'Nothing of this transfer is left that a retry can help. Where a group of failureGroups or skipGroups has retryWith, retry with that option.',
) {}

/** An undo of a transfer whose end is too long ago. */
export class UndoExpiredError extends coded(
  'undo_expired',
  (days: number) => `A transfer can be undone within ${days} days of its end. Delete the copies manually.`,
) {}

/** A rerun of a transfer whose end is too long ago. */
export class RerunExpiredError extends coded(
  'rerun_expired',
  (days: number) => `A transfer can be rerun within ${days} days of its end. Start a new transfer of the same items.`,
) {}

/** A rerun of a transfer of which an account withdrew its access since, or from which it left after the end. */
export class AccessWithdrawnError extends coded('access_withdrawn', (side: Side, email: string) => ({
  message: `${email} has withdrawn its access to the ${side}, or signed out everywhere, since it agreed to this transfer. It can no longer be rerun: start a new transfer of the same items.`,
  side,
})) {}

/** A token came for a side, of an account that is not the transfer's. */
export class WrongAccountError extends coded('wrong_account', (side: Side, email: string) => ({
  message: `This needs the consent of ${email}, the transfer's ${side}, and the ${side} token is another account's. Connect ${email} and send its token in ${TOKEN_HEADERS[side]}.`,
  side,
})) {}

const TOKEN_HEADERS: Readonly<Record<Side, string>> = {
  source: 'X-Source-Token',
  destination: 'X-Destination-Token',
};

/** Only the other account's token came with a command that needs this one's consent. */
export class ConsentMissingError extends coded('token_missing', (side: Side, email: string) => ({
  message: `This needs the consent of ${email}, the transfer's ${side}: send ${TOKEN_HEADERS[side]} with a token of that account as well.`,
  side,
})) {}

/** More transfers of one account than may be under way. */
export class TooManyTransfersError extends coded(
  'too_many_transfers',
  (email: string, limit: number) =>
    `${email} has ${limit} transfers that have not ended, which is the limit here. Wait until one ends, or cancel one.`,
) {}

/** More preflights of one account than may count at the same time. */
export class TooManyPreflightsError extends coded(
  'too_many_preflights',
  (email: string, limit: number) =>
    `${limit} preflights of ${email} are counting. Wait until one is ready, or delete one.`,
) {}

/** A single file could not be transferred; the code is that of the item. */
export class FileNotTransferredError extends coded(
  'not_transferred',
  (transferId: string, reason: string) => `${reason} The report of transfer ${transferId} has the details.`,
) {}
