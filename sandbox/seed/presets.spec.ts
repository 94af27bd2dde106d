import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Content } from '../drive/content.ts';
import { DriveStore, type Item, type Permission } from '../drive/drive-store.ts';
import { TestSandbox } from '../testing/test-client.ts';
import { addressesOf, ELSEWHERE, nearMisses } from './presets/addresses.ts';
import { hugeContent } from './presets/hostile.ts';
import { fillFromPreset, PRESET_NAMES, type PresetResult } from './presets.ts';

const ALICE = 'alice@example.com';
const README = readFileSync(join(import.meta.dirname, '..', 'README.md'), 'utf8');
const FIGURES = ['items', 'people', 'groups', 'drives', 'permissions'] as const;
/** Too many items for a test of each. */
const SMALL = PRESET_NAMES.filter((name) => name !== 'million');

/** A store with Alice, Bob and a preset, on a clock that stands still. */
async function filled(preset: string, seed?: number): Promise<{ store: DriveStore; result: PresetResult }> {
  const store = new DriveStore(() => Date.UTC(2026, 0, 1));
  const alice = store.addAccount(ALICE, { rootId: 'alices-root' });
  store.addAccount('bob@example.com', { rootId: 'bobs-root' });
  return { store, result: await fillFromPreset(store, alice, preset, seed === undefined ? {} : { seed }) };
}

/** The figures that the README states, by preset. */
function statedFigures(): Map<string, Record<string, number>> {
  const [, section = ''] = /^## Presets\n(.*?)^## /ms.exec(README) ?? [];
  const rows = [...section.matchAll(/^\| `(\w+)` +\|[^|]*\|([^\n]*)\|$/gm)];
  return new Map(
    rows.map(([, name = '', cells = '']): [string, Record<string, number>] => [
      name,
      Object.fromEntries(
        cells.split('|').map((cell, i): [string, number] => [FIGURES[i] ?? '', Number(cell.replaceAll(/[ ,]/g, ''))]),
      ),
    ]),
  );
}

/** Everything that a preset determines; nothing in it may be random. */
function described(store: DriveStore): unknown {
  return {
    items: [...store.allItems()]
      .filter((item) => item !== item.owner.root || item.owner.email === undefined)
      .map((item) => ({
        ...item,
        owner: item.owner.email ?? item.owner.id,
        parent: item.parent === item.owner.root ? 'root' : item.parent?.id,
        otherParents: item.otherParents?.map(({ id }) => id),
        children: item.children?.size,
        content: [item.content?.source, item.content?.size],
        permissions: [...(item.permissions?.values() ?? [])],
        headRevisionId: undefined,
      })),
    groups: store.directory.state().groups,
    people: [...store.accounts.values()].map(({ email, name }) => [email, name, store.directory.person(email)]),
  };
}

const grants = (store: DriveStore): [Item, Permission][] =>
  [...store.allItems()].flatMap((item) =>
    [...(item.permissions?.values() ?? [])].map((each): [Item, Permission] => [item, each]),
  );

describe('the presets', () => {
  it('have the figures in the README', async () => {
    const stated = statedFigures();
    expect([...stated.keys()].sort()).toEqual([...PRESET_NAMES].sort());
    for (const preset of SMALL) {
      const { result } = await filled(preset);
      expect([preset, stated.get(preset)]).toEqual([
        preset,
        Object.fromEntries(FIGURES.map((figure) => [figure, result[figure]])),
      ]);
    }
  });

  it.each(SMALL)('create the same items of %s for the same seed', async (preset) => {
    const [one, other] = [await filled(preset, 7), await filled(preset, 7)];
    expect(described(other.store)).toEqual(described(one.store));
  });

  it.each(['office', 'school'] as const)('create other items of %s for another seed', async (preset) => {
    const [one, other] = [await filled(preset, 7), await filled(preset, 8)];
    expect(described(other.store)).not.toEqual(described(one.store));
    expect(other.result).toMatchObject({ items: one.result.items, people: one.result.people });
  });

  it('state the checksums of the huge file as its bytes have them', async () => {
    const { source, size, known } = hugeContent();
    const computed = new Content(source, size);
    await computed.digest(['md5', 'sha1', 'sha256']);
    expect(known).toEqual(computed.known);
  });

  it('can be used twice in one account', async () => {
    const { store, result } = await filled('office');
    const again = await fillFromPreset(store, store.knownAccount(ALICE), 'office');
    expect(again).toMatchObject({ items: result.items, people: 0, groups: 0, drives: 2 });
  });

  it.each(['office', 'school'])('do not make consumers colleagues in %s', async (preset) => {
    const store = new DriveStore();
    await fillFromPreset(store, store.addAccount('ana@gmail.com'), preset);
    expect(store.account(`lena.hoffmann@gmail.com`)).toBeUndefined();
    expect([...store.accounts.keys()].filter((email) => email.endsWith(`@${preset}.example`)).length).toBeGreaterThan(
      9,
    );
  });

  it('create each kind of permission in an office, and permissions of its own on one item of fifty', async () => {
    const { store } = await filled('office');
    const own = [...store.knownAccount(ALICE).own];
    expect(Math.round(own.length / own.filter(({ permissions }) => permissions?.size).length)).toBe(50);
    const kinds = grants(store).map(
      ([, { type, role, expirationTime }]) => `${type} ${role} ${expirationTime ? 'expires' : ''}`,
    );
    for (const kind of [
      ...['user reader ', 'user commenter ', 'user writer ', 'user reader expires', 'user commenter expires'],
      ...['group reader ', 'group writer ', 'domain reader ', 'domain commenter ', 'domain writer '],
      ...['anyone reader ', 'anyone commenter ', 'anyone writer '],
      ...['user organizer ', 'user fileOrganizer '],
    ])
      expect(kinds).toContain(kind);
    const addresses = grants(store).flatMap(([, { type, email }]) => (type === 'user' ? (email ?? []) : []));
    expect(addresses.filter((email) => !store.account(email))).toContain('karl.former@example.com');
    expect(own.filter((item) => item.inheritedPermissionsDisabled)).toHaveLength(3);
  });

  it('give people in an office the access of their groups and folders', async () => {
    const { store } = await filled('office');
    const named = (name: string): Item => [...store.allItems()].find((item) => item.name === name) as Item;
    const role = (local: string, name: string) => store.roleOf(named(name), store.knownAccount(`${local}@example.com`));
    // Through nested groups, and only with direct permissions into a limited folder.
    expect(role('jonas.weber', 'Contract.docx')).toBe('writer');
    expect(role('viktor.novak', 'Draft 1.png')).toBe('reader');
    expect([role('samuel.okoye', 'Lena Hoffmann.pdf'), role('lena.hoffmann', 'Lena Hoffmann.pdf')]).toEqual([
      'writer',
      undefined,
    ]);
    expect([role('greta.olsen', 'Reviews'), role('ines.moreau', 'Bid.pdf')]).toEqual(['reader', 'writer']);
    expect(role('chloe.martin', 'Plan')).toBe('reader');
  });

  it('create a school of 300 people, where pupils own files in the folders of their teachers', async () => {
    const { store, result } = await filled('school');
    const school = store.directory.peopleOf(store.directory.organizationOf(ALICE)!);
    expect(result.people + 1).toBe(300);
    expect(school.filter(({ suspended }) => suspended)).toHaveLength(12);
    const strangers = [...store.allItems()].filter(
      (item) => item.parent?.owner.email && item.owner !== item.parent.owner,
    );
    expect(strangers.length).toBeGreaterThan(2_000);
    const suspended = strangers.filter(({ owner }) => store.directory.person(owner.email ?? '')?.suspended);
    expect(suspended.length).toBeGreaterThan(50);
  });

  it('link documents in every form and place', async () => {
    const test = await TestSandbox.start({ presets: [{ preset: 'linked' }] });
    try {
      const tree = await test.control.tree(ALICE, { checksums: false });
      const idOf = (name: string): string => tree.find((item) => item.name === name)?.id ?? '';
      const read = async (path: string): Promise<string> => {
        const answer = await test.ask('GET', path, { token: test.alice });
        expect([path, answer.status]).toEqual([path, 200]);
        return answer.text;
      };
      const document = (name: string) => read(`/v1/documents/${idOf(name)}?includeTabsContent=true`);
      const [plan, contract, folder] = [idOf('Plan'), idOf('Contract.pdf'), idOf('Files')];
      const forms = [
        ...addressesOf('document', plan),
        ...addressesOf('spreadsheets', idOf('Budget')),
        ...addressesOf('presentation', idOf('Pitch')),
        ...addressesOf('file', contract),
        ...addressesOf('folder', folder),
      ];
      expect(new Set(forms).size).toBeGreaterThan(60);
      const written = (url: string) => JSON.stringify(url);
      const index = await document('Index of everything');
      expect(forms.filter((url) => !index.includes(`"url":${written(url)}`))).toEqual([]);
      const misses = await document('Near misses');
      expect(nearMisses(plan).filter((url) => !misses.includes(written(url)))).toEqual([]);
      expect(nearMisses(plan).length).toBeGreaterThan(20);
      const outside = await document('Links to outside');
      expect(ELSEWHERE.filter((url) => !outside.includes(written(url)))).toEqual([]);
      expect((await document('Many links')).match(/"link"/g)).toHaveLength(5_000);

      const places = await document('Plan');
      for (const place of [
        'richLink',
        'person',
        'footnotes',
        'headers',
        'footers',
        'table',
        'childTabs',
        'bullet',
        'sheetsChartReference',
      ])
        expect([place, places.includes(`"${place}":`)]).toEqual([place, true]);
      const sheet = await read(`/v4/spreadsheets/${idOf('Budget')}?includeGridData=true`);
      const entered = sheet.replaceAll('\\"', "'");
      expect(forms.filter((url) => !entered.includes(`=HYPERLINK('${url}'`))).toEqual([]);
      expect(JSON.parse(sheet)).toMatchObject({ sheets: [{ charts: [{ chartId: 1 }] }, {}, {}, {}] });
      const chart = new RegExp(`"spreadsheetId":"${idOf('Budget')}","chartId":1[,}]`);
      expect(places).toMatch(chart);
      const deck = await read(`/v1/presentations/${idOf('Pitch')}`);
      expect(deck).toMatch(chart);
      expect(deck).toContain(`"id":"${tree.find(({ mimeType }) => mimeType === 'video/mp4')?.id}"`);
      expect(await read(`/v1/forms/${idOf('Survey')}`)).toContain(`"linkedSheetId":"${idOf('Budget')}"`);
      for (const place of ['IMPORTRANGE', 'chipRuns', 'textFormatRuns', '"note":', '"hidden":true'])
        expect([place, sheet.includes(place)]).toEqual([place, true]);
    } finally {
      await test.close();
    }
  });

  it('start with the sandbox, and by a control call with a seed', async () => {
    const test = await TestSandbox.start({ presets: [{ preset: 'office', seed: 3 }] });
    try {
      const ids = async () => (await test.control.tree(ALICE, { checksums: false })).map(({ id }) => id);
      const before = await ids();
      await test.control.reset();
      expect(await ids()).toEqual(before);
      const called = await TestSandbox.start();
      try {
        const { permissions } = await called.control.fill(ALICE, 'office', { seed: 3 });
        expect(permissions).toBeGreaterThan(50);
        expect((await called.control.tree(ALICE, { checksums: false })).map(({ id }) => id)).toEqual(before);
        await expect(called.control.fill(ALICE, 'office', { seed: -1 })).rejects.toThrow('seed must be');
      } finally {
        await called.close();
      }
    } finally {
      await test.close();
    }
  });
});
