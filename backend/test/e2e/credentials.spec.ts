import { randomBytes } from 'node:crypto';
import type { TransferDto } from '../../src/transfers/transfers.dto.js';
import { keys } from '../../src/adapters/redis/keys.js';
import { connectRedis } from '../support/redis.js';
import { connect, startStack, type Stack } from '../support/stack.js';
import { ALICE, BOB, TransfersApi } from '../support/transfers-api.js';
import { until } from '../../../tools/until.ts';

describe('the credential at Google', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ CLOUDMOVER_ROLE: 'all', CLOUDMOVER_WAITAOF: 'off' });
  });
  afterAll(() => stack.close());
  beforeEach(async () => {
    await stack.control('POST', 'reset');
    // The product still has what an earlier test left: sessions and their credentials.
    for (const account of [ALICE, BOB]) {
      const token = await connect(stack, 'source', account);
      await stack.api.post('/session/revoke').set('X-Source-Token', token).expect(200);
    }
    await stack.control('DELETE', 'stats');
  });

  /** The number of revocations that the sandbox has received. */
  async function withdrawals(): Promise<number> {
    const { requests } = await stack.control<{ requests: Record<string, Record<string, number>> }>('GET', 'stats');
    return requests['oauth.revoke']?.['200'] ?? 0;
  }

  async function untilWithdrawn(count: number): Promise<void> {
    await until(`${count} credentials are withdrawn`, async () => (await withdrawals()) >= count);
  }

  const logout = (token: string) =>
    stack.api.delete('/session/logout').set('Authorization', `Bearer ${token}`).expect(200);

  it('is withdrawn with the last session of the account, on whichever side', async () => {
    const source = await connect(stack, 'source', ALICE);
    const destination = await connect(stack, 'destination', ALICE);
    const other = await connect(stack, 'destination', BOB);
    await logout(source);
    expect(await withdrawals()).toBe(0);
    await stack.api.get('/drive-info').query({ token: destination }).expect(200);
    await logout(destination);
    expect(await withdrawals()).toBe(1);
    await stack.api.get('/drive-info').query({ token: other }).expect(200);
    await logout(other);
    expect(await withdrawals()).toBe(2);
  });

  it('outlives the sessions while a transfer runs, and is withdrawn at its end', async () => {
    const api = await TransfersApi.connect(stack);
    const { folderId } = await api.aTree({ files: 30 });
    await api.behave({ faults: [{ operation: 'files.copy', kind: 'hold' }] });
    await api.start({ items: [folderId] });
    for (const token of Object.values(api.tokens)) await logout(token);
    expect(await withdrawals()).toBe(0);
    await api.behave({});
    await untilWithdrawn(2);
    expect(await api.shape(BOB)).toEqual(await api.shape(ALICE));
  });

  it('is withdrawn at once on request: transfers that use it stop, are named, and are resumed by their user', async () => {
    const api = await TransfersApi.connect(stack);
    const { folderId } = await api.aTree({ files: 60 });
    await api.behave({ latencyMs: { 'files.copy': 1_500 } });
    const { id } = await api.start({ items: [folderId] });
    await api.until(id, ({ counts }) => counts.verified > 8);
    const elsewhere = await connect(stack, 'source', BOB);

    const token = api.tokens['X-Destination-Token']!;
    const { body } = await stack.api.post('/session/revoke').set('X-Destination-Token', token).expect(200);
    expect(body).toEqual({ sessionsEnded: 2, transfers: [id], confirmed: true });
    await api.behave({});
    for (const ended of [token, elsewhere])
      await stack.api.get('/session/validate').set('Authorization', `Bearer ${ended}`).expect(401);
    const parked = await api.until(id, ({ state }) => state === 'needs_reconnect');
    expect(parked).toMatchObject({ parked: { side: 'destination', account: BOB }, counts: { failed: 0 } });

    const again = await connect(stack, 'destination', BOB);
    await stack.api.post(`/api/transfers/${id}/resume`).set('X-Destination-Token', again).expect(202);
    expect((await api.ended(id)).state).toBe('completed');
    expect(await api.shape(BOB)).toEqual(await api.shape(ALICE));
    for (const each of [again, api.tokens['X-Source-Token']!]) await logout(each);
    await untilWithdrawn(3);
  });

  it('is kept at Google on request', async () => {
    const keep = { keep_grant: true };
    const token = await connect(stack, 'source', ALICE);
    await stack.api.delete('/session/logout').query(keep).set('X-Source-Token', token).expect(200);
    const [one, other] = [await connect(stack, 'source', BOB), await connect(stack, 'source', BOB)];
    const { body } = await stack.api.get('/session/active').set('X-Source-Token', other).expect(200);
    const { id } = (body as { sessions: { id: string; current: boolean }[] }).sessions.find((each) => !each.current)!;
    await stack.api.delete(`/session/${id}`).query(keep).set('X-Source-Token', other).expect(200);
    await stack.api.get('/session/validate').set('X-Source-Token', one).expect(401);
    expect(await withdrawals()).toBe(0);
    // The last session decides.
    await logout(other);
    expect(await withdrawals()).toBe(1);
  });

  it('can be granted again while a withdrawal waits for Google, which cancels the withdrawal', async () => {
    const token = await connect(stack, 'source', ALICE);
    await stack.control('PUT', 'behavior', { faults: [{ operation: 'oauth.revoke', status: 503, times: 1 }] });
    await logout(token);
    expect(await withdrawals()).toBe(0);
    const again = await connect(stack, 'source', ALICE);
    await stack.api.get('/drive-info').query({ token: again }).expect(200);
    await logout(again);
    expect(await withdrawals()).toBe(1);
  });

  it('is withdrawn by a worker when its sessions have expired', async () => {
    await connect(stack, 'source', ALICE);
    const redis = await connectRedis();
    const [credentialId, ...others] = await redis.zrange(keys.credentialsDue(), 0, '-1');
    expect(others).toEqual([]);
    // Simulates that a day has passed.
    for (const claim of await redis.zrange(keys.credentialClaims(credentialId!), 0, '-1'))
      await redis.zadd(keys.credentialClaims(credentialId!), Date.now() - 1, claim);
    await redis.zadd(keys.credentialsDue(), Date.now() - 1, credentialId!);
    await untilWithdrawn(1);
    // The worker removes them after Google's response.
    const kept = ['credential', 'credentialClaims', 'credentialEnding'] as const;
    await until(
      'nothing is left of it',
      async () =>
        (await redis.exists(...kept.map((name) => keys[name](credentialId!)))) === 0 &&
        (await redis.zscore(keys.credentialsDue(), credentialId!)) === null,
    );
    redis.disconnect();
  });

  it('is released with a deleted preflight', async () => {
    const api = await TransfersApi.connect(stack);
    const { id } = await api.preflight({ items: [(await api.aTree()).folderId] });
    await api.counted(id);
    const [source, destination] = Object.values(api.tokens) as [string, string];
    await logout(source);
    expect(await withdrawals()).toBe(0);
    await stack.api.delete(`/api/preflights/${id}`).set('X-Destination-Token', destination).expect(204);
    expect(await withdrawals()).toBe(1);
  });

  it('works with refresh tokens that each use replaces, for a transfer and a session', async () => {
    const api = await TransfersApi.connect(stack);
    const redirectUris = ['source', 'destination'].map((type) => `http://localhost:3000/auth/${type}/callback`);
    const rotating = { clientId: 'test-client', clientSecret: 'test-client-secret', rotationGraceSeconds: 0 };
    await stack.control('POST', 'clients', { ...rotating, redirectUris });
    const worker = await stack.startAnother('worker');
    try {
      await api.behave({ latencyMs: { 'files.copy': 100 } });
      const { id } = await api.start({ items: [(await api.aTree({ files: 60 })).folderId] });
      for (const verified of [5, 20, 40]) {
        await api.until(id, ({ counts }) => counts.verified > verified);
        for (const account of [ALICE, BOB]) await stack.control('POST', 'tokens/expire', { account });
        await stack.api.get('/drive-info').set('X-Source-Token', api.tokens['X-Source-Token']!).expect(200);
      }
      expect(await api.ended(id)).toMatchObject({ state: 'completed', counts: { failed: 0 } });
    } finally {
      await worker.close();
    }
    const { requests } = await stack.control<{ requests: Record<string, Record<string, number>> }>('GET', 'stats');
    // Two codes, and at most one refresh for each expiry of an account's tokens; none was refused.
    expect(Object.keys(requests['oauth.token']!)).toEqual(['200']);
    expect(requests['oauth.token']!['200']).toBeGreaterThan(4);
    expect(requests['oauth.token']!['200']).toBeLessThanOrEqual(8);
    expect(await api.shape(BOB)).toEqual(await api.shape(ALICE));
  });

  it('is requested again when the key is lost, and running transfers resume', async () => {
    const api = await TransfersApi.connect(stack);
    const before = Object.values(api.tokens);
    const { folderId } = await api.aTree({ files: 40 });
    await api.behave({ latencyMs: { 'files.copy': 1_500 } });
    const { id } = await api.start({ items: [folderId] });
    await api.until(id, ({ counts }) => counts.verified > 3);
    await api.behave({ latencyMs: { 'files.copy': 1_500, 'files.list': 3_000 } });
    const preflight = await api.preflight({ items: [folderId] });
    await stack.restart({ general: { credentialsKeys: [{ id: 'other', key: randomBytes(32) }] } });
    await api.behave({});
    for (const token of before) {
      const answer = await stack.api.get('/drive-info').set('Authorization', `Bearer ${token}`).expect(401);
      expect(answer.body).toMatchObject({ code: 'session_expired' });
      await stack.api.get(`/api/transfers/${id}`).set('Authorization', `Bearer ${token}`).expect(401);
    }
    const again = { 'X-Source-Token': await connect(stack, 'source', ALICE) };
    const view = async () => (await stack.api.get(`/api/transfers/${id}`).set(again).expect(200)).body as TransferDto;
    const parked = await until('it is parked for Bob', async () => {
      const transfer = await view();
      return transfer.parked?.account === BOB && transfer;
    });
    expect(parked).toMatchObject({ state: 'needs_reconnect', parked: { side: 'destination', account: BOB } });
    expect((await stack.api.get(`/api/preflights/${preflight.id}`).set(again)).status).toBe(200);
    const tokens = { ...again, 'X-Destination-Token': await connect(stack, 'destination', BOB) };
    Object.assign(api.tokens, tokens);
    // Both accounts separately, because either may have waited first.
    for (const waiting of [id, preflight.id])
      await stack.api.post(`/api/transfers/${waiting}/resume`).set(tokens).expect(202);
    expect(await api.ended(id)).toMatchObject({ state: 'completed', counts: { failed: 0 } });
    expect((await api.counted(preflight.id)).state).toBe('ready');
    await stack.restart();
  });
});
