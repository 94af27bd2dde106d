import request from 'supertest';
import { connect, consent, startStack, type Stack } from '../support/stack.js';
import { connectAdmin, connectRedis } from '../support/redis.js';
import { keys } from '../../src/adapters/redis/keys.js';
import { AuditLog } from '../../src/insight/audit.port.js';
import { digest } from '../../src/session/token.js';

const OPERATOR = 'operator-key-of-at-least-32-characters';
const ALICE = 'alice@example.com';
const DAY_MS = 86_400_000;
const BOB = 'bob@example.com';

interface Active {
  sessions: {
    id: string;
    type: string;
    account?: { email: string };
    current: boolean;
    lastUsedAt: string | null;
    expiresAt: string;
  }[];
  nextCursor?: string;
}

describe('sessions', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ OPERATOR_KEY: OPERATOR });
  });
  afterAll(() => stack.close());

  /** Simulates that the ten seconds of a replaced token have passed. */
  async function graceIsOver(token: string): Promise<void> {
    const redis = await connectRedis();
    const key = keys.sessionGrace(digest(token));
    const left = await redis.pttl(key);
    await redis.del(key);
    redis.disconnect();
    if (left < 1 || left > 10_000) throw new Error(`${left} ms of grace were left.`);
  }

  describe('GET /session/validate', () => {
    it('returns type, account and a lifetime of 24 hours', async () => {
      const before = Date.now();
      const token = await connect(stack, 'source', ALICE);
      const { body } = await stack.api.get('/session/validate').query({ token }).expect(200);
      const { expiresAt, expiresIn } = body as { expiresAt: string; expiresIn: number };
      expect(body).toMatchObject({ valid: true, type: 'source', account: { email: ALICE } });
      const end = Date.parse(expiresAt);
      expect(end).toBeGreaterThanOrEqual(before + DAY_MS);
      expect(end).toBeLessThanOrEqual(Date.now() + DAY_MS);
      // The remaining time when the response was created: between then and now.
      expect(expiresIn).toBeGreaterThanOrEqual(Math.floor((end - Date.now()) / 1_000));
      expect(expiresIn).toBeLessThanOrEqual(86_400);
    });

    it('accepts the token in every place', async () => {
      const token = await connect(stack, 'destination', BOB);
      await stack.api.get('/session/validate').set('Authorization', `Bearer ${token}`).expect(200);
      await stack.api.get('/session/validate').set('X-Destination-Token', token).expect(200);
    });
  });

  describe('the expiry in responses', () => {
    /** When Redis deletes the record of a token (ms). */
    async function droppedAt(token: string): Promise<number> {
      const redis = await connectAdmin();
      const at = await redis.pexpiretime(keys.session(digest(token)));
      redis.disconnect();
      return at;
    }
    const expiresAt = async (token: string) => {
      const { body } = await stack.api.get('/session/validate').set('X-Source-Token', token).expect(200);
      const { expiresAt: end, expiresIn } = body as { expiresAt: string; expiresIn: number };
      return { end: Date.parse(end), expiresIn };
    };
    const active = async (token: string) => {
      const { body } = await stack.api.get('/session/active').set('X-Source-Token', token).expect(200);
      return (body as Active).sessions.map((each) => Date.parse(each.expiresAt));
    };
    afterEach(() => stack.restart());

    const HOUR = 3600;
    it.each([
      ['by default, 24 hours', {}, 24 * HOUR, 24 * HOUR],
      ['an idle limit', { idleSeconds: 2 * HOUR }, 2 * HOUR, 2 * HOUR],
      ['a limit on tokens from addresses', { urlTokenTtlSeconds: HOUR }, HOUR, 24 * HOUR],
      ['both', { urlTokenTtlSeconds: HOUR, idleSeconds: HOUR / 2 }, HOUR / 2, HOUR / 2],
    ])('is the expiry in Redis: %s', async (_, limits, fromAddress, rotated) => {
      await stack.restart({ session: limits });
      const other = await connect(stack, 'source', ALICE);
      const token = await connect(stack, 'source', ALICE);
      const unused = await droppedAt(token);
      expect(unused).toBeLessThanOrEqual(Date.now() + 600_000);
      expect(await active(other)).toContain(unused);

      const used = await expiresAt(token);
      expect(used.end).toBe(await droppedAt(token));
      expect(used.expiresIn).toBeGreaterThan(fromAddress - 30);
      expect(used.expiresIn).toBeLessThanOrEqual(fromAddress);

      const { body } = await stack.api.post('/session/rotate').set('X-Source-Token', token).expect(200);
      const fresh = body as { token: string; expiresAt: string };
      expect(Date.parse(fresh.expiresAt)).toBe(await droppedAt(fresh.token));
      const then = await expiresAt(fresh.token);
      expect([then.end, then.expiresIn > rotated - 30, then.expiresIn <= rotated]).toEqual([
        await droppedAt(fresh.token),
        true,
        true,
      ]);
      expect((await expiresAt(token)).expiresIn).toBeLessThanOrEqual(10);
    });
  });

  describe('POST /session/rotate', () => {
    it('returns a new token; the old one ends the session after ten seconds', async () => {
      const audit = stack.app.get(AuditLog);
      const reuses = async () => {
        await audit.flush();
        const found = [];
        for await (const { action, actor } of audit.read()) if (action === 'session.token_reused') found.push(actor);
        return found;
      };
      const earlier = await reuses();
      const old = await connect(stack, 'source', ALICE);
      const { body } = await stack.api.post('/session/rotate').set('X-Source-Token', old).expect(200);
      const { token, type } = body as { token: string; type: string };
      expect(type).toBe('source');
      expect(token).not.toBe(old);
      const ask = (which: string) => stack.api.get('/session/validate').set('X-Source-Token', which);
      for (const each of [token, old]) await ask(each).expect(200);

      await graceIsOver(old);
      await ask(token).expect(200);
      for (const each of [old, token, old]) {
        const dead = await ask(each).expect(401);
        expect(dead.body).toMatchObject({ code: 'session_expired', side: 'source' });
      }
      expect(await reuses()).toEqual([...earlier, 'unknown']);
    });

    it('ends the session that it replaces, and leaves those of clients that hold several', async () => {
      const [first, second] = [await connect(stack, 'source', ALICE), await connect(stack, 'source', ALICE)];
      const ask = (token: string) => stack.api.get('/session/validate').set('X-Source-Token', token);
      for (const each of [first, second]) await ask(each).expect(200);
      const rotate = (token: string, replaces: unknown) =>
        stack.api.post('/session/rotate').set('X-Source-Token', token).send({ replaces });
      await rotate(second, 7).expect(400);
      const { body } = await rotate(second, first).expect(200);
      const { token } = body as { token: string };
      await ask(first).expect(401);
      await ask(token).expect(200);
      // The new session uses the credential.
      await stack.api.get('/list-files').set('X-Source-Token', token).expect(200);
    });

    it('lets one of two simultaneous rotations win', async () => {
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

    it('refuses an invalid value for whether the credential should stay', async () => {
      const token = await connect(stack, 'source', ALICE);
      for (const keep of ['yes', '1', '']) {
        const answer = await stack.api[method]('/session/logout').query({ token, keep_grant: keep }).expect(400);
        expect(answer.body).toMatchObject({ code: 'invalid_request', errors: [{ parameter: 'keep_grant' }] });
      }
      await stack.api[method]('/session/logout').query({ token, keep_grant: false }).expect(200);
    });
  });

  describe('GET /session/active', () => {
    it('lists the account’s own sessions, by a handle that gives no access', async () => {
      const token = await connect(stack, 'source', ALICE);
      const other = await connect(stack, 'destination', ALICE);
      await connect(stack, 'destination', BOB);
      const { body, text } = await stack.api.get('/session/active').query({ token }).expect(200);
      const { sessions } = body as Active;
      expect(new Set(sessions.map(({ account }) => account?.email))).toEqual(new Set([ALICE]));
      expect(sessions.filter(({ current }) => current)).toHaveLength(1);
      expect(sessions[0]).toMatchObject({ type: 'destination', current: false, lastUsedAt: null, device: {} });
      for (const secret of [token, other, digest(token), digest(other)]) expect(text).not.toContain(secret);
      for (const { id } of sessions) {
        const answer = await stack.api.get('/session/validate').query({ token: id }).expect(401);
        expect(answer.body).toMatchObject({ code: 'session_expired' });
      }
    });

    it('returns the browser that opened a session, and keeps it when the token is replaced', async () => {
      const { callback, cookie } = await consent(stack, 'source', ALICE);
      const userAgent = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0';
      const back = await stack.api.get(callback).set('Cookie', cookie).set('User-Agent', userAgent).expect(302);
      const token = new URL(back.headers['location'] ?? '').searchParams.get('token') ?? '';
      const current = async (which: string) => {
        const { body } = await stack.api.get('/session/active').set('X-Source-Token', which).expect(200);
        return (body as Active).sessions.find((each) => each.current);
      };
      const before = await current(token);
      expect(before).toMatchObject({ device: { browser: 'Firefox', os: 'Windows' } });
      const { body } = await stack.api.post('/session/rotate').set('X-Source-Token', token).expect(200);
      expect(await current((body as { token: string }).token)).toMatchObject({ id: before!.id });
    });

    it('lists all sessions to the operator, page by page and without names', async () => {
      await connect(stack, 'source', ALICE);
      await connect(stack, 'source', BOB);
      await connect(stack, 'destination', BOB);
      const seen = new Set<string>();
      let cursor: string | undefined;
      do {
        const { body, text } = await stack.api
          .get('/session/active')
          .query({ limit: 2, ...(cursor && { cursor }) })
          .set('X-Operator-Key', OPERATOR)
          .expect(200);
        expect(text).not.toContain('@');
        for (const { id, current } of (body as Active).sessions) {
          expect([seen.has(id), current]).toEqual([false, false]);
          seen.add(id);
        }
        cursor = (body as Active).nextCursor;
      } while (cursor);
      expect(seen.size).toBeGreaterThan(2);
      const wrong = await stack.api.get('/session/active').query({ cursor: 'x' }).set('X-Operator-Key', OPERATOR);
      expect(wrong.body).toMatchObject({ code: 'invalid_request', errors: [{ parameter: 'cursor' }] });
    });

    it('refuses a wrong operator key, whatever token is sent with it', async () => {
      const token = await connect(stack, 'source', ALICE);
      const refused = await stack.api
        .get('/session/active')
        .query({ token })
        .set('X-Operator-Key', 'wrong')
        .expect(403);
      expect(refused.body).toMatchObject({ code: 'operator_key_refused' });
    });
  });

  describe('ends of other sessions', () => {
    const idOf = async (token: string) => {
      const { body } = await stack.api.get('/session/active').set('Authorization', `Bearer ${token}`).expect(200);
      return (body as Active).sessions.find(({ current }) => current)!.id;
    };
    const isLive = async (token: string) => {
      const { status } = await stack.api.get('/session/validate').set('Authorization', `Bearer ${token}`);
      return status === 200;
    };

    it('DELETE /session/{id} ends a session of the account, and returns 404 for others', async () => {
      const [mine, other, bobs] = [
        await connect(stack, 'source', ALICE),
        await connect(stack, 'destination', ALICE),
        await connect(stack, 'destination', BOB),
      ];
      const end = (id: string) => stack.api.delete(`/session/${id}`).set('X-Source-Token', mine);
      expect((await end(await idOf(other)).expect(200)).body).toEqual({ ended: true });
      expect([await isLive(mine), await isLive(other), await isLive(bobs)]).toEqual([true, false, true]);
      for (const id of [await idOf(bobs), digest(bobs), 'x'.repeat(99), '%00', '..%2Flogout']) {
        const missing = await end(id).expect(404);
        expect(missing.body).toMatchObject({ code: 'session_not_found' });
      }
      expect(await isLive(bobs)).toBe(true);
    });

    it('DELETE /session/{id} with the operator key ends any session, with an entry in the audit log', async () => {
      const [alices, bobs] = [await connect(stack, 'source', ALICE), await connect(stack, 'destination', BOB)];
      const id = await idOf(bobs);
      const end = (key: string) => stack.api.delete(`/session/${id}`).set('X-Operator-Key', key);
      await end('wrong').expect(403);
      expect(await isLive(bobs)).toBe(true);
      expect((await end(OPERATOR).expect(200)).body).toEqual({ ended: true });
      expect([await isLive(alices), await isLive(bobs)]).toEqual([true, false]);
      expect((await end(OPERATOR).expect(404)).body).toMatchObject({ code: 'session_not_found' });

      const audit = stack.app.get(AuditLog);
      await audit.flush();
      const entries = [];
      for await (const entry of audit.read()) if (entry.object?.includes(id)) entries.push(entry);
      expect(entries.at(-1)).toMatchObject({ actor: 'operator', action: 'session.ended', object: `session:${id}` });
    });

    it('POST /session/logout-others keeps the caller’s session, and ends the account’s others on both sides', async () => {
      const [mine, other, bobs] = [
        await connect(stack, 'source', ALICE),
        await connect(stack, 'destination', ALICE),
        await connect(stack, 'source', BOB),
      ];
      const { body } = await stack.api.post('/session/logout-others').set('X-Source-Token', mine).expect(200);
      expect((body as { ended: number }).ended).toBeGreaterThanOrEqual(1);
      expect([await isLive(mine), await isLive(other), await isLive(bobs)]).toEqual([true, false, true]);
      const again = await stack.api.post('/session/logout-others').set('X-Source-Token', mine).expect(200);
      expect(again.body).toEqual({ ended: 0 });
    });

    it('take effect on every instance at once', async () => {
      const another = await stack.startAnother('api');
      try {
        const open = () => connect(stack, 'source', ALICE);
        const there = (token: string) =>
          request(another.getHttpServer()).get('/session/validate').set('X-Source-Token', token);
        const here = (method: 'post' | 'delete', path: string, token: string) =>
          stack.api[method](path).set('X-Source-Token', token).expect(200);
        const [loggedOut, ended, kept] = [await open(), await open(), await open()];
        for (const token of [loggedOut, ended, kept]) await there(token).expect(200);
        await here('delete', '/session/logout', loggedOut);
        await there(loggedOut).expect(401);
        await here('delete', `/session/${await idOf(ended)}`, kept);
        await there(ended).expect(401);

        const { token } = (await here('post', '/session/rotate', kept)).body as { token: string };
        for (const each of [kept, token]) await there(each).expect(200);
        await graceIsOver(kept);
        await stack.api.get('/session/validate').set('X-Source-Token', kept).expect(401);
        await there(token).expect(401);
      } finally {
        await another.close();
      }
    });

    it('POST /session/revoke withdraws the credential at Google and ends every session of the account', async () => {
      const [mine, other, bobs] = [
        await connect(stack, 'source', ALICE),
        await connect(stack, 'destination', ALICE),
        await connect(stack, 'source', BOB),
      ];
      const { body } = await stack.api.post('/session/revoke').set('X-Source-Token', mine).expect(200);
      const { sessionsEnded } = body as { sessionsEnded: number };
      expect(body).toMatchObject({ transfers: [], confirmed: true });
      expect(sessionsEnded).toBeGreaterThanOrEqual(2);
      expect([await isLive(mine), await isLive(other), await isLive(bobs)]).toEqual([false, false, true]);
      await stack.api.get('/list-files').set('X-Source-Token', bobs).expect(200);
    });
  });
});
