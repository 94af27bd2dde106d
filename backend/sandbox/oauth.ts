import {
  createHash,
  createPublicKey,
  generateKeyPair,
  randomBytes,
  sign,
  timingSafeEqual,
  type KeyObject,
} from 'node:crypto';
import { promisify } from 'node:util';
import { authorizationErrorPage, consentPage } from './consent-page.ts';
import type { Account, DriveStore } from './drive-store.ts';
import { GoogleError, SandboxUsageError } from './errors.ts';
import type { Exchange, Reply } from './exchange.ts';

export const SCOPE = {
  drive: 'https://www.googleapis.com/auth/drive',
  readonly: 'https://www.googleapis.com/auth/drive.readonly',
  metadata: 'https://www.googleapis.com/auth/drive.metadata',
  metadataReadonly: 'https://www.googleapis.com/auth/drive.metadata.readonly',
  file: 'https://www.googleapis.com/auth/drive.file',
  email: 'https://www.googleapis.com/auth/userinfo.email',
  profile: 'https://www.googleapis.com/auth/userinfo.profile',
} as const;

/** Google answers with the long names, whichever was asked for. */
const LONG_NAMES: Record<string, string> = { email: SCOPE.email, profile: SCOPE.profile };
/** Granted by signing in: the consent page has no tick for them. */
const SIGN_IN = new Set<string>(['openid', SCOPE.email, SCOPE.profile]);

/** Seconds; Google's usual figure. */
const ACCESS_TOKEN_LIFE = 3599;
const CODE_LIFE_MS = 10 * 60_000;
/** The 101st live refresh token of one account and client silently ends the oldest ("Using OAuth 2.0"). */
const MAX_REFRESH_TOKENS = 100;
const ISSUER = 'https://accounts.google.com';

export interface OAuthClient {
  clientId: string;
  clientSecret: string;
  redirectUris: string[];
}

/** Who calls, and what the token allows. */
export interface Caller {
  account: Account;
  scopes: ReadonlySet<string>;
  /** `undefined` for a token made on the control side. */
  clientId?: string;
}

interface Grant {
  email: string;
  scopes: string[];
  clientId?: string;
}

interface Code extends Grant {
  redirectUri: string;
  challenge?: { value: string; method: 'S256' | 'plain' };
  offline: boolean;
  newConsent: boolean;
  nonce?: string;
  expires: number;
}

interface AccessToken extends Grant {
  expires: number;
  refreshToken?: string;
}

/** A refresh token; `expiresIn` are the seconds its access tokens live. */
interface RefreshToken extends Grant {
  expiresIn: number;
  created: number;
}

/** What is kept between starts. */
export interface OAuthState {
  clients: OAuthClient[];
  access: [string, AccessToken][];
  refresh: [string, RefreshToken][];
  consents: [string, string[]][];
}

/** Google's OAuth 2.0 for web applications ("Using OAuth 2.0 for Web Server Applications"), for made-up accounts. */
export class OAuth {
  onChange: () => void = () => undefined;
  private clients = new Map<string, OAuthClient>();
  private codes = new Map<string, Code>();
  private access = new Map<string, AccessToken>();
  private refresh = new Map<string, RefreshToken>();
  /** Scopes an account has granted a client so far. */
  private consents = new Map<string, Set<string>>();
  private readonly store: DriveStore;
  private readonly now: () => number;
  private keys?: Promise<{ privateKey: KeyObject; kid: string; jwk: Record<string, unknown> }>;

  constructor(store: DriveStore, now: () => number) {
    this.store = store;
    this.now = now;
  }

  /** Registers a client, or replaces the one of that id. */
  addClient(client: OAuthClient): void {
    const { clientId, clientSecret, redirectUris } = client;
    if (!clientId || !clientSecret) throw new SandboxUsageError('An OAuth client needs a clientId and a clientSecret.');
    for (const uri of redirectUris)
      if (!URL.canParse(uri))
        throw new SandboxUsageError(`The redirect URI "${uri}" of ${clientId} is not an absolute URL.`);
    this.clients.set(clientId, { clientId, clientSecret, redirectUris: [...redirectUris] });
    this.onChange();
  }

  clientIds(): string[] {
    return [...this.clients.keys()];
  }

  state(): OAuthState {
    const live = [...this.access].filter(([, token]) => token.expires > this.now());
    return {
      clients: [...this.clients.values()],
      access: live,
      refresh: [...this.refresh],
      consents: [...this.consents].map(([key, scopes]) => [key, [...scopes]]),
    };
  }

  restore(state: OAuthState): void {
    this.clients = new Map(state.clients.map((client) => [client.clientId, client]));
    this.access = new Map(state.access);
    this.refresh = new Map(state.refresh);
    this.consents = new Map(state.consents.map(([key, scopes]) => [key, new Set(scopes)]));
  }

  /** Everything forgotten, clients included. */
  clear(): void {
    this.restore({ clients: [], access: [], refresh: [], consents: [] });
    this.codes.clear();
  }

  /** Tokens without a browser, for the control side. `expiresIn` in seconds. */
  issue(
    email: string,
    options: { scopes?: string[]; expiresIn?: number; clientId?: string } = {},
  ): Record<string, unknown> {
    const account = this.store.knownAccount(email);
    if (options.clientId !== undefined && !this.clients.has(options.clientId))
      throw new SandboxUsageError(`There is no OAuth client ${options.clientId}; register it first.`);
    const grant: Grant = {
      email: account.email,
      scopes: normalize(options.scopes ?? ['openid', 'email', 'profile', SCOPE.drive]),
      ...(options.clientId === undefined ? {} : { clientId: options.clientId }),
    };
    const refreshToken = this.newRefreshToken(grant, options.expiresIn ?? ACCESS_TOKEN_LIFE);
    return {
      ...this.newAccessToken(grant, options.expiresIn ?? ACCESS_TOKEN_LIFE, refreshToken),
      refresh_token: refreshToken,
    };
  }

  /** Ends every access token of an account at once, as if its hour were over; refresh tokens stay. */
  expireAccessTokens(email: string): number {
    const { email: exact } = this.store.knownAccount(email);
    const mine = [...this.access].filter(([, token]) => token.email === exact);
    for (const [value] of mine) this.access.delete(value);
    this.onChange();
    return mine.length;
  }

  /**
   * Who a bearer token stands for.
   * @throws GoogleError 401 `authError`; without a token 403 for reading and 401 for writing, as Drive does.
   */
  authenticate(exchange: Exchange): Caller {
    const header = exchange.header('authorization');
    const value = header ? /^Bearer\s+(\S+)$/i.exec(header)?.[1] : exchange.query.get('access_token');
    if (!header && !value) {
      if (exchange.method === 'GET')
        throw new GoogleError(
          403,
          'forbidden',
          "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or " +
            'other form of API consumer identity to call this API.',
          { statusWord: 'PERMISSION_DENIED' },
        );
      throw new GoogleError(401, 'required', 'Login Required.', {
        location: 'Authorization',
        locationType: 'header',
        statusWord: 'UNAUTHENTICATED',
      });
    }
    const token = this.liveAccess(value ?? '');
    const account = token && this.store.account(token.email);
    if (!token || !account)
      throw new GoogleError(401, 'authError', 'Invalid Credentials', {
        location: 'Authorization',
        locationType: 'header',
        statusWord: 'UNAUTHENTICATED',
        headers: { 'www-authenticate': 'Bearer realm="https://accounts.google.com/", error="invalid_token"' },
      });
    return {
      account,
      scopes: new Set(token.scopes),
      ...(token.clientId === undefined ? {} : { clientId: token.clientId }),
    };
  }

  private liveAccess(value: string): AccessToken | undefined {
    const token = this.access.get(value);
    if (!token || token.expires > this.now()) return token;
    this.access.delete(value);
    return undefined;
  }

  /**
   * The consent page (GET) and its form (POST). A script may skip the page: GET with `sandbox_account=<e-mail>` and
   * `sandbox_consent=allow|deny|no_drive` redirects at once.
   */
  async authorize(exchange: Exchange): Promise<Reply> {
    const query = exchange.query;
    const clientId = query.get('client_id') ?? '';
    const redirectUri = query.get('redirect_uri') ?? '';
    const client = this.clients.get(clientId);
    if (!clientId || !redirectUri || !query.get('scope'))
      return refused('400: invalid_request', 'Required parameter is missing: client_id, redirect_uri or scope.');
    if (!client)
      return refused(
        '401: invalid_client',
        `The OAuth client ${clientId} was not found.`,
        'Register it with --client.',
      );
    if (!client.redirectUris.includes(redirectUri))
      return refused(
        '400: redirect_uri_mismatch',
        `The redirect URI ${redirectUri} is not registered for ${clientId}.`,
        `Registered, to the letter: ${client.redirectUris.join(', ') || 'none'}.`,
      );
    const back = (params: Record<string, string>): Reply => {
      const target = new URL(redirectUri);
      for (const [name, value] of Object.entries(params)) target.searchParams.set(name, value);
      const state = query.get('state');
      if (state !== null) target.searchParams.set('state', state);
      return { status: 302, headers: { location: target.href, 'cache-control': 'no-store' } };
    };
    if (query.get('response_type') !== 'code')
      return refused('400: unsupported_response_type', 'This sandbox knows response_type=code only.');
    const method = query.get('code_challenge_method') ?? 'plain';
    if (query.has('code_challenge') && method !== 'S256' && method !== 'plain')
      return refused('400: invalid_request', `Invalid code_challenge_method: ${method}.`);

    const requested = normalize((query.get('scope') ?? '').split(/\s+/).filter(Boolean));
    const optional = requested.filter((scope) => !SIGN_IN.has(scope));
    const accounts = [...this.store.accounts.values()];
    const hint = query.get('login_hint') ?? '';
    const hinted = accounts.find(({ email, sub }) => email.toLowerCase() === hint.toLowerCase() || sub === hint);

    if (query.get('prompt') === 'none') {
      const earlier = hinted && this.consents.get(consentKey(hinted.email, clientId));
      if (!hinted) return back({ error: 'login_required' });
      if (!requested.every((scope) => earlier?.has(scope))) return back({ error: 'consent_required' });
      return back({ code: this.newCode(query, hinted, requested, client) });
    }

    const decided = await this.decision(exchange, optional);
    if (!decided) {
      const action = `${exchange.url.pathname}${exchange.url.search}`;
      return {
        status: 200,
        headers: { 'cache-control': 'no-store', 'x-frame-options': 'DENY', 'referrer-policy': 'no-referrer' },
        html: consentPage({
          action,
          app: new URL(redirectUri).host,
          accounts,
          preselected: (hinted ?? accounts[0])?.email ?? '',
          scopes: optional,
        }),
      };
    }
    if (!decided.allow) return back({ error: 'access_denied' });
    const account = this.store.account(decided.account || hinted?.email || '');
    if (!account) return refused('400: invalid_request', `There is no account "${decided.account}" in the sandbox.`);
    const granted = requested.filter((scope) => SIGN_IN.has(scope) || decided.scopes.includes(scope));
    if (granted.length === 0) return back({ error: 'access_denied' });
    return back({ code: this.newCode(query, account, granted, client) });
  }

  private async decision(
    exchange: Exchange,
    optional: string[],
  ): Promise<{ account: string; allow: boolean; scopes: string[] } | undefined> {
    if (exchange.method === 'POST') {
      const form = await exchange.form();
      return {
        account: form.get('account') ?? '',
        allow: form.get('decision') === 'allow',
        scopes: form.getAll('scope'),
      };
    }
    const consent = exchange.query.get('sandbox_consent');
    const account = exchange.query.get('sandbox_account');
    if (consent === null && account === null) return undefined;
    return {
      account: account ?? '',
      allow: consent !== 'deny',
      scopes: consent === 'no_drive' ? optional.filter((scope) => !scope.includes('/auth/drive')) : optional,
    };
  }

  private newCode(query: URLSearchParams, account: Account, scopes: string[], client: OAuthClient): string {
    const key = consentKey(account.email, client.clientId);
    const earlier = this.consents.get(key);
    const all = query.get('include_granted_scopes') === 'true' ? [...new Set([...scopes, ...(earlier ?? [])])] : scopes;
    const challenge = query.get('code_challenge');
    const nonce = query.get('nonce');
    const code = `sandbox-code-${secret(24)}`;
    this.codes.set(code, {
      email: account.email,
      scopes: all,
      clientId: client.clientId,
      redirectUri: query.get('redirect_uri') ?? '',
      offline: query.get('access_type') === 'offline',
      // A refresh token comes with a consent given now, not with one remembered from earlier.
      newConsent: !earlier || (query.get('prompt') ?? '').split(/\s+/).includes('consent'),
      expires: this.now() + CODE_LIFE_MS,
      ...(challenge === null
        ? {}
        : {
            challenge: { value: challenge, method: query.get('code_challenge_method') === 'S256' ? 'S256' : 'plain' },
          }),
      ...(nonce === null ? {} : { nonce }),
    });
    this.consents.set(key, new Set([...(earlier ?? []), ...scopes]));
    this.onChange();
    return code;
  }

  /** POST /token. */
  async token(exchange: Exchange): Promise<Reply> {
    const form = await exchange.form();
    const basic = /^Basic\s+(\S+)$/i.exec(exchange.header('authorization') ?? '')?.[1];
    const [basicId, basicSecret] = basic ? Buffer.from(basic, 'base64').toString('utf8').split(/:(.*)/s) : [];
    const clientId = form.get('client_id') ?? (basicId === undefined ? undefined : decodeURIComponent(basicId));
    const clientSecret =
      form.get('client_secret') ?? (basicSecret === undefined ? undefined : decodeURIComponent(basicSecret));
    if (!clientId) return oauthError(400, 'invalid_request', 'Could not determine client ID from request.');
    const client = this.clients.get(clientId);
    if (!client) return oauthError(401, 'invalid_client', 'The OAuth client was not found.');
    if (!clientSecret) return oauthError(400, 'invalid_request', 'client_secret is missing.');
    if (!same(clientSecret, client.clientSecret)) return oauthError(401, 'invalid_client', 'Unauthorized');
    switch (form.get('grant_type')) {
      case 'authorization_code':
        return this.exchangeCode(form, client);
      case 'refresh_token':
        return this.refreshAccess(form, client);
      case null:
        return oauthError(400, 'invalid_request', 'Missing required parameter: grant_type');
      default:
        return oauthError(400, 'unsupported_grant_type', `Invalid grant_type: ${form.get('grant_type')}`);
    }
  }

  /** Whose refresh token a form carries, for faults by account. */
  accountOfRefreshToken(value: string | null): Account | undefined {
    const token = value === null ? undefined : this.refresh.get(value);
    return token && this.store.account(token.email);
  }

  private async exchangeCode(form: URLSearchParams, client: OAuthClient): Promise<Reply> {
    const value = form.get('code') ?? '';
    const code = this.codes.get(value);
    if (!code || code.clientId !== client.clientId) return oauthError(400, 'invalid_grant', 'Malformed auth code.');
    if (form.get('redirect_uri') !== code.redirectUri) return oauthError(400, 'redirect_uri_mismatch', 'Bad Request');
    // Used up by the first attempt, whatever comes of it.
    this.codes.delete(value);
    if (code.expires <= this.now()) return oauthError(400, 'invalid_grant', 'Bad Request');
    const verifier = form.get('code_verifier');
    if (code.challenge) {
      if (!verifier) return oauthError(400, 'invalid_grant', 'Missing code verifier.');
      const derived =
        code.challenge.method === 'S256' ? createHash('sha256').update(verifier).digest('base64url') : verifier;
      if (!same(derived, code.challenge.value)) return oauthError(400, 'invalid_grant', 'Invalid code verifier.');
    } else if (verifier) {
      return oauthError(400, 'invalid_grant', 'code_verifier or verifier is not needed.');
    }
    const account = this.store.account(code.email);
    if (!account) return oauthError(400, 'invalid_grant', 'Account has been deleted');
    const grant: Grant = { email: code.email, scopes: code.scopes, clientId: client.clientId };
    const refreshToken = code.offline && code.newConsent ? this.newRefreshToken(grant, ACCESS_TOKEN_LIFE) : undefined;
    const answer = this.newAccessToken(grant, ACCESS_TOKEN_LIFE, refreshToken);
    if (refreshToken) answer['refresh_token'] = refreshToken;
    if (code.scopes.includes('openid'))
      answer['id_token'] = await this.idToken(account, client.clientId, grant, code.nonce);
    return { status: 200, headers: NO_STORE, json: answer };
  }

  private async refreshAccess(form: URLSearchParams, client: OAuthClient): Promise<Reply> {
    const value = form.get('refresh_token');
    if (!value) return oauthError(400, 'invalid_request', 'Missing required parameter: refresh_token');
    const token = this.refresh.get(value);
    const account = token && this.store.account(token.email);
    if (!token || !account) return oauthError(400, 'invalid_grant', 'Token has been expired or revoked.');
    if (token.clientId !== undefined && token.clientId !== client.clientId)
      return oauthError(401, 'unauthorized_client', 'Unauthorized');
    const wanted = form.get('scope');
    const scopes = wanted === null ? token.scopes : normalize(wanted.split(/\s+/).filter(Boolean));
    if (!scopes.every((scope) => token.scopes.includes(scope)))
      return oauthError(400, 'invalid_scope', 'Some requested scopes were not granted.');
    const grant: Grant = { ...token, scopes };
    const answer = this.newAccessToken(grant, token.expiresIn, value);
    if (scopes.includes('openid')) answer['id_token'] = await this.idToken(account, client.clientId, grant);
    return { status: 200, headers: NO_STORE, json: answer };
  }

  private newAccessToken(grant: Grant, expiresIn: number, refreshToken?: string): Record<string, unknown> {
    const value = `sandbox-access-${secret(32)}`;
    this.access.set(value, {
      email: grant.email,
      scopes: grant.scopes,
      ...(grant.clientId === undefined ? {} : { clientId: grant.clientId }),
      expires: this.now() + expiresIn * 1000,
      ...(refreshToken === undefined ? {} : { refreshToken }),
    });
    // Expired ones pile up in a long run: sweep now and then.
    if (this.access.size % 1000 === 0)
      for (const [key, token] of this.access) if (token.expires <= this.now()) this.access.delete(key);
    this.onChange();
    return { access_token: value, expires_in: expiresIn, scope: grant.scopes.join(' '), token_type: 'Bearer' };
  }

  private newRefreshToken(grant: Grant, expiresIn: number): string {
    const value = `sandbox-refresh-${secret(48)}`;
    this.refresh.set(value, { ...grant, expiresIn, created: this.now() });
    if (grant.clientId !== undefined) {
      const mine = [...this.refresh].filter(([, t]) => t.email === grant.email && t.clientId === grant.clientId);
      for (const [old] of mine.slice(0, Math.max(0, mine.length - MAX_REFRESH_TOKENS))) this.refresh.delete(old);
    }
    this.onChange();
    return value;
  }

  /** POST /revoke: ends the whole grant of the account to the client, whichever token is named. */
  async revoke(exchange: Exchange): Promise<Reply> {
    const value = exchange.query.get('token') ?? (await exchange.form()).get('token') ?? '';
    const token = this.liveAccess(value) ?? this.refresh.get(value);
    if (!token) return oauthError(400, 'invalid_token', 'Token expired or revoked');
    this.revokeGrant(token.email, token.clientId);
    return { status: 200, headers: NO_STORE, json: {} };
  }

  /** Withdraws what an account granted: to one client, or with `'*'` to all of them. Gives the number of tokens ended. */
  revokeGrant(email: string, clientId: string | undefined): number {
    const hit = (token: Grant): boolean => token.email === email && (clientId === '*' || token.clientId === clientId);
    let ended = 0;
    for (const tokens of [this.access, this.refresh] as Map<string, Grant>[])
      for (const [value, token] of tokens) if (hit(token) && tokens.delete(value)) ended++;
    for (const key of this.consents.keys())
      if (clientId === '*' ? key.startsWith(`${email} `) : key === consentKey(email, clientId ?? ''))
        this.consents.delete(key);
    this.onChange();
    return ended;
  }

  /** GET or POST /tokeninfo. */
  async tokenInfo(exchange: Exchange): Promise<Reply> {
    const form = exchange.method === 'POST' ? await exchange.form() : exchange.query;
    // Google's Node client sends it as a bearer.
    const bearer = /^Bearer\s+(\S+)$/i.exec(exchange.header('authorization') ?? '')?.[1];
    const value = form.get('access_token') ?? exchange.query.get('access_token') ?? bearer ?? '';
    const token = this.liveAccess(value);
    const account = token && this.store.account(token.email);
    if (!token || !account) return oauthError(400, 'invalid_token', 'Invalid Value');
    return {
      status: 200,
      json: {
        azp: token.clientId ?? 'sandbox',
        aud: token.clientId ?? 'sandbox',
        sub: account.sub,
        scope: token.scopes.join(' '),
        exp: String(Math.floor(token.expires / 1000)),
        expires_in: String(Math.max(0, Math.floor((token.expires - this.now()) / 1000))),
        ...(token.scopes.includes(SCOPE.email) ? { email: account.email, email_verified: 'true' } : {}),
        access_type: token.refreshToken ? 'offline' : 'online',
      },
    };
  }

  /** GET /v1/userinfo. */
  userInfo(exchange: Exchange): Reply {
    let caller: Caller;
    try {
      caller = this.authenticate(exchange);
    } catch {
      return oauthError(401, 'invalid_request', 'Invalid Credentials');
    }
    return { status: 200, json: this.claims(caller.account, caller.scopes, exchange.origin) };
  }

  private claims(account: Account, scopes: ReadonlySet<string>, origin?: string): Record<string, unknown> {
    return {
      sub: account.sub,
      ...(scopes.has(SCOPE.email) ? { email: account.email, email_verified: true } : {}),
      ...(scopes.has(SCOPE.profile)
        ? {
            name: account.name,
            given_name: account.name.split(' ')[0],
            ...(origin ? { picture: `${origin}/avatar/${account.permissionId}.svg` } : {}),
          }
        : {}),
    };
  }

  discovery({ origin }: Exchange): Reply {
    return {
      status: 200,
      json: {
        issuer: ISSUER,
        authorization_endpoint: `${origin}/o/oauth2/v2/auth`,
        token_endpoint: `${origin}/token`,
        revocation_endpoint: `${origin}/revoke`,
        userinfo_endpoint: `${origin}/v1/userinfo`,
        jwks_uri: `${origin}/oauth2/v3/certs`,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
        scopes_supported: ['openid', 'email', 'profile'],
        token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
        claims_supported: [
          'aud',
          'email',
          'email_verified',
          'exp',
          'given_name',
          'iat',
          'iss',
          'name',
          'picture',
          'sub',
        ],
        code_challenge_methods_supported: ['plain', 'S256'],
        grant_types_supported: ['authorization_code', 'refresh_token'],
      },
    };
  }

  async certs(): Promise<Reply> {
    const { jwk } = await this.signingKey();
    return { status: 200, headers: { 'cache-control': 'public, max-age=3600' }, json: { keys: [jwk] } };
  }

  private async idToken(account: Account, clientId: string, grant: Grant, nonce?: string): Promise<string> {
    const { privateKey, kid } = await this.signingKey();
    const issued = Math.floor(this.now() / 1000);
    const payload = {
      iss: ISSUER,
      azp: clientId,
      aud: clientId,
      ...this.claims(account, new Set(grant.scopes)),
      ...(nonce === undefined ? {} : { nonce }),
      iat: issued,
      exp: issued + 3600,
    };
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const signed = `${part({ alg: 'RS256', kid, typ: 'JWT' })}.${part(payload)}`;
    return `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`;
  }

  private signingKey(): NonNullable<OAuth['keys']> {
    // Made when first needed: an RSA key takes a while, and most tests sign nobody in.
    return (this.keys ??= (async () => {
      const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
      const kid = secret(12);
      const jwk = { ...createPublicKey(privateKey).export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' };
      return { privateKey, kid, jwk };
    })());
  }
}

const NO_STORE = { 'cache-control': 'no-store' };

function oauthError(status: number, error: string, description: string): Reply {
  return { status, headers: NO_STORE, json: { error, error_description: description } };
}

function refused(code: string, text: string, cure = 'Correct the request and try again.'): Reply {
  return { status: 400, html: authorizationErrorPage({ code, text, cure }) };
}

function normalize(scopes: readonly string[]): string[] {
  return [...new Set(scopes.map((scope) => LONG_NAMES[scope] ?? scope))];
}

function consentKey(email: string, clientId: string): string {
  return `${email} ${clientId}`;
}

function secret(bytes: number): string {
  return randomBytes(bytes).toString('base64url');
}

function same(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
