import { SandboxClient } from '@cloudmover/drive-sandbox';
import { linkDifferences } from '../../chaos/links-oracle.js';
import type { LinkListDto } from '../../src/transfers/links.dto.js';
import type { TransferDto } from '../../src/transfers/transfers.dto.js';
import { startStack, type Stack } from '../support/stack.js';
import { ALICE, BOB, hasEnded, TransfersApi } from '../support/transfers-api.js';
import { until } from '../../../tools/until.ts';

// The documents are compared as a whole, by the sandbox's own model of them.

const FOLDER = 'application/vnd.google-apps.folder';
const TIME = '2021-05-06T07:08:09.000Z';

let stack: Stack;
let google: SandboxClient;
let api: TransfersApi;

beforeAll(async () => {
  stack = await startStack({ CLOUDMOVER_ROLE: 'all' });
  google = new SandboxClient(stack.sandbox.url);
});
afterAll(() => stack.close());
beforeEach(async () => {
  await google.reset();
  api = await TransfersApi.connect(stack);
});

const folder = async (name: string, parent?: string) =>
  (await api.drive(ALICE, 'POST', '/drive/v3/files', { name, mimeType: FOLDER, ...(parent && { parents: [parent] }) }))
    .id;
const file = async (name: string, parent?: string) => (await api.aFile(ALICE, name, name, parent)).id;
const urlOf = (id: string) => `https://drive.google.com/file/d/${id}/view?usp=sharing#page=2`;
/** A document of Alice's with links to files, last changed long ago. */
async function document(name: string, parentId: string, targets: readonly string[]): Promise<string> {
  const content = targets.map((id) => ['see ', { text: 'this', url: urlOf(id) }, ` at ${urlOf(id)}.`]);
  const { id } = await google.createDocument(ALICE, name, { document: { content } }, { parentId });
  await api.drive(ALICE, 'PATCH', `/drive/v3/files/${id}`, { modifiedTime: TIME });
  return id;
}
async function spreadsheet(name: string, parentId: string, targets: readonly string[]): Promise<string> {
  const rows = targets.map((id) => [
    `=HYPERLINK("${urlOf(id)}","see")`,
    { text: 'one two', links: [{ url: urlOf(id), part: 'two' }], note: urlOf(id) },
  ]);
  const described = { spreadsheet: { sheets: [{ title: 'Links', rows }] } };
  return (await google.createDocument(ALICE, name, described, { parentId })).id;
}

const linksOf = async ({ id }: Pick<TransferDto, 'id'>, query: object): Promise<LinkListDto['items']> => {
  const request = stack.api.get(`/api/transfers/${id}/links`).set(api.tokens).query(query);
  return ((await request.expect(200)).body as LinkListDto).items;
};
/** The figures, which must add up. */
async function figures({ id }: Pick<TransferDto, 'id'>) {
  const { found, waiting, rewritten, outside, unsupported, failed, reasons } = (await api.get(id)).links;
  expect(found).toBe(waiting + rewritten + outside + unsupported + failed);
  const codes = Object.fromEntries(reasons.map(({ code, count }) => [code, count]));
  return { waiting, rewritten, outside, unsupported, failed, codes };
}
const all = (rewritten: number) => ({ waiting: 0, rewritten, outside: 0, unsupported: 0, failed: 0, codes: {} });
const differences = async ({ id }: Pick<TransferDto, 'id'>) => linkDifferences(google, await api.items(id));
const rewrite = (items: string[], more: object = {}) => api.run({ items, links: 'rewrite', ...more });
/** Requests to the editors' APIs by operation, without refused ones. */
async function requests(): Promise<Record<string, number>> {
  const { requests: byOperation } = await google.stats();
  const editors = Object.entries(byOperation).filter(([operation]) =>
    /^(documents|spreadsheets|presentations)\./.test(operation),
  );
  return Object.fromEntries(editors.map(([operation, statuses]) => [operation, statuses['200'] ?? 0]));
}
const timeOf = async (account: string, name: string) =>
  (await google.tree(account)).find((item) => item.name === name && !item.trashed)?.modifiedTime;
const copyOf = async ({ id }: Pick<TransferDto, 'id'>, name: string) =>
  (await api.items(id)).find((item) => item.name === name)!.destinationId!;

describe('links of a transfer', () => {
  it('lead to the copies, and nothing else in the documents changes, not even their times', async () => {
    const top = await folder('Work');
    const targets = [await file('one', top), await file('two', top), top];
    await document('Plan', top, targets);
    await spreadsheet('Budget', top, targets);
    await document('Empty', top, []);
    await google.clearStats();
    const done = await rewrite([top]);
    expect(done.state).toBe('completed');
    expect(await differences(done)).toEqual([]);
    expect(await figures(done)).toEqual(all(3 * 2 + 3 * 3));
    expect(await timeOf(BOB, 'Plan')).toBe(TIME);
    // Two reads and a write for a document with links, a read for one without.
    expect(await requests()).toMatchObject({ 'documents.get': 3, 'documents.batchUpdate': 1 });
    expect(await requests()).toMatchObject({ 'spreadsheets.batchUpdate': 1 });
    expect((await requests())['spreadsheets.get']).toBeLessThanOrEqual(2);
  });

  it('stay as they are without the option, and are only listed by `report`', async () => {
    const top = await folder('Work');
    const plan = await document('Plan', top, [await file('one', top)]);
    await google.clearStats();
    const left = await api.run({ items: [top] });
    expect((await api.get(left.id)).links).toMatchObject({ mode: 'leave' });
    expect(await requests()).toEqual({});
    const listed = await api.run({ items: [top], links: 'report' });
    expect(await figures(listed)).toEqual({ ...all(0), waiting: 2 });
    expect(await requests()).toEqual({ 'documents.get': 1 });
    const { document: original } = await google.document(plan);
    expect((await google.document(await copyOf(listed, 'Plan'))).document).toMatchObject({ kind: 'document' });
    expect(JSON.stringify((await google.document(await copyOf(listed, 'Plan'))).document)).toBe(
      JSON.stringify(original),
    );
  });

  it('of every form and in every place are accounted for: the figures, the list and links.csv say the same', async () => {
    const done = await rewrite([await api.linkedDocuments()]);
    expect(done.state).toBe('completed');
    const { rewritten, outside, unsupported, waiting, failed } = await figures(done);
    expect({ waiting, failed }).toEqual({ waiting: 0, failed: 0 });
    expect(rewritten).toBeGreaterThan(1_500);
    expect(outside).toBeGreaterThan(5);
    expect(unsupported).toBeGreaterThan(0);
    const csv = (await stack.api.get(`/api/transfers/${done.id}/links.csv`).set(api.tokens).expect(200)).text;
    const count = (outcome: string) => csv.split('\r\n').filter((line) => line.includes(`,${outcome},`)).length;
    expect([count('rewritten'), count('outside'), count('unsupported')]).toEqual([rewritten, outside, unsupported]);
    // A second run finds nothing to do.
    await google.clearStats();
    await api.command(done.id, 'links', { mode: 'rewrite' });
    await api.until(done.id, hasEnded);
    expect(Object.keys(await requests()).filter((operation) => operation.endsWith('batchUpdate'))).toEqual([]);
    expect(await figures(done)).toMatchObject({ rewritten, outside, unsupported });
  });
});

describe('links afterwards', () => {
  it('are listed and rewritten in the copies of an ended transfer, without the source', async () => {
    const top = await folder('Work');
    await document('Plan', top, [await file('one', top), await file('two', top)]);
    const done = await api.run({ items: [top] });
    const { tokens } = api;
    const command = (mode: string) =>
      stack.api
        .post(`/api/transfers/${done.id}/links`)
        .set('X-Destination-Token', tokens['X-Destination-Token']!)
        .send({ mode })
        .expect(202);
    await command('report');
    await api.until(done.id, hasEnded);
    expect(await figures(done)).toEqual({ ...all(0), waiting: 4 });
    await command('rewrite');
    expect((await api.until(done.id, hasEnded)).state).toBe('completed');
    expect(await figures(done)).toEqual(all(4));
    expect(await differences(done)).toEqual([]);
    expect(await timeOf(BOB, 'Plan')).toBe(TIME);
    expect(done.allowedActions).toContain('links');
  });

  it('lead to what a later transfer between the same accounts has copied', async () => {
    const top = await folder('Work');
    const other = await file('elsewhere');
    await document('Plan', top, [other]);
    const done = await rewrite([top]);
    expect(await figures(done)).toEqual({ ...all(0), outside: 2 });
    const later = await api.run({ items: [other] });
    await api.command(done.id, 'links', { mode: 'rewrite' });
    await api.until(done.id, hasEnded);
    expect(await figures(done)).toEqual(all(2));
    const found = JSON.stringify((await google.document(await copyOf(done, 'Plan'))).document);
    expect(found).toContain((await api.items(later.id))[0]!.destinationId!);
    expect(found).not.toContain(other);
    expect(await timeOf(BOB, 'Plan')).toBe(TIME);
  });

  it('leave a copy alone that somebody has edited since', async () => {
    const top = await folder('Work');
    await document('Plan', top, [await file('one', top)]);
    const done = await api.run({ items: [top] });
    const copy = await copyOf(done, 'Plan');
    await google.editDocument(copy, { text: 'Mine. ' });
    const before = JSON.stringify((await google.document(copy)).document);
    await api.command(done.id, 'links', { mode: 'rewrite' });
    await api.until(done.id, hasEnded);
    expect(await figures(done)).toEqual({ ...all(0), failed: 2, codes: { edited_since: 2 } });
    expect(JSON.stringify((await google.document(copy)).document)).toBe(before);
  });
});

describe('a rerun', () => {
  it('rewrites links in new documents, and in old ones that point at what has arrived since', async () => {
    const top = await folder('Work');
    const elsewhere = await folder('Elsewhere');
    const later = await file('later', elsewhere);
    await document('Plan', top, [later]);
    const done = await rewrite([top]);
    expect(await figures(done)).toEqual({ ...all(0), outside: 2 });
    await api.drive(ALICE, 'PATCH', `/drive/v3/files/${later}?addParents=${top}&removeParents=${elsewhere}`, {});
    await document('New', top, [later]);
    await api.command(done.id, 'rerun');
    await api.until(done.id, hasEnded);
    expect(await figures(done)).toEqual(all(4));
    expect(await differences(done)).toEqual([]);
    expect([await timeOf(BOB, 'Plan'), await timeOf(BOB, 'New')]).toEqual([TIME, TIME]);
  });
});

describe('what goes wrong with one document or API', () => {
  it('an edit between reading and writing loses nothing: the document is read again', async () => {
    const top = await folder('Work');
    await document('Plan', top, [await file('one', top)]);
    await google.behave({ faults: [{ operation: 'documents.batchUpdate', kind: 'hold', nth: 1 }] });
    const { id } = await api.start({ items: [top], links: 'rewrite' });
    const copy = await until('the write is held', async () => {
      const [write] = await google.log({ account: BOB, operation: 'documents.get' });
      return write && (await google.tree(BOB)).find(({ name }) => name === 'Plan');
    });
    await google.editDocument(copy.id, { text: 'Edited meanwhile. ' });
    await google.behave({});
    await api.ended(id);
    expect(await figures({ id })).toEqual(all(2));
    expect(JSON.stringify((await google.document(copy.id)).document)).toContain('Edited meanwhile. ');
  });

  it('a lost response to a write is no second write', async () => {
    const top = await folder('Work');
    await document('Plan', top, [await file('one', top)]);
    await spreadsheet('Budget', top, [await file('two', top)]);
    await google.behave({
      faults: ['documents.batchUpdate', 'spreadsheets.batchUpdate'].map((operation) => ({
        operation,
        kind: 'failAfterWrite' as const,
        nth: 1,
      })),
    });
    const done = await rewrite([top]);
    expect(done.state).toBe('completed');
    expect(await figures(done)).toEqual(all(2 + 3));
    expect(await differences(done)).toEqual([]);
    const log = await google.log({ account: BOB });
    expect(log.filter(({ operation }) => operation === 'documents.batchUpdate')).toHaveLength(1);
  });

  it('an API that is switched off is one clear problem; the others continue', async () => {
    const top = await folder('Work');
    const one = await file('one', top);
    await document('Plan', top, [one]);
    await spreadsheet('Budget', top, [one]);
    await spreadsheet('Costs', top, [one]);
    await google.behave({ disabledApis: ['sheets'] });
    const done = await rewrite([top]);
    expect(done.state).toBe('completed');
    expect(await figures(done)).toEqual(all(2));
    const { apiOff, documents } = (await api.get(done.id)).links;
    expect(apiOff).toEqual([
      { kind: 'spreadsheet', documents: 2, consoleUrl: expect.stringContaining('sheets.googleapis.com') as string },
    ]);
    expect(documents).toMatchObject({ read: 1, unread: [{ code: 'api_off', count: 2 }] });
    // Switched on again: a new run continues where this one could not.
    await google.behave({});
    await api.command(done.id, 'links', { mode: 'rewrite' });
    await api.until(done.id, hasEnded);
    expect(await figures(done)).toEqual(all(2 + 2 * 3));
    expect(await differences(done)).toEqual([]);
  });

  it('a document that is locked keeps its links, which fail with the reason', async () => {
    const top = await folder('Work');
    await document('Plan', top, [await file('one', top)]);
    await document('Notes', top, [await file('two', top)]);
    const done = await api.run({ items: [top] });
    await api.drive(BOB, 'PATCH', `/drive/v3/files/${await copyOf(done, 'Plan')}`, {
      contentRestrictions: [{ readOnly: true, reason: 'final' }],
    });
    await api.command(done.id, 'links', { mode: 'rewrite' });
    expect((await api.until(done.id, hasEnded)).state).toBe('completed');
    expect(await figures(done)).toEqual({ ...all(2), failed: 2, codes: { document_locked: 2 } });
    expect(await linksOf(done, { outcome: 'failed' })).toEqual([
      expect.objectContaining({ path: 'Work/Plan', code: 'document_locked' }),
      expect.objectContaining({ path: 'Work/Plan', code: 'document_locked' }),
    ]);
  });
});
