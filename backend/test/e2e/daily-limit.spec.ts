import { SandboxClient, type TreeItem } from '@cloudmover/drive-sandbox';
import { keys } from '../../src/adapters/redis/keys.js';
import { connectRedis } from '../support/redis.js';
import { connect, startStack, type Stack } from '../support/stack.js';
import { until } from '../../../tools/until.ts';

const ALICE = 'alice@example.com';
const BOB = 'bob@example.com';
const HOUR = 3_600_000;
const FILES = 40;

interface Transfer {
  id: string;
  state: string;
  counts: Record<string, number>;
  failureGroups: unknown[];
  resumeAt?: string;
}

let stack: Stack;
let google: SandboxClient;
let tokens: Record<string, string>;

beforeAll(async () => {
  stack = await startStack({ CLOUDMOVER_ROLE: 'all' });
  google = new SandboxClient(stack.sandbox.url);
});
afterAll(() => stack.close());
beforeEach(async () => {
  await google.reset();
  tokens = {
    'X-Source-Token': await connect(stack, 'source', ALICE),
    'X-Destination-Token': await connect(stack, 'destination', BOB),
  };
});

const untilIs = (id: string, wanted: (transfer: Transfer) => boolean) =>
  until(`the transfer is as wanted: ${wanted.toString()}`, async () => {
    const transfer = (await stack.api.get(`/api/transfers/${id}`).set(tokens).expect(200)).body as Transfer;
    return wanted(transfer) && transfer;
  });

const contents = (items: TreeItem[]) =>
  items
    .filter(({ md5, trashed }) => md5 !== undefined && !trashed)
    .map(({ path, md5 }) => `${path} ${md5}`)
    .sort();

/** Parked, without running copies that could park it again. */
const isParked = ({ state, counts }: Transfer) => state === 'waiting_quota' && counts['copying'] === 0;

/** Ends the product's wait; Google's limit depends on the sandbox's clock. */
async function letItResume(id: string): Promise<void> {
  const redis = await connectRedis();
  expect(await redis.hset(keys.transfer(id), 'resumeAt', Date.now())).toBe(0);
  redis.disconnect();
}

it('parks when the 750 GB of a day are used up, and resumes a day later, copying nothing twice', async () => {
  const { folderId, bytes } = await google.makeTree(ALICE, { folders: 2, files: FILES, bytes: 400_000, seed: 3 });
  await google.behave({ quotas: { bytesPerDay: Math.floor(bytes * 0.6) } });
  const { body } = await stack.api
    .post('/api/transfers')
    .set(tokens)
    .send({ items: [folderId] })
    .expect(202);
  const { id } = body as Transfer;

  const parked = await untilIs(id, isParked);
  expect(parked.failureGroups).toEqual([]);
  const copies = async () => (await google.stats()).requests['files.copy'] ?? {};
  expect((await copies())['200']).toBeLessThan(FILES);
  // The transfer copied far less than 750 GB, so another app used up the limit: it retries in an hour.
  const wait = Date.parse(parked.resumeAt!) - Date.now();
  expect(wait).toBeGreaterThan(HOUR - 60_000);
  expect(wait).toBeLessThanOrEqual(HOUR);

  // Too early: the limit still applies, and the transfer parks again without further retries.
  await letItResume(id);
  const refusals = (await copies())['403'] ?? 0;
  await untilIs(id, (transfer) => isParked(transfer) && Date.parse(transfer.resumeAt!) > Date.parse(parked.resumeAt!));
  expect(((await copies())['403'] ?? 0) - refusals).toBeLessThanOrEqual(FILES);

  await google.advance(24 * HOUR);
  await letItResume(id);
  const done = await untilIs(id, ({ state }) => state.startsWith('completed'));
  expect(done).toMatchObject({ state: 'completed', failureGroups: [] });
  expect(contents(await google.tree(BOB))).toEqual(contents(await google.tree(ALICE)));
  expect((await copies())['200']).toBe(FILES);
});
