import { guardedUpdate } from '../../src/adapters/google/links/batch-update.js';
import type { GoogleDocument } from '../../src/adapters/google/links/docs-links.js';
import {
  type LinkedDocuments,
  linkedDocuments,
  withNewAddresses,
  withoutFields,
  rewriteDocument,
} from '../support/linked-documents.js';

const OLD = '1AbCdEfGhIjKlMnOpQrStUvWxYz0123456789_-AbCdE';
const NEW = '1NewNewNewNewNewNewNewNewNewNewNewNewNewNe-_';
/** Google sets these itself. A new chip has another id and the title of its file; ids of other lengths shift indexes. */
const SET_BY_GOOGLE = ['revisionId', 'documentId', 'richLinkId', 'title', 'mimeType', 'startIndex', 'endIndex'];

/** The requests are executed by the sandbox's Docs API, and the documents compared as a whole. */
describe('links in Docs', () => {
  let drive: LinkedDocuments;
  let ids: ReadonlyMap<string, string>;
  let copies: ReadonlyMap<string, string>;

  beforeAll(async () => {
    drive = await linkedDocuments();
    ids = await drive.fill();
    copies = await drive.copyAll();
  });
  afterAll(() => drive.close());

  const read = (id: string) => drive.call<GoogleDocument>('GET', `/v1/documents/${id}?includeTabsContent=true`);

  async function write(id: string, { revisionId = '' }: GoogleDocument, batches: readonly (readonly object[])[]) {
    let revision = revisionId;
    for (const batch of batches) {
      const { writeControl } = await drive.call<{ writeControl: { requiredRevisionId: string } }>(
        'POST',
        `/v1/documents/${id}:batchUpdate`,
        guardedUpdate(batch as Parameters<typeof guardedUpdate>[0], revision),
      );
      revision = writeControl.requiredRevisionId;
    }
  }

  /** Rewrites a document and checks that nothing else has changed. */
  async function rewrite(id: string, map: ReadonlyMap<string, string> = copies) {
    const newIdOf = (each: string) => map.get(each);
    const before = await read(id);
    const plan = rewriteDocument(before, newIdOf);
    await write(id, before, plan.batches);
    const after = await read(id);
    expect(withoutFields(after, SET_BY_GOOGLE)).toEqual(withNewAddresses(before, map, SET_BY_GOOGLE));
    const second = rewriteDocument(after, newIdOf);
    expect(second.batches).toEqual([]);
    expect(second.links.filter(({ outcome }) => outcome === 'rewritten')).toEqual([]);
    return { plan, before, after };
  }

  const copyOf = (name: string) => copies.get(ids.get(name)!)!;

  it('rewrites links in every place and leaves everything else as it is', async () => {
    const { plan } = await rewrite(copyOf('Plan'));
    expect(plan.batches).toHaveLength(1);
    const places = new Set(plan.links.map(({ place, outcome }) => `${place.part} ${place.holder} ${outcome}`));
    for (const place of [
      'body text',
      'body chip',
      'table text',
      'table chip',
      'header text',
      'footer text',
      'footer chip',
      'footnote text',
    ])
      expect(places).toContain(`${place} rewritten`);
    expect(plan.links).toContainEqual(expect.objectContaining({ outcome: 'unsupported', reason: 'suggestion' }));
    expect(new Set(plan.links.map(({ place }) => place.container))).toEqual(
      new Set(['Tab 1', 'Second tab', 'A tab in a tab']),
    );
  });

  it('rewrites links and plain addresses in all forms', async () => {
    const { plan } = await rewrite(copyOf('Index of everything'));
    const outcomes = Map.groupBy(plan.links, ({ place, outcome }) => `${place.holder} ${outcome}`);
    expect(outcomes.get('text rewritten')!.length).toBeGreaterThan(60);
    expect(outcomes.get('plain_text rewritten')!.length).toBe(outcomes.get('text rewritten')!.length);
  });

  it.each(['Near misses', 'Links to outside'])('has nothing to write in “%s”', async (name) => {
    const { plan, before, after } = await rewrite(copyOf(name));
    expect(plan.batches).toEqual([]);
    expect(plan.links.map(({ outcome }) => outcome).filter((each) => each === 'rewritten')).toEqual([]);
    expect(after).toEqual(before);
  });

  it('rewrites 5,000 links with at most five requests, the two readings included', async () => {
    const { plan } = await rewrite(copyOf('Many links'));
    expect(plan.links.filter(({ outcome }) => outcome === 'rewritten').length).toBeGreaterThan(4_000);
    expect(plan.links).toHaveLength(5_000);
    expect(plan.batches.length + 2).toBeLessThanOrEqual(5);
  });

  it('writes nothing after somebody has edited the document', async () => {
    const id = await drive.copy(ids.get('Minutes 5')!);
    const before = await read(id);
    const { batches } = rewriteDocument(before, (each) => copies.get(each));
    await write(id, before, [[{ insertText: { location: { index: 1 }, text: 'Edited. ' } }]]);
    const edited = await read(id);
    await expect(write(id, before, batches)).rejects.toMatchObject({ status: 400 });
    expect(await read(id)).toEqual(edited);
    await rewrite(id);
  });

  it.each([
    ['a shorter id', '1Short-id-of-19-char'],
    ['a longer id', `${NEW}${NEW}`],
    ['an id of the same length', NEW],
  ])(
    'puts %s into links whose text is their address, in bold parts, behind emoji and beside each other',
    async (_, newId) => {
      const url = `https://docs.google.com/document/d/${OLD}/edit?usp=sharing&resourcekey=0-K#heading=h.x`;
      const other = `https://example.com/document/d/${OLD}/edit`;
      const id = await drive.create('Own text', {
        document: {
          content: [
            ['😀 ', { text: url, url }, ` ${url}, ${url}.`],
            [
              { text: 'part', url, bold: true },
              { text: ' of one link', url },
              { text: 'no space', url: other },
              { text: 'next', url },
            ],
            [{ text: `shows ${url}`, url: other }, ' and ', { text: other, url }],
            [{ text: `${url} = ${url}`, url }],
            [`(${url})`, { chip: url }, { chip: url }, `${url}`],
            { table: [[[{ text: url, url }], [{ chip: url }]]] },
          ],
          header: [[{ text: url, url, bold: true }]],
        },
      });
      const { plan, after } = await rewrite(id, new Map([[OLD, newId]]));
      expect(plan.links.every(({ outcome }) => outcome === 'rewritten')).toBe(true);
      // The two parts of one link count once, and so does a link with its own address as text.
      expect(plan.links.filter(({ place }) => place.holder === 'text')).toHaveLength(7);
      expect(plan.links.filter(({ place }) => place.holder === 'plain_text')).toHaveLength(5);
      expect(JSON.stringify(after)).not.toContain('resourcekey');
    },
  );

  it('leaves a link as it is if one of its parts is a suggestion', async () => {
    const url = `https://docs.google.com/document/d/${OLD}/edit`;
    const id = await drive.create('Suggested', {
      document: {
        content: [
          [
            { text: 'plain ', url },
            { text: 'new', url, suggest: 'insert' },
            { text: ' old', url, suggest: 'delete' },
          ],
          [`in text ${url}`, { text: '?x', suggest: 'insert' }],
          [{ text: url, suggest: 'insert' }],
        ],
      },
    });
    const { plan } = await rewrite(id, new Map());
    expect(plan.links).toHaveLength(3);
    const { links, batches } = rewriteDocument(await read(id), () => NEW);
    expect(links.map((link) => [link.place.holder, link.outcome, 'reason' in link && link.reason])).toEqual([
      ['text', 'unsupported', 'suggestion'],
      ['plain_text', 'unsupported', 'suggestion'],
      ['plain_text', 'unsupported', 'suggestion'],
    ]);
    expect(batches).toEqual([]);
    expect(links).toContainEqual(expect.objectContaining({ newText: url.replace(OLD, NEW) }));
  });
});
