import { type BatchRequest, guardedUpdate } from '../../src/adapters/google/links/batch-update.js';
import type { GooglePresentation } from '../../src/adapters/google/links/slides-links.js';
import {
  type LinkedDocuments,
  linkedDocuments,
  withNewAddresses,
  withoutFields,
  rewritePresentation,
} from '../support/linked-documents.js';

const OLD = '1AbCdEfGhIjKlMnOpQrStUvWxYz0123456789_-AbCdE';
const NEW = '1Short-id-of-19-char';
const URL = `https://docs.google.com/document/d/${OLD}/edit?resourcekey=0-K#heading=h.x`;
const NEW_URL = `https://docs.google.com/document/d/${NEW}/edit#heading=h.x`;
const SET_BY_GOOGLE = ['revisionId', 'presentationId', 'title', 'startIndex', 'endIndex'];

/** The requests are executed by the sandbox's Slides API, and the presentations compared as a whole. */
describe('links in Slides', () => {
  let drive: LinkedDocuments;

  beforeAll(async () => {
    drive = await linkedDocuments();
  });
  afterAll(() => drive.close());

  const read = (id: string) => drive.call<GooglePresentation>('GET', `/v1/presentations/${id}`);
  const write = (id: string, requests: readonly BatchRequest[], { revisionId = '' }: GooglePresentation) =>
    drive.call('POST', `/v1/presentations/${id}:batchUpdate`, guardedUpdate(requests, revisionId));
  const create = (slides: readonly object[]) => drive.create('Deck', { presentation: { slides } });

  /** Rewrites a presentation and checks that nothing else has changed. */
  async function rewrite(id: string, copies: ReadonlyMap<string, string>) {
    const newIdOf = (each: string) => copies.get(each);
    const before = await read(id);
    const plan = rewritePresentation(before, newIdOf);
    expect(plan.batches).toHaveLength(1);
    await write(id, plan.batches[0]!, before);
    const after = await read(id);
    expect(withoutFields(after, SET_BY_GOOGLE)).toEqual(withNewAddresses(before, copies, SET_BY_GOOGLE));
    const second = rewritePresentation(after, newIdOf);
    expect(second.batches).toEqual([]);
    expect(second.links.filter(({ outcome }) => outcome === 'rewritten')).toEqual([]);
    return { plan, after };
  }

  it('rewrites links in every place, and leaves charts and videos to a person', async () => {
    const ids = await drive.fill();
    const copies = await drive.copyAll();
    const { plan } = await rewrite(copies.get(ids.get('Pitch')!)!, copies);
    const places = new Set(plan.links.map(({ place, outcome }) => `${place.part} ${place.holder} ${outcome}`));
    for (const place of ['slide text', 'slide shape', 'slide image', 'table text', 'speaker_notes text'])
      expect(places).toContain(`${place} rewritten`);
    const reasons = plan.links.flatMap((link) => (link.outcome === 'unsupported' ? link.reason : []));
    expect(reasons).toEqual(['linked_chart', 'drive_video']);
  });

  it('puts ids of another length into texts, tables and notes, with their style', async () => {
    const line = ['😀 ', { text: URL, url: URL, bold: true }, { text: ' part', url: URL }, ` ${URL}, ${URL}.`];
    const id = await create([
      {
        title: line,
        body: [line, line],
        notes: [line],
        tables: [[[URL, { text: 'x', url: URL }]]],
        shapes: [{ text: URL, url: URL }],
        lines: [{ url: URL }],
      },
    ]);
    const { plan, after } = await rewrite(id, new Map([[OLD, NEW]]));
    expect(plan.links.every(({ outcome }) => outcome === 'rewritten')).toBe(true);
    // Per line a link of two runs and two plain addresses; two in the table; the shape and its text; the line.
    expect(plan.links).toHaveLength(4 * 3 + 2 + 2 + 1);
    expect(JSON.stringify(after)).not.toContain(OLD);
  });

  it('writes nothing after somebody has edited the presentation', async () => {
    const id = await create([{ title: [{ text: 'see', url: URL }] }]);
    const before = await read(id);
    const { batches } = rewritePresentation(before, () => NEW);
    const objectId = (before as { slides: { pageElements: { objectId: string }[] }[] }).slides[0]!.pageElements[0]!
      .objectId;
    await write(id, [{ insertText: { objectId, insertionIndex: 0, text: 'Edited. ' } }], before);
    await expect(write(id, batches[0]!, before)).rejects.toMatchObject({ status: 400 });
    expect(JSON.stringify(await read(id))).toContain(OLD);
    await rewrite(id, new Map([[OLD, NEW]]));
  });

  it('finds links in groups, of lines and of charts', () => {
    const link = { url: URL };
    const children = [
      { objectId: 'line', line: { lineProperties: { link } } },
      { objectId: 'chart', sheetsChart: { sheetsChartProperties: { chartImageProperties: { link } } } },
      { objectId: 'video', video: { source: 'YOUTUBE', id: OLD } },
    ];
    const { links, batches } = rewritePresentation(
      { slides: [{ pageElements: [{ elementGroup: { children } }] }] },
      () => NEW,
    );
    expect(links.map(({ place, outcome }) => [place.holder, outcome])).toEqual([
      ['shape', 'rewritten'],
      ['chart', 'unsupported'],
    ]);
    const lineProperties = { link: { url: NEW_URL } };
    expect(batches).toEqual([[{ updateLineProperties: { objectId: 'line', lineProperties, fields: 'link' } }]]);
  });
});
