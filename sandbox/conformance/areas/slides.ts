import { pptx } from '../../documents/office-files.ts';
import { PPTX } from '../../documents/documents.ts';
import { behave, control, PEOPLE, type Request, type Scenario, share } from '../scenario.ts';

const REFERENCE = 'https://developers.google.com/workspace/slides/api/reference/rest/v1/presentations';
const ONE = 'https://docs.google.com/presentation/d/one/edit#slide=id.p';
const TWO = 'https://docs.google.com/presentation/d/two/edit#slide=id.p';

/** A presentation with links of every kind. */
const linked: Request = control(
  'documents',
  {
    account: PEOPLE.alice,
    name: 'Deck',
    presentation: {
      slides: [
        {
          title: 'Plan',
          body: [['see ', { text: 'here', url: ONE }], 'two'],
          notes: [[{ text: 'note', url: ONE }]],
          shapes: [{ text: 'Button', url: ONE }],
          images: [{ source: 'https://example.com/a.png', url: ONE }],
          tables: [[['cell', { text: 'linked', url: ONE }]]],
          charts: [{ spreadsheetId: 'sheet', chartId: 7 }],
          videos: [{ id: 'video' }],
        },
      ],
    },
  },
  { deck: 'id' },
);

const read: Request = {
  ask: 'GET /v1/presentations/{deck}',
  status: 200,
  keep: {
    revision: 'revisionId',
    body: 'slides>0>pageElements>1>objectId',
    button: 'slides>0>pageElements>2>objectId',
    image: 'slides>0>pageElements>3>objectId',
    table: 'slides>0>pageElements>4>objectId',
    chart: 'slides>0>pageElements>5>objectId',
    notes: 'slides>0>slideProperties>notesPage>notesProperties>speakerNotesObjectId',
    slide: 'slides>0>objectId',
  },
};

function update(requests: object[], more: Partial<Request> & { writeControl?: object } = {}): Request {
  const { writeControl, ...rest } = more;
  const body = { requests, ...(writeControl ? { writeControl } : {}) };
  return { ask: 'POST /v1/presentations/{deck}:batchUpdate', body, status: 200, ...rest };
}

const all = { type: 'ALL' };

/** A presentation by the API itself, at the top of My Drive. */
const created: Request = {
  ask: 'POST /v1/presentations',
  body: { title: 'New' },
  status: 200,
  keep: { deck: 'presentationId', revision: 'revisionId', slide: 'slides>0>objectId' },
};

/** A write for the revision that `created` has kept. */
const outdated = update([{ createSlide: { objectId: 'third' } }], {
  writeControl: { requiredRevisionId: '{revision}' },
  status: 400,
  json: { error: { status: 'FAILED_PRECONDITION' } },
});

/** Links the last word of the shape `button`, or removes its link. */
const linkTo = (url: string | undefined): object => ({
  updateTextStyle: {
    objectId: 'button',
    textRange: { type: 'FIXED_RANGE', startIndex: 4, endIndex: 8 },
    style: url === undefined ? {} : { link: { url } },
    fields: 'link',
  },
});

const lineTo = (url: string | undefined): object => ({
  updateLineProperties: {
    objectId: 'arrow',
    lineProperties: url === undefined ? {} : { link: { url } },
    fields: 'link',
  },
});

const CHARTED = { sheets: [{ rows: [[1]], charts: [{ chartId: 7, spec: { title: 'Sales' } }] }] };

const chart = (spreadsheetId: string, chartId: number, objectId = 'other'): object => ({
  createSheetsChart: { objectId, spreadsheetId, chartId, elementProperties: { pageObjectId: '{slide}' } },
});

const REFUSED: Partial<Request> = { status: 400, json: { error: { status: 'INVALID_ARGUMENT' } } };

export const SLIDES: Scenario[] = [
  {
    source: REFERENCE,
    title: 'a presentation has links in text, tables, notes, shapes and images, and charts and videos',
    steps: [
      linked,
      {
        ...read,
        json: {
          title: 'Deck',
          slides: [
            {
              pageElements: [
                { shape: { placeholder: { type: 'TITLE' }, text: { textElements: [{ paragraphMarker: {} }, {}] } } },
                {
                  shape: {
                    text: {
                      textElements: [
                        { endIndex: 9, paragraphMarker: {} },
                        { endIndex: 4, textRun: { content: 'see ' } },
                        { startIndex: 4, endIndex: 8, textRun: { content: 'here', style: { link: { url: ONE } } } },
                        { startIndex: 8, endIndex: 9, textRun: { content: '\n' } },
                        { startIndex: 9, endIndex: 13, paragraphMarker: {} },
                        { startIndex: 9, endIndex: 13, textRun: { content: 'two\n' } },
                      ],
                    },
                  },
                },
                { shape: { shapeProperties: { link: { url: ONE } } } },
                { image: { imageProperties: { link: { url: ONE } } } },
                { table: { rows: 1, columns: 2, tableRows: [{ tableCells: [{}, { location: { columnIndex: 1 } }] }] } },
                { sheetsChart: { spreadsheetId: 'sheet', chartId: 7 } },
                { video: { id: 'video', source: 'DRIVE' } },
              ],
            },
          ],
        },
      },
      {
        ask: 'GET /v1/presentations/{deck}/pages/{slide}?fields=objectId',
        status: 200,
        exactly: { objectId: '{slide}' },
      },
      {
        ask: 'GET /v1/presentations/{deck}?fields=nothing',
        status: 400,
        json: { error: { status: 'INVALID_ARGUMENT' } },
      },
    ],
  },
  {
    source: `${REFERENCE}/batchUpdate`,
    title: 'links in text, tables, notes, shapes and images can be changed in one batch, which is executed as a whole',
    steps: [
      linked,
      read,
      update(
        [
          {
            updateTextStyle: {
              objectId: '{body}',
              textRange: { type: 'FIXED_RANGE', startIndex: 4, endIndex: 8 },
              style: { link: { url: TWO } },
              fields: 'link',
            },
          },
          {
            updateTextStyle: {
              objectId: '{table}',
              cellLocation: { rowIndex: 0, columnIndex: 1 },
              textRange: all,
              style: { link: { url: TWO } },
              fields: 'link',
            },
          },
          { updateTextStyle: { objectId: '{notes}', textRange: all, style: { link: { url: TWO } }, fields: 'link' } },
          {
            updateShapeProperties: {
              objectId: '{button}',
              shapeProperties: { link: { url: TWO } },
              fields: 'link',
            },
          },
          {
            updateImageProperties: {
              objectId: '{image}',
              imageProperties: { link: { url: TWO } },
              fields: 'link',
            },
          },
          { replaceAllText: { containsText: { text: 'two', matchCase: true }, replaceText: 'three' } },
        ],
        {
          writeControl: { requiredRevisionId: '{revision}' },
          json: { replies: [{}, {}, {}, {}, {}, { replaceAllText: { occurrencesChanged: 1 } }] },
        },
      ),
      { ask: 'GET /v1/presentations/{deck}', status: 200, text: /^(?!.*\/d\/one\/)(.*\/d\/two\/){5}/s },
      update([{ deleteObject: { objectId: '{chart}' } }, { deleteObject: { objectId: 'nothing' } }], {
        status: 400,
        json: {
          error: {
            status: 'INVALID_ARGUMENT',
            message: 'Invalid requests[1].deleteObject: The object (nothing) could not be found.',
          },
        },
      }),
      { ask: 'GET /v1/presentations/{deck}', status: 200, text: /sheetsChart/ },
      {
        ask: 'GET files/{deck}/export?mimeType=text/plain',
        status: 200,
        text: '\uFEFFPlan\r\nsee here\r\nthree\r\nButton\r\ncell\r\nlinked\r\n',
      },
      { ask: 'POST files/{deck}/copy?fields=id', body: {}, status: 200, keep: { copy: 'id' } },
      { ask: 'GET /v1/presentations/{copy}', status: 200, text: /(\/d\/two\/.*){5}/s },
    ],
  },
  {
    source: 'https://developers.google.com/workspace/slides/api/guides/styling',
    title: 'the text of a new shape can have a link, which can be changed and removed',
    steps: [
      created,
      update([
        { createShape: { objectId: 'button', shapeType: 'TEXT_BOX', elementProperties: { pageObjectId: '{slide}' } } },
        { insertText: { objectId: 'button', text: 'see here' } },
        linkTo(ONE),
      ]),
      { ask: 'GET /v1/presentations/{deck}', status: 200, text: /"url": ?"[^"]*\/d\/one\// },
      update([linkTo(TWO)]),
      { ask: 'GET /v1/presentations/{deck}', status: 200, text: /^(?!.*\/d\/one\/).*\/d\/two\//s },
      update([linkTo(undefined)]),
      { ask: 'GET /v1/presentations/{deck}', status: 200, text: /^(?!.*\/d\/two\/)/s },
    ],
  },
  {
    source: `${REFERENCE}/request#updatelinepropertiesrequest`,
    title: 'a line can have a link, which can be changed and removed',
    steps: [
      created,
      update([
        { createLine: { objectId: 'arrow', category: 'STRAIGHT', elementProperties: { pageObjectId: '{slide}' } } },
        lineTo(ONE),
      ]),
      {
        ask: 'GET /v1/presentations/{deck}',
        status: 200,
        json: {
          slides: [{ pageElements: [{}, { objectId: 'arrow', line: { lineProperties: { link: { url: ONE } } } }] }],
        },
      },
      update([lineTo(TWO)]),
      { ask: 'GET /v1/presentations/{deck}', status: 200, text: /^(?!.*\/d\/one\/).*\/d\/two\//s },
      update([lineTo(undefined)]),
      { ask: 'GET /v1/presentations/{deck}', status: 200, text: /^(?!.*\/d\/two\/)/s },
    ],
  },
  {
    source: `${REFERENCE}/request#createsheetschartrequest`,
    title: 'a chart must exist in a spreadsheet that the caller may read',
    steps: [
      created,
      control('documents', { account: PEOPLE.bob, name: 'Sheet', spreadsheet: CHARTED }, { theirs: 'id' }),
      control('documents', { account: PEOPLE.alice, name: 'Sheet', spreadsheet: CHARTED }, { sheet: 'id' }),
      update([chart('{sheet}', 7, 'chart')], { json: { replies: [{ createSheetsChart: { objectId: 'chart' } }] } }),
      update([chart('{sheet}', 8)], REFUSED),
      update([chart('{theirs}', 7)], REFUSED),
      update([chart('{deck}', 7)], REFUSED),
      {
        ask: 'GET /v1/presentations/{deck}',
        status: 200,
        json: { slides: [{ pageElements: [{}, { sheetsChart: { spreadsheetId: '{sheet}', chartId: 7 } }] }] },
      },
    ],
  },
  {
    source: `${REFERENCE}/batchUpdate#writecontrol`,
    title: 'a required revision must be the latest; readers and other kinds of files are refused',
    steps: [
      created,
      share('deck', 'reader', 'bob'),
      update([{ createSlide: { objectId: 'second' } }], {
        json: { replies: [{ createSlide: { objectId: 'second' } }] },
      }),
      outdated,
      update([{ createSlide: {} }], { as: 'bob', status: 403, json: { error: { status: 'PERMISSION_DENIED' } } }),
      { ask: 'GET /v1/documents/{deck}', status: 400, json: { error: { status: 'FAILED_PRECONDITION' } } },
      { ask: 'GET /v1/presentations/none', status: 404, json: { error: { status: 'NOT_FOUND' } } },
    ],
  },
  {
    source: `${REFERENCE}/batchUpdate#writecontrol`,
    title: 'a write for an earlier revision is refused after another person’s edit',
    steps: [created, control('documents/edit', { fileId: '{deck}', text: 'Meanwhile' }), outdated],
  },
  {
    source: `${REFERENCE}/batchUpdate#writecontrol`,
    title: 'a write for the revision before an upload over the presentation is refused',
    steps: [
      created,
      {
        ask: 'PATCH /upload/drive/v3/files/{deck}?uploadType=media',
        headers: { 'content-type': PPTX },
        body: pptx([{ title: 'Uploaded', lines: [] }]),
        status: 200,
      },
      outdated,
    ],
  },
  {
    source: 'https://cloud.google.com/service-usage/docs/enable-disable',
    title: 'the API can be disabled for the project',
    steps: [
      created,
      behave({ disabledApis: ['slides'] }),
      {
        ask: 'GET /v1/presentations/{deck}',
        status: 403,
        json: { error: { details: [{ reason: 'SERVICE_DISABLED' }, {}] } },
      },
    ],
  },
  {
    source: 'https://developers.google.com/workspace/slides/api/limits',
    title: 'reads and writes have separate limits',
    steps: [
      linked,
      behave({ quotas: { slidesReadPerMinute: 1 } }),
      { ask: 'GET /v1/presentations/{deck}?fields=title', status: 200 },
      {
        ask: 'GET /v1/presentations/{deck}?fields=title',
        status: 429,
        json: {
          error: { status: 'RESOURCE_EXHAUSTED', details: [{ metadata: { service: 'slides.googleapis.com' } }, {}] },
        },
      },
    ],
  },
];
