import type { AccessGrant, AccessRecord, DrivePermission, Role, WantedPermission } from '../model/sharing.js';
import { compareWithWanted, earlierOf, mergedByGrantee, nextStep, plannedRecord } from './access-record.js';

const DAY = 86_400_000;
const user = (address: string) => ({ type: 'user', address }) as const;
const wanted = (address: string, role: Role = 'reader', more: Partial<WantedPermission> = {}): WantedPermission => ({
  grantee: user(address),
  role,
  originals: [user(address)],
  ...more,
});
const grant = (address: string, role: Role = 'reader', more: Partial<AccessGrant> = {}): AccessGrant => ({
  ...wanted(address, role),
  outcome: 'waiting',
  ...more,
});
const permission = (address: string, role: Role = 'reader', more: Partial<DrivePermission> = {}): DrivePermission => ({
  id: `id-${address}`,
  grantee: user(address),
  role,
  ...more,
});
const record = (grants: AccessGrant[], more: Partial<AccessRecord> = {}): AccessRecord => ({
  ordinal: 3,
  copyId: 'copy',
  grants,
  ...more,
});
const planned = (
  permissions: WantedPermission[],
  earlier?: AccessRecord,
  more: { restrictions?: object; copyId?: string; intended?: ReadonlyMap<string, Role> } = {},
) =>
  plannedRecord(
    { ordinal: 3, copyId: 'copy', wanted: permissions, restrictions: {}, intended: new Map(), ...more },
    earlier,
    (code) => code === 'license',
  );

describe('the access record of a copy', () => {
  it('lists every wanted permission as waiting', () => {
    expect(planned([wanted('ana', 'writer')], undefined, { restrictions: { isLimited: true } })).toEqual(
      record([grant('ana', 'writer')], { restrictions: { wanted: { isLimited: true }, state: 'waiting' } }),
    );
    expect(planned([])).toBeUndefined();
  });

  it('keeps settled grants, and retries refusals that may no longer apply', () => {
    const earlier = record([
      grant('ana', 'reader', { outcome: 'equal', permissionId: 'id-ana', setRole: 'reader' }),
      grant('ben', 'reader', { outcome: 'narrower', code: 'license' }),
      grant('cleo', 'reader', { outcome: 'narrower', code: 'expired' }),
    ]);
    const all = ['ana', 'ben', 'cleo'].map((name) => wanted(name));
    expect(planned(all, earlier)!.grants).toEqual([earlier.grants[0], grant('ben'), earlier.grants[2]]);
    expect(planned([wanted('ana')], record([earlier.grants[0]!]))).toEqual(record([earlier.grants[0]!]));
  });

  it('does not change if nothing changed, whatever the order of its fields', () => {
    const { outcome, ...rest } = grant('ana', 'reader', { permissionId: 'id-ana' });
    const earlier = record([{ outcome: outcome === 'waiting' ? 'equal' : outcome, ...rest }]);
    expect(planned([wanted('ana')], earlier)).toBe(earlier);
  });

  it('changes a role if the original’s role changed, and removes only permissions that CloudMover created', () => {
    const own = { outcome: 'equal', permissionId: 'id-ana', setRole: 'reader' } as const;
    const earlier = record([grant('ana', 'reader', own), grant('ben', 'reader', { outcome: 'equal' })]);
    expect(planned([wanted('ana', 'writer')], earlier)!.grants).toEqual([
      grant('ana', 'writer', { permissionId: 'id-ana', setRole: 'reader' }),
    ]);
    expect(planned([], earlier)!.grants).toEqual([
      grant('ana', 'reader', { permissionId: 'id-ana', setRole: 'reader', isWithdrawn: true }),
    ]);
  });

  it('keeps an owner’s permission that was removed for now, to be given back', () => {
    const raisedFrom = { id: 'id-ana', role: 'commenter' } as const;
    const withdrawn = grant('ana', 'reader', { raisedFrom, isWithdrawn: true });
    expect(planned([], record([grant('ana', 'reader', { raisedFrom })]))!.grants).toEqual([withdrawn]);
    const refused = grant('ana', 'reader', { raisedFrom, outcome: 'narrower', code: 'license' });
    expect(planned([], record([refused]))!.grants).toEqual([withdrawn]);
    // The permissions of the copy that are not CloudMover's include it, unless the owner has given another one since.
    expect(earlierOf([permission('ben')], record([withdrawn]))).toEqual([{ id: 'id-ben', role: 'reader' }, raisedFrom]);
    expect(earlierOf([permission('ana')], record([withdrawn]))).toEqual([{ id: 'id-ana', role: 'reader' }]);
  });

  it('keeps a permission that is now inherited, too', () => {
    const earlier = record([grant('ana', 'reader', { outcome: 'equal', permissionId: 'id-ana', setRole: 'reader' })]);
    expect(planned([], earlier, { intended: new Map([['ana', 'writer']]) })).toBe(earlier);
    const higher = record([grant('ana', 'writer', { outcome: 'equal', permissionId: 'id-ana', setRole: 'writer' })]);
    expect(planned([], higher, { intended: new Map([['ana', 'reader']]) })!.grants[0]!.isWithdrawn).toBe(true);
  });

  it('never lowers a permission that the destination’s owner gave to the replaced item', () => {
    const own = { outcome: 'equal', permissionId: 'id-ana', setRole: 'commenter' } as const;
    const earlier = record([grant('ana', 'commenter', { ...own, isKept: true })]);
    expect(planned([wanted('ana', 'reader')], earlier)).toBe(earlier);
    expect(planned([], earlier)).toBe(earlier);
    const { outcome: _settled, ...given } = own;
    expect(planned([wanted('ana', 'writer')], earlier)!.grants).toEqual([
      grant('ana', 'writer', { ...given, raisedFrom: { id: 'id-ana', role: 'commenter' } }),
    ]);
  });

  it('never ends a permission that the destination’s owner gave to the replaced item', () => {
    const kept = grant('ana', 'commenter', { isKept: true });
    const [both] = mergedByGrantee([wanted('ana', 'writer', { expiresAt: DAY })], [kept]);
    expect(both).toEqual({ ...kept, reduced: 'expiry_differs' });
    expect(mergedByGrantee([wanted('ana', 'reader', { expiresAt: DAY })], [kept])).toEqual([kept]);
    expect(mergedByGrantee([wanted('ana', 'writer')], [kept])).toEqual([wanted('ana', 'writer')]);
    const settled = { ...both, permissionId: 'id-ana', outcome: 'narrower', code: 'expiry_differs' } as AccessGrant;
    const earlier = record([settled]);
    expect(planned([wanted('ana', 'writer', { expiresAt: DAY })], earlier)).toBe(earlier);
    const alone = record([{ ...kept, permissionId: 'id-ana', outcome: 'equal' }]);
    expect(planned([wanted('ana', 'writer', { expiresAt: DAY })], alone)!.grants).toEqual([
      { ...kept, permissionId: 'id-ana', reduced: 'expiry_differs' },
    ]);
  });

  it('starts new for another copy', () => {
    const earlier = record([grant('ana', 'reader', { outcome: 'equal', permissionId: 'id-ana' })]);
    expect(planned([wanted('ana')], earlier, { copyId: 'newer' })).toEqual({
      ...record([grant('ana')]),
      copyId: 'newer',
    });
  });

  it('lifts restrictions that the original no longer has', () => {
    const restrictions = { wanted: { isLimited: true, lock: {} }, state: 'applied' } as const;
    expect(planned([], record([], { restrictions }), { restrictions: { isLimited: true } })!.restrictions).toEqual({
      wanted: { isLimited: true, lock: null },
      state: 'waiting',
    });
    const same = record([], { restrictions });
    expect(planned([], same, { restrictions: { isLimited: true, lock: {} } })).toBe(same);
  });

  it('keeps the list of earlier permissions only while it is waiting', () => {
    const before = [{ id: 'id-dan', role: 'reader' } as const];
    expect(planned([wanted('ana', 'writer')], record([grant('ana')], { before }))!.before).toEqual(before);
    const settled = record([grant('ana', 'reader', { outcome: 'equal', permissionId: 'id-ana' })], { before });
    expect(planned([wanted('ana', 'writer')], settled)!.before).toBeUndefined();
  });
});

describe('the next step for a permission', () => {
  it('grants it if the grantee has none, and does nothing if the grantee has as much', () => {
    expect(nextStep(grant('ana'), undefined)).toMatchObject({ do: 'grant', to: { role: 'reader' } });
    expect(nextStep(grant('ana'), [permission('ben')])).toMatchObject({ do: 'grant' });
    expect(nextStep(grant('ana'), [permission('ana', 'writer')])).toEqual({ do: 'nothing' });
    expect(nextStep(grant('ana'), [permission('ana', 'writer', { isInherited: true })])).toEqual({ do: 'nothing' });
    expect(nextStep(grant('ana'), [permission('ana', 'reader', { isMetadataOnly: true })])).toMatchObject({
      do: 'grant',
    });
  });

  it('raises an existing one, and never lowers or shortens it', () => {
    const before = [{ id: 'id-ana', role: 'commenter' } as const];
    expect(nextStep(grant('ana', 'writer'), [permission('ana', 'commenter')], before)).toEqual({
      do: 'change',
      id: 'id-ana',
      to: { role: 'writer', expiresAt: null },
    });
    expect(nextStep(grant('ana', 'reader', { expiresAt: DAY }), [permission('ana', 'commenter')], before)).toEqual({
      do: 'nothing',
    });
  });

  it('leaves an existing one if the wanted one would end it', () => {
    const lasting = [{ id: 'id-ana', role: 'commenter' } as const];
    expect(nextStep(grant('ana', 'writer', { expiresAt: DAY }), [permission('ana', 'commenter')], lasting)).toEqual({
      do: 'nothing',
    });
    const temporary = permission('ana', 'writer', { expiresAt: DAY });
    const { id, role, expiresAt } = temporary;
    expect(nextStep(grant('ana', 'reader'), [temporary], [{ id, role, expiresAt: expiresAt! }])).toEqual({
      do: 'nothing',
    });
  });

  it('restores an existing one that was raised and would end now', () => {
    const raisedFrom = { id: 'id-ana', role: 'commenter' } as const;
    const own = { permissionId: 'id-ana', setRole: 'writer', raisedFrom } as const;
    const found = [permission('ana', 'writer')];
    expect(nextStep(grant('ana', 'writer', { ...own, expiresAt: DAY }), found, [raisedFrom])).toEqual({
      do: 'change',
      id: 'id-ana',
      to: { role: 'commenter', expiresAt: null },
    });
    expect(nextStep(grant('ana', 'reader', own), found, [raisedFrom])).toMatchObject({ to: { role: 'commenter' } });
    expect(nextStep(grant('ana', 'writer', own), found, [raisedFrom])).toEqual({ do: 'nothing' });
  });

  it('leaves one that another address of the same person needs', () => {
    const own = { permissionId: 'id-ana', setRole: 'writer' } as const;
    const found = [permission('ana', 'writer')];
    const peers = [grant('ana', 'writer', { ...own, outcome: 'equal' })];
    expect(nextStep(grant('alias', 'reader', own), found, [], peers)).toEqual({ do: 'nothing' });
    expect(nextStep(grant('alias', 'reader', own), found, [], [grant('ana', 'commenter', own)])).toMatchObject({
      do: 'change',
      to: { role: 'commenter' },
    });
  });

  it('grants it directly if the inherited one allows less', () => {
    expect(nextStep(grant('ana', 'writer'), [permission('ana', 'reader', { isInherited: true })])).toMatchObject({
      do: 'grant',
      to: { role: 'writer' },
    });
  });

  it('changes it if CloudMover created it, unless somebody has changed it since', () => {
    const own = { permissionId: 'id-ana', setRole: 'writer' } as const;
    expect(nextStep(grant('ana', 'reader', own), [permission('ana', 'writer')])).toEqual({
      do: 'change',
      id: 'id-ana',
      to: { role: 'reader', expiresAt: null },
    });
    expect(nextStep(grant('ana', 'reader', own), [permission('ana', 'commenter')])).toEqual({ do: 'leave' });
    expect(nextStep(grant('ana', 'reader', own), [])).toEqual({ do: 'leave' });
  });

  it('finds it by its id if the grant names an alias, because Google lists the primary address', () => {
    const own = { permissionId: 'id-ana', setRole: 'writer' } as const;
    const found = [permission('ana', 'writer')];
    expect(nextStep(grant('alias', 'reader', own), found)).toMatchObject({ do: 'change', id: 'id-ana' });
    expect(nextStep(grant('alias', 'writer', { ...own, isWithdrawn: true }), found)).toEqual({
      do: 'remove',
      id: 'id-ana',
    });
    expect(nextStep(grant('alias', 'writer', own), [permission('ana', 'reader')])).toEqual({ do: 'leave' });
  });

  it('gives back one that was removed for now, unless the owner has given another one since', () => {
    const raisedFrom = { id: 'id-ana', role: 'commenter' } as const;
    const withdrawn = grant('ana', 'reader', { raisedFrom, expiresAt: DAY, isWithdrawn: true });
    const granting = { do: 'grant', to: raisedFrom };
    expect(nextStep(withdrawn, [])).toEqual(granting);
    expect(nextStep(withdrawn, [permission('ana', 'writer', { isInherited: true })])).toEqual(granting);
    expect(nextStep(withdrawn, [permission('ana')])).toEqual({ do: 'leave' });
    expect(nextStep({ ...withdrawn, grantee: user('alias') }, [permission('ana')])).toEqual({ do: 'leave' });
    expect(nextStep(grant('ana', 'reader', { isWithdrawn: true }), [])).toEqual({ do: 'leave' });
  });

  it('removes it if CloudMover created it, or restores its earlier role', () => {
    const own = { permissionId: 'id-ana', setRole: 'writer', isWithdrawn: true } as const;
    const found = [permission('ana', 'writer')];
    expect(nextStep(grant('ana', 'writer', own), found)).toEqual({ do: 'remove', id: 'id-ana' });
    const raisedFrom = { id: 'id-ana', role: 'reader', expiresAt: DAY } as const;
    expect(nextStep(grant('ana', 'writer', { ...own, raisedFrom }), found)).toEqual({
      do: 'change',
      id: 'id-ana',
      to: { role: 'reader', expiresAt: DAY },
    });
    expect(nextStep(grant('ana', 'writer', own), [permission('ana', 'organizer')])).toEqual({ do: 'leave' });
    // The inherited permission allows more; CloudMover's own still exists.
    expect(nextStep(grant('ana', 'writer', own), [permission('ana', 'organizer', { isInherited: true })])).toEqual({
      do: 'remove',
      id: 'id-ana',
    });
  });
});

describe('comparing permissions with the wanted ones', () => {
  const effective = new Map<string, { role: Role; expiresAt?: number }>();
  const outcomes = (one: AccessRecord, found: DrivePermission[], roles: typeof effective = effective) => {
    const { record: judged, excess } = compareWithWanted(one, found, roles);
    return {
      is: judged.grants.map(({ grantee, outcome, code }) => [grantee.address, outcome, ...(code ? [code] : [])]),
      excess: excess.map(({ permission: { id }, to }) => [id, to]),
    };
  };

  it('reports the wanted access as equal, and less as narrower with its reason', () => {
    const all = record([
      grant('ana', 'writer', { permissionId: 'id-ana' }),
      grant('ben', 'writer', { outcome: 'narrower', code: 'license' }),
      grant('cleo', 'writer'),
      grant('dan', 'reader', { reduced: 'expiry_shortened' }),
      grant('eve', 'reader', { reduced: 'owner_reduced' }),
    ]);
    const found = ['cleo', 'dan', 'eve'].map((name) => permission(name));
    expect(outcomes(all, [permission('ana', 'writer'), ...found])).toEqual({
      is: [
        ['ana', 'equal'],
        ['ben', 'narrower', 'license'],
        ['cleo', 'narrower', 'refused'],
        ['dan', 'narrower', 'expiry_shortened'],
        // The user chose this.
        ['eve', 'equal'],
      ],
      excess: [],
    });
  });

  it('reports access that was granted to an alias as equal, and leaves it', () => {
    const own = { permissionId: 'id-ana', setRole: 'reader' } as const;
    expect(outcomes(record([grant('alias', 'reader', own)]), [permission('ana')])).toEqual({
      is: [['alias', 'equal']],
      excess: [],
    });
    expect(outcomes(record([grant('alias', 'reader', own)]), [permission('ana', 'writer')])).toEqual({
      is: [['alias', 'wider', 'reverted']],
      excess: [['id-ana', { role: 'reader', expiresAt: null }]],
    });
  });

  it('reports two addresses of one person as equal if that person has the higher role', () => {
    const both = record([
      grant('alias', 'reader', { permissionId: 'id-ana' }),
      grant('ana', 'writer', { permissionId: 'id-ana' }),
    ]);
    expect(outcomes(both, [permission('ana', 'writer')])).toEqual({
      is: [
        ['alias', 'equal'],
        ['ana', 'equal'],
      ],
      excess: [],
    });
  });

  it('reports more as wider, unless it is inherited or existed before', () => {
    const own = record([grant('ana', 'reader', { permissionId: 'id-ana' })]);
    expect(outcomes(own, [permission('ana', 'writer')])).toEqual({
      is: [['ana', 'wider', 'reverted']],
      excess: [['id-ana', { role: 'reader', expiresAt: null }]],
    });
    const equal = { is: [['ana', 'equal']], excess: [] };
    expect(outcomes(own, [permission('ana', 'writer', { isInherited: true })])).toEqual(equal);
    expect(outcomes(own, [permission('ana', 'writer')], new Map([['ana', { role: 'writer' }]]))).toEqual(equal);
    const before = [{ id: 'id-ana', role: 'writer' } as const];
    expect(outcomes({ ...own, before }, [permission('ana', 'writer')])).toEqual(equal);
  });

  it('reports an expiry that Google ignored, and a link that searches find, as wider', () => {
    const until = record([grant('ana', 'reader', { expiresAt: DAY })]);
    expect(outcomes(until, [permission('ana')]).excess).toEqual([['id-ana', { role: 'reader', expiresAt: DAY }]]);
    expect(outcomes(until, [permission('ana', 'reader', { expiresAt: DAY - 1_000 })]).excess).toEqual([]);
    const link = record([{ ...grant(''), grantee: { type: 'anyone' } }]);
    const found = { id: 'anyone', grantee: { type: 'anyone' }, role: 'reader', isDiscoverable: true } as const;
    expect(outcomes(link, [found], new Map([['*', { role: 'reader' }]])).excess).toEqual([['anyone', undefined]]);
  });

  it('reports a role that the earlier permission would end as narrower, and leaves that one', () => {
    const before = [{ id: 'id-ana', role: 'commenter' } as const];
    const until = record([grant('ana', 'writer', { expiresAt: DAY })], { before });
    expect(outcomes(until, [permission('ana', 'commenter')])).toEqual({
      is: [['ana', 'narrower', 'expiry_differs']],
      excess: [],
    });
    const longer = [{ id: 'id-ana', role: 'writer', expiresAt: 2 * DAY } as const];
    expect(outcomes({ ...until, before: longer }, [permission('ana', 'writer', { expiresAt: 2 * DAY })])).toEqual({
      is: [['ana', 'equal']],
      excess: [],
    });
  });

  it('reverts to the earlier permission, not below it', () => {
    const before = [{ id: 'id-ana', role: 'commenter' } as const];
    const own = record([grant('ana', 'reader', { permissionId: 'id-ana' })], { before });
    expect(outcomes(own, [permission('ana', 'writer')])).toEqual({
      is: [['ana', 'wider', 'reverted']],
      excess: [['id-ana', { role: 'commenter', expiresAt: null }]],
    });
  });

  it('reverts permissions that nobody wants, and reports them once', () => {
    const judged = compareWithWanted(record([grant('ana')]), [permission('ana'), permission('eve')], effective);
    expect(judged.excess).toEqual([{ permission: permission('eve'), grantee: user('eve') }]);
    expect(judged.record.grants[1]).toEqual({
      grantee: user('eve'),
      role: 'reader',
      originals: [],
      outcome: 'wider',
      code: 'reverted',
    });
    const again = compareWithWanted(judged.record, [permission('ana'), permission('eve', 'writer')], effective);
    expect(again.record.grants).toHaveLength(2);
    expect(again.excess).toHaveLength(1);
  });

  it('leaves owners, inherited and earlier permissions unchanged', () => {
    const before = [{ id: 'id-eve', role: 'reader' } as const];
    const found = [
      permission('ana'),
      permission('eve'),
      permission('ben', 'owner'),
      permission('cleo', 'writer', { isInherited: true }),
      permission('dan', 'reader', { isMetadataOnly: true }),
    ];
    expect(outcomes(record([grant('ana')], { before }), found)).toEqual({ is: [['ana', 'equal']], excess: [] });
  });
});
