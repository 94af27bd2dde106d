import { createHash, timingSafeEqual } from 'node:crypto';
import type { Account, DriveStore } from '../drive/drive-store.ts';
import { domainOf, type Person } from '../directory/directory.ts';
import { googleError, SandboxUsageError } from '../http/errors.ts';
import type { Exchange, Reply } from '../http/exchange.ts';
import { Authorization, consentKey, normalize } from './authorization.ts';
import type { OAuthClient } from './clients.ts';
import { Identity, JWT_BEARER } from './identity.ts';
import { NO_STORE, oauthError } from './oauth-errors.ts';
import { AssertionRefused, ServiceAccounts, type Delegation, type ServiceAccount } from './service-accounts.ts';
import { SCOPE } from './scopes.ts';
import { parseToken } from './signing-key.ts';
import { type AccessToken, type Grant, type RefreshToken, TokenStore } from './token-store.ts';

/** Seconds; Google's usual figure. */
const ACCESS_TOKEN_LIFE = 3599;
/** Token addresses of Google that an assertion may name, besides the sandbox's own. */
const GOOGLE_TOKEN_URLS = [
  'https://oauth2.googleapis.com/token',
  'https://www.googleapis.com/oauth2/v4/token',
  'https://accounts.google.com/o/oauth2/token',
];

/** The account that calls, and the scopes of its token. */
export interface Caller {
  account: Account;
  scopes: ReadonlySet<string>;
  /** `undefined` for a token that the control API issued. */
  clientId?: string;
  /** The token has no scope of the endpoint but `drive.file`. */
  onlyOwnFiles?: boolean;
}

/** State that is saved between starts. */
export interface OAuthState {
  clients: OAuthClient[];
  access: [string, AccessToken][];
  refresh: [string, RefreshToken][];
  consents: [string, string[]][];
  serviceAccounts?: ServiceAccount[];
}

/** Google's OAuth 2.0 for web applications ("Using OAuth 2.0 for Web Server Applications"), for made-up accounts. */
export class OAuth {
  onChange: () => void = () => undefined;
  private clients = new Map<string, OAuthClient>();
  private readonly tokens: TokenStore;
  readonly authorization: Authorization;
  private readonly serviceAccounts: ServiceAccounts;
  readonly identity: Identity;
  private readonly store: DriveStore;
  private readonly now: () => number;

  constructor(store: DriveStore, now: () => number) {
    this.store = store;
    this.now = now;
    this.serviceAccounts = new ServiceAccounts((one, other) => store.directory.isSameOrganization(one, other));
    this.tokens = new TokenStore(
      () => this.clients,
      now,
      () => this.onChange(),
    );
    this.authorization = new Authorization(
      { store, clients: () => this.clients, isServiceAccount: (email) => this.serviceAccounts.has(email), now },
      () => this.onChange(),
    );
    this.identity = new Identity(store, this.tokens, now);
  }

  /** Registers a client, or replaces the one of that id. */
  addClient(client: OAuthClient): void {
    const { clientId, clientSecret, redirectUris, testing, rotationGraceSeconds, blocked } = client;
    if (!clientId || !clientSecret) throw new SandboxUsageError('An OAuth client needs a clientId and a clientSecret.');
    for (const uri of redirectUris)
      if (!URL.canParse(uri))
        throw new SandboxUsageError(`redirectUris: "${uri}" of ${clientId} is not an absolute URL.`);
    this.clients.set(clientId, {
      clientId,
      clientSecret,
      redirectUris: [...redirectUris],
      ...(testing ? { testing } : {}),
      ...(rotationGraceSeconds === undefined ? {} : { rotationGraceSeconds }),
      ...(blocked === undefined ? {} : { blocked }),
    });
    this.onChange();
  }

  /**
   * Registers a service account; see `ServiceAccounts.add`. It becomes an account of the sandbox with its own Drive,
   * which has no storage, as at Google.
   */
  async addServiceAccount(
    request: { email: string; publicKey?: string; delegations?: readonly Delegation[] },
    origin: string,
  ): Promise<Record<string, unknown>> {
    if (this.store.account(request.email) && !this.serviceAccounts.has(request.email))
      throw new SandboxUsageError(
        `email: ${request.email} is a person's account; a service account needs an address of its own.`,
      );
    if (!this.store.account(request.email)) this.store.addAccount(request.email, { quotaBytes: 0 });
    this.store.directory.removePerson(request.email);
    const added = await this.serviceAccounts.add(request, `${origin}/token`);
    this.onChange();
    return added;
  }

  /**
   * Sets the scopes that an organisation delegates to a service account; an empty list withdraws them. Tokens for scopes
   * that are no longer delegated expire at once, unless the switch `withdrawalEndsTokens` says otherwise.
   */
  delegate(email: string, delegation: Delegation): ServiceAccount {
    const account = this.serviceAccounts.delegate(email, delegation);
    if (this.store.switches.withdrawalEndsTokens)
      for (const [value, token] of this.tokens.access)
        if (token.clientId === account.clientId && token.email !== account.email) {
          const delegated = this.serviceAccounts.scopesFor(account, token.email) ?? [];
          if (!token.scopes.every((scope) => delegated.includes(scope))) this.tokens.access.delete(value);
        }
    this.onChange();
    return account;
  }

  /** Withdraws what the organisation of an account delegates to any service account. */
  withdrawDelegations(email: string): void {
    const domain = domainOf(email);
    for (const service of this.serviceAccounts.all()) this.delegate(service.email, { domain, scopes: [] });
  }

  clientIds(): string[] {
    return [...this.clients.keys()];
  }

  state(): OAuthState {
    const live = [...this.tokens.access].filter(([, token]) => token.expires > this.now());
    return {
      clients: [...this.clients.values()],
      access: live,
      refresh: [...this.tokens.refresh],
      consents: [...this.authorization.consents].map(([key, scopes]) => [key, [...scopes]]),
      serviceAccounts: this.serviceAccounts.all(),
    };
  }

  restore(state: OAuthState): void {
    this.clients = new Map(state.clients.map((client) => [client.clientId, client]));
    this.tokens.access = new Map(state.access);
    this.tokens.refresh = new Map(state.refresh);
    this.authorization.consents = new Map(state.consents.map(([key, scopes]) => [key, new Set(scopes)]));
    this.serviceAccounts.restore(state.serviceAccounts ?? []);
  }

  /** Deletes everything, including clients. */
  clear(): void {
    this.restore({ clients: [], access: [], refresh: [], consents: [] });
    this.authorization.codes.clear();
  }

  /** Issues tokens without a browser, for the control API. `expiresIn` is in seconds. */
  issue(
    email: string,
    options: { scopes?: string[]; expiresIn?: number; clientId?: string } = {},
  ): Record<string, unknown> {
    const account = this.store.knownAccount(email);
    if (options.clientId !== undefined && !this.clients.has(options.clientId))
      throw new SandboxUsageError(`clientId: There is no OAuth client ${options.clientId}; register it first.`);
    const grant: Grant = {
      email: account.email,
      scopes: normalize(options.scopes ?? ['openid', 'email', 'profile', SCOPE.drive]),
      ...(options.clientId === undefined ? {} : { clientId: options.clientId }),
    };
    const refreshToken = this.tokens.newRefreshToken(grant, options.expiresIn ?? ACCESS_TOKEN_LIFE);
    return {
      ...this.tokens.newAccessToken(grant, options.expiresIn ?? ACCESS_TOKEN_LIFE, refreshToken),
      refresh_token: refreshToken,
    };
  }

  /** Expires all access tokens of an account now; refresh tokens stay valid. */
  expireAccessTokens(email: string): number {
    const { email: exact } = this.store.knownAccount(email);
    const mine = [...this.tokens.access].filter(([, token]) => token.email === exact);
    for (const [value] of mine) this.tokens.access.delete(value);
    this.onChange();
    return mine.length;
  }

  /**
   * The caller that a bearer token identifies.
   * @throws GoogleError 401 `authError`; without a token, 403 for reads and 401 for writes, as Drive does.
   */
  authenticate(exchange: Exchange): Caller {
    const value = bearerOf(exchange);
    if (!value && !exchange.header('authorization')) {
      // Calls without an account are not modelled, so every API key is invalid.
      if (exchange.query.has('key')) throw googleError('invalidApiKey');
      if (exchange.method === 'GET') throw googleError('unregisteredCaller');
      throw googleError('loginRequired');
    }
    const token = this.tokens.liveAccess(value ?? '');
    const account = token && this.store.account(token.email);
    if (!token || !account || !this.isAdmitted(token)) throw googleError('authError');
    return {
      account,
      scopes: this.tokens.scopesOf(token),
      ...(token.clientId === undefined ? {} : { clientId: token.clientId }),
    };
  }

  /** The address of the account whose token a request has; unlike `authenticate`, refuses none. */
  emailOf(exchange: Exchange): string | undefined {
    return this.tokens.liveAccess(bearerOf(exchange) ?? '')?.email;
  }

  /** Whether an account's tokens work. They do not while it is suspended, archived or deleted. */
  private isAdmitted({ email, clientId }: Grant): boolean {
    if (this.store.directory.isActive(email)) return true;
    const person = this.store.directory.person(email);
    return person !== undefined && this.store.switches.suspendedSubject === 'token' && this.isOfService(clientId);
  }

  private isOfService(clientId: string | undefined): boolean {
    return this.serviceAccounts.all().some((account) => account.clientId === clientId);
  }

  /** POST /token. */
  async token(exchange: Exchange): Promise<Reply> {
    const form = await exchange.form();
    // The assertion identifies the caller, so the request names no client.
    if (form.get('grant_type') === JWT_BEARER) return this.acceptAssertion(form, exchange.origin);
    const basic = basicCredentials(exchange.header('authorization') ?? '');
    if (!basic) return oauthError('clientNotFound');
    const clientId = form.get('client_id') ?? basic.id;
    const clientSecret = form.get('client_secret') ?? basic.secret;
    if (!clientId) return oauthError('clientUndetermined');
    const client = this.clients.get(clientId);
    if (!client) return oauthError('clientNotFound');
    if (client.blocked === 'deleted_client') return oauthError(client.blocked);
    if (!clientSecret) return oauthError('secretMissing');
    if (!same(clientSecret, client.clientSecret)) return oauthError('wrongSecret');
    switch (form.get('grant_type')) {
      case 'authorization_code':
        return this.exchangeCode(form, client, exchange.origin);
      case 'refresh_token':
        return this.refreshAccess(form, client, exchange.origin);
      case null:
        return oauthError('parameterMissing', { name: 'grant_type' });
      default:
        return oauthError('unknownGrantType', { type: form.get('grant_type') ?? '' });
    }
  }

  /** The account that faults match: that of the form's code or refresh token, or the subject of its assertion. */
  accountOfForm(form: URLSearchParams): Account | undefined {
    const token =
      this.authorization.codes.get(form.get('code') ?? '') ?? this.tokens.refresh.get(form.get('refresh_token') ?? '');
    const claims = parseToken(form.get('assertion') ?? '')?.claims;
    const subject = claims?.['sub'] ?? claims?.['iss'];
    return this.store.account(token?.email ?? (typeof subject === 'string' ? subject : ''));
  }

  /** The account that faults match in a call about a token: revoke, tokeninfo and userinfo. */
  async accountOfToken(exchange: Exchange): Promise<Account | undefined> {
    const form = exchange.method === 'POST' ? await exchange.form() : exchange.query;
    const given = (name: string): string => form.get(name) ?? exchange.query.get(name) ?? '';
    for (const value of [given('token'), given('access_token'), bearerOf(exchange) ?? '']) {
      const token = this.tokens.access.get(value) ?? this.tokens.refresh.get(value);
      if (token) return this.store.account(token.email);
    }
    const sub = parseToken(given('id_token'))?.claims['sub'];
    return [...this.store.accounts.values()].find((account) => account.sub === sub);
  }

  /** Exchanges an assertion for a token, but no refresh token ("Using OAuth 2.0 for Server to Server Applications"). */
  private async acceptAssertion(form: URLSearchParams, origin: string): Promise<Reply> {
    const assertion = form.get('assertion');
    if (!assertion) return oauthError('parameterMissing', { name: 'assertion' });
    let asserted;
    try {
      asserted = this.serviceAccounts.read(assertion, this.now(), [`${origin}/token`, ...GOOGLE_TOKEN_URLS]);
    } catch (error) {
      if (error instanceof AssertionRefused) return error.reply;
      throw error;
    }
    const { account: service, subject, scopes, targetAudience } = asserted;
    const { directory } = this.store;
    const person = subject === undefined ? undefined : directory.person(subject, true);
    const account = this.store.account(person?.email ?? subject ?? service.email);
    if (!account) return oauthError('unknownAccount');
    if (person && !this.isAdmitted({ email: person.email, scopes, clientId: service.clientId }))
      return oauthError(this.whyNotAdmitted(person));
    const clientId = service.clientId;
    if (targetAudience !== undefined) {
      const grant = { email: account.email, scopes: [SCOPE.email] };
      const claims = this.identity.idClaims(account, { audience: targetAudience, party: clientId, grant }, origin);
      return { status: 200, headers: NO_STORE, json: { id_token: await this.identity.signingKey.issue(claims) } };
    }
    const grant: Grant = { email: account.email, scopes: normalize(scopes), clientId };
    const answer = this.tokens.newAccessToken(grant, ACCESS_TOKEN_LIFE);
    delete answer['scope'];
    return { status: 200, headers: NO_STORE, json: answer };
  }

  private whyNotAdmitted({ deletedAt }: Person): 'accountDeleted' | 'unknownAccount' | 'accountDisabled' {
    if (deletedAt !== undefined) return 'accountDeleted';
    return this.store.switches.suspendedSubject === 'unknown' ? 'unknownAccount' : 'accountDisabled';
  }

  private async exchangeCode(form: URLSearchParams, client: OAuthClient, origin: string): Promise<Reply> {
    const value = form.get('code') ?? '';
    const code = this.authorization.codes.get(value);
    if (!code || code.clientId !== client.clientId) return oauthError('malformedCode');
    if (form.get('redirect_uri') !== code.redirectUri) return oauthError('wrongRedirect');
    // The first attempt uses the code up, even if it fails.
    this.authorization.codes.delete(value);
    if (code.expires <= this.now()) return oauthError('codeExpired');
    const verifier = form.get('code_verifier');
    if (verifier && form.get('client_secret') && !this.store.switches.pkceWithSecret)
      return oauthError('verifierNotAllowed');
    if (code.challenge) {
      if (!verifier) return oauthError('verifierMissing');
      const derived =
        code.challenge.method === 'S256' ? createHash('sha256').update(verifier).digest('base64url') : verifier;
      if (!same(derived, code.challenge.value)) return oauthError('wrongVerifier');
    } else if (verifier) {
      return oauthError('verifierNotNeeded');
    }
    const account = this.store.account(code.email);
    if (!account || !this.isAdmitted(code)) return oauthError('codeOfDeletedAccount');
    const grant: Grant = { email: code.email, scopes: code.scopes, clientId: client.clientId };
    const refreshToken =
      code.offline && code.newConsent ? this.tokens.newRefreshToken(grant, ACCESS_TOKEN_LIFE) : undefined;
    const answer = this.tokens.newAccessToken(grant, ACCESS_TOKEN_LIFE, refreshToken);
    if (refreshToken) Object.assign(answer, { refresh_token: refreshToken }, this.tokens.remainingLife(refreshToken));
    if (code.scopes.includes('openid'))
      answer['id_token'] = await this.identity.idToken(
        account,
        client,
        grant,
        origin,
        answer['access_token'],
        code.nonce,
      );
    return { status: 200, headers: NO_STORE, json: answer };
  }

  private async refreshAccess(form: URLSearchParams, client: OAuthClient, origin: string): Promise<Reply> {
    const value = form.get('refresh_token');
    if (!value) return oauthError('parameterMissing', { name: 'refresh_token' });
    const token = this.tokens.liveRefresh(value);
    const account = token && this.store.account(token.email);
    if (!token || !account) return oauthError('refreshTokenRevoked');
    const person = this.store.directory.person(token.email, true);
    if (person && !this.isAdmitted(token)) return oauthError(this.whyNotAdmitted(person));
    if (token.clientId !== undefined && token.clientId !== client.clientId) return oauthError('otherClient');
    const wanted = form.get('scope');
    const scopes = wanted === null ? token.scopes : normalize(wanted.split(/\s+/).filter(Boolean));
    if (!scopes.every((scope) => token.scopes.includes(scope))) return oauthError('scopesNotGranted');
    token.used = this.now();
    const grant: Grant = { ...token, scopes };
    const next = this.tokens.successor(value, token, client);
    const answer = this.tokens.newAccessToken(grant, token.expiresIn, next);
    // A refresh token that stays valid is not sent again.
    Object.assign(answer, next === value ? {} : { refresh_token: next }, this.tokens.remainingLife(next));
    if (scopes.includes('openid'))
      answer['id_token'] = await this.identity.idToken(account, client, grant, origin, answer['access_token']);
    return { status: 200, headers: NO_STORE, json: answer };
  }

  /** POST /revoke: revokes all that the account granted to the client, whether an access or a refresh token is named. */
  async revoke(exchange: Exchange): Promise<Reply> {
    const value = exchange.query.get('token') ?? (await exchange.form()).get('token') ?? '';
    const token = this.tokens.liveAccess(value) ?? this.tokens.liveRefresh(value);
    if (!token) return oauthError('tokenRevoked');
    this.revokeGrant(token.email, token.clientId);
    return { status: 200, headers: NO_STORE, json: {} };
  }

  /** Revokes the grants of an account to one client, or to all with `'*'`. Returns the number of revoked tokens. */
  revokeGrant(email: string, clientId: string | undefined): number {
    const hit = (token: Grant): boolean => token.email === email && (clientId === '*' || token.clientId === clientId);
    let ended = 0;
    for (const tokens of [this.tokens.access, this.tokens.refresh] as Map<string, Grant>[])
      for (const [value, token] of tokens) if (hit(token) && tokens.delete(value)) ended++;
    for (const [value, code] of this.authorization.codes) if (hit(code)) this.authorization.codes.delete(value);
    for (const key of this.authorization.consents.keys())
      if (clientId === '*' ? key.startsWith(`${email} `) : key === consentKey(email, clientId ?? ''))
        this.authorization.consents.delete(key);
    this.onChange();
    return ended;
  }
}

/** The token of a request, in its header or its address. */
function bearerOf(exchange: Exchange): string | null | undefined {
  const header = exchange.header('authorization');
  return header ? /^Bearer\s+(\S+)$/i.exec(header)?.[1] : exchange.query.get('access_token');
}

/**
 * The client's id and secret in an `Authorization` header, each encoded like a form (RFC 6749, 2.3.1); `undefined` if
 * they are not.
 */
function basicCredentials(header: string): { id?: string; secret?: string } | undefined {
  const basic = /^Basic\s+(\S+)$/i.exec(header)?.[1];
  if (basic === undefined) return {};
  const [id = '', secret] = Buffer.from(basic, 'base64').toString('utf8').split(/:(.*)/s);
  try {
    return { id: decodeURIComponent(id), ...(secret === undefined ? {} : { secret: decodeURIComponent(secret) }) };
  } catch {
    return undefined;
  }
}

function same(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
