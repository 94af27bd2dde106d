import { randomUUID } from 'node:crypto';
import { DOCUMENT, InMemoryDrives, refusal, SHORTCUT } from '../../../test/support/in-memory-drive.js';
import { InMemoryLedger } from '../../../test/support/in-memory-ledger.js';
import { randomOf } from '../../../test/support/random.js';
import { anOrder, runTransfer, SkippingClock } from '../../../test/support/run-transfer.js';
import type { Drives } from '../ports/drive.js';
import type { ItemFilter, TransferOrder } from '../model/order.js';
import { recordsOf } from '../model/records.js';
import { Transfer } from '../transfer.js';

const ANA = 'ana@example.com';
const BEN = 'ben@example.com';
const { signal } = new AbortController();

/** @param same whether both accounts are one */
function setUp(same = false) {
  const google = new InMemoryDrives();
  const drives: Drives = {
    source: google.drive(ANA),
    destination: google.drive(same ? ANA : BEN),
    clock: new SkippingClock(),
  };
  const ledgerOf = (items: string[], more: Partial<TransferOrder> = {}) =>
    new InMemoryLedger(anOrder(drives.source.account, drives.destination.account, items, more));
  const planned = async (items: string[], more: Partial<TransferOrder> = {}) => {
    const ledger = ledgerOf(items, { ...more, held: true });
    await new Transfer(ledger, drives).plan(signal);
    return ledger;
  };
  const transfer = async (items: string[], more: Partial<TransferOrder> = {}) => {
    const ledger = ledgerOf(items, more);
    await runTransfer(ledger, drives);
    return ledger;
  };
  return { google, drives, planned, transfer };
}

const paths = async (ledger: InMemoryLedger) => {
  const found: string[] = [];
  for await (const item of recordsOf(ledger)) found.push(item.path);
  return found.sort();
};
const states = async (ledger: InMemoryLedger) => {
  const found: Record<string, string> = {};
  for await (const item of recordsOf(ledger)) found[item.path] = item.outcome.code ?? item.state;
  return found;
};
const tree = (google: InMemoryDrives, owner: string) => google.tree(google.rootOf(owner));
const names = (google: InMemoryDrives, owner: string) => tree(google, owner).map((line) => line.split(' | ')[0]);

describe('a second listing', () => {
  it('adds what the first one missed, and counts it', async () => {
    const { google, drives, planned } = setUp();
    const top = google.folder(ANA, 'Work');
    google.put(ANA, { name: 'a', parent: top, content: 'a' });
    const late = google.folder(ANA, 'late');
    google.put(ANA, { name: 'in it', parent: late, content: 'b' });
    let listings = 0;
    const children = drives.source.children.bind(drives.source);
    drives.source.children = async (...args) => {
      const page = await children(...args);
      if (++listings === 1) google.edit(late, { parent: top }); // moved here right after it was listed
      return page;
    };
    const ledger = await planned([top]);
    expect(await paths(ledger)).toEqual(['Work', 'Work/a', 'Work/late', 'Work/late/in it']);
    expect((await ledger.snapshot()).plan?.changedMeanwhile).toEqual({ added: 1, removed: 0 });
  });

  it('counts what has disappeared', async () => {
    const { google, drives, planned } = setUp();
    const top = google.folder(ANA, 'Work');
    const gone = google.put(ANA, { name: 'a', parent: top, content: 'a' });
    const childIds = drives.source.childIds.bind(drives.source);
    drives.source.childIds = async (...args) => {
      google.edit(gone, { trashed: true });
      return childIds(...args);
    };
    expect((await (await planned([top])).snapshot()).plan?.changedMeanwhile).toEqual({ added: 0, removed: 1 });
  });
});

describe('filters', () => {
  const cases: [string, ItemFilter, string[]][] = [
    ['type', { types: ['pdf'] }, ['a.pdf']],
    ['several types', { types: ['image', 'document'] }, ['b.jpg', 'doc']],
    ['other', { types: ['other'] }, ['big.bin']],
    ['name', { name: '*.P?F' }, ['a.pdf']],
    ['name, whole', { name: 'a' }, []],
    ['name, in the middle', { name: '*i*b*n' }, ['big.bin']],
    ['size', { minSize: 100 }, ['big.bin']],
    ['size, most', { maxSize: 3 }, ['a.pdf', 'b.jpg', 'doc']],
    ['date', { modifiedAfter: '2026-01-01T00:00:00Z' }, ['b.jpg']],
    ['date, before', { modifiedBefore: '2020-12-31T00:00:00Z' }, ['a.pdf', 'big.bin', 'doc']],
    ['owner', { owner: 'me' }, ['a.pdf', 'b.jpg', 'big.bin', 'doc']],
    ['all at once', { types: ['pdf'], minSize: 100 }, []],
  ];
  it.each(cases)('select by %s, with only the folders that contain something', async (_, filter, expected) => {
    const { google, transfer } = setUp();
    const top = google.folder(ANA, 'Work');
    const old = '2019-05-01T00:00:00.000Z';
    const put = (name: string, mimeType: string, content: string, modifiedTime = old) =>
      google.put(ANA, { name, mimeType, content, modifiedTime, parent: google.folder(ANA, `folder of ${name}`, top) });
    put('a.pdf', 'application/pdf', 'abc');
    put('b.jpg', 'image/jpeg', 'abc', '2026-05-01T00:00:00.000Z');
    put('big.bin', 'application/octet-stream', 'x'.repeat(200));
    put('doc', DOCUMENT, 'a document');
    const ledger = await transfer([top], { filter });
    const files = names(google, BEN).flatMap((path) => /folder of .*\/(.*)$/.exec(path!)?.[1] ?? []);
    expect(files.sort()).toEqual(expected);
    const folders = names(google, BEN).filter((path) => /folder of [^/]*$/.test(path!));
    expect(folders).toHaveLength(expected.length);
    const snapshot = await ledger.snapshot();
    expect(snapshot.plan?.filteredOut).toBe(4 - expected.length);
    expect(snapshot.counts.failed).toBe(0);
  });

  it('takes bounded time on a hostile pattern', async () => {
    const { google, planned } = setUp();
    const id = google.put(ANA, { name: 'a'.repeat(5_000), content: '' });
    const ledger = await planned([id], { filter: { name: '*a'.repeat(200) + 'b' } });
    expect(await paths(ledger)).toEqual([]);
  });
});

describe('shortcuts', () => {
  function aLinkedFolder(google: InMemoryDrives) {
    const top = google.folder(ANA, 'Work');
    const inside = google.put(ANA, { name: 'inside', parent: top, content: 'in' });
    const outside = google.put(ANA, { name: 'outside', content: 'out' });
    const folder = google.folder(ANA, 'elsewhere');
    google.put(ANA, { name: 'deep', parent: folder, content: 'deep' });
    const link = (name: string, shortcutTargetId: string) =>
      google.put(ANA, { name, parent: top, mimeType: SHORTCUT, targetId: shortcutTargetId });
    link('to inside', inside);
    link('to outside', outside);
    link('to folder', folder);
    link('to nothing', 'gone');
    return top;
  }

  it('are followed if their target is not copied anyway', async () => {
    const { google, transfer } = setUp();
    const ledger = await transfer([aLinkedFolder(google)], { shortcuts: 'follow' });
    expect(await states(ledger)).toEqual({
      Work: 'verified',
      'Work/inside': 'verified',
      'Work/to inside': 'verified',
      'Work/to outside': 'verified',
      'Work/to folder': 'verified',
      'Work/to folder/deep': 'verified',
      'Work/to nothing': 'shortcut_dangling',
    });
    const kinds = Object.fromEntries(
      [...google.items.values()].filter((item) => item.owner === BEN).map((item) => [item.name, item.mimeType]),
    );
    expect(kinds['to inside']).toBe(SHORTCUT);
    expect(kinds['to outside']).not.toBe(SHORTCUT);
    expect((await ledger.snapshot()).ways).toMatchObject({ server_copy: 3, relay: 0 });
  });

  it('that form a cycle are followed once', async () => {
    const { google, transfer } = setUp();
    const top = google.folder(ANA, 'Work');
    const inner = google.folder(ANA, 'inner', top);
    google.put(ANA, { name: 'up', parent: inner, mimeType: SHORTCUT, targetId: top });
    const ledger = await transfer([top], { shortcuts: 'follow' });
    expect(await paths(ledger)).toEqual(['Work', 'Work/inner', 'Work/inner/up']);
    expect((await ledger.snapshot()).state).toBe('completed');
  });

  it('are left out and reported if the order requires it', async () => {
    const { google, transfer } = setUp();
    const ledger = await transfer([aLinkedFolder(google)], { shortcuts: 'skip' });
    expect((await ledger.snapshot()).skips).toEqual({ shortcut_skipped: 4 });
    expect(names(google, BEN)).toEqual(['Work', 'Work/inside']);
  });
});

it('reports that a folder’s contents are hidden instead of calling it empty', async () => {
  const { google, transfer } = setUp();
  const top = google.folder(ANA, 'Work');
  google.edit(google.folder(ANA, 'secret', top), { limited: true, owner: 'cy@example.com' });
  const ledger = await transfer([top]);
  expect(await states(ledger)).toEqual({ Work: 'verified', 'Work/secret': 'contents_hidden' });
  expect(names(google, BEN)).toEqual(['Work']);
});

it('waits after planning until it is started, and predicts what will happen', async () => {
  const { google, drives, planned } = setUp();
  const top = google.folder(ANA, 'Work');
  google.put(ANA, { name: 'a', parent: top, content: 'abc' });
  google.put(ANA, { name: 'b', parent: top, content: 'abcd', canCopy: false });
  google.put(ANA, { name: 'c', parent: top, content: 'abcde', canCopy: false, canDownload: false });
  const ledger = await planned([top]);
  const { state, plan } = await ledger.snapshot();
  expect(state).toBe('ready');
  expect(plan).toMatchObject({
    forecast: {
      created: { items: 1, bytes: 0 },
      server_copy: { items: 1, bytes: 3 },
      relay: { items: 1, bytes: 4 },
      none: { items: 1, bytes: 5 },
    },
    problems: { source_permission_denied: 1 },
    tallied: { folders: 1, foreign: 0, movable: 3, convertible: { items: 0, bytes: 0 } },
    deepest: 1,
    largestFolder: { path: 'Work', children: 3 },
  });
  const [problem] = await ledger.foreseen(-1, 10);
  expect((await ledger.item(problem!.ordinal))!.path).toBe('Work/c');
  expect(names(google, BEN)).toEqual([]);
  await ledger.advance(['ready'], 'running');
  await runTransfer(ledger, drives);
  expect((await ledger.snapshot()).ways).toMatchObject({ server_copy: 1, relay: 1 });
  expect(await ledger.snapshot()).toMatchObject({ state: 'completed', skips: { source_permission_denied: 1 } });
});

describe('an item that the target already contains', () => {
  function twoDrives(google: InMemoryDrives) {
    const top = google.folder(ANA, 'Work');
    const old = '2020-01-01T00:00:00.000Z';
    const recent = '2026-01-01T00:00:00.000Z';
    google.put(ANA, { name: 'same', parent: top, content: 'same', modifiedTime: recent });
    google.put(ANA, { name: 'newer', parent: top, content: 'new', modifiedTime: recent });
    google.put(ANA, { name: 'older', parent: top, content: 'old', modifiedTime: old });
    google.put(ANA, { name: 'twin', parent: top, content: 'one', modifiedTime: recent });
    google.put(ANA, { name: 'twin', parent: top, content: 'two', modifiedTime: recent });
    google.put(ANA, { name: 'only here', parent: google.folder(ANA, 'inner', top), content: 'x' });
    const there = google.folder(BEN, 'Work');
    google.put(BEN, { name: 'same', parent: there, content: 'same', modifiedTime: old });
    google.put(BEN, { name: 'newer', parent: there, content: 'previous', modifiedTime: old });
    google.put(BEN, { name: 'older', parent: there, content: 'edited', modifiedTime: recent });
    google.put(BEN, { name: 'twin', parent: there, content: 'zero', modifiedTime: old });
    google.put(BEN, { name: 'unrelated', parent: there, content: 'keep me' });
    return top;
  }
  const contents = (google: InMemoryDrives) =>
    [...google.items.values()]
      .filter((item) => item.owner === BEN && !item.trashed && item.content.length > 0)
      .map((item) => `${item.name}=${item.content.toString()}`)
      .sort();

  it('stays beside the copy by default', async () => {
    const { google, transfer } = setUp();
    await transfer([twoDrives(google)]);
    expect(names(google, BEN).filter((name) => name === 'Work')).toHaveLength(2);
  });

  it.each([
    [
      'skip',
      ['newer=previous', 'older=edited', 'only here=x', 'same=same', 'twin=two', 'twin=zero', 'unrelated=keep me'],
    ],
    ['replace', ['newer=new', 'older=old', 'only here=x', 'same=same', 'twin=one', 'twin=two', 'unrelated=keep me']],
    ['newer', ['newer=new', 'older=edited', 'only here=x', 'same=same', 'twin=one', 'twin=two', 'unrelated=keep me']],
  ] as const)('is merged with, by "%s"', async (conflict, expected) => {
    const { google, transfer } = setUp();
    const ledger = await transfer([twoDrives(google)], { conflict });
    expect(contents(google)).toEqual(expected);
    expect(names(google, BEN).filter((name) => name === 'Work')).toHaveLength(1);
    const { counts, found, plan, state } = await ledger.snapshot();
    expect(state).toBe('completed');
    expect(counts.verified + counts.skipped).toBe(found);
    expect(plan?.conflicts.merged).toBe(1);
    expect(plan?.conflicts.skipped).toBe(counts.skipped);
  });

  it('is not trashed before its replacement is verified', async () => {
    const { google, drives } = setUp();
    const id = google.put(ANA, { name: 'a', content: 'new', canCopy: false });
    const there = google.put(BEN, { name: 'a', content: 'old' });
    google.before = (op) => {
      if (op === 'create') throw new Error('a fault of ours');
    };
    const ledger = new InMemoryLedger(
      anOrder(drives.source.account, drives.destination.account, [id], { conflict: 'replace' }),
    );
    await runTransfer(ledger, drives);
    expect(await states(ledger)).toEqual({ a: 'internal' });
    expect(google.items.get(there)!.trashed).toBe(false);
  });
});

describe('random trees', () => {
  const seed = Number(process.env['FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

  it(`are planned completely and once, whatever their structure (FUZZ_SEED=${seed})`, async () => {
    const { below: random } = randomOf(seed);
    for (let round = 0; round < 40; round++) {
      const { google, planned } = setUp();
      google.pageSize = 1 + random(5);
      const folders = [google.folder(ANA, 'top')];
      const expected = new Set(folders);
      const oddNames = ['a/b', '', ' ', '..', 'twin', 'twin', '🌵', 'ﷺ', 'x'.repeat(300), "it's", '\u0000', 'ⅷ\n'];
      for (let item = 0; item < 5 + random(40); item++) {
        const parent = folders[random(folders.length)]!;
        const name = oddNames[random(oddNames.length)]!;
        if (random(3) === 0) folders.push(google.folder(ANA, name, parent));
        else if (random(6) === 0)
          google.put(ANA, { name, parent, mimeType: SHORTCUT, targetId: folders[random(folders.length)]! });
        else google.put(ANA, { name, parent, content: randomUUID() });
      }
      for (const item of google.items.values()) {
        if (item.owner !== ANA || item.id === google.rootOf(ANA)) continue;
        expected.add(item.id);
      }
      const policy = (['rebuild', 'follow', 'skip'] as const)[random(3)]!;
      const chosen = [...new Set([folders[0]!, folders[random(folders.length)]!, folders[random(folders.length)]!])];
      const ledger = await planned(chosen, { shortcuts: policy });
      const records = [];
      for await (const item of recordsOf(ledger)) records.push(item);
      expect(records.map(({ sourceId }) => sourceId).sort()).toEqual([...expected].sort());
      for (const record of records) {
        expect(record.parent === null || record.parent < record.ordinal).toBe(true);
        const parent = record.parent === null ? undefined : records[record.parent];
        expect(record.depth).toBe(parent ? parent.depth + 1 : 0);
        expect([record.ordinal, parent?.top]).toContain(record.top);
        if (policy !== 'follow') expect(record.top).toBe(parent ? parent.top : record.ordinal);
      }
    }
  });
});

it.each(['replace', 'newer', 'skip'] as const)(
  'does not replace the originals themselves, with %s',
  async (conflict) => {
    for (const mode of ['copy', 'move'] as const) {
      const { google, transfer } = setUp(true);
      const top = google.folder(ANA, 'Work');
      google.put(ANA, { name: 'a', parent: top, content: 'a' });
      google.put(ANA, { name: 'doc', parent: top, mimeType: DOCUMENT, content: 'd' });
      const before = new Set(google.items.keys());
      const ledger = await transfer([top], { conflict, mode });
      for (const id of before) expect(google.items.get(id)!.trashed).toBe(false);
      expect((await ledger.snapshot()).plan!.conflicts).toEqual({ merged: 1, skipped: 2, replaced: 0 });
    }
  },
);

it('does not call a hidden folder merged', async () => {
  const { google, transfer } = setUp();
  const top = google.folder(ANA, 'Work');
  google.edit(google.folder(ANA, 'secret', top), { limited: true, owner: 'cy@example.com' });
  google.folder(BEN, 'secret', google.folder(BEN, 'Work'));
  const ledger = await transfer([top], { conflict: 'skip' });
  expect(await states(ledger)).toEqual({ Work: 'verified', 'Work/secret': 'contents_hidden' });
});

it('adds up conflicts and a filter', async () => {
  const { google, transfer } = setUp();
  const top = google.folder(ANA, 'Work');
  google.folder(ANA, 'empty', top);
  google.put(ANA, { name: 'a', parent: top, content: 'a' });
  google.folder(BEN, 'empty', google.folder(BEN, 'Work'));
  const ledger = await transfer([top], { conflict: 'skip', filter: { name: 'a' } });
  const { plan, ways } = await ledger.snapshot();
  expect(plan!.conflicts.merged).toBe(ways.merged);
});

it('lists the targets of followed shortcuts a second time, too', async () => {
  const { google, drives, transfer } = setUp();
  const top = google.folder(ANA, 'Work');
  const elsewhere = google.folder(ANA, 'elsewhere');
  google.put(ANA, { name: 'seen', parent: elsewhere, content: 's' });
  const late = google.put(ANA, { name: 'late', parent: elsewhere, content: 'l' });
  google.put(ANA, { name: 'link', parent: top, mimeType: SHORTCUT, targetId: elsewhere });
  const children = drives.source.children.bind(drives.source);
  let hidden: { folder: string; id: string } | undefined = { folder: elsewhere, id: late };
  drives.source.children = async (folder, ...args) => {
    const page = await children(folder, ...args);
    if (hidden?.folder !== folder) return page;
    const { id } = hidden;
    hidden = undefined;
    return { ...page, items: page.items.filter((item) => item.id !== id) };
  };
  await transfer([top], { shortcuts: 'follow' });
  expect(names(google, BEN)).toEqual(['Work', 'Work/link', 'Work/link/late', 'Work/link/seen']);
});

it('copies a selected item below a folder that cannot be listed', async () => {
  const { google, transfer } = setUp();
  const top = google.folder(ANA, 'Work');
  const secret = google.folder(ANA, 'secret', top);
  const a = google.put(ANA, { name: 'a', parent: secret, content: 'a' });
  google.edit(secret, { limited: true, owner: 'cy@example.com' });
  const ledger = await transfer([top, a]);
  expect(await states(ledger)).toMatchObject({ a: 'verified' });
});

it('applies the filter to targets of shortcuts', async () => {
  const { google, transfer } = setUp();
  const top = google.folder(ANA, 'Work');
  const text = google.put(ANA, { name: 'a.txt', parent: top, mimeType: 'text/plain', content: 'a' });
  google.put(ANA, { name: 'link', parent: google.folder(ANA, 'links', top), mimeType: SHORTCUT, targetId: text });
  const ledger = await transfer([top], { shortcuts: 'follow', filter: { types: ['pdf'] } });
  expect(await ledger.snapshot()).toMatchObject({ state: 'completed', plan: { filteredOut: 2 } });
  expect(names(google, BEN)).toEqual([]);
});

it('plans an item shared from a shared drive whose changes it may not read', async () => {
  const { google, drives, transfer } = setUp();
  const top = google.folder(ANA, 'Work');
  google.put(ANA, { name: 'a', parent: top, content: 'a' });
  const get = drives.source.get.bind(drives.source);
  drives.source.get = async (...args) => ({ ...(await get(...args)), driveId: 'theirs' });
  const start = drives.source.changesStart.bind(drives.source);
  drives.source.changesStart = (driveId, ...rest) =>
    driveId ? Promise.reject(refusal('not_found')) : start(driveId, ...rest);
  const ledger = await transfer([top]);
  expect((await ledger.snapshot()).state).toBe('completed');
  expect(names(google, BEN)).toEqual(['Work', 'Work/a']);
});

it('reports what is copied only with loss, allowed or not, and what a move would trash', async () => {
  const { google, planned } = setUp();
  const top = google.folder(ANA, 'Work');
  google.put(ANA, { name: 'doc', parent: top, mimeType: DOCUMENT, content: 'd', canCopy: false });
  google.put(ANA, { name: 'mine', parent: top, content: 'm' });
  const theirs = google.put(ANA, { name: 'theirs', parent: top, content: 't' });
  google.edit(theirs, { owner: 'cy@example.com' });
  for (const allowConversion of [false, true]) {
    const { plan } = await (await planned([top], { allowConversion })).snapshot();
    expect(plan?.tallied).toMatchObject({ folders: 1, foreign: 1, movable: 2, convertible: { items: 1 } });
  }
});

describe('a shortcut to an item outside the selection', () => {
  /**
   * Two shortcuts each to an item that Ben may see, one that he may not see, and one that is gone; and one to a copied
   * item.
   */
  function links(google: InMemoryDrives): string {
    const top = google.folder(ANA, 'Work');
    const inside = google.put(ANA, { name: 'inside', parent: top, content: 'i' });
    const seen = google.put(ANA, { name: 'seen', content: 's', readers: new Map([[BEN, 'x']]) });
    const hidden = google.put(ANA, { name: 'hidden', content: 'h' });
    for (const [name, targetId] of Object.entries({ inside, seen, hidden, gone: 'gone' }))
      for (const nth of [1, 2]) google.put(ANA, { name: `${name} ${nth}`, parent: top, mimeType: SHORTCUT, targetId });
    return top;
  }

  it('is predicted as impossible if the destination cannot see it', async () => {
    const { google, planned, transfer } = setUp();
    const top = links(google);
    const ledger = await planned([top]);
    const { plan } = await ledger.snapshot();
    expect(plan!.problems).toEqual({ shortcut_target_hidden: 2, shortcut_dangling: 2 });
    expect(plan!.forecast).toMatchObject({ created: { items: 5 }, none: { items: 4 }, server_copy: { items: 1 } });
    const foreseen = await ledger.foreseen(-1, 10);
    const named = await Promise.all(
      foreseen.map(async ({ ordinal, code }) => `${(await ledger.item(ordinal))!.name}: ${code}`),
    );
    expect(named.sort()).toEqual([
      'gone 1: shortcut_dangling',
      'gone 2: shortcut_dangling',
      'hidden 1: shortcut_target_hidden',
      'hidden 2: shortcut_target_hidden',
    ]);
    // The transfer confirms it.
    const done = await transfer([top]);
    expect((await done.snapshot()).skips).toEqual({ shortcut_target_hidden: 2, shortcut_dangling: 2 });
  });

  it.each(['skip', 'rebuild'] as const)(
    'is checked from the destination, unless shortcuts are left out: %s',
    async (shortcuts) => {
      const { google, planned } = setUp();
      const top = links(google);
      const asked: string[] = [];
      google.before = (op, id, account) => {
        if (op === 'get' && account === BEN && id !== 'root') asked.push(google.items.get(id)?.name ?? id);
      };
      await planned([top], { shortcuts });
      expect(asked.filter((name) => name !== 'My Drive').sort()).toEqual(
        shortcuts === 'skip' ? [] : ['gone', 'hidden', 'seen'],
      );
    },
  );
});

/** One more than a plan looks up one by one. */
const ONE_TOO_MANY = 10_001;

it('states for how many items it did not check access of the destination’s own', async () => {
  const { google, planned } = setUp();
  const top = google.folder(ANA, 'Closed');
  const files = Array.from({ length: ONE_TOO_MANY }, (_, nth) =>
    google.put(ANA, { name: `${nth}`, parent: top, content: 'c', isClosedToReaders: true }),
  );
  let asked = 0;
  google.before = (op, _, account) => {
    if (op === 'get' && account === BEN) asked++;
  };
  const { plan } = await (await planned([top])).snapshot();
  expect(plan).toMatchObject({ rightsUnasked: 1 });
  expect(asked).toBeLessThanOrEqual(ONE_TOO_MANY + 10); // besides the target folder and the selected one
  google.edit(files[0]!, { isClosedToReaders: false });
  expect((await (await planned([top])).snapshot()).plan).not.toHaveProperty('rightsUnasked');
});

it('states how many targets of shortcuts it did not look up', async () => {
  const { google, planned } = setUp();
  const top = google.folder(ANA, 'Links');
  for (let nth = 0; nth < ONE_TOO_MANY; nth++)
    google.put(ANA, { name: `${nth}`, parent: top, mimeType: SHORTCUT, targetId: `gone ${nth}` });
  const { plan } = await (await planned([top])).snapshot();
  expect(plan).toMatchObject({ targetsUnasked: 1, problems: { shortcut_dangling: ONE_TOO_MANY - 1 } });
});
