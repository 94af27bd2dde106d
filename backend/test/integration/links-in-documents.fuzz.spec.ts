import { guardedUpdate } from '../../src/adapters/google/links/batch-update.js';
import type { GoogleDocument } from '../../src/adapters/google/links/docs-links.js';
import { type GoogleSpreadsheet, SPREADSHEET_FIELDS } from '../../src/adapters/google/links/sheets-links.js';
import type { GooglePresentation } from '../../src/adapters/google/links/slides-links.js';
import type { RewritePlan } from '../../src/engine/links/document-links.js';
import {
  type LinkedDocuments,
  linkedDocuments,
  withNewAddresses,
  withoutFields,
  rewriteDocument,
  rewritePresentation,
  rewriteSpreadsheet,
} from '../support/linked-documents.js';
import { type Random, randomOf } from '../support/random.js';

const TRIALS = Number(process.env['FUZZ_TRIALS'] ?? 30);
const FIRST_SEED = Number(process.env['FUZZ_SEED'] ?? 1);
/** What Google sets itself, and indexes, which ids of another length shift. */
const SET_BY_GOOGLE = [
  ...['revisionId', 'documentId', 'presentationId', 'spreadsheetId', 'spreadsheetUrl', 'title', 'mimeType'],
  ...['richLinkId', 'startIndex', 'endIndex', 'hyperlink', 'effectiveValue', 'formattedValue'],
];

const idOf = ({ below }: Random, length: number) =>
  Array.from({ length }, () => 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'[below(64)]).join('');

/** Addresses of what was copied, of what was not, and of other hosts; each stands alone in its text. */
function addressesOf(random: Random) {
  const copies = new Map(
    Array.from({ length: 4 }, () => [idOf(random, random.oneOf([33, 44])), idOf(random, random.oneOf([19, 33, 44]))]),
  );
  const { oneOf } = random;
  const url = () => {
    const id = oneOf([...copies.keys(), idOf(random, 44)]);
    return oneOf([
      `https://docs.google.com/document/d/${id}/edit?usp=sharing&resourcekey=0-K#heading=h.x`,
      `https://docs.google.com/spreadsheets/d/${id}/edit#gid=0`,
      `https://drive.google.com/open?id=${id}`,
      `https://drive.google.com/drive/folders/${id}?resourcekey=0-K`,
      `https://drive.google.com/file/d/${id}/view`,
      `https://example.com/document/d/${id}/edit`,
      `https://example.com/?next=https://docs.google.com/document/d/${id}/edit`,
      'https://docs.google.com/forms/d/e/1FAIpQLSdAbCdEfGhIjKlMnOpQrStUv/viewform',
    ]);
  };
  return { copies, url };
}

const list = <T>({ below }: Random, most: number, make: () => T): T[] => Array.from({ length: 1 + below(most) }, make);

/** A line with links, plain addresses and, in Docs, chips and suggestions. */
function lineOf(random: Random, url: () => string, isDocs: boolean): unknown[] {
  const { chance, oneOf } = random;
  const bold = () => (chance(0.3) ? { bold: true } : {});
  return list(random, 5, () => {
    const link = url();
    return oneOf<() => unknown>([
      () => oneOf([' and ', ' 😀 ', ' 1. ', ' ü ']),
      () => ({ text: 'word', url: link, ...bold() }),
      () => [
        { text: 'two', url: link, bold: true },
        { text: ' parts', url: link },
      ],
      () => [' ', { text: link, url: link, ...bold() }, ' '],
      () => ` (${link}) `,
      // The text shows another address than the one it leads to.
      () => [{ text: ` ${url()} `, url: link }, ' '],
      () => [
        { text: ` ${url()} or ${url()} `, url: link, bold: true },
        { text: ' more', url: link },
      ],
      ...(isDocs
        ? [
            () => ({ chip: url().replace(/^https:\/\/example.com/, 'https://docs.google.com') }),
            () => [' ', { text: ` ${link} `, suggest: oneOf(['insert', 'delete']) }, ' '],
            () => ({ footnote: [' in a note ', { text: 'linked', url: link }] }),
          ]
        : []),
    ])();
  }).flat();
}

/** The requests are executed by the sandbox, and the documents compared as a whole. */
describe('links in random documents', () => {
  let drive: LinkedDocuments;

  beforeAll(async () => {
    drive = await linkedDocuments();
  });
  afterAll(() => drive.close());

  async function eachTrial(trial: (random: Random, seed: number) => Promise<number>): Promise<void> {
    let rewritten = 0;
    for (let seed = FIRST_SEED; seed < FIRST_SEED + TRIALS; seed++) rewritten += await trial(randomOf(seed), seed);
    expect(rewritten).toBeGreaterThan(TRIALS);
  }

  async function check<T extends object>(
    seed: number,
    copies: ReadonlyMap<string, string>,
    read: () => Promise<T>,
    plan: (document: T) => RewritePlan<object>,
    write: (requests: readonly object[], before: T) => Promise<unknown>,
  ): Promise<number> {
    const before = await read();
    const { links, batches } = plan(before);
    for (const batch of batches) await write(batch, before);
    const after = await read();
    expect([seed, withoutFields(after, SET_BY_GOOGLE)]).toEqual([
      seed,
      withNewAddresses(before, copies, SET_BY_GOOGLE),
    ]);
    const second = plan(after);
    expect([seed, second.batches, second.links.filter(({ outcome }) => outcome === 'rewritten')]).toEqual([
      seed,
      [],
      [],
    ]);
    return links.filter(({ outcome }) => outcome === 'rewritten').length;
  }

  it('are rewritten in Docs, and nothing else changes', async () => {
    await eachTrial(async (random, seed) => {
      const { copies, url } = addressesOf(random);
      const line = () => lineOf(random, url, true);
      const block = () =>
        random.oneOf<() => unknown>([
          line,
          line,
          () => ({ bullets: [line(), line()] }),
          () => ({ table: [[lineOf(random, url, false), lineOf(random, url, false)]] }),
          () => ({ text: lineOf(random, url, false), level: 1 }),
        ])();
      const document = {
        content: list(random, 6, block),
        header: [lineOf(random, url, false)],
        tabs: [{ title: 'Second', content: list(random, 3, block), footer: [lineOf(random, url, false)] }],
      };
      const id = await drive.create('Random', { document });
      return check<GoogleDocument>(
        seed,
        copies,
        () => drive.call('GET', `/v1/documents/${id}?includeTabsContent=true`),
        (each) => rewriteDocument(each, (old) => copies.get(old)),
        (requests, { revisionId = '' }) =>
          drive.call('POST', `/v1/documents/${id}:batchUpdate`, guardedUpdate(requests as never, revisionId)),
      );
    });
  });

  it('are rewritten in Slides, and nothing else changes', async () => {
    await eachTrial(async (random, seed) => {
      const { copies, url } = addressesOf(random);
      const line = () => lineOf(random, url, false);
      const slides = list(random, 3, () => ({
        title: line(),
        body: list(random, 3, line),
        notes: [line()],
        tables: [[[line(), line()]]],
        shapes: [{ text: line(), url: url() }],
        images: [{ source: 'https://example.com/a.png', url: url() }],
        lines: [{ url: url() }],
      }));
      const id = await drive.create('Random', { presentation: { slides } });
      return check<GooglePresentation>(
        seed,
        copies,
        () => drive.call('GET', `/v1/presentations/${id}`),
        (each) => rewritePresentation(each, (old) => copies.get(old)),
        (requests, { revisionId = '' }) =>
          drive.call('POST', `/v1/presentations/${id}:batchUpdate`, guardedUpdate(requests as never, revisionId)),
      );
    });
  });

  it('are rewritten in Sheets, and nothing else changes', async () => {
    await eachTrial(async (random, seed) => {
      const { copies, url } = addressesOf(random);
      // A chip of another site makes its cell read-only.
      const chipUrl = () =>
        url().replace(/^https:\/\/example\.com.*/, 'https://drive.google.com/open?id=somethingElse00');
      const cell = () => {
        const link = url();
        return random.oneOf<() => unknown>([
          () => link,
          () => `see ${link}, or ${url()}.`,
          () => `=HYPERLINK("${link}","x")`,
          () => `=IF(TRUE,HYPERLINK("${link}","x"),"${url()}")`,
          () => ({
            text: 'one two three',
            links: [
              { url: link, part: 'one' },
              { url: url(), part: 'three' },
            ],
          }),
          () => ({ text: `${link} and two`, links: [{ url: url(), part: 'two' }] }),
          () => ({ text: 'noted', note: `(${link}) ${url()}` }),
          () => ({
            text: `@ ${link} @`,
            chips: [{ url: chipUrl() }, { person: 'ben@example.com' }],
          }),
          () => ({ text: 'linked', format: { textFormat: { italic: true, link: { uri: link } } } }),
          () => 12.5,
          () => null,
        ])();
      };
      const rows = list(random, 6, () => list(random, 4, cell));
      const id = await drive.create('Random', {
        spreadsheet: {
          sheets: [
            { title: 'A', rows },
            { title: 'B', rows },
          ],
        },
      });
      const fields = encodeURIComponent(SPREADSHEET_FIELDS);
      const plan = async () =>
        rewriteSpreadsheet(
          await drive.call<GoogleSpreadsheet>('GET', `/v4/spreadsheets/${id}?fields=${fields}`),
          (old) => copies.get(old),
        );
      return check(
        seed,
        copies,
        () => drive.call<GoogleSpreadsheet>('GET', `/v4/spreadsheets/${id}?includeGridData=true`),
        (each) => rewriteSpreadsheet(each, (old) => copies.get(old)),
        async (requests, before) => {
          // The fields that a transfer reads are enough.
          expect([seed, await plan()]).toEqual([seed, rewriteSpreadsheet(before, (old) => copies.get(old))]);
          await drive.call('POST', `/v4/spreadsheets/${id}:batchUpdate`, { requests });
        },
      );
    });
  });
});
