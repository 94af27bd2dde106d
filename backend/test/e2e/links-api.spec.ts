import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LinkListDto, LinkRowDto } from '../../src/transfers/links.dto.js';
import type { PreflightDto } from '../../src/transfers/preflights.dto.js';
import type { TransferDto, TransferLogDto } from '../../src/transfers/transfers.dto.js';
import { startStack, type Stack } from '../support/stack.js';
import { ALICE, BOB, TransfersApi } from '../support/transfers-api.js';

// What clients see of links in documents: before a transfer, after it, in the report, when they are rewritten later.

const KEY = 'operator-key-of-at-least-32-characters';
const COMMAND = join(import.meta.dirname, '../../../tools/main.ts');

let stack: Stack;
let api: TransfersApi;
/** For the files of `verify-report`. */
let folder: string;
let folderId: string;
let preflight: PreflightDto;
/** Lists its links, and stays as it is: what changes a transfer has its own. */
let listed: TransferDto;

const get = async <Body>(path: string, query: object = {}): Promise<Body> =>
  (await stack.api.get(path).set(api.tokens).query(query).expect(200)).body as Body;
const read = async (id: string, path: string) =>
  (await stack.api.get(`/api/transfers/${id}/${path}`).set(api.tokens).buffer().expect(200)).text;
const command = (id: string, body: object, headers: Record<string, string>) =>
  stack.api.post(`/api/transfers/${id}/links`).set(headers).send(body);

const count = async () => api.counted((await api.preflight({ items: [folderId], links: 'report' })).id);

async function startAndEnd({ id }: PreflightDto): Promise<TransferDto> {
  await api.start({ preflightId: id });
  return api.ended(id);
}

const byDestination = () => ({ 'X-Destination-Token': api.tokens['X-Destination-Token']! });

async function rewrite({ id }: TransferDto, headers: Record<string, string> = byDestination()): Promise<TransferDto> {
  await command(id, { mode: 'rewrite' }, headers).expect(202);
  return api.until(id, ({ state, links }) => state === 'completed' && links.rewritten > 0);
}

async function rowsOf(id: string, query: object = {}): Promise<LinkRowDto[]> {
  const rows: LinkRowDto[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await get<LinkListDto>(`/api/transfers/${id}/links`, {
      ...{ limit: 1_000, ...query },
      ...(cursor && { cursor }),
    });
    rows.push(...page.items);
    cursor = page.nextCursor;
    if (!cursor) return rows;
  }
}

/** Runs the command like a user. */
async function verify(id: string, links: string) {
  const [file, linksFile] = [join(folder, 'report.json'), join(folder, 'links.csv')];
  await writeFile(file, await read(id, 'report'));
  await writeFile(linksFile, links);
  const tokenOf = async (account: string) =>
    (await stack.control<{ access_token: string }>('POST', 'tokens', { account })).access_token;
  const env = {
    PATH: process.env['PATH'] ?? '',
    ...{ SOURCE_ACCESS_TOKEN: await tokenOf(ALICE), DESTINATION_ACCESS_TOKEN: await tokenOf(BOB) },
  };
  const args = [COMMAND, 'verify-report', file, '--links', linksFile, '--api-root', stack.sandbox.url];
  return new Promise<{ code: number; text: string }>((done) => {
    execFile(process.execPath, args, { env }, (error, stdout, stderr) =>
      done({ code: error ? Number(error.code) : 0, text: stdout + stderr }),
    );
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cloudmover-links-'));
  stack = await startStack({ CLOUDMOVER_ROLE: 'all', OPERATOR_KEY: KEY });
  await stack.control('POST', 'reset');
  api = await TransfersApi.connect(stack);
  folderId = await api.linkedDocuments();
  preflight = await count();
  listed = await startAndEnd(preflight);
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await stack.close();
});

it('estimates links and time from a sample before the start', async () => {
  const { links, estimate } = preflight;
  expect(links).toMatchObject({ mode: 'report', apiOff: [] });
  expect(links.sample).toBe(links.byKind.reduce((sum, { sampled }) => sum + sampled, 0));
  expect(links.sample).toBeGreaterThan(0);
  expect(links.byKind.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(['document', 'spreadsheet', 'presentation']),
  );
  expect(estimate!.linksSeconds).toBeGreaterThan(0);
});

it('keeps the choice for a recount, which can change it', async () => {
  const recount = async (body: object) =>
    (
      await stack.api
        .post(`/api/preflights/${preflight.id}/recount`)
        .set(api.tokens)
        .send({ ...body })
        .expect(202)
    ).body as PreflightDto;
  expect((await recount({ conflict: 'skip' })).links.mode).toBe('report');
  expect((await recount({ links: 'leave' })).links.mode).toBe('leave');
});

it('lists every link with what became of it; the numbers add up in the list, the CSV file and the report', async () => {
  const { found, waiting, rewritten, outside, unsupported, failed, documents, reasons } = listed.links;
  expect(listed).toMatchObject({ state: 'completed', links: { mode: 'report', rewritten: 0, failed: 0 } });
  expect(found).toBe(waiting + outside + unsupported);
  expect(documents).toMatchObject({ unread: [] });
  expect(reasons.reduce((sum, { count }) => sum + count, 0)).toBe(unsupported);
  const totals = { found, waiting, rewritten, outside, unsupported, failed, unread: 0 };
  const { summary } = JSON.parse(await read(listed.id, 'report')) as { summary: { links: object } };
  expect(summary.links).toEqual(totals);

  const rows = await rowsOf(listed.id);
  expect(rows).toHaveLength(found);
  for (const outcome of ['waiting', 'outside', 'unsupported', 'failed', 'unread'] as const) {
    const some = await rowsOf(listed.id, { outcome });
    expect([outcome, some.length]).toEqual([outcome, totals[outcome]]);
    expect(some.every((row) => row.outcome === outcome)).toBe(true);
  }
  const byHand = (await rowsOf(listed.id, { outcome: 'unsupported' }))[0]!;
  expect(byHand).toMatchObject({ code: expect.any(String), title: expect.stringMatching(/\.$/) });
  expect((await rowsOf(listed.id, { q: byHand.path })).length).toBeGreaterThan(0);

  const csv = await read(listed.id, 'links.csv');
  expect(csv).toMatch(/^\uFEFFdocument_path,document_id,kind,place,old_address,new_address,outcome,reason_code,reason/);
  expect(await verify(listed.id, csv)).toMatchObject({ code: 0 });
  const without = csv.split('\r\n').toSpliced(1, 1).join('\r\n');
  expect(await verify(listed.id, without)).toMatchObject({ code: 1, text: expect.stringContaining('links.csv lists') });
});

it('refuses what is no mode, and a person without the destination’s token', async () => {
  expect((await command(listed.id, { mode: 'leave' }, api.tokens).expect(400)).body).toMatchObject({
    code: 'invalid_request',
  });
  expect((await command(listed.id, {}, api.tokens).expect(400)).body).toMatchObject({ code: 'invalid_request' });
  const source = { 'X-Source-Token': api.tokens['X-Source-Token']! };
  expect((await command(listed.id, { mode: 'rewrite' }, source).expect(401)).body).toMatchObject({
    ...{ code: 'token_missing', side: 'destination' },
  });
  expect(await api.get(listed.id)).toMatchObject({ state: 'completed', links: { mode: 'report' } });
});

it('rewrites them afterwards with the destination’s token alone, once for a repeated request', async () => {
  const before = await startAndEnd(await count());
  expect(before.allowedActions).toContain('links');
  expect(before.consents.links).toEqual(['destination']);
  const headers = { ...byDestination(), 'Idempotency-Key': 'once' };
  const done = await rewrite(before, headers);
  const { found, waiting, outside, unsupported, reasons } = before.links;
  expect(done.links.reasons).toEqual(reasons);
  expect(done.links).toMatchObject({ mode: 'rewrite', found, rewritten: waiting, waiting: 0, outside, unsupported });
  expect(done.notCarried.join()).not.toContain('Links inside documents');
  expect(done.counts).toEqual(before.counts);
  await command(done.id, { mode: 'rewrite' }, headers).expect(202);
  expect((await command(done.id, { mode: 'report' }, headers).expect(422)).body).toMatchObject({
    code: 'idempotency_conflict',
  });
  const { events } = await get<TransferLogDto>(`/api/transfers/${done.id}/log`);
  expect(events.filter((event) => event.command === 'links')).toHaveLength(1);
  expect(await verify(done.id, await read(done.id, 'links.csv'))).toMatchObject({ code: 0 });
  const { outcome, newText, text } = (await rowsOf(done.id, { outcome: 'rewritten' }))[0]!;
  expect(outcome).toBe('rewritten');
  expect(newText).not.toBe(text);
});

it('has the choice and the command in the audit log, and no address of a link', async () => {
  const { id } = await rewrite(await startAndEnd(await count()));
  const { text } = await stack.api.get('/session/audit').set('X-Operator-Key', KEY).buffer().expect(200);
  const entries = text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { object?: string; outcome: string; detail?: object })
    .filter(({ object, outcome }) => object === `transfer:${id}` && outcome === 'done');
  expect(entries.map(({ detail }) => detail)).toEqual(
    expect.arrayContaining([
      { fromPreflight: true, links: 'report' },
      { command: 'links', by: 'destination', links: 'rewrite' },
    ]),
  );
  expect(text).not.toContain('docs.google.com');
});

it('is undone like any other transfer: rewritten copies do not count as edited', async () => {
  const rewritten = await rewrite(await startAndEnd(await count()));
  await api.command(rewritten.id, 'undo');
  const undone = await api.until(rewritten.id, ({ state }) => state === 'undone');
  expect(undone.undo).toMatchObject({ trashed: rewritten.counts.verified, left: 0 });
  expect((await command(rewritten.id, { mode: 'rewrite' }, api.tokens).expect(409)).body).toMatchObject({
    code: 'transfer_state',
  });
});
