import { createHash, createPublicKey, sign, verify, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ASKED, CLIENT, DRIVE_SCOPE, signInTo } from '../testing/sign-in.ts';
import { TestSandbox, type Answer, text } from '../testing/test-client.ts';

/** "Using OAuth 2.0 for Web Server Applications". */
describe('OAuth', () => {
  let test: TestSandbox;
  let time = Date.now();
  beforeEach(async () => void (test = await TestSandbox.start({ clients: [CLIENT], now: () => time })));
  afterEach(() => test.close());

  const { authorize, code, token } = signInTo(() => test);

  it('gives a code, then tokens that work, and echoes the state', async () => {
    const back = await authorize();
    expect(back.status).toBe(302);
    const url = new URL(text(back.headers['location']));
    expect(url.origin + url.pathname).toBe('http://localhost:3000/cb');
    expect(url.searchParams.get('state')).toBe('a state & more');
    const answer = await token({ code: url.searchParams.get('code') ?? '' });
    expect(answer.json).toEqual({
      access_token: expect.any(String) as unknown,
      refresh_token: expect.any(String) as unknown,
      id_token: expect.any(String) as unknown,
      expires_in: 3599,
      token_type: 'Bearer',
      scope: `openid https://www.googleapis.com/auth/userinfo.email ${DRIVE_SCOPE}`,
    });
    const bearer = text(answer.json['access_token']);
    expect((await test.drive('GET', 'about?fields=user/emailAddress', { token: bearer })).json).toEqual({
      user: { emailAddress: 'bob@example.com' },
    });
    const person = (await test.ask('GET', '/v1/userinfo', { token: bearer })).json;
    expect(person).toMatchObject({ email: 'bob@example.com', email_verified: true });
    expect(person).not.toHaveProperty('name');
    expect((await test.ask('GET', '/oauth2/v2/userinfo', { token: bearer })).json).toEqual({
      id: person['sub'],
      email: 'bob@example.com',
      verified_email: true,
    });
    expect((await test.ask('GET', `/tokeninfo?access_token=${bearer}`)).json).toMatchObject({
      aud: 'app',
      sub: person['sub'],
      email: 'bob@example.com',
    });
  });

  it('signs the id_token with the key it publishes', async () => {
    const answer = await token({ code: await code({ nonce: 'n1' }) });
    const [head = '', body = '', signature = ''] = text(answer.json['id_token']).split('.');
    const { kid } = JSON.parse(Buffer.from(head, 'base64url').toString()) as { kid: string };
    const keys = (await test.ask('GET', '/oauth2/v3/certs')).json['keys'] as unknown as {
      kid: string;
      kty: string;
      n: string;
      e: string;
    }[];
    const key = createPublicKey({ key: { ...keys.find((each) => each.kid === kid) }, format: 'jwk' });
    expect(verify('sha256', Buffer.from(`${head}.${body}`), key, Buffer.from(signature, 'base64url'))).toBe(true);
    expect(JSON.parse(Buffer.from(body, 'base64url').toString())).toMatchObject({
      iss: 'https://accounts.google.com',
      aud: 'app',
      email: 'bob@example.com',
      nonce: 'n1',
    });
  });

  it('takes a code once, for ten minutes, from the client and address it was made for', async () => {
    const once = await code();
    expect((await token({ code: once })).status).toBe(200);
    const again = await token({ code: once });
    expect([again.status, again.json['error']]).toEqual([400, 'invalid_grant']);
    expect((await token({ code: await code(), redirect_uri: 'http://localhost:3000/other' })).json['error']).toBe(
      'redirect_uri_mismatch',
    );
    const late = await code();
    time += 11 * 60_000;
    expect((await token({ code: late })).json['error']).toBe('invalid_grant');
  });

  it('checks the client', async () => {
    expect((await token({ code: 'x', client_id: 'who' })).json['error']).toBe('invalid_client');
    const wrong = await token({ code: 'x', client_secret: 'wrong' });
    expect([wrong.status, wrong.json['error']]).toEqual([401, 'invalid_client']);
    const basic = Buffer.from('app:not%20so%20secret').toString('base64');
    const body = new URLSearchParams({
      grant_type: 'authorization_code',
      code: await code(),
      redirect_uri: CLIENT.redirectUris[0] ?? '',
    });
    const answer = await test.ask('POST', '/token', { body, headers: { authorization: `Basic ${basic}` } });
    expect(answer.status).toBe(200);
  });

  it('holds the verifier against the challenge', async () => {
    const verifier = 'v'.repeat(43);
    const pkce = {
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    };
    expect((await token({ code: await code(pkce), code_verifier: verifier })).status).toBe(200);
    expect((await token({ code: await code(pkce), code_verifier: 'w'.repeat(43) })).json['error']).toBe(
      'invalid_grant',
    );
    expect((await token({ code: await code(pkce) })).json['error']).toBe('invalid_grant');
    expect((await token({ code: await code({ code_challenge: verifier }), code_verifier: verifier })).status).toBe(200);
  });

  it('gives a refresh token offline only, and only with a consent given now', async () => {
    expect((await token({ code: await code({ access_type: 'online' }) })).json).not.toHaveProperty('refresh_token');
    expect((await token({ code: await code() })).json).not.toHaveProperty('refresh_token');
    expect((await token({ code: await code({ prompt: 'consent' }) })).json).toHaveProperty('refresh_token');
  });

  it('refreshes without a new refresh token, and says invalid_grant after revocation', async () => {
    const first = (await token({ code: await code() })).json;
    const refresh = { grant_type: 'refresh_token', refresh_token: text(first['refresh_token']) };
    const second = (await token(refresh)).json;
    expect(second).not.toHaveProperty('refresh_token');
    expect(second['access_token']).not.toBe(first['access_token']);
    expect(
      (await test.ask('POST', '/revoke', { body: new URLSearchParams({ token: text(second['access_token']) }) }))
        .status,
    ).toBe(200);
    const after = await token(refresh);
    expect([after.status, after.json['error']]).toEqual([400, 'invalid_grant']);
    expect((await test.drive('GET', 'about?fields=user', { token: text(first['access_token']) })).status).toBe(401);
    expect((await test.ask('POST', '/revoke', { body: new URLSearchParams({ token: 'x' }) })).status).toBe(400);
  });

  it('ends access tokens when their time is over', async () => {
    const short = await test.token('alice@example.com', { expiresIn: 60 });
    expect((await test.drive('GET', 'about?fields=user', { token: short })).status).toBe(200);
    time += 61_000;
    const late = await test.drive('GET', 'about?fields=user', { token: short });
    expect(late.json['error']?.['errors']).toMatchObject([
      { reason: 'authError', location: 'Authorization', locationType: 'header' },
    ]);
  });

  it('refuses, and leaves Drive out when it is not ticked', async () => {
    const denied = new URL(text((await authorize({ sandbox_consent: 'deny' })).headers['location']));
    expect(Object.fromEntries(denied.searchParams)).toEqual({
      error: 'access_denied',
      state: 'a state & more',
      iss: 'https://accounts.google.com',
    });
    const answer = await token({ code: await code({ sandbox_consent: 'no_drive' }) });
    expect(answer.json['scope']).toBe('openid https://www.googleapis.com/auth/userinfo.email');
  });

  it('shows a person a page whose form does the same', async () => {
    const path = `/o/oauth2/v2/auth?${new URLSearchParams({ ...ASKED, login_hint: 'bob@example.com' }).toString()}`;
    const page = await test.ask('GET', path);
    expect(page.headers['content-type']).toContain('text/html');
    expect(page.text).toContain('value="bob@example.com" required checked');
    expect(page.text).toContain(`name="scope" value="${DRIVE_SCOPE}" checked`);
    const form = new URLSearchParams({ account: 'alice@example.com', decision: 'allow' });
    const unticked = await test.ask('POST', path, { body: form });
    form.append('scope', DRIVE_SCOPE);
    const ticked = await test.ask('POST', path, { body: form });
    const scopes = await Promise.all(
      [unticked, ticked].map(
        async (answer) =>
          (await token({ code: new URL(text(answer.headers['location'])).searchParams.get('code') ?? '' })).json[
            'scope'
          ],
      ),
    );
    expect(scopes.map((scope) => text(scope).includes(DRIVE_SCOPE))).toEqual([false, true]);
    const cancel = await test.ask('POST', path, { body: new URLSearchParams({ decision: 'deny' }) });
    expect(text(cancel.headers['location'])).toContain('error=access_denied');
  });

  it.each([
    ['an unknown client', { client_id: 'who<script>' }, 'invalid_client'],
    ['a redirect that is not registered', { redirect_uri: 'http://localhost:3000/cb/' }, 'redirect_uri_mismatch'],
    ['no scope', { scope: '' }, 'invalid_request'],
    ['another response type', { response_type: 'token' }, 'unsupported_response_type'],
  ])('never redirects for %s', async (_what, more, error) => {
    const answer = await authorize(more);
    expect(answer.status).toBe(400);
    expect(answer.headers['location']).toBeUndefined();
    expect(answer.text).toContain(error);
    expect(answer.text).not.toContain('<script>');
  });

  it.each([
    ['admin_policy_enforced', 200],
    ['org_internal', 200],
    ['deleted_client', 401],
  ])('shows a page that says that a client is blocked: %s', async (blocked, tokenStatus) => {
    const earlier = text((await token({ code: await code() })).json['refresh_token']);
    expect((await test.ask('POST', '/__sandbox/clients', { body: { ...CLIENT, blocked } })).status).toBe(200);
    const answer = await authorize();
    expect([answer.status, answer.headers['location']]).toEqual([400, undefined]);
    expect(answer.text).toContain(blocked);
    const refreshed = await token({ grant_type: 'refresh_token', refresh_token: earlier });
    expect(refreshed.status).toBe(tokenStatus);
    const wrong = await test.ask('POST', '/__sandbox/clients', { body: { ...CLIENT, blocked: 'whim' } });
    expect(wrong.text).toContain('blocked must be one of admin_policy_enforced');
  });

  it('with prompt=none asks nobody', async () => {
    const none = { prompt: 'none', login_hint: 'bob@example.com' };
    expect(text((await authorize(none)).headers['location'])).toContain('error=consent_required');
    await code();
    expect(text((await authorize(none)).headers['location'])).toContain('code=');
  });

  it.each([
    ['none with another', 'none consent', 'none stands alone'],
    ['an unknown one', 'login', 'Invalid prompt: login'],
  ])('refuses as prompt %s', async (_what, prompt, message) => {
    const answer = await authorize({ prompt });
    expect([answer.status, answer.headers['location']]).toEqual([400, undefined]);
    expect(answer.text).toContain(message);
  });

  it('remembers what was allowed, until consent is requested again or the grant is withdrawn', async () => {
    const page = (more: Record<string, string>): Promise<Answer> =>
      test.ask(
        'GET',
        `/o/oauth2/v2/auth?${new URLSearchParams({ ...ASKED, login_hint: 'bob@example.com', ...more }).toString()}`,
      );
    expect((await page({})).status).toBe(200);
    const first = await token({ code: await code() });
    expect(first.json).toHaveProperty('refresh_token');

    const again = await page({});
    expect(again.status).toBe(302);
    const reused = await token({ code: new URL(text(again.headers['location'])).searchParams.get('code') ?? '' });
    expect(reused.status).toBe(200);
    expect(reused.json).not.toHaveProperty('refresh_token');

    const chooser = await page({ prompt: 'select_account' });
    expect(chooser.text).toMatch(/Allowed before.*See, edit, create and delete all of your Drive files/);
    expect(chooser.text).not.toContain('type="checkbox"');
    // Another person who is chosen there has allowed nothing yet, and has to consent.
    const query = new URLSearchParams({ ...ASKED, login_hint: 'bob@example.com', prompt: 'select_account' });
    const choose = (fields: Record<string, string>): Promise<Answer> =>
      test.ask('POST', `/o/oauth2/v2/auth?${query.toString()}`, {
        body: new URLSearchParams({ decision: 'allow', account: 'alice@example.com', ...fields }),
      });
    expect((await choose({ account: 'bob@example.com', remembered: DRIVE_SCOPE })).status).toBe(302);
    const turned = await choose({ remembered: DRIVE_SCOPE });
    expect(turned.status).toBe(200);
    expect(turned.text).toContain('value="alice@example.com" required checked');
    expect(turned.text).toContain(`name="scope" value="${DRIVE_SCOPE}" checked`);
    expect((await choose({})).status).toBe(302);
    const renewed = await page({ prompt: 'select_account consent' });
    expect(renewed.text).toContain(`name="scope" value="${DRIVE_SCOPE}" checked`);
    expect((await token({ code: await code({ prompt: 'consent' }) })).json).toHaveProperty('refresh_token');

    // Somebody asked for more sees a page again, with what is new on it, and so gets a refresh token again.
    const more = { scope: `${ASKED.scope} ${DRIVE_SCOPE}.readonly` };
    const wider = await page(more);
    expect(wider.text).toContain(`value="${DRIVE_SCOPE}.readonly" checked`);
    expect(wider.text).not.toContain(`value="${DRIVE_SCOPE}" checked`);
    expect((await token({ code: await code(more) })).json).toHaveProperty('refresh_token');

    await test.ask('POST', '/revoke', { body: new URLSearchParams({ token: text(first.json['access_token']) }) });
    expect((await page({})).status).toBe(200);
  });

  it('adds what was granted earlier with include_granted_scopes', async () => {
    await code();
    const little = { scope: 'openid email' };
    expect((await token({ code: await code(little) })).json['scope']).not.toContain(DRIVE_SCOPE);
    const all = await token({ code: await code({ ...little, include_granted_scopes: 'true' }) });
    expect(text(all.json['scope']).split(' ')).toContain(DRIVE_SCOPE);
  });

  it('preselects whom login_hint names, by address or by number', async () => {
    const people = (await test.ask('GET', '/__sandbox/accounts')).json['accounts'] as unknown as { sub: string }[];
    for (const hint of ['BOB@example.com', people[1]?.sub ?? '']) {
      const query = new URLSearchParams({ ...ASKED, login_hint: hint });
      expect((await test.ask('GET', `/o/oauth2/v2/auth?${query.toString()}`)).text).toContain(
        'value="bob@example.com" required checked',
      );
    }
  });

  it('publishes its key as a certificate too, and returns what an id_token says', async () => {
    const answer = await token({ code: await code({ scope: 'openid email profile' }) });
    const idToken = text(answer.json['id_token']);
    const [head = '', body = '', signature = ''] = idToken.split('.');
    const { kid } = JSON.parse(Buffer.from(head, 'base64url').toString()) as { kid: string };
    const certificates = await test.ask('GET', '/oauth2/v1/certs');
    const certificate = new X509Certificate(text(certificates.json[kid]));
    expect(
      verify('sha256', Buffer.from(`${head}.${body}`), certificate.publicKey, Buffer.from(signature, 'base64url')),
    ).toBe(true);
    expect(certificate.validFromDate.getTime()).toBeLessThan(time);
    expect(certificate.validToDate.getTime()).toBeGreaterThan(time);

    const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Record<string, unknown>;
    const half = createHash('sha256').update(text(answer.json['access_token'])).digest().subarray(0, 16);
    expect(claims['at_hash']).toBe(half.toString('base64url'));
    const info = await test.ask('GET', `/tokeninfo?id_token=${idToken}`);
    expect(info.json).toMatchObject({ kid, alg: 'RS256', aud: 'app', email_verified: 'true', name: 'Bob' });
    const forged = `${head}.${Buffer.from(JSON.stringify({ ...claims, sub: '1' })).toString('base64url')}.${signature}`;
    expect((await test.ask('GET', `/tokeninfo?id_token=${forged}`)).status).toBe(400);
    time += 3_601_000;
    expect((await test.ask('GET', `/tokeninfo?id_token=${idToken}`)).json).toEqual({
      error: 'invalid_token',
      error_description: 'Invalid Value',
    });
  });

  it('limits drive.file to own files, where no other scope of the token allows the call', async () => {
    const auth = 'https://www.googleapis.com/auth/drive';
    const other = await test.file('other', 'x');
    const got = async (...more: string[]): Promise<(string | number)[]> => {
      const scopes = [`${auth}.file`, ...more.map((each) => `${auth}${each}`)];
      const bearer = await test.token('alice@example.com', { clientId: 'app', scopes });
      const own = await test.file('own', 'x', {}, bearer);
      const list = await test.list("name = 'other' or name = 'own'", { token: bearer });
      await test.drive('DELETE', `files/${own}`);
      const calls = [
        await test.drive('GET', `files/${other}`, { token: bearer }),
        await test.drive('GET', `files/${other}?alt=media`, { token: bearer }),
        await test.drive('PATCH', `files/${other}`, { token: bearer, body: { description: 'd' } }),
      ];
      const reasons = calls.map(({ json, status }) =>
        text(json['error']?.['errors']?.[0]?.['reason'] ?? String(status)),
      );
      return [list.length, ...reasons];
    };
    expect(await got()).toEqual([1, 'notFound', 'notFound', 'notFound']);
    expect(await got('.readonly')).toEqual([2, '200', '200', 'appNotAuthorizedToFile']);
    expect(await got('.metadata.readonly')).toEqual([2, '200', 'appNotAuthorizedToFile', 'appNotAuthorizedToFile']);
    expect(await got('')).toEqual([2, '200', '200', '200']);
  });

  it('takes tokens of the control API without a client for those of one app', async () => {
    const scopes = ['https://www.googleapis.com/auth/drive.file'];
    const mine = await test.token('alice@example.com', { scopes });
    const id = await test.file('own', 'x', {}, mine);
    const again = await test.token('alice@example.com', { scopes });
    expect((await test.drive('GET', `files/${id}`, { token: again })).status).toBe(200);
    expect(await test.list("name = 'own'", { token: again })).toHaveLength(1);
    const app = await test.token('alice@example.com', { scopes, clientId: 'app' });
    expect((await test.drive('GET', `files/${id}`, { token: app })).status).toBe(404);
  });

  it('keeps clients, grants and service accounts between starts', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'oauth-'));
    await test.close();
    try {
      test = await TestSandbox.start({ dataDir, now: () => time });
      await test.ask('POST', '/__sandbox/clients', { body: { ...CLIENT, testing: true } });
      const service = await test.ask('POST', '/__sandbox/service-accounts', {
        body: { email: 'mover@project.iam.gserviceaccount.com', generate: true },
      });
      const answer = await token({ code: await code({ prompt: 'consent' }) });
      time += 86_400_000;
      await test.close();
      test = await TestSandbox.start({ dataDir, now: () => time });
      const refreshed = await token({
        grant_type: 'refresh_token',
        refresh_token: text(answer.json['refresh_token']),
      });
      expect(refreshed.json['refresh_token_expires_in']).toBe(6 * 24 * 3600);
      expect((await token({ code: await code() })).json).not.toHaveProperty('refresh_token');
      const now = Math.floor(time / 1000);
      const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
      const keyFile = service.json['keyFile'] as unknown as Record<string, string>;
      // Another start has another address: Google's own is good at each.
      const aud = 'https://oauth2.googleapis.com/token';
      const claims = { iss: keyFile['client_email'], scope: DRIVE_SCOPE, aud, iat: now, exp: now + 60 };
      const signed = `${part({ alg: 'RS256' })}.${part(claims)}`;
      const signature = sign('sha256', Buffer.from(signed), keyFile['private_key'] ?? '').toString('base64url');
      const body = new URLSearchParams({
        grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        assertion: `${signed}.${signature}`,
      });
      expect((await test.ask('POST', '/token', { body })).status).toBe(200);
    } finally {
      await test.close();
      rmSync(dataDir, { recursive: true, force: true });
    }
  });
});
