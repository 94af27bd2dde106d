import { access, DAY_MS, grantee, NOW, permission, sharingRules } from '../../../test/support/sharing.js';
import type { SourceAccess } from '../model/sharing.js';
import { AccessPlan, granteeKey, type ItemAccess, MAX_EXPIRY_MS } from './wanted-access.js';

type Given = Parameters<typeof sharingRules>[0];

/** Access of one chosen item. */
const ofItem = (source: SourceAccess, given: Given = {}, kind: 'file' | 'folder' = 'file') =>
  new AccessPlan(sharingRules(given)).add({ ordinal: 0, parent: null, kind }, source);

/** Access of a file in a chosen folder. */
function ofChild(
  folder: SourceAccess,
  file: SourceAccess | undefined,
  given: Given = {},
  kind: 'file' | 'folder' = 'file',
) {
  const plan = new AccessPlan(sharingRules(given));
  plan.add({ ordinal: 0, parent: null, kind: 'folder' }, folder);
  return plan.add({ ordinal: 1, parent: 0, kind }, file);
}

const wanted = (item: ItemAccess) =>
  Object.fromEntries(item.wanted.map((each) => [granteeKey(each.grantee), each.role]));
const left = (item: ItemAccess) =>
  Object.fromEntries(item.omitted.map((each) => [granteeKey(each.original), each.code]));
const effective = ({ access: { effective: all } }: ItemAccess) =>
  Object.fromEntries([...all].map(([key, { role }]) => [key, role]));

describe('direct permissions of a copy', () => {
  it('are all of a chosen item, including inherited ones', () => {
    expect(wanted(ofItem(access({ 'ana@old.example': 'writer', anyone: 'reader' })))).toEqual({
      'ana@old.example': 'writer',
      '*': 'reader',
    });
  });

  it('are those that the original does not inherit from its folder', () => {
    const folder = access({ 'sam@old.example': 'owner', 'ana@old.example': 'writer', 'ben@old.example': 'reader' });

    expect(wanted(ofChild(folder, undefined))).toEqual({});
    expect(
      wanted(
        ofChild(
          folder,
          access({
            'sam@old.example': 'owner',
            'ana@old.example': 'writer',
            'ben@old.example': 'commenter',
            'cid@old.example': 'reader',
          }),
        ),
      ),
    ).toEqual({ 'ben@old.example': 'commenter', 'cid@old.example': 'reader' });
  });

  it('include one with another expiry than that of the folder', () => {
    const until = (days: number) =>
      access([permission('ana@old.example', 'reader', { expiresAt: NOW + days * DAY_MS })]);

    expect(ofChild(until(5), until(9)).wanted).toMatchObject([{ expiresAt: NOW + 9 * DAY_MS }]);
    expect(ofChild(until(9), until(9)).wanted).toEqual([]);
    // Google would keep both. The inherited one lasts longer, so nothing needs to be written.
    expect(ofChild(until(9), until(5)).wanted).toEqual([]);
  });

  it('are all of a limited folder, which does not inherit any', () => {
    const folder = access({ 'ana@old.example': 'writer', 'ben@old.example': 'reader' });
    const limited = ofChild(folder, access({ 'ana@old.example': 'writer' }, { isLimited: true }), {}, 'folder');

    expect(wanted(limited)).toEqual({ 'ana@old.example': 'writer' });
    expect(effective(limited)).toEqual({ 'ana@old.example': 'writer', 'dora@new.example': 'owner' });
    expect(limited.restrictions).toEqual({ isLimited: true });
  });

  it('omit people who only see that a limited folder exists', () => {
    const source = access([permission('ana@old.example', 'reader', { isMetadataOnly: true })], { isLimited: true });

    expect(ofItem(source, {}, 'folder')).toMatchObject({ wanted: [], omitted: [] });
  });

  it("omit the destination account, whose permission is CloudMover's own or unnecessary", () => {
    const item = ofItem(access({ 'dora@new.example': 'reader', 'ana@old.example': 'reader' }));

    expect(wanted(item)).toEqual({ 'ana@old.example': 'reader' });
    expect([...item.access.source.keys()]).toEqual(['ana@old.example']);
  });

  it('omit people mapped to the destination account, which owns the copy', () => {
    const item = ofItem(access({ 'sam@old.example': 'writer' }), { people: { 'sam@old.example': 'dora@new.example' } });

    expect(item).toMatchObject({ wanted: [], omitted: [] });
    expect(item.access.mappings.get('sam@old.example')).toEqual({ becomes: grantee('dora@new.example'), line: 1 });
  });

  it('omit people with as much access through the target folder', () => {
    const target = { 'ana@old.example': 'writer', 'ben@old.example': 'reader' } as const;

    expect(wanted(ofItem(access({ 'ana@old.example': 'commenter', 'ben@old.example': 'writer' }), { target }))).toEqual(
      {
        'ben@old.example': 'writer',
      },
    );
  });

  it('list groups and domains before people, and anyone last', () => {
    const item = ofItem(
      access({
        anyone: 'reader',
        'ana@old.example': 'writer',
        '@old.example': 'reader',
        'group:team@old.example': 'writer',
      }),
    );

    expect(item.wanted.map((each) => each.grantee.type)).toEqual(['group', 'domain', 'user', 'anyone']);
  });

  it('omit, for a file, the owner of its folder', () => {
    const item = ofChild(
      access({ 'bob@old.example': 'owner', 'ana@old.example': 'writer' }),
      access({ 'ana@old.example': 'owner', 'bob@old.example': 'writer' }),
    );

    expect(wanted(item)).toEqual({});
    expect(item.access.mappings.get('bob@old.example')).toEqual({ becomes: null, code: 'owner_dropped' });
    expect(effective(item)).toEqual({ 'ana@old.example': 'writer', 'dora@new.example': 'owner' });
  });

  it('are none if the source cannot read them; the copy inherits', () => {
    const item = ofChild(access({ 'ana@old.example': 'writer' }), { restrictions: { isClosedToCopying: true } });

    expect(item).toMatchObject({
      wanted: [],
      omitted: [],
      isUnreadable: true,
      restrictions: { isClosedToCopying: true },
    });
    expect(effective(item)).toMatchObject({ 'ana@old.example': 'writer' });
    const limited = ofChild(
      access({ 'ana@old.example': 'writer' }),
      { restrictions: { isLimited: true } },
      {},
      'folder',
    );
    expect(effective(limited)).toEqual({ 'dora@new.example': 'owner' });
  });

  it('are one object for items with the same access in the same folder', () => {
    const plan = new AccessPlan(sharingRules());
    const [one, other] = [0, 1].map((ordinal) =>
      plan.add({ ordinal, parent: null, kind: 'file' }, access({ 'ana@old.example': 'writer' })),
    );

    expect(one).toBe(other);
  });
});

describe('the people map', () => {
  const people = { '@old.example': '@new.example', 'ana@old.example': 'ben@new.example', 'temp@old.example': null };

  it('maps grantees to others', () => {
    const item = ofItem(
      access({
        'ana@old.example': 'commenter',
        'group:team@old.example': 'writer',
        '@old.example': 'reader',
        'temp@old.example': 'writer',
        'eve@third.example': 'reader',
      }),
      { people },
    );

    expect(wanted(item)).toEqual({
      'ben@new.example': 'commenter',
      'team@new.example': 'writer',
      '@new.example': 'reader',
      'eve@third.example': 'reader',
    });
    expect(item.wanted[0]!.grantee).toEqual(grantee('group:team@new.example'));
    expect(left(item)).toEqual({ 'temp@old.example': 'map_nobody' });
  });

  it.each([
    ['the first', { 'ana@old.example': 'writer', 'ben@old.example': 'reader' }],
    ['the second', { 'ana@old.example': 'reader', 'ben@old.example': 'writer' }],
  ] as const)('gives a person mapped from two the higher role: %s', (_, permissions) => {
    expect(ofItem(access(permissions), { people }).wanted).toEqual([
      {
        grantee: grantee('ben@new.example'),
        role: 'writer',
        originals: [grantee('ana@old.example'), grantee('ben@old.example')],
      },
    ]);
  });

  it('gives a person mapped from two the later expiry of the role', () => {
    const until = (name: string, expiresAt?: number) =>
      permission(name, 'reader', expiresAt === undefined ? {} : { expiresAt });
    const expiry = (...permissions: ReturnType<typeof until>[]) =>
      ofItem(access(permissions), { people }).wanted[0]!.expiresAt;

    expect(expiry(until('ana@old.example', NOW + 1), until('ben@old.example', NOW + 2))).toBe(NOW + 2);
    expect(expiry(until('ana@old.example', NOW + 1), until('ben@old.example'))).toBeUndefined();
  });

  it.each([
    ['one', ['ana@old.example', 'ben@old.example']],
    ['other', ['ben@old.example', 'ana@old.example']],
  ])(
    'gives a person mapped from two the role that lasts longer, and reports the higher one: the %s first',
    (_, names) => {
      const [lasting, ending] = names as [string, string];
      const item = ofItem(
        access([permission(lasting, 'commenter'), permission(ending, 'writer', { expiresAt: NOW + 1 })]),
        {
          people,
        },
      );
      expect(item.wanted).toMatchObject([{ role: 'commenter', reduced: 'expiry_differs' }]);
      expect(item.wanted[0]).not.toHaveProperty('expiresAt');
      const covered = [permission(lasting, 'writer'), permission(ending, 'commenter', { expiresAt: NOW + 1 })];
      expect(ofItem(access(covered), { people }).wanted[0]).not.toHaveProperty('reduced');
    },
  );

  it('maps a group to an address before people, because many may share it', () => {
    const item = ofItem(access({ 'eve@third.example': 'reader', 'group:ana@old.example': 'reader' }), { people });

    expect(item.wanted.map((each) => each.grantee)).toEqual([grantee('ben@new.example'), grantee('eve@third.example')]);
  });

  it('maps a group and a person to one person', () => {
    const item = ofItem(access({ 'group:ana@old.example': 'reader', 'ben@old.example': 'reader' }), { people });

    expect(item.wanted.map((each) => each.grantee)).toEqual([grantee('ben@new.example')]);
  });

  it('writes nothing if a folder above already gives the person as much', () => {
    const folder = access({ 'ana@old.example': 'writer' });

    expect(
      wanted(ofChild(folder, access({ 'ana@old.example': 'writer', 'ben@old.example': 'reader' }), { people })),
    ).toEqual({});
  });
});

describe('the options of a transfer', () => {
  it('drop people without a line', () => {
    const item = ofItem(access({ 'ana@old.example': 'writer', 'ben@old.example': 'reader', anyone: 'reader' }), {
      options: { unmapped: 'drop' },
      people: { 'ana@old.example': 'ana@old.example' },
    });

    expect(wanted(item)).toEqual({ 'ana@old.example': 'writer', '*': 'reader' });
    expect(left(item)).toEqual({ 'ben@old.example': 'unmapped_dropped' });
  });

  it('drop people outside both domains, unless a line names them', () => {
    const item = ofItem(
      access({
        'ana@old.example': 'reader',
        'ben@new.example': 'reader',
        'eve@third.example': 'reader',
        'group:all@third.example': 'reader',
        '@third.example': 'reader',
        'kim@third.example': 'reader',
        'ana@sub.old.example': 'reader',
      }),
      { options: { outsiders: 'drop' }, people: { 'kim@third.example': 'kim@fourth.example' } },
    );

    expect(wanted(item)).toEqual({
      'ana@old.example': 'reader',
      'ben@new.example': 'reader',
      'kim@fourth.example': 'reader',
    });
    expect(new Set(Object.values(left(item)))).toEqual(new Set(['outsider_dropped']));
    expect(item.omitted).toHaveLength(4);
  });

  it('treat everyone else at gmail.com as an outsider', () => {
    const rules = sharingRules({ options: { outsiders: 'drop' } });
    const plan = new AccessPlan({ ...rules, accounts: { source: 'sam@gmail.com', destination: 'dora@gmail.com' } });
    const item = plan.add(
      { ordinal: 0, parent: null, kind: 'file' },
      access({ 'sam@gmail.com': 'writer', 'eve@gmail.com': 'writer' }),
    );

    expect(wanted(item)).toEqual({ 'sam@gmail.com': 'writer' });
  });

  it.each([
    ['keep', { '*': 'writer' }, {}],
    ['restrict', { '*': 'reader' }, {}],
    ['drop', {}, { '*': 'link_dropped' }],
  ] as const)('%s links for anyone', (links, expected, dropped) => {
    const item = ofItem(access({ anyone: 'writer' }), { options: { links } });

    expect(wanted(item)).toEqual(expected);
    expect(left(item)).toEqual(dropped);
    expect(item.wanted[0]?.reduced).toBe(links === 'restrict' ? 'link_restricted' : undefined);
  });

  it('keep whether searches find a link', () => {
    const item = ofItem(
      access([
        permission('anyone', 'reader', { isDiscoverable: true }),
        permission('@old.example', 'reader', { isDiscoverable: false }),
      ]),
    );

    expect(item.wanted.map(({ isDiscoverable }) => isDiscoverable)).toEqual([undefined, true]);
  });

  it.each([
    ['drop', {}, { 'sam@old.example': 'owner_dropped' }],
    ['reader', { 'sam@old.example': 'reader' }, {}],
    ['writer', { 'sam@old.example': 'writer' }, {}],
  ] as const)('%s the owner of the original', (owner, expected, dropped) => {
    const item = ofItem(access({ 'sam@old.example': 'owner' }), { options: { owner } });

    expect(wanted(item)).toEqual(expected);
    expect(left(item)).toEqual(dropped);
    expect(item.wanted[0]?.reduced).toBe(owner === 'drop' ? undefined : 'owner_reduced');
  });
});

describe('roles and expiries that Google does not allow', () => {
  it.each([
    ['My Drive', 'folder', false, { o: 'writer', f: 'writer', w: 'writer' }],
    ['My Drive', 'file', false, { o: 'writer', f: 'writer', w: 'writer' }],
    ['a shared drive', 'folder', true, { o: 'fileOrganizer', f: 'fileOrganizer', w: 'writer' }],
    ['a shared drive', 'file', true, { o: 'writer', f: 'writer', w: 'writer' }],
  ] as const)('is reduced in %s, for a %s', (_, kind, sharedDrive, { o, f, w }) => {
    const source = access({
      'o@old.example': 'organizer',
      'f@old.example': 'fileOrganizer',
      'w@old.example': 'writer',
    });
    const item = ofItem(source, { sharedDrive }, kind);

    expect(wanted(item)).toEqual({ 'o@old.example': o, 'f@old.example': f, 'w@old.example': w });
    expect(item.wanted.map(({ reduced }) => reduced)).toEqual([
      'role_not_available',
      f === 'fileOrganizer' ? undefined : 'role_not_available',
      undefined,
    ]);
  });

  it('are not written on a file that inherits more', () => {
    const roles = access({ 'o@old.example': 'organizer', 'f@old.example': 'fileOrganizer' });
    const item = ofChild(
      roles,
      access({ ...{ 'o@old.example': 'organizer', 'f@old.example': 'fileOrganizer' }, anyone: 'reader' }),
      {
        sharedDrive: true,
      },
    );

    expect(wanted(item)).toEqual({ '*': 'reader' });
    expect(effective(item)).toMatchObject({ 'o@old.example': 'fileOrganizer', 'f@old.example': 'fileOrganizer' });
  });

  it.each([
    ['keeps an expiry within a year', 'file', 'writer', MAX_EXPIRY_MS, MAX_EXPIRY_MS, undefined],
    ['shortens one of more than a year', 'file', 'reader', 2 * MAX_EXPIRY_MS, MAX_EXPIRY_MS, 'expiry_shortened'],
    ['keeps that of a commenter of a folder', 'folder', 'commenter', DAY_MS, DAY_MS, undefined],
    ['omits an expiring writer of a folder', 'folder', 'writer', DAY_MS, undefined, 'expiry_not_allowed'],
    ['omits an expired permission', 'file', 'reader', 0, undefined, 'expired'],
  ] as const)('%s', (_, kind, role, ahead, expected, code) => {
    const item = ofItem(access([permission('ana@old.example', role, { expiresAt: NOW + ahead })]), {}, kind);

    expect(item.wanted.map(({ expiresAt }) => expiresAt)).toEqual(expected === undefined ? [] : [NOW + expected]);
    expect(item.wanted[0]?.reduced ?? item.omitted[0]?.code).toBe(code);
  });

  it('leaves out deleted accounts, which may have no address any more', () => {
    const gone = { isDeleted: true, grantee: { type: 'user' } } as const;
    const item = ofItem(
      access([
        permission('a', 'reader', gone),
        permission('b', 'writer', gone),
        permission('ana@old.example', 'reader'),
      ]),
    );

    expect(wanted(item)).toEqual({ 'ana@old.example': 'reader' });
    expect(item.omitted.map(({ code }) => code)).toEqual(['account_deleted', 'account_deleted']);
  });
});

describe('restrictions', () => {
  const all = {
    isLimited: true,
    isClosedToSharing: true,
    isClosedToCopying: true,
    download: { readers: true, writers: false },
    lock: { reason: 'final' },
  };

  it('are carried over if they exist for the kind and the place of the copy', () => {
    const { isLimited, isClosedToSharing, ...rest } = all;

    expect(ofItem(access({}, all), {}, 'folder').restrictions).toEqual(all);
    expect(ofItem(access({}, all), {}, 'file').restrictions).toEqual({ isClosedToSharing, ...rest });
    expect(ofItem(access({}, all), { sharedDrive: true }, 'folder').restrictions).toEqual({ isLimited, ...rest });
  });

  it('keep managers of a shared drive in a limited folder', () => {
    const target = { 'mia@new.example': 'organizer', 'ben@new.example': 'writer' } as const;
    const item = ofItem(access({}, { isLimited: true }), { sharedDrive: true, target }, 'folder');

    expect(effective(item)).toEqual({ 'mia@new.example': 'organizer', 'dora@new.example': 'writer' });
  });
});
