import { jest } from '@jest/globals';
import { QueueProbe } from '../../src/insight/queue-probe.port.js';
import { StoreUnavailableError } from '../../src/http/errors.js';
import type { TransferDto } from '../../src/transfers/transfers.dto.js';
import { TransferQueue } from '../../src/transfers/transfers.queue.js';
import { connect, startStack, type Stack } from '../support/stack.js';
import { ALICE, BOB, hasEnded, TransfersApi } from '../support/transfers-api.js';
import { until } from '../../../tools/until.ts';

const FOLDER = 'application/vnd.google-apps.folder';
const SHORTCUT = 'application/vnd.google-apps.shortcut';
const FORBIDDEN = (name: string) => [
  { operation: ['files.copy', 'files.download'], name, status: 403, reason: 'cannotDownloadFile' },
];

let stack: Stack;
let api: TransfersApi;

/** Creates a folder of Alice's with files of these names. @returns the ids by name */
async function aFolder(...names: string[]): Promise<{ folderId: string; ids: Record<string, string> }> {
  const folder = await api.drive(ALICE, 'POST', '/drive/v3/files', { name: 'Papers', mimeType: FOLDER });
  const ids: Record<string, string> = {};
  for (const name of names) ids[name] = (await api.aFile(ALICE, name, `content of ${name}`, folder.id)).id;
  return { folderId: folder.id, ids };
}

const aFolderIn = async (account: string, name: string, parent = 'root'): Promise<string> =>
  (await api.drive(account, 'POST', '/drive/v3/files', { name, mimeType: FOLDER, parents: [parent] })).id;

const paths = async (account: string): Promise<string[]> =>
  (await api.entries(account))
    .filter((entry) => !entry.trashed)
    .map(({ path }) => path)
    .sort();
const trashed = async (account: string): Promise<string[]> =>
  (await api.entries(account))
    .filter((entry) => entry.trashed)
    .map(({ path }) => path)
    .sort();
const contentOf = async (account: string, path: string): Promise<string | undefined> =>
  (await api.entries(account)).find((entry) => !entry.trashed && entry.path === path)?.md5;

/** A running transfer that is slow enough for commands. */
async function aSlowTransfer(files = 240): Promise<TransferDto> {
  await api.behave({ latencyMs: { 'files.copy': 1_500 } });
  const { id } = await api.start({ items: [(await api.aTree({ files })).folderId] });
  return api.until(id, ({ state, counts }) => state === 'running' && counts.verified > 4);
}

/** Checks that the numbers of an ended transfer add up. */
function addsUp({ counts, failureGroups, skipGroups, ways, verification }: TransferDto): void {
  expect(counts.verified + counts.skipped + counts.failed + counts.unverified).toBe(counts.found);
  const sum = (groups: readonly { count: number }[]) => groups.reduce((all, { count }) => all + count, 0);
  for (const state of ['failed', 'unverified'] as const)
    expect(sum(failureGroups.filter((group) => group.state === state))).toBe(counts[state]);
  expect(sum(skipGroups)).toBe(counts.skipped);
  expect(Object.values<number>({ ...ways }).reduce((all, count) => all + count, 0)).toBe(counts.verified);
  expect(verification.checksum + verification.presence).toBe(counts.verified);
}

beforeAll(async () => {
  // Other specs test waiting for the disk; here it would only cost time.
  stack = await startStack({ CLOUDMOVER_ROLE: 'all', MAX_OPEN_TRANSFERS: '4', CLOUDMOVER_WAITAOF: 'off' });
});
afterAll(() => stack.close());
beforeEach(async () => {
  await stack.control('POST', 'reset');
  api = await TransfersApi.connect(stack);
});

describe('a finished transfer', () => {
  it('states what arrived, how its time was spent and the fingerprint, each adding up; a list does not', async () => {
    const { folderId } = await api.aTree();
    const file = await api.aFile(ALICE, 'loose.txt', 'a single file');
    const { id, counts } = await api.run({ items: [folderId, file.id] });
    const { arrived, timeline, slowdowns, reportSha256, bytes, name } = await api.get(id);
    const sum = (shares: readonly { items: number; bytes: number }[]) => [
      shares.reduce((all, { items }) => all + items, 0),
      shares.reduce((all, share) => all + share.bytes, 0),
    ];
    expect(sum(arrived!.byKind)).toEqual([counts.verified, bytes.verified]);
    expect(sum([...arrived!.byFolder, arrived!.singleFiles!])).toEqual([counts.verified, bytes.verified]);
    expect(arrived!.singleFiles).toEqual({ items: 1, bytes: 13 });
    const [folder] = arrived!.byFolder;
    expect((await api.entries(BOB)).find((entry) => entry.id === folder!.id)?.name).toBe(folder!.name);
    expect(timeline!.map(({ step }) => step)).toEqual(expect.arrayContaining(['count', 'copy', 'check']));
    expect(slowdowns).toEqual([]);
    expect(reportSha256).toMatch(/^[\da-f]{64}$/);
    expect(name).toBeUndefined();
    const { body } = await stack.api.get('/api/transfers').set(api.tokens).expect(200);
    expect((body as { transfers: TransferDto[] }).transfers[0]).not.toHaveProperty('arrived');
  });

  it('accepts a name from either of its accounts, and explains what a name may be', async () => {
    const { id } = await api.run({ items: [(await aFolder('a')).folderId] });
    const rename = (tokens: Record<string, string>, name: unknown) =>
      stack.api.patch(`/api/transfers/${id}`).set(tokens).send({ name });
    const [source, destination] = Object.entries(api.tokens).map(([header, token]) => ({ [header]: token }));
    expect((await rename(source!, '  Für das Archiv 🌵 ').expect(200)).body).toMatchObject({
      name: 'Für das Archiv 🌵',
    });
    const listed = (await stack.api.get('/api/transfers').set(destination!)).body as { transfers: TransferDto[] };
    expect(listed.transfers.find((each) => each.id === id)?.name).toBe('Für das Archiv 🌵');
    for (const name of ['', ' ', 'x'.repeat(101), 'two\nlines', 'rtl\u202egpj', 5, undefined])
      expect((await rename(destination!, name).expect(400)).body).toMatchObject({
        code: 'invalid_request',
        errors: [{ parameter: 'name' }],
      });
    expect((await rename(destination!, null).expect(200)).body).not.toHaveProperty('name');
    await stack.api.patch('/api/transfers/no-such-transfer').set(api.tokens).send({ name: 'x' }).expect(404);
  });
});

describe('pause and resume', () => {
  it('copies nothing while paused, and completes after it was resumed', async () => {
    const { id } = await aSlowTransfer();
    expect((await api.command(id, 'pause')).state).toBe('pausing');
    await api.command(id, 'pause'); // idempotent
    const paused = await api.until(id, ({ state }) => state === 'paused');
    expect(paused.counts.copying).toBe(0);
    expect(paused.grants.open).toBe(1);
    expect(Math.round((Date.parse(paused.grants.expiresAt!) - Date.now()) / 86_400_000)).toBe(30);
    expect(paused.counts.waiting).toBeGreaterThan(0);
    expect(paused.allowedActions).toEqual(['resume', 'cancel', 'report']);
    const before = await api.shape(BOB);
    await stack.control('DELETE', 'stats');
    // No step is running, so nothing can copy.
    const queue = stack.app.get(QueueProbe);
    await until('no step is under way', async () => {
      const { waiting, active, retried } = await queue.depth();
      return waiting + active + retried === 0;
    });
    const { operations = {} } = await stack.control<{ operations?: Record<string, unknown> }>('GET', 'stats');
    expect(Object.keys(operations)).not.toContain('files.copy');
    expect(await api.shape(BOB)).toEqual(before);
    await api.behave({});
    expect(['running', 'finishing', 'completed']).toContain((await api.command(id, 'resume')).state);
    const transfer = await api.ended(id);
    expect(transfer).toMatchObject({ state: 'completed', grants: { open: 0 } });
    expect(transfer.grants).not.toHaveProperty('expiresAt');
    addsUp(transfer);
    expect(await api.shape(BOB)).toEqual(await api.shape(ALICE));
  });

  it('continues counting after a pause', async () => {
    await api.behave({ latencyMs: { 'files.list': 600 } });
    const { id } = await api.start({ items: [(await api.aTree()).folderId] });
    await api.command(id, 'pause');
    await api.until(id, ({ state }) => state === 'paused');
    await api.behave({});
    await api.command(id, 'resume');
    expect((await api.ended(id)).state).toBe('completed');
    expect(await api.shape(BOB)).toEqual(await api.shape(ALICE));
  });

  it('retries a transfer that waits for Google at once', async () => {
    await api.behave({
      faults: [{ operation: 'files.copy', status: 403, reason: 'quotaExceeded', retryAfter: 3_600, times: 3 }],
    });
    const { id } = await api.start({ items: [(await api.aTree({ files: 3 })).folderId] });
    const waiting = await api.until(id, ({ state }) => state === 'waiting_quota');
    expect(waiting.allowedActions).toEqual(['resume', 'cancel', 'report']);
    await api.behave({});
    await api.command(id, 'resume');
    expect((await api.ended(id)).state).toBe('completed');
  });

  it('waits for Google at most a day, whatever Retry-After says', async () => {
    const retryAfter = 30_000 * 365 * 86_400;
    await api.behave({ faults: [{ operation: 'files.copy', status: 403, reason: 'quotaExceeded', retryAfter }] });
    const { id } = await api.start({ items: [(await api.aTree({ files: 3 })).folderId] });
    const waiting = await api.until(id, ({ state }) => state === 'waiting_quota');
    expect(Date.parse(waiting.resumeAt!)).toBeLessThanOrEqual(Date.now() + 86_400_000);
    await api.command(id, 'cancel');
    await api.ended(id);
  });

  it('pauses when the destination is full, and can be resumed once there is room', async () => {
    await api.behave({ quotas: { storageBytes: 20_000 } });
    const { id } = await api.start({ items: [(await api.aTree({ files: 12, bytes: 40_000 })).folderId] });
    const paused = await api.until(id, ({ state }) => state === 'paused');
    expect(paused).toMatchObject({ problem: { code: 'destination_storage_full' }, counts: { failed: 0 } });
    expect(paused.counts.waiting).toBeGreaterThan(0);
    await api.behave({});
    expect((await api.command(id, 'resume')).problem).toBeUndefined();
    const transfer = await api.ended(id);
    expect(transfer.state).toBe('completed');
    expect(transfer.problem).toBeUndefined();
    expect(await api.shape(BOB)).toEqual(await api.shape(ALICE));
  });

  it('cancels a paused transfer, and a retry continues it', async () => {
    // More than are copied at the same time, so that some are waiting when it pauses.
    const { id } = await aSlowTransfer(1_200);
    await api.command(id, 'pause');
    const { counts } = await api.until(id, ({ state }) => state === 'paused');
    expect(counts.waiting).toBeGreaterThan(0);
    await api.command(id, 'cancel');
    const canceled = await api.ended(id);
    expect(canceled).toMatchObject({ state: 'canceled', grants: { open: 0 }, verification: { closingCheck: false } });
    expect(canceled.skipGroups).toMatchObject([{ code: 'canceled', count: canceled.counts.skipped }]);
    addsUp(canceled);
    await api.behave({});
    const again = await api.command(id, 'retry');
    expect(again.finishedAt).toBeUndefined();
    const transfer = await api.ended(id);
    expect(transfer).toMatchObject({ state: 'completed', counts: { skipped: 0 } });
    expect(await api.shape(BOB)).toEqual(await api.shape(ALICE));
  });
});

describe('retry', () => {
  it('retries only failed items, and the report adds up', async () => {
    const { folderId, ids } = await aFolder('a.txt', 'b.txt', 'c.txt');
    await api.behave({ faults: [...FORBIDDEN('b.txt'), ...FORBIDDEN('c.txt')] });
    const failed = await api.run({ items: [folderId] });
    expect(failed).toMatchObject({
      state: 'completed_with_failures',
      counts: { verified: 2, failed: 2 },
      failureGroups: [{ code: 'source_permission_denied', count: 2 }],
    });
    expect(failed.allowedActions).toEqual(['retry', 'rerun', 'carry_access', 'links', 'undo', 'report']);
    addsUp(failed);
    await api.behave({ faults: FORBIDDEN('c.txt') });
    await stack.control('DELETE', 'stats');
    await api.command(failed.id, 'retry', { codes: ['source_permission_denied'] });
    const half = await api.ended(failed.id);
    expect(half.counts).toMatchObject({ verified: 3, failed: 1 });
    addsUp(half);
    await api.behave({});
    await api.command(half.id, 'retry');
    const done = await api.ended(half.id);
    expect(done).toMatchObject({ state: 'completed', counts: { verified: 4, failed: 0 }, failureGroups: [] });
    addsUp(done);
    expect(await api.shape(BOB)).toEqual(await api.shape(ALICE));
    const items = await api.items(done.id);
    expect(items.find(({ sourceId }) => sourceId === ids['a.txt'])!.attempts).toBe(1); // it was not retried
    const csv = await stack.api
      .get(`/api/transfers/${done.id}/report`)
      .query({ format: 'csv' })
      .set(api.tokens)
      .expect(200);
    expect(csv.text.match(/,verified,/g)).toHaveLength(4);
    expect(csv.text.split('\r\n')[0]).toMatch(
      /,destination_id,lossy,undone,undone_reason,created_time,last_tried,fallback_code,fallback_reason,closing_check,access_wanted,access_equal,access_refused,links_found,links_rewritten,links_failed,restrictions,restrictions_refused$/,
    );
  });

  it('converts items that readers cannot copy once that is allowed, and nothing else', async () => {
    const { folderId } = await aFolder('a.txt');
    const GOOGLE = 'application/vnd.google-apps';
    for (const [name, type] of Object.entries({ doc: 'document', sheet: 'spreadsheet', picture: 'drawing' }))
      await api.drive(ALICE, 'POST', '/drive/v3/files', {
        name,
        mimeType: `${GOOGLE}.${type}`,
        parents: [folderId],
        copyRequiresWriterPermission: true,
      });
    const ended = await api.run({ items: [folderId] });
    expect(ended).toMatchObject({ state: 'completed', counts: { verified: 2, skipped: 3, failed: 0 } });
    expect(ended.plan?.problems.map(({ code, count }) => [code, count])).toEqual([
      ['conversion_needed', 2],
      ['cannot_copy', 1],
    ]);
    const groups = ended.skipGroups.map(({ code, count, retryable, retryWith }) => ({
      code,
      count,
      retryable,
      retryWith,
    }));
    expect(groups).toEqual([
      { code: 'conversion_needed', count: 2, retryable: false, retryWith: 'allowConversion' },
      { code: 'cannot_copy', count: 1, retryable: false, retryWith: undefined },
    ]);
    expect(ended.allowedActions).toEqual(['retry', 'rerun', 'carry_access', 'links', 'undo', 'report']);
    // A retry alone helps none of them.
    expect(await api.refused(ended.id, 'retry')).toMatchObject({ status: 409 });
    expect((await api.refused(ended.id, 'retry', { allowConversion: 'yes' })).code).toBe('invalid_request');
    await api.command(ended.id, 'retry', { codes: ['conversion_needed'], allowConversion: true });
    const done = await api.ended(ended.id);
    expect(done).toMatchObject({ state: 'completed', counts: { verified: 4, skipped: 1 }, ways: { export: 2 } });
    expect(done.allowedActions).toEqual(['rerun', 'carry_access', 'links', 'undo', 'report']);
    addsUp(done);
    const converted = (await api.items(ended.id)).filter(({ way }) => way === 'export');
    expect(converted.map(({ name }) => name).sort()).toEqual(['doc', 'sheet']);
    expect(converted.every(({ lossy = [] }) => lossy.length > 0)).toBe(true);
    expect(await paths(BOB)).toEqual(expect.arrayContaining(['Papers/doc', 'Papers/sheet']));
  });

  it('is refused if nothing failed for that reason', async () => {
    const { folderId } = await aFolder('a.txt', 'b.txt');
    await api.behave({ faults: FORBIDDEN('b.txt') });
    const { id } = await api.run({ items: [folderId] });
    expect(await api.refused(id, 'retry', { codes: ['too_large'] })).toMatchObject({
      status: 409,
      code: 'nothing_to_retry',
      detail: expect.stringContaining('too_large'),
    });
    expect((await api.get(id)).state).toBe('completed_with_failures');
    expect((await api.refused(id, 'retry', { codes: [] })).code).toBe('invalid_request');
    expect((await api.refused(id, 'retry', { codes: 'all' })).code).toBe('invalid_request');
  });

  it('recounts a preflight that failed while counting', async () => {
    const target = await aFolderIn(BOB, 'Inbox');
    await api.drive(BOB, 'PATCH', `/drive/v3/files/${target}`, { trashed: true });
    const { folderId } = await aFolder('a.txt');
    const failed = await api.run({ items: [folderId], target: { folderId: target } });
    expect(failed).toMatchObject({ state: 'failed', problem: { code: 'destination_read_only' } });
    expect(failed.allowedActions).toEqual(['retry', 'report']);
    await api.drive(BOB, 'PATCH', `/drive/v3/files/${target}`, { trashed: false });
    const again = await api.command(failed.id, 'retry');
    expect(again.problem).toBeUndefined();
    expect((await api.ended(failed.id)).state).toBe('completed');
    expect(await paths(BOB)).toContain('Inbox/Papers/a.txt');
  });
});

describe('rerun', () => {
  it('copies what is new, changed and renamed since, and keeps copies of what was deleted', async () => {
    const { folderId, ids } = await aFolder('same.txt', 'edited.txt', 'old name.txt', 'deleted.txt');
    const { id } = await api.run({ items: [folderId] });
    await api.write(ALICE, ids['edited.txt']!, 'quite another content');
    await api.drive(ALICE, 'PATCH', `/drive/v3/files/${ids['old name.txt']}`, { name: 'new name.txt' });
    await api.drive(ALICE, 'PATCH', `/drive/v3/files/${ids['deleted.txt']}`, { trashed: true });
    await api.aFile(ALICE, 'new.txt', 'new', folderId);
    const inside = await aFolderIn(ALICE, 'New folder', folderId);
    await api.aFile(ALICE, 'in it.txt', 'in it', inside);

    await api.command(id, 'rerun');
    const transfer = await api.ended(id);
    expect(transfer).toMatchObject({
      state: 'completed',
      delta: { added: 3, changed: 1, renamed: 1, left: 1 },
      counts: { found: 8, verified: 8 },
    });
    addsUp(transfer);
    expect(await paths(BOB)).toEqual([
      'Papers',
      'Papers/New folder',
      'Papers/New folder/in it.txt',
      'Papers/deleted.txt',
      'Papers/edited.txt',
      'Papers/new name.txt',
      'Papers/new.txt',
      'Papers/same.txt',
    ]);
    expect(await contentOf(BOB, 'Papers/edited.txt')).toBe(await contentOf(ALICE, 'Papers/edited.txt'));
    expect(await trashed(BOB)).toEqual(['Papers/edited.txt']); // the earlier copy

    await stack.control('DELETE', 'stats');
    await api.command(id, 'rerun');
    expect(await api.ended(id)).toMatchObject({ state: 'completed', delta: { added: 0, changed: 0, renamed: 0 } });
    expect((await paths(BOB)).length).toBe(8);
  });

  it.each([
    [410, 'pageTokenExpired'],
    [400, 'invalid'],
  ])(
    'lists everything, reports it and copies nothing twice if Google’s list of changes has expired (%d)',
    async (status, reason) => {
      const { folderId } = await aFolder('same.txt', 'too.txt');
      const { id } = await api.run({ items: [folderId] });
      await api.aFile(ALICE, 'new.txt', 'new', folderId);
      await api.behave({ faults: [{ operation: 'changes.list', status, reason }] });
      await stack.control('DELETE', 'stats');
      await api.command(id, 'rerun');
      const transfer = await api.ended(id);
      expect(transfer).toMatchObject({
        state: 'completed',
        delta: { added: 1, changed: 0, renamed: 0, left: 0, listedAnew: true },
        counts: { found: 4, verified: 4 },
      });
      const { requests } = await stack.control<{ requests: Record<string, object> }>('GET', 'stats');
      expect(Object.keys(requests)).toContain('changes.list');
      expect(requests['files.copy']).toEqual({ '200': 1 });
      await api.behave({});
      await api.command(id, 'rerun');
      expect((await api.ended(id)).delta).not.toHaveProperty('listedAnew');
    },
  );
});

describe('undo', () => {
  it('trashes the copies except those edited since, and reports them', async () => {
    const { folderId } = await aFolder('a.txt', 'b.txt');
    const { id } = await api.run({ items: [folderId] });
    const edited = (await api.items(id)).find(({ name }) => name === 'b.txt')!;
    await api.write(BOB, edited.destinationId!, 'my own words');
    expect((await api.command(id, 'undo')).state).toBe('undoing');
    const undone = await api.ended(id);
    expect(undone).toMatchObject({ state: 'undone', undo: { trashed: 1, left: 2, restored: 0 } });
    expect(undone.allowedActions).toEqual(['report']);
    expect(await paths(BOB)).toEqual(['Papers', 'Papers/b.txt']);
    expect(await paths(ALICE)).toEqual(['Papers', 'Papers/a.txt', 'Papers/b.txt']);
    const left = (await api.items(id)).find(({ name }) => name === 'b.txt');
    expect(left).toMatchObject({
      undone: 'left',
      undoneCode: 'copy_changed',
      undoneReason: expect.stringContaining('changed'),
    });
    const csv = await stack.api.get(`/api/transfers/${id}/report`).query({ format: 'csv' }).set(api.tokens).expect(200);
    expect(csv.text).toContain(',left,Someone changed the copy after it was verified.,');
    await api.command(id, 'undo'); // idempotent
  });

  it('restores the originals of a move', async () => {
    const { folderId } = await aFolder('a.txt', 'b.txt');
    const before = await api.shape(ALICE);
    const { id } = await api.run({ items: [folderId], mode: 'move' });
    expect(await api.shape(ALICE)).toEqual([]);
    await api.command(id, 'undo');
    expect(await api.ended(id)).toMatchObject({ state: 'undone', undo: { trashed: 3, left: 0, restored: 3 } });
    expect(await api.shape(ALICE)).toEqual(before);
    expect(await api.shape(BOB)).toEqual([]);
  });
});

describe('conflicts', () => {
  /** Gives Bob a folder `Papers` with his own `a.txt`. */
  async function bobsPapers(): Promise<void> {
    const folder = await aFolderIn(BOB, 'Papers');
    await api.aFile(BOB, 'a.txt', 'Bob’s own', folder);
  }

  it.each([
    ['keepBoth', ['Papers', 'Papers', 'Papers/a.txt', 'Papers/a.txt', 'Papers/b.txt'], 'both'],
    ['skip', ['Papers', 'Papers/a.txt', 'Papers/b.txt'], 'Bob’s'],
    ['replace', ['Papers', 'Papers/a.txt', 'Papers/b.txt'], 'Alice’s'],
    ['newer', ['Papers', 'Papers/a.txt', 'Papers/b.txt'], 'Alice’s'],
  ])('%s', async (conflict, expected, whose) => {
    await bobsPapers();
    const bobs = await contentOf(BOB, 'Papers/a.txt');
    const { folderId } = await aFolder('a.txt', 'b.txt');
    const alices = await contentOf(ALICE, 'Papers/a.txt');
    const transfer = await api.run({ items: [folderId], conflict });
    expect(transfer.state).toBe('completed');
    addsUp(transfer);
    expect(await paths(BOB)).toEqual(expected);
    if (whose === 'both') return;
    expect(await contentOf(BOB, 'Papers/a.txt')).toBe(whose === 'Bob’s' ? bobs : alices);
    expect(await trashed(BOB)).toEqual(whose === 'Bob’s' ? [] : ['Papers/a.txt']);
    expect(transfer.ways.merged).toBe(1);
    expect(transfer.plan?.conflicts).toEqual({
      skipped: whose === 'Bob’s' ? 1 : 0,
      replaced: whose === 'Bob’s' ? 0 : 1,
      merged: 1,
    });
    if (whose === 'Bob’s') expect(transfer.skipGroups).toMatchObject([{ code: 'already_there', count: 1 }]);
    else expect((await api.items(transfer.id)).find(({ name }) => name === 'a.txt')).toHaveProperty('replaces');
  });

  it('newer keeps an equally new item, and never replaces the same content', async () => {
    const { folderId } = await aFolder('a.txt', 'b.txt');
    const folder = await aFolderIn(BOB, 'Papers');
    await api.aFile(BOB, 'a.txt', 'Bob’s newer one', folder);
    await api.aFile(BOB, 'b.txt', 'content of b.txt', folder);
    const transfer = await api.run({ items: [folderId], conflict: 'newer' });
    expect(transfer.skipGroups.map(({ code }) => code).sort()).toEqual(['identical_there', 'not_newer']);
    expect(await trashed(BOB)).toEqual([]);
  });

  it('undo restores what was replaced', async () => {
    await bobsPapers();
    const before = await contentOf(BOB, 'Papers/a.txt');
    const { folderId } = await aFolder('a.txt', 'b.txt');
    const { id } = await api.run({ items: [folderId], conflict: 'replace' });
    expect(await contentOf(BOB, 'Papers/a.txt')).not.toBe(before);
    await api.command(id, 'undo');
    expect(await api.ended(id)).toMatchObject({ state: 'undone', undo: { restored: 1 } });
    expect(await contentOf(BOB, 'Papers/a.txt')).toBe(before);
    expect(await paths(BOB)).toEqual(['Papers', 'Papers/a.txt']); // the folder was Bob's
  });
});

describe('the filter', () => {
  it('includes only matching items, with their folders', async () => {
    const { folderId } = await aFolder('a.txt', 'b.md');
    await aFolderIn(ALICE, 'Empty', folderId);
    const transfer = await api.run({ items: [folderId], filter: { name: '*.TXT' } });
    expect(transfer).toMatchObject({ state: 'completed', plan: { filteredOut: 1 } });
    expect(transfer.skipGroups).toMatchObject([{ code: 'filtered_empty', count: 1 }]);
    addsUp(transfer);
    expect(await paths(BOB)).toEqual(['Papers', 'Papers/a.txt']);
  });

  it.each([
    ['rebuild', ['Papers', 'Papers/a.txt', 'Papers/to a', 'Papers/to outside'], SHORTCUT],
    ['follow', ['Papers', 'Papers/a.txt', 'Papers/to a', 'Papers/to outside'], 'text/plain'],
    ['skip', ['Papers', 'Papers/a.txt'], undefined],
  ])('shortcuts: %s', async (shortcuts, expected, outside) => {
    const { folderId, ids } = await aFolder('a.txt');
    const other = await api.aFile(ALICE, 'outside.txt', 'elsewhere');
    await api.drive(ALICE, 'POST', `/drive/v3/files/${other.id}/permissions?sendNotificationEmail=false`, {
      type: 'user',
      role: 'reader',
      emailAddress: BOB,
    });
    for (const [name, targetId] of [
      ['to a', ids['a.txt']],
      ['to outside', other.id],
    ])
      await api.drive(ALICE, 'POST', '/drive/v3/files', {
        name,
        mimeType: SHORTCUT,
        parents: [folderId],
        shortcutDetails: { targetId },
      });
    const transfer = await api.run({ items: [folderId], shortcuts });
    expect(transfer.state).toBe('completed');
    addsUp(transfer);
    expect((await paths(BOB)).filter((path) => path !== 'outside.txt')).toEqual(expected);
    const bobs = await api.entries(BOB);
    expect(bobs.find(({ path }) => path === 'Papers/to outside')?.mimeType).toBe(outside);
    if (shortcuts === 'skip') expect(transfer.skipGroups).toMatchObject([{ code: 'shortcut_skipped', count: 2 }]);
  });
});

describe('a command that the state does not allow', () => {
  it('is refused with the state and the possible commands', async () => {
    const { id } = await aSlowTransfer();
    for (const command of ['rerun', 'undo']) {
      const refusal = await api.refused(id, command);
      expect(refusal).toMatchObject({ status: 409, code: 'transfer_state' });
      expect(refusal.detail).toContain('is running');
      expect(refusal.detail).toContain('Possible now: pause, cancel, report.');
    }
    await api.command(id, 'resume'); // already running
    await api.command(id, 'start');
    await api.command(id, 'cancel');
    await api.ended(id);
    await api.command(id, 'cancel'); // idempotent
  });

  it('changes nothing', async () => {
    await api.behave({});
    const { folderId } = await aFolder('a.txt');
    const { id } = await api.run({ items: [folderId] });
    const before = await api.get(id);
    expect(before.allowedActions).toEqual(['rerun', 'carry_access', 'links', 'undo', 'report']);
    for (const command of ['start', 'pause', 'resume', 'cancel', 'retry'])
      expect(await api.refused(id, command)).toMatchObject({
        status: 409,
        code: 'transfer_state',
        detail: expect.stringMatching(/is completed cannot be .*Possible now: rerun, links, undo, report\./),
      });
    expect(await api.get(id)).toEqual(before);
    await api.command(id, 'undo');
    await api.ended(id);
    for (const command of ['start', 'pause', 'resume', 'cancel', 'retry', 'rerun'])
      expect(await api.refused(id, command)).toMatchObject({ status: 409, code: 'transfer_state' });
  });

  it('is 404 for everyone else, whatever the command', async () => {
    const { folderId } = await aFolder('a.txt');
    const { id } = await api.run({ items: [folderId] });
    await stack.control('POST', 'accounts', { email: 'carol@example.com' });
    const carol = await connect(stack, 'general', 'carol@example.com');
    for (const command of ['start', 'pause', 'resume', 'cancel', 'retry', 'rerun', 'links', 'undo']) {
      const { body } = await stack.api
        .post(`/api/transfers/${id}/${command}`)
        .set('Authorization', `Bearer ${carol}`)
        .send(command === 'links' ? { mode: 'report' } : undefined)
        .expect(404);
      expect((body as { code: string }).code).toMatch(/^(transfer|preflight)_not_found$/);
    }
  });
});

describe('limits', () => {
  it('refuses more open transfers than an account may have, but not a repeated request', async () => {
    await api.behave({ faults: [{ operation: 'files.list', kind: 'hold' }] });
    const { folderId } = await aFolder('a.txt');
    const ask = (key: string) =>
      stack.api
        .post('/api/transfers')
        .set({ ...api.tokens, 'Idempotency-Key': key })
        .send({ items: [folderId] });
    const ids: string[] = [];
    for (let index = 0; index < 4; index++)
      ids.push(((await ask(`limit ${index}`).expect(202)).body as TransferDto).id);
    const { body } = await ask('limit 4').expect(429);
    expect(body).toMatchObject({ code: 'too_many_transfers', detail: expect.stringContaining('cancel one') });
    expect(((await ask('limit 0').expect(202)).body as TransferDto).id).toBe(ids[0]);
    for (const id of ids) await api.command(id, 'cancel');
    await api.behave({});
    for (const id of ids) await api.ended(id);
    await ask('limit 5').expect(202);
  });
});

describe('GET /api/transfers/{id}/events', () => {
  it('continues after the last event seen, also at another process', async () => {
    const { folderId } = await aFolder('a.txt');
    const { id, revision } = await api.run({ items: [folderId] });
    const other = await stack.startAnother('api');
    try {
      const events = async (lastEventId: number) => {
        const answer = await other.inject({
          url: `/api/transfers/${id}/events`,
          headers: { ...api.tokens, 'last-event-id': String(lastEventId) },
        });
        expect(answer.statusCode).toBe(200);
        return [...answer.payload.matchAll(/^id: (\d+)$/gm)].map(([, each]) => Number(each));
      };
      const now = (await api.get(id)).revision;
      expect(now).toBeGreaterThanOrEqual(revision);
      expect(await events(now)).toEqual([]);
      expect(await events(now - 1)).toEqual([now]);
      expect(await events(Number.NaN)).toEqual([now]);
    } finally {
      await other.close();
    }
  });
});

describe('a transfer whose first step was not queued', () => {
  it('returns 503, but the maintenance job finds and runs it', async () => {
    const { folderId } = await aFolder('a.txt');
    const queue = stack.app.get(TransferQueue, { strict: false });
    const plan = jest.spyOn(queue, 'plan').mockRejectedValueOnce(new StoreUnavailableError());
    const ask = () =>
      stack.api
        .post('/api/transfers')
        .set({ ...api.tokens, 'Idempotency-Key': 'lost' })
        .send({ items: [folderId] });
    const { body } = await ask().expect(503);
    expect(body).toMatchObject({ code: 'service_unavailable' });
    plan.mockRestore();
    const { body: list } = await stack.api.get('/api/transfers').query({ limit: 1 }).set(api.tokens).expect(200);
    const [transfer] = (list as { transfers: TransferDto[] }).transfers;
    expect(transfer).toMatchObject({ state: 'planning', source: { email: ALICE } });
    const done = await api.until(transfer!.id, hasEnded); // the maintenance job checks every few seconds
    expect(done.state).toBe('completed');
  });
});
