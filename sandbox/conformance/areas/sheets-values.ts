import { type Scenario } from '../scenario.ts';
import { API, at, batch, cells, fails, put, read, REST, sheet, text, write } from '../sheets-requests.ts';

/** spreadsheets.values. */
export const SHEETS_VALUES: Scenario[] = [
  {
    source: `${REST}/spreadsheets.values/update`,
    title: 'values are read as written, without trailing empty rows and cells',
    steps: [
      sheet(),
      put(
        'Sheet1!A1',
        [
          ['a', 1, true],
          ['', 'x', ''],
        ],
        {
          exactly: {
            spreadsheetId: '{s}',
            updatedRange: 'Sheet1!A1:C2',
            updatedRows: 2,
            updatedColumns: 3,
            updatedCells: 6,
          },
        },
      ),
      {
        ask: `GET ${at('Sheet1')}`,
        status: 200,
        exactly: {
          range: 'Sheet1!A1:Z1000',
          majorDimension: 'ROWS',
          values: [
            ['a', '1', 'TRUE'],
            ['', 'x'],
          ],
        },
      },
      read('A1:C2', [['a'], ['1', 'x'], ['TRUE']], 'majorDimension=COLUMNS'),
      read('A3:B9', undefined),
      {
        ask: 'GET /v4/spreadsheets/{s}/values:batchGet?ranges=A1&ranges=Sheet1!B1:B2',
        status: 200,
        exactly: {
          spreadsheetId: '{s}',
          valueRanges: [
            { range: 'Sheet1!A1', majorDimension: 'ROWS', values: [['a']] },
            { range: 'Sheet1!B1:B2', majorDimension: 'ROWS', values: [['1'], ['x']] },
          ],
        },
      },
    ],
  },
  {
    source: `${REST}/ValueInputOption`,
    title:
      'RAW keeps texts; USER_ENTERED parses numbers, dates, percentages and formulas; null leaves a cell unchanged',
    steps: [
      sheet(),
      put('A1', [['1,234.5', '50%', '2024-02-29', "'007", '=1+2', 'true']]),
      read('A1:F1', [['1234.5', '50%', '2024-02-29', '007', '3', 'TRUE']]),
      read('A1:F1', [[1234.5, 0.5, 45351, '007', 3, true]], 'valueRenderOption=UNFORMATTED_VALUE'),
      read(
        'A1:F1',
        [[1234.5, 0.5, '2024-02-29', '007', '=1+2', true]],
        'valueRenderOption=FORMULA&dateTimeRenderOption=FORMATTED_STRING',
      ),
      {
        ask: `PUT ${at('A1')}?valueInputOption=RAW&includeValuesInResponse=true`,
        body: { values: [['=1+2', null, 7]] },
        status: 200,
        json: { updatedCells: 2, updatedData: { range: 'Sheet1!A1:C1', values: [['=1+2', '50%', '1900-01-06']] } },
      },
    ],
  },
  {
    source: `${API}/guides/concepts#cell`,
    title: 'ranges in A1 notation: whole sheets, columns and rows, open ends, quotes, named ranges',
    steps: [
      sheet(),
      batch([
        {
          addSheet: { properties: { sheetId: 7, title: "It's here", gridProperties: { rowCount: 5, columnCount: 3 } } },
        },
        {
          addNamedRange: {
            namedRange: {
              namedRangeId: 'n1',
              name: 'totals',
              range: { sheetId: 7, startRowIndex: 1, endRowIndex: 2, startColumnIndex: 0, endColumnIndex: 2 },
            },
          },
        },
      ]),
      put("'It''s here'!A1", [['a', 'b'], ['c', 'd'], ['e']], { json: { updatedRange: "'It''s here'!A1:B3" } }),
      read("'It''s here'!B:B", [['b'], ['d']]),
      read("'It''s here'!2:2", [['c', 'd']]),
      read("'It''s here'!A2:A", [['c'], ['e']]),
      read("It's here", [['a', 'b'], ['c', 'd'], ['e']]),
      read('totals', [['c', 'd']]),
      read("'It''s here'!R2C1:R3C1", [['c'], ['e']]),
      fails(read('Nowhere!A1', undefined), 'Unable to parse range: Nowhere!A1'),
      fails(read('A1:B2:C3', undefined), 'Unable to parse range: A1:B2:C3'),
    ],
  },
  {
    source: 'https://github.com/home-assistant/core/issues/104198',
    title: 'a range outside the grid is refused; one that begins inside is clipped',
    steps: [
      sheet(),
      fails(
        read('Sheet1!A1001', undefined),
        'Range (Sheet1!A1001) exceeds grid limits. Max rows: 1000, max columns: 26',
      ),
      { ask: `GET ${at('Sheet1!A1:ZZ2000')}`, status: 200, json: { range: 'Sheet1!A1:Z1000' } },
      fails(put('Sheet1!Z1', [['a', 'b']]), 'Range (Sheet1!AA1) exceeds grid limits. Max rows: 1000, max columns: 26'),
      fails(
        put('Sheet1!A1:B2', [['a', 'b', 'c']]),
        'Requested writing within range [Sheet1!A1:B2], but tried writing to column [C]',
      ),
      fails(
        put('Sheet1!A1:B2', [['a'], ['b'], ['c']]),
        'Requested writing within range [Sheet1!A1:B2], but tried writing to row [3]',
      ),
      fails(
        { ask: `PUT ${at('A1')}`, body: { values: [['a']] }, status: 200 },
        "'valueInputOption' is required but not specified",
      ),
      fails(
        put('A1', ['x'] as unknown as unknown[][]),
        `Invalid value at 'data.values[0]' (type.googleapis.com/google.protobuf.ListValue), "x"`,
      ),
    ],
  },
  {
    source: `${API}/guides/values#append_values`,
    title: 'append finds the table in the range and writes below it, and adds missing rows',
    steps: [
      sheet(),
      put('B2', [
        ['a', 'b'],
        ['c', 'd'],
      ]),
      {
        ask: `POST ${at('Sheet1', ':append')}?valueInputOption=RAW`,
        body: { values: [['e', 'f']] },
        status: 200,
        exactly: {
          spreadsheetId: '{s}',
          tableRange: 'Sheet1!B2:C3',
          updates: {
            spreadsheetId: '{s}',
            updatedRange: 'Sheet1!B4:C4',
            updatedRows: 1,
            updatedColumns: 2,
            updatedCells: 2,
          },
        },
      },
      put('A1000', [['last']]),
      {
        ask: `POST ${at('A1000', ':append')}?valueInputOption=RAW&insertDataOption=INSERT_ROWS`,
        body: { values: [['more']] },
        status: 200,
        json: { tableRange: 'Sheet1!A1000', updates: { updatedRange: 'Sheet1!A1001' } },
      },
    ],
  },
  {
    source: `${REST}/spreadsheets.values/clear`,
    title: 'clear removes values and keeps notes; batches write and clear several ranges, all or none',
    steps: [
      sheet(),
      batch([write({ ...text('a'), note: 'kept' }, 'userEnteredValue,note')]),
      {
        ask: 'POST /v4/spreadsheets/{s}/values:batchUpdate',
        body: {
          valueInputOption: 'RAW',
          data: [
            { range: 'A2', values: [['b']] },
            { range: 'B1:B2', majorDimension: 'COLUMNS', values: [['c', 'd']] },
          ],
        },
        status: 200,
        json: { totalUpdatedCells: 3, totalUpdatedSheets: 1, responses: [{ updatedRange: 'Sheet1!A2' }, {}] },
      },
      fails(
        {
          ask: 'POST /v4/spreadsheets/{s}/values:batchUpdate',
          body: {
            valueInputOption: 'RAW',
            data: [
              { range: 'A1', values: [['lost']] },
              { range: 'No!A1', values: [['x']] },
            ],
          },
          status: 200,
        },
        'Invalid data[1]: Unable to parse range: No!A1',
      ),
      {
        ask: `POST ${at('A1', ':clear')}`,
        body: {},
        status: 200,
        exactly: { spreadsheetId: '{s}', clearedRange: 'Sheet1!A1' },
      },
      cells('userEnteredValue/stringValue,note', [
        [{ note: 'kept' }, text('c')],
        [text('b'), text('d')],
      ]),
      {
        ask: 'POST /v4/spreadsheets/{s}/values:batchClear',
        body: { ranges: ['A2', 'B:B'] },
        status: 200,
        json: { clearedRanges: ['Sheet1!A2', 'Sheet1!B1:B1000'] },
      },
      read('Sheet1', undefined),
    ],
  },
];
