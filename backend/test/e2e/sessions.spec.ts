import { jest } from '@jest/globals';
import { connect, startStack, type Stack } from '../support/stack.js';
import { connectRedis } from '../support/redis.js';
import { AuditLog } from '../../src/insight/audit.port.js';
import { digest } from '../../src/session/token.js';

const OPERATOR = 'operator-key-of-at-least-32-characters';
const ALICE = 'alice@example.com';
const BOB = 'bob@example.com';

interface Active {
  sessions: { id: string; type: string; account: { email: string }; current: boolean; lastUsedAt: string | null }[];
}

describe('sessions', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ OPERATOR_KEY: OPERATOR });
  });
  afterAll(() => stack.close());

  describe('GET /session/validate', () => {
    it('tells type, account and a life of 24 hours', async () => {
      const token = await connect(stack, 'source', ALICE);
      const { body } = await stack.api.get('/session/validate').query({ token }).expect(200);
      const { expiresAt, expiresIn } = body as { expiresAt: string; expiresIn: number };
      expect(body).toMatchObject({ valid: true, type: 'source', account: { email: ALICE } });
      expect(expiresIn).toBeGreaterThan(86_390);
      expect(expiresIn).toBeLessThanOrEqual(86_400);
      expect(Math.abs(Date.parse(expiresAt) - Date.now() - expiresIn * 1000)).toBeLessThan(2_000);
    });

    it('accepts the token in every place', async () => {
      const token = await connect(stack, 'destination', BOB);
      await stack.api.get('/session/validate').set('Authorization', `Bearer ${token}`).expect(200);
      await stack.api.get('/session/validate').set('X-Destination-Token', token).expect(200);
    });
  });

  it('gives a token from an address ten minutes, and as long as it may be idle once it was used', async () => {
    const redis = await connectRedis();
    const token = await connect(stack, 'source', ALICE);
    const key = `credentials:${digest(token)}`;
    expect(await redis.ttl(key)).toBeLessThanOrEqual(600);
    await stack.api.get('/session/validate').query({ token }).expect(200);
    for (let tries = 0; tries < 50 && (await redis.ttl(key)) <= 600; tries++) await new Promise(setImmediate);
    const left = await redis.ttl(key);
    expect(left).toBeGreaterThan(8 * 3600 - 10);
    expect(left).toBeLessThanOrEqual(8 * 3600);
    redis.disconnect();
  });

  describe('POST /session/rotate', () => {
    it('gives a new token; the old one ends the session once its ten seconds are over', async () => {
      const old = await connect(stack, 'source', ALICE);
      const { body } = await stack.api.post('/session/rotate').set('X-Source-Token', old).expect(200);
      const { token, type } = body as { token: string; type: string };
      expect(type).toBe('source');
      expect(token).not.toBe(old);
      const ask = (which: string) => stack.api.get('/session/validate').set('X-Source-Token', which);
      for (const each of [token, old]) await ask(each).expect(200);

      const now = Date.now() + 11_000;
      jest.spyOn(Date, 'now').mockReturnValue(now);
      await ask(token).expect(200);
      for (const each of [old, token, old]) {
        const dead = await ask(each).expect(401);
        expect(dead.body).toMatchObject({ code: 'session_expired', side: 'source' });
      }
      jest.restoreAllMocks();
      const audit = stack.app.get(AuditLog);
      await audit.flush();
      const reused = [];
      for await (const { action, actor } of audit.read()) if (action === 'session.token_reused') reused.push(actor);
      expect(reused).toEqual(['unknown']);
    });

    it('lets one of two rotations at once win', async () => {
      const token = await connect(stack, 'source', ALICE);
      const answers = await Promise.all([1, 2].map(() => stack.api.post('/session/rotate').query({ token })));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 401]);
    });
  });

  describe.each(['delete', 'post'] as const)('%s /session/logout', (method) => {
    it('ends the session; a second call finds none', async () => {
      const token = await connect(stack, 'source', ALICE);
      const { body } = await stack.api[method]('/session/logout').query({ token }).expect(200);
      expect(body).toEqual({ ended: true });
      const again = await stack.api[method]('/session/logout').query({ token }).expect(401);
      expect(again.body).toMatchObject({ code: 'session_expired' });
      await stack.api.get('/session/validate').query({ token }).expect(401);
    });
  });

  describe('GET /session/active', () => {
    it('lists the account’s own sessions, by a name that opens nothing', async () => {
      const token = await connect(stack, 'source', ALICE);
      const other = await connect(stack, 'destination', ALICE);
      await connect(stack, 'destination', BOB);
      const { body, text } = await stack.api.get('/session/active').query({ token }).expect(200);
      const { sessions } = body as Active;
      expect(new Set(sessions.map(({ account }) => account.email))).toEqual(new Set([ALICE]));
      expect(sessions.filter(({ current }) => current)).toHaveLength(1);
      expect(sessions[0]).toMatchObject({ type: 'destination', current: false, lastUsedAt: null });
      for (const secret of [token, other, digest(token), digest(other)]) expect(text).not.toContain(secret);
      for (const { id } of sessions) {
        const answer = await stack.api.get('/session/validate').query({ token: id }).expect(401);
        expect(answer.body).toMatchObject({ code: 'session_expired' });
      }
    });

    it('lists everybody’s to the operator, and refuses a wrong key whatever token comes with it', async () => {
      const token = await connect(stack, 'source', ALICE);
      await connect(stack, 'destination', BOB);
      const { body } = await stack.api.get('/session/active').set('X-Operator-Key', OPERATOR).expect(200);
      const emails = (body as Active).sessions.map(({ account }) => account.email);
      expect(emails).toEqual(expect.arrayContaining([ALICE, BOB]));
      const refused = await stack.api
        .get('/session/active')
        .query({ token })
        .set('X-Operator-Key', 'wrong')
        .expect(403);
      expect(refused.body).toMatchObject({ code: 'operator_key_refused' });
    });
  });
});
