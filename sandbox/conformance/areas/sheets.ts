import { behave, made, MINUTE, type Scenario, share, SHEET } from '../scenario.ts';
import { API, batch, fails, put, read, REST, sheet, SHEETS_SCOPE, text, write } from '../sheets-requests.ts';
import { SHEETS_VALUES } from './sheets-values.ts';
import { SHEETS_CELLS, SHEETS_REPLACING } from './sheets-cells.ts';

const BATCHES: Scenario[] = [
  {
    source: `${REST}/spreadsheets/batchUpdate`,
    title: 'a batch is executed as a whole or not at all; errors name the request and its kind',
    steps: [
      sheet(),
      fails(
        batch([write(text('lost')), { addSheet: { properties: { title: 'Sheet1' } } }]),
        'Invalid requests[1].addSheet: A sheet with the name "Sheet1" already exists. Please enter another name.',
      ),
      read('Sheet1', undefined),
      fails(batch([{ deleteSheet: { sheetId: 5 } }]), 'Invalid requests[0].deleteSheet: No sheet with id: 5'),
      fails(
        batch([{ updateSheetProperties: { properties: { sheetId: 9, title: 'x' }, fields: 'title' } }]),
        'Invalid requests[0].updateSheetProperties: No sheet with id: 9',
      ),
      fails(
        batch([{ deleteSheet: { sheetId: 0 } }]),
        "Invalid requests[0].deleteSheet: You can't remove all the visible sheets in a document.",
      ),
      fails(
        batch([{ repeatCell: { range: { sheetId: 0 }, cell: {} } }]),
        "Invalid requests[0].repeatCell: At least one field must be listed in 'fields'. (Use '*' to indicate all fields.)",
      ),
      fails(
        batch([write({}, '*', { rowIndex: 1000 })]),
        'Invalid requests[0].updateCells: Attempting to write row: 1000, beyond the last requested row of: 999',
      ),
      fails(batch([]), 'Must specify at least one request.'),
      fails(
        batch([{ frobnicate: {} }]),
        'Invalid JSON payload received. Unknown name "frobnicate" at \'requests[0]\': Cannot find field.',
      ),
    ],
  },
  {
    source: `${REST}/spreadsheets/request`,
    title: 'sheets, merges, validation, named ranges and properties',
    steps: [
      sheet(),
      put('A1', [['a', 'b'], ['c']]),
      batch(
        [
          { addSheet: { properties: { sheetId: 11, title: 'New', index: 0, hidden: true } } },
          { duplicateSheet: { sourceSheetId: 0, newSheetId: 12, newSheetName: 'Copy', insertSheetIndex: 2 } },
          { updateSheetProperties: { properties: { sheetId: 0, title: 'First' }, fields: 'title' } },
          { mergeCells: { range: { sheetId: 0, endRowIndex: 1, endColumnIndex: 2 }, mergeType: 'MERGE_ALL' } },
          {
            setDataValidation: {
              range: { sheetId: 0, startRowIndex: 1, endRowIndex: 2, endColumnIndex: 1 },
              rule: { condition: { type: 'ONE_OF_LIST', values: [{ userEnteredValue: 'c' }] }, strict: true },
            },
          },
          {
            updateSpreadsheetProperties: { properties: { title: 'Renamed', locale: 'de_DE' }, fields: 'title,locale' },
          },
          {
            repeatCell: {
              range: { sheetId: 12, startRowIndex: 4, endRowIndex: 6, endColumnIndex: 1 },
              cell: { userEnteredValue: { formulaValue: '=A1&$A$1' } },
              fields: 'userEnteredValue',
            },
          },
          { appendDimension: { sheetId: 12, dimension: 'ROWS', length: 5 } },
          { appendCells: { sheetId: 0, rows: [{ values: [text('end')] }], fields: 'userEnteredValue' } },
        ],
        {
          json: {
            replies: [
              { addSheet: { properties: { sheetId: 11, index: 0, hidden: true } } },
              {},
              {},
              {},
              {},
              {},
              {},
              {},
              {},
            ],
          },
        },
      ),
      { ask: 'GET files/{s}?fields=name', status: 200, exactly: { name: 'Renamed' } },
      {
        ask: 'GET /v4/spreadsheets/{s}?fields=properties(title,locale),sheets(properties(sheetId,title,index,gridProperties.rowCount),merges)',
        status: 200,
        exactly: {
          properties: { title: 'Renamed', locale: 'de_DE' },
          sheets: [
            { properties: { sheetId: 11, title: 'New', index: 0, gridProperties: { rowCount: 1000 } } },
            {
              properties: { sheetId: 0, title: 'First', index: 1, gridProperties: { rowCount: 1000 } },
              merges: [{ sheetId: 0, startRowIndex: 0, endRowIndex: 1, startColumnIndex: 0, endColumnIndex: 2 }],
            },
            { properties: { sheetId: 12, title: 'Copy', index: 2, gridProperties: { rowCount: 1005 } } },
          ],
        },
      },
      read('First', [['a'], ['c'], ['end']]),
      read('Copy!A5:A6', [['=A1&$A$1'], ['=A2&$A$1']], 'valueRenderOption=FORMULA'),
      read('Copy!A5:A6', [['aa'], ['ca']]),
    ],
  },
  {
    source: `${REST}/spreadsheets/sheets#ProtectedRange`,
    title: 'only the editors of a protected range can change it and see its editors; a warning restricts nobody',
    steps: [
      sheet(),
      share('s', 'writer', 'bob'),
      batch(
        [
          { addProtectedRange: { protectedRange: { protectedRangeId: 3, range: { sheetId: 0, endRowIndex: 1 } } } },
          {
            addProtectedRange: {
              protectedRange: {
                protectedRangeId: 4,
                range: { sheetId: 0, startRowIndex: 1, endRowIndex: 2 },
                warningOnly: true,
              },
            },
          },
        ],
        { json: { replies: [{ addProtectedRange: { protectedRange: { requestingUserCanEdit: true } } }, {}] } },
      ),
      fails(
        batch([write(text('no'))], { as: 'bob' }),
        'Invalid requests[0].updateCells: You are trying to edit a protected cell or object. Please contact the spreadsheet owner to remove protection if you need to edit.',
      ),
      fails(
        put('A1', [['no']], { as: 'bob' }),
        'You are trying to edit a protected cell or object. Please contact the spreadsheet owner to remove protection if you need to edit.',
      ),
      put('A2', [['warned']], { as: 'bob' }),
      {
        as: 'bob',
        ask: 'GET /v4/spreadsheets/{s}?fields=sheets.protectedRanges(protectedRangeId,editors,requestingUserCanEdit)',
        status: 200,
        exactly: {
          sheets: [
            { protectedRanges: [{ protectedRangeId: 3 }, { protectedRangeId: 4, requestingUserCanEdit: true }] },
          ],
        },
      },
      batch([
        {
          updateProtectedRange: {
            protectedRange: { protectedRangeId: 3, editors: { users: ['alice@example.com', 'bob@example.com'] } },
            fields: 'editors.users',
          },
        },
      ]),
      put('A1', [['yes']], { as: 'bob' }),
      fails(
        batch([{ deleteProtectedRange: { protectedRangeId: 99 } }]),
        'Invalid requests[0].deleteProtectedRange: No protected range with id: 99',
      ),
      fails(
        batch([
          { addProtectedRange: { protectedRange: { range: { sheetId: 0 } } } },
          { addProtectedRange: { protectedRange: { range: { sheetId: 0 } } } },
        ]),
        'Invalid requests[1].addProtectedRange: Sheet "Sheet1" already has sheet protection.',
      ),
    ],
  },
];

const FILES: Scenario[] = [
  {
    source: `${REST}/spreadsheets/create`,
    title: 'create: a spreadsheet in My Drive with the given sheets and cells',
    steps: [
      {
        ask: 'POST /v4/spreadsheets',
        body: {
          properties: { title: 'made by the API' },
          sheets: [
            {
              properties: { sheetId: 5, title: 'Data' },
              data: [{ startRow: 1, rowData: [{ values: [{}, text('x')] }] }],
            },
          ],
        },
        status: 200,
        json: { properties: { title: 'made by the API' }, sheets: [{ properties: { sheetId: 5, title: 'Data' } }] },
        keep: { s: 'spreadsheetId' },
      },
      read('Data', [[], ['', 'x']]),
      { ask: 'GET files/{s}?fields=name,mimeType', status: 200, exactly: { name: 'made by the API', mimeType: SHEET } },
      { ask: 'DELETE files/{s}', status: 204 },
      fails(read('Data', undefined), 'Requested entity was not found.', 404, 'NOT_FOUND'),
    ],
  },
  {
    source: `${REST}/spreadsheets/get`,
    title: 'cells are returned with includeGridData, with ranges, or by the mask, which overrides includeGridData',
    steps: [
      sheet(),
      put('B2', [['x']]),
      { ask: 'GET /v4/spreadsheets/{s}', status: 200, json: { spreadsheetId: '{s}', sheets: [{}] } },
      {
        ask: 'GET /v4/spreadsheets/{s}?fields=sheets.data&includeGridData=false&ranges=Sheet1!B2:C3&excludeTablesInBandedRanges=true',
        status: 200,
        json: {
          sheets: [
            { data: [{ startRow: 1, startColumn: 1, rowData: [{ values: [{ ...text('x'), formattedValue: 'x' }] }] }] },
          ],
        },
      },
      {
        ask: 'GET /v4/spreadsheets/{s}?fields=sheets.properties.title&includeGridData=true',
        status: 200,
        exactly: { sheets: [{ properties: { title: 'Sheet1' } }] },
      },
      {
        ask: 'GET /v4/spreadsheets/{s}?fields=sheets.nothing',
        status: 400,
        json: {
          error: {
            status: 'INVALID_ARGUMENT',
            message: 'Request contains an invalid argument.',
            details: [
              {
                '@type': 'type.googleapis.com/google.rpc.BadRequest',
                fieldViolations: [
                  {
                    field: 'sheets.nothing',
                    description:
                      "Error expanding 'fields' parameter. Cannot find matching fields for path 'sheets.nothing'.",
                  },
                ],
              },
            ],
          },
        },
      },
    ],
  },
  {
    source: 'https://google.aip.dev/193',
    title: 'no access, read access, another kind of file and an unknown id have different errors',
    steps: [
      sheet(),
      made('folder', { mimeType: 'application/vnd.google-apps.folder' }),
      fails(
        { ask: 'GET /v4/spreadsheets/1AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', status: 200 },
        'Requested entity was not found.',
        404,
        'NOT_FOUND',
      ),
      fails({ ...read('A1', undefined), as: 'bob' }, 'The caller does not have permission', 403, 'PERMISSION_DENIED'),
      share('s', 'commenter', 'bob'),
      { ...read('A1', undefined), as: 'bob' },
      fails(put('A1', [['x']], { as: 'bob' }), 'The caller does not have permission', 403, 'PERMISSION_DENIED'),
      fails(
        { ask: 'GET /v4/spreadsheets/{folder}', status: 200 },
        'This operation is not supported for this document',
        400,
        'FAILED_PRECONDITION',
      ),
      { ...put('A1', [['x']]), scopes: [SHEETS_SCOPE] },
      fails(
        { ...put('A1', [['x']]), scopes: [`${SHEETS_SCOPE}.readonly`] },
        'Request had insufficient authentication scopes.',
        403,
        'PERMISSION_DENIED',
      ),
    ],
  },
  {
    source: 'https://developers.google.com/workspace/drive/api/guides/content-restrictions',
    title: 'a spreadsheet with a content restriction can be read, but not changed',
    steps: [
      sheet(),
      { ask: 'PATCH files/{s}', body: { contentRestrictions: [{ readOnly: true, reason: 'final' }] }, status: 200 },
      fails(put('A1', [['x']]), 'The caller does not have permission', 403, 'PERMISSION_DENIED'),
      read('A1', undefined),
    ],
  },
  {
    source: '§17',
    title: 'an edit changes modifiedTime, version and the last editor; the last write wins; exports and copies agree',
    steps: [
      sheet(),
      share('s', 'writer', 'bob'),
      { ask: 'GET files/{s}?fields=version', status: 200, keep: { version: 'version' } },
      { advance: MINUTE },
      put('A1', [['of Alice', '=1/4', '=HYPERLINK("https://a.example/","<link>")']]),
      put('A1', [['of Bob']], { as: 'bob' }),
      {
        ask: 'GET files/{s}?fields=modifiedTime,lastModifyingUser/emailAddress',
        status: 200,
        exactly: { modifiedTime: '2030-01-01T00:01:00.000Z', lastModifyingUser: { emailAddress: 'bob@example.com' } },
      },
      { ask: 'GET files/{s}/export?mimeType=text/csv', status: 200, text: 'of Bob,0.25,<link>' },
      {
        ask: 'GET files/{s}/export?mimeType=application/pdf',
        status: 200,
        text: /of Bob 0\.25 <link>/,
      },
      { ask: 'POST files/{s}/copy?fields=id', body: { parents: ['{home}'] }, status: 200, keep: { copy: 'id' } },
      put('A1', [['changed later']]),
      {
        ask: 'GET /v4/spreadsheets/{copy}/values/A1:C1?valueRenderOption=FORMULA',
        status: 200,
        json: { values: [['of Bob', '=1/4', '=HYPERLINK("https://a.example/","<link>")']] },
      },
    ],
  },
  {
    source: `${API}/limits`,
    title: 'reads and writes have limits per minute for each person and project',
    steps: [
      sheet(),
      behave({ quotas: { sheetsReadPerMinute: 1, sheetsWritePerMinute: 1 } }),
      put('A1', [['x']]),
      read('A1', [['x']]),
      {
        ...put('A1', [['x']]),
        status: 429,
        json: {
          error: {
            status: 'RESOURCE_EXHAUSTED',
            details: [
              { reason: 'RATE_LIMIT_EXCEEDED', metadata: { quota_limit: 'WriteRequestsPerMinutePerUser' } },
              {},
            ],
          },
        },
      },
      { ...read('A1', undefined), absent: [], status: 429 },
      { advance: MINUTE },
      read('A1', [['x']]),
    ],
  },
  {
    source: 'https://cloud.google.com/apis/docs/troubleshooting',
    title: 'the API can be disabled for the project',
    steps: [
      sheet(),
      behave({ disabledApis: ['sheets'] }),
      {
        ask: 'GET /v4/spreadsheets/{s}',
        status: 403,
        json: { error: { status: 'PERMISSION_DENIED', details: [{ reason: 'SERVICE_DISABLED' }, {}] } },
      },
      { ask: 'GET files/{s}?fields=name', status: 200, exactly: { name: 's' } },
    ],
  },
];

/** The Sheets API. */
export const SHEETS: Scenario[] = [...SHEETS_VALUES, ...SHEETS_CELLS, ...SHEETS_REPLACING, ...BATCHES, ...FILES];
