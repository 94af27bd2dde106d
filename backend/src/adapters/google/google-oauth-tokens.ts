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

/**
 * A token is refreshed this long before its expiry: it must not expire on its way to Google, and machines' clocks
 * differ.
 */
const MARGIN_MS = 60_000;

/**
 * A refreshed token is used at least this long unless Google rejects it, whatever its expiry. So neither a wrong clock
 * nor an odd response causes a refresh for each request.
 */
const MIN_USE_MS = 30_000;

/**
 * How long a cached token is used before its credential is read again: the user may have revoked it, and Google may
 * still accept the token. Not shorter than MIN_USE_MS, or each read would refresh a token with an odd expiry.
 */
const KNOWN_MS = MIN_USE_MS;

/** Bounds the memory of a process with many accounts; an evicted token costs one read of Redis. */
const MAX_KNOWN = 10_000;

/** A turn lasts longer than a refresh may take, so it passes to another process only if its holder has died. */
const LEASE_MS = TOKEN_TIMEOUT_MS + 2_000;
/** Between two polls for a token that another process is refreshing. */
const POLL_MS = 50;
/** How long, and at what interval, to retry storing a replaced refresh token while Redis is unreachable. */
const STORE_TIMEOUT_MS = 30_000;
const STORE_RETRY_MS = 250;
/** How long to wait for other processes: for one dead holder and one refresh. */
const WAIT_TIMEOUT_MS = 2 * LEASE_MS;

/**
 * Access tokens from stored credentials. All callers of this process that wait for one credential share one refresh.
 * Among processes one has the turn (see `CredentialStore.takeRefresh`), and the others wait for the token that it
 * stores. So a refresh token that is replaced with each use is never used twice.
 */
export class GoogleAccessTokens extends AccessTokens {
  /** Cached tokens, so that a transfer's thousands of calls do not each read Redis. */
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
      // That look-up may return the stored token, because its caller did not know that Google rejects it.
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

  /** Returns the token that another process stores during its turn, or refreshes it when this process has the turn. */
  private async renew(credentialId: string, rejected: string | undefined): Promise<string> {
    const holder = randomUUID();
    const end = performance.now() + WAIT_TIMEOUT_MS;
    for (let hasWaited = false; ; hasWaited = true) {
      const stored = await this.good(credentialId, rejected);
      if (stored !== undefined) return stored;
      const turn = await this.credentials.takeRefresh(credentialId, holder, this.leaseMs, hasWaited);
      if (turn === 'mine') return this.inTurn(credentialId, holder, rejected);
      if (turn !== 'taken') throw this.failure(credentialId, turn.failed);
      if (performance.now() > end) throw this.failure(credentialId, 'unavailable');
      await delay(POLL_MS);
    }
  }

  /** The stored token if it is valid. @throws ReconnectNeededError if there is no credential */
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
      // Another process's turn may have ended between the last poll and this turn.
      return (await this.good(credentialId, rejected)) ?? (await this.refreshed(await this.found(credentialId)));
    } catch (error) {
      failed = error instanceof RefreshError ? error.failure : undefined;
      throw error instanceof RefreshError ? this.failure(credentialId, error.failure, error.cause) : error;
    } finally {
      // Even if this fails, the turn ends with its lease.
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
      // The administrator has withdrawn the service account's delegation.
      const isEnded = error.reason === 'invalid_grant' || (serviceAccount && error.reason === 'unauthorized_client');
      if (!isEnded) throw new RefreshError(error.isOutage ? 'unavailable' : 'refused', error);
      // The person may have connected again while the old refresh token was being used.
      const current = await this.credentials.find(credential.id);
      if (current && current.refreshToken !== refreshToken) return this.keep(current);
      throw new RefreshError('ended', error);
    }
    if (!fresh) throw new RefreshError('ended');
    return this.store(credential, fresh);
  }

  /** Usually Google returns no refresh token; then the old one stays valid. */
  private async store(credential: StoredCredential, fresh: Refreshed): Promise<string> {
    for (let before = credential; ;) {
      const { version, ...rest } = before;
      const next = { ...rest, ...fresh, refreshedAt: this.now() };
      if (await this.written(next, version, fresh.refreshToken !== undefined))
        return this.keep({ ...next, version }, MIN_USE_MS);
      const current = await this.credentials.find(credential.id);
      if (!current) {
        // The credential was deleted meanwhile and revoked by its old refresh token, so the new one must be revoked
        // too.
        if (fresh.refreshToken !== undefined) await this.oauth.revoke(fresh.refreshToken);
        throw new RefreshError('ended');
      }
      // A newer consent takes precedence over a refresh of an older one. A re-encrypted record is still the same
      // credential.
      const isSame = current.refreshToken === credential.refreshToken && current.connectedAt === credential.connectedAt;
      if (!isSame || current.accessToken !== credential.accessToken) return this.keep(current);
      before = current;
    }
  }

  /** Until it is stored, a replaced refresh token exists only in this process, so this waits for Redis. */
  private async written(next: Credential, version: string, isReplaced: boolean): Promise<boolean> {
    for (const end = performance.now() + STORE_TIMEOUT_MS; ; await delay(STORE_RETRY_MS)) {
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
    if (failure === 'unavailable') return new NoAccessTokenError(cause);
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

/** Google's token endpoint does not respond, so nothing was sent with the token. It concerns all items of the account. */
export class NoAccessTokenError extends DriveError {
  constructor(cause?: unknown) {
    super('google_unavailable', { cause });
  }
}

/** Why a refresh failed, before it becomes a DriveError. */
class RefreshError extends Error {
  constructor(
    readonly failure: RefreshFailure,
    cause?: unknown,
  ) {
    super(failure, { cause });
  }
}
