import { type Mask, mergeMasks, type Schema } from '../../http/fields.ts';
import { camelCase } from '../../http/json-types.ts';

/** Throws the error for a path that a resource does not have. */
type Refuse = (path: string) => Error;

/**
 * Parses a field mask: `a.b,c`, as in `google.protobuf.FieldMask`, or `a(b,c)` and `a/b`, as `fields` also allows
 * (https://developers.google.com/workspace/sheets/api/guides/field-masks). Names may be in snake_case.
 * @returns the mask; `true` for `*`
 */
export function fieldMask(text: string, fields: Schema, refuse: Refuse): Mask {
  if (isTooDeep(text)) throw refuse(text.slice(0, 100));
  let at = 0;

  function list(scope: Schema, path: string, closing: boolean): Mask {
    const found = new Map<string, Mask>();
    let everything = false;
    for (;;) {
      const inner = selection(scope, path, found);
      everything ||= inner;
      const end = text[at++];
      if (end === ',') continue;
      if (closing ? end !== ')' : end !== undefined) throw refuse(text);
      return everything ? true : found;
    }
  }

  /** @returns whether it was `*` */
  function selection(scope: Schema, path: string, into: Map<string, Mask>): boolean {
    const start = at;
    while (at < text.length && !'./(),'.includes(text[at] ?? '')) at++;
    const name = camelCase(text.slice(start, at).trim());
    if (name === '*') return true;
    const whole = path === '' ? name : `${path}.${name}`;
    // Fields in parts that are not modelled are not checked.
    const inner = typeof scope !== 'object' ? true : Object.hasOwn(scope, name) ? scope[name] : undefined;
    if (name === '' || inner === undefined) throw refuse(whole);
    const known = into.get(name);
    const separator = text[at];
    if (separator === '(') {
      at++;
      into.set(name, mergeMasks(known, list(inner, whole, true)));
    } else if (separator === '.' || separator === '/') {
      at++;
      const below = new Map<string, Mask>();
      into.set(name, mergeMasks(known, selection(inner, whole, below) ? true : below));
    } else into.set(name, true);
    return false;
  }

  return list(fields, '', false);
}

/** Whether a mask may be nested so deeply that parsing it would exhaust the stack. */
export function isTooDeep(text: string): boolean {
  return (text.match(/[(./]/g)?.length ?? 0) > MAX_NESTED;
}

const MAX_NESTED = 1000;

/** Whether a mask selects a field or a part of it. */
export function has(mask: Mask | undefined, name: string): boolean {
  return mask === true || (mask?.has(name) ?? false);
}
