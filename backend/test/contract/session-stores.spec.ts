import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { RedisCipher } from '../../src/adapters/redis/redis-cipher.js';
import type { RedisClient, RedisConnections } from '../../src/adapters/redis/redis-connections.js';
import { RedisCredentialStore } from '../../src/adapters/redis/redis-credential.store.js';
import { RedisSessionStore } from '../../src/adapters/redis/redis-session.store.js';
import { RedisSignInStore } from '../../src/adapters/redis/redis-sign-in.store.js';
import type { SignInStore } from '../../src/auth/auth.port.js';
import type { Credential, CredentialStore } from '../../src/session/credentials.port.js';
import type { Session, SessionPosition, SessionStore } from '../../src/session/session.port.js';
import { digest } from '../../src/session/token.js';
import { aCredential, aSession } from '../support/builders.js';
import { InMemoryCredentialStore, InMemorySessionStore, InMemorySignInStore } from '../support/in-memory-stores.js';
import { connectRedis } from '../support/redis.js';
import { connectedTo, type RedisTopology, startCluster } from '../support/redis-servers.js';
import { until } from '../../../tools/until.ts';

/** The stores under test: the in-memory fakes, or the real adapters. */
interface Stores {
  sessions: SessionStore;
  credentials: CredentialStore;
  signIns: SignInStore;
}

const nextTurn = () => new Promise(setImmediate);
const clock = {
  get now() {
    return Date.now();
  },
};
let redis: Redis;
let cluster: RedisTopology;
let connections: RedisConnections;

const onRedis = (client: RedisClient): Stores => {
  const cipher = new RedisCipher([{ id: 'test', key: Buffer.alloc(32, 3) }]);
  return {
    sessions: new RedisSessionStore(client, cipher),
    credentials: new RedisCredentialStore(client, cipher),
    signIns: new RedisSignInStore(client, cipher),
  };
};

const suppliers: [string, () => Stores][] = [
  [
    'in memory',
    () => ({
      sessions: new InMemorySessionStore(clock),
      credentials: new InMemoryCredentialStore(clock),
      signIns: new InMemorySignInStore(clock),
    }),
  ],
  ['Redis', () => onRedis(redis)],
  ['Redis Cluster', () => onRedis(connections.client)],
];

beforeAll(async () => {
  redis = await connectRedis();
  cluster = await startCluster();
  connections = await connectedTo(cluster.env);
});
afterAll(async () => {
  redis.disconnect();
  connections.close();
  await cluster.stop();
});

describe.each(suppliers)('stores %s', (_name, supply) => {
  let stores: Stores;
  beforeEach(() => {
    stores = supply();
  });

  describe('SessionStore', () => {
    it('finds saved sessions, and nothing else', async () => {
      const session = aSession({
        credentialId: randomUUID(),
        account: { sub: '1', email: 'ä@example.com', name: '李 🚚' },
      });
      await stores.sessions.save(session);
      expect(await stores.sessions.find(session.id)).toEqual(session);
      expect(await stores.sessions.find(digest('another'))).toBeUndefined();
    });

    it('deletes an unused session, and keeps a used one until its given end', async () => {
      const [unused, used] = [1, 2].map(() => aSession({ credentialId: randomUUID(), endsAt: Date.now() + 4_000 })) as [
        Session,
        Session,
      ];
      for (const each of [unused, used]) await stores.sessions.save(each);
      const usedAt = Date.now();
      const endsAt = usedAt + 60_000;
      await stores.sessions.touch(used, usedAt, endsAt);
      await until('the unused one is gone', async () => !(await stores.sessions.find(unused.id)));
      expect(await stores.sessions.find(used.id)).toEqual({ ...used, lastUsedAt: usedAt, endsAt });
    });

    it('ends a session at its maximum age, used or not', async () => {
      const session = aSession({ credentialId: randomUUID(), expiresAt: Date.now() + 60 });
      await stores.sessions.save(session);
      await stores.sessions.touch(session, Date.now(), session.expiresAt);
      await until('it is gone', async () => !(await stores.sessions.find(session.id)));
      expect(await stores.sessions.list(session.credentialId)).toEqual([]);
    });

    it('ends once: only one of many simultaneous calls succeeds, and a touch does not restore it', async () => {
      const session = aSession({ credentialId: randomUUID() });
      await stores.sessions.save(session);
      const answers = await Promise.all([1, 2, 3, 4].map(() => stores.sessions.end(session)));
      expect(answers.filter(Boolean)).toHaveLength(1);
      await stores.sessions.touch(session, Date.now(), session.expiresAt);
      expect(await stores.sessions.find(session.id)).toBeUndefined();
    });

    /** A session whose token was replaced some times. @returns all its records, the oldest first */
    async function rotated(times: number, graceMs = 80): Promise<Session[]> {
      const first = aSession({ credentialId: randomUUID() });
      await stores.sessions.save(first);
      const all = [first];
      for (let i = 0; i < times; i++) {
        const successor = successorOf(all.at(-1)!);
        expect(await stores.sessions.replace(all.at(-1)!, successor, graceMs)).toBe(true);
        all.push(successor);
      }
      return all;
    }
    const successorOf = (session: Session): Session => ({
      ...session,
      id: digest(randomUUID()),
      replaces: session.id,
      expiresAt: session.expiresAt + 1_000,
      endsAt: session.endsAt + 1_000,
    });

    it('replaces a token: both are found, and only the new one is listed', async () => {
      const [old, successor] = (await rotated(1)) as [Session, Session];
      const found = await stores.sessions.find(old.id);
      expect(found).toMatchObject({ handle: old.handle, replacedBy: successor.id });
      expect(await stores.sessions.list(old.credentialId)).toEqual([successor]);
    });

    it('returns how long a replaced token remains valid', async () => {
      const [old, successor] = (await rotated(1, 60_000)) as [Session, Session];
      const left = await stores.sessions.graceLeft(old);
      expect(left).toBeGreaterThan(0);
      expect(left).toBeLessThanOrEqual(60_000);
      expect(await stores.sessions.graceLeft(successor)).toBe(0);
      const [short] = (await rotated(1, 60)) as [Session];
      await until('the grace is over', async () => (await stores.sessions.graceLeft(short)) === 0);
      expect(await stores.sessions.find(short.id)).toBeDefined();
    });

    it('neither restores a replaced token by a touch nor loses its successor', async () => {
      const [old, successor] = (await rotated(1)) as [Session, Session];
      const end = Date.now() + 50;
      await stores.sessions.touch(old, Date.now(), end);
      const other = aSession({ credentialId: randomUUID(), endsAt: end });
      await stores.sessions.save(other);
      await until('another session has ended', async () => !(await stores.sessions.find(other.id)));
      expect(await stores.sessions.find(old.id)).toMatchObject({ replacedBy: successor.id });
    });

    it('lets one of many simultaneous replacements win, and the others leave nothing behind', async () => {
      const session = aSession({ credentialId: randomUUID() });
      await stores.sessions.save(session);
      const successors = [1, 2, 3, 4].map(() => successorOf(session));
      const answers = await Promise.all(successors.map((each) => stores.sessions.replace(session, each, 80)));
      expect(answers.filter(Boolean)).toHaveLength(1);
      const winner = successors[answers.indexOf(true)];
      expect(await stores.sessions.list(session.credentialId)).toEqual([winner]);
      for (const each of successors)
        expect(await stores.sessions.find(each.id)).toEqual(each === winner ? winner : undefined);
    });

    it.each(['oldest', 'middle', 'present'])('ends a session under all its tokens by its %s one', async (which) => {
      const all = await rotated(4);
      const given = await stores.sessions.find(all[{ oldest: 0, middle: 2, present: 4 }[which]!]!.id);
      expect(await stores.sessions.end(given!)).toBe(true);
      for (const { id } of all) expect(await stores.sessions.find(id)).toBeUndefined();
      expect(await stores.sessions.list(given!.credentialId)).toEqual([]);
      expect(await stores.sessions.end(given!)).toBe(false);
    });

    it('ends a session that is being replaced at the same moment', async () => {
      for (let round = 0; round < 20; round++) {
        const session = aSession({ credentialId: randomUUID() });
        await stores.sessions.save(session);
        const successor = successorOf(session);
        await Promise.all([
          stores.sessions.replace(session, successor, 80),
          round % 2 === 0 ? stores.sessions.end(session) : nextTurn().then(() => stores.sessions.end(session)),
        ]);
        expect(await stores.sessions.find(successor.id)).toBeUndefined();
        expect(await stores.sessions.list(session.credentialId)).toEqual([]);
      }
    });

    it('lists the live sessions of one credential, newest first', async () => {
      const credentialId = randomUUID();
      const now = Date.now();
      const older = aSession({ credentialId, createdAt: now - 2_000 });
      const newer = aSession({ credentialId, createdAt: now - 1_000, type: 'destination' });
      const others = aSession({ credentialId: randomUUID(), createdAt: now });
      const ended = aSession({ credentialId });
      for (const each of [older, others, newer, ended]) await stores.sessions.save(each);
      await stores.sessions.end(ended);
      expect(await stores.sessions.list(credentialId)).toEqual([newer, older]);
      expect(await stores.sessions.list(randomUUID())).toEqual([]);
    });

    it('pages through all sessions, each once, even if several end at the same moment', async () => {
      const credentialId = randomUUID();
      const end = Date.now() + 3_600_000;
      const ends = [end, end + 1, end + 2, end + 2, end + 2, end + 2, end + 3];
      const mine = ends.map((expiresAt) => aSession({ credentialId, expiresAt }));
      for (const each of mine) await stores.sessions.save(each);
      await stores.sessions.end(mine[0]!);
      const seen: string[] = [];
      let from: SessionPosition | undefined;
      do {
        const page = await stores.sessions.page(from, 2);
        expect(page.sessions.length).toBeLessThanOrEqual(2);
        seen.push(...page.sessions.filter((each) => each.credentialId === credentialId).map(({ id }) => id));
        from = page.next;
      } while (from);
      expect(seen).toHaveLength(6);
      expect(new Set(seen)).toEqual(new Set(mine.slice(1).map(({ id }) => id)));
      expect([seen[0], seen.at(-1)]).toEqual([mine[6]!.id, mine[1]!.id]);
    });
  });

  describe('CredentialStore', () => {
    const later = () => Date.now() + 60_000;
    const saved = async (parts: Partial<Credential> = {}) => {
      const credential = aCredential({ id: randomUUID(), ...parts });
      await stores.credentials.save(credential);
      return credential;
    };

    it('finds a saved credential', async () => {
      const credential = await saved();
      expect(await stores.credentials.find(credential.id)).toMatchObject(credential);
      expect(await stores.credentials.find(randomUUID())).toBeUndefined();
    });

    it('replaces a credential with a newer consent; claims stay', async () => {
      const { id } = await saved();
      await stores.credentials.claim(id, 'transfer:1', later());
      await stores.credentials.save(aCredential({ id, refreshToken: 'refresh-2' }));
      expect(await stores.credentials.find(id)).toMatchObject({ refreshToken: 'refresh-2' });
      expect(await stores.credentials.claimants(id)).toEqual(['transfer:1']);
    });

    it('stores a refreshed credential only in place of the one that was refreshed', async () => {
      const credential = await saved();
      const { version } = (await stores.credentials.find(credential.id))!;
      const fresh = { ...credential, accessToken: 'access-2' };
      expect(await stores.credentials.update(fresh, version)).toBe(true);
      expect(await stores.credentials.update({ ...credential, accessToken: 'late' }, version)).toBe(false);
      expect(await stores.credentials.find(credential.id)).toMatchObject(fresh);
      await stores.credentials.claim(credential.id, 'session:1', later());
      const { version: last } = (await stores.credentials.find(credential.id))!;
      await stores.credentials.release(credential.id, 'session:1');
      expect(await stores.credentials.update(fresh, last)).toBe(false);
      expect(await stores.credentials.find(credential.id)).toBeUndefined();
    });

    it('gives the turn to refresh to one caller at a time', async () => {
      const id = randomUUID();
      const take = (holder: string) => stores.credentials.takeRefresh(id, holder, 60_000, false);
      const turns = await Promise.all(['a', 'b', 'c'].map(take));
      expect(turns.filter((turn) => turn === 'mine')).toHaveLength(1);
      const holder = ['a', 'b', 'c'][turns.indexOf('mine')]!;
      await stores.credentials.endRefresh(id, 'somebody else');
      expect(await take('d')).toBe('taken');
      await stores.credentials.endRefresh(id, holder);
      expect(await take('d')).toBe('mine');
    });

    it('passes the turn on when its holder has died', async () => {
      const id = randomUUID();
      await stores.credentials.takeRefresh(id, 'a', 60, false);
      const take = () => stores.credentials.takeRefresh(id, 'b', 60_000, true);
      await until('the turn has passed on', async () => (await take()) === 'mine');
      await stores.credentials.endRefresh(id, 'a', 'ended');
      expect(await stores.credentials.takeRefresh(id, 'c', 60_000, true)).toBe('taken');
    });

    it('passes a failure to the callers that waited, and to no others', async () => {
      const id = randomUUID();
      // It is kept for a second, which on a busy machine may be over before a caller that waited asks.
      const turn = await until('a caller asks in time', async () => {
        await stores.credentials.takeRefresh(id, 'a', 60_000, false);
        await stores.credentials.endRefresh(id, 'a', 'unavailable');
        const taken = await stores.credentials.takeRefresh(id, 'b', 60_000, true);
        await stores.credentials.endRefresh(id, 'b');
        return taken !== 'mine' && taken;
      });
      expect(turn).toEqual({ failed: 'unavailable' });
      expect(await stores.credentials.takeRefresh(id, 'c', 60_000, false)).toBe('mine');
    });

    it('keeps a credential while it is claimed, then returns it to be revoked', async () => {
      const credential = await saved();
      expect(await stores.credentials.claim(credential.id, 'session:1', later())).toBe(true);
      expect(await stores.credentials.claim(credential.id, 'transfer:1', later())).toBe(true);
      expect(await stores.credentials.release(credential.id, 'session:1')).toMatchObject({ state: 'claimed' });
      // A repeated release, and one by another claimant.
      expect(await stores.credentials.release(credential.id, 'session:1')).toMatchObject({ state: 'claimed' });
      expect(await stores.credentials.release(credential.id, 'session:2')).toMatchObject({ state: 'claimed' });
      expect(await stores.credentials.find(credential.id)).toMatchObject(credential);
      expect(await stores.credentials.release(credential.id, 'transfer:1')).toEqual({ state: 'ending', credential });
      expect(await stores.credentials.find(credential.id)).toBeUndefined();
      expect(await stores.credentials.claim(credential.id, 'session:3', later())).toBe(false);
    });

    it('ignores a session’s claim after its release; a transfer may claim again', async () => {
      const { id } = await saved();
      for (const each of ['session:1', 'session:2', 'transfer:1'] as const)
        await stores.credentials.claim(id, each, later());
      await stores.credentials.release(id, 'session:1');
      await stores.credentials.release(id, 'transfer:1');
      expect(await stores.credentials.claim(id, 'session:1', later())).toBe(false);
      expect(await stores.credentials.claim(id, 'transfer:1', later())).toBe(true);
      expect((await stores.credentials.claimants(id)).sort()).toEqual(['session:2', 'transfer:1']);
    });

    it('keeps a credential being revoked until it is deleted', async () => {
      const credential = await saved();
      await stores.credentials.claim(credential.id, 'session:1', later());
      await stores.credentials.release(credential.id, 'session:1');
      expect(await stores.credentials.release(credential.id, undefined)).toEqual({ state: 'ending', credential });
      await stores.credentials.postpone(credential.id, Date.now());
      expect(await stores.credentials.due()).toContain(credential.id);
      await stores.credentials.postpone(credential.id, later());
      expect(await stores.credentials.due()).not.toContain(credential.id);
      await stores.credentials.postpone(credential.id, Date.now());
      await stores.credentials.forget(credential);
      expect(await stores.credentials.due()).not.toContain(credential.id);
      expect(await stores.credentials.release(credential.id, undefined)).toEqual({ state: 'dropped' });
    });

    it('gives a credential being revoked to one caller, and to another only if the first does not finish in time', async () => {
      const credential = await saved();
      await stores.credentials.claim(credential.id, 'session:1', later());
      expect(await stores.credentials.release(credential.id, 'session:1')).toMatchObject({ state: 'ending' });
      expect(await stores.credentials.due()).not.toContain(credential.id);
      // A repeated release, and one by another claimant.
      expect(await stores.credentials.release(credential.id, 'session:1')).toEqual({ state: 'dropped' });
      expect(await stores.credentials.release(credential.id, 'session:2')).toEqual({ state: 'dropped' });
      await stores.credentials.postpone(credential.id, Date.now());
      expect(await stores.credentials.release(credential.id, 'session:1')).toEqual({ state: 'dropped' });
      expect(await stores.credentials.due()).toContain(credential.id);
      // A user requests it while another process works on it.
      expect(await stores.credentials.release(credential.id, 'everybody')).toEqual({ state: 'ending', credential });
    });

    it('cancels the revocation when the user consents again', async () => {
      const { id } = await saved();
      await stores.credentials.release(id, 'everybody');
      const renewed = await saved({ id, refreshToken: 'refresh-2' });
      await stores.credentials.claim(id, 'session:2', later());
      expect(await stores.credentials.release(id, undefined)).toMatchObject({ state: 'claimed' });
      await stores.credentials.forget(aCredential({ id }));
      expect(await stores.credentials.find(id)).toMatchObject(renewed);
    });

    it('is due when the last claim has ended, and not before', async () => {
      const { id } = await saved();
      await stores.credentials.claim(id, 'session:1', later());
      // A late call with an earlier time.
      await stores.credentials.claim(id, 'session:1', Date.now() + 60);
      await stores.credentials.claim(id, 'transfer:1', Date.now() + 60);
      const other = await saved();
      await stores.credentials.claim(other.id, 'session:1', Date.now() + 4_000);
      expect(await stores.credentials.release(other.id, undefined)).toMatchObject({ state: 'claimed' });
      await until('the other one is due', async () => (await stores.credentials.due()).includes(other.id));
      expect(await stores.credentials.release(other.id, undefined)).toMatchObject({ state: 'ending' });
      await until(
        'the claim of the transfer is over',
        async () => (await stores.credentials.claimants(id)).length === 1,
      );
      expect(await stores.credentials.claimants(id)).toEqual(['session:1']);
      expect(await stores.credentials.due()).not.toContain(id);
      expect(await stores.credentials.release(id, undefined)).toMatchObject({ state: 'claimed' });
    });

    it('keeps a consent for a session being opened, whatever else ends at that moment', async () => {
      const { id } = await saved();
      expect(await stores.credentials.release(id, 'session:of-before')).toMatchObject({ state: 'claimed' });
      expect(await stores.credentials.claimants(id)).toEqual([]);
      expect(await stores.credentials.claim(id, 'session:1', later())).toBe(true);
      expect(await stores.credentials.release(id, 'session:1')).toMatchObject({ state: 'ending' });
    });

    it('leaves a credential at Google if the last release asked for that', async () => {
      const kept = await saved();
      await stores.credentials.claim(kept.id, 'session:1', later());
      await stores.credentials.claim(kept.id, 'transfer:1', later());
      await stores.credentials.release(kept.id, 'session:1', true);
      expect(await stores.credentials.release(kept.id, 'transfer:1')).toEqual({ state: 'dropped' });
      expect(await stores.credentials.find(kept.id)).toBeUndefined();
      const withdrawn = await saved();
      for (const claimant of ['session:1', 'session:2'] as const)
        await stores.credentials.claim(withdrawn.id, claimant, later());
      await stores.credentials.release(withdrawn.id, 'session:1', true);
      expect(await stores.credentials.release(withdrawn.id, 'session:2', false)).toMatchObject({ state: 'ending' });
    });

    it('leaves a supplied credential at Google, also after the account’s own consent, unless access is withdrawn', async () => {
      const { id } = await saved({ lent: true });
      await saved({ id });
      await stores.credentials.claim(id, 'session:1', later());
      expect(await stores.credentials.release(id, 'session:1', false)).toEqual({ state: 'dropped' });
      await saved({ id, lent: true });
      await stores.credentials.claim(id, 'session:1', later());
      expect(await stores.credentials.release(id, 'everybody')).toMatchObject({ state: 'ending' });
    });
  });

  describe('SignInStore', () => {
    const signIn = { type: 'source', verifier: 'v'.repeat(43), browser: digest('cookie') };

    it('returns a sign-in once, however many simultaneous callers', async () => {
      const state = digest(randomUUID());
      await stores.signIns.begin(state, signIn);
      const answers = await Promise.all([1, 2, 3].map(() => stores.signIns.take(state)));
      expect(answers.filter((answer) => answer === 'used')).toHaveLength(2);
      expect(answers).toContainEqual(signIn);
    });

    it('reports whether a sign-in is in progress without consuming it', async () => {
      const state = digest(randomUUID());
      expect(await stores.signIns.isUnderWay(state)).toBe(false);
      await stores.signIns.begin(state, signIn);
      for (let twice = 0; twice < 2; twice++) expect(await stores.signIns.isUnderWay(state)).toBe(true);
      expect(await stores.signIns.take(state)).toEqual(signIn);
      expect(await stores.signIns.isUnderWay(state)).toBe(false);
    });

    it('finds no other state', async () => {
      expect(await stores.signIns.take(digest(randomUUID()))).toBe('unknown');
    });
  });
});
