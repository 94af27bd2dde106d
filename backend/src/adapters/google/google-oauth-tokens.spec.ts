import { jest } from '@jest/globals';
import { aCredential } from '../../../test/support/builders.js';
import { InMemoryCredentialStore, type TestClock } from '../../../test/support/in-memory-stores.js';
import { until } from '../../../../tools/until.ts';
import { StoreUnavailableError } from '../../http/errors.js';
import type { ServiceAccount } from '../../session/credentials.port.js';
import { DriveError, ReconnectNeededError } from '../../engine/errors.js';
import { GoogleAccessTokens } from './google-oauth-tokens.js';
import { type Refreshed, TokenEndpointError } from './google-oauth.adapter.js';

const HOUR = 3_600_000;

/** A token endpoint that numbers its tokens; tests can change its responses. */
class TokenEndpoint {
  calls: string[] = [];
  answer: (refreshToken: string) => Promise<Refreshed> = () =>
    Promise.resolve({ accessToken: `fresh-${this.calls.length}`, accessTokenExpiresAt: Date.now() + HOUR });

  revoked: string[] = [];

  revoke(token: string): Promise<boolean> {
    this.revoked.push(token);
    return Promise.resolve(true);
  }

  async refresh(refreshToken: string): Promise<Refreshed> {
    this.calls.push(refreshToken);
    await new Promise((resolve) => setImmediate(resolve));
    return this.answer(refreshToken);
  }

  assert({ email, subject }: ServiceAccount): Promise<Refreshed> {
    return this.refresh(`${email} for ${subject}`);
  }
}

describe('GoogleAccessTokens', () => {
  let clock: TestClock;
  let credentials: InMemoryCredentialStore;
  let endpoint: TokenEndpoint;
  let tokens: GoogleAccessTokens;
  const expired = aCredential({ accessTokenExpiresAt: Date.now() - 1 });

  beforeEach(() => {
    clock = { now: Date.now() };
    credentials = new InMemoryCredentialStore(clock);
    endpoint = new TokenEndpoint();
    tokens = new GoogleAccessTokens(credentials, endpoint);
  });

  const save = (credential: typeof expired) => credentials.save(credential);

  it('uses the stored token while it is valid', async () => {
    await save(aCredential());
    expect(await tokens.accessToken('credential-of-ana')).toBe('access-1');
    expect(endpoint.calls).toEqual([]);
  });

  it('returns no token of a credential revoked half a minute ago, even if Google still accepts it', async () => {
    tokens = new GoogleAccessTokens(credentials, endpoint, { now: () => clock.now });
    await save(aCredential());
    await tokens.accessToken('credential-of-ana');
    await credentials.release('credential-of-ana', 'everybody');
    clock.now += 31_000;
    await expect(tokens.accessToken('credential-of-ana')).rejects.toBeInstanceOf(ReconnectNeededError);
  });

  it('keeps using a valid token while the store of credentials is unavailable', async () => {
    tokens = new GoogleAccessTokens(credentials, endpoint, { now: () => clock.now });
    await save(aCredential());
    await tokens.accessToken('credential-of-ana');
    credentials.find = () => Promise.reject(new StoreUnavailableError());
    clock.now += 31_000;
    expect(await tokens.accessToken('credential-of-ana')).toBe('access-1');
    await expect(tokens.accessToken('credential-of-ana', 'access-1')).rejects.toBeInstanceOf(StoreUnavailableError);
  });

  it('refreshes an expired token once for all waiting callers, and keeps the old refresh token', async () => {
    await save(expired);
    const answers = await Promise.all(Array.from({ length: 20 }, () => tokens.accessToken(expired.id)));
    expect(new Set(answers)).toEqual(new Set(['fresh-1']));
    expect(endpoint.calls).toEqual(['refresh-1']);
    expect(await credentials.find(expired.id)).toMatchObject({ accessToken: 'fresh-1', refreshToken: 'refresh-1' });
  });

  it('refreshes a token a minute before it expires', async () => {
    await save(aCredential({ accessTokenExpiresAt: Date.now() + 59_000 }));
    expect(await tokens.accessToken('credential-of-ana')).toBe('fresh-1');
  });

  it('stores a new refresh token when Google replaces it', async () => {
    await save(expired);
    endpoint.answer = () =>
      Promise.resolve({ accessToken: 'a', accessTokenExpiresAt: Date.now() + HOUR, refreshToken: 'refresh-2' });
    await tokens.accessToken(expired.id);
    expect(await credentials.find(expired.id)).toMatchObject({ refreshToken: 'refresh-2' });
  });

  it('refreshes a rejected token once for all callers that used it', async () => {
    await save(aCredential());
    await tokens.accessToken('credential-of-ana');
    const answers = await Promise.all([1, 2, 3].map(() => tokens.accessToken('credential-of-ana', 'access-1')));
    expect(answers).toEqual(['fresh-1', 'fresh-1', 'fresh-1']);
    expect(await tokens.accessToken('credential-of-ana', 'access-1')).toBe('fresh-1');
    expect(endpoint.calls).toHaveLength(1);
  });

  it('returns no rejected token to a caller that joins a look-up of the stored one', async () => {
    tokens = new GoogleAccessTokens(credentials, endpoint, { now: () => clock.now });
    await save(aCredential());
    await tokens.accessToken('credential-of-ana');
    clock.now += 31_000; // the stored credential is due to be read again
    const [read, rejected] = await Promise.all([
      tokens.accessToken('credential-of-ana'),
      tokens.accessToken('credential-of-ana', 'access-1'),
    ]);
    expect([read, rejected]).toEqual(['access-1', 'fresh-1']);
    expect(endpoint.calls).toHaveLength(1);
  });

  it('uses a token that another process refreshed', async () => {
    await save(aCredential());
    await tokens.accessToken('credential-of-ana');
    await save(aCredential({ accessToken: 'of-another-process' }));
    expect(await tokens.accessToken('credential-of-ana', 'access-1')).toBe('of-another-process');
    expect(endpoint.calls).toEqual([]);
  });

  it('requires a new sign-in when Google no longer accepts the credential', async () => {
    await save(expired);
    endpoint.answer = () => Promise.reject(new TokenEndpointError('invalid_grant', 400));
    await expect(tokens.accessToken(expired.id)).rejects.toThrow(ReconnectNeededError);
  });

  it('uses a new consent given while the old refresh token was being used', async () => {
    await save(expired);
    endpoint.answer = async () => {
      await save(aCredential({ accessToken: 'reconnected', refreshToken: 'refresh-2' }));
      throw new TokenEndpointError('invalid_grant', 400);
    };
    expect(await tokens.accessToken(expired.id)).toBe('reconnected');
  });

  it('requires a new sign-in when the credential is missing or has no refresh token', async () => {
    await expect(tokens.accessToken('nobody')).rejects.toThrow(ReconnectNeededError);
    const { refreshToken: _, ...short } = expired;
    await save(short);
    await expect(tokens.accessToken(expired.id)).rejects.toThrow(ReconnectNeededError);
  });

  it.each([
    [new TokenEndpointError(undefined, undefined), 'google_unavailable'],
    [new TokenEndpointError(undefined, 503), 'google_unavailable'],
    [new TokenEndpointError('invalid_client', 401), 'google_refused'],
  ])('distinguishes %s from a revoked credential: %s', async (failure, code) => {
    await save(expired);
    endpoint.answer = () => Promise.reject(failure);
    const error: unknown = await tokens.accessToken(expired.id).catch((each: unknown) => each);
    expect(error).toBeInstanceOf(DriveError);
    expect(error).toMatchObject({ code });
  });

  it('retries after a failure', async () => {
    await save(expired);
    endpoint.answer = () => Promise.reject(new TokenEndpointError(undefined, 503));
    await expect(tokens.accessToken(expired.id)).rejects.toThrow();
    endpoint.answer = () => Promise.resolve({ accessToken: 'later', accessTokenExpiresAt: Date.now() + HOUR });
    expect(await tokens.accessToken(expired.id)).toBe('later');
  });

  describe('with other processes', () => {
    const others = (count: number) =>
      Array.from({ length: count }, () => new GoogleAccessTokens(credentials, endpoint));

    it('refreshes once for all processes', async () => {
      await save(expired);
      const answers = await Promise.all(others(8).map((each) => each.accessToken(expired.id)));
      expect(new Set(answers)).toEqual(new Set(['fresh-1']));
      expect(endpoint.calls).toHaveLength(1);
      const again = await Promise.all(others(8).map((each) => each.accessToken(expired.id, 'fresh-1')));
      expect(new Set(again)).toEqual(new Set(['fresh-2']));
    });

    it.each([
      [new TokenEndpointError('invalid_grant', 400), 'reconnect_needed'],
      [new TokenEndpointError(undefined, 503), 'google_unavailable'],
      [new TokenEndpointError('invalid_client', 401), 'google_refused'],
    ])('passes a failure to all waiting callers: %s', async (failure, code) => {
      await save(expired);
      endpoint.answer = () => Promise.reject(failure);
      const failures = await Promise.all(
        others(8).map((each) => each.accessToken(expired.id).catch((error: unknown) => error)),
      );
      for (const error of failures) expect(error).toMatchObject({ code });
      expect(endpoint.calls).toHaveLength(1);
    });

    it('takes over from a process that has died', async () => {
      await save(expired);
      await credentials.takeRefresh(expired.id, 'dead', 1_000, false);
      const takes = jest.spyOn(credentials, 'takeRefresh');
      const waiting = tokens.accessToken(expired.id);
      await until('it asks for the turn again', () => takes.mock.calls.length > 1);
      expect(endpoint.calls).toEqual([]);
      clock.now += 1_000;
      expect(await waiting).toBe('fresh-1');
    });

    it('keeps a late write of a dying process, which may hold the only refresh token', async () => {
      await save(expired);
      endpoint.answer = async () => {
        const { version, ...credential } = (await credentials.find(expired.id))!;
        await credentials.update({ ...credential, accessToken: 'of-the-dying', refreshToken: 'refresh-2' }, version);
        throw new TokenEndpointError('invalid_grant', 400);
      };
      expect(await tokens.accessToken(expired.id)).toBe('of-the-dying');
    });
  });

  it('stores a refreshed token over a record that was only re-encrypted', async () => {
    await save(expired);
    endpoint.answer = async () => {
      const { version, ...credential } = (await credentials.find(expired.id))!;
      await credentials.update(credential, version);
      return { accessToken: 'a', accessTokenExpiresAt: Date.now() + HOUR, refreshToken: 'refresh-2' };
    };
    expect(await tokens.accessToken(expired.id)).toBe('a');
    expect(await credentials.find(expired.id)).toMatchObject({ accessToken: 'a', refreshToken: 'refresh-2' });
  });

  it('does not overwrite a newer consent with the refresh of an older one', async () => {
    await save(expired);
    endpoint.answer = async () => {
      await save(aCredential({ accessToken: 'reconnected', refreshToken: 'refresh-new', connectedAt: Date.now() + 1 }));
      return { accessToken: 'late', accessTokenExpiresAt: Date.now() + HOUR, refreshToken: 'refresh-2' };
    };
    expect(await tokens.accessToken(expired.id)).toBe('reconnected');
    expect(await credentials.find(expired.id)).toMatchObject({ refreshToken: 'refresh-new' });
  });

  it('revokes a refresh token that arrives for a deleted credential', async () => {
    await save(expired);
    endpoint.answer = async () => {
      await credentials.release(expired.id, 'everybody');
      return { accessToken: 'a', accessTokenExpiresAt: Date.now() + HOUR, refreshToken: 'refresh-2' };
    };
    await expect(tokens.accessToken(expired.id)).rejects.toThrow(ReconnectNeededError);
    expect(endpoint.revoked).toEqual(['refresh-2']);
  });

  it('waits for an unavailable store rather than lose a replaced refresh token', async () => {
    await save(expired);
    endpoint.answer = () =>
      Promise.resolve({ accessToken: 'a', accessTokenExpiresAt: Date.now() + HOUR, refreshToken: 'refresh-2' });
    const update = credentials.update.bind(credentials);
    let outages = 2;
    credentials.update = (credential, version) =>
      outages-- > 0 ? Promise.reject(new StoreUnavailableError()) : update(credential, version);
    expect(await tokens.accessToken(expired.id)).toBe('a');
    expect(await credentials.find(expired.id)).toMatchObject({ refreshToken: 'refresh-2' });
  });

  it.each([-2 * HOUR, 2 * HOUR])('does not refresh more often if the clock is wrong by %i ms', async (skew) => {
    await save(expired);
    const wrong = new GoogleAccessTokens(credentials, endpoint, { now: () => Date.now() + skew });
    for (let request = 0; request < 20; request++)
      for (const each of [wrong, tokens]) await each.accessToken(expired.id);
    expect(endpoint.calls.length).toBeLessThanOrEqual(2);
  });
});
