import { join } from 'node:path';
import process from 'node:process';
import { DEFAULT_SETTINGS, startRclone, unlimitedSettings } from './rclone.ts';
import { DESTINATION, SOURCE, transfer, withBench, type Bench } from './engine.ts';
import { clockProcessors, each, mb, median, output, watchMemory, type Result, type Running } from './measure.ts';
import { call } from '../../tools/api-client.ts';
import { Problem, ROOT } from '../../tools/workspace.ts';

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
            // By the processor time of the worker and of rclone; without TLS proxy and sandbox.
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
