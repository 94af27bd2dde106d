import { type CodedError, DriveError, isCoded, type ItemCode, StoppedError } from './errors.js';
import { explain, itemCodeOf, reasonIfKnown, reasonOf } from './model/reasons.js';
import type { Outcome } from './model/items.js';

export const stopped = (): StoppedError => new StoppedError();

/** Codes of errors that concern no single item and stop all items. */
const INTERRUPTIONS: ReadonlySet<string> = new Set(['reconnect_needed', 'service_unavailable', 'stopped']);

/** Whether an error stops all items: they wait, and none has failed. */
export const isAccountWide = (error: unknown): boolean =>
  isCoded(error) && (INTERRUPTIONS.has(error.code) || reasonIfKnown(error.code)?.scope === 'account');

/** Google is unreachable; a later attempt can succeed. */
export const isUnavailable = (error: unknown): boolean => isCoded(error) && error.code === 'google_unavailable';

/** Whether a drive refused a request because the account may not see the item. */
export const isHidden = (error: unknown): error is DriveError =>
  error instanceof DriveError && reasonOf(error.code).is.includes('hidden');

/** For a `catch`: returns undefined for what the account may not see, and rethrows other errors. */
export function undefinedIfHidden(error: unknown): undefined {
  if (!isHidden(error)) throw error;
}

/** Whether the source may not share an item. */
export const isUnshareable = (error: unknown): boolean =>
  error instanceof DriveError && reasonOf(error.code).is.includes('unshareable');

/** Whether an error can mean that the original has changed since it was listed. */
export const isPerhapsChanged = (error: unknown): boolean =>
  isCoded(error) && reasonIfKnown(error.code)?.is.includes('perhapsChanged') === true;

/**
 * For a `catch` around the work on one item.
 * @returns the error, if it concerns this item alone
 * @throws the error, if it is the signal's reason, concerns an account, or is a bug
 */
export function itemErrorOrThrow(error: unknown, signal: AbortSignal): CodedError {
  if (signal.aborted || isAccountWide(error) || !isCoded(error)) throw error;
  return error;
}

/** The same for work that a later run can repeat: it also throws if Google is unreachable. */
export function finalErrorOrThrow(error: unknown, signal: AbortSignal): CodedError {
  if (isUnavailable(error)) throw error;
  return itemErrorOrThrow(error, signal);
}

/** For a write to one item. @returns the error if Google did not answer it @throws other errors */
export function unansweredOf(write: Promise<unknown>): Promise<CodedError | undefined> {
  return write.then(
    () => undefined,
    (error: unknown) => {
      if (!isUnavailable(error)) throw error;
      return error as CodedError;
    },
  );
}

/** Converts a failure to an item's outcome. A bug becomes `internal`. */
export function failureOf(error: unknown): Outcome & { code: ItemCode; reason: string } {
  if (isCoded(error)) return { code: itemCodeOf(error.code), reason: error.message };
  const fault = error instanceof Error ? error.message : String(error);
  return explain('internal', `(${fault.slice(0, 120)})`);
}

/**
 * Whether an error may be temporary, so that sending or reading the same bytes again makes sense. A refusal is final.
 */
export function isTransient(error: unknown): boolean {
  if (isCoded(error)) return reasonIfKnown(error.code)?.is.includes('transient') === true;
  // Errors of sockets and streams have a system code; bugs do not.
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' && /^(UND_ERR_|HPE_|ERR_STREAM_|ERR_SSL_|E[A-Z]+$)/.test(code);
}
