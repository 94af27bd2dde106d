import { docs as docsOf, type docs_v1 } from '@googleapis/docs';
import { OAuth2Client } from 'google-auth-library';
import { TestSandbox, text } from '../testing/test-client.ts';

const DOCUMENT = 'application/vnd.google-apps.document';

/** Google's Docs client, unmodified, tests the Docs API. */
describe("Google's Docs client", () => {
  let test: TestSandbox;
  let alice: docs_v1.Docs;
  let bob: docs_v1.Docs;

  beforeAll(async () => {
    test = await TestSandbox.start();
    [alice, bob] = [test.alice, test.bob].map(signedIn) as [docs_v1.Docs, docs_v1.Docs];
  });
  afterAll(() => test.close());

  function signedIn(token: string): docs_v1.Docs {
    const auth = new OAuth2Client();
    auth.setCredentials({ access_token: token, expiry_date: Date.now() + 3_000_000 });
    return docsOf({ version: 'v1', auth, rootUrl: `${test.sandbox.url}/` });
  }

  async function make(text = ''): Promise<string> {
    const { data } = await alice.documents.create({ requestBody: { title: 'Notes' } });
    const documentId = data.documentId ?? '';
    if (text !== '') await write(documentId, { insertText: { location: { index: 1 }, text } });
    return documentId;
  }

  async function write(documentId: string, ...requests: docs_v1.Schema$Request[]) {
    return (await alice.documents.batchUpdate({ documentId, requestBody: { requests } })).data;
  }

  async function read(documentId: string): Promise<docs_v1.Schema$StructuralElement[]> {
    return (await alice.documents.get({ documentId })).data.body?.content ?? [];
  }

  /** Text runs and objects of the body with their indexes and links. */
  async function runs(documentId: string): Promise<unknown[]> {
    return (await read(documentId)).flatMap(({ paragraph }) =>
      (paragraph?.elements ?? []).map(({ startIndex, endIndex, textRun, ...object }) => [
        startIndex,
        endIndex,
        textRun?.content ?? Object.keys(object)[0],
        textRun?.textStyle?.link?.url,
      ]),
    );
  }

  async function refusal(call: Promise<unknown>): Promise<unknown> {
    const error = await call.then(
      () => undefined,
      (failure: unknown) => failure as { response: { data: { error: object } } },
    );
    return error?.response.data.error;
  }

  it('creates an empty document with a section break and a newline', async () => {
    const { data } = await alice.documents.create({ requestBody: { title: 'New' } });
    expect(data).toMatchObject({
      title: 'New',
      documentId: expect.any(String) as unknown,
      revisionId: expect.any(String) as unknown,
      suggestionsViewMode: 'SUGGESTIONS_INLINE',
      body: {
        content: [
          { endIndex: 1, sectionBreak: { sectionStyle: { sectionType: 'CONTINUOUS' } } },
          {
            startIndex: 1,
            endIndex: 2,
            paragraph: {
              elements: [{ startIndex: 1, endIndex: 2, textRun: { content: '\n', textStyle: {} } }],
              paragraphStyle: { namedStyleType: 'NORMAL_TEXT', direction: 'LEFT_TO_RIGHT' },
            },
          },
        ],
      },
    });
    expect(data.tabs).toBeUndefined();
    const file = await test.drive('GET', `files/${data.documentId}?fields=name,mimeType,parents`);
    expect(file.json).toMatchObject({ name: 'New', mimeType: DOCUMENT });
  });

  it('counts indexes in UTF-16 code units, and adds a newline of the same style to the previous run', async () => {
    const id = await make('a🙂b\nsecond');
    expect(await runs(id)).toEqual([
      [1, 6, 'a🙂b\n', undefined],
      [6, 13, 'second\n', undefined],
    ]);
    expect(await refusal(write(id, { insertText: { location: { index: 3 }, text: 'x' } }))).toMatchObject({
      code: 400,
      status: 'INVALID_ARGUMENT',
      message: 'Invalid requests[0].insertText: The insertion index cannot be within a grapheme cluster.',
    });
  });

  it('sets links, which exclude newlines, and changes a whole link if a part is changed', async () => {
    const id = await make('see here\nand there');
    const link = (startIndex: number, endIndex: number, url: string) =>
      write(id, {
        updateTextStyle: { range: { startIndex, endIndex }, textStyle: { link: { url } }, fields: 'link' },
      });
    await link(5, 13, 'https://example.com/1');
    expect(await runs(id)).toEqual([
      [1, 5, 'see ', undefined],
      [5, 9, 'here', 'https://example.com/1'],
      [9, 10, '\n', undefined],
      [10, 13, 'and', 'https://example.com/1'],
      [13, 20, ' there\n', undefined],
    ]);
    await link(7, 8, 'https://example.com/2');
    expect((await runs(id))[1]).toEqual([5, 9, 'here', 'https://example.com/2']);
    const style = (await read(id))[1]?.paragraph?.elements?.[1]?.textRun?.textStyle;
    expect(style).toMatchObject({ underline: true, foregroundColor: { color: { rgbColor: { blue: 0.8 } } } });
    await write(id, { updateTextStyle: { range: { startIndex: 5, endIndex: 9 }, textStyle: {}, fields: 'link' } });
    expect((await runs(id))[0]).toEqual([1, 10, 'see here\n', undefined]);
  });

  it('replaces chips from the end, guarded by one revision', async () => {
    const target = await test.make({ name: 'Plan', mimeType: DOCUMENT });
    const id = await make('a b');
    const uri = `https://docs.google.com/document/d/${target}/edit`;
    await write(
      id,
      { insertRichLink: { location: { index: 4 }, richLinkProperties: { uri } } },
      { insertRichLink: { location: { index: 2 }, richLinkProperties: { uri } } },
      { insertPerson: { endOfSegmentLocation: {}, personProperties: { email: 'bob@example.com' } } },
      { insertDate: { endOfSegmentLocation: {}, dateElementProperties: { timestamp: '2026-11-30T00:00:00Z' } } },
    );
    const before = await alice.documents.get({ documentId: id });
    expect(await runs(id)).toEqual([
      [1, 2, 'a', undefined],
      [2, 3, 'richLink', undefined],
      [3, 5, ' b', undefined],
      [5, 6, 'richLink', undefined],
      [6, 7, 'person', undefined],
      [7, 8, 'dateElement', undefined],
      [8, 9, '\n', undefined],
    ]);
    expect(before.data.body?.content?.[1]?.paragraph?.elements?.[1]?.richLink?.richLinkProperties).toEqual({
      title: 'Plan',
      uri,
      mimeType: DOCUMENT,
    });
    expect(before.data.body?.content?.[1]?.paragraph?.elements?.[4]?.person?.personProperties).toEqual({
      email: 'bob@example.com',
      name: 'Bob',
    });
    const requests = [5, 2].flatMap((at): docs_v1.Schema$Request[] => [
      { deleteContentRange: { range: { startIndex: at, endIndex: at + 1 } } },
      { insertRichLink: { location: { index: at }, richLinkProperties: { uri: `${uri}?new` } } },
    ]);
    const requestBody = { requests, writeControl: { requiredRevisionId: before.data.revisionId ?? '' } };
    const { data } = await alice.documents.batchUpdate({ documentId: id, requestBody });
    expect(data).toEqual({
      documentId: id,
      replies: [{}, {}, {}, {}],
      writeControl: { requiredRevisionId: expect.any(String) as unknown },
    });
    expect((await runs(id)).length).toBe(7);
    expect(await refusal(alice.documents.batchUpdate({ documentId: id, requestBody }))).toMatchObject({
      code: 400,
      status: 'FAILED_PRECONDITION',
    });
  });

  it('applies a write for an earlier revision after changes of others', async () => {
    const id = await make('abc link xyz');
    await test.share(id, 'writer');
    const { revisionId } = (await alice.documents.get({ documentId: id })).data;
    await bob.documents.batchUpdate({
      documentId: id,
      requestBody: { requests: [{ insertText: { location: { index: 1 }, text: 'Bob was here. ' } }] },
    });
    const requests = [
      { insertText: { location: { index: 1 }, text: '>>' } },
      {
        updateTextStyle: {
          range: { startIndex: 7, endIndex: 11 },
          textStyle: { link: { url: 'https://x.example' } },
          fields: 'link',
        },
      },
    ];
    await alice.documents.batchUpdate({
      documentId: id,
      requestBody: { requests, writeControl: { targetRevisionId: revisionId ?? '' } },
    });
    const linked = (await runs(id)).filter((run) => (run as unknown[])[3] !== undefined);
    expect(linked).toEqual([[expect.any(Number), expect.any(Number), 'link', 'https://x.example']]);
    const writeControl = { targetRevisionId: 'unheard-of' };
    expect(
      await refusal(alice.documents.batchUpdate({ documentId: id, requestBody: { requests, writeControl } })),
    ).toMatchObject({ code: 400 });
  });

  it('executes all requests of a batch or none', async () => {
    const id = await make('text');
    const error = await refusal(
      write(
        id,
        { insertText: { location: { index: 1 }, text: 'lost' } },
        { deleteContentRange: { range: { startIndex: 1, endIndex: 400 } } },
      ),
    );
    expect(error).toMatchObject({
      message:
        'Invalid requests[1].deleteContentRange: Index 400 must be less than the end index of the referenced segment, 10.',
    });
    expect(await runs(id)).toEqual([[1, 6, 'text\n', undefined]]);
  });

  it('inserts a table with the cell indexes of Google', async () => {
    const id = await make();
    await write(id, { insertTable: { location: { index: 1 }, rows: 2, columns: 2 } });
    const table = (await read(id))[2];
    expect([table?.startIndex, table?.endIndex, table?.table?.rows, table?.table?.columns]).toEqual([2, 14, 2, 2]);
    const cells = table?.table?.tableRows?.flatMap(({ tableCells }) =>
      (tableCells ?? []).map(({ content }) => content?.[0]?.startIndex),
    );
    expect(cells).toEqual([5, 7, 10, 12]);
    await write(id, { insertText: { location: { index: 12 }, text: 'last' } });
    await write(id, { insertText: { location: { index: 5 }, text: 'first' } });
    expect((await read(id))[2]?.table?.tableRows?.[1]?.tableCells?.[1]?.content?.[0]?.paragraph?.elements).toEqual([
      { startIndex: 17, endIndex: 22, textRun: { content: 'last\n', textStyle: {} } },
    ]);
    for (const [startIndex, endIndex] of [
      [2, 5],
      [5, 11],
      [1, 2],
      [0, 2],
    ])
      expect(await refusal(write(id, { deleteContentRange: { range: { startIndex, endIndex } } }))).toMatchObject({
        code: 400,
      });
    await write(id, { deleteContentRange: { range: { startIndex: 2, endIndex: 23 } } });
    expect((await read(id)).length).toBe(3);
  });

  it('has headers, footers, footnotes, lists, images, named ranges and tabs', async () => {
    const id = await make('one\ntwo');
    const { replies } = await write(
      id,
      { createHeader: { type: 'DEFAULT' } },
      { createFooter: { type: 'DEFAULT' } },
      { createFootnote: { location: { index: 4 } } },
      { createParagraphBullets: { range: { startIndex: 1, endIndex: 3 }, bulletPreset: 'BULLET_DISC_CIRCLE_SQUARE' } },
      { insertInlineImage: { endOfSegmentLocation: {}, uri: 'https://example.com/a.png' } },
      { createNamedRange: { name: 'here', range: { startIndex: 6, endIndex: 9 } } },
      { addDocumentTab: { tabProperties: { title: 'More' } } },
      {
        updateParagraphStyle: {
          range: { startIndex: 1, endIndex: 2 },
          paragraphStyle: { namedStyleType: 'HEADING_2' },
          fields: 'namedStyleType',
        },
      },
    );
    const segmentId = replies?.[0]?.createHeader?.headerId ?? '';
    const tabId = replies?.[6]?.addDocumentTab?.tabProperties?.tabId ?? '';
    await write(
      id,
      { insertText: { location: { segmentId, index: 0 }, text: 'Head' } },
      { insertText: { location: { tabId, index: 1 }, text: 'In the tab' } },
      {
        addDocumentTab: { tabProperties: { title: 'Child', parentTabId: tabId } },
      },
    );
    const { data } = await alice.documents.get({ documentId: id, includeTabsContent: true });
    expect(data.body).toBeUndefined();
    const [first, second] = data.tabs ?? [];
    expect(first?.documentTab?.headers?.[segmentId]?.content).toEqual([
      {
        endIndex: 5,
        paragraph: {
          elements: [{ endIndex: 5, textRun: { content: 'Head\n', textStyle: {} } }],
          paragraphStyle: { namedStyleType: 'NORMAL_TEXT', direction: 'LEFT_TO_RIGHT' },
        },
      },
    ]);
    expect(first?.documentTab?.documentStyle?.defaultHeaderId).toBe(segmentId);
    expect(Object.values(first?.documentTab?.footnotes ?? {})[0]?.content?.[0]?.paragraph?.elements).toEqual([
      { endIndex: 2, textRun: { content: ' \n', textStyle: {} } },
    ]);
    expect(first?.documentTab?.body?.content?.[1]?.paragraph).toMatchObject({
      bullet: { listId: Object.keys(first?.documentTab?.lists ?? {})[0] },
      paragraphStyle: { namedStyleType: 'HEADING_2', headingId: expect.stringMatching(/^h\./) as unknown },
      elements: [{}, { footnoteReference: { footnoteNumber: '1' } }, {}],
    });
    expect(Object.values(first?.documentTab?.inlineObjects ?? {})[0]).toMatchObject({
      inlineObjectProperties: { embeddedObject: { imageProperties: { sourceUri: 'https://example.com/a.png' } } },
    });
    expect(first?.documentTab?.namedRanges?.['here']?.namedRanges?.[0]?.ranges?.[0]).toMatchObject({
      startIndex: 6,
      endIndex: 9,
    });
    expect(second).toMatchObject({
      tabProperties: { tabId, title: 'More', index: 1 },
      childTabs: [{ tabProperties: { title: 'Child', parentTabId: tabId, nestingLevel: 1 } }],
    });
    expect(JSON.stringify(second?.documentTab?.body)).toContain('In the tab');
    // Without tabs, the content of the first one is at the top level.
    const plain = (await alice.documents.get({ documentId: id })).data;
    expect(plain.tabs).toBeUndefined();
    expect(Object.keys(plain.headers ?? {})).toEqual([segmentId]);
    expect(await refusal(write(id, { createHeader: { type: 'DEFAULT' } }))).toMatchObject({
      message: `Invalid requests[0].createHeader: Default header already exists. ID: ${segmentId}`,
    });
  });

  it('replaces all occurrences of a text and counts them', async () => {
    const id = await make('Old and old');
    const replace = async (text: string, more: docs_v1.Schema$SubstringMatchCriteria = {}) =>
      (await write(id, { replaceAllText: { containsText: { text, ...more }, replaceText: 'new' } })).replies;
    expect(await replace('Old', { matchCase: true })).toEqual([{ replaceAllText: { occurrencesChanged: 1 } }]);
    expect(await replace('OLD')).toEqual([{ replaceAllText: { occurrencesChanged: 1 } }]);
    expect(await replace('old')).toEqual([{ replaceAllText: {} }]);
    expect(await replace('n.w', { searchByRegex: true })).toEqual([{ replaceAllText: { occurrencesChanged: 2 } }]);
    expect(await runs(id)).toEqual([[1, 13, 'new and new\n', undefined]]);
  });

  it('selects fields, and refuses unknown ones', async () => {
    const id = await make('x');
    const fields = 'title,body(content(paragraph(elements(textRun(content)))))';
    expect((await alice.documents.get({ documentId: id, fields })).data).toEqual({
      title: 'Notes',
      body: { content: [{}, { paragraph: { elements: [{ textRun: { content: 'x\n' } }] } }] },
    });
    expect(await refusal(alice.documents.get({ documentId: id, fields: 'body/nothing' }))).toMatchObject({
      code: 400,
      status: 'INVALID_ARGUMENT',
      message: 'Request contains an invalid argument.',
      details: [{ '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [{ field: 'nothing' }] }],
    });
  });

  it('returns different errors for a missing document, one of another person, another kind of file, and a reader', async () => {
    const documentId = await make('x');
    const requests = [{ insertText: { location: { index: 1 }, text: 'x' } }];
    const get = (id: string, client = alice) => refusal(client.documents.get({ documentId: id }));
    expect(await get('none')).toEqual({ code: 404, message: 'Requested entity was not found.', status: 'NOT_FOUND' });
    expect(await get(documentId, bob)).toEqual({
      code: 403,
      message: 'The caller does not have permission',
      status: 'PERMISSION_DENIED',
    });
    expect(await get(await test.file('blob', 'x'))).toEqual({
      code: 400,
      message: 'This operation is not supported for this document',
      status: 'FAILED_PRECONDITION',
    });
    await test.share(documentId, 'reader');
    const { data } = await bob.documents.get({ documentId });
    expect([data.suggestionsViewMode, data.revisionId]).toEqual(['PREVIEW_WITHOUT_SUGGESTIONS', undefined]);
    expect(await refusal(bob.documents.batchUpdate({ documentId, requestBody: { requests } }))).toMatchObject({
      status: 'PERMISSION_DENIED',
    });
  });

  it('updates the metadata of the file: modifiedTime, version and last editor', async () => {
    const documentId = await make('x');
    await test.share(documentId, 'writer');
    const fields = 'fields=modifiedTime,version,lastModifyingUser(emailAddress)';
    const before = await test.drive('GET', `files/${documentId}?${fields}`);
    await test.control.advance(60_000);
    await bob.documents.batchUpdate({
      documentId,
      requestBody: { requests: [{ insertText: { location: { index: 1 }, text: 'y' } }] },
    });
    const after = await test.drive('GET', `files/${documentId}?${fields}`);
    expect(Date.parse(text(after.json['modifiedTime']))).toBeGreaterThan(
      Date.parse(text(before.json['modifiedTime'])) + 59_000,
    );
    expect(Number(after.json['version'])).toBeGreaterThan(Number(before.json['version']));
    expect(after.json['lastModifyingUser']).toEqual({ emailAddress: 'bob@example.com' });
  });

  it('exports and copies the same contents as the API', async () => {
    const id = await make('See here\nEnd');
    await write(id, {
      updateTextStyle: {
        range: { startIndex: 5, endIndex: 9 },
        textStyle: { link: { url: 'https://x.example/?a=1&b=2' } },
        fields: 'link',
      },
    });
    const exported = (type: string) => test.drive('GET', `files/${id}/export?mimeType=${encodeURIComponent(type)}`);
    expect((await exported('text/plain')).text).toBe('\uFEFFSee here\r\nEnd\r\n');
    expect((await exported('text/html')).text).toContain(
      'href="https://www.google.com/url?q=https://x.example/?a%3D1%26b%3D2&amp;sa=D&amp;source=editors"',
    );
    expect((await exported('text/markdown')).text).toBe('See [here](https://x.example/?a=1&b=2)\n\nEnd\n');
    const copy = (await test.drive('POST', `files/${id}/copy`, { body: { name: 'Copy' } })).json['id'];
    expect(await runs(copy as unknown as string)).toEqual(await runs(id));
    await write(id, { insertText: { location: { index: 1 }, text: 'Only here. ' } });
    expect((await runs(copy as unknown as string))[0]).toEqual([1, 5, 'See ', undefined]);
  });

  it('limits reads and writes of a person and a project per minute', async () => {
    const documentId = await make('x');
    await test.control.behave({ quotas: { docsReadPerMinute: 2, projectDocsWritePerMinute: 1 } });
    const get = () => alice.documents.get({ documentId, fields: 'title' }, { retry: false });
    const requests = [{ insertText: { location: { index: 1 }, text: 'x' } }];
    await get();
    await get();
    expect(await refusal(get())).toMatchObject({
      code: 429,
      status: 'RESOURCE_EXHAUSTED',
      message: expect.stringContaining(
        "Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute per user' of service 'docs.googleapis.com'",
      ) as unknown,
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
          reason: 'RATE_LIMIT_EXCEEDED',
          domain: 'googleapis.com',
          metadata: {
            service: 'docs.googleapis.com',
            quota_limit: 'ReadRequestsPerMinutePerUser',
            quota_limit_value: '2',
          },
        },
        { '@type': 'type.googleapis.com/google.rpc.Help' },
      ],
    });
    await write(documentId, ...requests);
    await test.share(documentId, 'writer');
    expect(await refusal(bob.documents.batchUpdate({ documentId, requestBody: { requests } }))).toMatchObject({
      code: 429,
      details: [{ metadata: { quota_limit: 'WriteRequestsPerMinutePerProject' } }, {}],
    });
    await test.control.advance(60_000);
    await get();
    await test.control.behave({});
  });

  it('says where to enable a disabled API', async () => {
    const documentId = await make('x');
    await test.behave({ disabledApis: ['docs'] });
    const error = await refusal(alice.documents.get({ documentId }));
    expect(error).toMatchObject({
      code: 403,
      status: 'PERMISSION_DENIED',
      message: expect.stringMatching(
        /^Google Docs API has not been used in project \d+ before or it is disabled\. Enable it by visiting https:\/\/console\.developers\.google\.com\/apis\/api\/docs\.googleapis\.com\/overview\?project=\d+ then retry\./,
      ) as unknown,
      details: [
        { reason: 'SERVICE_DISABLED', metadata: { service: 'docs.googleapis.com' } },
        { '@type': 'type.googleapis.com/google.rpc.Help' },
      ],
    });
    // Drive still works.
    expect((await test.drive('GET', `files/${documentId}`)).status).toBe(200);
    await test.behave({});
  });
});
