// Measurements of sessions and of the service: a built API, a Redis with an append-only file, and load from a separate
// process.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  cpuSeconds,
  each,
  mb,
  median,
  output,
  residentBytes,
  withFolder,
  withRedis,
  withStack,
  type Running,
} from './measure.ts';
import type { Transfer } from './engine.ts';
import { npm } from '../../tools/npm.ts';
import { answers, freePort, launch, stopWithUs, programOnPath, untilReady } from '../../tools/processes.ts';
import { askRedis } from '../../tools/redis.ts';
import type { Stack } from '../../tools/stack.ts';
import { call, connect, OVER } from '../../tools/api-client.ts';
import { Problem, ROOT, say, withoutSettings } from '../../tools/workspace.ts';

const [SOURCE, DESTINATION] = ['alice@example.com', 'bob@example.com'];
/** Connections of the load, each with one request at a time. */
const CONNECTIONS = 32;
const UNLIMITED = { RATE_LIMIT_TOKEN: '100000000', RATE_LIMIT_ADDRESS: '100000000', MAX_EVENT_STREAMS: '1000000' };

/** Starts an API without a worker, and creates a temporary folder. */
function withApi<T>(
  running: Running,
  env: Record<string, string>,
  work: (stack: Stack, folder: string) => Promise<T>,
  { seedDemo = false } = {},
): Promise<T> {
  const options = { seedDemo, env: { CLOUDMOVER_ROLE: 'api', ...UNLIMITED, ...env } };
  return withFolder(running, (folder) => withStack(running, options, (stack) => work(stack, folder)));
}

/** Requests per second, 99th percentile in milliseconds, and processor time per request. */
interface Load {
  rate: number;
  p99: number;
  cpuMicros: number;
}

/** The output of streams.ts. */
type StreamFigures = Record<'open' | 'openSeconds' | 'received' | 'medianMs' | 'p99Ms' | 'slowestMs', number>;

/** A server to compare. */
interface Target {
  name: string;
  address: string;
  token: string;
  header?: string;
  pid: number;
  runs: Load[];
}

/** Runs the load on one address and measures the costs of the processes that serve it. */
async function load(
  address: string,
  token: string | undefined,
  pids: number[],
  { seconds = 3, connections = CONNECTIONS, header = 'X-Source-Token' } = {},
): Promise<Load> {
  const before = pids.map(cpuSeconds);
  const args = [address, String(seconds), String(connections), ...(token ? [`${header}: ${token}`] : [])];
  const run = await output<Record<'requests' | 'seconds' | 'p99Ms', number>>([
    process.execPath,
    join(ROOT, 'backend/bench/load.ts'),
    ...args,
  ]);
  const cpu = pids.reduce((sum, pid, index) => sum + cpuSeconds(pid) - (before[index] ?? 0), 0);
  return { rate: run.requests / run.seconds, p99: run.p99Ms, cpuMicros: (1e6 * cpu) / run.requests };
}

/** The guarded session check, compared with a bare route of the same framework that reads the same record. */
export function benchValidate(running: Running, { rounds = 5 } = {}) {
  return withApi(running, {}, async (stack, folder) => {
    const token = await connect(stack.url, 'source', SOURCE);
    const [keys] = await askRedis(stack.redisUrl, [['KEYS', 'credentials:*']]);
    const port = await freePort();
    const bare = launch({
      name: 'The bare route',
      command: [
        process.execPath,
        join(ROOT, 'backend/bench/bare-route.ts'),
        String(port),
        String(Array.isArray(keys) && keys[0]),
      ],
      env: { ...withoutSettings(), REDIS_URL: stack.redisUrl },
      logFile: join(folder, 'bare.log'),
    });
    try {
      await untilReady(bare, () => answers(`http://127.0.0.1:${port}/bare`));
      const guarded: Load[] = [];
      const plain: Load[] = [];
      // The first round is a warm-up.
      for (let round = 0; round <= rounds; round++) {
        const one = await load(`${stack.url}/session/validate`, token, [stack.apiPid()]);
        const other = await load(`http://127.0.0.1:${port}/bare`, undefined, [bare.pid]);
        if (round === 0) continue;
        guarded.push(one);
        plain.push(other);
      }
      const of = (runs: Load[], name: keyof Load) => median(runs.map((run) => run[name]));
      return {
        rounds,
        connections: CONNECTIONS,
        requests_s: of(guarded, 'rate').toFixed(0),
        requests_s_all: each(
          guarded.map(({ rate }) => rate),
          0,
        ),
        aim_requests_s: 3000,
        p99_ms: of(guarded, 'p99').toFixed(1),
        aim_p99_ms: 25,
        bare_requests_s: of(plain, 'rate').toFixed(0),
        ratio: (of(guarded, 'rate') / of(plain, 'rate')).toFixed(2),
        aim_ratio: 0.8,
        cpu_us_request: of(guarded, 'cpuMicros').toFixed(0),
        bare_cpu_us_request: of(plain, 'cpuMicros').toFixed(0),
      };
    } finally {
      await bare.stop();
    }
  });
}

/**
 * The guarded check of a session, compared with well-known packages (backend/bench/session-peers.ts). These are
 * installed in a temporary folder, because the product does not use them.
 */
export function benchSessionPeers(running: Running, { rounds = 5 } = {}) {
  return withApi(running, {}, async (stack, folder) => {
    for (const name of ['package.json', 'package-lock.json', '.npmrc'])
      copyFileSync(join(ROOT, 'backend/bench/session-peers', name), join(folder, name));
    const { status, stderr } = npm(['ci', '--ignore-scripts', '--prefix', folder]);
    if (status !== 0) throw new Problem(`The packages to compare with could not be installed: ${stderr}`);
    const token = await connect(stack.url, 'source', SOURCE);
    const targets: Target[] = [
      { name: 'ours', address: `${stack.url}/session/validate`, token, pid: stack.apiPid(), runs: [] },
    ];
    const peers: ReturnType<typeof launch>[] = [];
    try {
      for (const name of ['express', 'fastify']) {
        const port = await freePort();
        const peer = launch({
          name: `The session stack on ${name}`,
          command: [process.execPath, join(ROOT, 'backend/bench/session-peers.ts'), name, String(port), folder],
          env: { ...withoutSettings(), REDIS_URL: stack.redisUrl },
          logFile: join(folder, `${name}.log`),
        });
        peers.push(peer);
        const address = `http://127.0.0.1:${port}`;
        await untilReady(peer, () => answers(`${address}/sign-in`));
        const [cookie = ''] = (await fetch(`${address}/sign-in`)).headers.getSetCookie();
        targets.push({
          name,
          address: `${address}/validate`,
          token: cookie.replace(/;.*/s, ''),
          header: 'Cookie',
          pid: peer.pid,
          runs: [],
        });
      }
      // The first round is a warm-up.
      for (let round = 0; round <= rounds; round++)
        for (const { address, token, header, pid, runs } of targets) {
          const run = await load(address, token, [pid], header ? { header } : {});
          if (round > 0) runs.push(run);
        }
      const rate = ({ runs }: Target) => median(runs.map((run) => run.rate));
      const cpu = ({ runs }: Target) => median(runs.map((run) => run.cpuMicros));
      const [ours, ...others] = targets as [Target, ...Target[]];
      return {
        rounds,
        connections: CONNECTIONS,
        ...Object.fromEntries(targets.map((target) => [`${target.name}_requests_s`, rate(target).toFixed(0)])),
        ...Object.fromEntries(targets.map((target) => [`${target.name}_cpu_us`, cpu(target).toFixed(0)])),
        ratio_to_faster: (rate(ours) / Math.max(...others.map(rate))).toFixed(2),
        aim_ratio: 2,
      };
    } finally {
      await Promise.all(peers.map((peer) => peer.stop()));
    }
  });
}

/** Bytes of Redis per session with a million sessions, and the costs of encryption and rate limits per request. */
export function benchSessionParts(running: Running, { sessions = 1_000_000 } = {}) {
  return withRedis(running, (url) =>
    output([process.execPath, join(ROOT, 'backend/bench/sessions.ts'), String(sessions)], { env: { REDIS_URL: url } }),
  );
}

/** Many users with an open page: memory of the API, and the delay of events. */
export function benchStreams(running: Running, { streams = 10_000, transfers = 20 } = {}) {
  // Without a worker, so that only the measured requests cause costs.
  return withApi(running, { MAX_OPEN_TRANSFERS: String(transfers) }, async (stack) => {
    const tokens = {
      source: await connect(stack.url, 'source', SOURCE),
      destination: await connect(stack.url, 'destination', DESTINATION),
    };
    const ids = [];
    for (let index = 0; index < transfers; index++) {
      const body = { items: ['root'], target: { folderId: 'root', newFolderName: `Transfer ${index}` } };
      ids.push((await call<{ id: string }>(`${stack.url}/api/transfers`, { method: 'POST', tokens, body })).id);
    }
    const pid = stack.apiPid();
    const before = residentBytes(pid);
    const child = spawn(
      process.execPath,
      [join(ROOT, 'backend/bench/streams.ts'), stack.url, String(streams), ids.join(',')],
      {
        env: { ...withoutSettings(), SOURCE_TOKEN: tokens.source, DESTINATION_TOKEN: tokens.destination },
        stdio: ['pipe', 'pipe', 'pipe'],
      },
    );
    const forget = stopWithUs(child);
    let text = '';
    let complaints = '';
    child.stdout.setEncoding('utf8').on('data', (data) => (text += data));
    child.stderr.setEncoding('utf8');
    const ended = once(child, 'close');
    const open = new Promise((resolve) =>
      child.stderr.on('data', (data) => {
        complaints += String(data);
        if (complaints.includes('open\n')) resolve(true);
      }),
    );
    try {
      if ((await Promise.race([open, ended])) !== true) throw new Problem(`The streams did not open: ${complaints}`);
      // Idle: the costs of open streams.
      const cpu = cpuSeconds(pid);
      await sleep(10_000);
      const idleCpu = (cpuSeconds(pid) - cpu) / 10;
      const resident = residentBytes(pid);
      child.stdin.end('go on\n');
      const [code] = (await ended) as [number | null];
      if (code !== 0) throw new Problem(`The streams ended with code ${code}: ${complaints}`);
      const result = JSON.parse(text) as StreamFigures;
      return {
        streams: result.open,
        transfers,
        opened_in_s: result.openSeconds.toFixed(1),
        rss_before_mb: mb(before),
        rss_mb: mb(Math.max(resident, residentBytes(pid))),
        aim_rss_mb: 512,
        kb_a_stream: ((resident - before) / 1e3 / result.open).toFixed(1),
        cpu_at_rest: idleCpu.toFixed(2),
        received: result.received,
        news_median_ms: result.medianMs,
        news_p99_ms: result.p99Ms,
        news_slowest_ms: result.slowestMs,
        aim_news_ms: 1000,
      };
    } finally {
      child.kill('SIGKILL');
      forget();
    }
  });
}

/** The costliest reads of a transfer, and of all of an account's transfers and sessions. */
const costliest = (id: string): string[] => [
  '/api/transfers?limit=100',
  '/api/transfers/events',
  '/session/active',
  ...['report', 'links.csv', 'items?q=a', 'items?state=verified&reason=cannot_copy&limit=1'].map(
    (path) => `/api/transfers/${id}/${path}`,
  ),
  ...['access?limit=1', 'people?limit=1', 'links?limit=1&outcome=unread'].map((path) => `/api/transfers/${id}/${path}`),
];

/**
 * How long an account waits while another one sends as much as possible: first within the rate limits, then beyond
 * them. The load has a low priority, because it would come from other machines. It reads a transfer of the demo Drive
 * and `items` files; the others stay empty, because no worker runs while it is measured.
 */
export function benchFairness(running: Running, { seconds = 10, transfers = 100, items = 3_000 } = {}) {
  const limits = {
    RATE_LIMIT_TOKEN: '',
    RATE_LIMIT_ADDRESS: '',
    MAX_EVENT_STREAMS: '',
    MAX_OPEN_TRANSFERS: String(transfers),
  };
  const measured = async (stack: Stack) => {
    const greedyToken = await connect(stack.url, 'source', SOURCE);
    const tokens = { source: greedyToken, destination: await connect(stack.url, 'destination', DESTINATION) };
    const forgetLimits = async () => {
      const [keys] = await askRedis(stack.redisUrl, [['KEYS', 'cloudmover:limit:*']]);
      if (Array.isArray(keys) && keys.length > 0) await askRedis(stack.redisUrl, [['DEL', ...keys.map(String)]]);
    };
    const create = async (name: string) => {
      const target = { folderId: 'root', newFolderName: name };
      const body = { items: ['root'], target, sharing: { mode: 'carry' }, links: 'report' };
      return (await call<{ id: string }>(`${stack.url}/api/transfers`, { method: 'POST', tokens, body })).id;
    };
    const tree = { account: SOURCE, folders: 50, files: items, bytes: 0, seed: 1 };
    await call(`${stack.sandboxUrl}/__sandbox/trees`, { method: 'POST', body: tree });
    const worker = await stack.addWorker();
    const id = await create('Transfer');
    const read = () => call<Pick<Transfer, 'state' | 'counts'>>(`${stack.url}/api/transfers/${id}`, { tokens });
    let transfer = await read();
    for (; !OVER.has(transfer.state); transfer = await read()) await sleep(1_000);
    process.kill(worker, 'SIGTERM');
    for (let index = 1; index < transfers; index++) {
      await create(`Transfer ${index}`);
      if (index % 50 === 0) await forgetLimits();
    }
    const second = await connect(stack.url, 'source', SOURCE);
    // The other account sends as many requests as its limit allows.
    const other = await connect(stack.url, 'general', DESTINATION);
    const times = async () => {
      await forgetLimits();
      const took = [];
      for (const end = performance.now() + seconds * 1_000; performance.now() < end;) {
        const asked = performance.now();
        await call(`${stack.url}/session/validate`, { tokens: { source: other } });
        took.push(performance.now() - asked);
        await sleep(60);
      }
      return took.sort((a, b) => a - b);
    };
    await times(); // warms up
    const quiet = await times();
    const args = [stack.url, String(seconds), '64', costliest(id).join(','), greedyToken, second];
    const load = output<Record<'answered' | 'refused' | 'seconds', number>>([
      'nice',
      '-n',
      '19',
      process.execPath,
      join(ROOT, 'backend/bench/greedy-client.ts'),
      ...args,
    ]);
    const busy = await times();
    const { answered, refused, seconds: took } = await load;
    const at = (all: number[], share: number) => all[Math.floor(share * all.length)] ?? NaN;
    return {
      connections: 64,
      items: transfer.counts.found,
      samples: busy.length,
      quiet_p95_ms: at(quiet, 0.95).toFixed(1),
      busy_p95_ms: at(busy, 0.95).toFixed(1),
      ratio: (at(busy, 0.95) / at(quiet, 0.95)).toFixed(1),
      aim_ratio: 5,
      busy_median_ms: at(busy, 0.5).toFixed(1),
      busy_slowest_ms: (busy.at(-1) ?? NaN).toFixed(1),
      answered,
      refused_s: (refused / took).toFixed(0),
    };
  };
  return withApi(running, limits, measured, { seedDemo: true });
}

/** The start of an instance, and two instances behind a load balancer compared with one. */
export function benchInstances(running: Running, { rounds = 3 } = {}) {
  return withApi(running, {}, async (stack, folder) => {
    const token = await connect(stack.url, 'source', SOURCE);
    const second = await stack.addApi();
    await sleep(2_000);
    const start = { start_s: second.seconds.toFixed(1), rss_mb: mb(residentBytes(second.pid)) };
    const haproxy = programOnPath('haproxy');
    if (!haproxy) {
      say('haproxy is not installed, so two instances are not measured.');
      return start;
    }
    const behind = async (origins: string[]) => {
      const port = await freePort();
      const file = join(folder, `haproxy-${port}.cfg`);
      const servers = origins.map((origin: string, index: number) => `  server api${index} ${new URL(origin).host}`);
      writeFileSync(
        file,
        [
          'global',
          '  nbthread 1',
          'defaults',
          '  mode http',
          '  timeout connect 5s',
          '  timeout client 60s',
          '  timeout server 60s',
          'listen api',
          `  bind 127.0.0.1:${port}`,
          '  balance roundrobin',
          ...servers,
          '',
        ].join('\n'),
      );
      const proxy = launch({
        name: 'haproxy',
        command: [haproxy, '-f', file, '-db'],
        env: withoutSettings(),
        logFile: join(folder, `haproxy-${port}.log`),
      });
      await untilReady(proxy, () => answers(`http://127.0.0.1:${port}/health/live`));
      return { address: `http://127.0.0.1:${port}/session/validate`, stop: () => proxy.stop() };
    };
    const one = await behind([stack.url]);
    const two = await behind([stack.url, second.origin]);
    try {
      const found: Record<'one' | 'two', Load[]> = { one: [], two: [] };
      for (let round = 0; round <= rounds; round++) {
        const alone = await load(one.address, token, [stack.apiPid()]);
        const both = await load(two.address, token, [stack.apiPid(), second.pid]);
        if (round === 0) continue;
        found.one.push(alone);
        found.two.push(both);
      }
      const of = (runs: Load[], name: keyof Load) => median(runs.map((run) => run[name]));
      return {
        ...start,
        rounds,
        requests_s_one: of(found.one, 'rate').toFixed(0),
        requests_s_two: of(found.two, 'rate').toFixed(0),
        times: (of(found.two, 'rate') / of(found.one, 'rate')).toFixed(2),
        aim_times: 1.8,
        // With two cores, load, proxy and Redis use the processor as well, so the cost per request is the meaningful
        // figure.
        cpu_us_request_one: of(found.one, 'cpuMicros').toFixed(0),
        cpu_us_request_two: of(found.two, 'cpuMicros').toFixed(0),
      };
    } finally {
      await one.stop();
      await two.stop();
    }
  });
}
