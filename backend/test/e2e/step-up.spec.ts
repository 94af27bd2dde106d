import type { TransferDto } from '../../src/transfers/transfers.dto.js';
import { age } from '../support/sign-in-age.js';
import { connect, startStack, type Stack } from '../support/stack.js';
import { ALICE, BOB, TransfersApi } from '../support/transfers-api.js';

const OPERATOR = 'operator-key-of-at-least-32-characters';
const OVER_AN_HOUR = 3_601_000;
type Side = 'source' | 'destination';
const HEADERS = { source: 'X-Source-Token', destination: 'X-Destination-Token' } as const;
const ACCOUNTS = { source: ALICE, destination: BOB } as const;

describe('a sign-in of more than an hour ago', () => {
  let stack: Stack;
  let api: TransfersApi;
  beforeAll(async () => {
    stack = await startStack({ CLOUDMOVER_ROLE: 'all', CLOUDMOVER_WAITAOF: 'off', OPERATOR_KEY: OPERATOR });
  });
  afterAll(() => stack.close());
  beforeEach(async () => {
    await stack.control('POST', 'reset');
    api = await TransfersApi.connect(stack);
  });

  const grow = (side: Side, ms = OVER_AN_HOUR) => age(stack, api.tokens[HEADERS[side]]!, ms);
  /** Like the portal: signs in at Google and replaces the token. */
  async function signInAgain(side: Side): Promise<void> {
    const token = await connect(stack, side, ACCOUNTS[side]);
    const { body } = await stack.api.post('/session/rotate').set(HEADERS[side], token).expect(200);
    api.tokens[HEADERS[side]] = (body as { token: string }).token;
  }
  async function post(path: string, body?: object, query = {}) {
    const answer = await stack.api.post(path).query(query).set(api.tokens).send(body);
    return { ...(answer.body as { code?: string; side?: Side; id?: string }), status: answer.status };
  }
  const tooOld = (side: Side) => ({ status: 403, code: 'reauthentication_required', side });
  const aTree = async () => (await api.aTree({ folders: 1, files: 2 })).folderId;
  const aDoneMove = async (): Promise<TransferDto> => api.run({ items: [await aTree()], mode: 'move' });

  it('is not enough to start a move, of several items, of one file, or of a preflight', async () => {
    const items = [await aTree()];
    await grow('source');
    await grow('destination');
    expect(await post('/api/transfers', { items, mode: 'move' })).toMatchObject(tooOld('source'));
    const query = { file_id: items[0], target_folder_id: 'root', delete_after_transfer: true };
    expect(await post('/transfer-file', undefined, query)).toMatchObject(tooOld('source'));
    // Counting changes nothing.
    const { id } = await api.preflight({ items, mode: 'move' });
    await api.counted(id);
    expect(await post('/api/transfers', { preflightId: id })).toMatchObject(tooOld('source'));
    expect(await post(`/api/transfers/${id}/start`)).toMatchObject(tooOld('source'));

    await signInAgain('source');
    expect(await post(`/api/transfers/${id}/start`)).toMatchObject({ status: 202 });
    // A started transfer needs no new sign-in.
    await grow('source');
    expect(await post(`/api/transfers/${id}/start`)).toMatchObject({ status: 202 });
    expect((await api.ended(id)).originals).toMatchObject({ kept: 0 });
  });

  it('is enough for a copy, pause and cancel', async () => {
    await grow('source');
    await grow('destination');
    const { id } = await api.run({ items: [await aTree()] });
    expect(await post(`/api/transfers/${id}/rerun`)).toMatchObject({ status: 202 });
    await api.ended(id);
    expect(await post(`/api/transfers/${id}/undo`)).toMatchObject({ status: 202 });
  });

  it('is not enough to retry, rerun or undo a move; to undo it both must be recent', async () => {
    const { id } = await aDoneMove();
    await grow('source');
    expect(await post(`/api/transfers/${id}/rerun`)).toMatchObject(tooOld('source'));
    expect(await post(`/api/transfers/${id}/retry`)).toMatchObject(tooOld('source'));
    expect(await post(`/api/transfers/${id}/undo`)).toMatchObject(tooOld('source'));
    await signInAgain('source');
    expect(await post(`/api/transfers/${id}/retry`)).toMatchObject({ status: 409, code: 'transfer_state' });
    await grow('destination');
    expect(await post(`/api/transfers/${id}/undo`)).toMatchObject(tooOld('destination'));
    expect((await api.get(id)).state).toBe('completed');
    await signInAgain('destination');
    expect(await post(`/api/transfers/${id}/undo`)).toMatchObject({ status: 202 });
    expect((await api.ended(id)).state).toBe('undone');
  });

  it('is not enough to withdraw access; another account’s recent sign-in does not help', async () => {
    await grow('source');
    const revoke = () => stack.api.post('/session/revoke').set('X-Source-Token', api.tokens['X-Source-Token']!);
    const { body } = await revoke().expect(403);
    expect(body).toMatchObject({ code: 'reauthentication_required', side: 'source' });
    await stack.api.get('/list-files').set('X-Source-Token', api.tokens['X-Source-Token']!).expect(200);
    await signInAgain('source');
    await revoke().expect(200);
  });

  it('does not become younger when the token is replaced, and is enough a minute earlier', async () => {
    const items = [await aTree()];
    await grow('source', OVER_AN_HOUR - 60_000);
    expect(await post('/api/transfers', { items, mode: 'move' })).toMatchObject({ status: 202 });
    await grow('source', 60_000);
    const { body } = await stack.api.post('/session/rotate').set('X-Source-Token', api.tokens['X-Source-Token']!);
    api.tokens['X-Source-Token'] = (body as { token: string }).token;
    expect(await post('/api/transfers', { items, mode: 'move' })).toMatchObject(tooOld('source'));
  });

  it('does not apply to a session that a program opened', async () => {
    const { refresh_token: refreshToken } = await stack.control<{ refresh_token: string }>('POST', 'tokens', {
      account: ALICE,
      clientId: 'test-client',
    });
    const { body } = await stack.api
      .post('/session')
      .set('X-Operator-Key', OPERATOR)
      .send({ type: 'source', refreshToken })
      .expect(201);
    api.tokens['X-Source-Token'] = (body as { token: string }).token;
    await grow('source');
    expect(await post('/api/transfers', { items: [await aTree()], mode: 'move' })).toMatchObject({ status: 202 });
    await stack.api.post('/session/revoke').set('X-Source-Token', api.tokens['X-Source-Token']).expect(200);
  });
});
