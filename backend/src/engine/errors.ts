/**
 * A failure the product has a name for. `code` is stable and part of the API: clients branch on it, the problem table
 * (`http/problems.ts`) gives it a status and a title. `message` is for a person: it names the thing and the cure, and
 * never holds a secret.
 */
export abstract class CodedError<Code extends string = string> extends Error {
  /** Which of the two accounts it concerns, where that is known. */
  readonly side?: Side;
  /** Seconds after which a new try makes sense, where Google or a limit said so. */
  readonly retryAfter?: number;

  protected constructor(
    readonly code: Code,
    message: string,
    options: { side?: Side; retryAfter?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = new.target.name;
    if (options.side) this.side = options.side;
    if (options.retryAfter !== undefined) this.retryAfter = options.retryAfter;
  }
}

/** Narrows to CodedError: a bare `instanceof` gives its type parameter as `any`. */
export const isCoded = (error: unknown): error is CodedError => error instanceof CodedError;

/** The account that files come from, or the one they go to. */
export const SIDES = ['source', 'destination'] as const;
export type Side = (typeof SIDES)[number];

/** Google no longer accepts an account's grant: only the person can help, by connecting again. Never retried. */
export class ReconnectNeededError extends CodedError<'reconnect_needed'> {
  /** When Google said so (epoch ms). The transfer is parked later, once what is under way has ended; a new sign-in may come between. */
  readonly at = Date.now();

  constructor(
    readonly credentialId: string,
    options: { side?: Side; cause?: unknown } = {},
  ) {
    super('reconnect_needed', 'Google no longer accepts this sign-in. Connect the account again.', options);
  }
}

/** What a drive can refuse. Each code decides what the engine does next, and what the person reads. */
export type DriveErrorCode =
  /** Missing, in another account and not shared, or not visible yet. */
  | 'not_found'
  /** The owner forbids copying. Downloading may still be allowed. */
  | 'cannot_copy'
  /** The owner forbids downloading. */
  | 'source_permission_denied'
  /** The source may not share this item with the destination. */
  | 'sharing_refused'
  | 'source_flagged'
  | 'source_changed'
  | 'export_too_large'
  | 'destination_read_only'
  | 'destination_storage_full'
  | 'folder_limit'
  /** Too many requests for too long: the retries are spent. */
  | 'rate_limited'
  /** A daily limit. It ends after up to 24 hours. */
  | 'quota_exceeded'
  | 'domain_policy'
  | 'scope_missing'
  /** No usable answer: 5xx, a dropped connection, a time-out; the retries are spent. */
  | 'google_unavailable'
  /** A write of which nobody knows whether it landed. Look before writing again. */
  | 'ambiguous_write'
  /** An item with this pre-generated id exists. */
  | 'id_taken'
  /** A refusal without a name of its own; the message holds Google's reason. */
  | 'google_refused';

/**
 * Why an item is skipped, failed, unverified or carried with loss, or why a transfer failed as a whole. Closed: each code
 * has its sentences in `reasons.ts` and in every language of the portal, or it does not compile.
 */
export type ItemCode =
  | DriveErrorCode
  | Exclude<ItemError['code'], 'stopped'>
  // what the listing and the plan find
  | 'source_incomplete'
  | 'plan_too_large'
  | 'contents_hidden'
  | 'too_large'
  | 'lossy'
  // left out by choice
  | 'already_there'
  | 'identical_there'
  | 'not_newer'
  | 'shortcut_skipped'
  | 'filtered_empty'
  | 'canceled'
  | 'folder_missing'
  // what the comparison finds
  | 'checksum_mismatch'
  | 'type_mismatch'
  | 'copy_missing'
  | 'copy_changed'
  | 'copy_moved'
  | 'no_checksum'
  /** A fault of CloudMover's, or a code that this version does not know. */
  | 'internal';

/** A failure that the engine throws for an item or a transfer: its code is one that has sentences. */
export abstract class EngineError<Code extends ItemCode> extends CodedError<Code> {}

/** A refusal of a drive, already translated from its vendor's words. */
export class DriveError extends EngineError<DriveErrorCode> {
  constructor(code: DriveErrorCode, message: string, options?: { side?: Side; retryAfter?: number; cause?: unknown }) {
    super(code, message, options);
  }
}

/** What stands in the way of one item. */
export class ItemError extends CodedError<
  | 'source_not_found'
  | 'source_permission_denied'
  | 'sharing_refused'
  | 'not_copyable'
  | 'conversion_needed'
  | 'destination_folder_missing'
  | 'shortcut_target_hidden'
  | 'shortcut_dangling'
  | 'stopped'
> {
  constructor(code: ItemError['code'], message: string, cause?: unknown) {
    super(code, message, { cause });
  }
}

export const isNotFound = (error: unknown): boolean => error instanceof DriveError && error.code === 'not_found';

/** For a catch: that something is not there is an answer. */
export function undefinedIfNotFound(error: unknown): undefined {
  if (!isNotFound(error)) throw error;
}
