// The costs of a transfer's ledger: bytes of Redis per item, and Node's processor time per item for planning (append,
// reserveIds) and copying (begin, settle). Items are realistic: random ids, checksums and revisions.
//   REDIS_URL=… node backend/bench/ledger.ts [items…]   → one line of JSON; the Redis is emptied
// Uses the built product (backend/dist) like a worker with this many simultaneous items:
const PARALLEL = 50;

import { randomBytes } from 'node:crypto';
import { built, emptyRedis, nodeMicros } from './built.ts';
import type { PlannedItem } from '../src/engine/model/items.js';
import type { TransferOrder } from '../src/engine/model/order.js';
import type { Ledger } from '../src/engine/ports/ledger.js';

const PAGE = 1_000;
const SIZES = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [10_000, 100_000, 1_000_000];

const { DurableWrites } = await built<typeof import('../src/adapters/redis/durable-writes.ts')>(
  'adapters/redis/durable-writes',
);
const { RedisCipher } =
  await built<typeof import('../src/adapters/redis/redis-cipher.ts')>('adapters/redis/redis-cipher');
const { defineLedgerScripts } = await built<typeof import('../src/adapters/redis/ledger/redis-ledger.ts')>(
  'adapters/redis/ledger/redis-ledger',
);
const { RedisTransferStore } = await built<typeof import('../src/adapters/redis/redis-transfer.store.ts')>(
  'adapters/redis/redis-transfer.store',
);

const { connections, redis, bytes: redisBytes, micros: redisMicrosSoFar } = await emptyRedis();
const durable = new DurableWrites(connections, defineLedgerScripts);
const store = new RedisTransferStore(redis, durable, new RedisCipher([{ id: 'bench', key: randomBytes(32) }]));

const WORDS = 'report invoice holiday photo budget draft final meeting notes plan summary 2024 team client'.split(' ');
const word = () => WORDS[Math.floor(Math.random() * WORDS.length)]!;
const anId = () => `1${randomBytes(24).toString('base64url')}`;

function anItem(ordinal: number): PlannedItem {
  const name = `${word()} ${word()} ${randomBytes(2).toString('hex')}.pdf`;
  const folder = Math.floor(ordinal / 12);
  const created = 1.5e12 + Math.floor(Math.random() * 2e11);
  return {
    ordinal,
    parent: folder,
    top: 0,
    path: `My files/${WORDS[folder % 10]}/folder ${folder}/${name}`,
    depth: 3,
    sourceId: anId(),
    name,
    mimeType: ordinal % 5 === 0 ? 'image/jpeg' : 'application/pdf',
    kind: 'file',
    size: Math.floor(Math.random() * 5e6),
    checksums: { md5: randomBytes(16).toString('hex'), sha256: randomBytes(32).toString('hex') },
    createdTime: new Date(created).toISOString(),
    modifiedTime: new Date(created + Math.floor(Math.random() * 1e9)).toISOString(),
    revision: `0B${randomBytes(36).toString('base64url')}`,
    ownedByMe: true,
    canCopy: true,
    canDownload: true,
  };
}

async function copyItem(ledger: Ledger, item: PlannedItem): Promise<void> {
  if ((await ledger.begin(item.ordinal)) === undefined) throw new Error(`Item ${item.ordinal} was not started.`);
  const destinationId = (await ledger.destinationIds([item.ordinal])).get(item.ordinal)!;
  const sha256 = item.checksums.sha256!;
  const settled = await ledger.settle(item, 'verified', {
    destinationId,
    way: 'server_copy',
    checksum: { kind: 'sha256', source: sha256, destination: sha256 },
    webViewLink: `https://drive.google.com/file/d/${destinationId}/view?usp=drivesdk`,
  });
  if (!settled) throw new Error(`Item ${item.ordinal} was not settled.`);
}

async function measure(items: number) {
  await redis.flushall();
  const before = await redisBytes();
  const party = (sub: string) => ({ sub, email: `${sub}@example.com`, name: sub, credentialId: sub, readOnly: false });
  const order: TransferOrder = {
    id: `bench-${items}`,
    mode: 'copy',
    conflict: 'keepBoth',
    shortcuts: 'rebuild',
    allowConversion: false,
    sourceIds: ['root'],
    target: { folderId: 'root' },
    source: party('ana'),
    destination: party('ben'),
    createdAt: Date.now(),
  };
  const { ledger } = await store.create(order);
  const plan = (await ledger.restartPlan())!;
  let planMicros = 0;
  for (let from = 0; from < items; from += PAGE) {
    const page = Array.from({ length: Math.min(PAGE, items - from) }, (_, index) => anItem(from + index));
    const began = process.cpuUsage();
    if (!(await ledger.append(page, plan))) throw new Error('The plan was refused.');
    planMicros += nodeMicros(began);
  }
  await ledger.completePlan(plan);
  await ledger.advance(['ready'], 'running');
  const reservations: Promise<void>[] = [];
  for (let from = 0; from < items; from += PAGE) {
    const ids = Array.from({ length: Math.min(PAGE, items - from) }, anId);
    const began = process.cpuUsage();
    // Several simultaneously, like workers, which share waits for the disk.
    reservations.push(ledger.reserveIds(from, ids));
    if (reservations.length === 20 || from + PAGE >= items) await Promise.all(reservations.splice(0));
    planMicros += nodeMicros(began);
  }

  const [began, wall, redisBegan] = [process.cpuUsage(), performance.now(), await redisMicrosSoFar()];
  for (let from = 0; from < items; from += PAGE) {
    const page = await ledger.items(from, PAGE);
    let next = 0;
    const work = async () => {
      for (let item = page[next++]; item; item = page[next++]) await copyItem(ledger, item);
    };
    await Promise.all(Array.from({ length: PARALLEL }, work));
  }
  const copyMicros = nodeMicros(began);
  const seconds = (performance.now() - wall) / 1_000;
  const redisMicros = (await redisMicrosSoFar()) - redisBegan;

  const { counts } = await ledger.snapshot();
  if (counts.verified !== items) throw new Error(`Only ${counts.verified} of ${items} items are verified.`);
  const bytes = (await redisBytes()) - before;
  return {
    items,
    bytesPerItem: (bytes / items).toFixed(0),
    megabytes: (bytes / 1e6).toFixed(1),
    planNodeMicrosPerItem: (planMicros / items).toFixed(1),
    nodeMicrosPerItem: (copyMicros / items).toFixed(1),
    redisMicrosPerItem: (redisMicros / items).toFixed(1),
    itemsPerSecond: (items / seconds).toFixed(0),
  };
}

await measure(PAGE); // loads the scripts and warms up; does not count
const results: Awaited<ReturnType<typeof measure>>[] = [];
for (const items of SIZES) results.push(await measure(items));
durable.close();
connections.close();
console.log(JSON.stringify(results));
