import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Drive, OpenDrive } from './drive.ts';
import { readLinks, readReport } from './report-file.ts';
import { summaryOf, verify } from './verify.ts';

const folder = mkdtempSync(join(tmpdir(), 'cli-verify-'));
const file = (name: string, content: string) => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

const DOCUMENT = 'application/vnd.google-apps.document';
const drive = {
  get: (id: string) => Promise.resolve({ id, name: id, mimeType: DOCUMENT }),
  children: () => Promise.resolve([]),
} as unknown as Drive;

const item = (name: string, links: object) => ({
  ...{ path: name, name, state: 'verified', kind: 'google', mimeType: DOCUMENT, size: null },
  ...{ sourceId: `old-${name}`, destinationId: `new-${name}`, ...links },
});
const ITEMS = [
  item('Plan', { linksFound: 3, linksRewritten: 1, linksFailed: 1 }),
  item('Notes', { linksFound: 0, linksRewritten: 0, linksFailed: 0 }),
  item('Photo', {}),
];
const TOTALS = { found: 3, waiting: 0, rewritten: 1, outside: 1, unsupported: 0, failed: 1, unread: 1 };

const reportWith = (links: object) =>
  readReport(
    file(
      'report.json',
      JSON.stringify({
        ...{ generatedAt: '2026-11-30T10:00:00.000Z', transfer: {} },
        summary: { counts: { found: 3, verified: 3 }, links },
        items: ITEMS,
      }),
    ),
  );

const HEADER = 'document_path,document_id,kind,place,old_address,new_address,outcome,reason_code,reason';
const LINES = [
  'Plan,new-Plan,document,"Tab 1, table",old,new,rewritten,,',
  'Plan,new-Plan,document,Tab 1,old,,outside,,',
  'Plan,new-Plan,document,Tab 1,old,new,failed,edited_since,Edited.',
  'Photo,new-Photo,spreadsheet,,,,unread,api_off,Off.',
];
const findingsOf = async (lines: readonly string[], totals: object = TOTALS) => {
  const links = readLinks(file('links.csv', `\ufeff${[HEADER, ...lines].join('\r\n')}\r\n`));
  const options = { source: drive, destination: drive, say: () => undefined };
  return (await verify({ ...options, report: reportWith(totals), links })).findings;
};

/** Of ten files, whose bytes are compared. */
const comparing = (digest: OpenDrive['digest']) => {
  const mimeType = 'application/pdf';
  const items = Array.from({ length: 10 }, (_, index) => ({
    ...{ path: `${index}`, name: `${index}`, state: 'verified', kind: 'file', mimeType, size: null },
    ...{ sourceId: `old-${index}`, destinationId: `new-${index}` },
  }));
  const get = (id = '') => Promise.resolve({ id, name: id, mimeType, sha256Checksum: 'same' });
  const side = { get, digest, children: () => Promise.resolve([]) } as unknown as OpenDrive;
  const sides = { source: side, destination: side };
  return verify({ report: { items }, ...sides, open: sides, bytes: true, say: () => undefined });
};

const MY_DRIVE = { id: 'top', name: 'My Drive', mimeType: 'application/vnd.google-apps.folder' };
const aFile = (id: string, more: object = {}) => ({ id, name: id, mimeType: 'application/pdf', ...more });
/** Both sides of a transfer, with these files and these folders' children. */
const sideOf = (files: object[], children: Record<string, object[]> = {}) =>
  ({
    get: (id = '') =>
      Promise.resolve(files.find((each) => (each as { id: string }).id === (id === 'root' ? MY_DRIVE.id : id))),
    children: (id: string) => Promise.resolve(children[id] ?? []),
  }) as unknown as OpenDrive;
const anItem = (path: string, kind: string, mimeType: string) => ({
  ...{ path, name: path.split('/').at(-1)!, state: 'verified', kind, mimeType, size: null },
  ...{ sourceId: `old-${path}`, destinationId: `new-${path}` },
});

describe('copies without a checksum', () => {
  const SHORTCUT = 'application/vnd.google-apps.shortcut';
  const items = [anItem('Plan', 'google', DOCUMENT), anItem('a.pdf', 'file', 'application/pdf')];
  const verdictOf = async (...links: [target: string, actual: string | undefined][]) => {
    const shortcuts = links.map((_, index) => anItem(`link${index}`, 'shortcut', SHORTCUT));
    const side = (prefix: string, which: 0 | 1) =>
      sideOf([
        { ...aFile(`${prefix}-Plan`), mimeType: DOCUMENT },
        aFile(`${prefix}-a.pdf`, { sha256Checksum: 'same' }),
        ...links.map((link, index) => {
          const details = link[which] === undefined ? {} : { shortcutDetails: { targetId: link[which] } };
          return { ...aFile(`${prefix}-link${index}`), mimeType: SHORTCUT, ...details };
        }),
      ]);
    const report = { items: [...items, ...shortcuts], selected: [...items, ...shortcuts].map(({ name }) => name) };
    return verify({ report, source: side('old', 0), destination: side('new', 1), say: () => undefined });
  };

  it('are counted apart', async () => {
    const verdict = await verdictOf();
    expect(verdict).toEqual({ proven: 2, present: 1, changed: 0, findings: [] });
    expect(summaryOf(verdict)).toBe(
      '1 proven by checksum, 1 present (they have no checksum), 0 changed since, 0 wrong',
    );
  });

  it('include shortcuts, which lead to the copy of their target, or to a target that was not copied', async () => {
    const verdict = await verdictOf(['old-Plan', 'new-Plan'], ['elsewhere', 'elsewhere'], ['old-Plan', undefined]);
    expect(verdict).toMatchObject({ proven: 5, present: 4, findings: [] });
    const { findings, ...counts } = await verdictOf(['old-Plan', 'old-Plan'], ['elsewhere', 'new-Plan']);
    expect(findings).toEqual([
      'link0: the shortcut leads to old-Plan, not to the copy of its target new-Plan',
      'link1: the shortcut leads to new-Plan, not to its target elsewhere',
    ]);
    expect(counts).toMatchObject({ proven: 2, present: 1 });
  });
});

describe('an item that the report does not name', () => {
  const UNLISTED = /^! The report does not say whether all of My Drive was selected/;
  /** Of a report with these items, of a Drive that also has `lost.pdf` at its top. */
  const missingOf = async (selected: readonly string[] | undefined, ...paths: string[]) => {
    const items = paths.map((path) => ({ ...anItem(path, 'file', 'application/pdf'), state: 'skipped' }));
    const source = sideOf([MY_DRIVE], { top: [...paths, 'lost.pdf'].map((path) => aFile(`old-${path}`)) });
    const said: string[] = [];
    const report = { items, ...(selected && { selected }) };
    const { findings } = await verify({ report, source, destination: sideOf([]), say: (line) => said.push(line) });
    return { findings, said };
  };

  it('is found at the top of My Drive, if all of it was selected', async () => {
    expect(await missingOf(['My Drive'], 'a.pdf', 'b.pdf')).toEqual({
      findings: ['old-lost.pdf: is in the source and not in the report'],
      said: [],
    });
  });

  it('may be a shortcut that was followed, but only in the place of its target', async () => {
    const link = (name: string, targetId: string) => ({ ...aFile(name), shortcutDetails: { targetId } });
    const folder = { ...anItem('Work', 'folder', MY_DRIVE.mimeType), sourceId: 'work' };
    const target = { ...anItem('Work/AC∕DC', 'file', 'application/pdf'), sourceId: 'target' };
    const source = sideOf([], { work: [link('AC/DC', 'target'), link('other', 'target'), link('third', 'unknown')] });
    const items = [folder, target].map((item) => ({ ...item, state: 'skipped' }));
    const report = { items, selected: ['Work'] };
    const { findings } = await verify({ report, source, destination: sideOf([]), say: () => undefined });
    expect(findings).toEqual([
      'Work/other: is in the source and not in the report',
      'Work/third: is in the source and not in the report',
    ]);
  });

  it('is no problem beside selected items', async () => {
    expect(await missingOf(['a.pdf', 'b.pdf'], 'a.pdf', 'b.pdf')).toEqual({ findings: [], said: [] });
  });

  it.each([
    ['what was selected', undefined],
    ['what became of a selected item', ['renamed.pdf']],
  ])('may be missed where the report does not say %s', async (_what, selected) => {
    expect(await missingOf(selected, 'a.pdf')).toEqual({ findings: [], said: [expect.stringMatching(UNLISTED)] });
  });

  it('may be one that the filter excluded, as long as it excluded as many, and is never a folder', async () => {
    const within = [aFile('a.pdf'), aFile('b.pdf'), { ...aFile('Sub'), mimeType: MY_DRIVE.mimeType }];
    const source = sideOf([], { work: within });
    const folder = { ...anItem('Work', 'folder', MY_DRIVE.mimeType), sourceId: 'work', state: 'skipped' };
    const missingWith = async (filteredOut: number) => {
      const said: string[] = [];
      const report = { items: [folder], selected: ['Work'], filteredOut };
      const { findings } = await verify({ report, source, destination: sideOf([]), say: (line) => said.push(line) });
      return { findings, said };
    };
    expect(await missingWith(2)).toEqual({
      findings: ['Work/Sub: is in the source and not in the report'],
      said: [expect.stringMatching(/^! In the source and not in the report: 2. The filter excluded 2, /)],
    });
    expect((await missingWith(Infinity)).said).toEqual([expect.stringMatching(/: 2. The filter excluded some, /)]);
    expect(await missingWith(1)).toEqual({
      findings: [
        'Work/a.pdf: is in the source and not in the report (the filter excluded only 1)',
        'Work/b.pdf: is in the source and not in the report (the filter excluded only 1)',
        'Work/Sub: is in the source and not in the report',
      ],
      said: [],
    });
  });

  it('is judged by the filter of a JSON report', () => {
    const reportOf = (options: object, more = {}) => {
      const transfer = { options, plan: { filteredOut: 3 }, ...more };
      const text = JSON.stringify({ generatedAt: '', transfer, summary: { counts: { found: 3 } }, items: ITEMS });
      return readReport(file('filter.json', text)).filteredOut;
    };
    const filter = { name: '*.pdf' };
    expect([reportOf({ filter }), reportOf({}), reportOf({ filter }, { delta: {} })]).toEqual([3, undefined, Infinity]);
  });

  it('is judged by the selection of a JSON report', () => {
    const transfer = { selection: { count: 1, names: ['My Drive'] } };
    const text = JSON.stringify({ generatedAt: '', transfer, summary: { counts: { found: 3 } }, items: ITEMS });
    expect(readReport(file('selection.json', text)).selected).toEqual(['My Drive']);
  });
});

it('says which copies’ permissions may not be read, and counts only the others', async () => {
  const items = ['a.pdf', 'b.pdf', 'gone.pdf'].map((path) => anItem(path, 'file', 'application/pdf'));
  const files = ['a.pdf', 'b.pdf'].map((path) => aFile(`new-${path}`, { sha256Checksum: 'same' }));
  const originals = ['a.pdf', 'b.pdf'].map((path) => aFile(`old-${path}`, { sha256Checksum: 'same' }));
  const destination = {
    ...sideOf(files),
    address: () => Promise.resolve('bob@example.com'),
    readers: (id: string) => Promise.resolve(id === 'new-a.pdf' ? new Map() : undefined),
  } as unknown as OpenDrive;
  const said: string[] = [];
  const source = sideOf(originals);
  const { findings } = await verify({
    ...{ report: { items, selected: items.map(({ name }) => name) }, source, destination },
    ...{ open: { source, destination }, access: { grants: new Map(), unread: 0 }, say: (line) => said.push(line) },
  });
  expect(said).toEqual([
    '! b.pdf: who can open it may not be read, so nobody was compared.',
    'Access of 1 copies read.',
  ]);
  expect(findings).toEqual(['gone.pdf: the copy is gone from the destination']);
});

it('names a file that was deleted while it was compared', async () => {
  const { findings } = await comparing((id) => Promise.resolve(id === 'new-3' ? undefined : 'bytes'));
  expect(findings).toEqual(['3: a side was deleted while it was compared']);
});

it('begins no more files after a failure', async () => {
  const begun: string[] = [];
  const digest = (id = '') => {
    begun.push(id);
    return id === 'old-0' ? Promise.reject(new Error('no token')) : Promise.resolve('bytes');
  };
  await expect(comparing(digest)).rejects.toThrow('no token');
  await new Promise((done) => setImmediate(done));
  expect(begun).not.toContain('old-9');
});

describe('links.csv', () => {
  it('adds up with the report', async () => {
    expect(await findingsOf(LINES)).toEqual([]);
  });

  it.each<[string, readonly string[], object, readonly string[]]>([
    [
      'a missing line',
      LINES.slice(1),
      TOTALS,
      [
        'the summary says 1 links rewritten, links.csv lists 0',
        'Plan: the report says 3 links found, links.csv lists 2',
        'Plan: the report says 1 links rewritten, links.csv lists 0',
      ],
    ],
    [
      'a document that is not stated to be unread',
      LINES.slice(0, 3),
      TOTALS,
      ['the summary says 1 unread documents, links.csv lists 0'],
    ],
    [
      'a summary that does not add up',
      LINES,
      { ...TOTALS, found: 4 },
      ['the links of the summary do not add up: 4 found, 3 by outcome'],
    ],
    [
      'another copy',
      [...LINES.slice(0, 3), 'Other,new-Other,document,,,,unread,too_large,Large.'],
      TOTALS,
      ['Other: links.csv has links of a copy that the report does not name'],
    ],
  ])('is compared with the report: %s', async (_what, lines, totals, findings) => {
    expect(await findingsOf(lines, totals)).toEqual(findings);
  });

  it('is refused without its columns', () => {
    expect(() => readLinks(file('other.csv', 'path,outcome\r\n'))).toThrow(
      /no list of links \(links\.csv\).*document_path/,
    );
  });
});
