import type { Test } from 'supertest';
import { comeBack, consent, PUBLIC_URL, type Returning, startStack, type Stack } from '../support/stack.js';

// Requirements of RFC 9700 (OAuth 2.0 Security Best Current Practice) for clients, tested as a browser and as an
// attacker.

const ALICE = 'alice@example.com';

interface Stats {
  /** How often an operation was answered with each status. */
  requests: Record<string, Record<string, number>>;
}

describe('a sign-in under attack', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack.close());

  /** The number of codes exchanged at Google's token endpoint. */
  async function exchanges(): Promise<number> {
    const { requests } = await stack.control<Stats>('GET', 'stats');
    return Object.values(requests['oauth.token'] ?? {}).reduce((sum, times) => sum + times, 0);
  }

  const changed = (returning: Returning, change: (query: URLSearchParams) => void): Returning => {
    const callback = new URL(returning.callback, PUBLIC_URL);
    change(callback.searchParams);
    return { ...returning, callback: callback.pathname + callback.search };
  };

  it('ends once, however many callbacks arrive simultaneously', async () => {
    const returning = await consent(stack, 'source', ALICE);
    const before = await exchanges();
    const results = await Promise.all(Array.from({ length: 8 }, () => comeBack(stack, returning)));
    expect(results.filter(({ token }) => token)).toHaveLength(1);
    expect(results.filter(({ error }) => error === 'link_expired')).toHaveLength(7);
    expect((await exchanges()) - before).toBe(1);
  });

  it('is consumed by the first callback, even one of another browser', async () => {
    const returning = await consent(stack, 'source', ALICE);
    expect(await comeBack(stack, { ...returning, cookie: '' })).toMatchObject({ error: 'state_mismatch' });
    expect(await comeBack(stack, returning)).toMatchObject({ error: 'link_expired' });
  });

  it('is not consumed by a HEAD request to its address', async () => {
    const returning = await consent(stack, 'source', ALICE);
    const answer = await stack.api.head(returning.callback).set('Cookie', returning.cookie).expect(405);
    expect(answer.headers['allow']).toBe('GET');
    expect(await comeBack(stack, returning)).toHaveProperty('token');
  });

  it('accepts no code from another issuer than Google', async () => {
    const before = await exchanges();
    for (const issuer of [
      'https://accounts.evil.example',
      'https://accounts.google.com/',
      '',
      'HTTPS://ACCOUNTS.GOOGLE.COM',
    ]) {
      const forged = changed(await consent(stack, 'source', ALICE), (query) => query.set('iss', issuer));
      expect(await comeBack(stack, forged)).toEqual({ type: 'source', error: 'sign_in_failed' });
    }
    const doubled = changed(await consent(stack, 'source', ALICE), (query) =>
      query.append('iss', 'https://accounts.google.com'),
    );
    expect(await comeBack(stack, doubled)).toEqual({ type: 'source', error: 'sign_in_failed' });
    expect(await exchanges()).toBe(before);
  });

  it('accepts a response of Google without an issuer', async () => {
    const silent = changed(await consent(stack, 'source', ALICE), (query) => query.delete('iss'));
    expect(await comeBack(stack, silent)).toHaveProperty('token');
  });

  it.each([
    ['two states', 'state', 'state_mismatch'],
    ['two codes', 'code', 'sign_in_failed'],
  ])('refuses %s', async (_what, name, error) => {
    const before = await exchanges();
    const doubled = changed(await consent(stack, 'source', ALICE), (query) => query.append(name, 'x'));
    expect(await comeBack(stack, doubled)).toEqual({ type: 'source', error });
    expect(await exchanges()).toBe(before);
  });

  it('accepts no code together with an error', async () => {
    const before = await exchanges();
    const both = changed(await consent(stack, 'source', ALICE), (query) => query.set('error', 'server_error'));
    expect(await comeBack(stack, both)).toEqual({ type: 'source', error: 'sign_in_failed' });
    expect(await exchanges()).toBe(before);
  });

  it('receives a code that is useless without the verifier, which never leaves the server', async () => {
    const returning = await consent(stack, 'source', ALICE);
    const code = new URL(returning.callback, PUBLIC_URL).searchParams.get('code') ?? '';
    const stolen = await fetch(`${stack.sandbox.url}/token`, {
      method: 'POST',
      body: new URLSearchParams({
        ...{ grant_type: 'authorization_code', code, redirect_uri: `${PUBLIC_URL}/auth/source/callback` },
        ...{ client_id: 'test-client', client_secret: 'test-client-secret', code_verifier: 'v'.repeat(43) },
      }),
    });
    expect(stolen.status).toBe(400);
    expect(await stolen.json()).toMatchObject({ error: 'invalid_grant' });
  });

  it('hides its responses from other sites and caches, for success and errors', async () => {
    const returning = await consent(stack, 'source', ALICE);
    const answers = [
      await stack.api.get('/auth/source').expect(302),
      await stack.api.get(returning.callback).set('Cookie', returning.cookie).expect(302),
      await stack.api.get(returning.callback).set('Cookie', returning.cookie).expect(302),
      await stack.api.get('/auth/source/callback').expect(302),
      await stack.api.get('/auth/source?unknown=1').expect(400),
    ];
    for (const { headers } of answers)
      expect(headers).toMatchObject({
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
        'x-frame-options': 'DENY',
      });
  });

  describe('redirects nowhere else', () => {
    const allowed = (location: string) =>
      location.startsWith(`${PUBLIC_URL}/?type=`) || location.startsWith(`${stack.sandbox.url}/o/oauth2/v2/auth?`);

    it.each([
      '/auth/source?redirect_uri=https://evil.example',
      '/auth/source?login_hint=%0d%0aLocation:https://evil.example',
      '/auth/source/callback?error=https://evil.example',
      '/auth/source/callback?error=access_denied&redirect=//evil.example',
      '/auth/source/callback?state=%0d%0aSet-Cookie:%20a=b&code=x',
      '/auth//evil.example',
      '//evil.example',
      '//evil.example/',
      '//evil.example/%2e%2e',
      '/\\evil.example',
      '/%5cevil.example/..',
      '/%2f%2fevil.example',
      '/https://evil.example',
      '/.//evil.example',
    ])('at %s', async (path) => {
      const answer = await raw(stack.api.get('/'), path);
      const location = answer.headers['location'];
      if (location !== undefined) expect(allowed(location)).toBe(true);
      expect(answer.headers).not.toHaveProperty('set-cookie', expect.stringMatching(/^a=b/));
      expect(answer.text).not.toContain('url=');
      expect(answer.status).toBeLessThan(500);
    });
  });
});

/** Sends a path unchanged; supertest would normalize it. */
async function raw(test: Test, path: string) {
  (test as unknown as { url: string }).url = test.url.replace(/\/$/, path);
  return test.redirects(0).ok(() => true);
}

describe('the address that a sign-in returns to', () => {
  it('comes from the configuration, whatever a request contains', async () => {
    const stack = await startStack({ TRUST_PROXY: '1' });
    const lies = {
      Host: 'evil.example',
      'X-Forwarded-Host': 'evil.example',
      'X-Forwarded-Proto': 'https',
      Forwarded: 'host=evil.example;proto=https',
      Origin: 'https://evil.example',
      Referer: 'https://evil.example/',
    };
    const leaving = await stack.api.get('/auth/source').set(lies).expect(302);
    const google = new URL(leaving.headers['location'] ?? '');
    expect(google.origin).toBe(stack.sandbox.url);
    expect(google.searchParams.get('redirect_uri')).toBe(`${PUBLIC_URL}/auth/source/callback`);
    const returning = await consent(stack, 'source', ALICE);
    const back = await stack.api
      .get(returning.callback)
      .set({ ...lies, Cookie: returning.cookie })
      .expect(302);
    expect(back.headers['location']).toMatch(new RegExp(`^${PUBLIC_URL}/\\?type=source&token=[\\w-]{43}$`));
    await stack.close();
  });
});

describe('a sign-in over https', () => {
  it('is bound to the browser by a cookie of this host only, hidden from scripts and other sites', async () => {
    const stack = await startStack({ PUBLIC_URL: 'https://mover.example.com' });
    const { headers } = await stack.api.get('/auth/source').expect(302);
    const [cookie] = (headers['set-cookie'] as unknown as string[] | undefined) ?? [];
    expect(cookie).toMatch(
      /^__Host-cloudmover-sign-in=[\w-]{43}; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax; Secure$/,
    );
    expect(new URL(headers['location'] ?? '').searchParams.get('redirect_uri')).toBe(
      'https://mover.example.com/auth/source/callback',
    );
    expect(headers['strict-transport-security']).toContain('max-age=');
    await stack.close();
  });
});
