import { GoogleError, googleError } from './errors.ts';
import type { Schema } from './fields.ts';

/** What a field holds: a text, number, flag, anything, or one of the other types; alone, in a list or by any key. */
interface FieldType {
  of: string;
  in?: 'list' | 'map';
}

/** The messages of an API by name. */
export type JsonTypes = ReadonlyMap<string, ReadonlyMap<string, FieldType>>;

/**
 * Reads types from a compact list: a line for each, `Name field:Type …`, continued by indented lines. `s`, `n`, `i` and `b`
 * are texts, numbers, whole numbers from 0 and flags, and `any` is not checked; `Type[]` is a list, `Map.Type` an object
 * with any keys.
 */
export function typesFrom(text: string): JsonTypes {
  const types = new Map<string, Map<string, FieldType>>();
  let fields = new Map<string, FieldType>();
  for (const line of text.split('\n')) {
    const words = line.split(' ').filter(Boolean);
    if (line !== '' && !line.startsWith(' ')) types.set(words.shift() ?? '', (fields = new Map<string, FieldType>()));
    for (const word of words) {
      const [name = '', type = ''] = word.split(':');
      if (type.endsWith('[]')) fields.set(name, { of: type.slice(0, -2), in: 'list' });
      else if (type.startsWith('Map.')) fields.set(name, { of: type.slice(4), in: 'map' });
      else fields.set(name, { of: type });
    }
  }
  return types;
}

/** The fields of a type as masks need them. Types that hold themselves become schemas that do. */
export function schemaOf(types: JsonTypes, name: string): Schema {
  const known = new Map<string, Schema>();
  const schema = (type: string): Schema => {
    const found = known.get(type);
    if (found !== undefined) return found;
    const fields = types.get(type);
    if (!fields || fields.size === 0) return true;
    const made: Record<string, Schema> = {};
    known.set(type, made);
    for (const [field, { of, in: kind }] of fields) made[field] = kind === 'map' ? 'map' : schema(of);
    return made;
  };
  return schema(name);
}

const MAX_DEPTH = 100;
const MAX_INT32 = 2 ** 31 - 1;
/** Characters of an invalid value in an error. */
const MAX_SHOWN = 500;

/**
 * Reads a request of a type, as Google's JSON reader does: a field may be spelled in camelCase or snake_case, `null` stands
 * for an absent field, and a number may be written as a text.
 * @returns the request with names in camelCase, without nulls, and with numbers as numbers
 * @throws GoogleError 400 `INVALID_ARGUMENT` with a violation for the first name that does not exist, or value that does
 * not fit
 */
export function readJson(types: JsonTypes, name: string, value: Record<string, unknown>): Record<string, unknown> {
  checkDepth(value, MAX_DEPTH);
  return readMessage(types, name, value, '');
}

/** So recursion over a request cannot exhaust the stack. The sentence is that of protobuf's `ProtoStreamObjectWriter`. */
function checkDepth(value: unknown, left: number, name = ''): void {
  if (typeof value !== 'object' || value === null) return;
  if (left === 0) {
    const why = `Invalid JSON payload received. Message too deep. Max recursion depth reached for key '${name}'`;
    throw withViolation(googleError('invalidArgument', { why }), '');
  }
  for (const [key, inner] of Object.entries(value)) checkDepth(inner, left - 1, key);
}

function readMessage(types: JsonTypes, name: string, value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrongValue(path, name, value);
  const fields = types.get(name);
  const read: [string, unknown][] = [];
  for (const [key, given] of Object.entries(value)) {
    const field = fields?.get(key) ?? fields?.get(camelCase(key));
    if (!field) throw unknownName(key, path);
    if (given === null) continue;
    const at = `${path === '' ? '' : `${path}.`}${snakeCase(key)}`;
    read.push([camelCase(key), readField(types, field, given, at)]);
  }
  // Own properties, whatever their names.
  return Object.fromEntries(read);
}

function readField(types: JsonTypes, { of, in: kind }: FieldType, given: unknown, at: string): unknown {
  if (kind === 'list') {
    if (!Array.isArray(given)) throw wrongValue(at, of, given);
    return given.map((each: unknown, i) => readValue(types, of, each, `${at}[${i}]`));
  }
  if (kind !== 'map') return readValue(types, of, given, at);
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw wrongValue(at, of, given);
  return Object.fromEntries(
    Object.entries(given).map(([key, each]) => [key, readValue(types, of, each, `${at}[${key}].value`)]),
  );
}

function readValue(types: JsonTypes, type: string, value: unknown, at: string): unknown {
  switch (type) {
    case 'any':
      return value;
    case 's':
      if (typeof value !== 'string') throw wrongValue(at, type, value);
      return value;
    case 'b':
      if (typeof value !== 'boolean') throw wrongValue(at, type, value);
      return value;
    case 'n':
    case 'i': {
      const number = typeof value === 'string' && NUMBER.test(value) ? Number(value) : value;
      if (typeof number !== 'number' || !Number.isFinite(number)) throw wrongValue(at, type, value);
      if (type === 'i' && !(Number.isInteger(number) && Math.abs(number) <= MAX_INT32))
        throw wrongValue(at, type, value);
      // All whole numbers in these APIs are indexes, counts, sizes and ids.
      if (type === 'i' && number < 0)
        throw withViolation(googleError('invalidArgument', { why: `The value at '${at}' must not be negative.` }), at);
      return number;
    }
    default:
      return readMessage(types, type, value, at);
  }
}

const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;
const KINDS: Record<string, string> = { s: 'TYPE_STRING', n: 'TYPE_DOUBLE', i: 'TYPE_INT32', b: 'TYPE_BOOL' };

function wrongValue(at: string, type: string, value: unknown): GoogleError {
  const kind = KINDS[type] ?? `type.googleapis.com/${type}`;
  const why = `Invalid value at '${at}' (${kind}), ${JSON.stringify(value).slice(0, MAX_SHOWN)}`;
  return withViolation(googleError('invalidArgument', { why }), at);
}

function unknownName(name: string, path: string): GoogleError {
  return withViolation(googleError('unknownName', { name, at: path === '' ? '' : ` at '${path}'` }), path);
}

/** The same error, with what is wrong as a detail. */
function withViolation(error: GoogleError, field: string): GoogleError {
  const violation = { ...(field === '' ? {} : { field }), description: error.message };
  return new GoogleError(error.status, error.reason, error.message, {
    ...error.details,
    fieldViolations: [violation],
  });
}

/** 400 for a mask that names a field which the answer does not have. */
export function unknownPath(path: string): GoogleError {
  const { status, reason, message } = googleError('invalidArgument', { why: 'Request contains an invalid argument.' });
  const description = `Error expanding 'fields' parameter. Cannot find matching fields for path '${path}'.`;
  return new GoogleError(status, reason, message, { fieldViolations: [{ field: path, description }] });
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

export function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
