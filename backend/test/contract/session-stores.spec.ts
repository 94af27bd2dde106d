import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { RedisCipher } from '../../src/adapters/redis/redis-cipher.js';
import type { RedisClient, RedisConnections } from '../../src/adapters/redis/redis-connections.js';
import { RedisGrantStore } from '../../src/adapters/redis/redis-grant.store.js';
import { RedisSessionStore } from '../../src/adapters/redis/redis-session.store.js';
import { RedisSignInStore } from '../../src/adapters/redis/redis-sign-in.store.js';
import type { SignInStore } from '../../src/auth/auth.port.js';
import type { Grant, GrantStore } from '../../src/session/grant.port.js';
import type { Session, SessionPosition, SessionStore } from '../../src/session/session.port.js';
import { digest } from '../../src/session/token.js';
import { aGrant, aSession } from '../support/builders.js';
import { InMemoryGrantStore, InMemorySessionStore, InMemorySignInStore } from '../support/in-memory-stores.js';
import { connectRedis } from '../support/redis.js';
import { connectedTo, type RedisTopology, startCluster, until } from '../support/redis-servers.js';

/** What a port promises, asked of the fake that other tests use and of the real adapter alike. */
interface Stores {
  sessions: SessionStore;
  grants: GrantStore;
  signIns: SignInStore;
}

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
    grants: new RedisGrantStore(client, cipher),
    signIns: new RedisSignInStore(client, cipher),
  };
};

const suppliers: [string, () => Stores][] = [
  [
    'in memory',
    () => ({
      sessions: new InMemorySessionStore(clock),
      grants: new InMemoryGrantStore(clock),
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
    it('finds what was saved, and nothing else', async () => {
      const session = aSession({ grantId: randomUUID(), account: { sub: '1', email: 'ä@example.com', name: '李 🚚' } });
      await stores.sessions.save(session);
      expect(await stores.sessions.find(session.id)).toEqual(session);
      expect(await stores.sessions.find(digest('another'))).toBeUndefined();
    });

    it('drops an unused session, and keeps a used one as long as it is told', async () => {
      const [unused, used] = [1, 2].map(() => aSession({ grantId: randomUUID(), endsAt: Date.now() + 1_500 })) as [
        Session,
        Session,
      ];
      for (const each of [unused, used]) await stores.sessions.save(each);
      const usedAt = Date.now();
      const endsAt = usedAt + 10_000;
      await stores.sessions.touch(used, usedAt, endsAt);
      await until('the unused one is gone', async () => !(await stores.sessions.find(unused.id)));
      expect(await stores.sessions.find(used.id)).toEqual({ ...used, lastUsedAt: usedAt, endsAt });
    });

    it('ends a session at the end of its life, used or not', async () => {
      const session = aSession({ grantId: randomUUID(), expiresAt: Date.now() + 60 });
      await stores.sessions.save(session);
      await stores.sessions.touch(session, Date.now(), session.expiresAt);
      await until('it is gone', async () => !(await stores.sessions.find(session.id)));
      expect(await stores.sessions.list(session.grantId)).toEqual([]);
    });

    it('ends once: of many calls at once one is told so, and a touch brings nothing back', async () => {
      const session = aSession({ grantId: randomUUID() });
      await stores.sessions.save(session);
      const answers = await Promise.all([1, 2, 3, 4].map(() => stores.sessions.end(session)));
      expect(answers.filter(Boolean)).toHaveLength(1);
      await stores.sessions.touch(session, Date.now(), session.expiresAt);
      expect(await stores.sessions.find(session.id)).toBeUndefined();
    });

    /** A session whose token has been replaced so many times; all its records, the oldest first. */
    async function rotated(times: number, graceMs = 80): Promise<Session[]> {
      const first = aSession({ grantId: randomUUID() });
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
      expect(await stores.sessions.list(old.grantId)).toEqual([successor]);
    });

    it('knows for how long a replaced token is still good', async () => {
      const [old, successor] = (await rotated(1, 1_000)) as [Session, Session];
      const left = await stores.sessions.graceLeft(old);
      expect(left).toBeGreaterThan(0);
      expect(left).toBeLessThanOrEqual(1_000);
      expect(await stores.sessions.graceLeft(successor)).toBe(0);
      await until('the grace is over', async () => (await stores.sessions.graceLeft(old)) === 0);
      expect(await stores.sessions.find(old.id)).toBeDefined();
    });

    it('lets a touch neither revive a replaced token nor forget what took its place', async () => {
      const [old, successor] = (await rotated(1)) as [Session, Session];
      await stores.sessions.touch(old, Date.now(), Date.now() + 50);
      await delay(60);
      expect(await stores.sessions.find(old.id)).toMatchObject({ replacedBy: successor.id });
    });

    it('replaces once: of many at once one wins, and the others leave nothing behind', async () => {
      const session = aSession({ grantId: randomUUID() });
      await stores.sessions.save(session);
      const successors = [1, 2, 3, 4].map(() => successorOf(session));
      const answers = await Promise.all(successors.map((each) => stores.sessions.replace(session, each, 80)));
      expect(answers.filter(Boolean)).toHaveLength(1);
      const winner = successors[answers.indexOf(true)];
      expect(await stores.sessions.list(session.grantId)).toEqual([winner]);
      for (const each of successors)
        expect(await stores.sessions.find(each.id)).toEqual(each === winner ? winner : undefined);
    });

    it.each(['oldest', 'middle', 'present'])('ends a session under all its tokens by its %s one', async (which) => {
      const all = await rotated(4);
      const given = await stores.sessions.find(all[{ oldest: 0, middle: 2, present: 4 }[which]!]!.id);
      expect(await stores.sessions.end(given!)).toBe(true);
      for (const { id } of all) expect(await stores.sessions.find(id)).toBeUndefined();
      expect(await stores.sessions.list(given!.grantId)).toEqual([]);
      expect(await stores.sessions.end(given!)).toBe(false);
    });

    it('ends a session that is being replaced at the same moment', async () => {
      for (let round = 0; round < 20; round++) {
        const session = aSession({ grantId: randomUUID() });
        await stores.sessions.save(session);
        const successor = successorOf(session);
        await Promise.all([
          stores.sessions.replace(session, successor, 80),
          round % 2 === 0 ? stores.sessions.end(session) : delay(0).then(() => stores.sessions.end(session)),
        ]);
        expect(await stores.sessions.find(successor.id)).toBeUndefined();
        expect(await stores.sessions.list(session.grantId)).toEqual([]);
      }
    });

    it('lists the live sessions of one grant, newest first', async () => {
      const grantId = randomUUID();
      const now = Date.now();
      const older = aSession({ grantId, createdAt: now - 2_000 });
      const newer = aSession({ grantId, createdAt: now - 1_000, type: 'destination' });
      const others = aSession({ grantId: randomUUID(), createdAt: now });
      const ended = aSession({ grantId });
      for (const each of [older, others, newer, ended]) await stores.sessions.save(each);
      await stores.sessions.end(ended);
      expect(await stores.sessions.list(grantId)).toEqual([newer, older]);
      expect(await stores.sessions.list(randomUUID())).toEqual([]);
    });

    it('pages through those of everybody, those that end at the same moment among them, each once', async () => {
      const grantId = randomUUID();
      const end = Date.now() + 3_600_000;
      const ends = [end, end + 1, end + 2, end + 2, end + 2, end + 2, end + 3];
      const mine = ends.map((expiresAt) => aSession({ grantId, expiresAt }));
      for (const each of mine) await stores.sessions.save(each);
      await stores.sessions.end(mine[0]!);
      const seen: string[] = [];
      let from: SessionPosition | undefined;
      do {
        const page = await stores.sessions.page(from, 2);
        expect(page.sessions.length).toBeLessThanOrEqual(2);
        seen.push(...page.sessions.filter((each) => each.grantId === grantId).map(({ id }) => id));
        from = page.next;
      } while (from);
      expect(seen).toHaveLength(6);
      expect(new Set(seen)).toEqual(new Set(mine.slice(1).map(({ id }) => id)));
      expect([seen[0], seen.at(-1)]).toEqual([mine[6]!.id, mine[1]!.id]);
    });
  });

  describe('GrantStore', () => {
    const later = () => Date.now() + 60_000;
    const saved = async (parts: Partial<Grant> = {}) => {
      const grant = aGrant({ id: randomUUID(), ...parts });
      await stores.grants.save(grant);
      return grant;
    };

    it('finds what was saved', async () => {
      const grant = await saved();
      expect(await stores.grants.find(grant.id)).toMatchObject(grant);
      expect(await stores.grants.find(randomUUID())).toBeUndefined();
    });

    it('replaces a grant with a newer consent; claims stay', async () => {
      const { id } = await saved();
      await stores.grants.claim(id, 'transfer:1', later());
      await stores.grants.save(aGrant({ id, refreshToken: 'refresh-2' }));
      expect(await stores.grants.find(id)).toMatchObject({ refreshToken: 'refresh-2' });
      expect(await stores.grants.claimants(id)).toEqual(['transfer:1']);
    });

    it('stores a refreshed grant in place of the one that was refreshed, and of no other', async () => {
      const grant = await saved();
      const { version } = (await stores.grants.find(grant.id))!;
      const fresh = { ...grant, accessToken: 'access-2' };
      expect(await stores.grants.update(fresh, version)).toBe(true);
      expect(await stores.grants.update({ ...grant, accessToken: 'late' }, version)).toBe(false);
      expect(await stores.grants.find(grant.id)).toMatchObject(fresh);
      await stores.grants.claim(grant.id, 'session:1', later());
      const { version: last } = (await stores.grants.find(grant.id))!;
      await stores.grants.release(grant.id, 'session:1');
      expect(await stores.grants.update(fresh, last)).toBe(false);
      expect(await stores.grants.find(grant.id)).toBeUndefined();
    });

    it('gives the turn to refresh to one at a time', async () => {
      const id = randomUUID();
      const take = (holder: string) => stores.grants.takeRefresh(id, holder, 10_000, false);
      const turns = await Promise.all(['a', 'b', 'c'].map(take));
      expect(turns.filter((turn) => turn === 'mine')).toHaveLength(1);
      const holder = ['a', 'b', 'c'][turns.indexOf('mine')]!;
      await stores.grants.endRefresh(id, 'somebody else');
      expect(await take('d')).toBe('taken');
      await stores.grants.endRefresh(id, holder);
      expect(await take('d')).toBe('mine');
    });

    it('passes the turn on when its holder has died', async () => {
      const id = randomUUID();
      await stores.grants.takeRefresh(id, 'a', 60, false);
      await delay(100);
      expect(await stores.grants.takeRefresh(id, 'b', 10_000, true)).toBe('mine');
      await stores.grants.endRefresh(id, 'a', 'ended');
      expect(await stores.grants.takeRefresh(id, 'c', 10_000, true)).toBe('taken');
    });

    it('tells a failure to those who waited for it, and nobody else', async () => {
      const id = randomUUID();
      await stores.grants.takeRefresh(id, 'a', 10_000, false);
      await stores.grants.endRefresh(id, 'a', 'unavailable');
      expect(await stores.grants.takeRefresh(id, 'b', 10_000, true)).toEqual({ failed: 'unavailable' });
      expect(await stores.grants.takeRefresh(id, 'c', 10_000, false)).toBe('mine');
    });

    it('keeps a grant as long as anybody claims it, then hands it out to be withdrawn', async () => {
      const grant = await saved();
      expect(await stores.grants.claim(grant.id, 'session:1', later())).toBe(true);
      expect(await stores.grants.claim(grant.id, 'transfer:1', later())).toBe(true);
      expect(await stores.grants.release(grant.id, 'session:1')).toMatchObject({ state: 'claimed' });
      // A second time, and somebody who never claimed it.
      expect(await stores.grants.release(grant.id, 'session:1')).toMatchObject({ state: 'claimed' });
      expect(await stores.grants.release(grant.id, 'session:2')).toMatchObject({ state: 'claimed' });
      expect(await stores.grants.find(grant.id)).toMatchObject(grant);
      expect(await stores.grants.release(grant.id, 'transfer:1')).toEqual({ state: 'ending', grant });
      expect(await stores.grants.find(grant.id)).toBeUndefined();
      expect(await stores.grants.claim(grant.id, 'session:3', later())).toBe(false);
    });

    it('lets no claim of a session count that comes after the session has let go; a transfer may come back', async () => {
      const { id } = await saved();
      for (const each of ['session:1', 'session:2', 'transfer:1'] as const)
        await stores.grants.claim(id, each, later());
      await stores.grants.release(id, 'session:1');
      await stores.grants.release(id, 'transfer:1');
      expect(await stores.grants.claim(id, 'session:1', later())).toBe(false);
      expect(await stores.grants.claim(id, 'transfer:1', later())).toBe(true);
      expect((await stores.grants.claimants(id)).sort()).toEqual(['session:2', 'transfer:1']);
    });

    it('keeps what is ending until it is forgotten', async () => {
      const grant = await saved();
      await stores.grants.claim(grant.id, 'session:1', later());
      await stores.grants.release(grant.id, 'session:1');
      expect(await stores.grants.release(grant.id, undefined)).toEqual({ state: 'ending', grant });
      await stores.grants.postpone(grant.id, Date.now());
      expect(await stores.grants.due()).toContain(grant.id);
      await stores.grants.postpone(grant.id, later());
      expect(await stores.grants.due()).not.toContain(grant.id);
      await stores.grants.postpone(grant.id, Date.now());
      await stores.grants.forget(grant);
      expect(await stores.grants.due()).not.toContain(grant.id);
      expect(await stores.grants.release(grant.id, undefined)).toEqual({ state: 'dropped' });
    });

    it('hands what is ending to one, and to another only when the first has not forgotten it in time', async () => {
      const grant = await saved();
      await stores.grants.claim(grant.id, 'session:1', later());
      expect(await stores.grants.release(grant.id, 'session:1')).toMatchObject({ state: 'ending' });
      expect(await stores.grants.due()).not.toContain(grant.id);
      // The same claimant once more, and one that never claimed it.
      expect(await stores.grants.release(grant.id, 'session:1')).toEqual({ state: 'dropped' });
      expect(await stores.grants.release(grant.id, 'session:2')).toEqual({ state: 'dropped' });
      await stores.grants.postpone(grant.id, Date.now());
      expect(await stores.grants.release(grant.id, 'session:1')).toEqual({ state: 'dropped' });
      expect(await stores.grants.due()).toContain(grant.id);
      // A person asks for it, whoever is at it.
      expect(await stores.grants.release(grant.id, 'everybody')).toEqual({ state: 'ending', grant });
    });

    it('calls the withdrawal off when the person consents anew', async () => {
      const { id } = await saved();
      await stores.grants.release(id, 'everybody');
      const anew = await saved({ id, refreshToken: 'refresh-2' });
      await stores.grants.claim(id, 'session:2', later());
      expect(await stores.grants.release(id, undefined)).toMatchObject({ state: 'claimed' });
      await stores.grants.forget(aGrant({ id }));
      expect(await stores.grants.find(id)).toMatchObject(anew);
    });

    it('is due when the last claim is over, and not before', async () => {
      const { id } = await saved();
      await stores.grants.claim(id, 'session:1', later());
      // An earlier word that comes late.
      await stores.grants.claim(id, 'session:1', Date.now() + 60);
      await stores.grants.claim(id, 'transfer:1', Date.now() + 60);
      const other = await saved();
      await stores.grants.claim(other.id, 'session:1', Date.now() + 1_500);
      expect(await stores.grants.release(other.id, undefined)).toMatchObject({ state: 'claimed' });
      await until('the other one is due', async () => (await stores.grants.due()).includes(other.id));
      expect(await stores.grants.release(other.id, undefined)).toMatchObject({ state: 'ending' });
      await until('the claim of the transfer is over', async () => (await stores.grants.claimants(id)).length === 1);
      expect(await stores.grants.claimants(id)).toEqual(['session:1']);
      expect(await stores.grants.due()).not.toContain(id);
      expect(await stores.grants.release(id, undefined)).toMatchObject({ state: 'claimed' });
    });

    it('keeps a consent for a session to come, whatever else ends at that moment', async () => {
      const { id } = await saved();
      expect(await stores.grants.release(id, 'session:of-before')).toMatchObject({ state: 'claimed' });
      expect(await stores.grants.claimants(id)).toEqual([]);
      expect(await stores.grants.claim(id, 'session:1', later())).toBe(true);
      expect(await stores.grants.release(id, 'session:1')).toMatchObject({ state: 'ending' });
    });

    it('leaves a grant at Google when the last who said so wished it', async () => {
      const kept = await saved();
      await stores.grants.claim(kept.id, 'session:1', later());
      await stores.grants.claim(kept.id, 'transfer:1', later());
      await stores.grants.release(kept.id, 'session:1', true);
      expect(await stores.grants.release(kept.id, 'transfer:1')).toEqual({ state: 'dropped' });
      expect(await stores.grants.find(kept.id)).toBeUndefined();
      const withdrawn = await saved();
      for (const claimant of ['session:1', 'session:2'] as const)
        await stores.grants.claim(withdrawn.id, claimant, later());
      await stores.grants.release(withdrawn.id, 'session:1', true);
      expect(await stores.grants.release(withdrawn.id, 'session:2', false)).toMatchObject({ state: 'ending' });
    });

    it('leaves a lent grant at Google, also after a consent of one’s own, unless it is withdrawn from everybody', async () => {
      const { id } = await saved({ lent: true });
      await saved({ id });
      await stores.grants.claim(id, 'session:1', later());
      expect(await stores.grants.release(id, 'session:1', false)).toEqual({ state: 'dropped' });
      await saved({ id, lent: true });
      await stores.grants.claim(id, 'session:1', later());
      expect(await stores.grants.release(id, 'everybody')).toMatchObject({ state: 'ending' });
    });
  });

  describe('SignInStore', () => {
    const signIn = { type: 'source', verifier: 'v'.repeat(43), browser: digest('cookie') };

    it('hands a sign-in out once, however many ask at once', async () => {
      const state = digest(randomUUID());
      await stores.signIns.begin(state, signIn);
      const answers = await Promise.all([1, 2, 3].map(() => stores.signIns.take(state)));
      expect(answers.filter((answer) => answer === 'used')).toHaveLength(2);
      expect(answers).toContainEqual(signIn);
    });

    it('says whether a sign-in is under way, and spends nothing by it', async () => {
      const state = digest(randomUUID());
      expect(await stores.signIns.isUnderWay(state)).toBe(false);
      await stores.signIns.begin(state, signIn);
      for (let twice = 0; twice < 2; twice++) expect(await stores.signIns.isUnderWay(state)).toBe(true);
      expect(await stores.signIns.take(state)).toEqual(signIn);
      expect(await stores.signIns.isUnderWay(state)).toBe(false);
    });

    it('knows no other state', async () => {
      expect(await stores.signIns.take(digest(randomUUID()))).toBe('unknown');
    });
  });
});
