import type { SessionValidationDto } from '../../src/session/session.dto.js';
import { newToken } from '../../src/session/token.js';
import { comeBack, connect, consent, PUBLIC_URL, startStack, type Stack } from '../support/stack.js';

const ALICE = 'alice@example.com';

describe('signing in', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack.close());
  afterEach(() => stack.control('PUT', 'behavior', { faults: [] }));

  it.each(['source', 'destination', 'general'] as const)('connects a %s account', async (type) => {
    const parameters = await comeBack(stack, await consent(stack, type, ALICE));
    expect(parameters).toEqual({ type, token: expect.stringMatching(/^[\w-]{43}$/) as string });
    const { body } = await stack.api.get('/session/validate').query({ token: parameters['token'] }).expect(200);
    expect(body).toMatchObject({ valid: true, type, account: { email: ALICE } });
    expect(body).not.toHaveProperty('account.sub');
  });

  it('requests offline access with PKCE, and passes on a login hint', async () => {
    const answer = await stack.api.get('/auth/source').query({ login_hint: ALICE }).expect(302);
    const page = new URL(answer.headers['location'] ?? '');
    expect(Object.fromEntries(page.searchParams)).toMatchObject({
      response_type: 'code',
      access_type: 'offline',
      prompt: 'consent',
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/) as string,
      state: expect.stringMatching(/^[\w-]{43}$/) as string,
      login_hint: ALICE,
      scope: 'openid email profile https://www.googleapis.com/auth/drive',
    });
  });

  it('keeps addresses with codes and tokens out of other sites and caches', async () => {
    const returning = await consent(stack, 'source', ALICE);
    const answer = await stack.api.get(returning.callback).set('Cookie', returning.cookie);
    expect(answer.headers).toMatchObject({ 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' });
  });

  it('returns access_denied when the user refuses', async () => {
    const parameters = await comeBack(stack, await consent(stack, 'source', ALICE, 'deny'));
    expect(parameters).toEqual({ type: 'source', error: 'access_denied' });
  });

  it('returns scope_missing when the user deselects Drive', async () => {
    const parameters = await comeBack(stack, await consent(stack, 'source', 'bob@example.com', 'no_drive'));
    expect(parameters).toEqual({ type: 'source', error: 'scope_missing' });
  });

  it('returns link_expired when the callback is opened again', async () => {
    const returning = await consent(stack, 'source', ALICE);
    expect(await comeBack(stack, returning)).toHaveProperty('token');
    expect(await comeBack(stack, returning)).toEqual({ type: 'source', error: 'link_expired' });
  });

  it('returns link_expired when Google reports that the code was used', async () => {
    const used = new URL((await consent(stack, 'source', ALICE)).callback, 'http://x').searchParams.get('code') ?? '';
    const first = await consent(stack, 'source', ALICE);
    const replayed = new URL(first.callback, 'http://x');
    replayed.searchParams.set('code', `${used}x`);
    const parameters = await comeBack(stack, { ...first, callback: replayed.pathname + replayed.search });
    expect(parameters).toEqual({ type: 'source', error: 'link_expired' });
  });

  it('returns state_mismatch for another browser, another side and a made-up state', async () => {
    const returning = await consent(stack, 'source', ALICE);
    const cookie = returning.cookie.replace(/=.*/, `=${newToken()}`);
    expect(await comeBack(stack, { ...returning, cookie })).toMatchObject({ error: 'state_mismatch' });

    const other = await consent(stack, 'source', ALICE);
    const callback = other.callback.replace('/auth/source', '/auth/destination');
    expect(await comeBack(stack, { ...other, callback })).toEqual({ type: 'destination', error: 'state_mismatch' });

    const madeUp = { callback: `/auth/source/callback?code=c&state=${newToken()}`, cookie: other.cookie };
    expect(await comeBack(stack, madeUp)).toMatchObject({ error: 'state_mismatch' });
    expect(await comeBack(stack, { ...madeUp, callback: '/auth/source/callback' })).toMatchObject({
      error: 'state_mismatch',
    });
  });

  it('returns google_unavailable when the token endpoint fails', async () => {
    const returning = await consent(stack, 'source', ALICE);
    await stack.control('PUT', 'behavior', { faults: [{ operation: 'oauth.token', kind: 'error', status: 503 }] });
    expect(await comeBack(stack, returning)).toEqual({ type: 'source', error: 'google_unavailable' });
  });

  it('returns google_unavailable when the account cannot be identified', async () => {
    const returning = await consent(stack, 'source', ALICE);
    await stack.control('PUT', 'behavior', { faults: [{ operation: 'oauth.userinfo', kind: 'error', status: 500 }] });
    expect(await comeBack(stack, returning)).toEqual({ type: 'source', error: 'google_unavailable' });
  });

  it.each(['/auth/elsewhere', '/auth/elsewhere/callback', '/auth'])('returns 404 at %s', async (path) => {
    const { body, headers } = await stack.api.get(path).expect(404);
    expect(headers['content-type']).toContain('application/problem+json');
    expect(body).toMatchObject({ code: 'route_not_found', instance: path });
  });

  it('names an unknown parameter, and one that is too long', async () => {
    const unknown = await stack.api.get('/auth/source').query({ scope: 'all' }).expect(400);
    expect(unknown.body).toMatchObject({ code: 'invalid_request', errors: [{ parameter: 'scope' }] });
    const long = await stack.api
      .get('/auth/source')
      .query({ login_hint: 'a'.repeat(321) })
      .expect(400);
    expect(long.body).toMatchObject({ code: 'invalid_request', errors: [{ parameter: 'login_hint' }] });
  });

  it('returns when Google ends the access, only for an app in Testing', async () => {
    const validation = async (token: string) =>
      (await stack.api.get('/session/validate').set('X-Source-Token', token).expect(200)).body as SessionValidationDto;
    expect(await validation(await connect(stack, 'source', ALICE))).not.toHaveProperty('accessEndsAt');
    const redirectUris = ['source', 'destination', 'general'].map((type) => `${PUBLIC_URL}/auth/${type}/callback`);
    const client = { clientId: 'test-client', clientSecret: 'test-client-secret', redirectUris };
    await stack.control('POST', 'clients', { ...client, testing: true });
    const now = Date.now();
    const token = await connect(stack, 'source', ALICE);
    await stack.control('POST', 'clients', client);
    const { accessEndsAt } = await validation(token);
    expect(Math.abs(Date.parse(accessEndsAt!) - now - 7 * 86_400_000)).toBeLessThan(60_000);
    // It stays when the token is replaced.
    const { body } = await stack.api.post('/session/rotate').set('X-Source-Token', token).expect(200);
    expect((await validation((body as { token: string }).token)).accessEndsAt).toBe(accessEndsAt);
  });

  it('lets one browser connect both sides', async () => {
    const tokens = [await connect(stack, 'source', ALICE), await connect(stack, 'destination', 'bob@example.com')];
    expect(new Set(tokens).size).toBe(2);
  });
});

describe('signing in where only some accounts may', () => {
  it('returns account_not_allowed for others', async () => {
    const stack = await startStack({ ALLOWED_ACCOUNTS: 'alice@example.com' });
    expect(await comeBack(stack, await consent(stack, 'source', ALICE))).toHaveProperty('token');
    expect(await comeBack(stack, await consent(stack, 'source', 'bob@example.com'))).toEqual({
      type: 'source',
      error: 'account_not_allowed',
    });
    await stack.close();
  });

  it('refuses sessions of accounts that were allowed before, without ending them', async () => {
    const stack = await startStack();
    const [alice, bob] = [
      await connect(stack, 'source', ALICE),
      await connect(stack, 'destination', 'bob@example.com'),
    ];
    await stack.restart({ general: { allowedAccounts: ['bob@example.com'] } });
    const tokens = { 'X-Source-Token': alice, 'X-Destination-Token': bob };
    const refused = await stack.api.get('/session/validate').set('X-Source-Token', alice).expect(403);
    expect(refused.body).toMatchObject({ code: 'account_not_allowed', side: 'source' });
    await stack.api
      .post('/api/transfers')
      .set(tokens)
      .send({ items: ['x'] })
      .expect(403);
    // The other account's token still returns that account's transfers.
    await stack.api.get('/api/transfers').set(tokens).expect(200);
    await stack.api.get('/session/validate').set('X-Destination-Token', bob).expect(200);
    await stack.restart({ general: { allowedAccounts: ['example.com'] } });
    await stack.api.get('/session/validate').set('X-Source-Token', alice).expect(200);
    await stack.close();
  });
});
