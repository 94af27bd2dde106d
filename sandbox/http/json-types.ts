import { GoogleError, googleError } from './errors.ts';
import type { Schema } from './fields.ts';

/** What a field holds: a text, number, flag, anything, or one of the other types; alone, in a list or by any key. */
interface FieldType {
  of: string;
  in?: 'list' | 'map';
}

/** The messages of an API by name. */
export type JsonTypes = ReadonlyMap<string, ReadonlyMap<string, FieldType>>;

const PRIMITIVES = new Set(['s', 'n', 'b', 'any']);

/**
 * Reads types from a compact list: a line for each, `Name field:Type …`, continued by indented lines. `s`, `n` and `b` are
 * texts, numbers and flags; `Type[]` is a list, `Map.Type` an object with any keys.
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

/**
 * Checks a request against its type, as Google's JSON reader does: names that do not exist, and values of another kind.
 * @throws GoogleError 400 `INVALID_ARGUMENT` with a violation for the first field that is wrong
 */
export function checkJson(types: JsonTypes, name: string, value: unknown, path = ''): void {
  const fields = types.get(name);
  if (!fields || value === null || value === undefined) return;
  if (typeof value !== 'object' || Array.isArray(value)) throw wrongValue(path, name, value);
  for (const [key, given] of Object.entries(value)) {
    const field = fields.get(key) ?? fields.get(camelCase(key));
    if (!field) throw unknownName(key, path);
    if (given === null) continue;
    const at = `${path === '' ? '' : `${path}.`}${snakeCase(key)}`;
    if (field.in === 'list') {
      if (!Array.isArray(given)) throw wrongValue(at, field.of, given);
      given.forEach((each: unknown, i) => {
        checkValue(types, field.of, each, `${at}[${i}]`);
      });
    } else if (field.in === 'map') {
      if (typeof given !== 'object' || Array.isArray(given)) throw wrongValue(at, field.of, given);
      for (const [inner, each] of Object.entries(given as object) as [string, unknown][])
        checkValue(types, field.of, each, `${at}[${inner}].value`);
    } else {
      checkValue(types, field.of, given, at);
    }
  }
}

function checkValue(types: JsonTypes, type: string, value: unknown, at: string): void {
  if (!PRIMITIVES.has(type)) {
    checkJson(types, type, value, at);
    return;
  }
  const fits =
    type === 'any' ||
    (type === 's' && typeof value === 'string') ||
    (type === 'b' && typeof value === 'boolean') ||
    // Protocol buffers take numbers as texts too.
    (type === 'n' && value !== '' && Number.isFinite(typeof value === 'string' ? Number(value) : value));
  if (!fits) throw wrongValue(at, type, value);
}

const KINDS: Record<string, string> = { s: 'TYPE_STRING', n: 'TYPE_INT32', b: 'TYPE_BOOL' };

function wrongValue(at: string, type: string, value: unknown): GoogleError {
  const kind = KINDS[type] ?? `type.googleapis.com/${type}`;
  return withViolation(
    googleError('invalidArgument', { why: `Invalid value at '${at}' (${kind}), ${JSON.stringify(value)}` }),
    at,
  );
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
