import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { TextDecoder } from 'node:util';
import {
  DESTINATION,
  LARGE_SANDBOX,
  note,
  pidsOf,
  transfer,
  withBench,
  type Transfer,
  type TreeLine,
} from './engine.ts';
import { clockProcessors, median, redisCommands, type Result, type Running } from './measure.ts';
import { Problem } from '../../tools/workspace.ts';

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
