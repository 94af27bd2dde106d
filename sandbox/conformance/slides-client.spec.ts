import { slides as slidesOf, type slides_v1 } from '@googleapis/slides';
import { docs as docsOf } from '@googleapis/docs';
import { OAuth2Client } from 'google-auth-library';
import { TestSandbox } from '../testing/test-client.ts';

/** Google's Slides client, unmodified, tests the Slides API. */
describe("Google's Slides client", () => {
  let test: TestSandbox;
  let alice: slides_v1.Slides;

  beforeAll(async () => {
    test = await TestSandbox.start();
    alice = slidesOf({ version: 'v1', auth: auth(), rootUrl: `${test.sandbox.url}/` });
  });
  afterAll(() => test.close());

  function auth(): OAuth2Client {
    const client = new OAuth2Client();
    client.setCredentials({ access_token: test.alice, expiry_date: Date.now() + 3_000_000 });
    return client;
  }

  it('creates a presentation, fills it, changes its links, and reads it back', async () => {
    const { data } = await alice.presentations.create({ requestBody: { title: 'Deck' } });
    const spreadsheet = { sheets: [{ charts: [{ chartId: 1 }] }] };
    const sheet = await test.control.createDocument('alice@example.com', 'Sheet', { spreadsheet });
    const presentationId = data.presentationId ?? '';
    const write = async (...requests: slides_v1.Schema$Request[]) =>
      (await alice.presentations.batchUpdate({ presentationId, requestBody: { requests } })).data;
    await write(
      { createSlide: { objectId: 'slide-one', slideLayoutReference: { predefinedLayout: 'TITLE_AND_BODY' } } },
      { createShape: { objectId: 'button', shapeType: 'TEXT_BOX', elementProperties: { pageObjectId: 'slide-one' } } },
      { createTable: { objectId: 'table-one', rows: 1, columns: 1, elementProperties: { pageObjectId: 'slide-one' } } },
      {
        createImage: {
          objectId: 'image-one',
          url: 'https://x.example/a.png',
          elementProperties: { pageObjectId: 'slide-one' },
        },
      },
      {
        createSheetsChart: {
          objectId: 'chart-one',
          spreadsheetId: sheet.id,
          chartId: 1,
          linkingMode: 'LINKED',
          elementProperties: { pageObjectId: 'slide-one' },
        },
      },
      { insertText: { objectId: 'button', text: 'Open the plan' } },
      { insertText: { objectId: 'table-one', cellLocation: { rowIndex: 0, columnIndex: 0 }, text: 'cell' } },
      {
        updateTextStyle: {
          objectId: 'button',
          textRange: { type: 'FROM_START_INDEX', startIndex: 9 },
          style: { link: { url: 'https://x.example' } },
          fields: 'link',
        },
      },
      { updateShapeProperties: { objectId: 'button', shapeProperties: { link: { slideIndex: 0 } }, fields: 'link' } },
      { deleteText: { objectId: 'table-one', cellLocation: {}, textRange: { type: 'ALL' } } },
    );
    const page = (await alice.presentations.pages.get({ presentationId, pageObjectId: 'slide-one' })).data;
    const button = page.pageElements?.find(({ objectId }) => objectId === 'button')?.shape;
    expect(button?.shapeProperties?.link).toEqual({ slideIndex: 0 });
    expect(button?.text?.textElements?.map(({ textRun }) => [textRun?.content, textRun?.style?.link?.url])).toEqual([
      [undefined, undefined],
      ['Open the ', undefined],
      ['plan', 'https://x.example'],
      ['\n', undefined],
    ]);
    const read = (
      await alice.presentations.get({ presentationId, fields: 'slides(objectId,pageElements(sheetsChart))' })
    ).data;
    expect(read.slides?.[1]?.objectId).toBe('slide-one');
    expect(read.slides?.[1]?.pageElements).toContainEqual({ sheetsChart: { spreadsheetId: sheet.id, chartId: 1 } });
    // Requests that rewriting links does not need.
    await expect(write({ updatePageElementAltText: { objectId: 'button', title: 'x' } })).rejects.toMatchObject({
      status: 501,
    });
    await expect(
      write({
        updateTextStyle: {
          objectId: 'table-one',
          cellLocation: {},
          style: {},
          textRange: { type: 'ALL' },
          fields: 'bold',
        },
      }),
    ).rejects.toMatchObject({
      status: 400,
      message: 'Invalid requests[0].updateTextStyle: The object (table-one) has no text.',
    });
  });

  it('gets a refusal for a write during edits of another person, on demand and reproducibly by seed', async () => {
    const docs = docsOf({ version: 'v1', auth: auth(), rootUrl: `${test.sandbox.url}/` });
    const run = async (): Promise<string[]> => {
      await test.behave({ seed: 4, faults: [{ operation: 'documents.get', kind: 'changeFile', probability: 0.5 }] });
      const outcomes: string[] = [];
      for (const title of ['a', 'b', 'c', 'd', 'e', 'f']) {
        const { data } = await docs.documents.create({ requestBody: { title } });
        const documentId = data.documentId ?? '';
        const { revisionId } = (await docs.documents.get({ documentId })).data;
        const requestBody = {
          requests: [{ insertText: { location: { index: 1 }, text: 'x' } }],
          writeControl: { requiredRevisionId: revisionId ?? '' },
        };
        outcomes.push(
          await docs.documents.batchUpdate({ documentId, requestBody }).then(
            () => 'written',
            (error: unknown) => String((error as { status?: number }).status),
          ),
        );
      }
      return outcomes;
    };
    const first = await run();
    expect(new Set(first)).toEqual(new Set(['written', '400']));
    expect(await run()).toEqual(first);
    await test.behave({});
  });

  it('gets a refusal for a write to a presentation or document with a content restriction', async () => {
    const { data } = await alice.presentations.create({ requestBody: { title: 'Locked' } });
    const presentationId = data.presentationId ?? '';
    const lock = await test.drive('PATCH', `files/${presentationId}`, {
      body: { contentRestrictions: [{ readOnly: true, reason: 'final' }] },
    });
    expect(lock.status).toBe(200);
    const requestBody = { requests: [{ createSlide: {} }] };
    await expect(alice.presentations.batchUpdate({ presentationId, requestBody })).rejects.toMatchObject({
      status: 403,
    });
  });
});
