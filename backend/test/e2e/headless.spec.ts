import { AuditLog } from '../../src/insight/audit.port.js';
import { DRIVE_SCOPE } from '../support/builders.js';
import { startStack, type Stack } from '../support/stack.js';

const OPERATOR = 'operator-key-of-at-least-32-characters';
const ROBOT = 'robot@project.iam.gserviceaccount.com';
const IDENTITY = ['email', 'profile'].map((name) => `https://www.googleapis.com/auth/userinfo.${name}`);

interface Created {
  id: string;
  token: string;
}

describe('POST /session', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({
      OPERATOR_KEY: OPERATOR,
      ALLOWED_ACCOUNTS: 'alice@example.com',
      RATE_LIMIT_OPERATOR_KEY: '1000',
    });
  });
  afterAll(() => stack.close());

  const open = (body: object, key = OPERATOR) => stack.api.post('/session').set('X-Operator-Key', key).send(body);
  const refreshTokenOf = async (account: string, scopes?: string[]) =>
    (
      await stack.control<{ refresh_token: string }>('POST', 'tokens', {
        account,
        clientId: 'test-client',
        ...(scopes && { scopes }),
      })
    ).refresh_token;
  async function serviceAccount(scopes: string[], subject = 'alice@example.com') {
    const { keyFile } = await stack.control<{ keyFile: { private_key: string } }>('POST', 'service-accounts', {
      email: ROBOT,
      generate: true,
      delegation: { domain: 'example.com', scopes },
    });
    return { clientEmail: ROBOT, privateKey: keyFile.private_key, subject };
  }

  it('opens a session from a refresh token, which works like any other and is shown once', async () => {
    const refreshToken = await refreshTokenOf('alice@example.com');
    const { body, headers } = await open({ type: 'source', refreshToken }).expect(201);
    expect(body).toMatchObject({ type: 'source', account: { email: 'alice@example.com' } });
    expect(headers['cache-control']).toBe('no-store');
    const { id, token } = body as Created;
    await stack.api.get('/list-files').set('X-Source-Token', token).expect(200);
    const active = await stack.api.get('/session/active').set('X-Source-Token', token).expect(200);
    const { sessions } = active.body as { sessions: { id: string }[] };
    expect(sessions.find((session) => session.id === id)).toMatchObject({ current: true, device: {} });
    for (const secret of [token, refreshToken]) expect(active.text).not.toContain(secret);
  });

  it('does not revoke a supplied refresh token when the session ends', async () => {
    const refreshToken = await refreshTokenOf('alice@example.com');
    for (let i = 0; i < 2; i++) {
      const { body } = await open({ type: 'destination', refreshToken }).expect(201);
      const { token } = body as Created;
      await stack.api.delete('/session/logout').set('X-Destination-Token', token).expect(200);
      await stack.api.get('/session/validate').set('X-Destination-Token', token).expect(401);
    }
  });

  it('opens a session from a service account that acts for a person', async () => {
    const account = await serviceAccount([...IDENTITY, DRIVE_SCOPE]);
    const { body, text } = await open({ type: 'general', serviceAccount: account }).expect(201);
    expect(body).toMatchObject({ type: 'general', account: { email: 'alice@example.com' } });
    expect(text).not.toContain('PRIVATE KEY');
    const { token } = body as Created;
    await stack.api.get('/drive-info').set('Authorization', `Bearer ${token}`).expect(200);
  });

  it('requests only the access that the side needs', async () => {
    const reading = await serviceAccount([...IDENTITY, `${DRIVE_SCOPE}.readonly`]);
    for (const type of ['destination', 'general']) {
      const answer = await open({ type, serviceAccount: reading }).expect(403);
      expect(answer.body).toMatchObject({ code: 'scope_missing' });
    }
    await open({ type: 'source', serviceAccount: reading }).expect(201);
    const little = await refreshTokenOf('alice@example.com', ['openid', 'email']);
    const answer = await open({ type: 'source', refreshToken: little }).expect(403);
    expect(answer.body).toMatchObject({ code: 'scope_missing' });
  });

  it('refuses accounts that ALLOWED_ACCOUNTS excludes, by either method', async () => {
    const refreshToken = await refreshTokenOf('bob@example.com');
    const account = await serviceAccount([...IDENTITY, DRIVE_SCOPE], 'bob@example.com');
    for (const credentials of [{ refreshToken }, { serviceAccount: account }]) {
      const answer = await open({ type: 'source', ...credentials }).expect(403);
      expect(answer.body).toMatchObject({ code: 'account_not_allowed' });
    }
    const allowed = { refreshToken: await refreshTokenOf('alice@example.com') };
    const also = { serviceAccount: await serviceAccount([...IDENTITY, DRIVE_SCOPE]) };
    for (const credentials of [allowed, also]) await open({ type: 'source', ...credentials }).expect(201);
    const audit = stack.app.get(AuditLog);
    await audit.flush();
    const logged = [];
    for await (const { actor, action, outcome, detail } of audit.read())
      logged.push({ actor, action, outcome, detail });
    for (const by of ['refresh_token', 'service_account']) {
      const detail = { type: 'source', by };
      expect(logged).toContainEqual({ actor: 'operator', action: 'account.connected', outcome: 'done', detail });
      const outcome = 'account_not_allowed';
      expect(logged).toContainEqual({ actor: 'operator', action: 'account.connection_refused', outcome, detail });
    }
  });

  it('names the credential that Google does not accept', async () => {
    for (const refreshToken of ['nonsense', 'undefined', ' ', 'a&client_id=b']) {
      const unknown = await open({ type: 'source', refreshToken }).expect(400);
      expect(unknown.body).toMatchObject({ code: 'refresh_token_rejected' });
    }
    const account = { ...(await serviceAccount([...IDENTITY, DRIVE_SCOPE])), privateKey: 'nonsense' };
    const broken = await open({ type: 'source', serviceAccount: account }).expect(400);
    expect(broken.body).toMatchObject({ code: 'service_account_rejected' });
  });

  it.each<[string, object, string]>([
    ['neither', { type: 'source' }, 'refreshToken'],
    ['an unknown type', { type: 'both', refreshToken: 'x' }, 'type'],
    ['a token that is no text', { type: 'source', refreshToken: { $gt: '' } }, 'refreshToken'],
    [
      'a service account without a key',
      { type: 'source', serviceAccount: { clientEmail: ROBOT, subject: 'abc' } },
      'serviceAccount.privateKey',
    ],
    ['a service account that is a list', { type: 'source', serviceAccount: [] }, 'serviceAccount'],
    ['a service account that is null', { type: 'source', serviceAccount: null }, 'serviceAccount'],
    ['a property it does not know', { type: 'source', refreshToken: 'x', scopes: [] }, 'scopes'],
  ])('refuses %s, and names it', async (_what, body, parameter) => {
    const answer = await open(body).expect(400);
    expect(answer.body).toMatchObject({ code: 'invalid_request', errors: [{ parameter }] });
  });

  it('refuses both at once', async () => {
    const both = { type: 'source', refreshToken: 'x', serviceAccount: await serviceAccount(IDENTITY) };
    expect((await open(both).expect(400)).body).toMatchObject({ code: 'invalid_request' });
  });
});
