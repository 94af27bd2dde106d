import { CodedError, DriveError, isCoded, type ItemCode, ItemError } from './errors.js';
import { itemCodeOf } from './model/reasons.js';
import type { Outcome } from './ports/ledger.js';

/** Errors that concern an account or the ledger, not the item: the item waits. */
const ACCOUNT_CODES: ReadonlySet<string> = new Set([
  'reconnect_needed',
  'quota_exceeded',
  'rate_limited',
  'service_unavailable',
  'destination_storage_full',
]);
/** Refusals that mean: this account may not see that. */
const HIDDEN_CODES: ReadonlySet<string> = new Set(['not_found', 'google_refused', 'source_permission_denied']);
const HIDDEN_LIST_CODES: ReadonlySet<string> = new Set([...HIDDEN_CODES, 'source_incomplete']);
/** Errors that leave open whether a write arrived. */
const UNCLEAR_CODES: ReadonlySet<string | undefined> = new Set(['google_unavailable', 'ambiguous_write', 'internal']);
/** Errors that a changed original can cause. */
const CHANGED_CODES: ReadonlySet<string> = new Set(['source_changed', 'google_unavailable', 'google_refused']);

/** The transfer no longer runs, so the work in progress ends without an outcome. */
export const stopped = (): ItemError => new ItemError('stopped', 'The transfer was stopped.');

/** Whether an error stops all items alike: each of them waits, and none has failed. */
export const isAccountWide = (error: unknown): boolean =>
  isCoded(error) && (ACCOUNT_CODES.has(error.code) || error.code === 'stopped');

/** Google is out of reach: a later attempt can succeed. */
export const isUnavailable = (error: unknown): boolean => isCoded(error) && error.code === 'google_unavailable';

/** Whether a drive refused a request because the account may not see the item. */
export const isHidden = (error: unknown): error is DriveError =>
  error instanceof DriveError && HIDDEN_CODES.has(error.code);

/** The same of a list, which may also be incomplete. */
export const isHiddenList = (error: unknown): boolean => isCoded(error) && HIDDEN_LIST_CODES.has(error.code);

/** Whether the write may have arrived although the item failed for this reason. */
export const mayHaveArrived = (code: ItemCode | undefined): boolean => UNCLEAR_CODES.has(code);

/** Whether an error can mean that the original is no longer what was listed. */
export const isPerhapsChanged = (error: unknown): boolean => isCoded(error) && CHANGED_CODES.has(error.code);

/**
 * For a catch around the work on one item.
 * @returns the error, where it concerns this item alone
 * @throws the error, where it is the signal's, concerns an account, or is a fault of ours
 */
export function itemErrorOrThrow(error: unknown, signal: AbortSignal): CodedError {
  if (signal.aborted || isAccountWide(error) || !isCoded(error)) throw error;
  return error;
}

/** The same for work that a later run can repeat: it also throws where Google is out of reach. */
export function finalErrorOrThrow(error: unknown, signal: AbortSignal): CodedError {
  if (isUnavailable(error)) throw error;
  return itemErrorOrThrow(error, signal);
}

/** A failure as an item's outcome. A fault of ours is reported as one. */
export function failureOf(error: unknown): Outcome & { code: ItemCode; reason: string } {
  if (isCoded(error)) return { code: itemCodeOf(error.code), reason: error.message };
  const fault = error instanceof Error ? error.message : String(error);
  return { code: 'internal', reason: `CloudMover had a problem with this item (${fault.slice(0, 120)}). Retry it.` };
}

/** Whether an error may pass by itself, so that the same bytes are sent or read again. A refusal is an answer. */
export function isTransient(error: unknown): boolean {
  if (error instanceof CodedError)
    return error.code === 'google_unavailable' || error.code === 'rate_limited' || error.code === 'ambiguous_write';
  // Failures of a socket or a stream carry a system code; a fault of ours does not.
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' && /^(UND_ERR_|HPE_|ERR_STREAM_|ERR_SSL_|E[A-Z]+$)/.test(code);
}
