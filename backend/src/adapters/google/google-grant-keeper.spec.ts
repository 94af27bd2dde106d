import { aGrant } from '../../../test/support/builders.js';
import { InMemoryGrantStore, type TestClock } from '../../../test/support/in-memory-stores.js';
import { GoogleGrantKeeper } from './google-grant-keeper.js';

const ID = 'grant-of-ana';
const HOUR = 3_600_000;

describe('GoogleGrantKeeper', () => {
  let clock: TestClock;
  let grants: InMemoryGrantStore;
  let keeper: GoogleGrantKeeper;
  let revoked: string[];
  let isGoogleThere: boolean;

  beforeEach(() => {
    clock = { now: Date.now() };
    grants = new InMemoryGrantStore(clock);
    revoked = [];
    isGoogleThere = true;
    keeper = new GoogleGrantKeeper(grants, {
      revoke: (token) => {
        revoked.push(token);
        return Promise.resolve(isGoogleThere);
      },
    });
  });

  it('withdraws by the refresh token, once the last claim is let go of', async () => {
    await grants.save(aGrant());
    await keeper.claim(ID, 'session:1', clock.now + HOUR);
    await keeper.claim(ID, 'transfer:1', clock.now + HOUR);
    await keeper.release(ID, 'session:1');
    expect(revoked).toEqual([]);
    await keeper.release(ID, 'transfer:1');
    expect(revoked).toEqual(['refresh-1']);
    await keeper.sweep();
    expect(revoked).toHaveLength(1);
  });

  it('withdraws what nobody let go of, when its time is over', async () => {
    await grants.save(aGrant());
    await keeper.claim(ID, 'session:1', clock.now + HOUR);
    await keeper.sweep();
    expect(revoked).toEqual([]);
    clock.now += HOUR;
    await keeper.sweep();
    expect(revoked).toEqual(['refresh-1']);
    expect(await grants.find(ID)).toBeUndefined();
  });

  it('tries again a minute later where Google does not answer', async () => {
    await grants.save(aGrant());
    isGoogleThere = false;
    expect(await keeper.withdraw(ID)).toEqual({ isConfirmed: false, claimants: [] });
    expect(await grants.find(ID)).toBeUndefined();
    isGoogleThere = true;
    await keeper.sweep();
    expect(revoked).toHaveLength(1);
    // The store is asked for what is due by its clock, and told by this process's.
    clock.now = Date.now() + 61_000;
    await keeper.sweep();
    expect(revoked).toEqual(['refresh-1', 'refresh-1']);
  });

  it('withdraws from everybody, and tells from whom', async () => {
    await grants.save(aGrant());
    await keeper.claim(ID, 'session:1', clock.now + HOUR);
    await keeper.claim(ID, 'transfer:1', clock.now + HOUR);
    expect(await keeper.withdraw(ID)).toEqual({ isConfirmed: true, claimants: ['session:1', 'transfer:1'] });
    expect(revoked).toEqual(['refresh-1']);
    expect(await keeper.claim(ID, 'transfer:1', clock.now + HOUR)).toBe(false);
  });

  it('has nothing to withdraw of a service account', async () => {
    const { refreshToken: _, ...grant } = aGrant();
    await grants.save({ ...grant, serviceAccount: { email: 'robot', privateKey: 'pem', subject: 'ana' } });
    await keeper.claim(ID, 'session:1', clock.now + HOUR);
    await keeper.release(ID, 'session:1');
    expect(revoked).toEqual([]);
    expect(await grants.find(ID)).toBeUndefined();
  });
});
