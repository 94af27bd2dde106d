import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AnalyticsDto } from '../../src/operations/analytics.dto.js';
import type { PeopleMapDto } from '../../src/transfers/people-map.dto.js';
import type { PreflightDto } from '../../src/transfers/preflights.dto.js';
import type { AccessListDto, PeopleListDto } from '../../src/transfers/sharing.dto.js';
import type { TransferDto } from '../../src/transfers/transfers.dto.js';
import { until } from '../../../tools/until.ts';
import { startStack, type Stack } from '../support/stack.js';
import { ALICE, BOB, TransfersApi } from '../support/transfers-api.js';

// What clients see of sharing: before a transfer, after it, in the report, the figures and the audit log.

const KEY = 'operator-key-of-at-least-32-characters';
const COMMAND = join(import.meta.dirname, '../../../tools/main.ts');
const [CAROL, ERIN, NOBODY] = ['carol@example.com', 'erin@example.com', 'nobody@else.example'] as const;
const DAY_MS = 24 * 3600 * 1_000;
const PEOPLE = [
  { from: CAROL, to: ERIN },
  { from: '@unused.example', to: null },
];

let stack: Stack;
let api: TransfersApi;
/** For the files of `verify-report`. */
let folder: string;
let folderId: string;
let oneId: string;
let preflight: PreflightDto;
let transfer: TransferDto;
/** For the operator, after that transfer. */
let figures: AnalyticsDto['sharing'];
let metrics: string;

/** With an e-mail: without it, Google refuses addresses that have no account. */
const share = (id: string, emailAddress: string, role: string, account = ALICE) =>
  api.drive(account, 'POST', `/drive/v3/files/${id}/permissions`, {
    ...{ type: 'user', role, emailAddress },
  });
const get = async <Body>(path: string, query: object = {}): Promise<Body> =>
  (await stack.api.get(path).set(api.tokens).query(query).expect(200)).body as Body;

const read = async (id: string, path: string) =>
  (await stack.api.get(`/api/transfers/${id}/${path}`).set(api.tokens).buffer().expect(200)).text;

/** Runs the command like a user. */
async function verify(report: string, access: string, tokens: { source: string; destination: string }) {
  const [file, accessFile] = [join(folder, 'report'), join(folder, 'access.csv')];
  await writeFile(file, report);
  await writeFile(accessFile, access);
  const env = {
    PATH: process.env['PATH'] ?? '',
    ...{ SOURCE_ACCESS_TOKEN: tokens.source, DESTINATION_ACCESS_TOKEN: tokens.destination },
  };
  const args = [COMMAND, 'verify-report', file, '--access', accessFile, '--api-root', stack.sandbox.url];
  return new Promise<{ code: number; text: string }>((done) => {
    execFile(process.execPath, args, { env }, (error, stdout, stderr) =>
      done({ code: error ? Number(error.code) : 0, text: stdout + stderr }),
    );
  });
}
const tokensOf = async () => {
  const of = async (account: string) =>
    (await stack.control<{ access_token: string }>('POST', 'tokens', { account })).access_token;
  return { source: await of(ALICE), destination: await of(BOB) };
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cloudmover-access-'));
  stack = await startStack({ CLOUDMOVER_ROLE: 'all', OPERATOR_KEY: KEY });
  await stack.control('POST', 'reset');
  for (const email of [CAROL, ERIN]) await stack.control('POST', 'accounts', { email });
  api = await TransfersApi.connect(stack);
  const made = { name: 'Work', mimeType: 'application/vnd.google-apps.folder' };
  ({ id: folderId } = await api.drive(ALICE, 'POST', '/drive/v3/files', made));
  oneId = (await api.aFile(ALICE, 'one.txt', 'one', folderId)).id;
  const two = await api.aFile(ALICE, 'two.txt', 'two', folderId);
  await share(folderId, CAROL, 'writer');
  await share(two.id, NOBODY, 'reader');
  const sharing = { mode: 'carry', people: PEOPLE };
  preflight = await api.counted((await api.preflight({ items: [folderId], sharing })).id);
  await api.start({ preflightId: preflight.id });
  transfer = await api.ended(preflight.id);
  // Before other tests transfer more.
  metrics = await until('the figures are there', async () => {
    const { body } = await stack.api.get('/session/analytics?range=1h').set('X-Operator-Key', KEY).expect(200);
    ({ sharing: figures } = body as AnalyticsDto);
    const { text } = await stack.api.get('/metrics').set('X-Operator-Key', KEY);
    const { granted, refused, reasons } = figures;
    return granted.value + refused.value === 2 && reasons.length > 0 && text;
  });
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await stack.close();
});

it('counts, before the start, who gains, keeps and loses access, and warns of lines that name nobody', async () => {
  expect(preflight).toMatchObject({
    sharing: { mode: 'carry', unmapped: 'keep', links: 'keep', owner: 'drop', outsiders: 'keep', lines: 2 },
    access: {
      ...{ items: 2, permissions: 2, keeps: 2, less: 0, loses: 1, gains: 0, refused: 0, target: 1 },
      warnings: [{ code: 'unused_line', line: 2, from: '@unused.example' }],
      warningCount: 1,
    },
    estimate: { accessSeconds: 2 },
  });
  const page = await get<AccessListDto>(`/api/preflights/${preflight.id}/access`, { change: 'keeps', q: 'carol' });
  expect(page).toMatchObject({
    counts: { gains: 0, loses: 1, less: 0, keeps: 2 },
    items: [
      {
        ...{ grantee: { type: 'user', address: CAROL }, becomes: { address: ERIN }, line: 1 },
        ...{ now: { writer: 3 }, after: { writer: 3 }, change: 'keeps' },
      },
    ],
  });
});

it('returns the people map with the people that each line names, and keeps it for a recount', async () => {
  const people = async (id: string) => (await get<PeopleListDto>(`/api/preflights/${id}/people`)).lines;
  expect(await people(preflight.id)).toEqual([
    { line: 1, ...PEOPLE[0], people: 1, items: 3 },
    { line: 2, ...PEOPLE[1], people: 0, items: 0 },
  ]);
  expect((await get<PeopleListDto>(`/api/transfers/${transfer.id}/people`, { limit: 1 })).nextCursor).toBe('1');
  const recount = (body: object) =>
    stack.api.post(`/api/preflights/${preflight.id}/recount`).set(api.tokens).send(body);
  const { body: same } = (await recount({ conflict: 'skip' }).expect(202)) as { body: PreflightDto };
  expect(same.sharing).toEqual(preflight.sharing);
  expect(await people(same.id)).toMatchObject(PEOPLE);
  const { body: other } = (await recount({ sharing: { mode: 'none' } }).expect(202)) as { body: PreflightDto };
  expect(other.sharing.mode).toBe('none');
  expect(await people(other.id)).toEqual([]);
});

it('shows the outcomes, by permission and by grantee', async () => {
  expect(transfer.state).toBe('completed');
  expect(transfer.sharing).toMatchObject({ mode: 'carry', wanted: 2, equal: 1, narrower: 1, wider: 0, waiting: 0 });
  expect(transfer.sharing.reasons).toMatchObject([{ code: 'no_google_account', count: 1, retryable: true }]);
  expect(transfer.notCarried.join()).not.toContain('Sharing');
  expect(transfer.timeline?.map(({ step }) => step)).toContain('access');
  const list = (query: object) => get<AccessListDto>(`/api/transfers/${transfer.id}/access`, query);
  expect(await list({ outcome: 'narrower' })).toMatchObject({
    items: [{ grantee: { address: NOBODY }, outcome: 'narrower', code: 'no_google_account' }],
  });
  expect((await list({ q: 'carol' })).items).toMatchObject([{ outcome: 'equal' }]);
});

describe('the report', () => {
  let csv: string;
  let report: string;
  beforeAll(async () => {
    [csv, report] = [await read(transfer.id, 'access.csv'), await read(transfer.id, 'report')];
  });

  it('has a line for each permission, and counts them by item', async () => {
    expect(csv.split('\r\n').map((line) => line.split(',').slice(3, 9).join(' ').trim())).toEqual([
      'grantee_type grantee role expires outcome reason_code',
      `user ${ERIN} writer  equal`,
      `user ${NOBODY} reader  narrower no_google_account`,
      '',
    ]);
    const { summary, items } = JSON.parse(report) as { summary: object; items: { name: string }[] };
    expect(summary).toMatchObject({ access: { wanted: 2, equal: 1, narrower: 1, wider: 0, waiting: 0 } });
    const named = (name: string) => items.find((item) => item.name === name);
    expect(named('Work')).toMatchObject({ accessWanted: 1, accessEqual: 1, accessRefused: 0 });
    expect(named('one.txt')).not.toHaveProperty('accessWanted');
    expect(named('two.txt')).toMatchObject({ accessWanted: 1, accessEqual: 0, accessRefused: 1 });
    const item = await get<{ accessWanted: number }>(`/api/transfers/${transfer.id}/items/0`);
    expect(item.accessWanted).toBe(1);
  });

  it('is verified against Google only: everybody has the stated role, and nobody else has any', async () => {
    const tokens = await tokensOf();
    expect(await verify(report, csv, tokens)).toMatchObject({
      code: 0,
      text: expect.stringContaining('Access of 3 copies'),
    });
    const forged = csv.replace('writer,,equal', 'reader,,equal');
    expect(await verify(report, forged, tokens)).toMatchObject({
      code: 1,
      text: expect.stringContaining(`✘ Work: ${ERIN} is writer, which the report does not state`),
    });
    const shortened = csv.split('\r\n').toSpliced(2, 1).join('\r\n');
    expect(await verify(report, shortened, tokens)).toMatchObject({
      code: 1,
      text: expect.stringContaining('two.txt: the report says 1 permissions, access.csv lists 0'),
    });
    const { items } = JSON.parse(report) as { items: { name: string; destinationId: string }[] };
    const one = items.find(({ name }) => name === 'one.txt')!.destinationId;
    const { id } = await share(one, CAROL, 'reader', BOB);
    expect(await verify(report, csv, tokens)).toMatchObject({
      code: 1,
      text: expect.stringContaining(`one.txt: ${CAROL} is reader, which the report does not state`),
    });
    await api.drive(BOB, 'DELETE', `/drive/v3/files/${one}/permissions/${id}`);
    const work = items.find(({ name }) => name === 'Work')!.destinationId;
    const listed = await api.drive<{ permissions: { id: string; role: string }[] }>(
      BOB,
      'GET',
      `/drive/v3/files/${work}/permissions`,
    );
    const erin = listed.permissions.find(({ role }) => role === 'writer')!;
    await api.drive(BOB, 'DELETE', `/drive/v3/files/${work}/permissions/${erin.id}`);
    expect(await verify(report, csv, tokens)).toMatchObject({
      code: 1,
      text: expect.stringContaining(`Work: ${ERIN} cannot open it, and access.csv says writer`),
    });
  });
});

it('counts permissions made and refused, and why, for the operator', () => {
  expect(figures).toMatchObject({
    ...{ granted: { value: 1 }, refused: { value: 1 } },
    reasons: [{ code: 'no_google_account', count: 1 }],
  });
  expect(metrics).toContain('cloudmover_permissions_total{outcome="equal"} 1');
  expect(metrics).toContain('cloudmover_permission_reasons_total{code="no_google_account"} 1');
});

it('states in the audit log which transfers carry sharing over, however they are started, and nobody’s address', async () => {
  const { id } = await api.counted(
    (await api.preflight({ items: [oneId], sharing: { mode: 'carry', people: PEOPLE } })).id,
  );
  await stack.api.post(`/api/transfers/${id}/start`).set(api.tokens).expect(202);
  await api.ended(id);
  const plain = await api.run({ items: [oneId] });
  const carried = { sharing: { mode: 'carry', people: PEOPLE } };
  await stack.api.post(`/api/transfers/${plain.id}/rerun`).set(api.tokens).send(carried).expect(202);
  await api.until(plain.id, ({ state, delta }) => state === 'completed' && delta !== undefined);
  const { text } = await stack.api.get('/session/audit').set('X-Operator-Key', KEY).buffer().expect(200);
  const entries = text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { action: string; object?: string; detail?: object })
    .filter(({ action }) => action === 'transfer.created' || action === 'transfer.commanded')
    .filter(({ object }) => [transfer.id, id, plain.id].some((each) => object === `transfer:${each}`));
  expect(entries.map(({ detail }) => detail)).toEqual([
    { fromPreflight: true, sharing: 'carry', peopleLines: 2 },
    { command: 'start', by: 'both', sharing: 'carry', peopleLines: 2 },
    { mode: 'copy', items: 1 },
    { command: 'rerun', by: 'both', sharing: 'carry', peopleLines: 2 },
  ]);
  for (const address of [CAROL, ERIN, NOBODY]) expect(text).not.toContain(address);
});

it('returns the same preflight for a repeated request, and refuses its key with another people map', async () => {
  const ask = (to: string) =>
    stack.api
      .post('/api/preflights')
      .set({ ...api.tokens, 'Idempotency-Key': 'one-map' })
      .send({ items: [folderId], sharing: { mode: 'carry', people: [{ from: CAROL, to }] } });
  const { body: first } = (await ask(ERIN).expect(202)) as { body: PreflightDto };
  expect(((await ask(ERIN).expect(202)) as { body: PreflightDto }).body.id).toBe(first.id);
  expect((await ask(BOB).expect(422)).body).toMatchObject({ code: 'idempotency_conflict' });
});

it('refuses an invalid people map with the numbers of its wrong lines, and accepts one of 20,000 lines', async () => {
  const ask = (people: unknown) =>
    stack.api
      .post('/api/preflights')
      .set(api.tokens)
      .send({ items: [folderId], sharing: { mode: 'carry', people } });
  const { body: refused } = await ask('from,to\ncarol,erin@example.com\n').expect(422);
  expect(refused).toMatchObject({
    code: 'people_map_invalid',
    errors: [{ parameter: 'sharing.people', detail: expect.stringMatching(/^line 2: /) }],
  });
  const people = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      from: `person-${index}@old.example`,
      to: `p-${index}@new.example`,
    }));
  expect((await ask(people(20_001)).expect(422)).body).toMatchObject({ code: 'people_map_invalid' });
  const { body: accepted } = await ask(people(20_000)).expect(202);
  expect(accepted).toMatchObject({ sharing: { lines: 20_000 } });
  await ask([{ from: 'a@b.example' }]).expect(400);
});

it('checks 20,000 lines of CSV as Excel writes them, and reports the wrong ones by their numbers', async () => {
  const wrong = new Map([
    [2, 'nobody'],
    [10_001, 'person-3@old.example;somebody@new.example'],
    [20_001, 'last@old.example'],
  ]);
  const line = (index: number) => `person-${index}@old.example;"p-${index}@new.example"`;
  const csv = (replaced: ReadonlyMap<number, string>) =>
    ['from;to', ...Array.from({ length: 20_000 }, (_, index) => replaced.get(index + 2) ?? line(index + 2)), ''].join(
      '\r\n',
    );
  const { body: checked } = await stack.api
    .post('/api/people-map')
    .set('X-Source-Token', api.tokens['X-Source-Token']!)
    .type('text/csv')
    .send(Buffer.from(`\uFEFF${csv(wrong)}`, 'utf16le'))
    .expect(200);
  expect(checked).toMatchObject({ read: 20_000, valid: 19_997 });
  expect((checked as PeopleMapDto).errors.map(({ line: at, code }) => [at, code])).toEqual([
    [2, 'one_field'],
    [10_001, 'two_targets'],
    [20_001, 'one_field'],
  ]);
  const { body: accepted } = await stack.api
    .post('/api/preflights')
    .set(api.tokens)
    .send({ items: [folderId], sharing: { mode: 'carry', people: csv(new Map()) } })
    .expect(202);
  expect(accepted).toMatchObject({ sharing: { lines: 20_000 } });
});

it('has a report that is verified where the people map names an alias', async () => {
  await stack.control('POST', 'people', { email: ERIN, aliases: ['e.moss@example.com'] });
  const report = await api.aFile(ALICE, 'alias.txt', 'alias');
  await share(report.id, CAROL, 'commenter');
  const people = [{ from: CAROL, to: 'e.moss@example.com' }];
  const done = await api.run({ items: [report.id], sharing: { mode: 'carry', people } });
  const [access, all] = [await read(done.id, 'access.csv'), await read(done.id, 'report')];
  expect(await verify(all, access, await tokensOf())).toMatchObject({ code: 0 });
});

it('has a report that is verified including expiry, limited folders and restrictions, and names access to a merged folder that it cannot judge', async () => {
  const create = async (account: string, name: string, parent?: string) =>
    (
      await api.drive(account, 'POST', '/drive/v3/files', {
        ...{ name, mimeType: 'application/vnd.google-apps.folder', ...(parent && { parents: [parent] }) },
      })
    ).id;
  const top = await create(ALICE, 'Merged');
  const until = await api.aFile(ALICE, 'until.txt', 'until', top);
  const expirationTime = new Date(Date.now() + 30 * DAY_MS).toISOString();
  await api.drive(ALICE, 'POST', `/drive/v3/files/${until.id}/permissions`, {
    ...{ type: 'user', role: 'reader', emailAddress: ERIN, expirationTime },
  });
  await api.drive(ALICE, 'PATCH', `/drive/v3/files/${until.id}`, { copyRequiresWriterPermission: true });
  await api.drive(ALICE, 'PATCH', `/drive/v3/files/${top}`, { writersCanShare: false });
  const secret = await create(ALICE, 'Secret', top);
  await api.drive(ALICE, 'PATCH', `/drive/v3/files/${secret}`, { inheritedPermissionsDisabled: true });
  await share(await create(BOB, 'Merged'), CAROL, 'commenter', BOB);
  const { id, access: forecast } = await api.counted(
    (await api.preflight({ items: [top], sharing: { mode: 'carry' }, conflict: 'skip' })).id,
  );
  // Carol can open Bob's folder, and so the copies in it, except in the limited folder.
  expect(forecast).toMatchObject({ gains: 1, warnings: [] });
  expect((await get<AccessListDto>(`/api/preflights/${id}/access`, { change: 'gains' })).items).toEqual([
    {
      ...{ grantee: { type: 'user', address: CAROL }, now: {}, after: { commenter: 2 }, change: 'gains' },
      ...{ code: 'existing_folder', folder: 'Merged', reason: expect.any(String) },
    },
  ]);
  await api.start({ preflightId: id });
  const done = await api.ended(id);
  const reasons = [{ code: 'merged_folder', count: 1, retryable: true }];
  expect(done.sharing.restrictions).toMatchObject({ wanted: 3, applied: 2, refused: 1, waiting: 0, reasons });
  const [access, all] = [await read(done.id, 'access.csv'), await read(done.id, 'report')];
  const copies = new Map((await api.items(done.id)).map(({ name, destinationId }) => [name, destinationId!]));
  const permissions = (name: string) => `/drive/v3/files/${copies.get(name)!}/permissions`;
  const tokens = await tokensOf();
  const verified = () => verify(all, access, tokens);

  const stays = `Merged: ${CAROL} is commenter, which the report does not state; the folder was there before`;
  expect(await verified()).toMatchObject({ code: 0, text: expect.stringContaining(stays) });

  const { permissions: given } = await api.drive<{ permissions: { id: string; role: string }[] }>(
    BOB,
    'GET',
    permissions('until.txt'),
  );
  const erin = given.find(({ role }) => role === 'reader')!.id;
  const change = (query: string, body: object) =>
    api.drive(BOB, 'PATCH', `${permissions('until.txt')}/${erin}${query}`, { role: 'reader', ...body });
  await change('', { expirationTime: new Date(Date.now() + DAY_MS).toISOString() });
  expect(await verified()).toMatchObject({
    code: 1,
    text: expect.stringMatching(
      `until.txt: ${ERIN} is reader only until \\S+, and access.csv says until ${expirationTime.slice(0, 16)}`,
    ),
  });
  await change('?removeExpiration=true', {});
  expect(await verified()).toMatchObject({
    code: 1,
    text: expect.stringContaining(`until.txt: ${ERIN} is reader, which the report does not state`),
  });
  await change('', { expirationTime });

  const restrict = (copyRequiresWriterPermission: boolean) =>
    api.drive(BOB, 'PATCH', `/drive/v3/files/${copies.get('until.txt')!}`, { copyRequiresWriterPermission });
  await restrict(false);
  expect(await verified()).toMatchObject({
    code: 1,
    text: expect.stringContaining('until.txt: it does not have the restriction no_copying, and access.csv says'),
  });
  await restrict(true);
  const without = access.split('\r\n').filter((line) => !line.includes(',no_copying,'));
  expect(await verify(all, without.join('\r\n'), tokens)).toMatchObject({
    code: 1,
    text: expect.stringContaining('until.txt: the report says 1 restrictions, access.csv lists 0'),
  });

  // A limited folder does not inherit permissions of the folder above.
  await share(copies.get('Secret')!, CAROL, 'reader', BOB);
  expect(await verified()).toMatchObject({
    code: 1,
    text: expect.stringContaining(`Secret: ${CAROL} is reader, which the report does not state`),
  });
});

it('has a report that is verified after a later run in which an original changed and is no longer shared', async () => {
  const once = await api.aFile(ALICE, 'once shared.txt', 'once');
  await share(once.id, ERIN, 'reader');
  const done = await api.run({ items: [once.id], sharing: { mode: 'carry' } });
  expect(await read(done.id, 'access.csv')).toContain(`,${ERIN},reader,`);
  const { permissions } = await api.drive<{ permissions: { id: string; role: string }[] }>(
    ALICE,
    'GET',
    `/drive/v3/files/${once.id}/permissions`,
  );
  const { id } = permissions.find(({ role }) => role === 'reader')!;
  await api.drive(ALICE, 'DELETE', `/drive/v3/files/${once.id}/permissions/${id}`);
  await api.write(ALICE, once.id, 'newer');
  await api.command(done.id, 'rerun');
  const again = await api.until(done.id, ({ state, delta }) => state === 'completed' && delta !== undefined);
  expect(again).toMatchObject({ delta: { changed: 1 }, sharing: { wanted: 0, equal: 0 } });
  const [access, all] = [await read(done.id, 'access.csv'), await read(done.id, 'report')];
  expect(access.trim().split('\n')).toHaveLength(1);
  expect(await verify(all, access, await tokensOf())).toMatchObject({ code: 0 });
});
