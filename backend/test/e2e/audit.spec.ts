import { newToken } from '../../src/session/token.js';
import { connect, startStack, type Stack } from '../support/stack.js';
import { ALICE, BOB, TransfersApi } from '../support/transfers-api.js';

const CAROL = 'carol@example.com';
const KEY = 'operator-key-of-thirty-two-or-more-characters';

interface Line {
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly object?: string;
  readonly outcome: string;
  readonly detail?: object;
  readonly requestId?: string;
}

describe('GET /session/audit', () => {
  let stack: Stack;
  let transferId: string;
  let token: string;
  let carol: { token: string; id: string };
  const asProxied = { 'X-Forwarded-For': '203.0.113.7', 'X-Request-Id': 'from-the-proxy-1' };

  beforeAll(async () => {
    stack = await startStack({
      CLOUDMOVER_ROLE: 'all',
      CLOUDMOVER_WAITAOF: 'off',
      OPERATOR_KEY: KEY,
      TRUST_PROXY: 'loopback',
    });
    const api = await TransfersApi.connect(stack);
    const { folderId } = await api.aTree({ folders: 1, files: 2, bytes: 100 });
    const transfer = await api.run({ items: [folderId], target: { folderId: 'root' }, mode: 'move' });
    transferId = transfer.id;
    await stack.api.post(`/api/transfers/${transferId}/pause`).set(api.tokens).expect(409);
    await stack.api.patch(`/api/transfers/${transferId}`).set(api.tokens).send({ name: 'Secret plans' }).expect(200);
    await stack.api.post(`/api/transfers/${transferId}/undo`).set(api.tokens).set(asProxied).expect(202);
    token = api.tokens['X-Destination-Token']!;
    await stack.api.post(`/api/transfers/${token}/pause`).set(api.tokens).expect(404);
    await stack.api.get('/session/audit').set('X-Operator-Key', 'x'.repeat(40)).expect(403);
    await stack.api.delete('/session/logout').set('X-Source-Token', api.tokens['X-Source-Token']!).expect(200);
    // Connected here, because the tests count connections and accounts.
    await stack.control('POST', 'accounts', { email: CAROL });
    const fresh = await connect(stack, 'source', CAROL);
    const { body } = await stack.api.get('/session/active').set('Authorization', `Bearer ${fresh}`).expect(200);
    carol = { token: fresh, id: (body as { sessions: { id: string }[] }).sessions[0]!.id };
  });
  afterAll(() => stack.close());

  async function lines(query: object = {}): Promise<Line[]> {
    const answer = await stack.api.get('/session/audit').set('X-Operator-Key', KEY).query(query).buffer().expect(200);
    expect(answer.headers['content-type']).toContain('application/x-ndjson');
    return answer.text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Line);
  }

  it('records who did what to what, when, and with which outcome', async () => {
    const logged = await lines();
    const object = `transfer:${transferId}`;
    for (const expected of [
      { action: 'account.connected', outcome: 'done', detail: { type: 'source' } },
      { action: 'account.connected', outcome: 'done', detail: { type: 'destination' } },
      { action: 'transfer.created', object, outcome: 'done', detail: { mode: 'move', items: 1 } },
      { action: 'transfer.ended', object, actor: 'cloudmover', outcome: 'done', detail: { state: 'completed' } },
      { action: 'transfer.commanded', object, outcome: 'transfer_state', detail: { command: 'pause', by: 'both' } },
      { action: 'transfer.commanded', object, outcome: 'done', detail: { command: 'rename' } },
      { action: 'transfer.commanded', object, outcome: 'done', detail: { command: 'undo', by: 'both' } },
      { action: 'operator.key_refused', actor: 'unknown', outcome: 'operator_key_refused' },
      { action: 'session.ended', outcome: 'done' },
      { action: 'operator.read', actor: 'operator', object: 'GET /session/audit', outcome: 'done' },
    ])
      expect(logged).toContainEqual(expect.objectContaining(expected));
    expect(logged.filter(({ action }) => action === 'account.connected')).toHaveLength(3);
    const [created] = logged.filter(({ action }) => action === 'transfer.created');
    expect(created?.actor).toMatch(/^\d{6,}$/);
    expect(created?.requestId).toMatch(/^[\da-f-]{36}$/);
    expect(logged.find(({ detail }) => JSON.stringify(detail) === '{"command":"undo","by":"both"}')?.requestId).toBe(
      'from-the-proxy-1',
    );
    const times = logged.map(({ at }) => Date.parse(at));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    for (const secret of [ALICE, BOB, KEY, token, 'Secret plans']) expect(JSON.stringify(logged)).not.toContain(secret);
  });

  it('replaces the same account by the same hash', async () => {
    const [plain, hashed] = [await lines(), await lines({ hash: 'true' })];
    const names = new Map(plain.map(({ actor }, index) => [actor, hashed[index]?.actor]));
    const accounts = [...names].filter(([actor]) => /^\d+$/.test(actor));
    expect(accounts).toHaveLength(3);
    for (const [actor, hash] of accounts) {
      expect(hash).toMatch(/^acc_[\w-]{22}$/);
      expect(hashed.filter((line) => line.actor === hash)).toHaveLength(
        plain.filter((line) => line.actor === actor).length,
      );
    }
    expect(names.get('operator')).toBe('operator');
  });

  it('returns entries between two times, and explains the format of a time', async () => {
    const all = await lines();
    const middle = all[3]!.at;
    expect(await lines({ from: middle, to: middle })).toEqual(all.filter(({ at }) => at === middle));
    expect(await lines({ to: '2020-01-01' })).toEqual([]);
    for (const query of [{ from: 'yesterday' }, { hash: '1' }, { until: '2020-01-01' }]) {
      const answer = await stack.api.get('/session/audit').set('X-Operator-Key', KEY).query(query).expect(400);
      expect(answer.body).toMatchObject({ code: 'invalid_request', errors: [{ parameter: Object.keys(query)[0] }] });
    }
  });

  it('requires the operator key', async () => {
    await stack.api.get('/session/audit').expect(403);
  });

  it('records refused access by account, and a flood of it as a few entries', async () => {
    const asCarol = { 'X-Source-Token': carol.token };
    for (let i = 0; i < 30; i++) await stack.api.get(`/api/transfers/${transferId}`).set(asCarol).expect(404);
    await stack.api.post('/api/folders').set('Authorization', `Bearer ${carol.token}`).send({ name: 'x' }).expect(403);
    await stack.api.post(`/api/transfers/${transferId}/cancel`).set(asCarol).expect(404);
    await stack.api.delete(`/session/${carol.id}x`).set(asCarol).expect(404);
    await stack.api.post('/api/transfers').set(asCarol).send({ preflightId: 'x' }).expect(401);
    const withEnded = { ...asCarol, 'X-Destination-Token': newToken() };
    await stack.api
      .post('/api/preflights')
      .set(withEnded)
      .send({ items: ['x'] })
      .expect(401);

    const entries = await lines();
    const sub = entries.find(
      ({ object, action }) => action === 'account.connected' && object?.includes(carol.id),
    )!.actor;
    const refused = entries.filter(({ actor, outcome }) => actor === sub && outcome !== 'done');
    for (const expected of [
      {
        action: 'access.refused',
        object: `transfer:${transferId}`,
        outcome: 'transfer_not_found',
        detail: { route: 'GET /api/transfers/:id' },
      },
      { action: 'access.refused', outcome: 'wrong_side', detail: { route: 'POST /api/folders' } },
      { action: 'access.refused', outcome: 'token_missing', detail: { route: 'POST /api/transfers' } },
      { action: 'access.refused', outcome: 'session_expired', detail: { route: 'POST /api/preflights' } },
      { action: 'access.refused', outcome: 'session_not_found', detail: { route: 'DELETE /session/:id' } },
      { action: 'transfer.commanded', outcome: 'transfer_not_found', detail: { command: 'cancel' } },
    ])
      expect(refused).toContainEqual(expect.objectContaining(expected));
    expect(refused.length).toBeLessThan(12);
    for (const secret of [carol.token, 'carol@']) expect(JSON.stringify(refused)).not.toContain(secret);
  });
});

describe('the id of a request', () => {
  const given = { 'X-Forwarded-For': '203.0.113.7', 'X-Request-Id': 'from-the-proxy-1' };

  it('is a trusted proxy’s, if it has a safe form', async () => {
    const stack = await startStack({ TRUST_PROXY: 'loopback' });
    const idFor = async (headers: Record<string, string>) =>
      (await stack.api.get('/health/live').set(headers).expect(200)).headers['x-request-id'];
    expect(await idFor(given)).toBe('from-the-proxy-1');
    for (const unsafe of ['short', 'x'.repeat(65), 'two words', '<script>alert(1)</script>'])
      expect(await idFor({ ...given, 'X-Request-Id': unsafe })).toMatch(/^[\da-f-]{36}$/);
    const refused = await stack.api.get('/session/validate').set(given).expect(401);
    expect(refused.body).toMatchObject({ traceId: 'from-the-proxy-1' });
    await stack.close();
  });

  it('is not accepted from anyone else', async () => {
    const stack = await startStack();
    const answer = await stack.api.get('/health/live').set(given).expect(200);
    expect(answer.headers['x-request-id']).toMatch(/^[\da-f-]{36}$/);
    await stack.close();
  });
});
