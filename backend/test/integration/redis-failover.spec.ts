import type { Response } from 'supertest';
import { type RedisTopology, startCluster, startSentinel } from '../support/redis-servers.js';
import { comeBack, connect, consent, PUBLIC_URL, type Stack, startStack } from '../support/stack.js';
import { ALICE, BOB, hasEnded, TransfersApi } from '../support/transfers-api.js';
import { until } from '../../../tools/until.ts';

// Real: the whole product on Redis servers that crash and are replaced, with the sandbox.

/** Records the responses while a master is being replaced. */
class Witness {
  /** Tokens that were issued. */
  readonly given: string[] = [];
  readonly statuses = new Set<number>();
  readonly strange: string[] = [];

  constructor(private readonly stack: Stack) {}

  /** Records a response: a success, 503 with Retry-After, or a redirect with the same error. */
  async see(request: PromiseLike<Response>): Promise<Response> {
    const answer = await request;
    this.statuses.add(answer.status);
    const { code } = answer.body as { code?: string };
    const good =
      answer.status < 400 || (answer.status === 503 && answer.headers['retry-after'] && code === 'service_unavailable');
    if (!good) this.strange.push(`${answer.status} ${JSON.stringify(answer.body)}`);
    return answer;
  }

  /** Signs in like a user. @returns whether there is a session in the end */
  async signIn(): Promise<boolean> {
    const leaving = await this.see(this.stack.api.get('/auth/source'));
    const page = new URL(leaving.headers['location'] ?? PUBLIC_URL);
    if (page.origin === PUBLIC_URL) return false;
    page.searchParams.set('sandbox_account', ALICE);
    page.searchParams.set('sandbox_consent', 'allow');
    const back = new URL((await fetch(page, { redirect: 'manual' })).headers.get('location') ?? '', page);
    const [cookie] = leaving.get('Set-Cookie') ?? [];
    const answer = await this.see(
      this.stack.api.get(back.pathname + back.search).set('Cookie', cookie?.split(';')[0] ?? ''),
    );
    if (answer.status === 503) return false;
    const parameters = Object.fromEntries(new URL(answer.headers['location'] ?? PUBLIC_URL).searchParams);
    if (parameters['token']) this.given.push(parameters['token']);
    else if (parameters['error'] !== 'service_unavailable') this.strange.push(JSON.stringify(parameters));
    return parameters['token'] !== undefined;
  }
}

/** Crashes a master, and lets a replica replace it after a request has failed: else a busy one may send none before. */
type Fail = (redis: RedisTopology, noticed: () => Promise<unknown>) => Promise<void>;

const NEVER_MS = 600_000;
/** Ten times this is how long a replica may have been without its master. */
const SOON_MS = 5_000;

describe.each<[string, () => Promise<RedisTopology>, Fail]>([
  [
    'whose master crashes, behind Sentinel',
    () => startSentinel(),
    async ({ servers: [master, , sentinel] }, noticed) => {
      const replaceAfter = (ms: number) =>
        sentinel!.client.call('SENTINEL', 'SET', 'mymaster', 'down-after-milliseconds', ms);
      await replaceAfter(NEVER_MS);
      await master!.kill();
      await noticed();
      await replaceAfter(SOON_MS);
    },
  ],
  [
    'whose masters hand over and crash, in a Cluster',
    () => startCluster({ replicas: true }),
    async ({ servers }, noticed) => {
      const [, second, , replicaOfFirst] = servers;
      await replicaOfFirst!.client.call('CLUSTER', 'FAILOVER');
      await until('the replica has taken over', async () =>
        (await replicaOfFirst!.client.info('replication')).includes('role:master'),
      );
      const others = servers.filter((server) => server !== second);
      const replaceAfter = (ms: number) =>
        Promise.all(others.map(({ client }) => client.config('SET', 'cluster-node-timeout', ms)));
      await replaceAfter(NEVER_MS);
      await second!.kill();
      await noticed();
      await replaceAfter(SOON_MS);
    },
  ],
])('A Redis %s', (_name, startRedis, fail) => {
  it('loses no session, causes 503 for a while, and the transfer completes without a restart', async () => {
    const redis = await startRedis();
    const stack = await startStack({ CLOUDMOVER_ROLE: 'all' }, redis);
    try {
      const api = await TransfersApi.connect(stack);
      const witness = new Witness(stack);
      await api.behave({ latencyMs: { 'files.copy': 150 } });
      const { id } = await api.start({ items: [(await api.aTree({ files: 60 })).folderId] });
      await api.until(id, ({ counts }) => counts.verified > 5);
      await until('a user can sign in', () => witness.signIn());
      const under = await consent(stack, 'source', ALICE);
      const rotated = await stack.api
        .post('/session/rotate')
        .set('X-Source-Token', await connect(stack, 'source', ALICE));
      witness.given.push((rotated.body as { token: string }).token);

      witness.statuses.clear();
      let isOver = false;
      const load = until(
        'the test is over',
        async () => {
          await witness.see(stack.api.get(`/api/transfers/${id}`).set(api.tokens));
          await witness.signIn();
          return isOver;
        },
        280_000,
      );
      await fail(redis, () => until('requests are refused', () => witness.statuses.has(503)));
      const look = async () => {
        const { status, body } = await witness.see(stack.api.get(`/api/transfers/${id}`).set(api.tokens));
        return status === 200 && hasEnded(body as { state: 'completed' });
      };
      await until('the transfer has ended', look);
      await until('people can sign in again', () => witness.signIn());
      isOver = true;
      await load;

      expect(witness.strange).toEqual([]);
      expect([...witness.statuses].sort()).toEqual([200, 302, 503]);
      // A sign-in that began before the failover, and sessions from before and during it.
      expect(await comeBack(stack, under)).toHaveProperty('token');
      expect(witness.given.length).toBeGreaterThan(2);
      for (const token of witness.given)
        await stack.api.get('/session/validate').set('X-Source-Token', token).expect(200);
      expect((await api.get(id)).state).toBe('completed');
      expect(await api.shape(BOB)).toEqual(await api.shape(ALICE));
    } finally {
      await stack.close();
      await redis.stop();
    }
  });
});
