import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, startStack, type Stack } from '../support/stack.js';
import { until } from '../../../tools/until.ts';

const ALICE = 'alice@example.com';
const BOB = 'bob@example.com';
const COMMAND = join(import.meta.dirname, '../../../tools/main.ts');

const NO_CLOSING_CHECK = 'The destination was not listed again at the end';

interface Item {
  path: string;
  kind: string;
  state: string;
  sourceId: string;
  destinationId: string;
}
interface Report {
  transfer: { name?: string; reportSha256?: string };
  summary: { counts: Record<string, number>; verification: { closingCheck: boolean } };
  items: Item[];
}

let stack: Stack;
let folder: string;
let tokens: Record<string, string>;
let googleTokens: Record<string, string>;
let id: string;
let report: Report;
/** The downloaded report. */
let reportText: string;

beforeAll(async () => {
  stack = await startStack({ CLOUDMOVER_ROLE: 'all' });
  folder = await mkdtemp(join(tmpdir(), 'cloudmover-report-'));
  tokens = {
    'X-Source-Token': await connect(stack, 'source', ALICE),
    'X-Destination-Token': await connect(stack, 'destination', BOB),
  };
  id = await transferATree();
  reportText = await download(id);
  report = JSON.parse(reportText) as Report;
  const tokenOf = async (account: string) =>
    (await stack.control<{ access_token: string }>('POST', 'tokens', { account })).access_token;
  googleTokens = { SOURCE_ACCESS_TOKEN: await tokenOf(ALICE), DESTINATION_ACCESS_TOKEN: await tokenOf(BOB) };
});

afterAll(async () => {
  await stack.close();
  await rm(folder, { recursive: true, force: true });
});

/** @returns the id of the completed transfer */
async function transferATree(): Promise<string> {
  const { folderId } = await stack.control<{ folderId: string }>('POST', 'trees', {
    account: ALICE,
    folders: 3,
    files: 12,
    bytes: 40_000,
    seed: 7,
  });
  const started = await stack.api
    .post('/api/transfers')
    .set(tokens)
    .send({ items: [folderId] })
    .expect(202);
  const { id } = started.body as { id: string };
  await until('the transfer is completed', async () => {
    const { body } = await stack.api.get(`/api/transfers/${id}`).set(tokens);
    return (body as { state: string }).state === 'completed';
  });
  return id;
}

const download = async (id: string): Promise<string> =>
  (await stack.api.get(`/api/transfers/${id}/report`).set(tokens).buffer()).text;

/** Runs the command like a user. @returns its output and exit code */
async function verify(content: string, ...more: string[]): Promise<{ code: number; text: string }> {
  const file = join(folder, 'report');
  await writeFile(file, content);
  return new Promise((done) => {
    execFile(
      process.execPath,
      [COMMAND, 'verify-report', file, '--api-root', stack.sandbox.url, ...more],
      { env: { PATH: process.env['PATH'] ?? '', ...googleTokens } },
      (error, stdout, stderr) => done({ code: error ? Number(error.code) : 0, text: stdout + stderr }),
    );
  });
}

const files = ({ items }: Report) => items.filter(({ kind }) => kind === 'file');

it('verifies a correct report against Google only, from JSON and from CSV, by checksum and by bytes', async () => {
  const [byChecksum, all] = [files(report).length, report.items.length];
  const counts = `${byChecksum} proven by checksum, ${all - byChecksum} present \\(they have no checksum\\)`;
  const proven = new RegExp(`^${counts}, 0 changed since, 0 wrong$`, 'm');
  const good = { code: 0, text: expect.stringMatching(proven) as string };
  const json = await verify(reportText);
  expect(json).toEqual(good);
  expect(json.text).not.toContain(NO_CLOSING_CHECK);
  expect(await verify(reportText, '--bytes')).toEqual(json);
  const csv = await stack.api.get(`/api/transfers/${id}/report?format=csv`).set(tokens);
  expect(await verify(csv.text)).toEqual(good);
});

it('has a fingerprint that anyone can compute from the downloaded file, whenever it was fetched', async () => {
  const sha256 = createHash('sha256')
    .update(reportText.slice(reportText.indexOf('\n') + 1))
    .digest('hex');
  expect(report.transfer.reportSha256).toBe(sha256);
  await stack.api.patch(`/api/transfers/${id}`).set(tokens).send({ name: 'For the archive' }).expect(200);
  const later = await download(id);
  expect(later).not.toBe(reportText);
  expect((JSON.parse(later) as Report).transfer).toMatchObject({ name: 'For the archive', reportSha256: sha256 });
  expect(later.slice(later.indexOf('\n'))).toBe(reportText.slice(reportText.indexOf('\n')));
  const inGroups = sha256.replaceAll(/(.{4})(?=.)/g, '$1 ');
  const { code, text } = await verify(later, '--sha256', inGroups);
  expect({ code, text }).toMatchObject({ code: 0, text: expect.stringContaining(inGroups) as string });
});

it('detects a report that was changed after its download, and one of another certificate', async () => {
  const changed = await verify(reportText.replace('"attempts":1', '"attempts":9'));
  expect(changed).toMatchObject({
    code: 1,
    text: expect.stringContaining('it was changed after the download') as string,
  });
  const other = await verify(reportText, '--sha256', '0'.repeat(64));
  expect(other).toMatchObject({ code: 1, text: expect.stringContaining('the report has another') as string });
  const reformatted = await verify(JSON.stringify(report, undefined, 2));
  expect(reformatted).toMatchObject({ code: 0, text: expect.stringContaining('cannot be checked') as string });
  expect(await verify(reportText, '--sha256', 'abc')).toMatchObject({
    code: 2,
    text: expect.stringContaining('64') as string,
  });
});

it('reports that a transfer had no closing check', async () => {
  const csv = await stack.api.get(`/api/transfers/${id}/report?format=csv`).set(tokens);
  const { verification } = report.summary;
  expect(verification.closingCheck).toBe(true);
  const canceled = { ...report.summary, verification: { ...verification, closingCheck: false } };
  for (const text of [JSON.stringify({ ...report, summary: canceled }), csv.text.replaceAll(',done,', ',none,')])
    expect(await verify(text)).toEqual({ code: 0, text: expect.stringContaining(NO_CLOSING_CHECK) as string });
});

it('detects a missing line', async () => {
  const [gone] = files(report);
  const { code, text } = await verify(
    JSON.stringify({ ...report, items: report.items.filter((item) => item !== gone) }),
  );
  expect(code).toBe(1);
  expect(text).toContain(`${gone!.path}: is in the source and not in the report`);
  expect(text).toContain(`the summary says ${report.items.length} items`);
});

it('detects a copy that is reported twice', async () => {
  const [one, other] = files(report);
  const items = report.items.map((item) => (item === other ? { ...item, destinationId: one!.destinationId } : item));
  const { code, text } = await verify(JSON.stringify({ ...report, items }));
  expect(code).toBe(1);
  expect(text).toContain('has the same destinationId as');
});

it('detects a changed copy and a missing one', async () => {
  const own = await download(await transferATree()); // the other tests need their copies unchanged
  const [edited, trashed] = files(JSON.parse(own) as Report);
  const authorization = `Bearer ${googleTokens['DESTINATION_ACCESS_TOKEN']}`;
  await fetch(`${stack.sandbox.url}/upload/drive/v3/files/${edited!.destinationId}?uploadType=media`, {
    method: 'PATCH',
    headers: { authorization, 'content-type': 'application/octet-stream' },
    body: 'tampered with',
  });
  await fetch(`${stack.sandbox.url}/drive/v3/files/${trashed!.destinationId}`, {
    method: 'PATCH',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ trashed: true }),
  });
  const { code, text } = await verify(own);
  expect(code).toBe(1);
  expect(text).toMatch(new RegExp(`✘ ${edited!.path.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}: the copy`));
  expect(text).toContain(`${trashed!.path}: the copy is in the trash of the destination`);
  expect(text).toContain('2 wrong');
});

it('names the parameters that it needs', async () => {
  const before = googleTokens;
  googleTokens = {};
  const { code, text } = await verify(JSON.stringify(report));
  googleTokens = before;
  expect(code).toBe(1);
  expect(text).toContain('SOURCE_ACCESS_TOKEN is missing');
  expect(await verify('not a report')).toMatchObject({ code: 1, text: expect.stringContaining('no report') as string });
});

it('fails at once if nothing responds', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  const { code, text } = await verify(JSON.stringify(report), '--api-root', `http://127.0.0.1:${port}`);
  expect(code).toBe(1);
  expect(text).toContain(`http://127.0.0.1:${port} cannot be reached (ECONNREFUSED)`);
});
