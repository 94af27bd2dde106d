import { explain, type ItemCode } from './model/reasons.js';

export type { ItemCode };

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
 * The class of the errors of one code: `class ItemNotFoundError extends coded('item_not_found', (ordinal: number) => …) {}`.
 * @param says the message, or the message with its options, or what makes either of the constructor's arguments
 */
export function coded<const Code extends string, Given extends unknown[] = []>(
  code: Code,
  says: Said | ((...given: Given) => Said),
) {
  return class extends CodedError<Code> {
    constructor(...given: Given) {
      const said = typeof says === 'function' ? says(...given) : says;
      const { message, ...options } = typeof said === 'string' ? { message: said } : said;
      super(code, message, options);
    }
  };
}

type Said = string | (CodedOptions & { readonly message: string });

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
    options: Pick<CodedOptions, 'side' | 'cause'> = {},
  ) {
    super('reconnect_needed', 'Google no longer accepts this sign-in. Connect the account again.', options);
  }
}

/** What a drive can refuse. `model/reasons.ts` has the sentences, and what the engine does next. */
export type DriveErrorCode = Extract<
  ItemCode,
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
  /** Too many requests for too long: the retries are used up. */
  | 'rate_limited'
  /** A daily limit. It ends after up to 24 hours. */
  | 'quota_exceeded'
  | 'domain_policy'
  | 'scope_missing'
  /** No usable response: 5xx, a dropped connection, a time-out; the retries are used up. */
  | 'google_unavailable'
  /** A write that may have arrived. Look for it before writing again. */
  | 'ambiguous_write'
  /** An item with this id exists. */
  | 'id_taken'
  /** A refusal without a name of its own; the message holds Google's reason. */
  | 'google_refused'
>;

interface ErrorOptions extends CodedOptions {
  /** A sentence about this occurrence, beside the code's own. */
  readonly detail?: string;
  /** The whole message, of an error that is passed on. */
  readonly message?: string;
}

/** A failure of an item or a transfer. Its message is the sentences of its code, with a detail between them. */
export abstract class EngineError<Code extends ItemCode> extends CodedError<Code> {
  protected constructor(code: Code, { detail, message = explain(code, detail).reason, ...options }: ErrorOptions = {}) {
    super(code, message, options);
  }
}

/** A refusal of a drive, already translated from its vendor's words. */
export class DriveError extends EngineError<DriveErrorCode> {
  constructor(code: DriveErrorCode, options?: ErrorOptions) {
    super(code, options);
  }
}

/** What prevents the copying of one item. */
export class ItemError extends EngineError<ItemCode> {
  constructor(code: ItemCode, options?: ErrorOptions) {
    super(code, options);
  }
}

/** The transfer no longer runs, so the work in progress ends without an outcome. */
export class StoppedError extends CodedError<'stopped'> {
  constructor() {
    super('stopped', 'The transfer was stopped.');
  }
}

export const isNotFound = (error: unknown): boolean => error instanceof DriveError && error.code === 'not_found';

/** For a catch: that something does not exist is an answer. */
export function undefinedIfNotFound(error: unknown): undefined {
  if (!isNotFound(error)) throw error;
}
