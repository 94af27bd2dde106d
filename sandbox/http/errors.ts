import { detailsOf, statusShape } from './google-apis.ts';
import { ERRORS, type ErrorName, type ErrorRow } from './error-catalogue.ts';

/** The parts of an error besides its status, reason and message; `location` names the parameter. */
export interface GoogleErrorDetails {
  domain?: 'global' | 'usageLimits';
  location?: string;
  locationType?: 'parameter' | 'header';
  /** The canonical status word; Google sends it only for credential and type failures. */
  statusWord?: string;
  headers?: Record<string, string>;
  /** The message in `errors[0]`, if it is shorter than the one at the top. */
  short?: string;
  /** Of the newer format: see `error-catalogue.ts`. */
  info?: Readonly<Record<string, string>>;
  help?: { description: string; url: string };
  /** The invalid fields, in the newer format. */
  fieldViolations?: readonly { field?: string; description: string }[];
  /** The response is the message as plain text, as Google's upload servers do not send JSON. */
  plainText?: true;
}

const QUOTA_REASONS = /(RateLimit|dailyLimit|quota|^storageQuota|downloadQuota)/i;

/**
 * An error response of Drive, in the format that all of Google's older APIs share ("Resolve errors" in the Drive API
 * guides): `{error:{code, message, errors:[{domain, reason, message}]}}`.
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

  /** The JSON body of the response. */
  toJSON(shape: 'errors' | 'status' = 'errors'): unknown {
    if (shape === 'status') return statusShape(this);
    const { domain, location, locationType, statusWord, short, fieldViolations } = this.details;
    // A value of a wrong type is refused before it reaches the API, so the error has parts of the newer format.
    if (fieldViolations) {
      const { status: code, reason, message } = this;
      const details = detailsOf(this);
      return { error: { code, message, errors: [{ message, reason }], status: statusWord, details } };
    }
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

/** The names in braces in a text. */
export type NamesIn<Text> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | NamesIn<Rest> : never;
type Row<Name extends ErrorName> = (typeof ERRORS)[Name];
type Details<Name extends ErrorName> = Row<Name> extends readonly [number, string, infer More] ? More : unknown;
/** The names in braces in the message, location, headers and info of an error. */
type Open<Name extends ErrorName> =
  | NamesIn<Row<Name>[1]>
  | (Details<Name> extends { location: infer Location } ? NamesIn<Location> : never)
  | (Details<Name> extends { headers: infer Headers } ? NamesIn<Headers[keyof Headers]> : never)
  | (Details<Name> extends { info: infer Info } ? NamesIn<Info[keyof Info]> : never);
type Values = Readonly<Record<string, string | number>>;

/** A text with values for its names in braces. */
export const fillIn = (text: string, values: Values): string =>
  text.replace(/\{(\w+)\}/g, (whole, each: string) => String(values[each] ?? whole));

/**
 * An error from the catalogue.
 * @param values values for the names in braces of the row; the compiler requires each of them
 */
export function googleError<Name extends ErrorName>(
  name: Name,
  ...[values]: [Open<Name>] extends [never] ? [] : [values: Readonly<Record<Open<Name>, string | number>>]
): GoogleError {
  return fromRow(name, ERRORS[name], (values as Values | undefined) ?? {});
}

/** The first row of each reason that no row has as its name. */
const NAMES_BY_REASON = new Map<string, ErrorName>();
for (const [name, [, , details]] of Object.entries<ErrorRow>(ERRORS))
  if (details?.reason !== undefined && !NAMES_BY_REASON.has(details.reason))
    NAMES_BY_REASON.set(details.reason, name as ErrorName);

/** The catalogue's error for a reason, or for the name of a row, with the values of its example. */
export function errorOfReason(reason: string): GoogleError | undefined {
  const name = Object.hasOwn(ERRORS, reason) ? (reason as ErrorName) : NAMES_BY_REASON.get(reason);
  if (name === undefined) return undefined;
  const row: ErrorRow = ERRORS[name];
  return fromRow(name, row, row[2]?.example ?? {});
}

function fromRow(name: string, [status, message, details = {}]: ErrorRow, values: Values): GoogleError {
  const filled = (text: string): string => fillIn(text, values);
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

/** Drive's 404 for a file that does not exist or that the caller may not see. */
export function fileNotFound(id: string): GoogleError {
  return googleError('fileNotFound', { id });
}

/** 403 for a caller who can see the file but lacks the permission for the call. */
export function insufficientFilePermissions(): GoogleError {
  return googleError('insufficientFilePermissions');
}

/** 400 for a parameter or body field with an invalid value. */
export function invalidValue(location: string): GoogleError {
  return googleError('invalid', { location });
}

/** Wrong use of the sandbox's command line or control API, with a message for its user. */
export class SandboxUsageError extends Error {}
