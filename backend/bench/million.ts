import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { LARGE_SANDBOX, pidsOf, requestsOf, transfer, withBench } from './engine.ts';
import { clockProcessors, mb, median, redisBytes, watchMemory, type Result, type Running } from './measure.ts';
import { call } from '../../tools/api-client.ts';

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
