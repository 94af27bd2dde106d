import { generateKeyPairSync, sign } from 'node:crypto';
import { ASKED, CLIENT, DRIVE_SCOPE } from '../testing/sign-in.ts';
import { TestSandbox, type Answer, text } from '../testing/test-client.ts';

describe('a service account', () => {
  let test: TestSandbox;
  const time = Date.now();
  beforeEach(async () => void (test = await TestSandbox.start({ clients: [CLIENT], now: () => time })));
  afterEach(() => test.close());

  const EMAIL = 'mover@project.iam.gserviceaccount.com';
  const DELEGATION = { domain: 'example.com', scopes: [DRIVE_SCOPE] };
  const ours = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const publicKey = ours.publicKey.export({ type: 'spki', format: 'pem' });

  const register = (more: object): Promise<Answer> =>
    test.ask('POST', '/__sandbox/service-accounts', { body: { email: EMAIL, ...more } });
  function assertion(claims: object, header: object = {}, key = ours.privateKey): string {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const now = Math.floor(time / 1000);
    const body = {
      iss: EMAIL,
      scope: DRIVE_SCOPE,
      aud: 'https://oauth2.googleapis.com/token',
      iat: now,
      exp: now + 3600,
    };
    const signed = `${part({ alg: 'RS256', typ: 'JWT', ...header })}.${part({ ...body, ...claims })}`;
    return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
  }
  const ask = (value: string): Promise<Answer> =>
    test.ask('POST', '/token', {
      body: new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: value }),
    });

  it('gets tokens for itself and for people of the domain that trusts it', async () => {
    await register({ publicKey, delegation: DELEGATION });
    const mine = await ask(assertion({}));
    expect(mine.json).toEqual({
      access_token: expect.any(String) as unknown,
      expires_in: 3599,
      token_type: 'Bearer',
    });
    const who = async (answer: Answer): Promise<unknown> =>
      (await test.drive('GET', 'about?fields=user/emailAddress', { token: text(answer.json['access_token']) })).json;
    expect(await who(mine)).toEqual({ user: { emailAddress: EMAIL } });
    const bobs = await ask(assertion({ sub: 'bob@example.com' }));
    expect(await who(bobs)).toEqual({ user: { emailAddress: 'bob@example.com' } });

    // It owns no storage: folders yes, bytes no.
    const bearer = text(mine.json['access_token']);
    await test.folder('F', 'root', bearer);
    await expect(test.file('f', 'x', {}, bearer)).rejects.toThrow('storageQuotaExceeded');
    for (const mimeType of ['text/plain', 'application/vnd.google-apps.document'])
      await expect(test.make({ mimeType }, bearer)).rejects.toThrow('storageQuotaExceeded');
    const shared = await test.make({ mimeType: 'application/vnd.google-apps.spreadsheet' });
    await test.share(shared, 'reader', EMAIL);
    const copied = await test.drive('POST', `files/${shared}/copy`, { token: bearer, body: { parents: ['root'] } });
    expect(copied.text).toContain('storageQuotaExceeded');
    await test.make(
      { mimeType: 'application/vnd.google-apps.shortcut', shortcutDetails: { targetId: shared } },
      bearer,
    );
    for (const path of ['/v1/documents', '/v1/presentations', '/v4/spreadsheets']) {
      const refused = await test.ask('POST', path, { token: bearer, body: {} });
      expect(refused.json).toEqual({
        error: { code: 403, message: 'The caller does not have permission', status: 'PERMISSION_DENIED' },
      });
    }
    // And it is nobody who could sign in on a page.
    const query = new URLSearchParams({ ...ASKED, sandbox_account: EMAIL });
    expect((await test.ask('GET', `/o/oauth2/v2/auth?${query.toString()}`)).status).toBe(400);
    expect((await test.ask('GET', `/o/oauth2/v2/auth?${new URLSearchParams(ASKED).toString()}`)).text).not.toContain(
      EMAIL,
    );
  });

  const soon = (seconds: number): number => Math.floor(time / 1000) + seconds;
  it.each<[string, () => object, number, string, string]>([
    ['nobody known', () => ({ iss: 'who@project.iam.gserviceaccount.com' }), 400, 'invalid_grant', 'account not found'],
    ['another audience', () => ({ aud: 'https://example.com/token' }), 400, 'invalid_grant', 'Failed audience check'],
    ['a day', () => ({ exp: soon(86_400) }), 400, 'invalid_grant', 'short-lived token'],
    ['the past', () => ({ iat: soon(-3700), exp: soon(-100) }), 400, 'invalid_grant', 'short-lived token'],
    ['no scope', () => ({ scope: '' }), 400, 'invalid_scope', 'Invalid OAuth scope'],
    [
      'a stranger to the domain',
      () => ({ sub: 'eve@example.org' }),
      401,
      'unauthorized_client',
      'Client is unauthorized',
    ],
    [
      'more than was delegated',
      () => ({ sub: 'bob@example.com', scope: `${DRIVE_SCOPE} ${DRIVE_SCOPE}.readonly` }),
      401,
      'unauthorized_client',
      'Client is unauthorized',
    ],
    ['somebody missing', () => ({ sub: 'zoe@example.com' }), 400, 'invalid_grant', 'Invalid email or User ID'],
  ])('is refused for %s', async (_what, claims, status, error, message) => {
    await register({ publicKey, delegation: DELEGATION });
    const answer = await ask(assertion(claims()));
    expect([answer.status, answer.json['error']]).toEqual([status, error]);
    expect(answer.json['error_description']).toContain(message);
  });

  it('is refused with a signature that is not its own', async () => {
    await register({ publicKey });
    const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const wrong = [assertion({}, {}, stranger), assertion({}, { kid: 'x' }), assertion({}, { alg: 'none' })];
    for (const each of wrong)
      expect((await ask(each)).json).toEqual({
        error: 'invalid_grant',
        error_description: 'Invalid JWT Signature.',
      });
    expect((await ask('no token')).json['error']).toBe('invalid_grant');
    // Without delegation it stands for nobody else.
    expect((await ask(assertion({ sub: 'bob@example.com' }))).json['error']).toBe('unauthorized_client');
  });

  it.each([
    [{}, 'Give either publicKey (PEM), or generate'],
    [{ publicKey: 'no key' }, 'publicKey must be an RSA public key'],
    [
      { generate: true, delegation: { domain: 'example.com' } },
      'delegation.scopes is missing; it must be a list of texts',
    ],
    [{ generate: true, email: 'bob@example.com' }, "is a person's account"],
  ])('is not registered from %j', async (more, message) => {
    const answer = await register(more);
    expect(answer.status).toBe(400);
    expect(answer.text).toContain(message);
  });
});
