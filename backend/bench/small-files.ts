import { join } from 'node:path';
import process from 'node:process';
import { DEFAULT_SETTINGS, startRclone, unlimitedSettings } from './rclone.ts';
import { DESTINATION, note, pidsOf, requestsOf, transfer, withBench } from './engine.ts';
import { clockProcessors, each, median, output, type Running } from './measure.ts';
import { ROOT } from '../../tools/workspace.ts';

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
      const ids = (await bench.filesBelow(theirs)).map(({ id }) => id);
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
      aim_use_percent: 97,
      refused_percent: ((100 * (within.length - taken)) / within.length).toFixed(1),
      aim_refused_percent: 2,
      all_writes: writes.length,
    };
  });
}
