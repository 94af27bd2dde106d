import type { BatchRequest } from '../../src/adapters/google/links/batch-update.js';
import { type GoogleSpreadsheet, SPREADSHEET_FIELDS } from '../../src/adapters/google/links/sheets-links.js';
import {
  type LinkedDocuments,
  linkedDocuments,
  withNewAddresses,
  withoutFields,
  rewriteSpreadsheet,
} from '../support/linked-documents.js';

const OLD = '1AbCdEfGhIjKlMnOpQrStUvWxYz0123456789_-AbCdE';
const NEW = '1Short-id-of-19-char';
const URL = `https://docs.google.com/document/d/${OLD}/edit`;
const NEW_URL = `https://docs.google.com/document/d/${NEW}/edit`;
/** What Google computes from the content. */
const COMPUTED = [
  'spreadsheetId',
  'spreadsheetUrl',
  'hyperlink',
  'effectiveValue',
  'formattedValue',
  'mimeType',
  'title',
];

/** The requests are executed by the sandbox's Sheets API, and the spreadsheets compared as a whole. */
describe('links in Sheets', () => {
  let drive: LinkedDocuments;

  beforeAll(async () => {
    drive = await linkedDocuments();
  });
  afterAll(() => drive.close());

  const read = (id: string) =>
    drive.call<GoogleSpreadsheet>('GET', `/v4/spreadsheets/${id}?fields=${encodeURIComponent(SPREADSHEET_FIELDS)}`);
  const readAll = (id: string) => drive.call('GET', `/v4/spreadsheets/${id}?includeGridData=true`);
  const write = (id: string, requests: readonly BatchRequest[]) =>
    drive.call('POST', `/v4/spreadsheets/${id}:batchUpdate`, { requests });
  const create = (rows: readonly (readonly unknown[])[]) =>
    drive.create('Sheet', { spreadsheet: { sheets: [{ title: 'Plan', rows }] } });

  /** Rewrites a spreadsheet and checks that nothing else has changed. */
  async function rewrite(id: string, copies: ReadonlyMap<string, string>) {
    const newIdOf = (each: string) => copies.get(each);
    const before = await readAll(id);
    const plan = rewriteSpreadsheet(await read(id), newIdOf);
    for (const batch of plan.batches) await write(id, batch);
    const after = await readAll(id);
    expect(withoutFields(after, COMPUTED)).toEqual(withNewAddresses(before, copies, COMPUTED));
    const second = rewriteSpreadsheet(await read(id), newIdOf);
    expect(second.batches).toEqual([]);
    expect(second.links.filter(({ outcome }) => outcome === 'rewritten')).toEqual([]);
    return { plan, after };
  }

  it('rewrites links in every place and leaves everything else as it is', async () => {
    const ids = await drive.fill();
    const copies = await drive.copyAll();
    const { plan } = await rewrite(copies.get(ids.get('Budget')!)!, copies);
    expect(plan.batches).toHaveLength(1);
    const count = (holder: string) =>
      plan.links.filter(({ place, outcome }) => place.holder === holder && outcome === 'rewritten').length;
    expect(count('plain_text')).toBeGreaterThan(60);
    expect(count('formula')).toBeGreaterThan(120);
    expect(count('text')).toBeGreaterThan(60);
    expect(count('note')).toBeGreaterThan(60);
    expect(count('chip')).toBeGreaterThanOrEqual(6);
    const consents = plan.links.filter((link) => link.outcome === 'rewritten' && link.needsConsent);
    expect(consents.map(({ place }) => `${place.container}!${place.label}`)).toEqual([
      'Formulas!A1',
      'Formulas!A2',
      'Formulas!A3',
    ]);
    // The address is in two parts of the formula.
    const computed = plan.links.filter((link) => link.outcome === 'unsupported' && link.reason === 'computed_address');
    expect(computed.map(({ place }) => place.label)).toEqual(['A5']);
    expect(plan.links).toContainEqual(
      expect.objectContaining({ place: expect.objectContaining({ container: 'Hidden' }) }),
    );
  });

  it('shifts the linked parts and chips of a text with ids of another length', async () => {
    const id = await create([
      [
        {
          text: `${URL} and two words`,
          links: [
            { url: URL, part: 'two' },
            { url: 'https://example.com/', part: 'words' },
          ],
        },
        { text: URL, links: [{ url: URL }], note: `See ${URL}?resourcekey=0-K, and\n${URL}` },
        { text: `${URL} @ end`, chips: [{ url: URL }] },
        { text: 'format', format: { textFormat: { bold: true, link: { uri: URL } } } },
      ],
    ]);
    await rewrite(id, new Map([[OLD, OLD.replace('A', 'Z')]]));
    const map = new Map([[OLD.replace('A', 'Z'), NEW]]);
    const plan = rewriteSpreadsheet(await read(id), (each) => map.get(each));
    for (const batch of plan.batches) await write(id, batch);
    const [first, second, third, fourth] = (await read(id)).sheets![0]!.data![0]!.rowData![0]!.values!;
    const at = (text: string) => first!.userEnteredValue!.stringValue!.indexOf(text);
    expect(first).toMatchObject({
      userEnteredValue: { stringValue: `${NEW_URL} and two words` },
      textFormatRuns: [
        { startIndex: at('two'), format: { link: { uri: NEW_URL } } },
        { startIndex: at(' words') },
        { startIndex: at('words'), format: { link: { uri: 'https://example.com/' } } },
      ],
    });
    expect(second).toMatchObject({
      userEnteredValue: { stringValue: NEW_URL },
      textFormatRuns: [{ format: { link: { uri: NEW_URL } } }],
      note: `See ${NEW_URL}, and\n${NEW_URL}`,
    });
    expect(third).toMatchObject({
      userEnteredValue: { stringValue: `${NEW_URL} @ end` },
      chipRuns: expect.arrayContaining([
        { startIndex: NEW_URL.length + 1, chip: { richLinkProperties: { uri: NEW_URL } } },
      ]),
    });
    expect(fourth).toMatchObject({ userEnteredFormat: { textFormat: { bold: true, link: { uri: NEW_URL } } } });
  });

  it('does not overwrite a text or formula that a person has edited meanwhile', async () => {
    const id = await create([[`see ${URL}`, `=HYPERLINK("${URL}","x")`, URL]]);
    const { batches } = rewriteSpreadsheet(await read(id), () => NEW);
    const edited = { userEnteredValue: { stringValue: `see ${URL}, edited` } };
    const start = { sheetId: 0, rowIndex: 0, columnIndex: 0 };
    await write(id, [{ updateCells: { start, rows: [{ values: [edited] }], fields: 'userEnteredValue' } }]);
    for (const batch of batches) await write(id, batch);
    const values = (await read(id)).sheets![0]!.data![0]!.rowData![0]!.values!;
    expect(values.map(({ userEnteredValue }) => userEnteredValue)).toEqual([
      { stringValue: `see ${URL}, edited` },
      { formulaValue: `=HYPERLINK("${NEW_URL}","x")` },
      { stringValue: NEW_URL },
    ]);
  });

  it('leaves a cell with a chip that Google’s API only reads to a person', () => {
    const chipRuns = [
      { chip: { richLinkProperties: { uri: URL } } },
      { startIndex: 2, chip: { richLinkProperties: { uri: 'https://www.youtube.com/watch?v=1' } } },
    ];
    const cell = { userEnteredValue: { stringValue: '@ @' }, chipRuns, note: URL };
    const sheet = {
      properties: { sheetId: 3, title: 'Mixed' },
      data: [{ startRow: 4, startColumn: 27, rowData: [{ values: [cell] }] }],
    };
    const { links, batches } = rewriteSpreadsheet({ sheets: [sheet] }, () => NEW);
    expect(links).toEqual([
      expect.objectContaining({ outcome: 'unsupported', reason: 'read_only_chip', newText: NEW_URL }),
      expect.objectContaining({
        outcome: 'rewritten',
        place: { holder: 'note', part: 'sheet', container: 'Mixed', label: 'AB5' },
      }),
    ]);
    const range = { sheetId: 3, startRowIndex: 4, endRowIndex: 5, startColumnIndex: 27, endColumnIndex: 28 };
    expect(batches).toEqual([[{ updateCells: { range, rows: [{ values: [{ note: NEW_URL }] }], fields: 'note' } }]]);
  });

  it('rewrites 5,000 links with at most five requests, the two readings included', async () => {
    const id = await create(Array.from({ length: 2_500 }, (_, i) => [`=HYPERLINK("${URL}","${i}")`, URL]));
    const { plan } = await rewrite(id, new Map([[OLD, NEW]]));
    expect(plan.links).toHaveLength(5_000);
    expect(plan.batches.length + 2).toBeLessThanOrEqual(5);
  });
});
