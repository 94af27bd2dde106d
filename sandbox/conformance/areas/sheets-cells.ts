import { made, type Scenario, SHEET } from '../scenario.ts';
import { API, batch, cells, DOC_URL, fails, put, read, REST, sheet, text, write } from '../sheets-requests.ts';

/** Contents and displayed values of cells. */
export const SHEETS_CELLS: Scenario[] = [
  {
    source: `${REST}/spreadsheets/cells#CellData`,
    title: 'links: from HYPERLINK, from a run, of a whole cell; a cell with several links has no hyperlink',
    steps: [
      sheet(),
      put('A1', [[`=HYPERLINK("${DOC_URL}", "the document")`, `=HYPERLINK("${DOC_URL}")`]]),
      batch([
        write(
          { ...text('one'), textFormatRuns: [{ format: { link: { uri: DOC_URL } } }] },
          'userEnteredValue,textFormatRuns',
          { rowIndex: 1 },
        ),
        write(
          {
            ...text('one two'),
            textFormatRuns: [
              { format: { link: { uri: 'https://a.example/' } } },
              { startIndex: 3 },
              { startIndex: 4, format: { link: { uri: 'https://b.example/' } } },
            ],
          },
          'userEnteredValue,textFormatRuns',
          { rowIndex: 1, columnIndex: 1 },
        ),
        write(
          { ...text('cell'), userEnteredFormat: { textFormat: { link: { uri: DOC_URL } } } },
          'userEnteredValue,userEnteredFormat.textFormat.link',
          { rowIndex: 2 },
        ),
      ]),
      cells('formattedValue,hyperlink,textFormatRuns', [
        [
          { formattedValue: 'the document', hyperlink: DOC_URL },
          { formattedValue: DOC_URL, hyperlink: DOC_URL },
        ],
        [
          { formattedValue: 'one', hyperlink: DOC_URL, textFormatRuns: [{ format: { link: { uri: DOC_URL } } }] },
          {
            formattedValue: 'one two',
            textFormatRuns: [
              { format: { link: { uri: 'https://a.example/' } } },
              { startIndex: 3, format: {} },
              { startIndex: 4, format: { link: { uri: 'https://b.example/' } } },
            ],
          },
        ],
        [{ formattedValue: 'cell', hyperlink: DOC_URL }],
      ]),
    ],
  },
  ...[true, false].map((shown): Scenario => ({
    source: `${REST}/spreadsheets/cells#CellData`,
    title: `a web address as the text of a cell ${shown ? 'is' : 'is not'} its hyperlink`,
    switches: { bareUrlsAreLinks: shown },
    steps: [
      sheet(),
      put('A1', [['https://a.example/']]),
      cells('formattedValue,hyperlink', [
        [{ formattedValue: 'https://a.example/', ...(shown && { hyperlink: 'https://a.example/' }) }],
      ]),
    ],
  })),
  {
    source: `${API}/guides/chips`,
    title:
      'chips replace an @ in the text; all runs are returned, those without a chip are empty; only Drive links can be chips',
    steps: [
      sheet(),
      made('target', { mimeType: SHEET }),
      batch([
        write(
          {
            ...text('@ is of @.'),
            chipRuns: [
              { chip: { richLinkProperties: { uri: 'https://docs.google.com/spreadsheets/d/{target}/edit' } } },
              { startIndex: 8, chip: { personProperties: { email: 'nobody@nowhere.example' } } },
            ],
          },
          'userEnteredValue,chipRuns',
        ),
      ]),
      cells('userEnteredValue,formattedValue,chipRuns', [
        [
          {
            ...text('@ is of @.'),
            formattedValue: 'target is of nobody@nowhere.example.',
            chipRuns: [
              {
                chip: {
                  richLinkProperties: {
                    uri: 'https://docs.google.com/spreadsheets/d/{target}/edit',
                    mimeType: SHEET,
                  },
                },
              },
              { startIndex: 1, chip: {} },
              { startIndex: 8, chip: { personProperties: { email: 'nobody@nowhere.example' } } },
              { startIndex: 9, chip: {} },
            ],
          },
        ],
      ]),
      fails(
        batch([
          write(
            { ...text('@'), chipRuns: [{ chip: { richLinkProperties: { uri: 'https://a.example/' } } }] },
            'userEnteredValue,chipRuns',
          ),
        ]),
        'Invalid requests[0].updateCells: Only links to Google Drive files can be written as chips.',
      ),
      // "Writing a new user_entered_value will erase previous runs."
      put('A1', [['plain']]),
      cells('userEnteredValue,chipRuns', [[text('plain')]]),
    ],
  },
  {
    source: `${REST}/spreadsheets/other#ExtendedValue`,
    title: 'formulas have an effective value, including errors; references follow changes',
    steps: [
      sheet(),
      put('A1', [[2, '=A1*3', '=A1&" pieces"', '=B1/0', '=SUM(A1:B1)-1%', '=C1+1', '=D1']]),
      read('A1:G1', [['2', '6', '2 pieces', '#DIV/0!', '7.99', '#VALUE!', '#DIV/0!']]),
      put('A1', [[5]]),
      read('B1:C1', [['15', '5 pieces']]),
      cells(
        'effectiveValue',
        [
          [
            {
              effectiveValue: {
                errorValue: { type: 'DIVIDE_BY_ZERO', message: 'Function DIVIDE parameter 2 cannot be zero.' },
              },
            },
          ],
        ],
        'D1',
      ),
      put('A2', [['=A2', '=SUM(', '=NoSuchRange']]),
      read('A2:C2', [['#REF!', '#ERROR!', '#NAME?']]),
    ],
  },
  {
    source: 'https://support.google.com/docs/answer/3093340',
    title: 'IMPORTRANGE requires a permission for each pair of spreadsheets, from a person who may read the source',
    steps: [
      sheet('source'),
      {
        ask: 'PUT /v4/spreadsheets/{source}/values/A1?valueInputOption=RAW',
        body: {
          values: [
            ['a', 'b'],
            ['c', 'd'],
          ],
        },
        status: 200,
      },
      sheet(),
      put('A1', [['=IMPORTRANGE("https://docs.google.com/spreadsheets/d/{source}/edit", "Sheet1!A1:B2")']]),
      read('A1:B2', [['#REF!']]),
      cells(
        'effectiveValue',
        [[{ effectiveValue: { errorValue: { type: 'REF', message: 'You need to connect these sheets.' } } }]],
        'A1',
      ),
      {
        ask: 'POST /spreadsheets/d/{s}/externaldata/addimportrangepermissions?donorDocId={source}',
        body: {},
        status: 200,
      },
      read('A1:B2', [
        ['a', 'b'],
        ['c', 'd'],
      ]),
      put('B2', [['in its way']]),
      cells(
        'effectiveValue',
        [
          [
            {
              effectiveValue: {
                errorValue: {
                  type: 'REF',
                  message: 'Array result was not expanded because it would overwrite data in B2.',
                },
              },
            },
          ],
        ],
        'A1',
      ),
    ],
  },
  ...[false, true].map((kept): Scenario => ({
    source: 'https://support.google.com/docs/answer/3093340',
    title: `a copy ${kept ? 'may import from the same spreadsheets as its original' : 'needs its own permission to import'}`,
    switches: { copyKeepsImports: kept },
    steps: [
      sheet('source'),
      { ask: 'PUT /v4/spreadsheets/{source}/values/A1?valueInputOption=RAW', body: { values: [['a']] }, status: 200 },
      sheet(),
      put('A1', [['=IMPORTRANGE("{source}", "A1")']]),
      {
        ask: 'POST /spreadsheets/d/{s}/externaldata/addimportrangepermissions?donorDocId={source}',
        body: {},
        status: 200,
      },
      read('A1', [['a']]),
      { ask: 'POST files/{s}/copy?fields=id', body: { parents: ['{home}'] }, status: 200, keep: { s: 'id' } },
      read('A1', [[kept ? 'a' : '#REF!']]),
    ],
  })),
];

/** findReplace. */
export const SHEETS_REPLACING: Scenario[] = [
  {
    source: `${REST}/spreadsheets/request#FindReplaceRequest`,
    title: 'findReplace over all sheets, including formulas, counts its changes; without matches its reply is empty',
    steps: [
      sheet(),
      batch([{ addSheet: { properties: { title: 'Two' } } }]),
      put('Sheet1!A1', [[`=HYPERLINK("${DOC_URL}","x")`, `${DOC_URL} ${DOC_URL}`], ['AAAA'], [12]]),
      put('Two!B2', [[`=IMPORTRANGE("${DOC_URL}","A1")`]]),
      batch([{ findReplace: { find: 'nothing of this', replacement: '', allSheets: true } }], {
        exactly: { spreadsheetId: '{s}', replies: [{ findReplace: {} }] },
      }),
      batch(
        [
          {
            findReplace: {
              find: DOC_URL,
              replacement: 'https://new.example/',
              allSheets: true,
              includeFormulas: true,
              matchCase: true,
            },
          },
        ],
        {
          exactly: {
            spreadsheetId: '{s}',
            replies: [
              {
                findReplace: {
                  valuesChanged: 1,
                  formulasChanged: 2,
                  rowsChanged: 2,
                  sheetsChanged: 2,
                  occurrencesChanged: 4,
                },
              },
            ],
          },
        },
      ),
      read(
        'A1:B1',
        [['=HYPERLINK("https://new.example/","x")', 'https://new.example/ https://new.example/']],
        'valueRenderOption=FORMULA',
      ),
      read('Two!B2', [['=IMPORTRANGE("https://new.example/","A1")']], 'valueRenderOption=FORMULA'),
      batch([{ findReplace: { find: 'a', replacement: 'b', sheetId: 0, matchCase: true } }], {
        json: { replies: [{ findReplace: {} }] },
      }),
      batch([{ findReplace: { find: '(A)(a)', replacement: '$2-', sheetId: 0, searchByRegex: true } }], {
        json: { replies: [{ findReplace: { valuesChanged: 1, occurrencesChanged: 2 } }] },
      }),
      batch([{ findReplace: { find: '1', replacement: '4', range: { startRowIndex: 2, endRowIndex: 3 } } }]),
      read('A2:A3', [['A-A-'], [42]], 'valueRenderOption=UNFORMATTED_VALUE'),
      batch([{ findReplace: { find: 'A-', replacement: 'x', allSheets: true, matchEntireCell: true } }], {
        json: { replies: [{ findReplace: {} }] },
      }),
    ],
  },
  ...[false, true].map((kept): Scenario => ({
    source: `${REST}/spreadsheets/request#FindReplaceRequest`,
    title: `findReplace ${kept ? 'keeps' : 'removes'} the runs of a text that it changes`,
    switches: { findReplaceKeepsRuns: kept },
    steps: [
      sheet(),
      batch([
        write(
          { ...text('see it'), textFormatRuns: [{ format: { link: { uri: DOC_URL } } }] },
          'userEnteredValue,textFormatRuns',
        ),
        { findReplace: { find: 'it', replacement: 'this', allSheets: true } },
      ]),
      cells('userEnteredValue,textFormatRuns', [
        [{ ...text('see this'), ...(kept && { textFormatRuns: [{ format: { link: { uri: DOC_URL } } }] }) }],
      ]),
    ],
  })),
];
