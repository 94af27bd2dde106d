import { createHash } from 'node:crypto';
import type { Account, DriveStore } from '../drive/drive-store.ts';
import type { Exchange, Reply } from '../http/exchange.ts';
import type { OAuthClient } from './clients.ts';
import type { Caller } from './oauth.ts';
import { oauthError } from './oauth-errors.ts';
import { SANDBOX_CLIENT, SCOPE } from './scopes.ts';
import { SigningKey } from './signing-key.ts';
import type { Grant, TokenStore } from './token-store.ts';

export const ISSUER = 'https://accounts.google.com';
export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

/** Identity of accounts: id_tokens, `userinfo`, `tokeninfo` and the discovery document ("OpenID Connect"). */
export class Identity {
  readonly signingKey: SigningKey;
  private readonly store: DriveStore;
  private readonly tokens: TokenStore;
  private readonly now: () => number;

  constructor(store: DriveStore, tokens: TokenStore, now: () => number) {
    this.store = store;
    this.tokens = tokens;
    this.now = now;
    this.signingKey = new SigningKey(now);
  }

  /** GET or POST /tokeninfo and, with the names of the API `oauth2` v2, /oauth2/v2/tokeninfo. */
  async tokenInfo(exchange: Exchange): Promise<Reply> {
    const form = exchange.method === 'POST' ? await exchange.form() : exchange.query;
    const idToken = form.get('id_token') ?? exchange.query.get('id_token');
    if (idToken !== null) {
      const claims = await this.signingKey.claimsOf(idToken);
      if (!claims) return oauthError('invalidToken');
      // All claims as strings, together with the token's header.
      const described = Object.entries({ ...claims, alg: 'RS256', kid: this.signingKey.kid, typ: 'JWT' });
      return { status: 200, json: Object.fromEntries(described.map(([name, value]) => [name, String(value)])) };
    }
    // Google's Node client sends it as a bearer.
    const bearer = /^Bearer\s+(\S+)$/i.exec(exchange.header('authorization') ?? '')?.[1];
    const value = form.get('access_token') ?? exchange.query.get('access_token') ?? bearer ?? '';
    const token = this.tokens.liveAccess(value);
    const account = token && this.store.account(token.email);
    if (!token || !account) return oauthError('invalidToken');
    const client = token.clientId ?? SANDBOX_CLIENT;
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
  userInfo(exchange: Exchange, authenticate: (exchange: Exchange) => Caller): Reply {
    let caller: Caller;
    try {
      caller = authenticate(exchange);
    } catch {
      return oauthError('invalidCredentials');
    }
    const claims = this.claims(caller.account, caller.scopes, exchange.origin);
    if (exchange.path !== '/oauth2/v2/userinfo' && exchange.path !== '/userinfo/v2/me')
      return { status: 200, json: claims };
    // The older address uses older field names.
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

  idToken(
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

  idClaims(
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
