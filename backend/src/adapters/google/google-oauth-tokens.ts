import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { ReconnectNeededError } from '../../engine/errors.js';
import { StoreUnavailableError } from '../../session/errors.js';
import {
  AccessTokens,
  type Grant,
  type GrantStore,
  type RefreshFailure,
  type StoredGrant,
} from '../../session/grant.port.js';
import { driveError } from './google-errors.js';
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
 * A known token is used for so long before its grant is looked at again: a person may have withdrawn it, and Google takes
 * the token until it has heard of that. Not shorter than the use above, or each look would refresh a token of an odd end.
 */
const KNOWN_MS = LEAST_USE_MS;

/** Bounds the memory of a process that sees many accounts; whoever is forgotten costs one read of Redis. */
const MAX_KNOWN = 10_000;

/** A turn is longer than what one refresh may take: it passes on only when its holder has died. */
const LEASE_MS = TOKEN_TIMEOUT_MS + 2_000;
/** Between two looks at what another process refreshes. */
const LOOK_EVERY_MS = 50;
/** How long, and how often, a replaced refresh token is tried to be stored while Redis is away. */
const STORE_PATIENCE_MS = 30_000;
const STORE_AGAIN_MS = 250;
/** Of one who waits for others: one dead holder, and one refresh. */
const PATIENCE_MS = 2 * LEASE_MS;

/**
 * Access tokens from stored grants. All who wait for one grant in this process share one refresh; among processes one
 * has the turn (see `GrantStore.takeRefresh`), and the others wait for what it stores. So a grant whose refresh token is
 * replaced with each use is never used twice.
 */
export class GoogleAccessTokens extends AccessTokens {
  /** Known good tokens, so that a transfer's thousands of calls do not each read Redis. */
  private readonly known = new Map<string, { token: string; expiresAt: number; seenAt: number }>();
  private readonly refreshing = new Map<string, Promise<string>>();
  private readonly now: () => number;
  private readonly leaseMs: number;

  constructor(
    private readonly grants: GrantStore,
    private readonly oauth: Pick<GoogleOAuthAdapter, 'refresh' | 'assert' | 'revoke'>,
    options: { now?: () => number; leaseMs?: number } = {},
  ) {
    super();
    this.now = options.now ?? Date.now;
    this.leaseMs = options.leaseMs ?? LEASE_MS;
  }

  override async accessToken(grantId: string, rejected?: string): Promise<string> {
    const known = this.known.get(grantId);
    const good = known && known.token !== rejected && known.expiresAt - MARGIN_MS > this.now() ? known : undefined;
    if (good && good.seenAt + KNOWN_MS > this.now()) return good.token;
    const underWay = this.refreshing.get(grantId);
    if (underWay) return underWay;
    const renewed = this.renew(grantId, rejected).catch((error: unknown) => {
      if (good && error instanceof StoreUnavailableError) return good.token;
      throw error;
    });
    const refresh = renewed.finally(() => this.refreshing.delete(grantId));
    this.refreshing.set(grantId, refresh);
    return refresh;
  }

  /** What another process stores while it has the turn, or what this one gets when it has. */
  private async renew(grantId: string, rejected: string | undefined): Promise<string> {
    const holder = randomUUID();
    const end = performance.now() + PATIENCE_MS;
    for (let hasWaited = false; ; hasWaited = true) {
      const stored = await this.good(grantId, rejected);
      if (stored !== undefined) return stored;
      const turn = await this.grants.takeRefresh(grantId, holder, this.leaseMs, hasWaited);
      if (turn === 'mine') return this.inTurn(grantId, holder, rejected);
      if (turn !== 'taken') throw this.failure(grantId, turn.failed);
      if (performance.now() > end) throw this.failure(grantId, 'unavailable');
      await delay(LOOK_EVERY_MS);
    }
  }

  /** The stored token if it is good. @throws ReconnectNeededError where there is no grant */
  private async good(grantId: string, rejected: string | undefined): Promise<string | undefined> {
    const grant = await this.found(grantId);
    const isGood = grant.accessToken !== rejected && grant.accessTokenExpiresAt - MARGIN_MS > this.now();
    return isGood ? this.keep(grant) : undefined;
  }

  private async found(grantId: string): Promise<StoredGrant> {
    const grant = await this.grants.find(grantId);
    if (grant) return grant;
    this.known.delete(grantId);
    throw new ReconnectNeededError(grantId);
  }

  private async inTurn(grantId: string, holder: string, rejected: string | undefined): Promise<string> {
    let failed: RefreshFailure | undefined;
    try {
      // Between the last look and this turn another one's may have ended.
      return (await this.good(grantId, rejected)) ?? (await this.refreshed(await this.found(grantId)));
    } catch (error) {
      failed = error instanceof RefreshError ? error.failure : undefined;
      throw error instanceof RefreshError ? this.failure(grantId, error.failure, error.cause) : error;
    } finally {
      // Whether or not that succeeds, the turn ends: at the latest with its lease.
      await this.grants.endRefresh(grantId, holder, failed).catch(() => undefined);
    }
  }

  /** @throws RefreshError */
  private async refreshed(grant: StoredGrant): Promise<string> {
    const { refreshToken, serviceAccount } = grant;
    let fresh: Refreshed | undefined;
    try {
      fresh = serviceAccount
        ? await this.oauth.assert(serviceAccount, grant.scopes)
        : refreshToken === undefined
          ? undefined
          : await this.oauth.refresh(refreshToken);
    } catch (error) {
      if (!(error instanceof TokenEndpointError)) throw error;
      this.known.delete(grant.id);
      // A service account's delegation was withdrawn.
      const isEnded = error.reason === 'invalid_grant' || (serviceAccount && error.reason === 'unauthorized_client');
      if (!isEnded) throw new RefreshError(error.isOutage ? 'unavailable' : 'refused', error);
      // The person may have connected again while the old refresh token was on its way.
      const current = await this.grants.find(grant.id);
      if (current && current.refreshToken !== refreshToken) return this.keep(current);
      throw new RefreshError('ended', error);
    }
    if (!fresh) throw new RefreshError('ended');
    return this.store(grant, fresh);
  }

  /** Google answers without a refresh token as a rule: then the old one stays. */
  private async store(grant: StoredGrant, fresh: Refreshed): Promise<string> {
    for (let before = grant; ;) {
      const { version, ...rest } = before;
      const next = { ...rest, ...fresh, refreshedAt: this.now() };
      if (await this.written(next, version, fresh.refreshToken !== undefined))
        return this.keep({ ...next, version }, LEAST_USE_MS);
      const current = await this.grants.find(grant.id);
      if (!current) {
        // Dropped meanwhile, and withdrawn by a token that is worth nothing any more.
        if (fresh.refreshToken !== undefined) await this.oauth.revoke(fresh.refreshToken);
        throw new RefreshError('ended');
      }
      // A newer consent stands above a refresh of an older one; what was only encrypted anew is the same grant still.
      const isSame = current.refreshToken === grant.refreshToken && current.connectedAt === grant.connectedAt;
      if (!isSame || current.accessToken !== grant.accessToken) return this.keep(current);
      before = current;
    }
  }

  /** A refresh token that Google has just replaced is nowhere but here until it is stored: Redis is waited for. */
  private async written(next: Grant, version: string, isReplaced: boolean): Promise<boolean> {
    for (const end = performance.now() + STORE_PATIENCE_MS; ; await delay(STORE_AGAIN_MS)) {
      try {
        return await this.grants.update(next, version);
      } catch (error) {
        if (!isReplaced || !(error instanceof StoreUnavailableError) || performance.now() > end) throw error;
      }
    }
  }

  private failure(grantId: string, failure: RefreshFailure, cause?: unknown): Error {
    if (failure === 'ended') {
      this.known.delete(grantId);
      return new ReconnectNeededError(grantId, { cause });
    }
    if (failure === 'unavailable') return driveError('google_unavailable', { cause });
    const said = cause instanceof Error ? ` ${cause.message}` : '';
    return driveError('google_refused', { cause, detail: `${said} Check GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET.` });
  }

  private keep(grant: StoredGrant, atLeastMs = 0): string {
    if (this.known.size >= MAX_KNOWN) this.known.clear();
    const expiresAt = Math.max(grant.accessTokenExpiresAt, this.now() + MARGIN_MS + atLeastMs);
    this.known.set(grant.id, { token: grant.accessToken, expiresAt, seenAt: this.now() });
    return grant.accessToken;
  }
}

/** How a refresh ended, before it is told in the words of a drive. */
class RefreshError extends Error {
  constructor(
    readonly failure: RefreshFailure,
    cause?: unknown,
  ) {
    super(failure, { cause });
  }
}
