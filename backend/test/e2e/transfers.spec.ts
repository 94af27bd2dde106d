import { keys } from '../../src/adapters/redis/keys.js';
import { connectAdmin } from '../support/redis.js';
import { connect, startStack, type Stack } from '../support/stack.js';
import { ALICE, BOB, hasEnded, TransfersApi } from '../support/transfers-api.js';
import type { TransferDto } from '../../src/transfers/transfers.dto.js';
import { until } from '../../../tools/until.ts';

// Durable writes wait for the disk, up to a second each.

/** Sends a request and resolves when its headers have arrived; `text` is the body received so far. */
const responseTo = (
  request: Pick<ReturnType<Stack['api']['get']>, 'buffer'>,
): Promise<{ text: string; headers: Record<string, string> }> =>
  new Promise((resolve) => {
    request.buffer(true).parse((response, done) => {
      response.text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => (response.text += part));
      response.on('end', () => done(null, response.text));
      resolve(response);
    });
  });

/** The complete events in what a stream has sent. */
const eventsIn = (text: string) =>
  text
    .split('\n\n')
    .slice(0, -1)
    .filter((event) => event.includes('event: transfer'))
    .map((event) => ({
      id: /^id: (.+)$/m.exec(event)?.[1],
      transfer: JSON.parse(/^data: (.*)$/m.exec(event)?.[1] ?? '') as TransferDto,
    }));

let stack: Stack;
let api: TransfersApi;
let source: string;
let destination: string;
let tokens: Record<string, string>;

beforeAll(async () => {
  stack = await startStack({ CLOUDMOVER_ROLE: 'all', CLOUDMOVER_WAITAOF: 'off' });
});
afterAll(() => stack.close());
beforeEach(async () => {
  await stack.control('POST', 'reset');
  api = await TransfersApi.connect(stack);
  tokens = api.tokens;
  source = tokens['X-Source-Token']!;
  destination = tokens['X-Destination-Token']!;
});

describe('POST /api/transfers', () => {
  it('copies a folder inside Google, verifies it, and leaves no temporary share', async () => {
    const { folderId } = await api.aTree();
    const transfer = await api.run({ items: [folderId], target: { folderId: 'root', newFolderName: 'From Alice' } });
    expect(transfer).toMatchObject({ state: 'completed', ways: { serverCopy: 12 }, grants: { open: 0, withdrawn: 1 } });
    expect(transfer.counts.verified).toBe(transfer.counts.found);
    const expected = await api.shape(ALICE);
    expect(expected.length).toBeGreaterThan(14);
    expect(await api.shape(BOB, 'From Alice/')).toEqual(expected);
    for (const entry of await api.entries(ALICE))
      expect(entry.permissions.filter(({ role }) => role !== 'owner')).toEqual([]);
  });

  it('relays if nothing can be shared, large files in parts, despite broken connections', async () => {
    const { folderId } = await api.aTree({ folders: 1, files: 3, bytes: 40_000_000 });
    await stack.control('PUT', 'behavior', {
      faults: [
        { operation: 'permissions.create', status: 403, reason: 'shareOutNotPermitted' },
        { operation: 'files.download', kind: 'truncate', afterBytes: 3_000_000, times: 2 },
        { operation: 'files.upload.chunk', kind: 'drop', nth: 2 },
        { operation: 'files.generateIds', status: 503, reason: 'backendError', times: 1 },
      ],
    });
    const transfer = await api.run({ items: [folderId] });
    expect(transfer).toMatchObject({ state: 'completed', ways: { relay: 3, serverCopy: 0 }, grants: { open: 0 } });
    expect(await api.shape(BOB)).toEqual(await api.shape(ALICE));
  });

  it('creates nothing twice when Google fails after a successful write', async () => {
    const { folderId } = await api.aTree();
    await stack.control('PUT', 'behavior', {
      faults: ['files.copy', 'files.create', 'permissions.create'].map((operation) => ({
        operation,
        kind: 'failAfterWrite',
        status: 503,
        reason: 'backendError',
        times: 2,
      })),
    });
    const transfer = await api.run({ items: [folderId] });
    expect(transfer.state).toBe('completed');
    expect(await api.shape(BOB)).toEqual(await api.shape(ALICE));
  });

  it('moves: the originals are in the source’s trash, the copies complete', async () => {
    const { folderId } = await api.aTree();
    const before = await api.shape(ALICE);
    const transfer = await api.run({ items: [folderId], mode: 'move' });
    expect(transfer.originals).toEqual({ trashed: transfer.counts.found, kept: 0 });
    expect(await api.shape(BOB)).toEqual(before);
    expect(await api.shape(ALICE)).toEqual([]);
  });

  it('is the same transfer for the same Idempotency-Key, and refuses the key for another request', async () => {
    const { folderId } = await api.aTree({ files: 1 });
    const first = await api.start({ items: [folderId] }, { 'Idempotency-Key': 'nightly-1' });
    const again = await api.start({ items: [folderId] }, { 'Idempotency-Key': 'nightly-1' });
    expect(again.id).toBe(first.id);
    for (const change of [
      { mode: 'move' },
      { conflict: 'skip' },
      { shortcuts: 'follow' },
      { allowConversion: true },
      { filter: { name: '*.txt' } },
      { target: { newFolderName: 'Another' } },
    ]) {
      const { body } = await stack.api
        .post('/api/transfers')
        .set({ ...tokens, 'Idempotency-Key': 'nightly-1' })
        .send({ items: [folderId], ...change })
        .expect(422);
      expect(body).toMatchObject({ code: 'idempotency_conflict' });
    }
    // An omitted field and its default are the same request; so are no filter and one without a condition.
    const same = { items: [folderId], mode: 'copy', conflict: 'keepBoth', filter: {}, target: { folderId: 'root' } };
    expect((await api.start(same, { 'Idempotency-Key': 'nightly-1' })).id).toBe(first.id);
    await api.ended(first.id);
    expect((await api.shape(BOB)).filter((line) => line.includes('.folder')).length).toBe(
      (await api.shape(ALICE)).filter((line) => line.includes('.folder')).length,
    );
  });

  it('fails with the id when a selected item does not exist', async () => {
    const transfer = await api.run({ items: ['nowhere'] });
    expect(transfer).toMatchObject({
      state: 'failed',
      problem: { code: 'not_found', detail: expect.stringContaining('nowhere') },
    });
  });

  it.each([
    [{}, 'items'],
    [{ items: [] }, 'items'],
    [{ items: ['a b'] }, 'items'],
    [{ items: ['a', 'a'] }, 'items'],
    [{ items: 'a' }, 'items'],
    [{ items: ['a'], mode: 'steal' }, 'mode'],
    [{ items: ['a'], target: { folderId: '../x' } }, 'target.folderId'],
    [{ items: ['a'], target: { newFolderName: '' } }, 'target.newFolderName'],
    [{ items: ['a'], colour: 'red' }, 'colour'],
    [{ items: ['a'], target: 5 }, 'target'],
    [{ items: ['a'], target: null }, 'target'],
    [{ items: ['a'], target: [{ folderId: 'root' }] }, 'target'],
    [{ items: ['a'], target: { folderId: null } }, 'target.folderId'],
    [{ items: ['a'], mode: null }, 'mode'],
  ])('refuses %j naming %s', async (body, parameter) => {
    const { body: problem } = await stack.api.post('/api/transfers').set(tokens).send(body).expect(400);
    const { code, errors } = problem as { code: string; errors: { parameter: string }[] };
    expect(code).toBe('invalid_request');
    expect(errors.map((error) => error.parameter)).toContain(parameter);
  });
});

it('refuses more than 1,000 selected items, naming the limit', async () => {
  const items = Array.from({ length: 1001 }, (_, index) => `item-${index}`);
  const { body } = await stack.api.post('/api/transfers').set(tokens).send({ items }).expect(400);
  expect(body).toMatchObject({ errors: [{ parameter: 'items', detail: expect.stringContaining('1000') }] });
});

describe('reading a transfer', () => {
  it('is possible with a token of either account only', async () => {
    const { id } = await api.start({ items: [(await api.aTree({ files: 1 })).folderId] });
    await api.ended(id);
    await stack.control('POST', 'accounts', { email: 'carol@example.com' });
    const carol = await connect(stack, 'general', 'carol@example.com');
    for (const path of ['', '/items', '/items/0', '/events', '/log', '/report', '/map.csv']) {
      await stack.api.get(`/api/transfers/${id}${path}`).set('Authorization', `Bearer ${source}`).expect(200);
      await stack.api.get(`/api/transfers/${id}${path}`).query({ token: destination }).expect(200);
      const refused = await stack.api
        .get(`/api/transfers/${id}${path}`)
        .set('Authorization', `Bearer ${carol}`)
        .expect(404);
      expect(refused.body).toMatchObject({ code: 'transfer_not_found' });
    }
    await stack.api.post(`/api/transfers/${id}/cancel`).set('Authorization', `Bearer ${carol}`).expect(404);
    const { body } = await stack.api.get('/api/transfers').set('Authorization', `Bearer ${carol}`).expect(200);
    expect(body).toEqual({ transfers: [] });
  });

  it('lists the transfers of the accounts, newest first, page by page', async () => {
    const { folderId } = await api.aTree({ files: 1 });
    const ids: string[] = [];
    for (let index = 0; index < 3; index++) ids.unshift((await api.start({ items: [folderId] })).id);
    const list = async (query: object) =>
      (await stack.api.get('/api/transfers').set(tokens).query(query).expect(200)).body as {
        transfers: TransferDto[];
        nextCursor?: string;
      };
    const first = await list({ limit: 2 });
    const second = await list({ limit: 2, cursor: first.nextCursor });
    expect([...first.transfers, ...second.transfers].slice(0, 3).map(({ id }) => id)).toEqual(ids);
    for (const id of ids) await api.ended(id);
  });

  it('shows items by state, reason and name', async () => {
    const { folderId } = await api.aTree();
    const { id, counts } = await api.run({ items: [folderId] });
    const items = async (query: object) =>
      (await stack.api.get(`/api/transfers/${id}/items`).set(tokens).query(query).expect(200)).body as {
        items: { path: string; state: string; kind: string }[];
        nextCursor?: string;
      };
    const all = await items({});
    expect(all.items).toHaveLength(counts.found);
    expect((await items({ state: 'failed' })).items).toEqual([]);
    const half = await items({ limit: 5 });
    const rest = await items({ cursor: half.nextCursor });
    expect([...half.items, ...rest.items]).toEqual(all.items);
    const one = all.items.find(({ kind }) => kind === 'file')!;
    expect((await items({ q: one.path.toUpperCase() })).items).toEqual([one]);
  });

  it('reports each item with its proof, as JSON and as CSV', async () => {
    const { folderId } = await api.aTree();
    const { id, counts } = await api.run({ items: [folderId] });
    const json = await stack.api.get(`/api/transfers/${id}/report`).set(tokens).expect(200);
    expect(json.headers['content-disposition']).toBe(`attachment; filename="cloudmover-${id}.json"`);
    const report = json.body as {
      transfer: TransferDto;
      items: (Record<'kind' | 'sourceId' | 'destinationId' | 'name' | 'path', string> & {
        checksum?: { source: string; destination: string };
      })[];
    };
    expect(report.items).toHaveLength(counts.found);
    const { usage } = report.transfer;
    expect(usage).toEqual((await api.get(id)).usage);
    expect(usage.byClass.reduce((sum, { units }) => sum + units, 0)).toBe(usage.units);
    // Each copy and each folder was one change.
    const edits = usage.byClass.find((each) => each.class === 'edit');
    expect(edits!.requests).toBeGreaterThanOrEqual(counts.verified);
    for (const { kind, checksum } of report.items)
      if (kind === 'file') expect(checksum?.source).toBe(checksum?.destination);
    const csv = await stack.api.get(`/api/transfers/${id}/report`).query({ format: 'csv' }).set(tokens).expect(200);
    const rows = csv.text.trim().split('\r\n');
    expect(csv.text).toMatch(/^\uFEFFpath,name,state,reason_code,reason,type,/);
    expect(rows).toHaveLength(counts.found + 1);
    expect(csv.headers['content-type']).toMatch('text/csv');
    const map = await stack.api.get(`/api/transfers/${id}/map.csv`).set(tokens).expect(200);
    expect(map.headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="cloudmover-${id}-map.csv"`,
    });
    const listed = report.items.map(({ sourceId, destinationId, name, path }) => [sourceId, destinationId, name, path]);
    expect(map.text.slice(1).trim().split('\r\n').map((line) => line.split(','))).toEqual([['old_id', 'new_id', 'name', 'path'], ...listed]); // oxfmt-ignore
  });

  it('streams its progress: the current state, changes, the end', async () => {
    // Google holds the transfer until the stream has sent its state: it could end before the stream sends a change.
    const { folderId } = await api.aTree();
    const { id: fileId } = await api.aFile(ALICE, 'Last.txt', 'Copied last.', folderId);
    const lastCopy = { operation: 'files.copy', fileId, kind: 'hold' };
    await api.behave({ faults: [{ operation: 'files.list', kind: 'hold' }, lastCopy] });
    const { id } = await api.start({ items: [folderId] });
    const stream = stack.api.get(`/api/transfers/${id}/events`).set(tokens).expect(200);
    const opened = responseTo(stream);
    const ended = stream.then(({ text }) => text);
    const response = await opened;
    expect(response.headers['content-type']).toMatch('text/event-stream');
    await until('the current state is sent', async () => eventsIn(response.text).length > 0);
    await api.behave({ faults: [lastCopy] });
    await until('a change is sent', async () =>
      eventsIn(response.text)
        .slice(1)
        .some(({ transfer }) => transfer.counts.verified > 0),
    );
    await api.behave({});
    const events = eventsIn(await ended).map((event) => ({ ...event, id: Number(event.id) }));
    expect(events.length).toBeGreaterThan(2);
    expect(events.map((event) => event.id)).toEqual([...events.map((event) => event.id)].sort((a, b) => a - b));
    expect(events.at(-1)!.transfer.state).toBe('completed');
    const verified = events.map(({ transfer }) => transfer.counts.verified);
    expect(verified.some((count) => count > 0 && count < verified.at(-1)!)).toBe(true);
  });
});

describe('GET /api/transfers/{id}/events', () => {
  it('ends soon after the session it was opened with, long before the transfer', async () => {
    await api.behave({ faults: [{ operation: 'files.get', kind: 'hold' }] });
    const { id } = await api.start({ items: [(await api.aTree({ files: 1 })).folderId] });
    const stream = stack.api.get(`/api/transfers/${id}/events`).set('X-Source-Token', source).expect(200);
    const opened = responseTo(stream);
    const ended = stream.then(({ text }) => text);
    await opened; // a stream opened after the logout would be refused with 401
    await stack.api.delete('/session/logout').set('X-Source-Token', source).expect(200);
    expect(await ended).toContain('event: transfer');
    const { body } = await stack.api.get(`/api/transfers/${id}`).set('X-Destination-Token', destination).expect(200);
    expect((body as TransferDto).state).toBe('planning');
  });
});

describe('GET /api/transfers/events', () => {
  /** The stream's events until one of its two sessions ended; `meanwhile` can wait for what the stream has sent. */
  const eventsOf = async (
    query: object,
    headers: object,
    meanwhile: (sent: (pattern: RegExp) => Promise<true>) => Promise<unknown>,
  ) => {
    const stream = stack.api
      .get('/api/transfers/events')
      .query(query)
      .set({ ...tokens, ...headers })
      .expect(200);
    const opened = responseTo(stream);
    const ended = stream.then(({ text }) => text);
    const response = await opened;
    await meanwhile((pattern) => until(`${pattern} is sent`, async () => pattern.test(response.text)));
    await stack.api.delete('/session/logout').set('X-Source-Token', source).expect(200);
    return eventsIn(await ended);
  };

  it('sends every transfer of the accounts, including one that starts meanwhile, and one in detail', async () => {
    const { folderId } = await api.aTree({ files: 1 });
    const old = await api.run({ items: [folderId] });
    const watched = await api.run({ items: [folderId] });
    await stack.control('PUT', 'behavior', { latencyMs: { 'files.copy': 1_500 } });
    let fresh: TransferDto | undefined;
    const events = await eventsOf({ transfer: watched.id }, {}, async (sent) => {
      await sent(new RegExp(`^id: ${watched.id}:`, 'm'));
      fresh = await api.start({ items: [folderId] });
      await api.command(watched.id, 'rerun');
      await api.ended(watched.id);
      await api.ended(fresh.id);
      await sent(new RegExp(`"id":"${fresh.id}"[^\n]*"state":"completed"`));
    });
    const of = (id: string) => events.filter(({ transfer }) => transfer.id === id);
    expect(of(old.id)).toEqual([]); // it had ended before, and did not change
    expect(of(watched.id).at(0)!.transfer.state).toBe('completed');
    expect(of(watched.id).length).toBeGreaterThan(1);
    for (const { id, transfer } of events) expect(id).toBe(`${transfer.id}:${transfer.revision}`);
    expect(of(fresh!.id).at(-1)!.transfer.state).toBe('completed');
    expect(of(fresh!.id).every(({ transfer }) => transfer.inFlight === undefined)).toBe(true);
  });

  it('continues after the last event seen of the transfer in detail', async () => {
    const { id, revision } = await api.run({ items: [(await api.aTree({ files: 1 })).folderId] });
    const seen = (await api.get(id)).revision;
    expect(seen).toBeGreaterThanOrEqual(revision);
    const another = async (sent: (pattern: RegExp) => Promise<unknown>) => {
      const { folderId } = await api.aTree({ files: 1 });
      await sent(new RegExp(`^id: ${(await api.start({ items: [folderId] })).id}:`, 'm'));
    };
    // Transfers of other tests may still be running.
    const events = await eventsOf({ transfer: id }, { 'Last-Event-ID': `${id}:${seen}` }, another);
    expect(events.filter(({ transfer }) => transfer.id === id)).toEqual([]);
  });

  it('does not send other people’s transfers', async () => {
    const { id } = await api.run({ items: [(await api.aTree({ files: 1 })).folderId] });
    await stack.control('POST', 'accounts', { email: 'carol@example.com' });
    const carol = await connect(stack, 'general', 'carol@example.com');
    const { body } = await stack.api
      .get('/api/transfers/events')
      .query({ transfer: id })
      .set('Authorization', `Bearer ${carol}`)
      .expect(404);
    expect(body).toMatchObject({ code: 'transfer_not_found' });
  });
});

describe('a transfer in detail', () => {
  it('returns its largest items in progress, with the bytes relayed so far, and its pace', async () => {
    const { folderId } = await api.aTree({ folders: 1, files: 8, bytes: 80_000_000 });
    await stack.control('PUT', 'behavior', {
      faults: [{ operation: 'permissions.create', status: 403, reason: 'shareOutNotPermitted' }],
      latencyMs: { 'files.upload.chunk': 700, 'files.upload': 700 },
    });
    const { id } = await api.start({ items: [folderId] });
    const busy = await api.until(id, ({ inFlight = [] }) => inFlight.some(({ passed }) => passed !== undefined));
    expect(busy.inFlight!.length).toBeLessThanOrEqual(5);
    const sizes = busy.inFlight!.map(({ size }) => size!);
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
    const done = await api.until(id, hasEnded);
    expect(done.inFlight).toBeUndefined();
    expect(done.since).toBe(done.finishedAt);
  });

  it('returns an item by its ordinal, and 404 if there is none', async () => {
    const { id } = await api.run({ items: [(await api.aTree({ files: 2 })).folderId] });
    const [item] = await api.items(id, { limit: 1 });
    const { body } = await stack.api.get(`/api/transfers/${id}/items/${item!.ordinal}`).set(tokens).expect(200);
    expect(body).toEqual(item);
    for (const ordinal of ['99999', '-1', 'first', '1e1']) {
      const { body: problem } = await stack.api.get(`/api/transfers/${id}/items/${ordinal}`).set(tokens).expect(404);
      expect(problem).toMatchObject({ code: 'item_not_found' });
    }
  });

  it('has a log of what happened to it', async () => {
    const { folderId } = await api.aTree({ folders: 1, files: 2 });
    const name = (await api.entries(ALICE)).find(({ md5 }) => md5)!.name;
    await stack.control('PUT', 'behavior', {
      faults: ['files.copy', 'files.download'].map((operation) => ({
        operation,
        name,
        status: 403,
        reason: 'cannotDownloadFile',
      })),
    });
    const { id } = await api.run({ items: [folderId] });
    const { body } = await stack.api.get(`/api/transfers/${id}/log`).set(tokens).expect(200);
    const { events } = body as { events: { kind: string; state?: string; code?: string; title?: string }[] };
    expect(events.filter(({ kind }) => kind === 'state').map(({ state }) => state)).toEqual([
      'planning',
      'ready',
      'running',
      'finishing',
      'completed_with_failures',
    ]);
    expect(events.find(({ kind }) => kind === 'reason')).toMatchObject({
      code: 'source_permission_denied',
      title: 'The owner does not allow copying or downloading.',
    });
  });
});

describe('POST /api/transfers/{id}/cancel', () => {
  it('stops, keeps what was copied, removes the share, and adds up', async () => {
    await stack.control('PUT', 'behavior', { latencyMs: { 'files.copy': 400 } });
    const { id } = await api.start({ items: [(await api.aTree({ files: 900 })).folderId] });
    await api.until(id, ({ counts }) => counts.verified > 8);
    const { body } = await stack.api.post(`/api/transfers/${id}/cancel`).set(tokens).expect(202);
    expect((body as TransferDto).state).toBe('canceling');
    const transfer = await api.ended(id);
    expect(transfer).toMatchObject({ state: 'canceled', grants: { open: 0 } });
    expect(transfer.counts.skipped).toBeGreaterThan(100);
    const copied = (await api.entries(BOB)).filter((entry) => entry.md5 && !entry.trashed);
    const { items } = (
      await stack.api.get(`/api/transfers/${id}/items`).set(tokens).query({ state: 'verified', limit: 1000 })
    ).body as { items: { kind: string }[] };
    expect(items.filter(({ kind }) => kind === 'file')).toHaveLength(copied.length);
    await stack.api.post(`/api/transfers/${id}/cancel`).set(tokens).expect(202); // idempotent
  });

  it('is refused when the transfer has ended', async () => {
    const { id } = await api.run({ items: [(await api.aTree({ files: 1 })).folderId] });
    const { body } = await stack.api.post(`/api/transfers/${id}/cancel`).set(tokens).expect(409);
    expect(body).toMatchObject({ code: 'transfer_state' });
  });
});

describe('POST /transfer-file', () => {
  const aFile = async (parts: object = {}) => {
    const { folderId } = await api.aTree({ folders: 1, files: 1, bytes: 1_000, ...parts });
    const file = (await api.entries(ALICE)).find((entry) => entry.md5 && !entry.trashed)!;
    return { folderId, file };
  };
  const transferFile = (query: object) => stack.api.post('/transfer-file').query(query);

  it('returns 200 with the new file, with tokens in the query', async () => {
    const { file } = await aFile();
    const { body } = await transferFile({ source_token: source, dest_token: destination, file_id: file.id }).expect(
      200,
    );
    expect(body).toMatchObject({
      state: 'completed',
      file: { name: file.name, md5Checksum: file.md5 },
      originalTrashed: false,
    });
    const copy = (await api.entries(BOB)).find((entry) => entry.id === (body as { file: { id: string } }).file.id);
    expect(copy).toMatchObject({ name: file.name, md5: file.md5 });
  });

  it('trashes the original when asked to, once the copy is verified', async () => {
    const { file } = await aFile();
    const query = { source_token: source, dest_token: destination, file_id: file.id, delete_after_transfer: true };
    expect((await transferFile(query).expect(200)).body).toMatchObject({ originalTrashed: true });
    expect((await api.entries(ALICE)).find((entry) => entry.id === file.id)?.trashed).toBe(true);
  });

  it('returns 202 with the address when it takes longer than the caller waits', async () => {
    const { file } = await aFile();
    const reply = await transferFile({ file_id: file.id }).set(tokens).set('Prefer', 'wait=0').expect(202);
    const { transferId } = reply.body as { transferId: string };
    expect(reply.headers['location']).toBe(`/api/transfers/${transferId}`);
    await api.ended(transferId);
  });

  it('returns 404 for a file or folder that does not exist', async () => {
    const { file } = await aFile();
    const missing = await transferFile({ file_id: 'nowhere' }).set(tokens).expect(404);
    expect(missing.body).toMatchObject({ code: 'not_found', detail: expect.stringContaining('nowhere') });
    const query = { file_id: file.id, target_folder_id: 'noplace' };
    const { body } = await transferFile(query).set(tokens).expect(404);
    expect(body).toMatchObject({ code: 'not_found', detail: expect.stringContaining('noplace') });
  });

  it.each([
    [{}, 'file_id'],
    [{ file_id: 'a b' }, 'file_id'],
    [{ file_id: 'a', target_folder_id: '..' }, 'target_folder_id'],
    [{ file_id: 'a', delete_after_transfer: 'maybe' }, 'delete_after_transfer'],
    [{ file_id: 'a', colour: 'red' }, 'colour'],
  ])('refuses %j naming %s', async (query, parameter) => {
    const { body } = await transferFile(query).set(tokens).expect(400);
    expect((body as { errors: { parameter: string }[] }).errors.map((error) => error.parameter)).toContain(parameter);
  });
});

describe('problems with an account', () => {
  it('refreshes an expired access token and continues', async () => {
    await stack.control('PUT', 'behavior', { latencyMs: { 'files.copy': 100 } });
    const { id } = await api.start({ items: [(await api.aTree({ files: 60 })).folderId] });
    await api.until(id, ({ counts }) => counts.verified > 8);
    await stack.control('POST', 'tokens/expire', { account: BOB });
    await stack.control('POST', 'tokens/expire', { account: ALICE });
    expect((await api.ended(id)).state).toBe('completed');
    expect(await api.shape(BOB)).toEqual(await api.shape(ALICE));
  });

  it('waits for Google’s daily limit until the stated time, then resumes automatically', async () => {
    await stack.control('PUT', 'behavior', {
      faults: [{ operation: 'files.copy', status: 403, reason: 'quotaExceeded', retryAfter: 600, times: 1 }],
    });
    const began = Date.now();
    const { id } = await api.start({ items: [(await api.aTree()).folderId] });
    const parked = await api.until(id, ({ state }) => state === 'waiting_quota');
    expect(Date.parse(parked.resumeAt!)).toBeGreaterThanOrEqual(began + 600_000);
    expect(parked).toMatchObject({ failureGroups: [], counts: { failed: 0 } });
    const redis = await connectAdmin();
    await redis.hset(keys.transfer(id), 'resumeAt', Date.now());
    redis.disconnect();
    expect(await api.ended(id)).toMatchObject({ state: 'completed', grants: { open: 0 } });
    expect(await api.shape(BOB)).toEqual(await api.shape(ALICE));
  });

  it('waits for a new sign-in when Google revokes the credential, and for its user to resume it', async () => {
    await api.behave({ latencyMs: { 'files.copy': 1_000 } });
    const { id } = await api.start({ items: [(await api.aTree({ files: 60 })).folderId] });
    await api.until(id, ({ counts }) => counts.verified > 8);
    await stack.control('POST', 'grants/revoke', { account: BOB });
    const parked = await api.until(id, ({ state }) => state === 'needs_reconnect');
    await api.behave({});
    expect(parked).toMatchObject({ parked: { side: 'destination', account: BOB }, failureGroups: [] });
    expect(parked.allowedActions).toEqual(['reconnect', 'resume', 'cancel', 'report']);
    expect(parked.consents).toEqual({ resume: ['destination'] });
    const again = { 'X-Destination-Token': await connect(stack, 'destination', BOB) };
    await stack.api.post(`/api/transfers/${id}/resume`).set(again).expect(202);
    expect((await api.ended(id)).state).toBe('completed');
    expect(await api.shape(BOB)).toEqual(await api.shape(ALICE));
  });
});

/** Without a new sign-in, which may have another purpose. */
describe('a consent that Google refused and accepts again', () => {
  it('automatically resumes the transfers parked for it', async () => {
    await stack.control('PUT', 'behavior', { latencyMs: { 'files.copy': 1_000 } });
    const { id } = await api.start({ items: [(await api.aTree({ files: 60 })).folderId] });
    await api.until(id, ({ counts }) => counts.verified > 8);
    await stack.control('PUT', 'behavior', {
      faults: [{ operation: 'oauth.token', account: BOB, status: 400, reason: 'invalid_grant' }],
    });
    await stack.control('POST', 'tokens/expire', { account: BOB });
    await api.until(id, ({ state }) => state === 'needs_reconnect');
    await stack.control('PUT', 'behavior', {});
    await stack.api.get('/drive-info').set({ 'X-Destination-Token': tokens['X-Destination-Token']! }).expect(200);
    expect((await api.ended(id)).state).toBe('completed');
  });
});

describe('the process', () => {
  it('may be stopped at any time; the next one continues the transfer', async () => {
    await stack.control('PUT', 'behavior', { latencyMs: { 'files.copy': 500 } });
    const { folderId } = await api.aTree({ folders: 10, files: 120 });
    const { id } = await api.start({ items: [folderId] });
    await api.until(id, ({ counts }) => counts.verified > 20);
    await stack.restart();
    const { counts } = await api.get(id);
    expect(counts.verified).toBeLessThan(counts.found);
    await api.until(id, ({ counts }) => counts.verified > 70);
    await stack.restart();
    expect(await api.ended(id)).toMatchObject({ state: 'completed', grants: { open: 0 } });
    expect(await api.shape(BOB)).toEqual(await api.shape(ALICE));
  });

  it('continues a transfer whose queued steps were lost', async () => {
    await stack.control('PUT', 'behavior', { latencyMs: { 'files.copy': 100 } });
    const { id } = await api.start({ items: [(await api.aTree({ files: 60 })).folderId] });
    await api.until(id, ({ counts }) => counts.verified > 8);
    const redis = await connectAdmin();
    await stack.app.close();
    const jobs = (await redis.keys('*')).filter((key) => key.startsWith(keys.queuePrefix));
    expect(jobs.length).toBeGreaterThan(3);
    await redis.del(...jobs);
    redis.disconnect();
    await stack.restart();
    expect((await api.ended(id)).state).toBe('completed');
    expect(await api.shape(BOB)).toEqual(await api.shape(ALICE));
  });
});
