import { aGrant, aSession } from '../../test/support/builders.js';
import { InMemoryGrantStore, InMemorySessionStore, type TestClock } from '../../test/support/in-memory-stores.js';
import { GoogleGrantKeeper } from '../adapters/google/google-grant-keeper.js';
import type { Config } from '../config/config.js';
import { SessionExpiredError } from './errors.js';
import { SessionService } from './session.service.js';
import { digest } from './token.js';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

describe('SessionService', () => {
  let clock: TestClock;
  let sessions: InMemorySessionStore;
  let grants: InMemoryGrantStore;
  let service: SessionService;
  let revoked: string[];

  beforeEach(() => {
    clock = { now: Date.now() };
    sessions = new InMemorySessionStore(clock);
    grants = new InMemoryGrantStore(clock);
    revoked = [];
    const keeper = new GoogleGrantKeeper(grants, {
      revoke: (token) => Promise.resolve(revoked.push(token) > 0),
    });
    const session = { ttlSeconds: DAY_MS / 1000, urlTokenTtlSeconds: HOUR_MS / 1000 };
    service = new SessionService(sessions, keeper, { session } as Config);
  });

  const open = () => {
    const { type, account, grantId, scopes } = aSession();
    return service.open({ type, account, grantId, scopes });
  };

  it('opens a session under the digest of its token, for as long as a token from an address may live', async () => {
    const { token, session } = await open();
    expect(session.id).toBe(digest(token));
    expect(session.expiresAt - session.createdAt).toBe(HOUR_MS);
    expect(JSON.stringify(await sessions.list())).not.toContain(token);
  });

  it('rotates to a token of the whole life, counted from the sign-in, and keeps the grant as long', async () => {
    await grants.save(aGrant());
    const { session } = await open();
    const rotated = await service.rotate(session);
    expect(rotated.session.expiresAt).toBe(session.createdAt + DAY_MS);
    expect(await sessions.find(session.id)).toBeUndefined();
    clock.now += DAY_MS - 60_000;
    expect(await sessions.find(digest(rotated.token))).toBeDefined();
    expect(await grants.due()).toEqual([]);
    clock.now += 3 * 60_000;
    expect(await grants.due()).toEqual(['grant-of-ana']);
  });

  it('lets one of several rotations at once win: a stolen token makes no second session', async () => {
    const { session } = await open();
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => service.rotate(session)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(SessionExpiredError);
    }
    expect(await sessions.list()).toHaveLength(1);
  });

  it('ends a session once', async () => {
    const { session } = await open();
    await service.end(session);
    await expect(service.end(session)).rejects.toBeInstanceOf(SessionExpiredError);
  });

  it('withdraws the grant with the last session of the account, unless it is to stay', async () => {
    await grants.save(aGrant());
    const [one, other] = [await open(), await open()];
    const rotated = await service.rotate(one.session);
    await service.end(other.session);
    expect(revoked).toEqual([]);
    await service.end(rotated.session);
    expect(revoked).toEqual(['refresh-1']);
    await grants.save(aGrant());
    const { session } = await open();
    await service.end(session, true);
    expect(await grants.find('grant-of-ana')).toBeUndefined();
    expect(revoked).toHaveLength(1);
  });

  it('lists the sessions of the caller’s account, or of everybody', async () => {
    const { session } = await open();
    const other = aSession({ grantId: 'grant-of-bob' });
    await sessions.save(other, other.expiresAt);
    expect(await service.active(session)).toEqual([session]);
    expect(await service.active(undefined)).toHaveLength(2);
  });
});
