import type { TransferDto, TransferLogDto } from '../../src/transfers/transfers.dto.js';
import { connect, startStack, type Stack } from '../support/stack.js';
import { ALICE, BOB, TransfersApi } from '../support/transfers-api.js';

const CAROL = 'carol@example.com';
type Headers = Record<string, string>;

let stack: Stack;
let api: TransfersApi;

beforeAll(async () => {
  stack = await startStack({ CLOUDMOVER_ROLE: 'all', CLOUDMOVER_WAITAOF: 'off' });
});
afterAll(() => stack.close());
beforeEach(async () => {
  await stack.control('POST', 'reset');
  api = await TransfersApi.connect(stack);
});

const asSource = (): Headers => ({ 'X-Source-Token': api.tokens['X-Source-Token']! });
const asDestination = (): Headers => ({ 'X-Destination-Token': api.tokens['X-Destination-Token']! });

async function answerTo(headers: Headers, id: string, command: string) {
  const { status, body } = await stack.api.post(`/api/transfers/${id}/${command}`).set(headers);
  return { ...(body as { code?: string; side?: string; detail?: string; state?: string }), status };
}

/** Signs in again for another purpose. */
async function reconnect(side: 'source' | 'destination'): Promise<void> {
  const account = side === 'source' ? ALICE : BOB;
  api.tokens[side === 'source' ? 'X-Source-Token' : 'X-Destination-Token'] = await connect(stack, side, account);
}

const revoke = (headers: Headers) => stack.api.post('/session/revoke').set(headers).expect(200);
const logout = (headers: Headers) => stack.api.delete('/session/logout').set(headers).expect(200);

async function aDoneTransfer(parts: object = {}): Promise<TransferDto> {
  return api.run({ items: [(await api.aTree({ folders: 1, files: 2 })).folderId], ...parts });
}

/** A running transfer that is too slow to end during a test. */
async function aSlowTransfer(): Promise<TransferDto> {
  await api.behave({ latencyMs: { 'files.copy': 1_500 } });
  const { id } = await api.start({ items: [(await api.aTree({ files: 100 })).folderId] });
  return api.until(id, ({ state, counts }) => state === 'running' && counts.verified > 2);
}

async function logOf(id: string) {
  const { body } = await stack.api.get(`/api/transfers/${id}/log`).set(api.tokens).expect(200);
  return (body as TransferLogDto).events;
}

describe('a command that reads, writes or trashes', () => {
  const missing = (side: string) => ({
    status: 401,
    code: 'token_missing',
    side,
    detail: expect.stringContaining(side === 'source' ? 'X-Source-Token' : 'X-Destination-Token') as string,
  });

  it('needs both accounts: a rerun and the undo of a move', async () => {
    const { id, consents } = await aDoneTransfer({ mode: 'move' });
    expect(consents).toEqual({
      rerun: ['source', 'destination'],
      links: ['destination'],
      undo: ['source', 'destination'],
    });
    for (const command of ['rerun', 'retry', 'undo']) {
      expect(await answerTo(asDestination(), id, command)).toMatchObject(missing('source'));
      expect(await answerTo(asSource(), id, command)).toMatchObject(missing('destination'));
    }
    expect((await api.get(id)).state).toBe('completed');
    await api.command(id, 'rerun');
    await api.ended(id);
    await api.command(id, 'undo');
    expect((await api.ended(id)).state).toBe('undone');
  });

  it('needs both accounts: the start of a preflight, by either address', async () => {
    const { folderId } = await api.aTree({ folders: 1, files: 2 });
    const preflight = await api.preflight({ items: [folderId], mode: 'move' });
    await api.counted(preflight.id);
    expect(await answerTo(asDestination(), preflight.id, 'start')).toMatchObject(missing('source'));
    expect(await answerTo(asSource(), preflight.id, 'start')).toMatchObject(missing('destination'));
    // Another account's token instead of the missing one.
    await stack.control('POST', 'accounts', { email: CAROL });
    const carol = await connect(stack, 'general', CAROL);
    const stranger = { ...asDestination(), 'X-Source-Token': carol };
    const refused = { status: 403, code: 'wrong_account', side: 'source' };
    expect(await answerTo(stranger, preflight.id, 'start')).toMatchObject(refused);
    const { body } = await stack.api.post('/api/transfers').set(stranger).send({ preflightId: preflight.id });
    expect(body).toMatchObject(refused);
    expect((await api.preflightAt(preflight.id)).state).toBe('ready');
    expect((await api.command(preflight.id, 'start')).state).toBe('running');
    await api.ended(preflight.id);
  });

  it('needs the destination for the undo of a copy', async () => {
    const { id } = await aDoneTransfer();
    expect((await api.get(id)).consents).toMatchObject({ undo: ['destination'] });
    expect(await answerTo(asSource(), id, 'undo')).toMatchObject(missing('destination'));
    // The source may be signed out.
    await logout(asSource());
    expect(await answerTo({ ...asSource(), ...asDestination() }, id, 'undo')).toMatchObject({ status: 202 });
    Object.assign(api.tokens, { 'X-Source-Token': await connect(stack, 'source', ALICE) });
    expect((await api.ended(id)).state).toBe('undone');
  });

  it('names the sign-in that has ended', async () => {
    const { id } = await aDoneTransfer();
    const tokens = { ...api.tokens };
    await logout(asSource());
    expect(await answerTo(tokens, id, 'rerun')).toMatchObject({ status: 401, code: 'session_expired', side: 'source' });
  });

  it('accepts general sessions, sessions of the other side, and one session if an account is both sides', async () => {
    const { id } = await aDoneTransfer();
    const [alice, bob] = [await connect(stack, 'general', ALICE), await connect(stack, 'general', BOB)];
    await api.behave({});
    // Sessions for another purpose, with Alice as the destination and Bob as the source.
    expect(await answerTo({ 'X-Source-Token': bob, 'X-Destination-Token': alice }, id, 'rerun')).toMatchObject({
      status: 202,
    });
    await api.ended(id);
    const { folderId } = await api.aTree({ folders: 1, files: 1 });
    const own = await stack.api
      .post('/api/transfers')
      .set({ 'X-Source-Token': alice, 'X-Destination-Token': alice })
      .send({ items: [folderId] })
      .expect(202);
    const ownId = (own.body as { id: string }).id;
    await api.ended(ownId);
    expect(await answerTo({ Authorization: `Bearer ${alice}` }, ownId, 'rerun')).toMatchObject({ status: 202 });
    await api.ended(ownId);
  });

  it('does not accept a copy-only session as consent to write or to trash', async () => {
    const { id } = await aDoneTransfer({ mode: 'move' });
    const full = { ...api.tokens };
    const readOnly = (account: string) => connect(stack, 'source', account, { access: 'readonly' });
    const refused = (side: string) => ({ status: 403, code: 'scope_missing', side });
    // Other sessions of the same account have full access at Google; this one did not request it.
    const alice = await readOnly(ALICE);
    for (const command of ['undo', 'rerun'])
      expect(await answerTo({ ...full, 'X-Source-Token': alice }, id, command)).toMatchObject(refused('source'));
    const bob = await readOnly(BOB);
    const asBob = { 'X-Source-Token': full['X-Source-Token']!, Authorization: `Bearer ${bob}` };
    expect(await answerTo(asBob, id, 'undo')).toMatchObject(refused('destination'));
    expect((await api.get(id)).state).toBe('completed');
    // It is enough for a copy that such a session started.
    const { folderId } = await api.aTree({ folders: 1, files: 1 });
    api.tokens['X-Source-Token'] = alice;
    const copy = await api.run({ items: [folderId] });
    expect(await answerTo(api.tokens, copy.id, 'rerun')).toMatchObject({ status: 202 });
    await api.ended(copy.id);
  });

  it('is logged with the accounts that sent it, visible to both', async () => {
    const { id } = await aSlowTransfer();
    expect(await answerTo(asSource(), id, 'pause')).toMatchObject({ status: 202 });
    await api.until(id, ({ state }) => state === 'paused');
    expect(await answerTo(asDestination(), id, 'cancel')).toMatchObject({ status: 202 });
    await api.ended(id);
    await api.behave({});
    await api.command(id, 'retry');
    await api.ended(id);
    const commands = (await logOf(id)).flatMap(({ command, by }) => (command ? [[command, ...by!]] : []));
    expect(commands).toEqual([
      ['create', 'source', 'destination'],
      ['pause', 'source'],
      ['cancel', 'destination'],
      ['retry', 'source', 'destination'],
    ]);
  });
});

describe('an account that withdraws its access', () => {
  it('stops its transfers at once; each resumes by a command of its own user, not by another sign-in', async () => {
    const { id } = await aSlowTransfer();
    await revoke(asSource());
    const view = async () =>
      (await stack.api.get(`/api/transfers/${id}`).set(asDestination()).expect(200)).body as TransferDto;
    expect(await view()).toMatchObject({
      state: 'needs_reconnect',
      parked: { side: 'source', account: ALICE },
      allowedActions: ['reconnect', 'resume', 'cancel', 'report'],
      consents: { resume: ['source'] },
    });
    await reconnect('source');
    // A worker resumes parked transfers when it checks the open ones; this one is then resumed as well.
    const limited = { operation: 'files.copy', status: 403, reason: 'quotaExceeded', retryAfter: 1, times: 1 };
    await api.behave({ faults: [limited] });
    expect((await aDoneTransfer()).state).toBe('completed');
    expect(await view()).toMatchObject({ state: 'needs_reconnect' });
    expect(await answerTo(asDestination(), id, 'resume')).toMatchObject({
      status: 401,
      code: 'token_missing',
      side: 'source',
    });
    expect(await answerTo(asSource(), id, 'resume')).toMatchObject({ status: 202, state: 'running' });
    expect((await api.ended(id)).state).toBe('completed');
    expect((await logOf(id)).map(({ kind, state, side, by }) => [kind, state ?? side, ...(by ?? [])])).toContainEqual([
      'withdrawn',
      'source',
    ]);
  });

  it('prevents the other account from resuming a paused transfer', async () => {
    const { id } = await aSlowTransfer();
    await api.command(id, 'pause');
    await api.until(id, ({ state }) => state === 'paused');
    await revoke(asSource());
    await reconnect('source');
    expect(await answerTo(asDestination(), id, 'resume')).toMatchObject({ code: 'token_missing', side: 'source' });
    expect((await api.get(id)).consents).toEqual({ resume: ['source'] });
    expect(await answerTo(asDestination(), id, 'cancel')).toMatchObject({ status: 202 });
    expect((await api.ended(id)).state).toBe('canceled');
  });

  it.each(['source', 'destination'] as const)(
    'the %s, ends reruns permanently, also with both tokens',
    async (side) => {
      const { id } = await aDoneTransfer();
      await revoke(side === 'source' ? asSource() : asDestination());
      await reconnect(side);
      const transfer = await api.get(id);
      expect(transfer).toMatchObject({ withdrawn: [side] });
      expect(transfer.allowedActions).toEqual(['links', 'undo', 'report']);
      expect(await api.refused(id, 'rerun')).toMatchObject({
        status: 409,
        code: 'access_withdrawn',
        detail: expect.stringContaining('start a new transfer'),
      });
      // A new transfer is a new consent.
      const another = await aDoneTransfer();
      expect(another.withdrawn).toEqual([]);
      await api.command(another.id, 'rerun');
      await api.ended(another.id);
    },
  );

  it('makes its preflights wait as well, and resumes them by the same command', async () => {
    await api.behave({ latencyMs: { 'files.list': 3_000 } });
    const { id } = await api.preflight({ items: [(await api.aTree()).folderId] });
    await revoke(asSource());
    expect(await (await stack.api.get(`/api/preflights/${id}`).set(asDestination())).body).toMatchObject({
      state: 'counting',
      parked: { side: 'source' },
    });
    await reconnect('source');
    await api.behave({});
    expect(await answerTo(asDestination(), id, 'resume')).toMatchObject({ code: 'token_missing', side: 'source' });
    expect(await answerTo(asSource(), id, 'resume')).toMatchObject({ status: 202 });
    expect((await api.counted(id)).state).toBe('ready');
  });
});

describe('an account that signs out', () => {
  it('ends reruns of ended transfers with its last session, not before', async () => {
    const { id } = await aDoneTransfer();
    await stack.api.post('/session/logout-others').set(asSource()).expect(200); // sessions of earlier tests
    const second = { Authorization: `Bearer ${await connect(stack, 'source', ALICE)}` };
    await logout(asSource());
    expect((await api.get(id)).allowedActions).toContain('rerun');
    await logout(second);
    await reconnect('source');
    expect(await api.refused(id, 'rerun')).toMatchObject({ code: 'access_withdrawn' });
  });

  it('does not affect transfers in progress', async () => {
    const { id } = await aSlowTransfer();
    await logout(asSource());
    await logout(asDestination());
    await api.behave({});
    for (const side of ['source', 'destination'] as const) await reconnect(side);
    expect(await api.ended(id)).toMatchObject({ state: 'completed', withdrawn: [] });
    await api.command(id, 'rerun');
    await api.ended(id);
  });
});
