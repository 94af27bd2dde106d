// `npm run bench [-- NAME… [--seconds N]]`: measurements compared with references; prints a line of key=value per
// result. Both sides of a comparison run alternately on the same machine, because its load varies.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { benchLinks } from './links.ts';
import { benchMillion } from './million.ts';
import { benchPortal } from './portal-lists.ts';
import { benchTab } from './portal-tab.ts';
import { benchRelay, benchRelayBesideRclone } from './relay.ts';
import {
  benchFairness,
  benchInstances,
  benchSessionParts,
  benchSessionPeers,
  benchStreams,
  benchValidate,
} from './session-routes.ts';
import { benchPeopleMap, benchSharedItems } from './sharing.ts';
import { benchFlatOut, benchLimited, benchRealistic } from './small-files.ts';
import { benchDeadWorker, benchResume, benchWorkers } from './workers.ts';
import { readArguments, UsageProblem, wholeNumber } from '../../tools/arguments.ts';
import { buildStale } from '../../tools/build.ts';
import { copySources } from '../../tools/checkout.ts';
import { during, line, median, output, withFolder, withRedis, type Result, type Running } from './measure.ts';
import { answers, capture, freePort, launch, onStop, untilReady } from '../../tools/processes.ts';
import { startSandbox } from '../../server/parts.ts';
import { Problem, ROOT, say, withoutSettings } from '../../tools/workspace.ts';

/** Measurements that do not need a build of the product. */
const UNBUILT = new Set(['start']);

const running: Running = new Set();

interface Options {
  /** For measurements that run for a set time. */
  seconds: number | undefined;
  report: (result: Result) => void;
}

/** Each returns one or several results, or reports them one by one. */
const BENCHES: Record<string, (options: Options) => Promise<Result | Result[] | void>> = {
  realistic: () => benchRealistic(running),
  'flat-out': () => benchFlatOut(running),
  limited: ({ seconds }) => benchLimited(running, seconds),
  workers: () => benchWorkers(running),
  resume: () => benchResume(running),
  'dead-worker': () => benchDeadWorker(running),
  'shared-items': () => benchSharedItems(running),
  'people-map': () => benchPeopleMap(running),
  links: ({ report }) => benchLinks(running, { report }),
  million: ({ report }) => benchMillion(running, { report }),
  'one-relay': () => benchRelay(running),
  relays: ({ report }) => benchRelayBesideRclone(running, { report }),
  validate: () => benchValidate(running),
  'session-peers': () => benchSessionPeers(running),
  'session-parts': () => benchSessionParts(running),
  streams: () => benchStreams(running),
  fairness: () => benchFairness(running),
  instances: () => benchInstances(running),
  sandbox: benchSandbox,
  ledger: benchLedger,
  pacing: ({ seconds }) => benchPacing(seconds),
  'portal-lists': ({ report }) => benchPortal(running, { report }),
  'portal-tab': ({ report }) => benchTab(running, { report }),
  start: benchStart,
};
/** Names for several measurements. */
const GROUPS: Record<string, string[]> = {
  portal: ['portal-lists', 'portal-tab'],
  sharing: ['shared-items', 'people-map'],
  engine: ['realistic', 'flat-out', 'limited'],
  relay: ['one-relay', 'relays'],
  sessions: ['validate', 'session-peers', 'session-parts', 'streams', 'instances', 'fairness'],
};

/** @param given names of measurements (default: all), and `--seconds N` for those that run for a set time */
export default async function bench(given: string[]) {
  const { values, positionals: args } = readArguments('bench', given, { seconds: { type: 'string' } }, Infinity);
  const seconds =
    values.seconds === undefined ? undefined : wholeNumber('bench', 'seconds', values.seconds, { min: 1 });
  const known = [...Object.keys(GROUPS), ...Object.keys(BENCHES)];
  const unknown = args.find((name) => !known.includes(name));
  if (unknown) throw new UsageProblem('bench', `There is no measurement "${unknown}". There are: ${known.join(', ')}.`);
  const names = args.length > 0 ? args.flatMap((name: string) => GROUPS[name] ?? name) : Object.keys(BENCHES);
  onStop(() => Promise.all([...running].map((stop) => stop())));
  if (names.some((name: string) => !UNBUILT.has(name))) {
    await buildStale(
      ROOT,
      names.some((name: string) => name.startsWith('portal')) ? ['backend', 'frontend'] : ['backend'],
    );
  }
  for (const name of names) {
    const report = (result: Result) => say(line({ bench: name, ...result }));
    for (const result of [(await BENCHES[name]?.({ seconds, report })) ?? []].flat()) report(result);
  }
}

/** The sandbox compared with bare Node, because it must never limit the other measurements. */
async function benchSandbox() {
  return output<Result[]>([process.execPath, join(ROOT, 'backend/bench/sandbox.ts')]);
}

/** The costs per item of ledgers with 10 thousand, 100 thousand and a million items, in a separate Redis. */
function benchLedger() {
  return withRedis(running, async (url) => {
    const results = await output<Result[]>([process.execPath, join(ROOT, 'backend/bench/ledger.ts')], {
      env: { REDIS_URL: url },
    });
    return results.map((result) => ({ ...result, aimBytesPerItem: 400, aimNodeMicrosPerItem: 60 }));
  });
}

/**
 * How much of Google's limits (in the sandbox) two processes use with the product's client and pacer, and how much is
 * refused. Runs for five minutes, because the pacer learns a quota per minute only after a minute.
 */
function benchPacing(seconds = 300) {
  return withRedis(running, async (redisUrl, folder) => {
    const sandbox = await startSandbox({ logFile: join(folder, 'sandbox.log') });
    return during(running, sandbox.stop, async () => {
      const results: Result[] = [];
      const script = join(ROOT, 'backend/bench/pacing.ts');
      for (const [limit, latencyMs] of [
        ['writes', 0],
        ['units', 0],
        ['units', 100],
      ] as const)
        results.push(
          await output([process.execPath, script, sandbox.url, limit, String(seconds), String(latencyMs)], {
            env: { REDIS_URL: redisUrl },
          }),
        );
      return results;
    });
  });
}

/**
 * `npm start` in fresh copies of this checkout: seconds from the command to the first 200 of the portal's page.
 * - `bare_s`: with an empty npm cache, so that every package comes from the registry. `bare_redis_s` is the additional
 *   time
 *   to fetch and unpack Debian's package of Redis, if that is possible; the start installs it on a machine without Redis.
 *   Node, npm and git are installed.
 * - `cold_s`: a new clone, with the packages in npm's cache, and an installed Redis.
 * - `warm_s`: again in that clone, the median of three.
 */
function benchStart() {
  return withFolder(running, async (folder) => {
    const npmCache = join(folder, 'npm-cache');
    const bare = await secondsToStart(freshClone(join(folder, 'bare'), npmCache));
    rmSync(join(folder, 'bare'), { recursive: true, force: true });
    const clone = freshClone(join(folder, 'cold'), npmCache);
    const cold = await secondsToStart(clone);
    const warm: number[] = [];
    for (let round = 0; round < 3; round++) warm.push(await secondsToStart(clone));
    return {
      bare_s: bare.toFixed(1),
      ...redisPackage(folder),
      cold_s: cold.toFixed(1),
      warm_s: median(warm).toFixed(1),
      aim_warm_s: 5,
    };
  });
}

/** A copy of this checkout with the environment of a new clone, in its own folder. */
function freshClone(folder: string, npmCache: string) {
  const clone = join(folder, 'cloudmover');
  copyCheckout(clone);
  return { clone, env: freshEnvironment(folder, npmCache) };
}

/**
 * The environment of a machine that has never built this checkout: an empty home, where nx keeps a cache for all clones
 * of a repository, and without the settings of this process.
 */
export function freshEnvironment(folder: string, npmCache: string, env = process.env): NodeJS.ProcessEnv {
  const path = (env.PATH ?? '').split(delimiter).filter((entry) => !entry.includes('node_modules'));
  const ours = /^(npm_|NODE_|NX_|NG_|INIT_CWD|CLOUDMOVER_|XDG_CACHE_HOME)/i;
  const kept = Object.entries(withoutSettings(env)).filter(([name]) => !ours.test(name));
  const [home, temporary] = [join(folder, 'home'), join(folder, 'tmp')];
  for (const each of [home, temporary]) mkdirSync(each, { recursive: true });
  return {
    ...Object.fromEntries(kept),
    PATH: path.join(delimiter),
    HOME: home,
    TMPDIR: temporary,
    npm_config_cache: npmCache,
    // It may configure the registry.
    npm_config_userconfig: env.npm_config_userconfig ?? join(homedir(), '.npmrc'),
  };
}

async function secondsToStart({ clone, env }: ReturnType<typeof freshClone>) {
  const port = await freePort();
  const began = performance.now();
  const start = launch({
    name: 'npm start',
    command: ['npm', 'start'],
    cwd: clone,
    env: { ...env, PORT: String(port) },
    logFile: join(clone, '..', 'start.log'),
  });
  return during(
    running,
    () => start.stop(30_000),
    async () => {
      await untilReady(start, () => answers(`http://127.0.0.1:${port}/`), 600_000);
      const seconds = (performance.now() - began) / 1000;
      const build = join(clone, '.cloudmover/build.log');
      if (existsSync(build) && /read the output from the cache/.test(readFileSync(build, 'utf8')))
        throw new Problem('nx reused a cached build, so this was not a new clone.');
      return seconds;
    },
  );
}

/** Fetches and unpacks Redis's package like a machine without Redis, if that is possible without installing it. */
function redisPackage(folder: string) {
  const into = mkdtempSync(join(folder, 'redis-'));
  const began = performance.now();
  const fetched = capture(['apt-get', '-qq', 'download', 'redis-tools'], { cwd: into, timeoutMs: 60_000 });
  const [file] = readdirSync(into);
  if (fetched.code !== 0 || !file || capture(['dpkg-deb', '-x', join(into, file), into]).code !== 0) return {};
  return { bare_redis_s: ((performance.now() - began) / 1000).toFixed(1) };
}

/** Copies the files of a clone in which everything here is committed. */
function copyCheckout(to: string) {
  copySources(to);
  // A separate repository, because clones of one repository share caches.
  for (const args of [
    ['init', '-q'],
    ['add', '-A'],
  ])
    capture(['git', ...args], { cwd: to, timeoutMs: 60_000 });
}
