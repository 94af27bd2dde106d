import { behave, control, PEOPLE, type Request, type Scenario, share } from '../scenario.ts';

const REFERENCE = 'https://developers.google.com/workspace/docs/api/reference/rest/v1';
const REQUESTS = `${REFERENCE}/documents/request`;
const RESOURCE = `${REFERENCE}/documents`;

/** Creates a document of Alice and keeps its id as `doc`. */
const made: Request = { ask: 'POST /v1/documents', body: { title: 'Notes' }, status: 200, keep: { doc: 'documentId' } };

function update(requests: object[], more: Partial<Request> & { writeControl?: object } = {}): Request {
  const { writeControl, ...rest } = more;
  return {
    ask: 'POST /v1/documents/{doc}:batchUpdate',
    body: { requests, ...(writeControl ? { writeControl } : {}) },
    status: 200,
    ...rest,
  };
}

function refusedWith(requests: object[], message: string, status = 'INVALID_ARGUMENT'): Request {
  return update(requests, { status: 400, json: { error: { code: 400, status, message } } });
}

const insert = (index: number, text: string) => ({ insertText: { location: { index }, text } });
const style = (startIndex: number, endIndex: number, textStyle: object, fields = 'link') => ({
  updateTextStyle: { range: { startIndex, endIndex }, textStyle, fields },
});

/** The body's text runs, objects and their links. */
function shows(...elements: object[]): Request {
  return {
    ask: 'GET /v1/documents/{doc}?fields=body(content(paragraph(elements(startIndex,endIndex,textRun(content,textStyle(link))))))',
    status: 200,
    json: { body: { content: [{}, { paragraph: { elements } }] } },
  };
}

const run = (startIndex: number, endIndex: number, content: string, url?: string) => ({
  startIndex,
  endIndex,
  textRun: { content, textStyle: url === undefined ? {} : { link: { url } } },
});

const ONE = 'https://docs.google.com/document/d/one/edit#heading=h.abc';
const TWO = 'https://docs.google.com/document/d/two/edit#heading=h.abc';

/** A document of Alice with suggested insertions and deletions. */
const suggested: Request = control(
  'documents',
  {
    account: PEOPLE.alice,
    name: 'Suggestions',
    document: { content: [['keep ', { text: 'new ', suggest: 'insert' }, { text: 'old', suggest: 'delete' }]] },
  },
  { doc: 'id' },
);
const suggestedShows = (mode: string, ...contents: string[]): Request => ({
  ask: `GET /v1/documents/{doc}?suggestionsViewMode=${mode}&fields=body(content(paragraph(elements(textRun(content)))))`,
  status: 200,
  json: { body: { content: [{}, { paragraph: { elements: contents.map((content) => ({ textRun: { content } })) } }] } },
});

export const DOCS: Scenario[] = [
  {
    source: 'https://developers.google.com/workspace/docs/api/how-tos/suggestions',
    title: 'suggestions are shown inline, as accepted or not at all; the API can insert text around them',
    switches: { suggestedText: 'edit' },
    steps: [
      suggested,
      suggestedShows('DEFAULT_FOR_CURRENT_ACCESS', 'keep ', 'new ', 'old', '\n'),
      {
        ask: 'GET /v1/documents/{doc}?fields=body(content(paragraph(elements(textRun(suggestedInsertionIds,suggestedDeletionIds)))))',
        status: 200,
        json: {
          body: {
            content: [
              {},
              {
                paragraph: {
                  elements: [
                    {},
                    { textRun: { suggestedInsertionIds: ['suggest.insert'] } },
                    { textRun: { suggestedDeletionIds: ['suggest.delete'] } },
                    {},
                  ],
                },
              },
            ],
          },
        },
      },
      suggestedShows('PREVIEW_SUGGESTIONS_ACCEPTED', 'keep new \n'),
      suggestedShows('PREVIEW_WITHOUT_SUGGESTIONS', 'keep old\n'),
      {
        ask: 'GET /v1/documents/{doc}?suggestionsViewMode=ALL',
        status: 400,
        json: { error: { status: 'INVALID_ARGUMENT' } },
      },
      update([style(7, 9, { link: { url: ONE } })]),
    ],
  },
  {
    source: '§17',
    title: 'suggested text cannot be styled through the API',
    switches: { suggestedText: 'refuse' },
    steps: [
      suggested,
      refusedWith(
        [style(7, 9, { link: { url: ONE } })],
        'Invalid requests[0].updateTextStyle: The range contains suggested changes.',
      ),
      update([style(1, 3, { link: { url: ONE } })]),
    ],
  },
  {
    source: `${REFERENCE}/WriteControl`,
    title: 'a write for an earlier revision is refused after another person’s edit, and Drive shows who edited',
    steps: [
      { ...made, keep: { doc: 'documentId', first: 'revisionId' } },
      share('doc', 'writer', 'bob'),
      { advance: 60_000 },
      control('documents/edit', { fileId: '{doc}', account: PEOPLE.bob, text: 'Bob: ', index: 1 }),
      update([insert(1, 'x')], {
        writeControl: { requiredRevisionId: '{first}' },
        status: 400,
        json: { error: { status: 'FAILED_PRECONDITION' } },
      }),
      {
        ask: 'GET files/{doc}?fields=modifiedTime,lastModifyingUser(emailAddress)',
        status: 200,
        exactly: { modifiedTime: '2030-01-01T00:01:00.000Z', lastModifyingUser: { emailAddress: PEOPLE.bob } },
      },
    ],
  },
  {
    source: '§17',
    title: 'an upload over a document is an edit: a write for the revision before it is refused',
    steps: [
      { ...made, keep: { doc: 'documentId', first: 'revisionId' } },
      share('doc', 'writer', 'bob'),
      update([insert(1, 'x')]),
      { ask: 'GET /v1/documents/{doc}', status: 200, keep: { second: 'revisionId' } },
      { advance: 60_000 },
      {
        as: 'bob',
        ask: 'PATCH /upload/drive/v3/files/{doc}?uploadType=media&fields=modifiedTime,lastModifyingUser(displayName)',
        headers: { 'content-type': 'text/plain' },
        body: 'new',
        status: 200,
        exactly: { modifiedTime: '{now}', lastModifyingUser: { displayName: '{name of bob}' } },
      },
      ...['requiredRevisionId', 'targetRevisionId'].flatMap((guard) =>
        ['{first}', '{second}'].map((revision) =>
          update([insert(1, 'x')], {
            writeControl: { [guard]: revision },
            status: 400,
            json: { error: { status: 'FAILED_PRECONDITION' } },
          }),
        ),
      ),
      shows(run(1, 5, 'new\n')),
    ],
  },
  {
    source: RESOURCE,
    title: 'a new document consists of a section break and a newline, and is a file in My Drive',
    steps: [
      {
        ...made,
        json: {
          title: 'Notes',
          suggestionsViewMode: 'SUGGESTIONS_INLINE',
          body: {
            content: [
              { endIndex: 1, sectionBreak: {} },
              { startIndex: 1, endIndex: 2, paragraph: { elements: [run(1, 2, '\n')] } },
            ],
          },
        },
        absent: ['tabs'],
      },
      {
        ask: 'GET files/{doc}?fields=name,mimeType',
        status: 200,
        exactly: { name: 'Notes', mimeType: 'application/vnd.google-apps.document' },
      },
      {
        ask: 'GET /v1/documents/{doc}?includeTabsContent=true&fields=body,tabs(tabProperties(title,index),childTabs)',
        status: 200,
        exactly: { tabs: [{ tabProperties: { title: 'Tab 1', index: 0 } }] },
      },
    ],
  },
  {
    source: `${REQUESTS}#inserttextrequest`,
    title: 'text can be inserted into paragraphs, not before the first, after the last or inside a character',
    steps: [
      made,
      update([insert(1, 'a\u{1F642}b')], { json: { documentId: '{doc}', replies: [{}] } }),
      shows(run(1, 6, 'a\u{1F642}b\n')),
      refusedWith(
        [insert(0, 'x')],
        'Invalid requests[0].insertText: The insertion index must be inside the bounds of an existing paragraph. You can still create new paragraphs by inserting newlines.',
      ),
      refusedWith(
        [insert(6, 'x')],
        'Invalid requests[0].insertText: Index 6 must be less than the end index of the referenced segment, 6.',
      ),
      update([insert(3, 'x')], { status: 400 }),
      shows(run(1, 6, 'a\u{1F642}b\n')),
    ],
  },
  {
    source: `${REQUESTS}#deletecontentrangerequest`,
    title: 'the last newline, half a character and an empty range cannot be deleted',
    steps: [
      made,
      update([insert(1, 'a\u{1F642}b')]),
      refusedWith(
        [{ deleteContentRange: { range: { startIndex: 4, endIndex: 6 } } }],
        'Invalid requests[0].deleteContentRange: The range cannot include the newline character at the end of the segment.',
      ),
      refusedWith(
        [{ deleteContentRange: { range: { startIndex: 4, endIndex: 4 } } }],
        'Invalid requests[0].deleteContentRange: The range should not be empty.',
      ),
      update([{ deleteContentRange: { range: { startIndex: 2, endIndex: 3 } } }], { status: 400 }),
      update([{ deleteContentRange: { range: { startIndex: 2, endIndex: 4 } } }]),
      shows(run(1, 4, 'ab\n')),
    ],
  },
  {
    source: `${RESOURCE}#textstyle`,
    title: 'a link does not include the newline, changes as a whole if a part is changed, and can be removed',
    steps: [
      made,
      update([insert(1, 'see here'), style(5, 10, { link: { url: ONE } })]),
      shows(run(1, 5, 'see '), run(5, 9, 'here', ONE), run(9, 10, '\n')),
      update([style(6, 7, { link: { url: TWO } })]),
      shows(run(1, 5, 'see '), run(5, 9, 'here', TWO), run(9, 10, '\n')),
      update([style(5, 9, {})]),
      shows(run(1, 10, 'see here\n')),
      refusedWith(
        [style(5, 9, {}, '')],
        "Invalid requests[0].updateTextStyle: At least one field must be listed in 'fields'. (Use '*' to indicate all fields.)",
      ),
    ],
  },
  {
    source: `${REQUESTS}#replacealltextrequest`,
    title: 'replaceAllText counts its replacements, and omits a count of zero',
    steps: [
      made,
      update([insert(1, 'old Old')]),
      update([{ replaceAllText: { containsText: { text: 'old', matchCase: true }, replaceText: 'new' } }], {
        json: { replies: [{ replaceAllText: { occurrencesChanged: 1 } }] },
      }),
      update([{ replaceAllText: { containsText: { text: 'none' }, replaceText: 'new' } }], {
        json: { replies: [{ replaceAllText: {} }] },
      }),
      shows(run(1, 9, 'new Old\n')),
    ],
  },
  {
    source: `${RESOURCE}/batchUpdate`,
    title: 'a batch is executed as a whole or not at all',
    steps: [
      made,
      refusedWith(
        [insert(1, 'lost'), { deleteContentRange: { range: { startIndex: 1, endIndex: 100 } } }],
        'Invalid requests[1].deleteContentRange: Index 100 must be less than the end index of the referenced segment, 6.',
      ),
      shows(run(1, 2, '\n')),
      refusedWith([{ insertText: {}, deleteTab: {} }], 'Invalid requests[0]: Only one request can be set.'),
      refusedWith(
        [{ insertWords: {} }],
        `Invalid JSON payload received. Unknown name "insertWords" at 'requests[0]': Cannot find field.`,
      ),
      refusedWith(
        [{ insertText: { location: { index: 'x' }, text: 'x' } }],
        `Invalid value at 'requests[0].insert_text.location.index' (TYPE_INT32), "x"`,
      ),
    ],
  },
  {
    source: 'https://protobuf.dev/programming-guides/json/',
    title: 'requests may have names in snake_case, nulls for absent fields, and numbers as texts',
    steps: [
      made,
      update([{ insert_text: { location: { index: '1', segment_id: null }, text: 'a' } }]),
      shows(run(1, 3, 'a\n')),
      {
        ask: 'POST /v1/documents/{doc}:batchUpdate',
        body: { requests: [insert(1, 'b')], write_control: { required_revision_id: 'none' } },
        status: 400,
      },
      shows(run(1, 3, 'a\n')),
    ],
  },
  {
    source: `${REFERENCE}/WriteControl`,
    title: 'a required revision must be the latest; a target revision can be older than changes of others',
    steps: [
      { ...made, keep: { doc: 'documentId', first: 'revisionId' } },
      share('doc', 'writer', 'bob'),
      update([insert(1, 'link')], {
        writeControl: { requiredRevisionId: '{first}' },
        keep: { second: 'writeControl>requiredRevisionId' },
      }),
      update([insert(1, 'Bob: ')], { as: 'bob' }),
      update([style(1, 5, { link: { url: ONE } })], {
        writeControl: { requiredRevisionId: '{second}' },
        status: 400,
        json: { error: { code: 400 } },
      }),
      update([style(1, 5, { link: { url: ONE } })], { writeControl: { targetRevisionId: '{second}' } }),
      shows(run(1, 6, 'Bob: '), run(6, 10, 'link', ONE), run(10, 11, '\n')),
      update([insert(1, 'x')], { writeControl: { targetRevisionId: 'unheard-of' }, status: 400 }),
    ],
  },
  {
    source: '§17',
    title: 'errors for a document that is missing, not accessible, read-only or of another kind',
    steps: [
      {
        ask: 'GET /v1/documents/none',
        status: 404,
        exactly: { error: { code: 404, message: 'Requested entity was not found.', status: 'NOT_FOUND' } },
      },
      made,
      {
        as: 'bob',
        ask: 'GET /v1/documents/{doc}',
        status: 403,
        exactly: { error: { code: 403, message: 'The caller does not have permission', status: 'PERMISSION_DENIED' } },
      },
      share('doc', 'reader', 'bob'),
      {
        as: 'bob',
        ask: 'GET /v1/documents/{doc}?fields=title,revisionId,suggestionsViewMode',
        status: 200,
        exactly: { title: 'Notes', suggestionsViewMode: 'PREVIEW_WITHOUT_SUGGESTIONS' },
      },
      update([insert(1, 'x')], { as: 'bob', status: 403, json: { error: { status: 'PERMISSION_DENIED' } } }),
      {
        ask: 'POST files?fields=id',
        body: { name: 'sheet', mimeType: 'application/vnd.google-apps.spreadsheet', parents: ['{home}'] },
        status: 200,
        keep: { sheet: 'id' },
      },
      {
        ask: 'GET /v1/documents/{sheet}',
        status: 400,
        exactly: {
          error: {
            code: 400,
            message: 'This operation is not supported for this document',
            status: 'FAILED_PRECONDITION',
          },
        },
      },
    ],
  },
  {
    source: 'https://developers.google.com/workspace/docs/api/how-tos/performance',
    title: 'a mask selects fields; one with an unknown field is refused with a violation',
    steps: [
      made,
      { ask: 'GET /v1/documents/{doc}?fields=title', status: 200, exactly: { title: 'Notes' } },
      {
        ask: 'GET /v1/documents/{doc}?fields=nothing',
        status: 400,
        json: {
          error: {
            status: 'INVALID_ARGUMENT',
            message: 'Request contains an invalid argument.',
            details: [
              { '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [{ field: 'nothing' }] },
            ],
          },
        },
      },
    ],
  },
  {
    source: 'https://developers.google.com/workspace/docs/api/limits',
    title: 'reads and writes have separate limits for a person and a project; 429 names the limit',
    steps: [
      made,
      behave({ quotas: { docsReadPerMinute: 1, projectDocsWritePerMinute: 1 } }),
      { ask: 'GET /v1/documents/{doc}?fields=title', status: 200 },
      {
        ask: 'GET /v1/documents/{doc}?fields=title',
        status: 429,
        json: {
          error: {
            status: 'RESOURCE_EXHAUSTED',
            details: [
              { reason: 'RATE_LIMIT_EXCEEDED', metadata: { quota_limit: 'ReadRequestsPerMinutePerUser' } },
              { '@type': 'type.googleapis.com/google.rpc.Help' },
            ],
          },
        },
      },
      update([insert(1, 'x')]),
      update([insert(1, 'x')], {
        status: 429,
        json: { error: { details: [{ metadata: { quota_limit: 'WriteRequestsPerMinutePerProject' } }, {}] } },
      }),
      { advance: 60_000 },
      { ask: 'GET /v1/documents/{doc}?fields=title', status: 200 },
    ],
  },
  {
    source: 'https://cloud.google.com/service-usage/docs/enable-disable',
    title: 'the error of an API that is not enabled says where to enable it; other APIs still work',
    steps: [
      made,
      behave({ disabledApis: ['docs'] }),
      {
        ask: 'GET /v1/documents/{doc}',
        status: 403,
        json: {
          error: {
            status: 'PERMISSION_DENIED',
            details: [{ reason: 'SERVICE_DISABLED', metadata: { service: 'docs.googleapis.com' } }, {}],
          },
        },
        text: /https:\/\/console\.developers\.google\.com\/apis\/api\/docs\.googleapis\.com\/overview\?project=\d+/,
      },
      { ask: 'GET files/{doc}?fields=name', status: 200 },
    ],
  },
];
