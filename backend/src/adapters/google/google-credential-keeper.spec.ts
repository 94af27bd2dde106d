import { aCredential } from '../../../test/support/builders.js';
import { InMemoryCredentialStore, type TestClock } from '../../../test/support/in-memory-stores.js';
import { GoogleCredentialKeeper } from './google-credential-keeper.js';

const ID = 'credential-of-ana';
const HOUR = 3_600_000;

describe('GoogleCredentialKeeper', () => {
  let clock: TestClock;
  let credentials: InMemoryCredentialStore;
  let keeper: GoogleCredentialKeeper;
  let revoked: string[];
  let isGoogleThere: boolean;

  beforeEach(() => {
    clock = { now: Date.now() };
    credentials = new InMemoryCredentialStore(clock);
    revoked = [];
    isGoogleThere = true;
    keeper = new GoogleCredentialKeeper(credentials, {
      revoke: (token) => {
        revoked.push(token);
        return Promise.resolve(isGoogleThere);
      },
    });
  });

  it('revokes the refresh token once the last claim is released', async () => {
    await credentials.save(aCredential());
    await keeper.claim(ID, 'session:1', clock.now + HOUR);
    await keeper.claim(ID, 'transfer:1', clock.now + HOUR);
    await keeper.release(ID, 'session:1');
    expect(revoked).toEqual([]);
    await keeper.release(ID, 'transfer:1');
    expect(revoked).toEqual(['refresh-1']);
    await keeper.sweep();
    expect(revoked).toHaveLength(1);
  });

  it('revokes a credential whose claims have expired', async () => {
    await credentials.save(aCredential());
    await keeper.claim(ID, 'session:1', clock.now + HOUR);
    await keeper.sweep();
    expect(revoked).toEqual([]);
    clock.now += HOUR;
    await keeper.sweep();
    expect(revoked).toEqual(['refresh-1']);
    expect(await credentials.find(ID)).toBeUndefined();
  });

  it('does not report as withdrawn what this process cannot decrypt', async () => {
    credentials.release = () => Promise.resolve({ state: 'unreadable' });
    expect(await keeper.withdraw(ID)).toEqual({ isConfirmed: false, claimants: [] });
    expect(revoked).toEqual([]);
  });

  it('retries a minute later when Google does not respond', async () => {
    await credentials.save(aCredential());
    isGoogleThere = false;
    expect(await keeper.withdraw(ID)).toEqual({ isConfirmed: false, claimants: [] });
    expect(await credentials.find(ID)).toBeUndefined();
    isGoogleThere = true;
    await keeper.sweep();
    expect(revoked).toHaveLength(1);
    // The store finds due credentials by its own clock, but gets times of this process's clock.
    clock.now = Date.now() + 61_000;
    await keeper.sweep();
    expect(revoked).toEqual(['refresh-1', 'refresh-1']);
  });

  it('revokes a credential for all claimants, and returns them', async () => {
    await credentials.save(aCredential());
    await keeper.claim(ID, 'session:1', clock.now + HOUR);
    await keeper.claim(ID, 'transfer:1', clock.now + HOUR);
    expect(await keeper.withdraw(ID)).toEqual({ isConfirmed: true, claimants: ['session:1', 'transfer:1'] });
    expect(revoked).toEqual(['refresh-1']);
    expect(await keeper.claim(ID, 'transfer:1', clock.now + HOUR)).toBe(false);
  });

  it('does not revoke anything for a service account', async () => {
    const { refreshToken: _, ...credential } = aCredential();
    await credentials.save({ ...credential, serviceAccount: { email: 'robot', privateKey: 'pem', subject: 'ana' } });
    await keeper.claim(ID, 'session:1', clock.now + HOUR);
    await keeper.release(ID, 'session:1');
    expect(revoked).toEqual([]);
    expect(await credentials.find(ID)).toBeUndefined();
  });
});
