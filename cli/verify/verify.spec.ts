import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Drive, OpenDrive } from './drive.ts';
import { readLinks, readReport } from './report-file.ts';
import { verify } from './verify.ts';

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
