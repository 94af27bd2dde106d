import { CLIENT, signInTo } from '../testing/sign-in.ts';
import { TestSandbox, type Answer, text } from '../testing/test-client.ts';

describe('a refresh token', () => {
  let test: TestSandbox;
  let time = Date.now();
  beforeEach(async () => void (test = await TestSandbox.start({ clients: [CLIENT], now: () => time })));
  afterEach(() => test.close());
  const { code, token } = signInTo(() => test);
  const refresh = (refreshToken: unknown): Promise<Answer> =>
    token({ grant_type: 'refresh_token', refresh_token: text(refreshToken) });
  const issued = async (more: Record<string, string> = {}): Promise<string> =>
    text((await token({ code: await code({ prompt: 'consent', ...more }) })).json['refresh_token']);
  const DAY = 86_400_000;
  const ENDED = { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' };

  it('is not rotated: it works again and again, and no other is given', async () => {
    const value = await issued();
    for (let i = 0; i < 3; i++) {
      const answer = await refresh(value);
      expect(answer.status).toBe(200);
      expect(answer.json).not.toHaveProperty('refresh_token');
      expect(answer.json).not.toHaveProperty('refresh_token_expires_in');
    }
  });

  it('ends silently when the 101st of its account and client is made, not for those of others', async () => {
    const other = text(
      (await test.ask('POST', '/__sandbox/tokens', { body: { account: 'alice@example.com', clientId: 'app' } })).json[
        'refresh_token'
      ],
    );
    const all: string[] = [];
    for (let i = 0; i < 100; i++) all.push(await issued());
    expect((await refresh(all[0])).status).toBe(200);
    const newest = await issued();
    expect((await refresh(all[0])).json).toEqual(ENDED);
    for (const each of [all[1], newest, other]) expect((await refresh(each)).status).toBe(200);
  });

  it('ends after six months without use', async () => {
    const [used, unused] = [await issued(), await issued()];
    time += 180 * DAY;
    expect((await refresh(used)).status).toBe(200);
    time += 10 * DAY;
    expect((await refresh(used)).status).toBe(200);
    expect((await refresh(unused)).json).toEqual(ENDED);
  });

  it('of an app in testing ends after seven days, used or not, unless it only signs in', async () => {
    await test.ask('POST', '/__sandbox/clients', { body: { ...CLIENT, testing: true } });
    const answer = await token({ code: await code({ prompt: 'consent' }) });
    expect(answer.json['refresh_token_expires_in']).toBe(7 * 24 * 3600);
    const signIn = await issued({ scope: 'openid email profile' });
    time += 6 * DAY;
    expect((await refresh(answer.json['refresh_token'])).json['refresh_token_expires_in']).toBe(24 * 3600);
    time += DAY;
    expect((await refresh(answer.json['refresh_token'])).json).toEqual(ENDED);
    expect((await refresh(signIn)).status).toBe(200);
  });

  it('is replaced with each use where the client wants that, and is good for the grace only', async () => {
    await test.ask('POST', '/__sandbox/clients', { body: { ...CLIENT, rotationGraceSeconds: 10 } });
    const first = await issued();
    const second = text((await refresh(first)).json['refresh_token']);
    expect(second).not.toBe(first);
    time += 9_000;
    // A client that lost the response repeats the request.
    const third = text((await refresh(first)).json['refresh_token']);
    expect(new Set([first, second, third]).size).toBe(3);
    time += 1_000;
    expect((await refresh(first)).json).toEqual(ENDED);
    for (const each of [second, third]) expect((await refresh(each)).status).toBe(200);
    await test.ask('POST', '/__sandbox/clients', { body: { ...CLIENT, rotationGraceSeconds: 0 } });
    const last = await issued();
    expect((await refresh(last)).status).toBe(200);
    expect((await refresh(last)).json).toEqual(ENDED);
  });

  it('goes with the whole grant of its account and client when any token of it is revoked', async () => {
    const [one, two] = [await issued(), await issued()];
    const pending = await code();
    const access = text((await refresh(one)).json['access_token']);
    const alices = text(
      (await test.ask('POST', '/__sandbox/tokens', { body: { account: 'alice@example.com', clientId: 'app' } })).json[
        'refresh_token'
      ],
    );
    const ended = await test.ask('POST', '/revoke', { body: new URLSearchParams({ token: access }) });
    expect(ended.status).toBe(200);
    for (const each of [one, two]) expect((await refresh(each)).json).toEqual(ENDED);
    expect((await token({ code: pending })).json['error']).toBe('invalid_grant');
    expect((await test.drive('GET', 'about?fields=kind', { token: access })).status).toBe(401);
    expect((await refresh(alices)).status).toBe(200);
    expect((await test.ask('POST', '/revoke', { body: new URLSearchParams({ token: access }) })).status).toBe(400);
  });
});
