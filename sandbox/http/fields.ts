import { remembered } from '../remembered.ts';
import { GoogleError, googleError } from './errors.ts';

/** The fields of a resource: a leaf (`true`), a map with any keys (`'map'`), or nested names. */
export type Schema = true | 'map' | { readonly [name: string]: Schema };

/** The requested fields: everything below here (`true`), or only the named parts. */
export type Mask = true | ReadonlyMap<string, Mask>;

function invalidSelection(name: string): GoogleError {
  return googleError('invalidFieldSelection', { name });
}

/**
 * Parses a partial-response mask (`a,b`, `a/b`, `a(b,c)`, `*`) for a resource.
 * @throws GoogleError 400 `invalidParameter`, location `fields`, for a name that the resource does not have or for
 * unbalanced brackets ("Performance tips", section partial response, of Google's API guides).
 */
export function parseFields(text: string, schema: Schema): Mask {
  // Clients repeat a few masks.
  if (typeof schema !== 'object') return parse(text, schema);
  let parsedOnce = parsers.get(schema);
  if (!parsedOnce) parsers.set(schema, (parsedOnce = remembered(MAX_KNOWN, (mask: string) => parse(mask, schema))));
  return parsedOnce(text);
}

const MAX_KNOWN = 200;
/** Maximum depth of a mask: documents contain tables that contain tables, and so on. */
const MAX_DEPTH = 100;
const parsers = new WeakMap<object, (text: string) => Mask>();

function parse(text: string, schema: Schema): Mask {
  let at = 0;
  let depth = 0;

  function word(): string {
    const start = at;
    while (at < text.length && !'/(),'.includes(text[at] ?? '')) at++;
    return text.slice(start, at).trim();
  }

  function list(scope: Schema, closing: boolean): Mask {
    const found = new Map<string, Mask>();
    let everything = false;
    for (;;) {
      const [name, mask] = selection(scope);
      if (name === '*') everything = true;
      else add(found, name, mask);
      if (text[at] === ',') {
        at++;
        continue;
      }
      if (closing && text[at] === ')') at++;
      else if (at < text.length || closing) throw invalidSelection(text);
      return everything ? true : found;
    }
  }

  function selection(scope: Schema): [string, Mask] {
    if (++depth > MAX_DEPTH) throw invalidSelection(text.slice(0, at));
    const found = named(scope);
    depth--;
    return found;
  }

  function named(scope: Schema): [string, Mask] {
    const name = word();
    const inner = name === '*' ? true : member(scope, name);
    if (name === '' || inner === undefined) throw invalidSelection(name || text);
    if (text[at] === '(') {
      if (inner === true) throw invalidSelection(name);
      at++;
      return [name, list(inner, true)];
    }
    if (text[at] === '/') {
      if (inner === true) throw invalidSelection(name);
      at++;
      const [child, mask] = selection(inner);
      return [name, child === '*' ? true : new Map([[child, mask]])];
    }
    return [name, true];
  }

  return list(schema, false);
}

/** Adds a mask to those of a list. It changes them, because a list can have a million names. */
function add(found: Map<string, Mask>, name: string, mask: Mask): void {
  const known = found.get(name);
  if (known === undefined || mask === true) found.set(name, mask);
  else if (known !== true) for (const [inner, part] of mask) add(known as Map<string, Mask>, inner, part);
}

function member(scope: Schema, name: string): Schema | undefined {
  if (scope === 'map') return /\s/.test(name) ? undefined : true;
  return scope !== true && Object.hasOwn(scope, name) ? scope[name] : undefined;
}

/** The union of two masks. */
export function mergeMasks(a: Mask | undefined, b: Mask): Mask {
  if (a === undefined) return b;
  if (a === true || b === true) return true;
  const merged = new Map(a);
  for (const [name, mask] of b) merged.set(name, mergeMasks(merged.get(name), mask));
  return merged;
}

/** Whether a mask selects `name` at its top level. */
export function asksFor(mask: Mask, name: string): boolean {
  return mask === true || mask.has(name);
}

/** The part of a mask below `name`; `undefined` if the mask does not select it. */
export function below(mask: Mask, name: string): Mask | undefined {
  return mask === true ? true : mask.get(name);
}

/** Reduces a JSON value to the fields of a mask; arrays are masked element by element. */
export function applyMask(value: unknown, mask: Mask): unknown {
  if (mask === true || value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((each) => applyMask(each, mask));
  const kept: Record<string, unknown> = {};
  for (const [name, inner] of mask) {
    const part = (value as Record<string, unknown>)[name];
    if (part !== undefined) kept[name] = applyMask(part, inner);
  }
  return kept;
}
