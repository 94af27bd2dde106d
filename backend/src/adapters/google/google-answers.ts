// Schemas and bounds for Google's responses. A hostile or faulty server must not fill the memory, and a value of a
// wrong type must not get past this file: see ADR 0036.

/** Reads a value of a response. @throws SyntaxError that names the place of a wrong value, never the value itself */
export type Reader<T> = (value: unknown, at?: string) => T;
/** Readers for some fields of one of Google's objects: `{ … } satisfies Some<…>` refuses a field that it does not have. */
export type Some<Of> = { readonly [Name in keyof Of]?: Reader<unknown> };

type Fields = Readonly<Record<string, Reader<unknown>>>;
type Read<Given extends Fields> = { readonly [Name in keyof Given]: ReturnType<Given[Name]> };

/** A response exceeds its bounds. */
export class AnswerTooLargeError extends SyntaxError {
  override readonly name = 'AnswerTooLargeError';
}

const wrong = (at: string, wanted: string): never => {
  throw new SyntaxError(`${at || 'The answer'} is no ${wanted}.`);
};

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @param most characters to keep, if more would be useless */
export const textOf =
  (most = Infinity): Reader<string> =>
  (value, at = '') =>
    typeof value === 'string' && value.length <= most ? value : wrong(at, 'text');

export const text = textOf();
/**
 * An id or a page token, which becomes part of a URL. The longest page tokens seen from Google had a few hundred
 * characters.
 */
export const key: Reader<string> = (value, at = '') => {
  const read = textOf(8_192)(value, at);
  return read ? read : wrong(at, 'key');
};
export const flag: Reader<boolean> = (value, at = '') => (typeof value === 'boolean' ? value : wrong(at, 'boolean'));
/** A non-negative int64, which Google's JSON conventions write as a string. */
export const int64: Reader<number> = (value, at = '') => {
  const read = typeof value === 'string' && /^\d{1,19}$/.test(value) ? Number(value) : Infinity;
  return Number.isSafeInteger(read) ? read : wrong(at, 'int64');
};
/**
 * Google accepts files of 5 TB ("Usage limits"). The sum of nearly a million files twice as large still fits in an
 * int64 of Redis.
 */
const MAX_FILE_BYTES = 10e12;

/** Bytes of a file. */
export const fileSize: Reader<number> = (value, at = '') => {
  const read = int64(value, at);
  return read <= MAX_FILE_BYTES ? read : wrong(at, 'size of a file');
};
/** A non-negative int32, which Google's JSON conventions write as a number. */
export const int32: Reader<number> = (value, at = '') =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : wrong(at, 'int32');
/** RFC 3339. */
export const time: Reader<string> = (value, at = '') => {
  const read = textOf(40)(value, at);
  return Number.isFinite(Date.parse(read)) ? read : wrong(at, 'time');
};
/** A URL that a page may link to; any other is read as missing. */
export const link: Reader<string | undefined> = (value, at = '') => {
  const read = text(value, at);
  return /^https?:\/\//.test(read) ? read : undefined;
};

export const listOf =
  <T>(each: Reader<T>): Reader<T[]> =>
  (value, at = '') =>
    Array.isArray(value) ? value.map((item, index) => each(item, `${at}[${index}]`)) : wrong(at, 'list');

export const mapOf =
  <T>(each: Reader<T>): Reader<Record<string, T>> =>
  (value, at = '') =>
    isObject(value)
      ? Object.fromEntries(Object.entries(value).map(([name, item]) => [name, each(item, `${at}.*`)]))
      : wrong(at, 'object');

/** An object; only the named fields are kept. Those in `may` can be missing or null. */
export const objectOf =
  <Must extends Fields, May extends Fields>(must: Must, may: May): Reader<Read<Must> & Partial<Read<May>>> =>
  (value, at = '') => {
    if (!isObject(value)) return wrong(at, 'object');
    const read: Record<string, unknown> = {};
    for (const name of Object.keys(must)) read[name] = must[name]!(value[name], `${at}.${name}`);
    for (const name of Object.keys(may)) {
      const given = Object.hasOwn(value, name) ? value[name] : undefined;
      const kept = given === undefined || given === null ? undefined : may[name]!(given, `${at}.${name}`);
      if (kept !== undefined) read[name] = kept;
    }
    return read as Read<Must> & Partial<Read<May>>;
  };

/** An object with all its fields, of which `read` checks some. */
export const withOthers =
  <T extends object>(read: Reader<T>): Reader<T> =>
  (value, at = '') => {
    const checked = read(value, at);
    return { ...(value as object), ...checked };
  };

/** For a response whose content is not used. */
export const nothing: Reader<undefined> = () => undefined;

/** Bounds for one response. */
export interface AnswerBounds {
  readonly bytes: number;
  /** Nesting depth of objects and lists. */
  readonly depth: number;
  /** Number of objects, lists and their elements: each takes memory, however few bytes it has. */
  readonly parts: number;
}

/** Google's lists of files have a depth of three, its errors of four. */
const DEPTH = 16;
/**
 * A page of 1,000 files (Google's maximum) has two or three megabytes and 100,000 parts; with 100 properties on each
 * file (the maximum) 300,000. Google does not document how long a description may be. A page of 100 files with their
 * permissions has 800,000 parts if each file is shared with 600 people and 100 groups (the maximum).
 */
const PAGE: AnswerBounds = { bytes: 32 * 1024 * 1024, depth: DEPTH, parts: 1_000_000 };
/** One file, or a list of permissions, drives or ids, which Google limits to 100 or 1,000. */
const OTHER: AnswerBounds = { bytes: 1024 * 1024, depth: DEPTH, parts: 40_000 };
/** An error, or a response of the OAuth endpoints. */
export const SMALL_ANSWER: AnswerBounds = { bytes: 256 * 1024, depth: DEPTH, parts: 10_000 };

/**
 * A document of the editors. A Doc has up to 1.02 million characters, a spreadsheet up to 10 million cells ("Files you
 * can store in Drive"). A run of text or a cell with a format has about 160 bytes and twenty parts. Tables in tables are
 * deep.
 */
const DOCUMENT: AnswerBounds = { bytes: 32 * 1024 * 1024, depth: 200, parts: 4_000_000 };

/** @param operation see `operationOf` */
export const boundsOf = (operation: string): AnswerBounds => BOUNDS[operation] ?? OTHER;

const BOUNDS: Readonly<Record<string, AnswerBounds>> = {
  'files.list': PAGE,
  'changes.list': PAGE,
  'documents.get': DOCUMENT,
  'presentations.get': DOCUMENT,
  'spreadsheets.get': DOCUMENT,
  'spreadsheets.batchUpdate': DOCUMENT,
};

const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST, COMMA, COLON] = [0x7b, 0x7d, 0x5b, 0x5d, 0x2c, 0x3a];

/**
 * Parses JSON, unless it would take far more memory than it has bytes: four megabytes of `[[[[` take 270.
 * @throws SyntaxError if it is not JSON, or exceeds the bounds
 */
export function parseBounded(bytes: Buffer, { depth: deepest, parts: most }: Omit<AnswerBounds, 'bytes'>): unknown {
  let [depth, parts] = [0, 0];
  for (let at = 0; at < bytes.length; at++) {
    switch (bytes[at]) {
      case QUOTE:
        do at = bytes.indexOf(QUOTE, at + 1);
        while (at >= 0 && isEscaped(bytes, at));
        if (at < 0) throw new SyntaxError('The response has an unterminated string.');
        break;
      case OPEN_OBJECT:
      case OPEN_LIST:
        parts++;
        if (++depth > deepest) throw new AnswerTooLargeError('The response is nested too deeply.');
        break;
      case CLOSE_OBJECT:
      case CLOSE_LIST:
        depth--;
        break;
      case COMMA:
      case COLON:
        parts++;
    }
    if (parts > most) throw new AnswerTooLargeError('The response has too many parts.');
  }
  return JSON.parse(bytes.toString('utf8'));
}

function isEscaped(bytes: Buffer, at: number): boolean {
  let before = at;
  while (bytes[before - 1] === BACKSLASH) before--;
  return (at - before) % 2 === 1;
}
