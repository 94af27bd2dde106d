// Measurements of the engine in operation: a built API and workers, a Redis with an append-only file, and the sandbox,
// as separate processes, controlled by the API. For ratios both sides run alternately, through the same TLS proxy.
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { TextDecoder } from 'node:util';
import { DEFAULT_SETTINGS, startRclone, unlimitedSettings } from './rclone.ts';
import {
  clockProcessors,
  each,
  mb,
  median,
  output,
  redisBytes,
  redisCommands,
  watchMemory,
  withStack,
  type Result,
  type Running,
} from './measure.ts';
import type { Stack } from '../../tools/stack.ts';
import { call, connect, OVER, type Tokens } from '../../tools/api-client.ts';
import { Problem, ROOT } from '../../tools/workspace.ts';

/** A stack with both accounts connected, and controls for its sandbox. */
type Bench = Stack & { tokens: Tokens } & ReturnType<typeof controlsOf>;

/** The sandbox's statistics. */
interface Stats {
  /** By operation and status. */
  requests: Record<string, Record<string, number>>;
  peakConcurrency: number;
  /** E-mails that Google would have sent. */
  notifications: number;
}

interface LogLine {
  account: string;
  operation: string;
  status: number;
  time: string;
}

/** A line of the sandbox's list of an account's items. */
interface TreeLine {
  id: string;
  path: string;
  size?: number;
  trashed?: boolean;
}

/** The used fields of a transfer. */
interface Transfer {
  state: string;
  id: string;
  counts: Record<'found' | 'verified', number>;
  ways: { relay: number; serverCopy: number };
  target: { resultFolderId?: string };
  sharing?: { equal?: number };
}

export const [SOURCE, DESTINATION] = ['alice@example.com', 'bob@example.com'];
/** More memory than Node's default, for two Drives of a million items. */
const LARGE_SANDBOX = ['--max-old-space-size=12000'];
const COPYING = new Set(['planning', 'ready', 'updating', 'running']);

/**
 * A stack with two connected accounts.
 */
export function withBench<T>(
  running: Running,
  options: Parameters<typeof withStack>[1],
  work: (bench: Bench) => Promise<T>,
): Promise<T> {
  return withStack(running, options, async (stack) => {
    const tokens = {
      source: await connect(stack.url, 'source', SOURCE),
      destination: await connect(stack.url, 'destination', DESTINATION),
    };
    return work({ ...stack, tokens, ...controlsOf(stack.sandboxUrl) });
  });
}

function controlsOf(sandboxUrl: string) {
  const control = <T>(method: string, path: string, body?: unknown) =>
    call<T>(`${sandboxUrl}/__sandbox/${path}`, { method, body });
  const bearer = async (account: string) =>
    (await control<{ access_token: string }>('POST', 'tokens', { account })).access_token;
  return {
    bearer,
    behave: (behavior: unknown) => control('PUT', 'behavior', behavior),
    stats: () => control<Stats>('GET', 'stats'),
    clearStats: () => control('DELETE', 'stats'),
    control,
    /** Generates a tree in the source and computes its checksums, which Google has for its files. */
    async tree(folders: number, files: number, bytes: number, seed: number): Promise<string> {
      const { folderId } = await control<{ folderId: string }>('POST', 'trees', {
        account: SOURCE,
        folders,
        files,
        bytes,
        seed,
      });
      if (bytes > 0 && files <= 20_000)
        await (await fetch(`${sandboxUrl}/__sandbox/tree?account=${SOURCE}&folderId=${folderId}`)).arrayBuffer();
      return folderId;
    },
    /** Lets the destination read an item, which rclone needs for a server-side copy. */
    async share(fileId: string) {
      await call(`${sandboxUrl}/drive/v3/files/${fileId}/permissions?sendNotificationEmail=false`, {
        method: 'POST',
        bearer: await bearer(SOURCE),
        body: { type: 'user', role: 'reader', emailAddress: DESTINATION },
      });
    },
    /** Lines of the sandbox's log. */
    async log(query: string) {
      const text = await (await fetch(`${sandboxUrl}/__sandbox/log?${query}`)).text();
      return text
        .split('\n')
        .filter(Boolean)
        .map((each) => JSON.parse(each) as LogLine);
    },
  };
}

/**
 * Transfers a folder of the source into the root of the destination.
 * @returns the times from the request to the start of copying, to its end, and to the verified end
 */
export async function transfer(
  { url, tokens }: Pick<Bench, 'url' | 'tokens'>,
  folderId: string,
  {
    onState = () => undefined,
    body = {},
  }: { onState?: (now: Transfer, seconds: number) => unknown; body?: object } = {},
) {
  const began = performance.now();
  const since = () => (performance.now() - began) / 1000;
  const { id } = await call<{ id: string }>(`${url}/api/transfers`, {
    method: 'POST',
    tokens,
    body: { items: [folderId], ...body },
  });
  let planSeconds = NaN;
  let copySeconds = NaN;
  for (;;) {
    const now: Transfer = await call(`${url}/api/transfers/${id}`, { tokens });
    await onState(now, since());
    if (Number.isNaN(planSeconds) && now.state !== 'planning' && now.state !== 'ready') planSeconds = since();
    if (Number.isNaN(copySeconds) && !COPYING.has(now.state)) copySeconds = since();
    if (OVER.has(now.state)) {
      if (now.state !== 'completed')
        throw new Problem(`The transfer ended as ${now.state}: ${JSON.stringify(now).slice(0, 800)}`);
      return { planSeconds, copySeconds, seconds: since(), transfer: now };
    }
    if (now.state === 'waiting_quota' || now.state === 'needs_reconnect')
      throw new Problem(`The transfer waits: ${JSON.stringify(now).slice(0, 800)}`);
    await sleep(100);
  }
}

const pidsOf = (bench: Stack): Record<'redis' | 'sandbox' | 'api' | 'worker1', number> => ({
  redis: bench.pids.redis,
  sandbox: bench.pids.sandbox,
  ...(bench.tlsProxy && { tlsProxy: bench.tlsProxy.pid }),
  api: bench.apiPid(),
  // Each of these measurements has a worker.
  ...(Object.fromEntries(bench.workerPids.map((pid, index) => [`worker${index + 1}`, pid])) as { worker1: number }),
});

export const requestsOf = ({ requests }: Stats, ...but: string[]) =>
  Object.entries(requests)
    .filter(
      ([operation]) => !operation.startsWith('oauth.') && !operation.startsWith('page') && !but.includes(operation),
    )
    .reduce((sum, [, byStatus]) => sum + Object.values(byStatus).reduce((all, count) => all + count, 0), 0);

/** Progress of a long run, with BENCH_VERBOSE=1. */
function note(what: string) {
  if (process.env.BENCH_VERBOSE) process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${what}\n`);
}

/**
 * 5,000 small files in 200 folders with realistic latencies, compared with rclone: its defaults, and its best settings.
 */
export async function benchRealistic(
  running: Running,
  { rounds = 3, workers = 1, files = 5_000, folders = 200, transfers = [64, 256, 1_024] } = {},
) {
  return withBench(running, { workers, tlsProxy: true }, async (bench) => {
    const rclone = await startRclone(bench);
    try {
      const bytes = files * 10_000;
      const ours = await bench.tree(folders, files, bytes, 1);
      const theirs = await bench.tree(folders, files, bytes, 1);
      await bench.share(theirs);
      const warmUp = await bench.tree(10, 200, 2_000_000, 2);
      await transfer(bench, warmUp);
      await bench.behave({ latencyMs: 'realistic' });
      let into = 0;
      const runRclone = (settings: string[]) => rclone.copyFoldersFirst(theirs, `rclone ${++into}`, settings);

      // Determines rclone's best settings with a smaller tree.
      const small = await bench.tree(20, 2_000, 20_000_000, 3);
      await bench.share(small);
      const tries = [
        ...transfers.map((number) => unlimitedSettings(number)),
        unlimitedSettings(Math.max(...transfers), '--fast-list'),
      ];
      const tried: (Awaited<ReturnType<typeof rclone.copyFoldersFirst>> & { settings: string[] })[] = [];
      for (const settings of tries) {
        const run = await rclone.copyFoldersFirst(small, `rclone ${++into}`, settings);
        tried.push({ settings, ...run });
        note(
          `rclone ${settings.join(' ')}: ${run.seconds.toFixed(1)} s, of which folders ${run.foldersSeconds.toFixed(1)} s`,
        );
      }
      tried.sort((a, b) => a.seconds - b.seconds);
      const best = tried[0]?.settings ?? [];

      const rates = {
        ours: [] as number[],
        oursCopying: [] as number[],
        best: [] as number[],
        filesOnly: [] as number[],
        plan: [] as number[],
      };
      let [ourRequests, theirRequests] = [0, 0];
      let cpu: Record<string, number> = {};
      for (let round = 0; round < rounds; round++) {
        await bench.clearStats();
        const clock = clockProcessors(pidsOf(bench));
        const run = await transfer(bench, ours);
        cpu = clock();
        const stats = await bench.stats();
        ourRequests = requestsOf(stats);
        note(
          `ours: plan ${run.planSeconds.toFixed(1)}, copied ${run.copySeconds.toFixed(1)}, done ${run.seconds.toFixed(1)} s ${JSON.stringify(cpu)} peak ${stats.peakConcurrency} ${JSON.stringify(stats.requests)}`,
        );
        rates.ours.push(files / run.seconds);
        rates.oursCopying.push(files / run.copySeconds);
        rates.plan.push(run.planSeconds);
        await bench.clearStats();
        const theirRun = await runRclone(best);
        rates.best.push(files / theirRun.seconds);
        rates.filesOnly.push(files / (theirRun.seconds - theirRun.foldersSeconds));
        const theirStats = await bench.stats();
        theirRequests = requestsOf(theirStats);
        note(`rclone: peak ${theirStats.peakConcurrency} ${JSON.stringify(theirStats.requests)}`);
      }
      // rclone's defaults would take half an hour. Its rate is steady after the first hundred calls, which are in its
      // favour.
      await bench.clearStats();
      const slow = await rclone.copy(theirs, `rclone ${++into}`, DEFAULT_SETTINGS, { limitMs: 60_000 });
      const copied = (await bench.stats()).requests['files.copy']?.['200'] ?? 0;
      const defaultRate = copied / slow.seconds;
      const all = folders + 1;
      return {
        files,
        folders,
        latency: 'realistic',
        workers,
        rounds,
        files_s: median(rates.ours).toFixed(1),
        files_s_all: each(rates.ours),
        files_s_to_end_of_copying: each(rates.oursCopying),
        plan_s: each(rates.plan),
        rclone_best_files_s: median(rates.best).toFixed(1),
        rclone_best_all: each(rates.best),
        rclone_best_settings: best.join(','),
        rclone_tried: tried
          .map(
            ({ settings, seconds }) =>
              `${settings[1]}${settings.includes('--fast-list') ? '+fast-list' : ''}:${(2_000 / seconds).toFixed(0)}`,
          )
          .join('/'),
        rclone_best_without_its_folders_files_s: each(rates.filesOnly),
        rclone_default_files_s: defaultRate.toFixed(1),
        ratio_to_best: (median(rates.ours) / median(rates.best)).toFixed(2),
        aim_ratio_to_best: 1.2,
        ratio_to_default: (median(rates.ours) / defaultRate).toFixed(1),
        aim_ratio_to_default: 3,
        requests: ourRequests,
        requests_allowed: Math.floor(1.03 * files + 5 * all),
        rclone_requests: theirRequests,
        ...Object.fromEntries(Object.entries(cpu).map(([name, seconds]) => [`cpu_s_${name}`, seconds.toFixed(1)])),
      };
    } finally {
      rclone.close();
    }
  });
}

/** The same without latency: files per second and core, compared with rclone and the sandbox's maximum. */
export async function benchFlatOut(running: Running, { rounds = 3, files = 5_000, folders = 200 } = {}) {
  return withBench(running, { workers: 1, tlsProxy: true }, async (bench) => {
    const rclone = await startRclone(bench);
    try {
      const ours = await bench.tree(folders, files, files * 10_000, 1);
      const theirs = await bench.tree(folders, files, files * 10_000, 1);
      await bench.share(theirs);
      const ids = (
        await (await fetch(`${bench.sandboxUrl}/__sandbox/tree?account=${SOURCE}&folderId=${theirs}`)).text()
      )
        .split('\n')
        .filter(Boolean)
        .map((each) => JSON.parse(each) as TreeLine)
        .filter(({ size }) => size !== undefined)
        .map(({ id }) => id);
      const bearer = await bench.bearer(DESTINATION);
      const copies = (drive: string) =>
        output<{ seconds: number }>(
          [process.execPath, join(ROOT, 'backend/bench/copies.ts'), drive, bearer, 'root', '64'],
          {
            input: ids.join('\n'),
            env: { NODE_EXTRA_CA_CERTS: bench.tlsProxy!.authorityFile },
          },
        );
      await transfer(bench, ours); // warms up
      let into = 0;
      const tries: { transfers: number; seconds: number }[] = [];
      for (const transfers of [16, 64, 256])
        tries.push({ transfers, ...(await rclone.copy(theirs, `rclone ${++into}`, unlimitedSettings(transfers))) });
      const best = unlimitedSettings(tries.sort((a, b) => a.seconds - b.seconds)[0]?.transfers ?? 16);
      const found = {
        ours: [] as number[],
        copying: [] as number[],
        worker: [] as number[],
        all: [] as number[],
        best: [] as number[],
        ceiling: [] as number[],
        tlsProxy: [] as number[],
      };
      let cpu: Record<string, number> = {};
      for (let round = 0; round < rounds; round++) {
        const clock = clockProcessors(pidsOf(bench));
        const run = await transfer(bench, ours);
        const used = clock();
        cpu = used;
        found.ours.push(files / run.seconds);
        found.copying.push(files / run.copySeconds);
        found.worker.push(files / used.worker1);
        found.all.push(files / (used.worker1 + used.api + used.redis));
        found.best.push(files / (await rclone.copy(theirs, `rclone ${++into}`, best)).seconds);
        found.ceiling.push(files / (await copies(bench.sandboxUrl)).seconds);
        found.tlsProxy.push(files / (await copies(bench.tlsProxy!.directUrl)).seconds);
      }
      return {
        files,
        folders,
        latency: 0,
        workers: 1,
        rounds,
        files_s: median(found.ours).toFixed(0),
        files_s_all: each(found.ours, 0),
        files_s_to_end_of_copying: each(found.copying, 0),
        files_per_worker_cpu_s: median(found.worker).toFixed(0),
        files_per_worker_api_redis_cpu_s: median(found.all).toFixed(0),
        rclone_best_files_s: median(found.best).toFixed(0),
        rclone_best_all: each(found.best, 0),
        ratio_to_best: (median(found.ours) / median(found.best)).toFixed(2),
        sandbox_copies_s: median(found.ceiling).toFixed(0),
        sandbox_copies_s_through_front: median(found.tlsProxy).toFixed(0),
        ...Object.fromEntries(Object.entries(cpu).map(([name, seconds]) => [`cpu_s_${name}`, seconds.toFixed(1)])),
      };
    } finally {
      rclone.close();
    }
  });
}

/**
 * The whole engine at Google's limit of 10 writes a second, from the first write on, with enough files to reach the
 * limit.
 * @param seconds how long writes are counted; the transfer lasts somewhat longer
 */
export async function benchLimited(running: Running, seconds = 300) {
  const [folders, perSecond] = [20, 10];
  const files = Math.ceil(1.13 * perSecond * seconds);
  return withBench(running, { workers: 2 }, async (bench) => {
    const folderId = await bench.tree(folders, files, files * 10_000, 1);
    await bench.behave({ latencyMs: 'realistic', quotas: { writesPerSecond: perSecond } });
    await bench.clearStats();
    const run = await transfer(bench, folderId);
    const writes = (await bench.log('limit=10000'))
      .filter(({ account, operation }) => account === DESTINATION && /^files\.(copy|create|update)$/.test(operation))
      .map(({ status, time }) => ({ status, at: Date.parse(time) / 1000 })); // on the sandbox's clock
    const first = Math.min(...writes.map(({ at }) => at));
    const within = writes.filter(({ at }) => at < first + seconds);
    const taken = within.filter(({ status }) => status === 200).length;
    return {
      files,
      folders,
      workers: 2,
      writes_per_second: perSecond,
      window_s: seconds,
      completed_s: run.seconds.toFixed(0),
      taken,
      // At the first write, the limit allows an additional second's worth.
      use_percent: ((100 * taken) / (perSecond * (seconds + 1))).toFixed(1),
      aim_use_percent: 95,
      refused_percent: ((100 * (within.length - taken)) / within.length).toFixed(1),
      aim_refused_percent: 2,
      all_writes: writes.length,
    };
  });
}

/**
 * 1, 2 and 4 worker processes with latency, with the same number of files per worker. Measures the middle of the
 * transfer, from 30 to 80 % of its files, when all workers are busy.
 */
export async function benchWorkers(
  running: Running,
  { counts = [1, 2, 4], filesEach = 8_000, latencyMs = 5_000 } = {},
) {
  const result: Result = { files_each: filesEach, latency_ms: latencyMs };
  let alone: number | undefined;
  for (const workers of counts) {
    const files = workers * filesEach;
    const { whole, middle, cpu } = await withBench(running, { workers }, async (bench) => {
      const folderId = await bench.tree(files / 100, files, files * 10_000, 1);
      // First, each worker learns that there is no limit.
      await transfer(bench, folderId);
      // The same latency for each response, so that the comparison does not depend on chance.
      await bench.behave({ latencyMs: { 'files.copy': latencyMs, '*': 60 } });
      const clock = clockProcessors(pidsOf(bench));
      const marks: { verified: number; seconds: number }[] = [];
      const run = await transfer(bench, folderId, {
        onState: ({ counts: { verified } }, seconds: number) => {
          if (verified >= (marks.length === 0 ? 0.3 : 0.8) * files && marks.length < 2)
            marks.push({ verified, seconds });
        },
      });
      const [from, to] = marks;
      if (!from || !to) throw new Problem('The transfer ended before its middle was measured.');
      const rate = (to.verified - from.verified) / (to.seconds - from.seconds);
      note(`${workers} workers: ${rate.toFixed(0)} files/s, total ${run.seconds.toFixed(0)} s`);
      return { whole: files / run.seconds, middle: rate, cpu: clock() };
    });
    alone ??= middle;
    result[`files_s_${workers}`] = middle.toFixed(0);
    result[`times_${workers}`] = (middle / alone).toFixed(2);
    result[`whole_files_s_${workers}`] = whole.toFixed(0);
    result[`cpu_s_${workers}`] = Object.entries(cpu)
      .map(([name, seconds]) => `${name}:${seconds.toFixed(0)}`)
      .join('/');
  }
  return result;
}

/**
 * kill -9 of one of two workers during a small transfer, compared with the same transfer without a kill. Redis's
 * commands include those in scripts and those of idle workers in the same time.
 */
export async function benchDeadWorker(running: Running, { files = 300, folders = 10, rounds = 3 } = {}) {
  return withBench(running, { workers: 2 }, async (bench) => {
    const folderId = await bench.tree(folders, files, files * 10_000, 1);
    await transfer(bench, folderId);
    await bench.behave({ latencyMs: 'realistic' });
    const calm: number[] = [];
    const perItem: number[] = [];
    for (let round = 0; round < 2 * rounds; round++) {
      const before = await redisCommands(bench.redisUrl);
      const run = await transfer(bench, folderId);
      perItem.push(((await redisCommands(bench.redisUrl)) - before) / run.transfer.counts.found);
      calm.push(run.seconds);
    }
    const killed: number[] = [];
    for (let round = 0; round < rounds; round++) {
      let done = false;
      const run = await transfer(bench, folderId, {
        onState: ({ counts: { verified } }) => {
          if (done || verified < files / 2) return;
          done = true;
          process.kill(bench.workerPids.shift()!, 'SIGKILL');
        },
      });
      if (!done) throw new Problem('The transfer was over before a worker was killed.');
      killed.push(run.seconds);
      await bench.addWorker();
    }
    return {
      items: files + folders,
      workers: 2,
      calm_s: median(calm).toFixed(1),
      killed_s: killed.map((seconds) => seconds.toFixed(1)).join('/'),
      more_s: (Math.max(...killed) - median(calm)).toFixed(1),
      aim_more_s: 10,
      redis_commands_per_item: median(perItem).toFixed(1),
    };
  });
}

/** kill -9 of the only worker during a transfer of 100,000 items, and a new worker. */
export async function benchResume(running: Running, { files = 100_000, folders = 1_000 } = {}) {
  return withBench(running, { workers: 1, sandboxFlags: LARGE_SANDBOX }, async (bench) => {
    const folderId = await bench.tree(folders, files, files * 1_000, 1);
    const copies = async () => (await bench.stats()).requests['files.copy']?.['200'] ?? 0;
    let killed: { seconds: number; before: number; ready: number } | undefined;
    let firstCopy = NaN;
    const run = await transfer(bench, folderId, {
      onState: async ({ state }, seconds: number) => {
        if (killed === undefined && state === 'running' && (await copies()) > files / 3) {
          process.kill(bench.workerPids[0]!, 'SIGKILL');
          await sleep(500);
          const before = await copies();
          const restarted = performance.now();
          await bench.addWorker();
          const ready = (performance.now() - restarted) / 1000;
          while ((await copies()) <= before) await sleep(50);
          firstCopy = (performance.now() - restarted) / 1000;
          killed = { seconds, before, ready };
        }
      },
    });
    const { requests } = await bench.stats();
    const twice = await countTwice(bench.sandboxUrl, run.transfer);
    return {
      items: run.transfer.counts.found,
      killed_after_s: killed?.seconds.toFixed(1),
      copied_before: killed?.before,
      worker_ready_s: killed?.ready.toFixed(1),
      first_new_copy_s: firstCopy.toFixed(1),
      completed_s: run.seconds.toFixed(1),
      done_twice: twice,
      aim_done_twice: 0,
      copies_asked_for: Object.values(requests['files.copy'] ?? {}).reduce((sum, count) => sum + count, 0),
      ids_taken: requests['files.copy']?.['409'] ?? 0,
    };
  });
}

/** Counts copies with the same path; all names in a generated tree are unique. */
async function countTwice(sandboxUrl: string, { target }: Transfer) {
  const where = `account=${DESTINATION}&checksums=false${target.resultFolderId ? `&folderId=${target.resultFolderId}` : ''}`;
  const response = await fetch(`${sandboxUrl}/__sandbox/tree?${where}`);
  const paths = new Set();
  let items = 0;
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const text of lines) {
      const { path, trashed } = JSON.parse(text) as TreeLine;
      if (trashed) continue;
      items++;
      paths.add(path);
    }
  }
  return items - paths.size;
}

/** 10,000, 100,000 and a million files: what each costs in time, processors and memory. */
export async function benchMillion(
  running: Running,
  {
    sizes = [10_000, 100_000, 1_000_000],
    workers = 1,
    report,
  }: { sizes?: number[]; workers?: number; report: (result: Result) => void },
) {
  for (const files of sizes) {
    const result = await withBench(running, { workers, sandboxFlags: LARGE_SANDBOX }, async (bench) => {
      const folders = files / 100;
      const folderId = await bench.tree(folders, files, files * 1_000, 1);
      const emptyRedis = await redisBytes(bench.redisUrl);
      const memory = watchMemory(pidsOf(bench), 500);
      const clock = clockProcessors(pidsOf(bench));
      let planned: number | undefined;
      let reportedAt = 0;
      let planCpu: Record<string, number> | undefined;
      let mostRedis = emptyRedis;
      await bench.clearStats();
      const run = await transfer(bench, folderId, {
        onState: async (now, seconds: number) => {
          if (seconds - reportedAt >= 5) {
            reportedAt = seconds;
            mostRedis = Math.max(mostRedis, await redisBytes(bench.redisUrl));
            if (process.env.BENCH_VERBOSE)
              process.stderr.write(
                `${seconds.toFixed(0)} s ${now.state} ${JSON.stringify(now.counts)} redis ${mb(mostRedis)} MB\n`,
              );
          }
          if (planned === undefined && now.state === 'running') {
            planCpu = clock();
            planned = await redisBytes(bench.redisUrl);
          }
        },
      });
      const cpu = clock();
      const copied = await redisBytes(bench.redisUrl);
      const requests = requestsOf(await bench.stats());
      // What a user opens afterwards: pages of the list, and the report.
      const { id } = run.transfer;
      const pageMs = [];
      let cursor = '';
      for (let page = 0; page < 50; page++) {
        const began = performance.now();
        const { nextCursor } = await call<{ nextCursor?: string }>(`${bench.url}/api/transfers/${id}/items${cursor}`, {
          tokens: bench.tokens,
        });
        pageMs.push(performance.now() - began);
        if (!nextCursor) break;
        cursor = `?cursor=${encodeURIComponent(nextCursor)}`;
      }
      const peaks = memory.peaks();
      const items = run.transfer.counts.found;
      return {
        items,
        plan_s: run.planSeconds.toFixed(1),
        copying_s: (run.copySeconds - run.planSeconds).toFixed(1),
        finishing_s: (run.seconds - run.copySeconds).toFixed(1),
        seconds: run.seconds.toFixed(1),
        items_s: (items / run.seconds).toFixed(0),
        worker_cpu_ms_item: ((1000 * cpu.worker1) / items).toFixed(3),
        worker_cpu_ms_item_plan: ((1000 * (planCpu?.worker1 ?? 0)) / items).toFixed(3),
        redis_cpu_ms_item: ((1000 * cpu.redis) / items).toFixed(3),
        api_cpu_s: cpu.api.toFixed(1),
        sandbox_cpu_s: cpu.sandbox.toFixed(0),
        requests_item: (requests / items).toFixed(3),
        redis_bytes_item_planned: (((planned ?? NaN) - emptyRedis) / items).toFixed(0),
        redis_bytes_item_most: ((Math.max(mostRedis, copied) - emptyRedis) / items).toFixed(0),
        redis_bytes_item_ended: ((copied - emptyRedis) / items).toFixed(0),
        redis_most_mb: mb(Math.max(mostRedis, copied)),
        aim_redis_mb: 400,
        redis_rss_mb: mb(peaks.redis),
        worker_rss_mb: mb(peaks.worker1),
        aim_worker_rss_mb: 512,
        api_rss_mb: mb(peaks.api),
        aim_api_rss_mb: 300,
        sandbox_rss_mb: mb(peaks.sandbox),
        page_ms_median: median(pageMs).toFixed(1),
        pages: pageMs.length,
      };
    });
    report(result);
  }
}

/** Without sharing, every byte must be relayed. */
const NO_SHARING = [{ operation: 'permissions.create', kind: 'error', status: 403, reason: 'shareOutNotPermitted' }];

/** Relays a folder or file, and removes the copies. */
async function relay(bench: Bench, itemId: string) {
  const run = await transfer(bench, itemId);
  if (!run.transfer.ways.relay || run.transfer.ways.serverCopy)
    throw new Problem(`The transfer was not relayed: ${JSON.stringify(run.transfer).slice(0, 600)}`);
  const { items } = await call<{ items: [{ destinationId: string }] }>(
    `${bench.url}/api/transfers/${run.transfer.id}/items`,
    { tokens: bench.tokens },
  );
  await remove(bench, items[0].destinationId);
  return run;
}

async function remove(bench: Bench, id: string) {
  const bearer = await bench.bearer(DESTINATION);
  await call(`${bench.sandboxUrl}/drive/v3/files/${id}`, { method: 'DELETE', bearer });
}

/** The id of an item at the top of the destination. */
async function idOf(bench: Bench, name: string) {
  const q = encodeURIComponent(`name = '${name}' and 'root' in parents and trashed = false`);
  const { files } = await call<{ files: [{ id: string }] }>(`${bench.sandboxUrl}/drive/v3/files?q=${q}`, {
    bearer: await bench.bearer(DESTINATION),
  });
  return files[0].id;
}

/** Generates a folder with one file, and computes its checksums. */
async function onlyFile(bench: Bench, size: number) {
  const folderId = await bench.tree(0, 1, size, size);
  const query = `q=${encodeURIComponent(`'${folderId}' in parents`)}&fields=${encodeURIComponent('files(id,size)')}`;
  const { files } = await call<{ files: [{ id: string; size: string }] }>(
    `${bench.sandboxUrl}/drive/v3/files?${query}`,
    { bearer: await bench.bearer(SOURCE) },
  );
  if (Number(files[0].size) !== size)
    throw new Problem(`The sandbox made a file of ${files[0].size} instead of ${size} bytes.`);
  return { folderId, id: files[0].id };
}

/**
 * One file of 5 GB: a transfer in a worker process, compared with a bare Node pipe between the same accounts. The time
 * is that of the whole transfer, from the request to the verified end. Memory is the worker's peak, compared with its
 * memory after relaying a small file.
 */
export async function benchRelay(running: Running, { bytes = 5_000_000_000, rounds = 2 } = {}) {
  return withBench(running, { workers: 1 }, async (bench) => {
    const bearers = [await bench.bearer(SOURCE), await bench.bearer(DESTINATION)];
    await bench.behave({ faults: NO_SHARING });
    const pipe = async (fileId: string) => {
      const script = join(ROOT, 'backend/bench/pipe.ts');
      const args = [bench.sandboxUrl, fileId, String(bytes), ...bearers];
      const { id, ...figures } = await output<{ id: string } & Record<'seconds' | 'cpuSeconds', number>>([
        process.execPath,
        script,
        ...args,
      ]);
      await remove(bench, id);
      return figures;
    };
    await relay(bench, (await onlyFile(bench, 20_000_000)).id);
    const { id } = await onlyFile(bench, bytes);
    const worker = { worker: bench.workerPids[0]! };
    const before = watchMemory(worker).peaks().worker;
    const memory = watchMemory(worker);
    const found = { relay: [] as number[], pipe: [] as number[], relayCpu: [] as number[], pipeCpu: [] as number[] };
    const rate = (seconds: number) => bytes / 1e6 / seconds;
    for (let round = 0; round < rounds; round++) {
      const piped = await pipe(id);
      found.pipe.push(rate(piped.seconds));
      found.pipeCpu.push(rate(piped.cpuSeconds));
      const clock = clockProcessors(worker);
      found.relay.push(rate((await relay(bench, id)).seconds));
      found.relayCpu.push(rate(clock().worker));
    }
    const peak = memory.peaks().worker;
    return {
      bytes,
      rounds,
      relay_mb_s: median(found.relay).toFixed(0),
      relay_all: each(found.relay, 0),
      pipe_mb_s: median(found.pipe).toFixed(0),
      pipe_all: each(found.pipe, 0),
      ratio: (median(found.relay) / median(found.pipe)).toFixed(2),
      aim_ratio: 0.8,
      // By processor time, which a busy machine affects least.
      relay_mb_per_cpu_s: median(found.relayCpu).toFixed(0),
      pipe_mb_per_cpu_s: median(found.pipeCpu).toFixed(0),
      rss_before_mb: mb(before),
      rss_peak_mb: mb(peak),
      rss_growth_mb: mb(peak - before),
      aim_rss_growth_mb: 64,
    };
  });
}

/**
 * One file of 5 GB and 2,000 of 1 MB, relayed by a transfer and by rclone, through the same TLS proxy. rclone's best
 * settings and its defaults are measured with less data, so that everything takes minutes.
 */
export async function benchRelayBesideRclone(
  running: Running,
  {
    rounds = 2,
    bytes: large = 5_000_000_000,
    files = 2_000,
    report,
  }: { rounds?: number; bytes?: number; files?: number; report: (result: Result) => void },
) {
  const oneFile =
    (size: number) =>
    async (bench: Bench): Promise<string> =>
      (await onlyFile(bench, size)).folderId;
  const manyFiles = (number: number) => (bench: Bench) => bench.tree(Math.ceil(number / 100), number, number * 1e6, 7);
  const cases = [
    {
      name: `1x${large / 1e9}GB`,
      bytes: large,
      make: oneFile(large),
      less: { bytes: large / 5, make: oneFile(large / 5) },
      tries: [DEFAULT_SETTINGS, ['--drive-chunk-size', '64M'], ['--drive-chunk-size', '256M']],
    },
    {
      name: `${files}x1MB`,
      bytes: files * 1e6,
      make: manyFiles(files),
      less: { bytes: files * 1e5, make: manyFiles(files / 10) },
      tries: [DEFAULT_SETTINGS, unlimitedSettings(4), unlimitedSettings(16), unlimitedSettings(64)],
    },
  ];
  for (const { name, make, bytes, less, tries } of cases)
    report(
      await withBench(running, { workers: 1, tlsProxy: true }, async (bench) => {
        await bench.behave({ faults: NO_SHARING });
        const rclone = await startRclone(bench);
        try {
          const folderId = await make(bench);
          const lessId = await less.make(bench);
          let into = 0;
          const rate = (seconds: number, of = bytes) => of / 1e6 / seconds;
          const stream = async (settings: string[], id = folderId) => {
            const where = `rclone ${++into}`;
            const run = await rclone.copy(id, where, settings, { serverSide: false });
            await remove(bench, await idOf(bench, where));
            return run;
          };
          await relay(bench, lessId);
          const tried: { settings: string[]; mbS: number }[] = [];
          for (const settings of tries)
            tried.push({ settings, mbS: rate((await stream(settings, lessId)).seconds, less.bytes) });
          const best = [...tried].sort((a, b) => b.mbS - a.mbS)[0]?.settings ?? [];
          const defaultRate = tried[0]?.mbS ?? NaN;
          const worker = { worker: bench.workerPids[0]! };
          const before = watchMemory(worker).peaks().worker;
          const memory = watchMemory(worker);
          const found = {
            ours: [] as number[],
            oursCpu: [] as number[],
            rclone: [] as number[],
            rcloneCpu: [] as number[],
          };
          for (let round = 0; round < rounds; round++) {
            const clock = clockProcessors(worker);
            found.ours.push(rate((await relay(bench, folderId)).seconds));
            found.oursCpu.push(rate(clock().worker));
            const theirs = await stream(best);
            found.rclone.push(rate(theirs.seconds));
            found.rcloneCpu.push(rate(theirs.cpuSeconds));
          }
          const peak = memory.peaks().worker;
          return {
            files: name,
            rounds,
            relay_mb_s: median(found.ours).toFixed(0),
            relay_all: each(found.ours, 0),
            rclone_best_mb_s: median(found.rclone).toFixed(0),
            rclone_best_all: each(found.rclone, 0),
            rclone_best_settings: best.join(',') || 'defaults',
            rclone_default_mb_s: defaultRate.toFixed(0),
            rclone_tried: tried.map(({ mbS }) => mbS.toFixed(0)).join('/'),
            ratio: (median(found.ours) / median(found.rclone)).toFixed(2),
            aim_ratio: 1,
            ratio_to_default: (median(found.ours) / defaultRate).toFixed(2),
            // By the processor time of the worker, which hashes, and of rclone, which does not; without TLS proxy and
            // sandbox.
            relay_mb_per_cpu_s: median(found.oursCpu).toFixed(0),
            rclone_mb_per_cpu_s: median(found.rcloneCpu).toFixed(0),
            rss_before_mb: mb(before),
            rss_growth_mb: mb(peak - before),
            aim_rss_growth_mb: 64,
          };
        } finally {
          rclone.close();
        }
      }),
    );
}
