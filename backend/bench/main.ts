// `npm run bench [-- NAME… [--seconds N]]`: measurements side by side with a yardstick, one line of key=value a result.
// Both sides of a comparison run in turns on the same machine, because a busy machine changes from one minute to the next.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import {
  benchDeadWorker,
  benchFlatOut,
  benchLimited,
  benchMillion,
  benchRealistic,
  benchRelay,
  benchRelayBesideRclone,
  benchResume,
  benchWorkers,
} from './engine.ts';
import { benchPortal } from './portal-lists.ts';
import { benchTab } from './portal-tab.ts';
import {
  benchFairness,
  benchInstances,
  benchSessionParts,
  benchSessionPeers,
  benchStreams,
  benchValidate,
} from './session-routes.ts';
import { benchSharing } from './sharing.ts';
import { readArguments, UsageProblem, wholeNumber } from '../../tools/arguments.ts';
import { buildStale } from '../../tools/build.ts';
import { copySources } from '../../tools/local.ts';
import { during, line, median, output, withFolder, withRedis, type Result, type Running } from './measure.ts';
import { answers, capture, freePort, launch, onStop, untilReady } from '../../tools/processes.ts';
import { startSandbox } from '../../tools/stack.ts';
import { Problem, ROOT, say, withoutSettings } from '../../tools/workspace.ts';

/** Those that need no build of the product. */
const UNBUILT = new Set(['start']);

const running: Running = new Set();

interface Options {
  /** For measurements that run for a set time. */
  seconds: number | undefined;
  report: (result: Result) => void;
}

/** Each answers its result, or several, or reports one after the other as they come. */
const BENCHES: Record<string, (options: Options) => Promise<Result | Result[] | void>> = {
  realistic: () => benchRealistic(running),
  'flat-out': () => benchFlatOut(running),
  limited: ({ seconds }) => benchLimited(running, seconds),
  workers: () => benchWorkers(running),
  resume: () => benchResume(running),
  'dead-worker': () => benchDeadWorker(running),
  sharing: () => benchSharing(running),
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
/** Several by one name. */
const GROUPS: Record<string, string[]> = {
  portal: ['portal-lists', 'portal-tab'],
  engine: ['realistic', 'flat-out', 'limited'],
  relay: ['one-relay', 'relays'],
  sessions: ['validate', 'session-peers', 'session-parts', 'streams', 'instances', 'fairness'],
};

/** @param given names of measurements (all without any), and `--seconds N` for those that run for a set time */
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

/** The stand-in for Google against bare Node: it must never be what the others measure. */
async function benchSandbox() {
  return output<Result[]>([process.execPath, join(ROOT, 'backend/bench/sandbox.ts')]);
}

/** A ledger of 10 thousand, 100 thousand and a million items in a Redis of its own: what each item costs. */
function benchLedger() {
  return withRedis(running, async (url) => {
    const results = await output<Result[]>([process.execPath, join(ROOT, 'backend/bench/ledger.ts')], {
      env: { REDIS_URL: url },
    });
    return results.map((result) => ({ ...result, aimBytesPerItem: 400, aimNodeMicrosPerItem: 60 }));
  });
}

/**
 * Limits of Google's, by the sandbox: how much of them two processes use through the product's client and pacer, and how
 * much is refused on the way. What is made in five minutes, because a quota of the minute is found after one.
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
 * - `bare_s`: npm's cache is empty too, so that every package comes from the registry. Where Debian's package of Redis
 *   can be fetched, `bare_redis_s` is what fetching and unpacking it takes on top; on a machine that has no Redis the
 *   start installs it. Node, npm and git are there.
 * - `cold_s`: a fresh clone where npm's cache has the packages, and a Redis is there.
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

/** A copy of this checkout with the environment of a fresh clone, in its own folder. */
function freshClone(folder: string, npmCache: string) {
  const clone = join(folder, 'cloudmover');
  copyCheckout(clone);
  return { clone, env: freshEnvironment(folder, npmCache) };
}

/**
 * The environment of a machine on which this checkout was never built: its home is empty, where nx keeps a cache that all
 * clones of a repository share, and what this process runs with is left out.
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
    // The registry to ask may stand there.
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
        throw new Problem('nx reused a cached build, so this was not a fresh clone.');
      return seconds;
    },
  );
}

/** What a machine without Redis fetches and unpacks, where this can be tried without installing it. */
function redisPackage(folder: string) {
  const into = mkdtempSync(join(folder, 'redis-'));
  const began = performance.now();
  const fetched = capture(['apt-get', '-qq', 'download', 'redis-tools'], { cwd: into, timeoutMs: 60_000 });
  const [file] = readdirSync(into);
  if (fetched.code !== 0 || !file || capture(['dpkg-deb', '-x', join(into, file), into]).code !== 0) return {};
  return { bare_redis_s: ((performance.now() - began) / 1000).toFixed(1) };
}

/** What a fresh clone would have if everything here were committed. */
function copyCheckout(to: string) {
  copySources(to);
  // A repository of its own: caches that clones of one repository share are those of this one as well.
  for (const args of [
    ['init', '-q'],
    ['add', '-A'],
  ])
    capture(['git', ...args], { cwd: to, timeoutMs: 60_000 });
}
