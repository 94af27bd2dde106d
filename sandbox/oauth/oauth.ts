import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { authorizationErrorPage, consentPage } from '../pages/consent-page.ts';
import type { Account, DriveStore } from '../drive/drive-store.ts';
import { domainOf, type Person } from '../directory/directory.ts';
import { googleError, SandboxUsageError } from '../http/errors.ts';
import type { Exchange, Reply } from '../http/exchange.ts';
import { AssertionRefused, ServiceAccounts, type Delegation, type ServiceAccount } from './service-accounts.ts';
import { SCOPE } from './scopes.ts';
import { parseToken, SigningKey } from './signing-key.ts';

/** Google returns the long names, whichever were requested. */
const LONG_NAMES: Record<string, string> = { email: SCOPE.email, profile: SCOPE.profile };
/** Granted by signing in: the consent page has no tick for them. */
const SIGN_IN = new Set<string>(['openid', SCOPE.email, SCOPE.profile]);

/** Seconds; Google's usual figure. */
const ACCESS_TOKEN_LIFE = 3599;
const CODE_LIFE_MS = 10 * 60_000;
/** The 101st live refresh token of one account and client silently ends the oldest ("Using OAuth 2.0"). */
const MAX_REFRESH_TOKENS = 100;
const DAY_MS = 86_400_000;
/** Of an app in "Testing", grants end after a week, unless they only sign in. */
const TESTING_LIFE_MS = 7 * DAY_MS;
/** A refresh token that is not used for six months ends. */
const UNUSED_LIFE_MS = 182 * DAY_MS;
const PROMPTS = ['none', 'consent', 'select_account'];
const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
/** Addresses an assertion for Google may name; the sandbox's own comes with each request. */
const GOOGLE_TOKEN_URLS = [
  'https://oauth2.googleapis.com/token',
  'https://www.googleapis.com/oauth2/v4/token',
  'https://accounts.google.com/o/oauth2/token',
];
const ISSUER = 'https://accounts.google.com';

export interface OAuthClient {
  clientId: string;
  clientSecret: string;
  redirectUris: string[];
  /** Its consent screen is "External" and in "Testing": refresh tokens live seven days. */
  testing?: boolean;
  /**
   * Each use of a refresh token issues a replacement. The old one stays valid for this many seconds, in case the
   * response was lost. Google does not do so; other issuers do (RFC 9700, 4.14.2).
   */
  rotationGraceSeconds?: number;
  /** Why Google blocks it; Google's page shows it. */
  blocked?: Block;
}

/** Reasons why a known client with a good redirect is refused all the same ("Authorization errors"). */
export const BLOCKS = {
  admin_policy_enforced: 'The administrator of the account does not allow this app to have what it asks for.',
  org_internal: 'The client is limited to people of one organisation, and the account is of another.',
  deleted_client: 'The OAuth client was deleted.',
} as const;
export type Block = keyof typeof BLOCKS;

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

/** A refresh token; `expiresIn` are the seconds its access tokens live. Times in milliseconds. */
interface RefreshToken extends Grant {
  expiresIn: number;
  created: number;
  /** When it last gave an access token. */
  used?: number;
  /** When it ends, whether it is used or not. */
  expires?: number;
  /** Another has taken its place, and it is good for the grace only. */
  isReplaced?: boolean;
}

/** What is kept between starts. */
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
  private codes = new Map<string, Code>();
  private access = new Map<string, AccessToken>();
  private refresh = new Map<string, RefreshToken>();
  /** Scopes an account has granted a client so far. */
  private consents = new Map<string, Set<string>>();
  private readonly serviceAccounts: ServiceAccounts;
  private readonly signingKey: SigningKey;
  private readonly store: DriveStore;
  private readonly now: () => number;

  constructor(store: DriveStore, now: () => number) {
    this.store = store;
    this.now = now;
    this.serviceAccounts = new ServiceAccounts((one, other) => store.directory.isSameOrganization(one, other));
    this.signingKey = new SigningKey(now);
  }

  /** Registers a client, or replaces the one of that id. */
  addClient(client: OAuthClient): void {
    const { clientId, clientSecret, redirectUris, testing, rotationGraceSeconds, blocked } = client;
    if (!clientId || !clientSecret) throw new SandboxUsageError('An OAuth client needs a clientId and a clientSecret.');
    for (const uri of redirectUris)
      if (!URL.canParse(uri))
        throw new SandboxUsageError(`The redirect URI "${uri}" of ${clientId} is not an absolute URL.`);
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
   * Registers a service account; see `ServiceAccounts.add`. It becomes an account of the sandbox with a Drive of its
   * own, where, as at Google, it has no storage.
   */
  async addServiceAccount(
    request: { email: string; publicKey?: string; delegations?: readonly Delegation[] },
    origin: string,
  ): Promise<Record<string, unknown>> {
    if (this.store.account(request.email) && !this.serviceAccounts.has(request.email))
      throw new SandboxUsageError(
        `${request.email} is a person's account; a service account needs an address of its own.`,
      );
    if (!this.store.account(request.email)) this.store.addAccount(request.email, { quotaBytes: 0 });
    this.store.directory.removePerson(request.email);
    const added = await this.serviceAccounts.add(request, `${origin}/token`);
    this.onChange();
    return added;
  }

  /**
   * Changes what an organisation delegates to a service account; no scopes withdraw it. Tokens for what is no longer
   * delegated end at once, unless the switch `withdrawalEndsTokens` says otherwise.
   */
  delegate(email: string, delegation: Delegation): ServiceAccount {
    const account = this.serviceAccounts.delegate(email, delegation);
    if (this.store.switches.withdrawalEndsTokens)
      for (const [value, token] of this.access)
        if (token.clientId === account.clientId && token.email !== account.email) {
          const delegated = this.serviceAccounts.scopesFor(account, token.email) ?? [];
          if (!token.scopes.every((scope) => delegated.includes(scope))) this.access.delete(value);
        }
    this.onChange();
    return account;
  }

  /** Withdraws all that the organisation of an account delegates, to every service account. */
  withdrawDelegations(email: string): void {
    const domain = domainOf(email);
    for (const service of this.serviceAccounts.all()) this.delegate(service.email, { domain, scopes: [] });
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
      serviceAccounts: this.serviceAccounts.all(),
    };
  }

  restore(state: OAuthState): void {
    this.clients = new Map(state.clients.map((client) => [client.clientId, client]));
    this.access = new Map(state.access);
    this.refresh = new Map(state.refresh);
    this.consents = new Map(state.consents.map(([key, scopes]) => [key, new Set(scopes)]));
    this.serviceAccounts.restore(state.serviceAccounts ?? []);
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
      // Calls without an account are not modelled, so that no key is the right one.
      if (exchange.query.has('key')) throw googleError('invalidApiKey');
      if (exchange.method === 'GET') throw googleError('unregisteredCaller');
      throw googleError('loginRequired');
    }
    const token = this.liveAccess(value ?? '');
    const account = token && this.store.account(token.email);
    if (!token || !account || !this.isAdmitted(token)) throw googleError('authError');
    return {
      account,
      scopes: new Set(token.scopes),
      ...(token.clientId === undefined ? {} : { clientId: token.clientId }),
    };
  }

  /** Whether tokens of an account work: not while it is suspended, archived or deleted. */
  private isAdmitted({ email, clientId }: Grant): boolean {
    if (this.store.directory.isActive(email)) return true;
    const person = this.store.directory.person(email);
    return person !== undefined && this.store.switches.suspendedSubject === 'token' && this.isOfService(clientId);
  }

  private isOfService(clientId: string | undefined): boolean {
    return this.serviceAccounts.all().some((account) => account.clientId === clientId);
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
    if (client.blocked)
      return refused(
        `${client.blocked === 'deleted_client' ? 401 : 400}: ${client.blocked}`,
        BLOCKS[client.blocked],
        'Register the client again, without "blocked".',
      );
    const back = (params: Record<string, string>): Reply => {
      const target = new URL(redirectUri);
      for (const [name, value] of Object.entries({ ...params, iss: ISSUER })) target.searchParams.set(name, value);
      const state = query.get('state');
      if (state !== null) target.searchParams.set('state', state);
      return { status: 302, headers: { location: target.href, 'cache-control': 'no-store' } };
    };
    if (query.get('response_type') !== 'code')
      return refused('400: unsupported_response_type', 'This sandbox knows response_type=code only.');
    const method = query.get('code_challenge_method') ?? 'plain';
    if (query.has('code_challenge') && method !== 'S256' && method !== 'plain')
      return refused('400: invalid_request', `Invalid code_challenge_method: ${method}.`);
    const prompts = (query.get('prompt') ?? '').split(/\s+/).filter(Boolean);
    const wrong = prompts.find((prompt) => !PROMPTS.includes(prompt));
    if (wrong !== undefined)
      return refused('400: invalid_request', `Invalid parameter value for prompt: Invalid prompt: ${wrong}`);
    if (prompts.includes('none') && prompts.length > 1)
      return refused('400: invalid_request', 'Invalid parameter value for prompt: none stands alone.');

    const requested = normalize((query.get('scope') ?? '').split(/\s+/).filter(Boolean));
    const optional = requested.filter((scope) => !SIGN_IN.has(scope));
    // Nobody signs in as a service account.
    const accounts = [...this.store.accounts.values()].filter(
      ({ email }) => !this.serviceAccounts.has(email) && this.store.directory.isActive(email),
    );
    const hint = query.get('login_hint') ?? '';
    const hinted = accounts.find(({ email, sub }) => email.toLowerCase() === hint.toLowerCase() || sub === hint);

    // What the account allowed this client earlier, and need not allow again unless consent is forced.
    const remembered = (account: Account | undefined): ReadonlySet<string> =>
      (!prompts.includes('consent') && account && this.consents.get(consentKey(account.email, clientId))) || NOTHING;
    const known = remembered(hinted);
    const allKnown = requested.every((scope) => known.has(scope));

    if (prompts.includes('none')) {
      if (!hinted) return back({ error: 'login_required' });
      if (!allKnown) return back({ error: 'consent_required' });
      return back({ code: this.newCode(query, hinted, requested, client, false) });
    }

    const page = (person: Account | undefined): Reply => {
      const allowed = remembered(person);
      const html = consentPage({
        action: `${exchange.url.pathname}${exchange.url.search}`,
        app: new URL(redirectUri).host,
        accounts,
        preselected: (person ?? accounts[0])?.email ?? '',
        scopes: optional.filter((scope) => !allowed.has(scope)),
        remembered: optional.filter((scope) => allowed.has(scope)),
      });
      const headers = { 'cache-control': 'no-store', 'x-frame-options': 'DENY', 'referrer-policy': 'no-referrer' };
      return { status: 200, headers, html };
    };
    const decided = await this.decision(exchange, optional);
    if (!decided) {
      // Somebody who is known and has allowed all of it is sent on without seeing a page.
      if (hinted && allKnown && !prompts.includes('select_account'))
        return back({ code: this.newCode(query, hinted, requested, client, false) });
      return page(hinted);
    }
    if (!decided.allow) return back({ error: 'access_denied' });
    const wanted = (decided.account || hinted?.email || '').toLowerCase();
    const account = accounts.find(({ email }) => email.toLowerCase() === wanted);
    if (!account) return refused('400: invalid_request', `There is no account "${decided.account}" in the sandbox.`);
    const before = remembered(account);
    // The page left out what one account had allowed earlier: another one chosen there has to consent to it.
    const hidden = decided.hidden.filter((scope) => optional.includes(scope) && !before.has(scope));
    if (hidden.length > 0 && account !== hinted) return page(account);
    // A cleared box is not granted, whatever was granted before. The page has no box for what was remembered.
    const shown = exchange.method === 'POST' ? optional.filter((scope) => !before.has(scope)) : optional;
    const cleared = shown.filter((scope) => !decided.scopes.includes(scope));
    const granted = requested.filter((scope) => !cleared.includes(scope));
    if (granted.length === 0) return back({ error: 'access_denied' });
    const newConsent = !requested.every((scope) => before.has(scope));
    return back({ code: this.newCode(query, account, granted, client, newConsent, cleared) });
  }

  private async decision(
    exchange: Exchange,
    optional: string[],
  ): Promise<{ account: string; allow: boolean; scopes: string[]; hidden: string[] } | undefined> {
    if (exchange.method === 'POST') {
      const form = await exchange.form();
      return {
        account: form.get('account') ?? '',
        allow: form.get('decision') === 'allow',
        scopes: form.getAll('scope'),
        hidden: form.getAll('remembered'),
      };
    }
    const consent = exchange.query.get('sandbox_consent');
    const account = exchange.query.get('sandbox_account');
    if (consent === null && account === null) return undefined;
    return {
      account: account ?? '',
      allow: consent !== 'deny',
      scopes: consent === 'no_drive' ? optional.filter((scope) => !scope.includes('/auth/drive')) : optional,
      hidden: [],
    };
  }

  private newCode(
    query: URLSearchParams,
    account: Account,
    scopes: string[],
    client: OAuthClient,
    newConsent: boolean,
    cleared: readonly string[] = [],
  ): string {
    const key = consentKey(account.email, client.clientId);
    const earlier = [...(this.consents.get(key) ?? [])].filter((scope) => !cleared.includes(scope));
    const all = query.get('include_granted_scopes') === 'true' ? [...new Set([...scopes, ...earlier])] : scopes;
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
      newConsent,
      expires: this.now() + CODE_LIFE_MS,
      ...(challenge === null
        ? {}
        : {
            challenge: { value: challenge, method: query.get('code_challenge_method') === 'S256' ? 'S256' : 'plain' },
          }),
      ...(nonce === null ? {} : { nonce }),
    });
    this.consents.set(key, new Set([...earlier, ...scopes]));
    this.onChange();
    return code;
  }

  /** POST /token. */
  async token(exchange: Exchange): Promise<Reply> {
    const form = await exchange.form();
    // The assertion says who asks: there is no client beside it.
    if (form.get('grant_type') === JWT_BEARER) return this.acceptAssertion(form, exchange.origin);
    const basic = /^Basic\s+(\S+)$/i.exec(exchange.header('authorization') ?? '')?.[1];
    const [basicId, basicSecret] = basic ? Buffer.from(basic, 'base64').toString('utf8').split(/:(.*)/s) : [];
    const clientId = form.get('client_id') ?? (basicId === undefined ? undefined : decodeURIComponent(basicId));
    const clientSecret =
      form.get('client_secret') ?? (basicSecret === undefined ? undefined : decodeURIComponent(basicSecret));
    if (!clientId) return oauthError(400, 'invalid_request', 'Could not determine client ID from request.');
    const client = this.clients.get(clientId);
    if (!client) return oauthError(401, 'invalid_client', 'The OAuth client was not found.');
    if (client.blocked === 'deleted_client') return oauthError(401, client.blocked, BLOCKS[client.blocked]);
    if (!clientSecret) return oauthError(400, 'invalid_request', 'client_secret is missing.');
    if (!same(clientSecret, client.clientSecret)) return oauthError(401, 'invalid_client', 'Unauthorized');
    switch (form.get('grant_type')) {
      case 'authorization_code':
        return this.exchangeCode(form, client, exchange.origin);
      case 'refresh_token':
        return this.refreshAccess(form, client, exchange.origin);
      case null:
        return oauthError(400, 'invalid_request', 'Missing required parameter: grant_type');
      default:
        return oauthError(400, 'unsupported_grant_type', `Invalid grant_type: ${form.get('grant_type')}`);
    }
  }

  /** Whom a form asks a token for: the account of its refresh token, or the subject of its assertion. For faults. */
  accountOfForm(form: URLSearchParams): Account | undefined {
    const token = this.refresh.get(form.get('refresh_token') ?? '');
    const claims = parseToken(form.get('assertion') ?? '')?.claims;
    const subject = claims?.['sub'] ?? claims?.['iss'];
    return this.store.account(token?.email ?? (typeof subject === 'string' ? subject : ''));
  }

  /** A service account's assertion ("Using OAuth 2.0 for Server to Server Applications"): never a refresh token. */
  private async acceptAssertion(form: URLSearchParams, origin: string): Promise<Reply> {
    const assertion = form.get('assertion');
    if (!assertion) return oauthError(400, 'invalid_request', 'Missing required parameter: assertion');
    let asserted;
    try {
      asserted = this.serviceAccounts.read(assertion, this.now(), [`${origin}/token`, ...GOOGLE_TOKEN_URLS]);
    } catch (error) {
      if (error instanceof AssertionRefused) return oauthError(error.status, error.code, error.message);
      throw error;
    }
    const { account: service, subject, scopes, targetAudience } = asserted;
    const { directory } = this.store;
    const person = subject === undefined ? undefined : directory.person(subject, true);
    const account = this.store.account(person?.email ?? subject ?? service.email);
    if (!account) return oauthError(400, 'invalid_grant', 'Invalid email or User ID');
    if (person && !this.isAdmitted({ email: person.email, scopes, clientId: service.clientId }))
      return oauthError(400, 'invalid_grant', this.whyNotAdmitted(person));
    const clientId = service.clientId;
    if (targetAudience !== undefined) {
      const grant = { email: account.email, scopes: [SCOPE.email] };
      const claims = this.idClaims(account, { audience: targetAudience, party: clientId, grant }, origin);
      return { status: 200, headers: NO_STORE, json: { id_token: await this.signingKey.issue(claims) } };
    }
    const grant: Grant = { email: account.email, scopes: normalize(scopes), clientId };
    const answer = this.newAccessToken(grant, ACCESS_TOKEN_LIFE);
    delete answer['scope'];
    return { status: 200, headers: NO_STORE, json: answer };
  }

  /** Sentences of deletion and of addresses nobody has: https://github.com/GAM-team/GAM/pull/1171. */
  private whyNotAdmitted({ deletedAt }: Person): string {
    if (deletedAt !== undefined) return 'The account has been deleted';
    return this.store.switches.suspendedSubject === 'unknown'
      ? 'Invalid email or User ID'
      : 'Account has been disabled';
  }

  private async exchangeCode(form: URLSearchParams, client: OAuthClient, origin: string): Promise<Reply> {
    const value = form.get('code') ?? '';
    const code = this.codes.get(value);
    if (!code || code.clientId !== client.clientId) return oauthError(400, 'invalid_grant', 'Malformed auth code.');
    if (form.get('redirect_uri') !== code.redirectUri) return oauthError(400, 'redirect_uri_mismatch', 'Bad Request');
    // Used up by the first attempt, whatever comes of it.
    this.codes.delete(value);
    if (code.expires <= this.now()) return oauthError(400, 'invalid_grant', 'Bad Request');
    const verifier = form.get('code_verifier');
    if (verifier && form.get('client_secret') && !this.store.switches.pkceWithSecret)
      return oauthError(400, 'invalid_request', 'code_verifier is not allowed for this client type.');
    if (code.challenge) {
      if (!verifier) return oauthError(400, 'invalid_grant', 'Missing code verifier.');
      const derived =
        code.challenge.method === 'S256' ? createHash('sha256').update(verifier).digest('base64url') : verifier;
      if (!same(derived, code.challenge.value)) return oauthError(400, 'invalid_grant', 'Invalid code verifier.');
    } else if (verifier) {
      return oauthError(400, 'invalid_grant', 'code_verifier or verifier is not needed.');
    }
    const account = this.store.account(code.email);
    if (!account || !this.isAdmitted(code)) return oauthError(400, 'invalid_grant', 'Account has been deleted');
    const grant: Grant = { email: code.email, scopes: code.scopes, clientId: client.clientId };
    const refreshToken = code.offline && code.newConsent ? this.newRefreshToken(grant, ACCESS_TOKEN_LIFE) : undefined;
    const answer = this.newAccessToken(grant, ACCESS_TOKEN_LIFE, refreshToken);
    if (refreshToken) Object.assign(answer, { refresh_token: refreshToken }, this.remainingLife(refreshToken));
    if (code.scopes.includes('openid'))
      answer['id_token'] = await this.idToken(account, client, grant, origin, answer['access_token'], code.nonce);
    return { status: 200, headers: NO_STORE, json: answer };
  }

  private async refreshAccess(form: URLSearchParams, client: OAuthClient, origin: string): Promise<Reply> {
    const value = form.get('refresh_token');
    if (!value) return oauthError(400, 'invalid_request', 'Missing required parameter: refresh_token');
    const token = this.liveRefresh(value);
    const account = token && this.store.account(token.email);
    if (!token || !account) return oauthError(400, 'invalid_grant', 'Token has been expired or revoked.');
    const person = this.store.directory.person(token.email, true);
    if (person && !this.isAdmitted(token)) return oauthError(400, 'invalid_grant', this.whyNotAdmitted(person));
    if (token.clientId !== undefined && token.clientId !== client.clientId)
      return oauthError(401, 'unauthorized_client', 'Unauthorized');
    const wanted = form.get('scope');
    const scopes = wanted === null ? token.scopes : normalize(wanted.split(/\s+/).filter(Boolean));
    if (!scopes.every((scope) => token.scopes.includes(scope)))
      return oauthError(400, 'invalid_scope', 'Some requested scopes were not granted.');
    token.used = this.now();
    const grant: Grant = { ...token, scopes };
    const next = this.successor(value, token, client);
    const answer = this.newAccessToken(grant, token.expiresIn, next);
    // A refresh token that stays valid is not sent again.
    Object.assign(answer, next === value ? {} : { refresh_token: next }, this.remainingLife(next));
    if (scopes.includes('openid'))
      answer['id_token'] = await this.idToken(account, client, grant, origin, answer['access_token']);
    return { status: 200, headers: NO_STORE, json: answer };
  }

  /** The refresh token that is good from now on: usually the same. */
  private successor(value: string, token: RefreshToken, { rotationGraceSeconds: grace }: OAuthClient): string {
    if (grace === undefined) return value;
    const { email, scopes, clientId } = token;
    const next = this.newRefreshToken({ email, scopes, ...(clientId && { clientId }) }, token.expiresIn);
    const { expires } = token;
    // The end of an app in testing does not move by it.
    if (expires !== undefined && !token.isReplaced) this.refresh.get(next)!.expires = expires;
    token.expires = Math.min(expires ?? Infinity, this.now() + grace * 1000);
    token.isReplaced = true;
    return next;
  }

  /** A refresh token that still works; one whose time is over is forgotten here. */
  private liveRefresh(value: string): RefreshToken | undefined {
    const token = this.refresh.get(value);
    if (!token) return undefined;
    const time = this.now();
    const ends = Math.min(token.expires ?? Infinity, (token.used ?? token.created) + UNUSED_LIFE_MS);
    if (ends > time) return token;
    this.refresh.delete(value);
    this.onChange();
    return undefined;
  }

  /** Remaining seconds of a refresh token; only for those with an end of their own. */
  private remainingLife(value: string): { refresh_token_expires_in?: number } {
    const expires = this.refresh.get(value)?.expires;
    return expires === undefined ? {} : { refresh_token_expires_in: Math.floor((expires - this.now()) / 1000) };
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
    const created = this.now();
    const testing = grant.clientId !== undefined && this.clients.get(grant.clientId)?.testing;
    const ends = testing && grant.scopes.some((scope) => !SIGN_IN.has(scope));
    this.refresh.set(value, { ...grant, expiresIn, created, ...(ends ? { expires: created + TESTING_LIFE_MS } : {}) });
    if (grant.clientId !== undefined) {
      const mine = [...this.refresh].filter(
        ([key, t]) => t.email === grant.email && t.clientId === grant.clientId && this.liveRefresh(key),
      );
      for (const [old] of mine.slice(0, Math.max(0, mine.length - MAX_REFRESH_TOKENS))) this.refresh.delete(old);
    }
    this.onChange();
    return value;
  }

  /** POST /revoke: ends the whole grant of the account to the client, whichever token is named. */
  async revoke(exchange: Exchange): Promise<Reply> {
    const value = exchange.query.get('token') ?? (await exchange.form()).get('token') ?? '';
    const token = this.liveAccess(value) ?? this.liveRefresh(value);
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
    for (const [value, code] of this.codes) if (hit(code)) this.codes.delete(value);
    for (const key of this.consents.keys())
      if (clientId === '*' ? key.startsWith(`${email} `) : key === consentKey(email, clientId ?? ''))
        this.consents.delete(key);
    this.onChange();
    return ended;
  }

  /** GET or POST /tokeninfo and, with the names of the API `oauth2` v2, /oauth2/v2/tokeninfo. */
  async tokenInfo(exchange: Exchange): Promise<Reply> {
    const form = exchange.method === 'POST' ? await exchange.form() : exchange.query;
    const idToken = form.get('id_token') ?? exchange.query.get('id_token');
    if (idToken !== null) {
      const claims = await this.signingKey.claimsOf(idToken);
      if (!claims) return oauthError(400, 'invalid_token', 'Invalid Value');
      // All of them as texts, and what the token's head says with them.
      const described = Object.entries({ ...claims, alg: 'RS256', kid: this.signingKey.kid, typ: 'JWT' });
      return { status: 200, json: Object.fromEntries(described.map(([name, value]) => [name, String(value)])) };
    }
    // Google's Node client sends it as a bearer.
    const bearer = /^Bearer\s+(\S+)$/i.exec(exchange.header('authorization') ?? '')?.[1];
    const value = form.get('access_token') ?? exchange.query.get('access_token') ?? bearer ?? '';
    const token = this.liveAccess(value);
    const account = token && this.store.account(token.email);
    if (!token || !account) return oauthError(400, 'invalid_token', 'Invalid Value');
    const client = token.clientId ?? 'sandbox';
    const scope = token.scopes.join(' ');
    const seconds = Math.max(0, Math.floor((token.expires - this.now()) / 1000));
    const hasEmail = token.scopes.includes(SCOPE.email);
    if (exchange.path === '/oauth2/v2/tokeninfo')
      return {
        status: 200,
        json: {
          issued_to: client,
          audience: client,
          user_id: account.sub,
          scope,
          expires_in: seconds,
          ...(hasEmail ? { email: account.email, verified_email: true } : {}),
          access_type: token.refreshToken ? 'offline' : 'online',
        },
      };
    return {
      status: 200,
      json: {
        azp: client,
        aud: client,
        sub: account.sub,
        scope,
        exp: String(Math.floor(token.expires / 1000)),
        expires_in: String(seconds),
        ...(hasEmail ? { email: account.email, email_verified: 'true' } : {}),
        access_type: token.refreshToken ? 'offline' : 'online',
      },
    };
  }

  /** GET /v1/userinfo and, in their older form, /oauth2/v2/userinfo and /userinfo/v2/me. */
  userInfo(exchange: Exchange): Reply {
    let caller: Caller;
    try {
      caller = this.authenticate(exchange);
    } catch {
      return oauthError(401, 'invalid_request', 'Invalid Credentials');
    }
    const claims = this.claims(caller.account, caller.scopes, exchange.origin);
    if (exchange.path !== '/oauth2/v2/userinfo' && exchange.path !== '/userinfo/v2/me')
      return { status: 200, json: claims };
    // The older address has older names.
    const { sub: id, email_verified: verified, ...rest } = claims;
    return { status: 200, json: { id, ...(verified === undefined ? {} : { verified_email: verified }), ...rest } };
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
        authorization_response_iss_parameter_supported: true,
        code_challenge_methods_supported: ['plain', 'S256'],
        grant_types_supported: ['authorization_code', 'refresh_token', JWT_BEARER],
      },
    };
  }

  /** GET /oauth2/v3/certs (JSON web keys) and /oauth2/v1/certs (PEM certificates). */
  async certs(exchange: Exchange): Promise<Reply> {
    const pem = exchange.url.pathname === '/oauth2/v1/certs';
    const json = pem ? await this.signingKey.certificates() : await this.signingKey.jwks();
    return { status: 200, headers: { 'cache-control': 'public, max-age=3600' }, json };
  }

  private idToken(
    account: Account,
    { clientId }: OAuthClient,
    grant: Grant,
    origin: string,
    accessToken: unknown,
    nonce?: string,
  ): Promise<string> {
    // The left half of the access token's hash ties the two together (OpenID Connect Core, 3.1.3.6).
    const half = createHash('sha256').update(String(accessToken)).digest().subarray(0, 16).toString('base64url');
    return this.signingKey.issue({
      ...this.idClaims(account, { audience: clientId, party: clientId, grant }, origin),
      at_hash: half,
      ...(nonce === undefined ? {} : { nonce }),
    });
  }

  private idClaims(
    account: Account,
    { audience, party, grant }: { audience: string; party: string; grant: Grant },
    origin: string,
  ): Record<string, unknown> {
    const issued = Math.floor(this.now() / 1000);
    return {
      iss: ISSUER,
      azp: party,
      aud: audience,
      ...this.claims(account, new Set(grant.scopes), origin),
      iat: issued,
      exp: issued + 3600,
    };
  }
}

const NOTHING: ReadonlySet<string> = new Set();
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
