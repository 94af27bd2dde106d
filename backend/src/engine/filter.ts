import { typeOf } from './model/google-types.js';
import type { DriveItem } from './ports/drive.js';
import type { ItemFilter } from './model/order.js';

/** Compiles a filter into a test of single items. Folders are not filtered. */
export function matcherOf(filter: ItemFilter | undefined, accountEmail: string): (item: DriveItem) => boolean {
  if (!filter) return () => true;
  const { types, name, minSize, maxSize, modifiedAfter, modifiedBefore, owner } = filter;
  const pattern = name === undefined ? undefined : patternOf(name);
  const after = modifiedAfter === undefined ? -Infinity : Date.parse(modifiedAfter);
  const before = modifiedBefore === undefined ? Infinity : Date.parse(modifiedBefore);
  const wantedOwner = owner === 'me' ? accountEmail.toLowerCase() : owner?.toLowerCase();
  return (item) => {
    const size = item.kind === 'file' ? (item.size ?? 0) : 0;
    const modified = Date.parse(item.modifiedTime ?? '');
    return (
      (types === undefined || types.includes(typeOf(item.mimeType))) &&
      (pattern === undefined || pattern.test(item.name)) &&
      size >= (minSize ?? 0) &&
      size <= (maxSize ?? Infinity) &&
      // An item without a stated time is included: one too many is better than one lost.
      !(modified < after) &&
      !(modified > before) &&
      (wantedOwner === undefined || (owner === 'me' ? item.ownedByMe : item.owner === wantedOwner))
    );
  };
}

/**
 * `*` matches any text, `?` any one character, everything else itself. Takes time linear in the name, whatever the
 * pattern.
 */
function patternOf(glob: string): { test(name: string): boolean } {
  // Not a regular expression: nested repetition in a person's pattern could take exponential time.
  const parts = glob.toLowerCase().split(/\*+/);
  return {
    test: (name) =>
      matches(
        [...name.toLowerCase()],
        parts.map((part) => [...part]),
      ),
  };
}

/**
 * Matches the first part at the start, the last at the end, and each other part at the first place it fits: for `*`
 * greedy matching is enough.
 */
function matches(name: readonly string[], parts: readonly (readonly string[])[]): boolean {
  const fits = (part: readonly string[], at: number) =>
    at >= 0 && at + part.length <= name.length && part.every((char, i) => char === '?' || char === name[at + i]);
  const first = parts[0]!;
  const last = parts.at(-1)!;
  if (parts.length === 1) return name.length === first.length && fits(first, 0);
  if (!fits(first, 0)) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    while (at + part.length <= name.length && !fits(part, at)) at++;
    if (!fits(part, at)) return false;
    at += part.length;
  }
  return name.length - last.length >= at && fits(last, name.length - last.length);
}
