import type { LinkedDocument } from '../../src/engine/ports/documents.js';
import type { DocumentKind } from '../../src/engine/model/links.js';
import { type LinkedDocuments, linkedDocuments } from '../support/linked-documents.js';

const OLD = '1AbCdEfGhIjKlMnOpQrStUvWxYz0123456789_-AbCdE';
const NEW = '1NewNewNewNewNewNewNewNewNewNewNewNewNewNe-_';
const URL = `https://docs.google.com/document/d/${OLD}/edit`;
const NEW_URL = `https://docs.google.com/document/d/${NEW}/edit`;
const newIdOf = (id: string) => (id === OLD ? NEW : undefined);
const { signal } = new AbortController();

type Api = 'documents' | 'spreadsheets' | 'presentations';
const line = ['see ', { text: 'it', url: URL }];
/** A document of each kind with one link; that of `Sheets with a note` needs the check of the version. */
const KINDS: [string, Api, DocumentKind, Record<string, object>][] = [
  ['Docs', 'documents', 'document', { document: { content: [line] } }],
  ['Slides', 'presentations', 'presentation', { presentation: { slides: [{ title: line }] } }],
  ['Sheets', 'spreadsheets', 'spreadsheet', sheetOf(URL)],
  ['Sheets with a note', 'spreadsheets', 'spreadsheet', sheetOf({ text: 'x', note: URL })],
];
const GUARDED = KINDS.filter(([name]) => name !== 'Sheets');

function sheetOf(cell: unknown) {
  return { spreadsheet: { sheets: [{ title: 'Plan', rows: [[cell]] }] } };
}

/** The documents of an account through the APIs of the editors, which the sandbox executes. */
describe('Google’s documents', () => {
  let drive: LinkedDocuments;

  beforeAll(async () => {
    drive = await linkedDocuments();
  });
  beforeEach(async () => {
    await drive.control.behave({});
    await drive.control.clearStats();
  });
  afterAll(() => drive.close());

  const read = (id: string, kind: DocumentKind) => drive.documents().read(id, kind, signal);
  const texts = ({ links }: LinkedDocument) => links.map(({ text }) => text);
  const modelOf = async (id: string) => (await drive.control.document(id)).document;
  /** Numbers of requests by operation. */
  async function requests(): Promise<Record<string, number>> {
    const { requests: counted } = await drive.control.stats();
    const sums = Object.entries(counted).map(([operation, byStatus]) => {
      const sum = Object.values(byStatus).reduce((total, count) => total + count, 0);
      return [operation, sum] as const;
    });
    return Object.fromEntries(sums);
  }

  describe.each(KINDS)('in %s', (name, api, kind, described) => {
    const get = `${api}.get`;
    const batchUpdate = `${api}.batchUpdate`;
    const isVersioned = name === 'Sheets with a note';

    it('rewrites links, and states the document after it', async () => {
      const id = await drive.create(name, described);
      const document = await read(id, kind);
      expect(document.plan(newIdOf)).toEqual([expect.objectContaining({ outcome: 'rewritten', newText: NEW_URL })]);
      const after = await document.rewrite(newIdOf, signal);
      expect([texts(document), texts(after)]).toEqual([[URL], [NEW_URL]]);
      expect(texts(await read(id, kind))).toEqual([NEW_URL]);
    });

    it('reads a document with hits at most twice and writes once, and one without hits once', async () => {
      const id = await drive.create(name, described);
      await drive.control.clearStats();
      const document = await read(id, kind);
      expect(await document.rewrite(() => undefined, signal)).toBe(document);
      expect(await requests()).toEqual({ [get]: 1 });
      await document.rewrite(newIdOf, signal);
      expect(await requests()).toEqual({
        [get]: name === 'Sheets' ? 1 : 2,
        [batchUpdate]: 1,
        ...(isVersioned && { 'files.get': 2 }),
      });
    });

    it('reports a write without a response as unclear, whether it was executed or not', async () => {
      const id = await drive.create(name, described);
      const document = await read(id, kind);
      await drive.control.behave({ faults: [{ operation: batchUpdate, status: 503, nth: 1 }] });
      await expect(document.rewrite(newIdOf, signal)).rejects.toMatchObject({ code: 'ambiguous_write' });
      expect(texts(await read(id, kind))).toEqual([URL]);
      await drive.control.behave({ faults: [{ operation: batchUpdate, kind: 'failAfterWrite', nth: 1 }] });
      await expect(document.rewrite(newIdOf, signal)).rejects.toMatchObject({ code: 'ambiguous_write' });
      const after = await read(id, kind);
      expect(texts(after)).toEqual([NEW_URL]);
      expect(await after.rewrite(newIdOf, signal)).toBe(after);
    });

    it('waits while the quota of the API is used up', async () => {
      const id = await drive.create(name, described);
      await drive.control.behave({
        faults: [{ operation: [get, batchUpdate], reason: 'RATE_LIMIT_EXCEEDED', status: 429, times: 2 }],
      });
      // The pace of another account, because it stays slow.
      const document = await drive.documents(name).read(id, kind, signal);
      const after = await document.rewrite(newIdOf, signal);
      expect(texts(after)).toEqual([NEW_URL]);
    });

    it('reports an API that is switched off', async () => {
      const id = await drive.create(name, described);
      const document = await read(id, kind);
      await drive.control.behave({
        disabledApis: [kind === 'document' ? 'docs' : kind === 'presentation' ? 'slides' : 'sheets'],
      });
      await expect(read(id, kind)).rejects.toMatchObject({ reason: 'api_off' });
      await expect(document.rewrite(newIdOf, signal)).rejects.toMatchObject({ reason: 'api_off' });
    });

    it('reports a lock, a missing right and a missing document', async () => {
      const id = await drive.create(name, described);
      const lock = (readOnly: boolean) =>
        drive.call('PATCH', `/drive/v3/files/${id}`, { contentRestrictions: [{ readOnly }] });
      const document = await read(id, kind);
      await lock(true);
      await expect(document.rewrite(newIdOf, signal)).rejects.toMatchObject({ reason: 'document_locked' });
      await expect((await read(id, kind)).rewrite(newIdOf, signal)).rejects.toMatchObject({
        reason: 'document_locked',
      });
      await lock(false);
      await drive.call('DELETE', `/drive/v3/files/${id}`);
      await expect(document.rewrite(newIdOf, signal)).rejects.toMatchObject({ reason: 'document_missing' });
      await expect(read(id, kind)).rejects.toMatchObject({ reason: 'document_missing' });

      const bens = await drive.createShared(name, described);
      await expect((await read(bens, kind)).rewrite(newIdOf, signal)).rejects.toMatchObject({
        reason: 'no_edit_right',
      });
      expect(texts(await read(bens, kind))).toEqual([URL]);
    });

    it('reports a file of another kind', async () => {
      const [, , other, otherDescribed] = KINDS.find(([, , each]) => each !== kind)!;
      const id = await drive.create('Other', otherDescribed);
      expect(other).not.toBe(kind);
      await expect(read(id, kind)).rejects.toMatchObject({ reason: 'refused' });
    });

    it('distinguishes a document that Google never reads from an outage', async () => {
      const id = await drive.create(name, described);
      await drive.control.behave({ faults: [{ operation: get, status: 500, fileId: id }] });
      await expect(read(id, kind)).rejects.toMatchObject({ reason: 'refused' });
      await drive.control.behave({ faults: [{ operation: get, status: 503 }] });
      await expect(read(id, kind)).rejects.toMatchObject({ code: 'google_unavailable' });
    });
  });

  describe.each(GUARDED)('in %s', (name, api, kind, described) => {
    it('writes nothing if somebody has edited the document since it was read', async () => {
      const id = await drive.create(name, described);
      const document = await read(id, kind);
      await drive.control.editDocument(id, kind === 'spreadsheet' ? { text: URL } : {});
      const edited = await modelOf(id);
      await expect(document.rewrite(newIdOf, signal)).rejects.toMatchObject({ reason: 'edited_meanwhile' });
      expect(await modelOf(id)).toEqual(edited);
      const again = await read(id, kind);
      expect(texts(await again.rewrite(newIdOf, signal))).toEqual(texts(again).map(() => NEW_URL));
    });

    it('writes nothing if somebody edits the document while it is read', async () => {
      const id = await drive.create(name, described);
      // Of a spreadsheet it is the second reading, between the two checks of the version.
      const nth = kind === 'spreadsheet' ? 2 : 1;
      await drive.control.behave({ faults: [{ operation: `${api}.get`, kind: 'changeFile', nth }] });
      const document = await read(id, kind);
      await expect(document.rewrite(newIdOf, signal)).rejects.toMatchObject({ reason: 'edited_meanwhile' });
      expect(texts(await read(id, kind))).toContain(URL);
    });
  });

  it('reads the spreadsheet of a form, which only a person can replace', async () => {
    const id = await drive.create('Survey', { form: { linkedSheetId: OLD } });
    await drive.control.clearStats();
    const form = await read(id, 'form');
    const newText = `https://docs.google.com/spreadsheets/d/${NEW}`;
    expect(form.plan(newIdOf)).toEqual([
      expect.objectContaining({ outcome: 'unsupported', reason: 'form_destination', newText }),
    ]);
    expect(await form.rewrite(newIdOf, signal)).toBe(form);
    expect(await requests()).toEqual({ 'forms.get': 1 });
    await drive.control.behave({ disabledApis: ['forms'] });
    await expect(read(id, 'form')).rejects.toMatchObject({ reason: 'api_off' });
  });

  it('reports a request that Google refuses although nobody has edited the document', async () => {
    for (const [name, api, kind, described] of KINDS) {
      const id = await drive.create(name, described);
      const document = await read(id, kind);
      await drive.control.behave({ faults: [{ operation: `${api}.batchUpdate`, status: 400, reason: 'badRequest' }] });
      await expect(document.rewrite(newIdOf, signal)).rejects.toMatchObject({ reason: 'refused' });
      await drive.control.behave({});
    }
  });

  it('rewrites many links in several batches, and reports a refusal between them as unclear', async () => {
    const line = Array.from({ length: 1_600 }, () => [{ text: 'one', url: URL }, ` ${URL} `]);
    const id = await drive.create('Many', { document: { content: line } });
    await drive.control.clearStats();
    const document = await read(id, 'document');
    expect(document.links).toHaveLength(3_200);
    await drive.control.behave({ faults: [{ operation: 'documents.batchUpdate', status: 400, nth: 2 }] });
    await expect(document.rewrite(newIdOf, signal)).rejects.toMatchObject({ code: 'ambiguous_write' });
    await drive.control.behave({});
    const again = await read(id, 'document');
    const rewritten = again.links.filter(({ text }) => text === NEW_URL).length;
    expect(rewritten).toBeGreaterThan(0);
    expect(rewritten).toBeLessThan(3_200);
    await drive.control.clearStats();
    const after = await again.rewrite(newIdOf, signal);
    expect(after.links.every(({ text }) => text === NEW_URL)).toBe(true);
    expect(await requests()).toEqual({ 'documents.get': 1, 'documents.batchUpdate': 1 });
  });

  it('checks the version of a spreadsheet before each batch', async () => {
    const rows = Array.from({ length: 6_001 }, () => [{ text: 'x', note: URL }]);
    const id = await drive.create('Many', { spreadsheet: { sheets: [{ title: 'Plan', rows }] } });
    const document = await read(id, 'spreadsheet');
    await drive.control.clearStats();
    const after = await document.rewrite(newIdOf, signal);
    expect(after.links.map(({ text }) => text)).toEqual(rows.map(() => NEW_URL));
    expect(await requests()).toEqual({ 'spreadsheets.get': 1, 'spreadsheets.batchUpdate': 2, 'files.get': 4 });
  });
});
