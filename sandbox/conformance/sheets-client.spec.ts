import { sheets as sheetsOf, type sheets_v4 } from '@googleapis/sheets';
import { OAuth2Client } from 'google-auth-library';
import { TestSandbox, text } from '../testing/test-client.ts';

/** Methods that the client offers and the sandbox does not have. */
const NOT_SERVED = [
  ...['spreadsheets.getByDataFilter', 'developerMetadata.get', 'developerMetadata.search', 'sheets.copyTo'],
  ...['values.batchClearByDataFilter', 'values.batchGetByDataFilter', 'values.batchUpdateByDataFilter'],
];

const LINK = 'https://docs.google.com/document/d/1BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB/edit#heading=h.1';

describe("Google's client for Sheets", () => {
  let test: TestSandbox;
  let sheets: sheets_v4.Sheets;
  let bob: sheets_v4.Sheets;
  const proven = new Set<string>();

  const clientOf = (token: string): sheets_v4.Sheets => {
    const auth = new OAuth2Client();
    auth.setCredentials({ access_token: token });
    return sheetsOf({ version: 'v4', auth, rootUrl: test.sandbox.url });
  };

  beforeAll(async () => {
    test = await TestSandbox.start();
    sheets = clientOf(test.alice);
    bob = clientOf(test.bob);
  });
  afterAll(() => test.close());

  const create = async (values: unknown[][] = []): Promise<string> => {
    const { data } = await sheets.spreadsheets.create({ requestBody: { properties: { title: 'Plan' } } });
    const spreadsheetId = data.spreadsheetId ?? '';
    if (values.length > 0)
      await sheets.spreadsheets.values.update({
        spreadsheetId,
        range: 'Sheet1!A1',
        valueInputOption: 'USER_ENTERED',
        requestBody: { values },
      });
    return spreadsheetId;
  };

  it('creates, writes, appends, reads and clears', async () => {
    const spreadsheetId = await create([
      ['Name', 'Sum'],
      ['a', '=1+1'],
    ]);
    const { values } = sheets.spreadsheets;
    const appended = await values.append({
      spreadsheetId,
      range: 'Sheet1',
      valueInputOption: 'RAW',
      requestBody: { values: [['b', 5]] },
    });
    expect(appended.data.updates?.updatedRange).toBe('Sheet1!A3:B3');
    const read = await values.get({ spreadsheetId, range: "'Sheet1'!A:B" });
    expect(read.data.values).toEqual([
      ['Name', 'Sum'],
      ['a', '2'],
      ['b', '5'],
    ]);
    const two = await values.batchGet({ spreadsheetId, ranges: ['A1', 'B1:B3'], majorDimension: 'COLUMNS' });
    expect(two.data.valueRanges?.map((each) => each.values)).toEqual([[['Name']], [['Sum', '2', '5']]]);
    const written = await values.batchUpdate({
      spreadsheetId,
      requestBody: { valueInputOption: 'RAW', data: [{ range: 'C1', values: [['x']] }] },
    });
    expect(written.data.totalUpdatedCells).toBe(1);
    await values.clear({ spreadsheetId, range: 'A1:A3' });
    await values.batchClear({ spreadsheetId, requestBody: { ranges: ['C1'] } });
    expect((await values.get({ spreadsheetId, range: 'Sheet1' })).data.values).toEqual([
      ['', 'Sum'],
      ['', '2'],
      ['', '5'],
    ]);
    for (const name of ['get', 'batchGet', 'update', 'batchUpdate', 'append', 'clear', 'batchClear'])
      proven.add(`values.${name}`);
    proven.add('spreadsheets.create');
  });

  it('rewrites links of every form in one batch, and changes nothing else', async () => {
    const spreadsheetId = await create([[`=HYPERLINK("${LINK}","plan")`, `see ${LINK}`]]);
    await sheets.spreadsheets.batchUpdate({
      spreadsheetId,
      requestBody: {
        requests: [
          {
            updateCells: {
              start: { sheetId: 0, rowIndex: 1, columnIndex: 0 },
              fields: 'userEnteredValue,textFormatRuns,chipRuns,note,userEnteredFormat.textFormat.bold',
              rows: [
                {
                  values: [
                    {
                      userEnteredValue: { stringValue: 'here' },
                      textFormatRuns: [{ startIndex: 0, format: { link: { uri: LINK } } }],
                      note: 'a note',
                      userEnteredFormat: { textFormat: { bold: true } },
                    },
                    {
                      userEnteredValue: { stringValue: '@' },
                      chipRuns: [{ chip: { richLinkProperties: { uri: LINK } } }],
                    },
                  ],
                },
              ],
            },
          },
        ],
      },
    });
    const fields =
      'sheets(properties.sheetId,data.rowData.values(userEnteredValue,hyperlink,textFormatRuns,chipRuns,note))';
    const before = (await sheets.spreadsheets.get({ spreadsheetId, fields })).data;
    const [first, second] = before.sheets?.[0]?.data?.[0]?.rowData ?? [];
    expect(first?.values?.[0]?.hyperlink).toBe(LINK);
    expect(second?.values?.[0]?.textFormatRuns?.[0]?.format?.link?.uri).toBe(LINK);
    expect(second?.values?.[1]?.chipRuns?.[0]?.chip?.richLinkProperties?.uri).toBe(LINK);

    const there = 'https://docs.google.com/document/d/1CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC/edit#heading=h.1';
    const { data } = await sheets.spreadsheets.batchUpdate({
      spreadsheetId,
      requestBody: {
        requests: [
          { findReplace: { find: LINK, replacement: there, allSheets: true, includeFormulas: true, matchCase: true } },
          {
            updateCells: {
              start: { sheetId: 0, rowIndex: 1, columnIndex: 0 },
              fields: 'textFormatRuns',
              rows: [{ values: [{ textFormatRuns: [{ format: { link: { uri: there } } }] }] }],
            },
          },
          {
            updateCells: {
              start: { sheetId: 0, rowIndex: 1, columnIndex: 1 },
              fields: 'userEnteredValue,chipRuns',
              rows: [
                {
                  values: [
                    {
                      userEnteredValue: { stringValue: '@' },
                      chipRuns: [{ chip: { richLinkProperties: { uri: there } } }],
                    },
                  ],
                },
              ],
            },
          },
        ],
      },
    });
    expect(data.replies?.[0]?.findReplace).toEqual({
      valuesChanged: 1,
      formulasChanged: 1,
      rowsChanged: 1,
      sheetsChanged: 1,
      occurrencesChanged: 2,
    });
    const after = (await sheets.spreadsheets.get({ spreadsheetId, fields })).data;
    expect(JSON.stringify(after)).toBe(JSON.stringify(before).replaceAll(LINK, there));
    proven.add('spreadsheets.batchUpdate').add('spreadsheets.get');
  });

  it('reads spreadsheets from a short description, and overwrites concurrent edits', async () => {
    const spreadsheet = {
      sheets: [
        {
          title: 'Links',
          rows: [
            ['=1+1', 'plain', { text: 'see it here', links: [{ url: LINK, part: 'it' }], note: 'a note' }],
            [
              { text: '@ by @', chips: [{ url: LINK }, { person: 'bob@example.com' }] },
              null,
              { text: 'a', options: ['a'] },
            ],
          ],
          merges: ['A4:B4'],
          protected: [{ range: 'A1:A2', editors: ['alice@example.com'] }],
          charts: [{ chartId: 1, spec: { title: 'Sales' } }],
        },
        { title: 'Hidden', hidden: true },
      ],
      names: { totals: 'Links!A1:B1' },
    };
    const seeded = await test.ask('POST', '/__sandbox/documents', { body: { name: 'seeded', spreadsheet } });
    const spreadsheetId = text(seeded.json['id']);
    const { data } = await sheets.spreadsheets.get({ spreadsheetId, includeGridData: true });
    const [links, hidden] = data.sheets ?? [];
    expect(hidden?.properties?.hidden).toBe(true);
    expect(links).toMatchObject({
      merges: [{ startRowIndex: 3, endRowIndex: 4, startColumnIndex: 0, endColumnIndex: 2 }],
      protectedRanges: [{ protectedRangeId: 1, editors: { users: ['alice@example.com'] } }],
      charts: [{ chartId: 1, spec: { title: 'Sales' } }],
    });
    const [first, second] = links?.data?.[0]?.rowData ?? [];
    expect(first?.values?.map((each) => each.formattedValue)).toEqual(['2', 'plain', 'see it here']);
    expect(first?.values?.[2]?.textFormatRuns).toEqual([
      { startIndex: 4, format: { link: { uri: LINK } } },
      { startIndex: 6, format: {} },
    ]);
    expect(second?.values?.[0]?.formattedValue).toBe(`${LINK} by Bob`);
    const edit = await test.ask('POST', '/__sandbox/documents/edit', {
      body: { fileId: spreadsheetId, text: 'by hand' },
    });
    expect(edit.status).toBe(200);
    const write = (value: string) =>
      sheets.spreadsheets.values.update({
        spreadsheetId,
        range: 'B1',
        valueInputOption: 'RAW',
        requestBody: { values: [[value]] },
      });
    await write('written all the same');
    const { values } = (await sheets.spreadsheets.values.get({ spreadsheetId, range: 'Links' })).data;
    expect(values?.map((row) => String(row[1] ?? row[0]))).toEqual(['written all the same', '', 'by hand']);
    const model = await test.ask('GET', `/__sandbox/documents?fileId=${spreadsheetId}`);
    expect(model.json['document']).toMatchObject({
      kind: 'spreadsheet',
      sheets: [{ title: 'Links' }, { hidden: true }],
    });
    const wrong = await test.ask('POST', '/__sandbox/documents', {
      body: { name: 'x', spreadsheet: { sheets: [{ rows: [[{ text: 'a', links: [{ url: LINK, part: 'b' }] }]] }] } },
    });
    expect([wrong.status, wrong.text]).toEqual([400, expect.stringContaining('sheets[0].rows[0][0].links[0].part')]);
  });

  it('gets distinguishable errors', async () => {
    const spreadsheetId = await create();
    const outcome = async (call: Promise<unknown>) => {
      const error = await call.then(
        () => undefined,
        (reason: unknown) =>
          reason as { code: number; message: string; response: { data: { error: { status: string } } } },
      );
      return [error?.code, error?.response.data.error.status, error?.message];
    };
    const { values } = sheets.spreadsheets;
    expect(await outcome(values.get({ spreadsheetId, range: 'Nowhere!A1' }))).toEqual([
      400,
      'INVALID_ARGUMENT',
      'Unable to parse range: Nowhere!A1',
    ]);
    expect(await outcome(bob.spreadsheets.get({ spreadsheetId }))).toEqual([
      403,
      'PERMISSION_DENIED',
      'The caller does not have permission',
    ]);
    expect(await outcome(sheets.spreadsheets.get({ spreadsheetId: '1nothing' }))).toEqual([
      404,
      'NOT_FOUND',
      'Requested entity was not found.',
    ]);
    await test.behave({
      faults: [{ operation: 'spreadsheets.batchUpdate', kind: 'failAfterWrite', status: 503, times: 1 }],
    });
    const rename = { updateSpreadsheetProperties: { properties: { title: 'Renamed' }, fields: 'title' } };
    expect(
      (await outcome(sheets.spreadsheets.batchUpdate({ spreadsheetId, requestBody: { requests: [rename] } }))).slice(
        0,
        2,
      ),
    ).toEqual([503, 'UNAVAILABLE']);
    await test.behave({});
    expect((await sheets.spreadsheets.get({ spreadsheetId, fields: 'properties.title' })).data).toEqual({
      properties: { title: 'Renamed' },
    });
  });

  // Tests run in a random order, so this is checked after all of them.
  afterAll(() => {
    const offered = Object.entries({
      spreadsheets: sheets.spreadsheets,
      values: sheets.spreadsheets.values,
      sheets: sheets.spreadsheets.sheets,
      developerMetadata: sheets.spreadsheets.developerMetadata,
    }).flatMap(([name, resource]) =>
      Object.getOwnPropertyNames(Object.getPrototypeOf(resource) as object)
        .filter((method) => method !== 'constructor')
        .map((method) => `${name}.${method}`),
    );
    expect(offered.filter((method) => !proven.has(method)).toSorted()).toEqual(NOT_SERVED.toSorted());
  });
});
