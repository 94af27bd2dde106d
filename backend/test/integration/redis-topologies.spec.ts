import { connect, startStack, type Stack } from '../support/stack.js';
import { type RedisTopology, startCluster, startSentinel, until } from '../support/redis-servers.js';

// Real: the whole product on Redis servers of this spec's own, and the sandbox for Google.

const ALICE = 'alice@example.com';
const BOB = 'bob@example.com';

interface Entry {
  path: string;
  mimeType: string;
  md5?: string;
}
interface Transfer {
  id: string;
  state: string;
  counts: { found: number; verified: number };
}

/** Path, type and checksum of all an account has, sorted. */
async function contents(stack: Stack, account: string): Promise<string[]> {
  const lines = (await stack.control<string>('GET', `tree?account=${account}`)).trim().split('\n');
  return lines
    .map((line) => JSON.parse(line) as Entry)
    .map(({ path, mimeType, md5 }) => `${path} ${mimeType} ${md5 ?? ''}`)
    .sort();
}

async function tokensOf(stack: Stack): Promise<Record<string, string>> {
  return {
    'X-Source-Token': await connect(stack, 'source', ALICE),
    'X-Destination-Token': await connect(stack, 'destination', BOB),
  };
}

async function startTransfer(stack: Stack, tokens: Record<string, string>, files: number): Promise<string> {
  const tree = { account: ALICE, folders: 3, files, bytes: files * 1_000, seed: 7 };
  const { folderId } = await stack.control<{ folderId: string }>('POST', 'trees', tree);
  const { body } = await stack.api
    .post('/api/transfers')
    .set(tokens)
    .send({ items: [folderId] })
    .expect(202);
  return (body as Transfer).id;
}

describe.each<[string, () => Promise<RedisTopology>]>([
  ['a Cluster of three masters', startCluster],
  ['a master found through Sentinel', startSentinel],
])('The product on %s', (_name, startRedis) => {
  let redis: RedisTopology;
  let stack: Stack;

  beforeAll(async () => {
    redis = await startRedis();
    stack = await startStack({ CLOUDMOVER_ROLE: 'all' }, redis);
  }, 40_000);
  afterAll(async () => {
    await stack.close();
    await redis.stop();
  });

  it('is ready', () => stack.api.get('/health/ready').expect(200, { status: 'ok' }));

  it('signs in, keeps the session and ends it', async () => {
    const token = await connect(stack, 'source', ALICE);
    const { body } = await stack.api.get('/session/validate').query({ token }).expect(200);
    expect(body).toMatchObject({ valid: true, type: 'source', account: { email: ALICE } });
    const { body: active } = await stack.api.get('/session/active').query({ token }).expect(200);
    expect((active as { sessions: unknown[] }).sessions).toHaveLength(1);
    await stack.api.post('/session/logout').query({ token }).expect(200, { ended: true });
    await stack.api.get('/session/validate').query({ token }).expect(401);
  });

  it('carries a transfer to its end, and keeps it over a restart', async () => {
    const tokens = await tokensOf(stack);
    const id = await startTransfer(stack, tokens, 30);
    const look = async () => (await stack.api.get(`/api/transfers/${id}`).set(tokens).expect(200)).body as Transfer;
    await until('the transfer has ended', async () => (await look()).state === 'completed');
    const expected = await contents(stack, ALICE);
    expect(expected.length).toBeGreaterThan(30);
    expect(await contents(stack, BOB)).toEqual(expected);

    await stack.restart();
    const { state, counts } = await look();
    expect({ state, verified: counts.verified }).toEqual({ state: 'completed', verified: counts.found });
  }, 40_000);
});

describe('A master that dies in mid-transfer', () => {
  it('is replaced by Sentinel: requests are answered 503 until then, and the transfer completes', async () => {
    const redis = await startSentinel();
    const stack = await startStack({ CLOUDMOVER_ROLE: 'all' }, redis);
    try {
      const tokens = await tokensOf(stack);
      await stack.control('PUT', 'behavior', { latencyMs: 150 });
      const id = await startTransfer(stack, tokens, 60);
      const statuses = new Set<number>();
      const look = async (): Promise<Transfer | undefined> => {
        const answer = await stack.api.get(`/api/transfers/${id}`).set(tokens);
        statuses.add(answer.status);
        return answer.status === 200 ? (answer.body as Transfer) : undefined;
      };
      await until('files are copied', async () => ((await look())?.counts.verified ?? 0) > 5);
      expect((await look())?.state).toBe('running');
      await redis.master.kill();
      await until('the transfer has ended', async () => (await look())?.state === 'completed', 50_000);

      expect([...statuses].sort()).toEqual([200, 503]);
      expect(await contents(stack, BOB)).toEqual(await contents(stack, ALICE));
      expect(await redis.replica.client.info('replication')).toContain('role:master');
    } finally {
      await stack.close();
      await redis.stop();
    }
  }, 100_000);
});
