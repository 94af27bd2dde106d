import { coded, CodedError, type Side } from '../engine/errors.js';
import type { PeopleMapError } from '../engine/sharing/people-map.js';
import type { ParameterError } from '../http/errors.js';

/** The transfer does not exist, or belongs to other accounts; the response does not show which. */
export class TransferNotFoundError extends coded(
  'transfer_not_found',
  (id: string) => `There is no transfer ${id} of this account. Transfers are kept for 30 days after their end.`,
) {}

/** The plan of the transfer has no item with this ordinal. */
export class ItemNotFoundError extends coded(
  'item_not_found',
  (ordinal: number) => `The transfer has no item ${ordinal}. Its list of items states their ordinals.`,
) {}

/** The preflight does not exist, has expired, or belongs to other accounts; the response does not show which. */
export class PreflightNotFoundError extends coded(
  'preflight_not_found',
  (id: string) => `There is no preflight ${id} of this account. Preflights are kept for an hour: create a new one.`,
) {}

/** A client tried to start the preflight while it was still counting. */
export class PreflightNotReadyError extends coded(
  'preflight_not_ready',
  (id: string) => `Preflight ${id} is still counting. Start it once its state is ready.`,
) {}

/** A client tried to start a preflight that has failed. */
export class PreflightFailedError extends coded(
  'preflight_failed',
  (id: string, why: string) => `Preflight ${id} cannot be started: ${why}`,
) {}

/** A client tried to start a preflight with failed blocking checks. `blockers`: what each of them found. */
export class PreflightBlockedError extends coded(
  'preflight_blocked',
  (id: string, blockers: readonly string[]) =>
    `Preflight ${id} cannot be started: ${blockers.join(' ')} Then count again.`,
) {}

/**
 * The command is not possible in the transfer's state. `done`: the command as a participle; `possible`: the commands of
 * this state.
 */
export class TransferStateError extends coded(
  'transfer_state',
  (done: string, state: string, possible: readonly string[]) =>
    `A transfer that is ${state.replaceAll('_', ' ')} cannot be ${done}. ` +
    (possible.length > 0 ? `Possible now: ${possible.join(', ')}.` : 'Wait for its next state.'),
) {}

/** A retry that would include no item. */
export class NothingToRetryError extends coded('nothing_to_retry', (codes?: readonly string[]) =>
  codes
    ? `No item of this transfer failed, or was skipped, for ${codes.join(', ')}. Its failureGroups and skipGroups list the codes.`
    : 'This transfer has no items that a plain retry can fix. If a group in failureGroups or skipGroups has retryWith, retry with that option.',
) {}

/** The end of the transfer is too long ago for an undo. */
export class UndoExpiredError extends coded(
  'undo_expired',
  (days: number) => `A transfer can be undone within ${days} days of its end. Delete the copies manually.`,
) {}

/** The end of the transfer is too long ago for a rerun. */
export class RerunExpiredError extends coded(
  'rerun_expired',
  (days: number) => `A transfer can be rerun within ${days} days of its end. Start a new transfer of the same items.`,
) {}

/** The transfer has no schedule. */
export class ScheduleNotFoundError extends coded(
  'schedule_not_found',
  (id: string) => `Transfer ${id} has no schedule. Set one with PUT.`,
) {}

/** A schedule of runs for a move. */
export class ScheduleRefusedError extends coded(
  'schedule_refused',
  'A move trashes originals, which needs a recent sign-in each time, so it cannot be kept in sync by a schedule. Copy instead, or rerun it yourself.',
) {}

/** A rerun that cannot carry access over for what the transfer has copied; see `carryAccessBlocker`. */
export class CarryAccessRefusedError extends coded(
  'carry_access_refused',
  (why: keyof typeof CARRY_ACCESS_BLOCKERS) => CARRY_ACCESS_BLOCKERS[why],
) {}

const CARRY_ACCESS_BLOCKERS = {
  carried:
    'This transfer carries sharing over already, and its options stay as they are: leave out `sharing`, and the rerun carries over what has changed.',
  moved:
    'The originals of a move are in the trash of the source, so who can open them is no longer known. Share the copies manually.',
  followed:
    'Shortcuts were followed: everyone who can open the folder of a shortcut could open what it pointed at. Start a new transfer with `shortcuts` set to rebuild or skip.',
} as const;

/**
 * An account has withdrawn its access since it agreed to the transfer, or signed out everywhere after the end, so a
 * rerun is refused.
 */
export class AccessWithdrawnError extends coded('access_withdrawn', (side: Side, email: string) => ({
  message: `${email} has withdrawn its access to the ${side}, or signed out everywhere, since it agreed to this transfer. It can no longer be rerun: start a new transfer of the same items.`,
  side,
})) {}

/** The token for a side belongs to an account that is not the transfer's. */
export class WrongAccountError extends coded('wrong_account', (side: Side, email: string) => ({
  message: `This needs the consent of ${email}, the transfer's ${side}, but the ${side} token belongs to another account. Connect ${email} and send its token in ${TOKEN_HEADERS[side]}.`,
  side,
})) {}

const TOKEN_HEADERS: Readonly<Record<Side, string>> = {
  source: 'X-Source-Token',
  destination: 'X-Destination-Token',
};

/** The command needs the consent of an account whose token was not sent. */
export class ConsentMissingError extends coded('token_missing', (side: Side, email: string) => ({
  message: `This needs the consent of ${email}, the transfer's ${side}: also send ${TOKEN_HEADERS[side]} with a token of that account.`,
  side,
})) {}

/** The transfer should send mails, but this installation sends none. */
export class MailOffError extends coded(
  'mail_off',
  'This server sends no e-mails, because SMTP_URL is not set. Leave out `notify`, or ask the operator.',
) {}

/** The account has the maximum of open transfers. */
export class TooManyTransfersError extends coded(
  'too_many_transfers',
  (email: string, limit: number) =>
    `${email} has ${limit} transfers that have not ended, which is the limit here. Wait until one ends, or cancel one.`,
) {}

/** The account has the maximum of preflights that are counting. */
export class TooManyPreflightsError extends coded(
  'too_many_preflights',
  (email: string, limit: number) =>
    `${limit} preflights of ${email} are counting. Wait until one is ready, or delete one.`,
) {}

/** Wrong lines that a refusal of a people map names. `POST /api/people-map` lists all. */
const MAX_LINES_NAMED = 100;

/** Lines of the people map are not valid, or there are too many. */
export class PeopleMapInvalidError extends CodedError<'people_map_invalid'> {
  /** The first wrong lines. */
  readonly errors: readonly ParameterError[];

  /** @param read lines of the map */
  constructor(read: number, errors: readonly PeopleMapError[]) {
    const { line, code, detail } = errors[0]!;
    super(
      'people_map_invalid',
      code === 'too_many_lines'
        ? detail
        : `${errors.length} of ${read} lines of the people map are not valid. Line ${line}: ${detail}`,
    );
    this.errors = errors
      .slice(0, MAX_LINES_NAMED)
      .map((each) => ({ parameter: 'sharing.people', detail: `line ${each.line}: ${each.detail}` }));
  }
}

/** A single file could not be transferred; the code is that of the item. */
export class FileNotTransferredError extends coded(
  'not_transferred',
  (transferId: string, reason: string) => `${reason} The report of transfer ${transferId} has the details.`,
) {}
