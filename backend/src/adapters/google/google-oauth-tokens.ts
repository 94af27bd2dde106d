import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { DriveError, ReconnectNeededError } from '../../engine/errors.js';
import { StoreUnavailableError } from '../../http/errors.js';
import {
  AccessTokens,
  type Credential,
  type CredentialStore,
  type RefreshFailure,
  type StoredCredential,
} from '../../session/credentials.port.js';
import {
  type GoogleOAuthAdapter,
  type Refreshed,
  TOKEN_TIMEOUT_MS,
  TokenEndpointError,
} from './google-oauth.adapter.js';

/** Refreshed this much before its end: it must not die on its way to Google, and clocks of machines differ. */
const MARGIN_MS = 60_000;

/**
 * A token just refreshed is used for so long whatever its end is said to be, so that no clock, and no odd answer, makes
 * each request refresh it. Unless Google rejects it.
 */
const LEAST_USE_MS = 30_000;

/**
 * How long a known token is used before its credential is read again: the user may have revoked it, and Google accepts
 * the token until it knows. Not shorter than the use above, or each read would refresh a token with an odd end.
 */
const KNOWN_MS = LEAST_USE_MS;

/** Bounds the memory of a process with many accounts; a forgotten one costs one read of Redis. */
const MAX_KNOWN = 10_000;

/** A turn is longer than what one refresh may take: it passes on only when its holder has died. */
const LEASE_MS = TOKEN_TIMEOUT_MS + 2_000;
/** Between two polls for what another process refreshes. */
const LOOK_EVERY_MS = 50;
/** How long, and how often, a replaced refresh token is tried to be stored while Redis is away. */
const STORE_PATIENCE_MS = 30_000;
const STORE_AGAIN_MS = 250;
/** Of one who waits for others: one dead holder, and one refresh. */
const PATIENCE_MS = 2 * LEASE_MS;

/**
 * Access tokens from stored credentials. All who wait for one credential in this process share one refresh; among processes one
 * has the turn (see `CredentialStore.takeRefresh`), and the others wait for what it stores. So a credential whose refresh token is
 * replaced with each use is never used twice.
 */
export class GoogleAccessTokens extends AccessTokens {
  /** Known good tokens, so that a transfer's thousands of calls do not each read Redis. */
  private readonly known = new Map<string, { token: string; expiresAt: number; seenAt: number }>();
  private readonly refreshing = new Map<string, Promise<string>>();
  private readonly now: () => number;
  private readonly leaseMs: number;

  constructor(
    private readonly credentials: CredentialStore,
    private readonly oauth: Pick<GoogleOAuthAdapter, 'refresh' | 'assert' | 'revoke'>,
    options: { now?: () => number; leaseMs?: number } = {},
  ) {
    super();
    this.now = options.now ?? Date.now;
    this.leaseMs = options.leaseMs ?? LEASE_MS;
  }

  override async accessToken(credentialId: string, rejected?: string): Promise<string> {
    const known = this.known.get(credentialId);
    const good = known && known.token !== rejected && known.expiresAt - MARGIN_MS > this.now() ? known : undefined;
    if (good && good.seenAt + KNOWN_MS > this.now()) return good.token;
    const underWay = this.refreshing.get(credentialId);
    if (underWay) {
      const token = await underWay;
      // It may have read the stored token for a caller that did not know that Google rejects it.
      return token === rejected ? this.accessToken(credentialId, rejected) : token;
    }
    const renewed = this.renew(credentialId, rejected).catch((error: unknown) => {
      if (good && error instanceof StoreUnavailableError) return good.token;
      throw error;
    });
    const refresh = renewed.finally(() => this.refreshing.delete(credentialId));
    this.refreshing.set(credentialId, refresh);
    return refresh;
  }

  /** What another process stores while it has the turn, or what this one gets when it has. */
  private async renew(credentialId: string, rejected: string | undefined): Promise<string> {
    const holder = randomUUID();
    const end = performance.now() + PATIENCE_MS;
    for (let hasWaited = false; ; hasWaited = true) {
      const stored = await this.good(credentialId, rejected);
      if (stored !== undefined) return stored;
      const turn = await this.credentials.takeRefresh(credentialId, holder, this.leaseMs, hasWaited);
      if (turn === 'mine') return this.inTurn(credentialId, holder, rejected);
      if (turn !== 'taken') throw this.failure(credentialId, turn.failed);
      if (performance.now() > end) throw this.failure(credentialId, 'unavailable');
      await delay(LOOK_EVERY_MS);
    }
  }

  /** The stored token if it is good. @throws ReconnectNeededError where there is no credential */
  private async good(credentialId: string, rejected: string | undefined): Promise<string | undefined> {
    const credential = await this.found(credentialId);
    const isGood = credential.accessToken !== rejected && credential.accessTokenExpiresAt - MARGIN_MS > this.now();
    return isGood ? this.keep(credential) : undefined;
  }

  private async found(credentialId: string): Promise<StoredCredential> {
    const credential = await this.credentials.find(credentialId);
    if (credential) return credential;
    this.known.delete(credentialId);
    throw new ReconnectNeededError(credentialId);
  }

  private async inTurn(credentialId: string, holder: string, rejected: string | undefined): Promise<string> {
    let failed: RefreshFailure | undefined;
    try {
      // Between the last look and this turn another one's may have ended.
      return (await this.good(credentialId, rejected)) ?? (await this.refreshed(await this.found(credentialId)));
    } catch (error) {
      failed = error instanceof RefreshError ? error.failure : undefined;
      throw error instanceof RefreshError ? this.failure(credentialId, error.failure, error.cause) : error;
    } finally {
      // Whether or not that succeeds, the turn ends: at the latest with its lease.
      await this.credentials.endRefresh(credentialId, holder, failed).catch(() => undefined);
    }
  }

  /** @throws RefreshError */
  private async refreshed(credential: StoredCredential): Promise<string> {
    const { refreshToken, serviceAccount } = credential;
    let fresh: Refreshed | undefined;
    try {
      fresh = serviceAccount
        ? await this.oauth.assert(serviceAccount, credential.scopes)
        : refreshToken === undefined
          ? undefined
          : await this.oauth.refresh(refreshToken);
    } catch (error) {
      if (!(error instanceof TokenEndpointError)) throw error;
      this.known.delete(credential.id);
      // A service account's delegation was withdrawn.
      const isEnded = error.reason === 'invalid_grant' || (serviceAccount && error.reason === 'unauthorized_client');
      if (!isEnded) throw new RefreshError(error.isOutage ? 'unavailable' : 'refused', error);
      // The person may have connected again while the old refresh token was on its way.
      const current = await this.credentials.find(credential.id);
      if (current && current.refreshToken !== refreshToken) return this.keep(current);
      throw new RefreshError('ended', error);
    }
    if (!fresh) throw new RefreshError('ended');
    return this.store(credential, fresh);
  }

  /** Google answers without a refresh token as a rule: then the old one stays. */
  private async store(credential: StoredCredential, fresh: Refreshed): Promise<string> {
    for (let before = credential; ;) {
      const { version, ...rest } = before;
      const next = { ...rest, ...fresh, refreshedAt: this.now() };
      if (await this.written(next, version, fresh.refreshToken !== undefined))
        return this.keep({ ...next, version }, LEAST_USE_MS);
      const current = await this.credentials.find(credential.id);
      if (!current) {
        // Dropped meanwhile, and withdrawn by a token that is worth nothing any more.
        if (fresh.refreshToken !== undefined) await this.oauth.revoke(fresh.refreshToken);
        throw new RefreshError('ended');
      }
      // A newer consent takes precedence over a refresh of an older one; a re-encrypted record is still the same credential.
      const isSame = current.refreshToken === credential.refreshToken && current.connectedAt === credential.connectedAt;
      if (!isSame || current.accessToken !== credential.accessToken) return this.keep(current);
      before = current;
    }
  }

  /** A refresh token that Google has just replaced is nowhere but here until it is stored: Redis is waited for. */
  private async written(next: Credential, version: string, isReplaced: boolean): Promise<boolean> {
    for (const end = performance.now() + STORE_PATIENCE_MS; ; await delay(STORE_AGAIN_MS)) {
      try {
        return await this.credentials.update(next, version);
      } catch (error) {
        if (!isReplaced || !(error instanceof StoreUnavailableError) || performance.now() > end) throw error;
      }
    }
  }

  private failure(credentialId: string, failure: RefreshFailure, cause?: unknown): Error {
    if (failure === 'ended') {
      this.known.delete(credentialId);
      return new ReconnectNeededError(credentialId, { cause });
    }
    if (failure === 'unavailable') return new DriveError('google_unavailable', { cause });
    const said = cause instanceof Error ? ` ${cause.message}` : '';
    return new DriveError('google_refused', {
      cause,
      detail: `${said} Check GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET.`,
    });
  }

  private keep(credential: StoredCredential, atLeastMs = 0): string {
    if (this.known.size >= MAX_KNOWN) this.known.clear();
    const expiresAt = Math.max(credential.accessTokenExpiresAt, this.now() + MARGIN_MS + atLeastMs);
    this.known.set(credential.id, { token: credential.accessToken, expiresAt, seenAt: this.now() });
    return credential.accessToken;
  }
}

/** How a refresh ended, before it becomes an error of a drive. */
class RefreshError extends Error {
  constructor(
    readonly failure: RefreshFailure,
    cause?: unknown,
  ) {
    super(failure, { cause });
  }
}
