import { explain, type ItemCode } from './model/reasons.js';
import type { LinkCode } from './model/links.js';
import type { AccessCode } from './model/sharing.js';

export type { ItemCode };

/**
 * A failure with a stable `code`, which is part of the API: clients branch on it, and `http/problems.ts` gives it a
 * status and a title. `message` is for people: it names the problem and the fix, and never contains a secret.
 */
export abstract class CodedError<Code extends string = string> extends Error {
  /** The account that it concerns, if known. */
  readonly side?: Side;
  /** Seconds to wait before a retry, if Google or a limit stated them. */
  readonly retryAfter?: number;

  protected constructor(
    readonly code: Code,
    message: string,
    options: CodedOptions = {},
  ) {
    super(message, { cause: options.cause });
    this.name = new.target.name;
    if (options.side) this.side = options.side;
    if (options.retryAfter !== undefined) this.retryAfter = options.retryAfter;
  }
}

interface CodedOptions {
  readonly side?: Side | undefined;
  /** Seconds. */
  readonly retryAfter?: number | undefined;
  readonly cause?: unknown;
}

/**
 * Creates the error class of a code: `class ItemNotFoundError extends coded('item_not_found', …) {}`.
 * @param description the message, the message with options, or a function that returns either from the constructor's
 *   arguments
 */
export function coded<const Code extends string, Arguments extends unknown[] = []>(
  code: Code,
  description: Description | ((...args: Arguments) => Description),
) {
  return class extends CodedError<Code> {
    constructor(...args: Arguments) {
      const described = typeof description === 'function' ? description(...args) : description;
      const { message, ...options } = typeof described === 'string' ? { message: described } : described;
      super(code, message, options);
    }
  };
}

type Description = string | (CodedOptions & { readonly message: string });

/** Narrows to CodedError; `instanceof` alone would leave its type parameter `any`. */
export const isCoded = (error: unknown): error is CodedError => error instanceof CodedError;

/** The account that items come from, and the one that they go to. */
export const SIDES = ['source', 'destination'] as const;
export type Side = (typeof SIDES)[number];

/** What is used up: what an account may share, or the quota units of the installation for Google's day. */
export type Limit = 'sharing' | 'units';

/** Google no longer accepts an account's credential. Never retried: the person must connect again. */
export class ReconnectNeededError extends CodedError<'reconnect_needed'> {
  /**
   * When Google refused it (epoch ms). The transfer parks later, after work in progress has ended, and the person may
   * have signed in again by then.
   */
  readonly at = Date.now();

  constructor(
    readonly credentialId: string,
    options: Pick<CodedOptions, 'side' | 'cause'> = {},
  ) {
    super('reconnect_needed', 'Google no longer accepts this sign-in. Connect the account again.', options);
  }
}

/** Why a drive can refuse a request. `model/reasons.ts` has the sentences and what the engine does next. */
export type DriveErrorCode = Extract<
  ItemCode,
  /** It does not exist, is not shared with the account, or is not visible yet. */
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
  /** Too many requests, even after all retries. */
  | 'rate_limited'
  /** A daily limit. It ends after up to 24 hours. */
  | 'quota_exceeded'
  | 'domain_policy'
  | 'scope_missing'
  /** No usable response (5xx, a dropped connection, a time-out), even after all retries. */
  | 'google_unavailable'
  /** A write may have arrived. Search for its result before writing again. */
  | 'ambiguous_write'
  /** An item with this id exists. */
  | 'id_taken'
  /** Any other refusal; the message contains Google's reason. */
  | 'google_refused'
>;

interface ErrorOptions extends CodedOptions {
  /** A sentence about this occurrence, added to the code's own sentences. */
  readonly detail?: string;
  /** Replaces the whole message; used to pass on an error. */
  readonly message?: string;
  /** Of `rate_limited` and `quota_exceeded`: the limit, if it is one of these. */
  readonly limit?: Limit | undefined;
}

/** A failure of an item or a transfer. Its message consists of its code's sentences, with a detail between them. */
export abstract class EngineError<Code extends ItemCode> extends CodedError<Code> {
  protected constructor(code: Code, { detail, message = explain(code, detail).reason, ...options }: ErrorOptions = {}) {
    super(code, message, options);
  }
}

/** A drive refused a request; its vendor's error is already translated. */
export class DriveError extends EngineError<DriveErrorCode> {
  readonly limit: Limit | undefined;

  constructor(code: DriveErrorCode, options?: ErrorOptions) {
    super(code, options);
    this.limit = options?.limit;
  }
}

/** A drive does not allow this permission, or restriction, on this item. Others may be allowed. */
export class PermissionRefusedError extends DriveError {
  constructor(
    readonly reason: AccessCode,
    options?: ErrorOptions,
  ) {
    super('sharing_refused', options);
  }
}

/** A document cannot be read, or its links cannot be written. Others may be possible. */
export class DocumentRefusedError extends DriveError {
  constructor(
    readonly reason: LinkCode,
    options?: ErrorOptions,
  ) {
    super('google_refused', options);
  }
}

/** The reason why one item can't be copied. */
export class ItemError extends EngineError<ItemCode> {
  constructor(code: ItemCode, options?: ErrorOptions) {
    super(code, options);
  }
}

/** The original is gone, or no longer shared. */
export const sourceNotFound = (cause: unknown): ItemError => new ItemError('source_not_found', { cause });

/** The transfer no longer runs, so work in progress ends without an outcome. */
export class StoppedError extends CodedError<'stopped'> {
  constructor() {
    super('stopped', 'The transfer was stopped.');
  }
}

export const isNotFound = (error: unknown): boolean => error instanceof DriveError && error.code === 'not_found';

/** For a `catch`: returns undefined for an item that does not exist, and rethrows other errors. */
export function undefinedIfNotFound(error: unknown): undefined {
  if (!isNotFound(error)) throw error;
}
