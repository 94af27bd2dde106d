import type { TransferPart } from '../keys.js';
import { localOf, plain, script } from '../lua.js';
import { CHANGE, IS_GONE, KEEP } from './lua-parts.js';

// A record of a copy counts in the main hash. It is stored with its tally, the counters to which it adds
// (`field=number`, joined by commas), so that a script can subtract the record that it replaces.

/** @param fields the counter of each thing to count */
export function tallyOf(fields: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const field of fields) counts.set(field, (counts.get(field) ?? 0) + 1);
  return [...counts].map(([field, count]) => `${field}=${count}`).join();
}

/** The counters in a tally. */
const countsIn = (tally: string): Map<string, number> =>
  new Map([...tally.matchAll(/([^=,]+)=(\d+)/g)].map(([, field, count]) => [field!, Number(count)]));

/** By how much a tally exceeds an earlier one, in the counters of these names. @param prefix of their fields */
export function added<Name extends string>(
  before: string,
  now: string,
  prefix: string,
  names: readonly Name[],
): ReadonlyMap<Name, number> {
  const [earlier, later] = [countsIn(before), countsIn(now)];
  return new Map(
    names.flatMap((name) => {
      const count = (later.get(prefix + name) ?? 0) - (earlier.get(prefix + name) ?? 0);
      return count > 0 ? [[name, count] as const] : [];
    }),
  );
}

/** The counters of these codes in the main hash. Codes of another version count as `refused`. */
export function reasonsIn<Code extends string>(
  fields: Readonly<Record<string, string>>,
  prefix: string,
  codes: readonly (Code | 'refused')[],
): Partial<Record<Code | 'refused', number>> {
  const reasons: Partial<Record<Code | 'refused', number>> = {};
  for (const [field, count] of Object.entries(fields)) {
    if (!field.startsWith(prefix) || Number(count) <= 0) continue;
    const code = codes.find((known) => field === prefix + known) ?? 'refused';
    reasons[code] = (reasons[code] ?? 0) + Number(count);
  }
  return reasons;
}

/**
 * A script that stores a record with its tally and the byte of its outcomes, and updates the counters. It returns the
 * tally of the record that it replaces; null if the transfer was deleted.
 */
export const recordScript = <Part extends TransferPart>(name: string, of: { records: Part; outcomes: Part }) =>
  script(name, {
    keys: ['main', of.records, of.outcomes],
    args: { ordinal: 'text', tally: 'text', content: 'text', outcomes: 'number' },
    parts: [KEEP],
    reply: plain<string | null>(),
    lua: `
local records, bytes = ${localOf(of.records)}, ${localOf(of.outcomes)}
if ${IS_GONE} then return false end
local function count(tally, sign)
  for field, number in string.gmatch(tally, '([^=,]+)=(%d+)') do redis.call('HINCRBY', main, field, sign * number) end
end
local before = string.match(redis.call('HGET', records, ordinal) or '', '^%S*')
count(before, -1)
count(tally, 1)
redis.call('HSET', records, ordinal, tally .. ' ' .. content)
redis.call('SETRANGE', bytes, ordinal, string.char(outcomes))
keep(records)
keep(bytes)
${CHANGE}
return before`,
  });
