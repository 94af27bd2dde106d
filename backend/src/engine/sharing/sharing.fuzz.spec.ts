import { type Random, randomOf } from '../../../test/support/random.js';
import { DAY_MS, grantee, NOW, sharingOptions } from '../../../test/support/sharing.js';
import type { DrivePermission, Role, SharingOptions } from '../model/sharing.js';
import { AccessTally, type AccessTable } from './access-table.js';
import { ExpectedAccess, type ExistingAccess } from './expected-access.js';
import { checkPeople, PeopleMap } from './people-map.js';
import { AccessPlan, type ItemAccess, type SharingRules } from './wanted-access.js';

/*
 * The oracle determines who may do what, person by person, by walking up from an item and applying every permission. It
 * shares no code with the rules under test: grantees are names, and roles are positions in its own list.
 */

const RANKS = ['reader', 'commenter', 'writer', 'fileOrganizer', 'organizer', 'owner'];
const NOBODY = -1;
const DESTINATION = 'dora@new.example';
const PEOPLE = ['ana', 'ben', 'cid', 'sam'].flatMap((name) => [`${name}@old.example`, `${name}@new.example`]);
const OUTSIDERS = ['eve@third.example', 'kim@third.example'];
const PERSONS = [...PEOPLE, ...OUTSIDERS, DESTINATION];
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  'group:team@old.example': ['ana@old.example', 'ben@old.example', 'eve@third.example'],
  'group:team@new.example': ['ana@new.example', 'cid@new.example', 'kim@third.example'],
};
const DOMAINS = ['@old.example', '@new.example', '@third.example'];
/** Frequent targets of lines, so that several people become one. */
const FAVOURITES = [DESTINATION, ...Array.from({ length: 8 }, () => 'ana@new.example')];
const GRANTEES = [...PEOPLE, ...OUTSIDERS, ...Object.keys(GROUPS), ...DOMAINS, 'anyone'];

interface Given {
  readonly who: string;
  readonly role: string;
  readonly until?: number;
}

/** An item of a drive for the oracle. */
interface Node {
  readonly above: Node | null;
  readonly isFolder: boolean;
  /** Missing in shared drives. */
  readonly owner?: string;
  readonly isLimited: boolean;
  given: readonly Given[];
}

const reaches = (who: string, person: string): boolean =>
  who === 'anyone' ||
  who === person ||
  (who.startsWith('@') && person.endsWith(who)) ||
  (GROUPS[who]?.includes(person) ?? false);

/** All permissions that apply to an item at a time, including those of folders above and of their owners. */
function* reaching(item: Node, time: number): Generator<Given> {
  let limited = false;
  for (let node: Node | null = item; node; node = node.above) {
    if (node.owner !== undefined && !limited) yield { who: node.owner, role: node === item ? 'owner' : 'writer' };
    for (const each of node.given)
      if ((each.until ?? Infinity) > time && (!limited || each.role === 'organizer')) yield each;
    limited ||= node.isLimited;
  }
}

function canDo(item: Node, person: string, time: number): number {
  let best = NOBODY;
  for (const { who, role } of reaching(item, time))
    if (reaches(who, person)) best = Math.max(best, RANKS.indexOf(role));
  return best;
}

/** Each grantee with its highest role, as Google lists the permissions of an item. */
function listed(item: Node): Given[] {
  const best = new Map<string, Given>();
  for (const each of reaching(item, NOW)) {
    const before = best.get(each.who);
    if (!before || RANKS.indexOf(each.role) > RANKS.indexOf(before.role)) best.set(each.who, each);
  }
  return [...best.values()].sort((one, other) => (one.who < other.who ? -1 : 1));
}

/** Grantees above a limited folder, who see only that it exists. */
const onlyVisibleTo = (item: Node): string[] =>
  item.isLimited && item.above
    ? [...reaching(item.above, NOW)]
        .map(({ who }) => who)
        .filter((who) => listed(item).every((each) => each.who !== who))
    : [];

type Lines = readonly (readonly [from: string, to: string | null])[];

/** The address decides whether a grantee is a person or a group, not the line. */
const real = (address: string) => (GROUPS[`group:${address}`] ? `group:${address}` : address);

/** Maps a grantee by the line for the address, else by that for its domain. */
function becomes(who: string, lines: Lines): string | null {
  const name = who.replace('group:', '');
  for (const [from, to] of lines) if (from === name) return to && real(to);
  for (const [from, to] of lines)
    if (from.startsWith('@') && !name.startsWith('@') && name.endsWith(from)) return to && real(name.replace(from, to));
  return who;
}

/** Applies the options to a permission; null: it is dropped. */
function chosen({ who, role }: Given, lines: Lines, options: SharingOptions): Given | null {
  const name = who.replace('group:', '');
  const isNamed = lines.some(([from]) => from === name || (from.startsWith('@') && name.endsWith(from)));
  const isInside = name.endsWith('@old.example') || name.endsWith('@new.example');
  const to = becomes(who, lines);
  if (to === null) return null;
  if (who === 'anyone')
    return options.links === 'drop' ? null : { who, role: options.links === 'keep' ? role : 'reader' };
  if (!isNamed && (options.unmapped === 'drop' || (options.outsiders === 'drop' && !isInside))) return null;
  if (role !== 'owner') return { who: to, role };
  return options.owner === 'drop' ? null : { who: to, role: options.owner };
}

/* The trials. */

interface Trial {
  readonly lines: Lines;
  readonly options: SharingOptions;
  readonly rules: SharingRules;
  readonly target: Node;
  readonly items: readonly {
    readonly original: Node;
    readonly copy: Node;
    /** What was there before: the folder that the copy is merged into, or the item that it replaces. */
    readonly existing?: Node;
    readonly access: ItemAccess;
    readonly isReadable: boolean;
  }[];
  /** Permissions are not given, because they would open a limited folder that is merged into an open one. */
  readonly isWithheld: boolean;
  readonly table: AccessTable;
}

const permissionOf = ({ who, role, until }: Given, more: Partial<DrivePermission> = {}): DrivePermission => ({
  id: `id of ${who}`,
  grantee: grantee(who),
  role: role as Role,
  ...(until !== undefined && { expiresAt: until }),
  ...more,
});

const nameOf = ({ type, address = '' }: DrivePermission['grantee']) =>
  type === 'anyone' ? 'anyone' : type === 'domain' ? `@${address}` : real(address);

function given({ below, chance, oneOf }: Random, most: number, roles: readonly string[], isFolder: boolean): Given[] {
  const taken = new Set<string>();
  return Array.from({ length: below(most + 1) }, (): Given => {
    const who = oneOf(GRANTEES);
    const isPersonal = !who.startsWith('@') && who !== 'anyone';
    const role = isPersonal ? oneOf(roles) : oneOf(['reader', 'commenter', 'writer']);
    const expires =
      isPersonal && chance(0.2) && ['reader', ...(isFolder ? [] : ['commenter', 'writer'])].includes(role);
    return { who, role, ...(expires && { until: NOW + (1 + below(500)) * DAY_MS }) };
  }).filter(({ who }) => !taken.has(who) && taken.add(who));
}

const HUMBLE = ['reader', 'commenter', 'writer'];

/** An existing item as the destination lists it. */
const existingAccess = (existing: Node, ordinal: number): ExistingAccess => ({
  ...(existing.isFolder && { folder: `folder ${ordinal}` }),
  permissions: [
    ...listed(existing).map((each) => permissionOf(each)),
    ...onlyVisibleTo(existing).map((who) => permissionOf({ who, role: 'reader' }, { isMetadataOnly: true })),
  ],
  isLimited: existing.isLimited,
});

/**
 * Permissions on folders above a limited original that is merged into an open folder are not given, as they would open
 * the copy too.
 */
function withhold(items: Trial['items']): boolean {
  let isWithheld = false;
  for (const { existing, copy, access } of items) {
    if (!existing || !access.restrictions.isLimited || copy.isLimited) continue;
    const { effective } = access.access;
    const may = ({ who, role }: Given) => {
      const allowed = [...effective.values()].find((each) => nameOf(each.grantee) === who)?.role;
      return allowed !== undefined && RANKS.indexOf(allowed) >= RANKS.indexOf(role);
    };
    for (let above = copy.above; above; above = above.above) {
      const each = items.find((other) => other.copy === above);
      if (!each) break;
      const stays = each.existing?.given ?? [];
      const left = above.given.filter((given) => stays.includes(given) || may(given));
      isWithheld ||= left.length < above.given.length;
      above.given = left;
      if (above.isLimited) break;
    }
  }
  return isWithheld;
}

/** Which trials to make. */
interface Kind {
  /** The source cannot read the permissions of some originals. Default: true. */
  readonly unreadable?: boolean;
  /** Some folders are merged, and some items replaced. Default: true. */
  readonly existing?: boolean;
}

function trialOf(random: Random, { unreadable = true, existing: withExisting = true }: Kind): Trial {
  const { below, chance, oneOf } = random;
  const fromShared = chance(0.3);
  const toShared = chance(0.3);
  const names = ['@old.example', '@third.example', '@new.example'];
  const addresses = [...PEOPLE, ...OUTSIDERS, 'team@old.example', 'team@new.example'];
  const proposed = Array.from({ length: below(8) }, (): [string, string | null] => {
    const kind = chance(0.3) ? names : addresses;
    return [oneOf(kind), chance(0.15) ? null : oneOf(kind === addresses ? [...addresses, ...FAVOURITES] : kind)];
  });
  const { lines: valid } = checkPeople(proposed.map(([from, to]) => ({ from, to })));
  const lines = valid.map(({ from, to }) => [from, to] as const);
  const options = sharingOptions({
    unmapped: oneOf(['keep', 'drop']),
    links: oneOf(['keep', 'restrict', 'drop']),
    owner: oneOf(['drop', 'reader', 'writer']),
    outsiders: oneOf(['keep', 'drop']),
  });

  const driveOf = (isShared: boolean, owner: string): Node => ({
    above: null,
    isFolder: true,
    isLimited: false,
    ...(isShared ? {} : { owner }),
    given: isShared
      ? given(random, 3, ['reader', 'writer', 'fileOrganizer', 'organizer'], true)
          .filter(({ who }) => /^[^@]+@/.test(who))
          .map(({ who, role }) => ({ who, role }))
      : [],
  });
  const itemOf = (above: Node, isFolder: boolean, isShared: boolean): Node => ({
    above,
    isFolder,
    isLimited: isFolder && chance(0.15),
    ...(isShared ? {} : { owner: chance(0.75) && above.owner !== undefined ? above.owner : oneOf(PERSONS) }),
    given: chance(0.6) ? [] : given(random, 4, isShared && isFolder ? [...HUMBLE, 'fileOrganizer'] : HUMBLE, isFolder),
  });

  const outside = itemOf(driveOf(fromShared, 'sam@old.example'), true, fromShared);
  const originals: { node: Node; parent: number | null }[] = [
    { node: itemOf(outside, chance(0.9), fromShared), parent: null },
  ];
  for (let count = below(14); count > 0; count--) {
    const folders = originals.flatMap(({ node }, ordinal) => (node.isFolder ? [ordinal] : []));
    const parent = folders.length === 0 || chance(0.1) ? null : oneOf(folders);
    const above = parent === null ? outside : originals[parent]!.node;
    originals.push({ node: itemOf(above, chance(0.4), fromShared), parent });
  }

  const drive = driveOf(toShared, DESTINATION);
  const target: Node = {
    above: drive,
    isFolder: true,
    isLimited: false,
    ...(toShared ? {} : { owner: DESTINATION }),
    given: given(random, 3, HUMBLE, true),
  };
  const rules: SharingRules = {
    options,
    people: new PeopleMap(valid),
    accounts: { source: 'sam@old.example', destination: DESTINATION },
    target: { isInSharedDrive: toShared, permissions: listed(target).map((each) => permissionOf(each)) },
    now: NOW,
  };
  const plan = new AccessPlan(rules);
  const expected = new ExpectedAccess(plan.root, rules);
  const tally = new AccessTally(rules);
  const readable = new Map<number, boolean>();
  const items: Trial['items'][number][] = [];
  originals.forEach(({ node, parent }, ordinal) => {
    const isReadable = !unreadable || chance(0.9);
    readable.set(ordinal, isReadable);
    const above = parent === null ? undefined : originals[parent]!.node;
    // As the walk stores it: chosen items, and items whose access differs from that of their folder.
    const differs =
      !above ||
      node.isLimited ||
      !isReadable ||
      !readable.get(parent!) ||
      JSON.stringify(listed(node)) !== JSON.stringify(listed(above));
    const permissions = [
      ...listed(node).map((each) => permissionOf(each)),
      ...onlyVisibleTo(node).map((who) => permissionOf({ who, role: 'reader' }, { isMetadataOnly: true })),
    ];
    const source = { ...(isReadable && { permissions }), restrictions: node.isLimited ? { isLimited: true } : {} };
    const kind = node.isFolder ? 'folder' : 'file';
    const item = plan.add({ ordinal, parent, kind }, differs || chance(0.05) ? source : undefined);
    const isFolder = node.isFolder;
    const copyAbove = parent === null ? target : items[parent]!.copy;
    const existingAbove = parent === null ? target : items[parent]!.existing;
    const existing =
      withExisting && existingAbove?.isFolder && chance(0.5) ? itemOf(existingAbove, isFolder, toShared) : undefined;
    tally.add(expected.add({ ordinal, parent, kind }, item, existing && existingAccess(existing, ordinal)));
    const wanted = item.wanted.map(({ grantee: to, role, expiresAt }) => ({
      who: nameOf(to),
      role,
      ...(expiresAt !== undefined && { until: expiresAt }),
    }));
    const isMerged = existing !== undefined && isFolder;
    const owner = isMerged ? existing.owner : toShared ? undefined : DESTINATION;
    const copy: Node = {
      above: copyAbove,
      isFolder,
      isLimited: isMerged ? existing.isLimited : (item.restrictions.isLimited ?? false),
      ...(owner !== undefined && { owner }),
      given: [...wanted, ...(existing?.given ?? [])],
    };
    items.push({ original: node, copy, ...(existing && { existing }), access: item, isReadable });
  });
  const isWithheld = withhold(items);
  return { lines, options, rules, target, items, isWithheld, table: tally.table() };
}

/** What a person could do before with what is there of an item and of the folders above its copy. */
function couldDo(items: Trial['items'], ordinal: number, person: string, time: number): number {
  let best = NOBODY;
  for (let copy: Node | null = items[ordinal]!.copy; copy; copy = copy.above) {
    const { existing } = items.find((each) => each.copy === copy) ?? {};
    if (existing) best = Math.max(best, canDo(existing, person, time));
    if (copy.isLimited) break;
  }
  return best;
}

const TRIALS = Number(process.env['FUZZ_TRIALS'] ?? 250);
const FIRST_SEED = Number(process.env['FUZZ_SEED'] ?? 1);
const TIMES = [NOW, NOW + 100 * DAY_MS, NOW + 366 * DAY_MS, NOW + 600 * DAY_MS];

function eachTrial(check: (trial: Trial, seed: number) => void, kind: Kind = {}): void {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + TRIALS; seed++) check(trialOf(randomOf(seed), kind), seed);
}

describe('carrying sharing over, with random trees, people maps, target folders and options', () => {
  it('gives nobody more access than the original, their predecessors, the target folder or what it contains allow', () => {
    let tried = 0;
    eachTrial(({ items, lines, target }, seed) => {
      items.forEach(({ original, copy }, ordinal) => {
        for (const person of PERSONS)
          for (const time of TIMES) {
            if (person === DESTINATION) continue;
            const after = canDo(copy, person, time);
            let allowed = Math.max(canDo(target, person, time), couldDo(items, ordinal, person, time));
            for (const { who, role } of reaching(original, time)) {
              const to = becomes(who, lines);
              if ((to !== null && reaches(to, person)) || reaches(who, person))
                allowed = Math.max(allowed, RANKS.indexOf(role));
            }
            tried++;
            if (after > allowed)
              throw new Error(
                `FUZZ_SEED=${seed}: item ${ordinal}, ${person} gets ${RANKS[after]}, and ${RANKS[allowed] ?? 'nothing'} is allowed, at ${(time - NOW) / DAY_MS} days`,
              );
          }
      });
    });
    expect(tried).toBeGreaterThan(0);
  });

  it('gives nobody more access than the options, the target folder and what it contains allow', () => {
    eachTrial(({ items, lines, options, target }, seed) => {
      items.forEach(({ original, copy }, ordinal) => {
        for (const person of PERSONS) {
          if (person === DESTINATION) continue;
          let allowed = Math.max(canDo(target, person, NOW), couldDo(items, ordinal, person, NOW));
          // Inherited access counts for the folders above: an owner may be a writer of the folder.
          for (let node: Node | null = original; node && items.some((each) => each.original === node);) {
            for (const each of reaching(node, NOW)) {
              const left = chosen(each, lines, options);
              if (left && reaches(left.who, person)) allowed = Math.max(allowed, RANKS.indexOf(left.role));
            }
            node = node.isLimited ? null : node.above;
          }
          const after = canDo(copy, person, NOW);
          if (after > allowed)
            throw new Error(
              `FUZZ_SEED=${seed}: item ${ordinal}, ${person} gets ${RANKS[after]} instead of ${RANKS[allowed] ?? 'nothing'}`,
            );
        }
      });
    });
  });

  it('lets everyone whom the options include keep their role, if the target has it', () => {
    let kept = 0;
    eachTrial(
      ({ items, lines, options }, seed) => {
        items.forEach(({ original, copy, isReadable }, ordinal) => {
          if (!isReadable) return;
          const owners = new Set<string>();
          for (let node: Node | null = original; node; node = node.above)
            if (node.owner !== undefined) owners.add(node.owner);
          for (const each of listed(original)) {
            const left = chosen(each, lines, options);
            if (!left || each.until !== undefined || owners.has(each.who) || [each.who, left.who].includes(DESTINATION))
              continue;
            const name = left.who;
            const wanted = Math.min(RANKS.indexOf(left.role), RANKS.indexOf('writer'));
            for (const time of TIMES) {
              const got = Math.max(
                NOBODY,
                ...[...reaching(copy, time)].filter(({ who }) => who === name).map(({ role }) => RANKS.indexOf(role)),
              );
              kept++;
              if (got < wanted)
                throw new Error(
                  `FUZZ_SEED=${seed}: item ${ordinal}, ${each.who} as ${name} gets ${RANKS[got] ?? 'nothing'} instead of ${RANKS[wanted]}`,
                );
            }
          }
        });
      },
      { existing: false },
    );
    expect(kept).toBeGreaterThan(0);
  });

  it('requests only permissions that Google accepts', () => {
    eachTrial(({ items, rules: { target } }, seed) => {
      for (const { access, original } of items)
        for (const { grantee: to, role, expiresAt } of access.wanted) {
          const roles = target.isInSharedDrive && original.isFolder ? [...HUMBLE, 'fileOrganizer'] : HUMBLE;
          expect({ seed, role, isTaken: roles.includes(role) }).toEqual({ seed, role, isTaken: true });
          if (expiresAt === undefined) continue;
          expect(['user', 'group']).toContain(to.type);
          expect(expiresAt).toBeGreaterThan(NOW);
          expect(expiresAt).toBeLessThanOrEqual(NOW + 365 * DAY_MS);
          if (original.isFolder) expect(['reader', 'commenter']).toContain(role);
        }
    });
  });

  it('shows numbers that add up before the start', () => {
    eachTrial(
      ({ items, table, lines, isWithheld }, seed) => {
        const now = new Map<string, Record<string, number>>();
        const after = new Map<string, number>();
        for (const { original, copy } of items)
          for (const { who, role } of listed(original)) {
            if (who === DESTINATION) continue;
            const roles = now.get(who) ?? {};
            roles[role] = (roles[role] ?? 0) + 1;
            now.set(who, roles);
            // A dropped grantee keeps the address, and with it the access through the target folder.
            const row = table.rows.find((each) => each.change !== 'gains' && nameOf(each.grantee) === who);
            const name = row?.becomes ? nameOf(row.becomes) : who;
            const isThere = listed(copy).some((each) => each.who === name);
            after.set(who, (after.get(who) ?? 0) + (isThere ? 1 : 0));
          }
        const rows = table.rows.filter(({ change }) => change !== 'gains');
        const { keeps, less, loses } = table.counts;
        expect({ seed, all: keeps + less + loses }).toEqual({ seed, all: now.size });
        for (const row of rows) {
          const who = nameOf(row.grantee);
          const isOwner = items.some(({ original, existing }) => [original.owner, existing?.owner].includes(who));
          const sum = Object.values(row.after).reduce((all, count) => all + count, 0);
          expect({ seed, who, now: row.now }).toEqual({ seed, who, now: now.get(who) });
          if (!isWithheld && !isOwner && ![null, DESTINATION].includes(becomes(who, lines)))
            expect({ seed, who, sum }).toEqual({ seed, who, sum: after.get(who) });
          expect({ seed, who, reasons: row.reasons.length > 0 }).toEqual({
            seed,
            who,
            reasons: row.change !== 'keeps',
          });
        }
      },
      { unreadable: false },
    );
  });

  it('lists before the start everyone who gains access through the target folder or what it contains', () => {
    let gained = 0;
    let gainedInside = 0;
    eachTrial(
      ({ items, table, target, lines }, seed) => {
        const named = table.rows.filter(({ change }) => change === 'gains').map(({ grantee: to }) => nameOf(to));
        for (const person of PERSONS) {
          if (person === DESTINATION) continue;
          const gains = items.filter(({ original, copy }, ordinal) => {
            const before = [...reaching(original, NOW)].flatMap(({ who, role }) =>
              reaches(who, person) || reaches(becomes(who, lines) ?? 'nobody', person) ? [RANKS.indexOf(role)] : [],
            );
            if (copy.owner === person) return false;
            const there = Math.max(canDo(target, person, NOW), couldDo(items, ordinal, person, NOW));
            return canDo(copy, person, NOW) > Math.max(NOBODY, ...before) && there > NOBODY;
          });
          if (gains.length === 0) continue;
          gained++;
          if (canDo(target, person, NOW) === NOBODY) gainedInside++;
          if (!named.some((who) => reaches(who, person)))
            throw new Error(`FUZZ_SEED=${seed}: ${person} gains access, and is not listed`);
        }
      },
      { unreadable: false },
    );
    expect(gained).toBeGreaterThan(gainedInside);
    expect(gainedInside).toBeGreaterThan(0);
  });
});
