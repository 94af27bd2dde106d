import { statusShape } from './google-apis.ts';
import { ERRORS, type ErrorName, type ErrorRow } from './error-catalogue.ts';

/** What Google puts beside a message: `location` names the parameter, `reason` is what clients branch on. */
export interface GoogleErrorDetails {
  domain?: 'global' | 'usageLimits';
  location?: string;
  locationType?: 'parameter' | 'header';
  /** The canonical status word; Google sends it for credential and type failures only. */
  statusWord?: string;
  headers?: Record<string, string>;
  /** The sentence in `errors[0]`, where the one at the top is longer. */
  short?: string;
  /** Of the newer shape: see `error-catalogue.ts`. */
  info?: Readonly<Record<string, string>>;
  help?: { description: string; url: string };
  /** What is wrong with which field, of the newer shape. */
  fieldViolations?: readonly { field?: string; description: string }[];
  /** The response is the message alone: Google's upload servers do not speak JSON. */
  plainText?: true;
}

const QUOTA_REASONS = /(RateLimit|dailyLimit|quota|^storageQuota|downloadQuota)/i;

/**
 * An answer of Drive's that is an error, in the one shape all of Google's older APIs share
 * ("Resolve errors" in the Drive API guides): `{error:{code, message, errors:[{domain, reason, message}]}}`.
 */
export class GoogleError extends Error {
  readonly status: number;
  readonly reason: string;
  readonly details: GoogleErrorDetails;

  constructor(status: number, reason: string, message: string, details: GoogleErrorDetails = {}) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.details = details;
  }

  /** The JSON body to answer with. */
  toJSON(shape: 'errors' | 'status' = 'errors'): unknown {
    if (shape === 'status') return statusShape(this);
    const { domain, location, locationType, statusWord, short } = this.details;
    const entry: Record<string, string> = {
      message: short ?? this.message,
      domain: domain ?? (QUOTA_REASONS.test(this.reason) ? 'usageLimits' : 'global'),
      reason: this.reason,
    };
    if (location) {
      entry['location'] = location;
      entry['locationType'] = locationType ?? 'parameter';
    }
    return {
      error: {
        code: this.status,
        message: this.message,
        errors: [entry],
        ...(statusWord ? { status: statusWord } : {}),
      },
    };
  }
}

/** The names in braces of a text. */
type NamesIn<Text> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | NamesIn<Rest> : never;
type Row<Name extends ErrorName> = (typeof ERRORS)[Name];
type Details<Name extends ErrorName> = Row<Name> extends readonly [number, string, infer More] ? More : unknown;
/** What the sentence, the location and the headers of an error leave open. */
type Open<Name extends ErrorName> =
  | NamesIn<Row<Name>[1]>
  | (Details<Name> extends { location: infer Location } ? NamesIn<Location> : never)
  | (Details<Name> extends { headers: infer Headers } ? NamesIn<Headers[keyof Headers]> : never)
  | (Details<Name> extends { info: infer Info } ? NamesIn<Info[keyof Info]> : never);
type Values = Readonly<Record<string, string | number>>;

/**
 * An error of the catalogue.
 * @param values what its sentence, location and headers leave open; the compiler asks for each
 */
export function googleError<Name extends ErrorName>(
  name: Name,
  ...[values]: [Open<Name>] extends [never] ? [] : [values: Readonly<Record<Open<Name>, string | number>>]
): GoogleError {
  return fromRow(name, ERRORS[name], (values as Values | undefined) ?? {});
}

/** The error that a reason stands for in the catalogue, with the values of its example. */
export function errorOfReason(reason: string): GoogleError | undefined {
  if (!Object.hasOwn(ERRORS, reason)) return undefined;
  const row: ErrorRow = ERRORS[reason as ErrorName];
  return fromRow(reason, row, row[2]?.example ?? {});
}

function fromRow(name: string, [status, message, details = {}]: ErrorRow, values: Values): GoogleError {
  const filled = (text: string): string =>
    text.replace(/\{(\w+)\}/g, (whole, each: string) => String(values[each] ?? whole));
  const { reason = name, location, locationType, domain, statusWord, headers, short, plainText, info, help } = details;
  const all = (texts: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(texts).map(([each, text]) => [each, filled(text)]));
  return new GoogleError(status, reason, filled(message), {
    ...(location === undefined ? {} : { location: filled(location) }),
    ...(locationType === undefined ? {} : { locationType }),
    ...(statusWord === undefined ? {} : { statusWord }),
    ...(short === undefined ? {} : { short }),
    ...(domain === undefined ? {} : { domain }),
    ...(info === undefined ? {} : { info: all(info) }),
    ...(help === undefined ? {} : { help: { ...help, url: filled(help.url) } }),
    ...(plainText === undefined ? {} : { plainText }),
    ...(headers === undefined ? {} : { headers: all(headers) }),
  });
}

/** 404 as Drive gives it for a file that is missing, or that the caller may not see. */
export function fileNotFound(id: string): GoogleError {
  return googleError('fileNotFound', { id });
}

/** 403 for a caller who sees the file but may not do this to it. */
export function insufficientFilePermissions(): GoogleError {
  return googleError('insufficientFilePermissions');
}

/** 400 for a parameter or body field whose value makes no sense. */
export function invalidValue(location: string): GoogleError {
  return googleError('invalid', { location });
}

/** A mistake in the use of the sandbox (command line or control side), with a message for its user. */
export class SandboxUsageError extends Error {}
