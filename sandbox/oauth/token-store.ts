import { randomBytes } from 'node:crypto';
import type { OAuthClient } from './clients.ts';
import { SCOPE } from './scopes.ts';

/** Scopes granted by signing in; the consent page has no checkbox for them. */
export const SIGN_IN = new Set<string>(['openid', SCOPE.email, SCOPE.profile]);

/** The 101st live refresh token of one account and client silently revokes the oldest ("Using OAuth 2.0"). */
const MAX_REFRESH_TOKENS = 100;
const DAY_MS = 86_400_000;
/** Grants to an app in "Testing" expire after a week, unless they only sign in. */
const TESTING_LIFE_MS = 7 * DAY_MS;
/** A refresh token expires after six months without use. */
const UNUSED_LIFE_MS = 182 * DAY_MS;

export interface Grant {
  email: string;
  scopes: string[];
  clientId?: string;
}

export interface AccessToken extends Grant {
  expires: number;
  refreshToken?: string;
}

/** A refresh token; `expiresIn` is the lifetime of its access tokens in seconds. Times are in milliseconds. */
export interface RefreshToken extends Grant {
  expiresIn: number;
  created: number;
  /** When it last yielded an access token. */
  used?: number;
  /** When it expires, even if it is used. */
  expires?: number;
  /** Another token replaced it; it stays valid for the grace period only. */
  isReplaced?: boolean;
}

/** Access and refresh tokens: their lifetimes, rotation and revocation. */
export class TokenStore {
  access = new Map<string, AccessToken>();
  refresh = new Map<string, RefreshToken>();
  /** The scopes of each token that was used, so that not every request makes a set of them. */
  private readonly scopeSets = new WeakMap<AccessToken, ReadonlySet<string>>();
  private readonly clients: () => ReadonlyMap<string, OAuthClient>;
  private readonly now: () => number;
  private readonly onChange: () => void;

  constructor(clients: () => ReadonlyMap<string, OAuthClient>, now: () => number, onChange: () => void) {
    this.clients = clients;
    this.now = now;
    this.onChange = onChange;
  }

  liveAccess(value: string): AccessToken | undefined {
    const token = this.access.get(value);
    if (!token || token.expires > this.now()) return token;
    this.access.delete(value);
    return undefined;
  }

  scopesOf(token: AccessToken): ReadonlySet<string> {
    let scopes = this.scopeSets.get(token);
    if (!scopes) this.scopeSets.set(token, (scopes = new Set(token.scopes)));
    return scopes;
  }

  /** The refresh token to use from now on: the same one, unless the client rotates them. */
  successor(value: string, token: RefreshToken, { rotationGraceSeconds: grace }: OAuthClient): string {
    if (grace === undefined) return value;
    const { email, scopes, clientId } = token;
    const next = this.newRefreshToken({ email, scopes, ...(clientId && { clientId }) }, token.expiresIn);
    const { expires } = token;
    // Rotation does not extend the week of an app in testing.
    if (expires !== undefined && !token.isReplaced) this.refresh.get(next)!.expires = expires;
    token.expires = Math.min(expires ?? Infinity, this.now() + grace * 1000);
    token.isReplaced = true;
    return next;
  }

  /** A valid refresh token; deletes it if it has expired. */
  liveRefresh(value: string): RefreshToken | undefined {
    const token = this.refresh.get(value);
    if (!token) return undefined;
    const time = this.now();
    const ends = Math.min(token.expires ?? Infinity, (token.used ?? token.created) + UNUSED_LIFE_MS);
    if (ends > time) return token;
    this.refresh.delete(value);
    this.onChange();
    return undefined;
  }

  /** Remaining seconds of a refresh token that has an expiry; empty for others. */
  remainingLife(value: string): { refresh_token_expires_in?: number } {
    const expires = this.refresh.get(value)?.expires;
    return expires === undefined ? {} : { refresh_token_expires_in: Math.floor((expires - this.now()) / 1000) };
  }

  newAccessToken(grant: Grant, expiresIn: number, refreshToken?: string): Record<string, unknown> {
    const value = `sandbox-access-${secret(32)}`;
    this.access.set(value, {
      email: grant.email,
      scopes: grant.scopes,
      ...(grant.clientId === undefined ? {} : { clientId: grant.clientId }),
      expires: this.now() + expiresIn * 1000,
      ...(refreshToken === undefined ? {} : { refreshToken }),
    });
    // Expired tokens accumulate in a long run, so delete them now and then.
    if (this.access.size % 1000 === 0)
      for (const [key, token] of this.access) if (token.expires <= this.now()) this.access.delete(key);
    this.onChange();
    return { access_token: value, expires_in: expiresIn, scope: grant.scopes.join(' '), token_type: 'Bearer' };
  }

  newRefreshToken(grant: Grant, expiresIn: number): string {
    const value = `sandbox-refresh-${secret(48)}`;
    const created = this.now();
    const testing = grant.clientId !== undefined && this.clients().get(grant.clientId)?.testing;
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
}

/** An unguessable value. */
export function secret(bytes: number): string {
  return randomBytes(bytes).toString('base64url');
}
