import { createHash, createPublicKey, verify } from 'node:crypto';
import { TestSandbox, type Answer, text } from './test-client.ts';

const CLIENT = { clientId: 'app', clientSecret: 'not so secret', redirectUris: ['http://localhost:3000/cb'] };
const DRIVE = 'https://www.googleapis.com/auth/drive';

/** "Using OAuth 2.0 for Web Server Applications". */
describe('OAuth', () => {
  let test: TestSandbox;
  let time = Date.now();
  beforeEach(async () => void (test = await TestSandbox.start({ clients: [CLIENT], now: () => time })));
  afterEach(() => test.close());

  const asked = {
    client_id: 'app',
    redirect_uri: 'http://localhost:3000/cb',
    response_type: 'code',
    scope: `openid email ${DRIVE}`,
    access_type: 'offline',
    state: 'a state & more',
  };

  function authorize(more: Record<string, string> = {}): Promise<Answer> {
    const query = new URLSearchParams({ ...asked, sandbox_account: 'bob@example.com', ...more });
    return test.ask('GET', `/o/oauth2/v2/auth?${query.toString()}`);
  }

  async function code(more: Record<string, string> = {}): Promise<string> {
    return new URL(text((await authorize(more)).headers['location'])).searchParams.get('code') ?? '';
  }

  function token(more: Record<string, string>, headers: Record<string, string> = {}): Promise<Answer> {
    const body = new URLSearchParams({
      client_id: 'app',
      client_secret: 'not so secret',
      redirect_uri: 'http://localhost:3000/cb',
      grant_type: 'authorization_code',
      ...more,
    });
    return test.ask('POST', '/token', { body, headers });
  }

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
      scope: `openid https://www.googleapis.com/auth/userinfo.email ${DRIVE}`,
    });
    const bearer = text(answer.json['access_token']);
    expect((await test.drive('GET', 'about?fields=user/emailAddress', { token: bearer })).json).toEqual({
      user: { emailAddress: 'bob@example.com' },
    });
    const person = (await test.ask('GET', '/v1/userinfo', { token: bearer })).json;
    expect(person).toMatchObject({ email: 'bob@example.com', email_verified: true });
    expect(person).not.toHaveProperty('name');
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
    expect(Object.fromEntries(denied.searchParams)).toEqual({ error: 'access_denied', state: 'a state & more' });
    const answer = await token({ code: await code({ sandbox_consent: 'no_drive' }) });
    expect(answer.json['scope']).toBe('openid https://www.googleapis.com/auth/userinfo.email');
  });

  it('shows a person a page whose form does the same', async () => {
    const path = `/o/oauth2/v2/auth?${new URLSearchParams({ ...asked, login_hint: 'bob@example.com' }).toString()}`;
    const page = await test.ask('GET', path);
    expect(page.headers['content-type']).toContain('text/html');
    expect(page.text).toContain('value="bob@example.com" required checked');
    expect(page.text).toContain(`name="scope" value="${DRIVE}" checked`);
    const form = new URLSearchParams({ account: 'alice@example.com', decision: 'allow' });
    const unticked = await test.ask('POST', path, { body: form });
    form.append('scope', DRIVE);
    const ticked = await test.ask('POST', path, { body: form });
    const scopes = await Promise.all(
      [unticked, ticked].map(
        async (answer) =>
          (await token({ code: new URL(text(answer.headers['location'])).searchParams.get('code') ?? '' })).json[
            'scope'
          ],
      ),
    );
    expect(scopes.map((scope) => text(scope).includes(DRIVE))).toEqual([false, true]);
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

  it('with prompt=none asks nobody', async () => {
    const none = { prompt: 'none', login_hint: 'bob@example.com' };
    expect(text((await authorize(none)).headers['location'])).toContain('error=consent_required');
    await code();
    expect(text((await authorize(none)).headers['location'])).toContain('code=');
  });

  it('ends the oldest of more than a hundred refresh tokens', async () => {
    const all: string[] = [];
    for (let i = 0; i < 101; i++)
      all.push(text((await token({ code: await code({ prompt: 'consent' }) })).json['refresh_token']));
    const statuses = await Promise.all(
      [all[0], all[1]].map(
        async (each) => (await token({ grant_type: 'refresh_token', refresh_token: each ?? '' })).status,
      ),
    );
    expect(statuses).toEqual([400, 200]);
  });
});
