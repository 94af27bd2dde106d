import { Logger } from '@nestjs/common';
import { DRIVE_SCOPE } from '../../test/support/builders.js';
import { anInsight } from '../../test/support/in-memory-activity.js';
import { InMemoryAuditLog } from '../../test/support/in-memory-audit.js';
import {
  InMemoryCredentialStore,
  InMemorySessionStore,
  InMemorySignInStore,
  type TestClock,
} from '../../test/support/in-memory-stores.js';
import type { Config } from '../config/config.js';
import { StoreUnavailableError } from '../http/errors.js';
import type { Account } from '../session/session.port.js';
import { SessionService } from '../session/session.service.js';
import { digest } from '../session/token.js';
import { type Consent, GoogleSignIn } from './auth.port.js';
import { RecordedAccountWork } from '../../test/support/account-work.js';
import { aKeeper } from '../../test/support/credential-keeper.js';
import { AuthService } from './auth.service.js';
import { SignInError } from './errors.js';

const ana: Account = { sub: '1001', email: 'ana@example.com', name: 'Ana Lima' };
const full: Consent = {
  accessToken: 'access',
  accessTokenExpiresAt: Date.now() + 3_600_000,
  refreshToken: 'refresh',
  scopes: ['openid', 'email', 'profile', DRIVE_SCOPE],
};

/** Records requests to Google, and returns what the test set. */
class Google extends GoogleSignIn {
  asked?: Parameters<GoogleSignIn['consentUrl']>[0];
  exchanged: string[] = [];
  revoked: string[] = [];
  consent: Consent | Error = full;
  account: Account = ana;

  override consentUrl(request: Parameters<GoogleSignIn['consentUrl']>[0]): string {
    this.asked = request;
    return 'https://google.test/consent';
  }
  override exchange(code: string, verifier: string): Promise<Consent> {
    this.exchanged.push(code);
    if (this.consent instanceof Error) return Promise.reject(this.consent);
    if (verifier !== this.asked?.verifier) return Promise.reject(new Error('another verifier'));
    return Promise.resolve(this.consent);
  }
  override identify(): Promise<Account> {
    return Promise.resolve(this.account);
  }
  override revoke(token: string): Promise<boolean> {
    this.revoked.push(token);
    return Promise.resolve(true);
  }
}

describe('AuthService', () => {
  // Each refusal below writes one expected line to the log.
  beforeAll(() => {
    Logger.overrideLogger(false);
  });

  let clock: TestClock;
  let google: Google;
  let credentials: InMemoryCredentialStore;
  let sessions: InMemorySessionStore;
  let signIns: InMemorySignInStore;
  let auth: AuthService;
  let audit: InMemoryAuditLog;
  let service: SessionService;

  function build(allowedAccounts: readonly string[] = [], publicUrl = 'http://localhost:3000'): AuthService {
    const whole = {
      http: { publicUrl, portalUrl: 'http://portal.test' },
      google: { clientId: 'client', issuers: ['https://google.test'] },
      session: { ttlSeconds: 86_400, urlTokenTtlSeconds: 86_400, idleSeconds: 86_400, queryTokens: true },
      general: { allowedAccounts },
    } as unknown as Config;
    const keeper = aKeeper(credentials, (token) => google.revoke(token));
    audit = new InMemoryAuditLog();
    service = new SessionService(sessions, keeper, audit, whole.general, whole.session, new RecordedAccountWork());
    const { general, http, google: googleConfig } = whole;
    const { insight } = anInsight();
    return new AuthService(google, signIns, credentials, service, general, http, googleConfig, audit, insight);
  }

  beforeEach(() => {
    clock = { now: Date.now() };
    google = new Google();
    credentials = new InMemoryCredentialStore(clock);
    sessions = new InMemorySessionStore(clock);
    signIns = new InMemorySignInStore(clock);
    auth = build();
  });

  /** A browser that was redirected to Google. */
  async function leave(type: 'source' | 'destination' | 'general' = 'source', cookie = '') {
    const start = await auth.begin(type, {}, cookie);
    return { cookie: start.cookie?.split(';')[0] ?? '', state: google.asked?.state ?? '', type };
  }

  type Return = { code?: unknown; error?: unknown; issuer?: unknown; state?: unknown; cookie?: string };

  /** The portal's parameters after the callback. */
  async function comeBack(browser: Awaited<ReturnType<typeof leave>>, changes: Return = {}, type = browser.type) {
    const query = {
      code: 'code',
      error: undefined,
      issuer: undefined,
      state: browser.state,
      cookie: browser.cookie,
      ...changes,
    };
    const location = new URL((await auth.complete(type, query)).location);
    expect(location.origin).toBe('http://portal.test');
    return Object.fromEntries(location.searchParams);
  }

  it('opens a session, which claims the credential for as long', async () => {
    const result = await comeBack(await leave());
    expect(result).toEqual({ type: 'source', token: expect.stringMatching(/^[\w-]{43}$/) as string });
    const session = await sessions.find(digest(result['token'] ?? ''));
    expect(session).toMatchObject({ type: 'source', account: ana, scopes: full.scopes });
    expect(await credentials.find(digest('client1001'))).toMatchObject({ refreshToken: 'refresh', sub: '1001' });
  });

  it('records who connected, and why a connection failed', async () => {
    const result = await comeBack(await leave());
    const session = await sessions.find(digest(result['token'] ?? ''));
    await comeBack(await leave(), { error: 'access_denied' });
    expect(audit.events).toEqual([
      {
        actor: { sub: '1001' },
        action: 'account.connected',
        object: `session:${session?.handle}`,
        outcome: 'done',
        detail: { type: 'source' },
      },
      { actor: 'unknown', action: 'account.connection_refused', outcome: 'access_denied', detail: { type: 'source' } },
    ]);
  });

  it('counts a return without a valid state but does not record it, because anyone can create thousands', async () => {
    const browser = await leave();
    await comeBack(browser);
    audit.events.length = 0;
    for (const state of [undefined, 'made-up', browser.state]) await comeBack(browser, { state });
    expect(audit.events).toEqual([]);
    await comeBack(await leave(), { cookie: '' });
    expect(audit.events).toMatchObject([{ action: 'account.connection_refused', outcome: 'state_mismatch' }]);
  });

  describe('for a program on the person’s own computer', () => {
    const verifier = 'v'.repeat(43);
    const program = { loopback_port: 53_682, code_challenge: digest(verifier), client_state: 's'.repeat(22) };
    /** The address that the browser is sent to in the end. */
    const signIn = async (changes: Return = {}) => {
      const start = await auth.begin('source', program, '');
      const browser = { cookie: start.cookie?.split(';')[0] ?? '', state: google.asked?.state ?? '' };
      const query = { code: 'code', error: undefined, issuer: undefined, ...browser, ...changes };
      return new URL((await auth.complete('source', query)).location);
    };

    it('returns a code to its port at 127.0.0.1, which gives no access and which only its verifier replaces', async () => {
      const { origin, searchParams } = await signIn();
      expect(origin).toBe('http://127.0.0.1:53682');
      expect(Object.fromEntries(searchParams)).toEqual({
        type: 'source',
        code: expect.stringMatching(/^[\w-]{43}$/) as string,
        state: program.client_state,
      });
      const code = searchParams.get('code')!;
      expect(await service.ofToken(code)).toBeUndefined();
      const { token, session } = await auth.exchange(code, verifier);
      expect(await service.ofToken(token)).toMatchObject({ type: 'source', account: ana, handle: session.handle });
      expect(session.unattended).toBeUndefined();
      expect(await service.ofToken(code)).toBeUndefined();
    });

    it.each([
      ['another verifier', 'w'.repeat(43)],
      ['the challenge itself', digest(verifier)],
    ])('ends the session of a code that is tried with %s', async (_what, wrong) => {
      const code = (await signIn()).searchParams.get('code')!;
      await expect(auth.exchange(code, wrong)).rejects.toMatchObject({ code: 'link_expired' });
      await expect(auth.exchange(code, verifier)).rejects.toMatchObject({ code: 'link_expired' });
    });

    it('ends the session of a code that is used twice', async () => {
      const code = (await signIn()).searchParams.get('code')!;
      const { token } = await auth.exchange(code, verifier);
      await expect(auth.exchange(code, verifier)).rejects.toMatchObject({ code: 'link_expired' });
      expect(await service.ofToken(token)).toBeUndefined();
    });

    it('does not exchange a token, nor a code after ten minutes', async () => {
      const { token } = await comeBack(await leave());
      await expect(auth.exchange(token!, verifier)).rejects.toMatchObject({ code: 'link_expired' });
      const code = (await signIn()).searchParams.get('code')!;
      clock.now += 601_000;
      await expect(auth.exchange(code, verifier)).rejects.toMatchObject({ code: 'link_expired' });
    });

    it('returns Google’s refusal to it, but that of another browser to the portal', async () => {
      const refused = await signIn({ error: 'access_denied' });
      expect(refused.origin).toBe('http://127.0.0.1:53682');
      expect(Object.fromEntries(refused.searchParams)).toEqual({
        type: 'source',
        error: 'access_denied',
        state: program.client_state,
      });
      expect((await signIn({ cookie: '' })).href).toBe('http://portal.test/?type=source&error=state_mismatch');
    });

    it.each(['loopback_port', 'code_challenge', 'client_state'] as const)('needs its %s', async (missing) => {
      const { [missing]: _left, ...rest } = program;
      await expect(auth.begin('source', rest, '')).rejects.toMatchObject({ code: 'invalid_request' });
    });
  });

  it('passes max_age on to Google', async () => {
    await auth.begin('source', { max_age: 0 }, '');
    expect(google.asked).toMatchObject({ maxAge: 0 });
  });

  it('requests read-only access if asked to, and gives the session no more than that', async () => {
    const readonly = 'https://www.googleapis.com/auth/drive.readonly';
    const start = await auth.begin('source', { access: 'readonly' }, '');
    expect(google.asked).toMatchObject({ scopes: ['openid', 'email', 'profile', readonly], includeGranted: true });
    // The account's credential keeps the full access that it gave before, for its other uses.
    google.consent = { ...full, scopes: [...full.scopes, readonly] };
    const browser = {
      cookie: start.cookie?.split(';')[0] ?? '',
      state: google.asked?.state ?? '',
      type: 'source' as const,
    };
    const { token } = await comeBack(browser);
    expect((await sessions.find(digest(token ?? '')))?.scopes).toEqual(['openid', 'email', 'profile', readonly]);
    expect((await credentials.find(digest('client1001')))?.scopes).toContain(DRIVE_SCOPE);
  });

  it('requests identity and Drive, with a state and a verifier of 256 random bits each', async () => {
    await leave();
    expect(google.asked).toMatchObject({
      redirectUri: 'http://localhost:3000/auth/source/callback',
      scopes: ['openid', 'email', 'profile', DRIVE_SCOPE],
      state: expect.stringMatching(/^[\w-]{43}$/) as string,
      verifier: expect.stringMatching(/^[\w-]{43}$/) as string,
    });
    expect(google.asked?.state).not.toBe(google.asked?.verifier);
  });

  it('ends an unused session after ten minutes', async () => {
    const result = await comeBack(await leave());
    clock.now += 601_000;
    expect(await sessions.find(digest(result['token'] ?? ''))).toBeUndefined();
  });

  it.each<[string, Return]>([
    ['no state', { state: undefined }],
    ['two states', { state: ['a', 'b'] }],
    ['a state nobody gave out', { state: 'x'.repeat(43) }],
    ['no cookie', { cookie: '' }],
    ['the cookie of another browser', { cookie: `cloudmover-sign-in=${'x'.repeat(43)}` }],
  ])('refuses %s as state_mismatch and exchanges no code', async (_case, changes) => {
    expect(await comeBack(await leave(), changes)).toEqual({ type: 'source', error: 'state_mismatch' });
    expect(google.exchanged).toEqual([]);
  });

  it('refuses the state of the other side', async () => {
    expect(await comeBack(await leave('source'), {}, 'destination')).toEqual({
      type: 'destination',
      error: 'state_mismatch',
    });
  });

  it('refuses a state after ten minutes', async () => {
    const browser = await leave();
    clock.now += 601_000;
    expect(await comeBack(browser)).toMatchObject({ error: 'state_mismatch' });
  });

  it('refuses a repeated callback as link_expired, and exchanges the code once', async () => {
    const browser = await leave();
    await comeBack(browser);
    expect(await comeBack(browser)).toEqual({ type: 'source', error: 'link_expired' });
    expect(google.exchanged).toEqual(['code']);
  });

  it('lets one browser run two sign-ins at the same time', async () => {
    const first = await leave('source');
    const verifier = google.asked?.verifier;
    const second = await leave('destination', `theme=dark; ${first.cookie}`);
    expect(second.cookie).toBe(first.cookie);
    expect(await comeBack(second)).toHaveProperty('token');
    if (google.asked) google.asked = { ...google.asked, verifier: verifier ?? '' };
    expect(await comeBack(first)).toHaveProperty('token');
  });

  it.each<[string, Return, Consent | Error, string]>([
    ['a refusal at Google', { code: undefined, error: 'access_denied' }, full, 'access_denied'],
    ['another error of Google', { code: undefined, error: 'server_error' }, full, 'sign_in_failed'],
    ['no code', { code: undefined }, full, 'sign_in_failed'],
    ['two codes', { code: ['a', 'b'] }, full, 'sign_in_failed'],
    ['Drive not ticked', {}, { ...full, scopes: ['openid', 'email', 'profile'] }, 'scope_missing'],
    ['a used code', {}, new SignInError('link_expired', ''), 'link_expired'],
    ['Google away', {}, new SignInError('google_unavailable', ''), 'google_unavailable'],
    ['Redis away', {}, new StoreUnavailableError(), 'service_unavailable'],
    ['a failure nobody foresaw', {}, new Error('secret'), 'sign_in_failed'],
  ])('redirects %s to the portal', async (_case, changes, consent, error) => {
    google.consent = consent;
    expect(await comeBack(await leave(), changes)).toEqual({ type: 'source', error });
    expect(await sessions.page(undefined, 10)).toEqual({ sessions: [] });
  });

  it('redirects to the portal when the sign-in cannot start', async () => {
    signIns.begin = () => Promise.reject(new StoreUnavailableError());
    expect(await auth.begin('source', {}, '')).toEqual({
      location: 'http://portal.test/?type=source&error=service_unavailable',
    });
  });

  it('names the refused account in the audit log', async () => {
    auth = build(['elsewhere.example']);
    expect(await comeBack(await leave())).toMatchObject({ error: 'account_not_allowed' });
    const refused = { actor: { sub: expect.any(String) as string }, action: 'account.connection_refused' };
    expect(audit.events).toEqual([{ ...refused, outcome: 'account_not_allowed', detail: { type: 'source' } }]);
  });

  describe('with an unusable consent', () => {
    it('refuses one without a refresh token and revokes it', async () => {
      const { refreshToken: _, ...short } = full;
      google.consent = short;
      expect(await comeBack(await leave())).toMatchObject({ error: 'refresh_token_missing' });
      expect(google.revoked).toEqual(['access']);
    });

    it('revokes a consent without Drive access', async () => {
      google.consent = { ...full, scopes: ['openid', 'email', 'profile'] };
      await comeBack(await leave());
      expect(google.revoked).toEqual(['refresh']);
    });

    it('revokes nothing while the account is connected elsewhere, because Google would end that too', async () => {
      await comeBack(await leave());
      google.consent = { ...full, scopes: ['openid', 'email', 'profile'] };
      await comeBack(await leave('destination'));
      expect(google.revoked).toEqual([]);
    });

    it('accepts read-only access for a source only', async () => {
      google.consent = { ...full, scopes: ['openid', 'email', `${DRIVE_SCOPE}.readonly`] };
      expect(await comeBack(await leave('source'))).toHaveProperty('token');
      expect(await comeBack(await leave('destination'))).toMatchObject({ error: 'scope_missing' });
      expect(await comeBack(await leave('general'))).toMatchObject({ error: 'scope_missing' });
    });
  });

  it.each([
    [['ana@example.com'], 'token'],
    [['example.com'], 'token'],
    [['bob@example.com', 'example.org'], 'error'],
    [['ple.com'], 'error'],
  ])('with ALLOWED_ACCOUNTS %j returns a %s', async (allowedAccounts, expected) => {
    auth = build(allowedAccounts);
    google.account = { ...ana, email: 'Ana@Example.com' };
    const result = await comeBack(await leave());
    expect(result).toHaveProperty(expected);
    if (expected === 'error') expect(result).toMatchObject({ error: 'account_not_allowed' });
  });

  it('binds its cookie to the host with https, and hides it from scripts', async () => {
    expect((await auth.begin('source', {}, '')).cookie).toMatch(
      /^cloudmover-sign-in=[\w-]{43}; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax$/,
    );
    auth = build([], 'https://mover.example.com');
    expect((await auth.begin('source', {}, '')).cookie).toMatch(
      /^__Host-cloudmover-sign-in=[\w-]{43}; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax; Secure$/,
    );
  });
});
