import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { SignInError } from '../../auth/errors.js';
import { GoogleOAuthAdapter } from './google-oauth.adapter.js';

describe('GoogleOAuthAdapter', () => {
  let profile: Record<string, unknown>;
  let server: Server;
  let google: GoogleOAuthAdapter;

  beforeAll(async () => {
    server = createServer((_request, response) =>
      response.setHeader('content-type', 'application/json').end(JSON.stringify(profile)),
    );
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    google = new GoogleOAuthAdapter({
      clientId: 'test-client',
      issuers: [],
      clientSecret: 'test-client-secret',
      authUrl: `${origin}/auth`,
      tokenUrl: `${origin}/token`,
      revokeUrl: `${origin}/revoke`,
      userinfoUrl: `${origin}/userinfo`,
      apiRoot: origin,
      isSandbox: true,
    });
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it.each([
    [604_799, 604_799_000],
    [undefined, undefined],
    [0, undefined],
    [-1, undefined],
    ['604799', undefined],
    [1e300, undefined],
  ])('reads the expiry of the refresh token from %j', async (seconds, ms) => {
    // The token endpoint and the profile are one server here.
    profile = {
      access_token: 'access-1',
      refresh_token: 'refresh-2',
      expires_in: 3_600,
      refresh_token_expires_in: seconds,
    };
    const now = Date.now();
    for (const { refreshTokenExpiresAt: end } of [
      await google.exchange('code', 'verifier', 'http://localhost/callback'),
      await google.refresh('refresh-1'),
    ]) {
      if (ms === undefined) expect(end).toBeUndefined();
      else expect(Math.abs(end! - now - ms)).toBeLessThan(10_000);
    }
  });

  it('identifies the account by ID, e-mail address and name', async () => {
    profile = { sub: '1001', email: 'ana@example.com', email_verified: true, name: 'Ana Lima' };
    expect(await google.identify('access-1')).toEqual({ sub: '1001', email: 'ana@example.com', name: 'Ana Lima' });
  });

  it.each([false, 'false'])('ignores an unverified e-mail address (%j)', async (verified) => {
    profile = { sub: '1002', email: 'ana@example.com', email_verified: verified };
    const refusal = await google.identify('access-1').catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(SignInError);
    expect(refusal).toMatchObject({ code: 'account_not_allowed' });
  });
});
