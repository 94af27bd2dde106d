import type { ForeseenProblemDto, ForeseenProblemListDto, PreflightDto } from '../../src/transfers/preflights.dto.js';
import type { TransferListDto } from '../../src/transfers/transfers.dto.js';
import { connect, startStack, type Stack } from '../support/stack.js';
import { ALICE, BOB, TransfersApi } from '../support/transfers-api.js';

const CAROL = 'carol@example.com';
const FOLDER = 'application/vnd.google-apps.folder';

let stack: Stack;
let api: TransfersApi;

/** A file of Carol's that Alice can read, but neither copy nor download. */
async function aForbiddenFile(parent?: string): Promise<string> {
  const { id } = await api.aFile(CAROL, 'secret.txt', 'for your eyes only', parent);
  await api.drive(CAROL, 'POST', `/drive/v3/files/${id}/permissions?sendNotificationEmail=false`, {
    type: 'user',
    role: 'reader',
    emailAddress: ALICE,
  });
  await api.drive(CAROL, 'PATCH', `/drive/v3/files/${id}`, { copyRequiresWriterPermission: true });
  return id;
}

async function problemsOf(id: string, query: object = {}): Promise<ForeseenProblemListDto> {
  const { body } = await stack.api.get(`/api/preflights/${id}/problems`).set(api.tokens).query(query).expect(200);
  return body as ForeseenProblemListDto;
}

const codeOf = ({ body }: { body: unknown }): string => (body as { code: string }).code;

/** Reads the events of a stream until it ends. */
async function eventsOf(path: string, headers: Record<string, string> = {}): Promise<{ id: number; data: string }[]> {
  const { text } = await stack.api
    .get(path)
    .set({ ...api.tokens, ...headers })
    .expect(200);
  return text
    .split('\n\n')
    .filter((event) => event.includes('event: preflight'))
    .map((event) => ({
      id: Number(/^id: (\d+)$/m.exec(event)?.[1]),
      data: /^data: (.*)$/m.exec(event)?.[1] ?? '',
    }));
}

beforeAll(async () => {
  // Other specs test waiting for the disk; here it would only cost time.
  stack = await startStack({ CLOUDMOVER_ROLE: 'all', CLOUDMOVER_WAITAOF: 'off' });
});
afterAll(() => stack.close());
beforeEach(async () => {
  await stack.control('POST', 'reset');
  await stack.control('POST', 'accounts', { email: CAROL });
  api = await TransfersApi.connect(stack);
});

describe('a preflight', () => {
  it('counts the items of the target folder and of its shared drive, including the trash', async () => {
    const drive = await api.drive(BOB, 'POST', '/drive/v3/drives?requestId=holds', { name: 'Team' });
    const all = '?supportsAllDrives=true';
    const inDrive = (name: string, parent: string) =>
      api.drive(BOB, 'POST', `/drive/v3/files${all}`, { name, mimeType: FOLDER, parents: [parent] });
    const { id: folderId } = await inDrive('Here', drive.id);
    const [, { id: gone }] = [await inDrive('one', folderId), await inDrive('two', folderId)];
    await api.drive(BOB, 'PATCH', `/drive/v3/files/${gone}${all}`, { trashed: true });
    const { id: file } = await api.aFile(ALICE, 'a.txt', 'a');
    const count = async (body: object) => api.counted((await api.preflight(body)).id);
    const preflight = await count({ items: [file], target: { folderId } });
    expect(preflight.holds).toEqual({
      folder: { items: 1, isMore: false },
      drive: { items: 3, isMore: false },
      limit: 500_000,
    });
    expect(preflight.checks.filter(({ code }) => code.endsWith('_size_fits')).map(({ ok }) => ok)).toEqual([
      true,
      true,
      true,
    ]);
    expect((await count({ items: [file] })).holds).toBeUndefined(); // My Drive has no such limit
  });

  it('predicts what the transfer then does, item by item', async () => {
    const { transfers } = (await stack.api.get('/api/transfers').set(api.tokens).expect(200)).body as TransferListDto;
    const { folderId } = await api.aTree({ folders: 4, files: 25 });
    await api.drive(ALICE, 'POST', '/drive/v3/files', {
      name: 'Minutes',
      mimeType: 'application/vnd.google-apps.document',
      parents: [folderId],
    });
    const forbidden = await aForbiddenFile();
    const { id } = await api.preflight({ items: [folderId, forbidden], target: { newFolderName: 'From Alice' } });
    const preflight = await api.counted(id);
    expect(preflight).toMatchObject({
      state: 'ready',
      selection: { count: 2 },
      mode: 'copy',
      counts: {
        ways: { serverCopy: { items: 26 }, none: { items: 1 } },
        folders: 5,
        foreign: 1,
        movable: 31,
        convertible: { items: 0, bytes: 0 },
        shares: 2,
      },
      countedAt: expect.any(String),
      daily: { limit: 750_000_000_000, moved: transfers.reduce((sum, { bytes }) => sum + bytes.verified, 0) },
      problems: [{ code: 'source_permission_denied', count: 1, lossy: false }],
      lossy: 0,
      stale: false,
    });
    expect(preflight.problems[0]!.advice).not.toBe('');
    expect(preflight.checks.map(({ code, ok }) => [code, ok])).toEqual([
      ['target_writable', true],
      ['space_fits', true],
      ['daily_limit_fits', true],
      ['depth_fits', true],
      ['folder_size_fits', true],
      ['redis_room', true],
      ['owned_by_others', false],
    ]);
    expect(await api.shape(BOB)).toEqual([]); // nothing was written
    expect(preflight.estimate).toMatchObject({ basis: 'documented', itemsPerSecond: 2 });

    const { id: transferId } = await api.start({ preflightId: id });
    expect(transferId).toBe(id);
    const transfer = await api.ended(id);
    const { ways } = preflight.counts;
    expect(transfer.state).toBe('completed'); // as predicted
    expect(transfer.counts).toMatchObject({
      found: preflight.counts.found,
      verified: ways.serverCopy.items + ways.created.items,
      skipped: ways.none.items,
      failed: 0,
    });
    expect(transfer.bytes.found).toBe(preflight.counts.bytes);
    expect(preflight.daily?.needed).toBe(transfer.bytes.verified);
    expect(transfer.ways).toMatchObject({ serverCopy: ways.serverCopy.items, created: ways.created.items, relay: 0 });
    expect(transfer.skipGroups).toMatchObject([{ code: 'source_permission_denied', count: 1 }]);
    expect(transfer.plan).toMatchObject({ ways, problems: preflight.problems });
    expect((await api.preflightAt(id)).state).toBe('started');
  });

  it('names each item that can’t be copied, with the reason and the advice, page by page', async () => {
    const ids = [await aForbiddenFile(), await aForbiddenFile(), await aForbiddenFile()];
    const { folderId } = await api.aTree({ files: 2 });
    const { id } = await api.preflight({ items: [folderId, ...ids] });
    await api.counted(id);
    const first = await problemsOf(id, { limit: 2 });
    const second = await problemsOf(id, { limit: 2, cursor: first.nextCursor });
    expect(second.nextCursor).toBeUndefined();
    const all: ForeseenProblemDto[] = [...first.problems, ...second.problems];
    expect(all.map(({ sourceId }) => sourceId).sort()).toEqual([...ids].sort());
    expect(all[0]).toMatchObject({
      path: 'secret.txt',
      kind: 'file',
      size: 18,
      code: 'source_permission_denied',
      way: 'none',
      sentence: expect.stringContaining('does not allow'),
      advice: expect.stringContaining('owner'),
    });
    expect((await problemsOf(id, { code: 'source_permission_denied' })).problems).toHaveLength(3);
    expect((await problemsOf(id, { code: 'too_large' })).problems).toEqual([]);
  });

  it('predicts shortcuts to items that the destination cannot see or that are gone, as the transfer reports them', async () => {
    const folderId = (await api.drive(ALICE, 'POST', '/drive/v3/files', { name: 'Links', mimeType: FOLDER })).id;
    const hidden = await api.aFile(ALICE, 'hidden.txt', 'h');
    const gone = await api.aFile(ALICE, 'gone.txt', 'g');
    const seen = await api.aFile(ALICE, 'seen.txt', 's');
    const reader = { type: 'user', role: 'reader', emailAddress: BOB };
    await api.drive(ALICE, 'POST', `/drive/v3/files/${seen.id}/permissions?sendNotificationEmail=false`, reader);
    for (const [name, targetId] of Object.entries({ hidden: hidden.id, gone: gone.id, seen: seen.id }))
      await api.drive(ALICE, 'POST', '/drive/v3/files', {
        name,
        mimeType: 'application/vnd.google-apps.shortcut',
        parents: [folderId],
        shortcutDetails: { targetId },
      });
    await api.drive(ALICE, 'DELETE', `/drive/v3/files/${gone.id}`);
    const { id } = await api.counted((await api.preflight({ items: [folderId] })).id);
    const { problems } = await problemsOf(id);
    expect(problems.map(({ name, code, way }) => [name, code, way]).sort()).toEqual([
      ['gone', 'shortcut_dangling', 'none'],
      ['hidden', 'shortcut_target_hidden', 'none'],
    ]);
    await api.start({ preflightId: id });
    const transfer = await api.ended(id);
    expect(transfer).toMatchObject({ state: 'completed', counts: { verified: 2, failed: 0, skipped: 2 } });
    expect(transfer.skipGroups.map(({ code, count }) => [code, count]).sort()).toEqual([
      ['shortcut_dangling', 1],
      ['shortcut_target_hidden', 1],
    ]);
    const items = await api.items(id);
    expect(items.find(({ name }) => name === 'hidden')!.reason).toContain(`${BOB} may not see`);
  });

  it('is not listed as a transfer before it starts, and starts once however often the request is repeated', async () => {
    const { folderId } = await api.aTree();
    const { id } = await api.preflight({ items: [folderId], conflict: 'skip' });
    await api.counted(id);
    const listed = async () =>
      ((await stack.api.get('/api/transfers').set(api.tokens).expect(200)).body as TransferListDto).transfers.map(
        (transfer) => transfer.id,
      );
    expect(await listed()).not.toContain(id);
    const hidden = await stack.api.get(`/api/transfers/${id}`).set(api.tokens).expect(404);
    expect(codeOf(hidden)).toBe('transfer_not_found');
    for (const command of ['pause', 'cancel', 'retry', 'undo'])
      expect(await api.refused(id, command)).toMatchObject({ status: 404 });

    const [first, second] = await Promise.all([api.start({ preflightId: id }), api.start({ preflightId: id })]);
    expect([first.id, second.id]).toEqual([id, id]);
    expect(await listed()).toContain(id);
    const transfer = await api.ended(id);
    expect(transfer).toMatchObject({ state: 'completed', options: { conflict: 'skip' } });
    expect((await api.start({ preflightId: id })).state).toBe('completed');
    expect(await api.shape(BOB)).toEqual(await api.shape(ALICE));
    const removal = await stack.api.delete(`/api/preflights/${id}`).set(api.tokens).expect(409);
    expect(codeOf(removal)).toBe('transfer_state');
  });

  it('can be started by its own address as well', async () => {
    const { folderId } = await api.aTree({ files: 1 });
    const { id } = await api.preflight({ items: [folderId] });
    await api.counted(id);
    await api.command(id, 'start');
    expect((await api.ended(id)).state).toBe('completed');
  });

  it('cannot start while it counts, and can be deleted meanwhile', async () => {
    await api.behave({ latencyMs: { 'files.list': 3_000 } });
    const { folderId } = await api.aTree();
    const { id } = await api.preflight({ items: [folderId] });
    const early = await stack.api.post('/api/transfers').set(api.tokens).send({ preflightId: id }).expect(409);
    expect(codeOf(early)).toBe('preflight_not_ready');
    await stack.api.delete(`/api/preflights/${id}`).set(api.tokens).expect(204);
    const gone = await stack.api.get(`/api/preflights/${id}`).set(api.tokens).expect(404);
    expect(codeOf(gone)).toBe('preflight_not_found');
    const late = await stack.api.post('/api/transfers').set(api.tokens).send({ preflightId: id }).expect(404);
    expect(codeOf(late)).toBe('preflight_not_found');
  });

  it('fails with the reason when nothing may be added to the target or a selected item is gone', async () => {
    const { folderId } = await api.aTree({ files: 1 });
    const missing = await api.counted((await api.preflight({ items: ['nowhere'] })).id);
    expect(missing).toMatchObject({ state: 'failed', problem: { code: 'not_found' } });
    expect(missing.checks).toContainEqual(expect.objectContaining({ code: 'target_writable', ok: true }));
    const nowhere = await api.counted((await api.preflight({ items: [folderId], target: { folderId: 'noplace' } })).id);
    expect(nowhere.checks).toEqual([
      {
        code: 'target_writable',
        ok: false,
        blocking: true,
        sentence: expect.stringContaining('noplace'),
      },
    ]);
    const refused = await stack.api
      .post('/api/transfers')
      .set(api.tokens)
      .send({ preflightId: nowhere.id })
      .expect(409);
    expect(refused.body).toMatchObject({ code: 'preflight_failed', detail: expect.stringContaining('noplace') });
  });

  it('warns when the destination has no room for it', async () => {
    await api.behave({ quotas: { storageBytes: 10_000 } });
    const { folderId } = await api.aTree({ bytes: 40_000 });
    const preflight = await api.counted((await api.preflight({ items: [folderId] })).id);
    expect(preflight.space).toMatchObject({ limit: 10_000, free: 10_000, needed: 40_000, fits: false });
    expect(preflight.checks).toContainEqual(expect.objectContaining({ code: 'space_fits', ok: false, blocking: true }));
    const refused = await stack.api
      .post('/api/transfers')
      .set(api.tokens)
      .send({ preflightId: preflight.id })
      .expect(409);
    expect(refused.body).toMatchObject({
      code: 'preflight_blocked',
      detail: expect.stringContaining('Free some space'),
    });
    expect((await api.preflightAt(preflight.id)).state).toBe('ready'); // nothing was started
    // Skipped items need no space, so the transfer may fit nevertheless.
    const skipping = await api.counted((await api.preflight({ items: [folderId], conflict: 'skip' })).id);
    expect(skipping.checks).toContainEqual(expect.objectContaining({ code: 'space_fits', ok: false, blocking: false }));
    expect((await api.start({ preflightId: skipping.id })).id).toBe(skipping.id);
  });

  it('recounts the same items, with the same or other options, and states what conversion would lose', async () => {
    const { folderId } = await api.aTree({ files: 3 });
    const doc = await api.drive(CAROL, 'POST', '/drive/v3/files', {
      name: 'Minutes',
      mimeType: 'application/vnd.google-apps.document',
    });
    await api.drive(CAROL, 'POST', `/drive/v3/files/${doc.id}/permissions?sendNotificationEmail=false`, {
      type: 'user',
      role: 'reader',
      emailAddress: ALICE,
    });
    const filter = { minSize: 0 };
    const asked = { items: [folderId, doc.id], target: { newFolderName: 'New' }, conflict: 'skip', filter };
    const first = await api.counted((await api.preflight(asked)).id);
    await api.aFile(ALICE, 'late.txt', 'added meanwhile', folderId);

    const again = async (id: string, changes: object, status = 202) =>
      (await stack.api.post(`/api/preflights/${id}/recount`).set(api.tokens).send(changes).expect(status))
        .body as PreflightDto;
    const second = await api.counted((await again(first.id, {})).id);
    expect(second.id).not.toBe(first.id);
    expect(second).toMatchObject({
      mode: 'copy',
      options: { conflict: 'skip', filter },
      target: { newFolderName: 'New' },
    });
    expect(second.counts.found).toBe(first.counts.found + 1);

    const third = await api.counted((await again(first.id, { mode: 'move', allowConversion: true, filter: {} })).id);
    expect(third).toMatchObject({ mode: 'move', options: { conflict: 'skip', allowConversion: true } });
    expect(third.options).not.toHaveProperty('filter');
    expect((await again(first.id, { mode: 'steal' }, 400)) as unknown).toMatchObject({ code: 'invalid_request' });
    expect((await again('nowhere', {}, 404)) as unknown).toMatchObject({ code: 'preflight_not_found' });
    expect((await api.preflightAt(first.id)).state).toBe('ready');
  });

  it('names items that would be too deep', async () => {
    let parent: string | undefined;
    let top = '';
    for (let level = 0; level < 60; level++) {
      const body = { name: `level ${level}`, mimeType: FOLDER, ...(parent && { parents: [parent] }) };
      parent = (await api.drive(ALICE, 'POST', '/drive/v3/files', body)).id;
      if (level === 0) top = parent;
    }
    let target = 'root';
    for (let level = 0; level < 45; level++)
      target = (await api.drive(BOB, 'POST', '/drive/v3/files', { name: 'deep', mimeType: FOLDER, parents: [target] }))
        .id;
    const preflight = await api.counted((await api.preflight({ items: [top], target: { folderId: target } })).id);
    const depth = preflight.checks.find(({ code }) => code === 'depth_fits');
    expect(depth).toMatchObject({ ok: false, blocking: true, sentence: expect.stringContaining('closer to the top') });
    const tooDeep = preflight.problems.find(({ code }) => code === 'folder_limit')!.count;
    expect((await problemsOf(preflight.id)).problems).toHaveLength(tooDeep);
  });

  it('leaves out and counts what the filter excludes', async () => {
    const { folderId } = await api.aTree({ files: 0, folders: 2, bytes: 0 });
    await api.aFile(ALICE, 'letter.txt', 'a letter', folderId);
    await api.aFile(ALICE, 'note.md', 'a note', folderId);
    const preflight = await api.counted(
      (await api.preflight({ items: [folderId], filter: { name: '*.txt', minSize: 1 } })).id,
    );
    expect(preflight).toMatchObject({
      filteredOut: 1,
      options: { filter: { name: '*.txt', minSize: 1 } },
      counts: { ways: { serverCopy: { items: 1 } } },
    });
  });

  it('streams the count to its end, without events that the client has seen', async () => {
    await api.behave({ latencyMs: { 'files.list': 3_000 } });
    const { folderId } = await api.aTree({ folders: 6, files: 12 });
    const { id } = await api.preflight({ items: [folderId] });
    const events = await eventsOf(`/api/preflights/${id}/events`);
    expect(events.length).toBeGreaterThan(1);
    expect(events.map((event) => event.id)).toEqual([...events.map((event) => event.id)].sort((a, b) => a - b));
    const last = events.at(-1)!;
    expect((JSON.parse(last.data) as PreflightDto).state).toBe('ready');
    expect(await eventsOf(`/api/preflights/${id}/events`, { 'Last-Event-ID': String(last.id) })).toEqual([]);
  });

  it('is accessible only to its two accounts', async () => {
    const { folderId } = await api.aTree({ files: 1 });
    const { id } = await api.preflight({ items: [folderId] });
    await api.counted(id);
    const carol = await connect(stack, 'general', CAROL);
    const asCarol = { Authorization: `Bearer ${carol}` };
    for (const path of ['', '/problems', '/events'])
      expect(codeOf(await stack.api.get(`/api/preflights/${id}${path}`).set(asCarol).expect(404))).toBe(
        'preflight_not_found',
      );
    await stack.api.delete(`/api/preflights/${id}`).set(asCarol).expect(404);
    const tokens = { 'X-Source-Token': carol, 'X-Destination-Token': carol };
    for (const strangers of [tokens, { ...tokens, 'X-Source-Token': api.tokens['X-Source-Token'] }]) {
      const recounted = await stack.api.post(`/api/preflights/${id}/recount`).set(strangers).expect(404);
      expect(codeOf(recounted)).toBe('preflight_not_found');
    }
    const started = await stack.api.post('/api/transfers').set(tokens).send({ preflightId: id }).expect(404);
    expect(codeOf(started)).toBe('preflight_not_found');
    const destination = { Authorization: `Bearer ${api.tokens['X-Destination-Token']}` };
    expect((await stack.api.get(`/api/preflights/${id}`).set(destination).expect(200)).body).toMatchObject({ id });
  });

  it('is the same for the same Idempotency-Key, and at most five count at a time', async () => {
    await api.behave({ latencyMs: { 'files.list': 5_000 } });
    const { folderId } = await api.aTree({ files: 1 });
    const ask = (key: string, body: object = {}) =>
      stack.api
        .post('/api/preflights')
        .set({ ...api.tokens, 'Idempotency-Key': key })
        .send({ items: [folderId], ...body });
    const ids: string[] = [];
    for (let index = 0; index < 5; index++) ids.push(((await ask(`key ${index}`).expect(202)).body as PreflightDto).id);
    expect(new Set(ids).size).toBe(5);
    const refused = await ask('key 5').expect(429);
    expect(refused.body).toMatchObject({ code: 'too_many_preflights', detail: expect.stringContaining(ALICE) });
    expect(((await ask('key 0').expect(202)).body as PreflightDto).id).toBe(ids[0]);
    expect(codeOf(await ask('key 0', { mode: 'move' }).expect(422))).toBe('idempotency_conflict');
    const remove = (id: string | undefined) => stack.api.delete(`/api/preflights/${id}`).set(api.tokens).expect(204);
    await remove(ids.pop());
    ids.push(((await ask('key 6').expect(202)).body as PreflightDto).id);
    for (const id of ids) await remove(id); // so that other tests may count
  });
});

describe('POST /api/transfers', () => {
  it.each([
    [{ preflightId: 'p', items: ['a'] }, 'items'],
    [{ preflightId: 'p', mode: 'move' }, 'mode'],
    [{ preflightId: '' }, 'preflightId'],
    [{ items: ['a'], conflict: 'maybe' }, 'conflict'],
    [{ items: ['a'], shortcuts: 'keep' }, 'shortcuts'],
    [{ items: ['a'], allowConversion: 'yes' }, 'allowConversion'],
    [{ items: ['a'], filter: [] }, 'filter'],
    [{ items: ['a'], filter: { colour: 'red' } }, 'filter.colour'],
    [{ items: ['a'], filter: { types: [] } }, 'filter.types'],
    [{ items: ['a'], filter: { types: ['film'] } }, 'filter.types'],
    [{ items: ['a'], filter: { types: ['pdf', 'pdf'] } }, 'filter.types'],
    [{ items: ['a'], filter: { name: '' } }, 'filter.name'],
    [{ items: ['a'], filter: { minSize: -1 } }, 'filter.minSize'],
    [{ items: ['a'], filter: { maxSize: 1.5 } }, 'filter.maxSize'],
    [{ items: ['a'], filter: { minSize: 10, maxSize: 9 } }, 'filter.maxSize'],
    [{ items: ['a'], filter: { modifiedAfter: 'yesterday' } }, 'filter.modifiedAfter'],
    [{ items: ['a'], filter: { modifiedAfter: '2026-13-01T00:00:00Z' } }, 'filter.modifiedAfter'],
    [
      { items: ['a'], filter: { modifiedAfter: '2026-02-01T00:00:00Z', modifiedBefore: '2026-01-01T00:00:00Z' } },
      'filter.modifiedBefore',
    ],
    [{ items: ['a'], filter: { owner: 'somebody' } }, 'filter.owner'],
  ])('refuses %j naming %s', async (body, parameter) => {
    const { body: problem } = await stack.api.post('/api/transfers').set(api.tokens).send(body).expect(400);
    const { code, errors } = problem as { code: string; errors: { parameter: string; detail: string }[] };
    expect(code).toBe('invalid_request');
    const error = errors.find((each) => each.parameter === parameter);
    expect(error?.detail).toBeDefined();
    expect(error!.detail.length).toBeGreaterThan(5);
  });
});
