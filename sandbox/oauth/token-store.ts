import { randomBytes } from 'node:crypto';
import type { OAuthClient } from './clients.ts';
import { SCOPE } from './scopes.ts';

/** Granted by signing in: the consent page has no tick for them. */
export const SIGN_IN = new Set<string>(['openid', SCOPE.email, SCOPE.profile]);

/** The 101st live refresh token of one account and client silently ends the oldest ("Using OAuth 2.0"). */
const MAX_REFRESH_TOKENS = 100;
const DAY_MS = 86_400_000;
/** Of an app in "Testing", grants end after a week, unless they only sign in. */
const TESTING_LIFE_MS = 7 * DAY_MS;
/** A refresh token that is not used for six months ends. */
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

/** A refresh token; `expiresIn` are the seconds its access tokens live. Times in milliseconds. */
export interface RefreshToken extends Grant {
  expiresIn: number;
  created: number;
  /** When it last gave an access token. */
  used?: number;
  /** When it ends, whether it is used or not. */
  expires?: number;
  /** Another has taken its place, and it is good for the grace only. */
  isReplaced?: boolean;
}

/** Access and refresh tokens: how long they live, and what replaces and ends them. */
export class TokenStore {
  access = new Map<string, AccessToken>();
  refresh = new Map<string, RefreshToken>();
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

  /** The refresh token that is good from now on: usually the same. */
  successor(value: string, token: RefreshToken, { rotationGraceSeconds: grace }: OAuthClient): string {
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

  /** Remaining seconds of a refresh token; only for those with an end of their own. */
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
    // Expired ones pile up in a long run: sweep now and then.
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

/** A value that nobody can guess. */
export function secret(bytes: number): string {
  return randomBytes(bytes).toString('base64url');
}
