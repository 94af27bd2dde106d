import { EditorTest, type Body, type Editor } from '../testing/editor-test.ts';

/**
 * Malformed and excessive requests for the APIs of Docs, Sheets and Slides: each gets an error in Google's format and
 * changes nothing. `hostile-fields.spec.ts` does the same with every field.
 */

interface Call {
  editor: Editor;
  path: string;
  body: Body;
}

const batch =
  (editor: Editor) =>
  (requests: unknown, more: Body = {}, query = ''): Call => ({
    editor,
    path: `/{id}:batchUpdate${query}`,
    body: { requests, ...more },
  });
const docs = batch('docs');
const slides = batch('slides');
const sheets = batch('sheets');
const create = (editor: Editor, body: Body, query = ''): Call => ({ editor, path: query, body });
const values = (path: string, body: Body): Call => ({ editor: 'sheets', path: `/{id}/values${path}`, body });

const location = { index: 1 };
const insert = (text: string) => ({ insertText: { location, text } });
const table = (rows: number, columns: number) => ({ rows, columns });
const replace = (text: string, replaceText: string, more: Body = {}) => ({
  replaceAllText: { containsText: { text, ...more }, replaceText },
});
const cell = { userEnteredValue: { numberValue: 1 } };
const rowData = [{ values: [cell] }];
const update = (more: Body) => ({ updateCells: { start: {}, fields: '*', rows: rowData, ...more } });

// A pattern that backtracks for ever, and a text for it.
const ENDLESS = '(a+)+$';
const LONG = `${'a'.repeat(40)}!`;
const endless = replace(ENDLESS, 'x', { searchByRegex: true });
const NESTED = Array.from({ length: 5_000 }).reduce<Body>((inner) => ({ childTabs: [inner] }), {});
const control = { write_control: { required_revision_id: 'x' } };
const MANY = 200_000;
const many = <T>(each: T): T[] => Array.from({ length: MANY }, () => each);

const REFUSED: [what: string, Call][] = [
  ['a cell far below', create('sheets', { sheets: [{ data: [{ startRow: 1e9, rowData }] }] })],
  ['a cell far to the right', create('sheets', { sheets: [{ data: [{ startColumn: 20_000, rowData }] }] })],
  ['a table of a billion cells', docs([{ insertTable: { location, ...table(1e5, 1e4) } }])],
  ['a table of 1e300 rows', docs([{ insertTable: { location, ...table(1e300, 1) } }])],
  [
    'a table of a billion cells on a slide',
    slides([{ createTable: { elementProperties: { pageObjectId: 'PAGE' }, ...table(1e5, 1e4) } }]),
  ],
  ['a text that is longer than a document', docs([insert('x\n'.repeat(600_000))])],
  ['a replacement that is too long', docs([replace('o', 'x'.repeat(600_000))])],
  ['an endless regular expression', docs([insert(LONG), endless])],
  ['an endless regular expression on a slide', slides([{ insertText: { objectId: 'SHAPE', text: LONG } }, endless])],
  [
    'an endless regular expression in cells',
    sheets([
      update({ rows: [{ values: [{ userEnteredValue: { stringValue: LONG } }] }] }),
      { findReplace: { find: ENDLESS, replacement: 'x', searchByRegex: true, allSheets: true } },
    ]),
  ],
  ['an infinite column', values(`/R1C${'9'.repeat(400)}:clear`, {})],
  ['a cell of 50,001 characters', values('/A1:append?valueInputOption=RAW', { values: [['x'.repeat(50_001)]] })],
  ['a request that is null', docs([null])],
  ['requests that are null', docs(null)],
  ['a range that is null', docs([{ deleteContentRange: { range: null } }])],
  ['a criterion that is null', docs([{ replaceAllText: { containsText: null } }])],
  ['a row that is null', sheets([update({ rows: [null] })])],
  ['a part of a sheet that is null', create('sheets', { sheets: [{ data: [null] }] })],
  ['a sheet that is null', create('sheets', { sheets: [null] })],
  ['a range of values that is null', values(':batchUpdate', { valueInputOption: 'RAW', data: [null] })],
  ['a negative row', sheets([update({ start: { rowIndex: -1 } })])],
  ['half a row', sheets([update({ start: { rowIndex: 0.5 } })])],
  ['a range from a negative row', sheets([{ repeatCell: { range: { startRowIndex: -1 }, cell, fields: '*' } }])],
  ['objects in 5,000 objects', create('docs', { tabs: [NESTED] })],
  ['an old revision in snake_case', docs([insert('x')], control)],
  ['an old revision of a presentation in snake_case', slides([{ createSlide: {} }], control)],
  ['an unknown field of a mask', docs([insert('x')], {}, '?fields=nope')],
  ['a mask that is nested too deeply', docs([insert('x')], {}, `?fields=${'replies/'.repeat(1500)}`)],
  ['an unknown field of the mask of a presentation', slides([{ createSlide: {} }], {}, '?fields=nope')],
  ['an unknown field of the mask of a spreadsheet', sheets([{ addSheet: {} }], {}, '?fields=nope')],
  [
    'an unknown range for the response',
    sheets([{ updateSpreadsheetProperties: { properties: { title: 'x' }, fields: 'title' } }], {
      responseRanges: ['nope!A1'],
    }),
  ],
  [
    'an unknown rendering of the response',
    values('/A1:append?valueInputOption=RAW&responseValueRenderOption=NOPE', { values: [['x']] }),
  ],
  [
    'an unknown rendering of the responses',
    values(':batchUpdate', {
      valueInputOption: 'RAW',
      data: [{ range: 'A1', values: [['x']] }],
      responseValueRenderOption: 'NOPE',
    }),
  ],
  ['an unknown field of the mask of a new document', create('docs', {}, '?fields=nope')],
  ['an unknown field of the mask of a new presentation', create('slides', {}, '?fields=nope')],
  ['an unknown field of the mask of a new spreadsheet', create('sheets', {}, '?fields=nope')],
];

const ACCEPTED: [what: string, Call, shown?: object][] = [
  ['tab properties that are null', docs([{ addDocumentTab: { tabProperties: null } }])],
  ['ranges that are null', values(':batchClear', { ranges: null })],
  ['a request in snake_case', docs([{ insert_text: { location, text: 'x' } }])],
  ['a number as a text', docs([{ insertText: { location: { index: '1' }, text: 'x' } }])],
  [
    'many rows of values',
    values('/A1:append?valueInputOption=RAW&insertDataOption=INSERT_ROWS', { values: many([1]) }),
  ],
  ['many rows of cells', sheets([{ appendCells: { fields: '*', rows: many({}) } }])],
  ['many paragraphs', docs([insert('x\n'.repeat(MANY))])],
  [
    'many replacements in one paragraph',
    docs([insert('xy'.repeat(MANY)), replace('x', 'z')]),
    { replies: [{}, { replaceAllText: { occurrencesChanged: MANY } }] },
  ],
  [
    'a cell in the last of many rows',
    create(
      'sheets',
      {
        sheets: [
          {
            properties: { gridProperties: { rowCount: 5_000_000, columnCount: 2 } },
            data: [{ startRow: 4_999_999, rowData }],
          },
        ],
      },
      '?fields=spreadsheetId',
    ),
  ],
];

describe('a request to an editor with', () => {
  let editors: EditorTest;

  beforeAll(async () => {
    editors = await EditorTest.start();
  });
  afterAll(() => editors.test.close());
  beforeEach(() => editors.reset());

  it.each(REFUSED)('%s is refused, and changes nothing', async (_, { editor, path, body }) => {
    const before = editors.state(editor);
    const answer = await editors.ask(editor, path, body);
    expect([answer.status, answer.text.slice(0, 500)]).toEqual([400, expect.any(String)]);
    expect(editors.state(editor)).toBe(before);
  });

  it.each(ACCEPTED)('%s is accepted', async (_, { editor, path, body }, shown = {}) => {
    const answer = await editors.ask(editor, path, body);
    expect([answer.status, answer.text.slice(0, 500)]).toEqual([200, expect.any(String)]);
    expect(answer.json).toMatchObject(shown);
  });

  it.each([
    ['a chain of formulas', Array.from({ length: 5_000 }, (_, i) => [`=D${i + 2}+1`])],
    ['texts that double', [['x'], ...Array.from({ length: 60 }, (_, i) => [`=D${i + 1}&D${i + 1}`])]],
    ['signs before signs', [[`=${'-'.repeat(40_000)}1`]]],
    ['operators in a row', [[`=1${'+1'.repeat(20_000)}`]]],
    ['percents of percents', [[`=1${'%'.repeat(40_000)}`]]],
  ])('%s can be read', async (_, given) => {
    const { status } = await editors.ask('sheets', '/{id}/values/D1:append?valueInputOption=USER_ENTERED', {
      values: given,
    });
    expect([status, await editors.shown('sheets')]).toEqual([200, expect.stringContaining('"sheets"')]);
  });
});
