import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { AccessRestrictions, DrivePermission, PeopleLine, SourceAccess } from '../../../engine/model/sharing.js';
import type { AccessRow } from '../../../engine/sharing/access-table.js';
import { LEVEL, Numbered } from './ledger-pages.js';

// The access of the items of a page of the plan is one value. Most items are open to the same people, so each
// permission and each set of permissions is stored once, and referred to by number.

interface Page {
  readonly permissions: readonly DrivePermission[];
  /** Numbers of permissions; null: the source cannot read them. */
  readonly sets: readonly (readonly number[] | null)[];
  readonly restrictions: readonly AccessRestrictions[];
  readonly items: readonly (readonly [ordinal: number, set: number, restrictions: number])[];
}

export function packAccess(access: ReadonlyMap<number, SourceAccess>): Buffer {
  const permissions = new Numbered<DrivePermission>();
  const sets = new Numbered<readonly number[] | null>();
  const restrictions = new Numbered<AccessRestrictions>();
  const items = [...access].map(([ordinal, each]) => {
    const set = each.permissions?.map((permission) => permissions.numberOf(JSON.stringify(permission), permission));
    const restricted = restrictions.numberOf(JSON.stringify(each.restrictions), each.restrictions);
    return [ordinal, sets.numberOf(set?.join() ?? 'unreadable', set ?? null), restricted] as const;
  });
  const page: Page = { permissions: permissions.values, sets: sets.values, restrictions: restrictions.values, items };
  return pack(page);
}

/** By ordinal, ascending. */
export function unpackAccess(packed: Buffer): Map<number, SourceAccess> {
  const { permissions, sets, restrictions, items } = unpack<Page>(packed);
  const shared = sets.map((set) => set?.map((number) => permissions[number]!));
  return new Map(
    items
      .toSorted(([one], [other]) => one - other)
      .map(([ordinal, set, restricted]) => [
        ordinal,
        { ...(shared[set] && { permissions: shared[set] }), restrictions: restrictions[restricted]! },
      ]),
  );
}

type PackedLine = readonly [line: number, from: string, to: string | null];

/** Empty without lines. */
export const packedLines = (people: readonly PeopleLine[]): Buffer | '' =>
  people.length > 0 ? pack(people.map(({ line, from, to }): PackedLine => [line, from, to])) : '';

export const unpackPeople = (packed: Buffer): PeopleLine[] =>
  unpack<PackedLine[]>(packed).map(([line, from, to]) => ({ line, from, to }));

export const packRows = (rows: readonly AccessRow[]): Buffer => pack(rows);
export const unpackRows = (packed: Buffer): AccessRow[] => unpack<AccessRow[]>(packed);

const pack = (value: unknown): Buffer => deflateRawSync(JSON.stringify(value), { level: LEVEL });
const unpack = <T>(packed: Buffer): T => JSON.parse(inflateRawSync(packed).toString('utf8')) as T;
