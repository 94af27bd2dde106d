// `npm run bench [-- NAME…]`: measurements side by side with a yardstick, one line of key=value a result. Both sides of
// a comparison run in turns on the same machine, because a busy machine changes from one minute to the next.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { clearInterval, setInterval } from 'node:timers';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildStale } from './build.mjs';
import { answers, capture, freePort, launch, onlyWhileWeLive, onStop, untilReady } from './processes.mjs';
import { askRedis } from './redis.mjs';
import { startStack } from './stack.mjs';
import { call, connect, OVER } from './visitor.mjs';
import { Problem, ROOT, say, withoutSettings } from './workspace.mjs';

const BENCHES = { relay: benchRelay, session: benchSession, sandbox: benchSandbox, start: benchStart };
/** Those that need no build of the product. */
const UNBUILT = new Set(['start', 'sandbox']);
const [SOURCE, DESTINATION] = ['alice@example.com', 'bob@example.com'];

/** What is to be ended when the command is. */
const running = new Set();

/** @param {string[]} args names of measurements; all without any */
export default async function bench(args) {
  const unknown = args.find((name) => !Object.hasOwn(BENCHES, name));
  if (unknown)
    throw new Problem(`There is no measurement "${unknown}". There are: ${Object.keys(BENCHES).join(', ')}.`);
  onStop(() => Promise.all([...running].map((stop) => stop())));
  if (args.length === 0 || args.some((name) => !UNBUILT.has(name))) await buildStale();
  for (const name of args.length > 0 ? args : Object.keys(BENCHES))
    say(line({ bench: name, ...(await BENCHES[name]()) }));
}

/**
 * One file of 2 GB from source to destination: by a transfer in a worker process, against a bare Node pipe between the
 * same two accounts. The transfer's time is that of the whole transfer, from the request to the verified end. Memory is
 * the worker's, after a small file was relayed, against its peak.
 */
async function benchRelay() {
  const bytes = 2_000_000_000;
  const stack = await startStack({ workers: 1 });
  running.add(stack.close);
  try {
    const { url, sandboxUrl } = stack;
    const [workerPid] = stack.workerPids;
    const tokens = {
      source: await connect(url, 'source', SOURCE),
      destination: await connect(url, 'destination', DESTINATION),
    };
    const bearerOf = async (account) =>
      (await call(`${sandboxUrl}/__sandbox/tokens`, { method: 'POST', body: { account } })).access_token;
    const bearers = { source: await bearerOf(SOURCE), destination: await bearerOf(DESTINATION) };
    // Where nothing may be shared, every byte must be relayed.
    const faults = [{ operation: 'permissions.create', kind: 'error', status: 403, reason: 'shareOutNotPermitted' }];
    await call(`${sandboxUrl}/__sandbox/behavior`, { method: 'PUT', body: { faults } });

    const madeUp = async (size) => {
      const { folderId } = await call(`${sandboxUrl}/__sandbox/trees`, {
        method: 'POST',
        body: { account: SOURCE, folders: 0, files: 1, bytes: size, seed: size },
      });
      const query = `q=${encodeURIComponent(`'${folderId}' in parents`)}&fields=${encodeURIComponent('files(id,size,sha256Checksum,md5Checksum)')}`;
      // Asked for its checksums now, because the sandbox computes those of a made-up file the first time.
      const { files } = await call(`${sandboxUrl}/drive/v3/files?${query}`, { bearer: bearers.source });
      if (Number(files[0].size) !== size)
        throw new Problem(`The sandbox made a file of ${files[0].size} instead of ${size} bytes.`);
      return files[0].id;
    };
    const remove = (id) =>
      call(`${sandboxUrl}/drive/v3/files/${id}`, { method: 'DELETE', bearer: bearers.destination });
    const relay = async (fileId) => {
      const began = performance.now();
      const cpuBegan = cpuSeconds(workerPid);
      const { id } = await call(`${url}/api/transfers`, { method: 'POST', tokens, body: { items: [fileId] } });
      for (;;) {
        const transfer = await call(`${url}/api/transfers/${id}`, { tokens });
        if (OVER.has(transfer.state)) {
          const figures = {
            seconds: (performance.now() - began) / 1000,
            cpuSeconds: cpuSeconds(workerPid) - cpuBegan,
          };
          if (transfer.state !== 'completed' || transfer.ways.relay !== 1)
            throw new Problem(`The transfer was not relayed: ${JSON.stringify(transfer).slice(0, 600)}`);
          const { items } = await call(`${url}/api/transfers/${id}/items`, { tokens });
          await remove(items[0].destinationId);
          return figures;
        }
        await sleep(100);
      }
    };
    const pipe = async (fileId) => {
      const script = join(ROOT, 'backend/bench/pipe.ts');
      const { id, ...figures } = await output([
        process.execPath,
        script,
        sandboxUrl,
        fileId,
        String(bytes),
        bearers.source,
        bearers.destination,
      ]);
      await remove(id);
      return figures;
    };

    await relay(await madeUp(20_000_000));
    const fileId = await madeUp(bytes);
    const before = residentBytes(workerPid);
    let peak = before;
    const watch = setInterval(() => (peak = Math.max(peak, residentBytes(workerPid))), 200);
    const rounds = { relay: [], pipe: [] };
    for (let round = 0; round < 3; round++) {
      rounds.pipe.push(await pipe(fileId));
      rounds.relay.push(await relay(fileId));
    }
    clearInterval(watch);
    const rate = (side, what) => bytes / 1e6 / median(rounds[side].map((figures) => figures[what]));
    return {
      bytes,
      rounds: 3,
      relay_mb_s: rate('relay', 'seconds').toFixed(0),
      pipe_mb_s: rate('pipe', 'seconds').toFixed(0),
      ratio: (rate('relay', 'seconds') / rate('pipe', 'seconds')).toFixed(2),
      aim_ratio: 0.8,
      // Of processor time, which a busy machine falsifies least.
      relay_mb_per_cpu_s: rate('relay', 'cpuSeconds').toFixed(0),
      pipe_mb_per_cpu_s: rate('pipe', 'cpuSeconds').toFixed(0),
      rss_before_mb: (before / 1e6).toFixed(0),
      rss_peak_mb: (peak / 1e6).toFixed(0),
      rss_growth_mb: ((peak - before) / 1e6).toFixed(0),
      aim_rss_growth_mb: 64,
    };
  } catch (error) {
    process.stderr.write(`${stack.logs()}\n`);
    throw error;
  } finally {
    await stack.close();
    running.delete(stack.close);
  }
}

/** Guarded `GET /session/validate`, as shipped (logging each request), against a bare Nest route with one Redis GET. */
async function benchSession() {
  const stack = await startStack({ env: { CLOUDMOVER_ROLE: 'api', RATE_LIMIT_PER_SECOND: '1000000' } });
  running.add(stack.close);
  const folder = mkdtempSync(join(tmpdir(), 'cloudmover-bench-'));
  let bare;
  try {
    const token = await connect(stack.url, 'source', SOURCE);
    // The same record, so that both sides carry the same bytes from Redis.
    const [keys] = await askRedis(stack.redisUrl, [['KEYS', 'credentials:*']]);
    const port = await freePort();
    bare = launch({
      name: 'The bare route',
      command: [process.execPath, join(ROOT, 'backend/bench/bare-route.ts'), String(port), keys[0]],
      env: { ...withoutSettings(), REDIS_URL: stack.redisUrl },
      logFile: join(folder, 'bare.log'),
    });
    await untilReady(bare, () => answers(`http://127.0.0.1:${port}/bare`));
    const sides = {
      guarded: {
        pid: stack.apiPid(),
        args: [`${stack.url}/session/validate`, '3', '32', `X-Source-Token: ${token}`],
        rates: [],
        perCpu: [],
      },
      bare: { pid: bare.pid, args: [`http://127.0.0.1:${port}/bare`, '3', '32'], rates: [], perCpu: [] },
    };
    // The first round warms both up and does not count.
    for (let round = 0; round < 6; round++) {
      for (const side of Object.values(sides)) {
        const cpuBefore = cpuSeconds(side.pid);
        const { requests, seconds } = await output([
          process.execPath,
          join(ROOT, 'backend/bench/load.ts'),
          ...side.args,
        ]);
        if (round === 0) continue;
        side.rates.push(requests / seconds);
        side.perCpu.push(requests / (cpuSeconds(side.pid) - cpuBefore));
      }
    }
    const { guarded, bare: plain } = sides;
    return {
      rounds: 5,
      guarded_rps: median(guarded.rates).toFixed(0),
      bare_rps: median(plain.rates).toFixed(0),
      ratio: (median(guarded.rates) / median(plain.rates)).toFixed(2),
      aim_ratio: 0.8,
      guarded_per_cpu_s: median(guarded.perCpu).toFixed(0),
      bare_per_cpu_s: median(plain.perCpu).toFixed(0),
      cpu_ratio: (median(guarded.perCpu) / median(plain.perCpu)).toFixed(2),
    };
  } finally {
    await bare?.stop();
    await stack.close();
    running.delete(stack.close);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The stand-in for Google against bare Node: it must never be what the others measure. */
async function benchSandbox() {
  return output([process.execPath, join(ROOT, 'backend/bench/sandbox.ts')]);
}

/**
 * `npm start` in a fresh copy of this checkout, with npm's cache as it is, and once more: seconds from the command to
 * the first 200 of the portal's page.
 */
async function benchStart() {
  const folder = mkdtempSync(join(tmpdir(), 'cloudmover-clone-'));
  const clone = join(folder, 'cloudmover');
  const remove = () => rmSync(folder, { recursive: true, force: true });
  running.add(remove);
  try {
    copyCheckout(clone);
    // Not the Node and the tools of this checkout: those a newcomer has.
    const path = (process.env.PATH ?? '').split(delimiter).filter((entry) => !entry.includes('node_modules'));
    const env = { ...withoutSettings(), PATH: path.join(delimiter) };
    for (const name of Object.keys(env)) if (/^(npm_|NODE_|INIT_CWD|CLOUDMOVER_)/i.test(name)) delete env[name];
    const measure = async () => {
      const port = await freePort();
      const began = performance.now();
      const start = launch({
        name: 'npm start',
        command: ['npm', 'start'],
        cwd: clone,
        env: { ...env, PORT: String(port) },
        logFile: join(folder, 'start.log'),
      });
      running.add(start.stop);
      try {
        await untilReady(start, () => answers(`http://127.0.0.1:${port}/`), 600_000);
        return (performance.now() - began) / 1000;
      } finally {
        await start.stop(30_000);
        running.delete(start.stop);
      }
    };
    const cold = await measure();
    const again = [];
    for (let round = 0; round < 3; round++) again.push(await measure());
    return { cold_s: cold.toFixed(1), second_s: median(again).toFixed(1), aim_second_s: 5 };
  } finally {
    remove();
    running.delete(remove);
  }
}

/** What a fresh clone would have if everything here were committed. */
function copyCheckout(to) {
  const { code, output: list } = capture(['git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
  });
  if (code !== 0) throw new Problem('This measurement copies the checkout, for which it needs git and a clone.');
  for (const path of list.split('\0').filter(Boolean)) {
    const original = join(ROOT, path);
    if (!existsSync(original)) continue;
    mkdirSync(dirname(join(to, path)), { recursive: true });
    copyFileSync(original, join(to, path));
  }
  if (existsSync(join(ROOT, '.git'))) cpSync(join(ROOT, '.git'), join(to, '.git'), { recursive: true });
}

/** Runs a script of backend/bench and reads the line of JSON it ends with. */
async function output([program, ...args]) {
  const child = spawn(program, args, { env: withoutSettings(), cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  const forget = onlyWhileWeLive(child);
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (data) => (text += data));
  const [code] = await once(child, 'close');
  forget();
  if (code !== 0) throw new Problem(`${args[0]} ended with code ${code}.`);
  return JSON.parse(text);
}

/** Resident memory of a process in bytes. */
function residentBytes(pid) {
  if (process.platform === 'linux')
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;
  return Number(capture(['ps', '-o', 'rss=', '-p', String(pid)]).output) * 1024;
}

/** Processor time a process has used, in seconds. */
function cpuSeconds(pid) {
  if (process.platform === 'linux') {
    // proc_pid_stat(5): utime and stime are fields 14 and 15, in ticks of which Linux shows 100 a second.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }
  const [, minutes, seconds] = /(\d+):([\d.]+)/.exec(capture(['ps', '-o', 'cputime=', '-p', String(pid)]).output) ?? [];
  return Number(minutes) * 60 + Number(seconds);
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

function line(result) {
  return Object.entries(result)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ');
}
