import type { Account, DriveStore } from '../drive/drive-store.ts';
import type { Exchange, Reply } from '../http/exchange.ts';
import { consentPage } from '../pages/consent-page.ts';
import type { OAuthClient } from './clients.ts';
import { ISSUER } from './identity.ts';
import { authorizationError } from './oauth-errors.ts';
import { SCOPE } from './scopes.ts';
import { type Grant, secret, SIGN_IN } from './token-store.ts';

/** Google returns the long names, whichever were requested. */
const LONG_NAMES: Record<string, string> = { email: SCOPE.email, profile: SCOPE.profile };

const CODE_LIFE_MS = 10 * 60_000;
const PROMPTS = ['none', 'consent', 'select_account'];
const NOTHING: ReadonlySet<string> = new Set();

interface Code extends Grant {
  redirectUri: string;
  challenge?: { value: string; method: 'S256' | 'plain' };
  offline: boolean;
  newConsent: boolean;
  nonce?: string;
  expires: number;
}

/** The consent page, the scopes that people granted on it, and the authorization codes that it issues. */
export class Authorization {
  readonly codes = new Map<string, Code>();
  /** Scopes an account has granted a client so far, by `consentKey`. */
  consents = new Map<string, Set<string>>();
  private readonly store: DriveStore;
  private readonly clients: () => ReadonlyMap<string, OAuthClient>;
  private readonly isServiceAccount: (email: string) => boolean;
  private readonly now: () => number;
  private readonly onChange: () => void;

  constructor(
    grounds: {
      store: DriveStore;
      clients: () => ReadonlyMap<string, OAuthClient>;
      isServiceAccount: (email: string) => boolean;
      now: () => number;
    },
    onChange: () => void,
  ) {
    this.store = grounds.store;
    this.clients = grounds.clients;
    this.isServiceAccount = grounds.isServiceAccount;
    this.now = grounds.now;
    this.onChange = onChange;
  }

  /**
   * The consent page (GET) and its form (POST). A script may skip the page: GET with `sandbox_account=<e-mail>` and
   * `sandbox_consent=allow|deny|no_drive` redirects at once.
   */
  async authorize(exchange: Exchange): Promise<Reply> {
    const query = exchange.query;
    const clientId = query.get('client_id') ?? '';
    const redirectUri = query.get('redirect_uri') ?? '';
    const client = this.clients().get(clientId);
    if (!clientId || !redirectUri || !query.get('scope'))
      return authorizationError('authorizationParameterMissing', {});
    if (!client) return authorizationError('namedClientNotFound', { client: clientId }, 'Register it with --client.');
    if (!client.redirectUris.includes(redirectUri))
      return authorizationError(
        'redirectNotRegistered',
        { uri: redirectUri, client: clientId },
        `Registered, and compared exactly: ${client.redirectUris.join(', ') || 'none'}.`,
      );
    if (client.blocked) return authorizationError(client.blocked, {}, 'Register the client again, without "blocked".');
    const back = (params: Record<string, string>): Reply => {
      const target = new URL(redirectUri);
      for (const [name, value] of Object.entries({ ...params, iss: ISSUER })) target.searchParams.set(name, value);
      const state = query.get('state');
      if (state !== null) target.searchParams.set('state', state);
      return { status: 302, headers: { location: target.href, 'cache-control': 'no-store' } };
    };
    if (query.get('response_type') !== 'code') return authorizationError('onlyCodes', {});
    const method = query.get('code_challenge_method') ?? 'plain';
    if (query.has('code_challenge') && method !== 'S256' && method !== 'plain')
      return authorizationError('unknownChallengeMethod', { method });
    const prompts = (query.get('prompt') ?? '').split(/\s+/).filter(Boolean);
    const wrong = prompts.find((prompt) => !PROMPTS.includes(prompt));
    if (wrong !== undefined) return authorizationError('unknownPrompt', { prompt: wrong });
    if (prompts.includes('none') && prompts.length > 1) return authorizationError('promptWithNone', {});

    const requested = normalize((query.get('scope') ?? '').split(/\s+/).filter(Boolean));
    const optional = requested.filter((scope) => !SIGN_IN.has(scope));
    // Service accounts cannot sign in on the consent page.
    const accounts = [...this.store.accounts.values()].filter(
      ({ email }) => !this.isServiceAccount(email) && this.store.directory.isActive(email),
    );
    const hint = query.get('login_hint') ?? '';
    const hinted = accounts.find(({ email, sub }) => email.toLowerCase() === hint.toLowerCase() || sub === hint);

    // Scopes that the account granted this client earlier need no consent, unless the request forces it.
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
      // An account that has already granted every scope is redirected without a page.
      if (hinted && allKnown && !prompts.includes('select_account'))
        return back({ code: this.newCode(query, hinted, requested, client, false) });
      return page(hinted);
    }
    if (!decided.allow) return back({ error: 'access_denied' });
    const wanted = (decided.account || hinted?.email || '').toLowerCase();
    const account = accounts.find(({ email }) => email.toLowerCase() === wanted);
    if (!account) return authorizationError('accountNotHere', { account: decided.account });
    const before = remembered(account);
    // The page hides scopes that the preselected account granted earlier. Another account must consent to them.
    const hidden = decided.hidden.filter((scope) => optional.includes(scope) && !before.has(scope));
    if (hidden.length > 0 && account !== hinted) return page(account);
    // A cleared box is not granted, even if it was granted before. Remembered scopes have no box.
    const shown = exchange.method === 'POST' ? optional.filter((scope) => !before.has(scope)) : optional;
    const cleared = shown.filter((scope) => !decided.scopes.includes(scope));
    const granted = requested.filter((scope) => !cleared.includes(scope));
    if (granted.length === 0) return back({ error: 'access_denied' });
    const newConsent = !requested.every((scope) => before.has(scope));
    return back({ code: this.newCode(query, account, granted, client, newConsent, cleared) });
  }

  /** The account that faults match: the one that signs in, or that the app suggests. */
  async accountOf(exchange: Exchange): Promise<Account | undefined> {
    const { query } = exchange;
    const chosen = exchange.method === 'POST' ? (await exchange.form()).get('account') : query.get('sandbox_account');
    const hint = chosen || (query.get('login_hint') ?? '');
    return this.store.account(hint) ?? [...this.store.accounts.values()].find(({ sub }) => sub === hint);
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
      // Only a new consent yields a refresh token, a remembered one does not.
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
}

/** The full names of scopes, without duplicates. */
export function normalize(scopes: readonly string[]): string[] {
  return [...new Set(scopes.map((scope) => LONG_NAMES[scope] ?? scope))];
}

export function consentKey(email: string, clientId: string): string {
  return `${email} ${clientId}`;
}
