// `npm test`: runs all tests, with their own Redis and ports.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { clearInterval, setInterval } from 'node:timers';
import { UsageProblem } from './arguments.ts';
import { buildStale } from './build.ts';
import { useChromium } from './chromium.ts';
import { memoryFolder } from './memory-folder.ts';
import { stopWithUs, onStop } from './processes.ts';
import { SHORT_LIVED_OBJECTS, usePromtool, useProxies } from './test-programs.ts';
import { usePythonClient } from './python.ts';
import { useRclone } from './rclone.ts';
import { askRedis, startRedis } from './redis.ts';
import { Problem, ROOT, say, step, withoutSettings } from './workspace.ts';

interface PartOfTests {
  folder: string;
  what: string;
  /** Requirements. */
  built?: true;
  rclone?: true;
  python?: true;
  proxies?: true;
  promtool?: true;
  browser?: true;
}

/** The parts, each a Jest configuration, the longest first; requirements are started before the first one. */
const PARTS: Record<string, PartOfTests> = {
  backend: {
    folder: 'backend',
    what: 'API and engine: unit, contract, integration, end to end, chaos',
    built: true,
    proxies: true,
    promtool: true,
  },
  browser: { folder: 'frontend/e2e', what: 'the portal: journeys in Chromium', built: true, browser: true },
  frontend: { folder: 'frontend', what: 'the portal: units and components' },
  sandbox: {
    folder: 'sandbox',
    what: 'the sandbox, also with Google’s own clients',
    rclone: true,
    python: true,
  },
  tools: { folder: 'tools', what: 'the commands', built: true, promtool: true },
  cli: { folder: 'cli', what: 'the command line, and its package', built: true },
};

function partNamed(name: string) {
  const part = PARTS[name];
  if (!part) throw new Problem(`There is no part "${name}".`);
  return part;
}

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
  /** Why a run failed although no test did. */
  problem?: string;
}

/** The result of a part; `output` is the runner's output if it was not shown. */
interface Result extends Counts {
  part: string;
  seconds: number;
  output?: string;
}

/**
 * @param args parts to run (default: all); further arguments go to Jest: `npm test -- backend -t "resumes"`
 * @returns exit code
 */
export default async function test(args: string[]): Promise<number> {
  const firstOther = args.findIndex((arg) => !Object.hasOwn(PARTS, arg));
  const names = firstOther < 0 ? args : args.slice(0, firstOther);
  const jestArgs = firstOther < 0 ? [] : args.slice(firstOther);
  const parts = names.length > 0 ? names : Object.keys(PARTS);
  const isNeeded = (what: keyof PartOfTests) => parts.some((part) => PARTS[part]?.[what]);
  if (jestArgs.length > 0 && parts.length !== 1) {
    throw new UsageProblem('test', `"${jestArgs[0]}" is no part. Arguments for Jest follow exactly one part.`);
  }

  const folder = memoryFolder('cloudmover-test-');
  let redis: Awaited<ReturnType<typeof startRedis>> | undefined;
  const end = async () => {
    await redis?.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  onStop(end);
  try {
    if (isNeeded('built')) await buildStale();
    const chromium = isNeeded('browser') ? await useChromium() : undefined;
    const rclone = isNeeded('rclone') ? await useRclone() : undefined;
    const python = isNeeded('python') ? await usePythonClient() : undefined;
    const proxies = isNeeded('proxies') ? await useProxies() : {};
    const promtool = isNeeded('promtool') ? await usePromtool() : {};
    redis = await step('Starting a Redis for the tests', () =>
      startRedis({ dir: join(folder, 'redis'), password: secret(), userPassword: secret(), fsync: 'always' }),
    );
    const env = {
      ...withoutSettings(),
      // The user has only the rights of docs/redis-users.acl; tests themselves may need more.
      REDIS_URL: redis.userUrl,
      REDIS_ADMIN_URL: redis.url,
      REDIS_TEST: '1',
      // For tests that start their own servers, such as a Cluster.
      REDIS_SERVER: redis.program.command,
      ...(redis.program.argv0 && { REDIS_SERVER_NAME: redis.program.argv0 }),
      ...(chromium && { CHROMIUM: chromium }),
      ...(rclone && { RCLONE: rclone }),
      ...(python && { GOOGLE_PYTHON: python }),
      ...proxies,
      ...promtool,
    };
    const results = await runTwoAtATime(parts, (part, quiet) => runPart(part, { env, folder, jestArgs, quiet }));
    const refused = await refusedCalls(redis.url);
    if (refused.length > 0)
      results.push({ part: 'rights', passed: 0, failed: 1, skipped: 0, seconds: 0, problem: refused.join('; ') });
    return report(results);
  } finally {
    await end();
  }
}

/**
 * Runs two parts at a time: each waits for disks, clocks or other processes while the other works. Of the first, the
 * runner's output is shown as it comes; of the one beside it, once it has ended.
 * @param parts the longest first, so that nothing runs alone for long at the end
 * @param runOne runs a part; `quiet` returns the output instead of showing it
 */
async function runTwoAtATime(parts: string[], runOne: (part: string, quiet: boolean) => Promise<Omit<Result, 'part'>>) {
  const waiting = [...parts];
  const results: Result[] = [];
  const runWaiting = async (quiet: boolean) => {
    for (let part; (part = waiting.shift()) !== undefined;) {
      const result = { part, ...(await runOne(part, quiet)) };
      results.push(result);
      if (quiet) process.stderr.write(result.output ?? '');
    }
  };
  await Promise.all([runWaiting(false), runWaiting(true)]);
  return results;
}

const secret = () => randomBytes(18).toString('base64url');

/**
 * Calls that docs/redis-users.acl refused; the product may only have logged them.
 * @param url the administrator's URL
 */
export async function refusedCalls(url: string) {
  const [entries] = await askRedis(url, [['ACL', 'LOG', '128']]);
  return (entries as string[][]).flatMap((entry) => {
    const field = (name: string) => entry[entry.indexOf(name) + 1];
    // The startup check tries the password for "default", which must refuse it.
    if (field('reason') === 'auth') return [];
    return [`docs/redis-users.acl does not let "${field('username')}" use the ${field('reason')} ${field('object')}`];
  });
}

/** @param options.quiet returns the runner's output as `output` instead of showing it */
async function runPart(
  part: string,
  { env, folder, jestArgs, quiet }: { env: NodeJS.ProcessEnv; folder: string; jestArgs: string[]; quiet: boolean },
): Promise<Counts & { output: string; seconds: number }> {
  const { folder: where, what } = partNamed(part);
  const title = `\n• Testing ${what} …`;
  if (!quiet) say(title);
  const began = Date.now();
  const outputFile = join(folder, `${part}.json`);
  const command = [
    // Runs of all parts keep every processor busy. Then the helper threads of a garbage collection wait for their turn, and
    // the collection for them: relay.spec.ts takes half of the processor time without them.
    '--single-threaded-gc',
    // About a tenth less processor time for hostile-fields.spec.ts of the sandbox.
    ...SHORT_LIVED_OBJECTS,
    join(ROOT, 'node_modules/jest/bin/jest.js'),
    ...['--ci', '--json', `--outputFile=${outputFile}`, ...jestArgs],
  ];
  // Jest's readable report goes to stderr; stdout has the JSON, which is also in the file.
  const child = spawn(process.execPath, command, {
    cwd: join(ROOT, where),
    env,
    stdio: ['ignore', 'ignore', quiet ? 'pipe' : 'inherit'],
  });
  let output = `${title}\n`;
  child.stderr?.setEncoding('utf8').on('data', (data: string) => (output += data));
  const forget = stopWithUs(child);
  const ended = once(child, 'exit');
  // Jest writes the results after the last test, then waits without a limit for anything that a test left open.
  let hung = false;
  const watch = setInterval(() => {
    if (!existsSync(outputFile) || Date.now() - statSync(outputFile).mtimeMs < 60_000) return;
    hung = true;
    child.kill('SIGKILL');
  }, 1000);
  const [code] = (await ended) as [number | null];
  clearInterval(watch);
  forget();
  const counts = countsOf(outputFile, code);
  if (hung) counts.problem = 'a test left something open, so the runner did not exit';
  return { ...counts, output, seconds: (Date.now() - began) / 1000 };
}

/**
 * The counts of a Jest run. A file that could not run, a crash, and a run without tests count as one failure each.
 * @param outputFile the file of `--json --outputFile`
 */
export function countsOf(outputFile: string, exitCode: number | null): Counts {
  if (!existsSync(outputFile)) return { passed: 0, failed: 1, skipped: 0, problem: 'the runner crashed' };
  const result = JSON.parse(readFileSync(outputFile, 'utf8')) as Record<string, number>;
  const {
    numPassedTests: passed = 0,
    numFailedTests = 0,
    numRuntimeErrorTestSuites = 0,
    numPendingTests = 0,
    numTodoTests = 0,
  } = result;
  const skipped = numPendingTests + numTodoTests;
  let failed = numFailedTests + numRuntimeErrorTestSuites;
  let problem: string | undefined;
  if (passed + failed === 0) {
    failed = 1;
    problem = 'no test ran';
  } else if (exitCode !== 0 && failed === 0) {
    failed = 1;
    problem = `the runner ended with code ${exitCode}`;
  }
  return { passed, failed, skipped, ...(problem && { problem }) };
}

/** The last line: `N passed, N failed`, and `, N skipped` if any. */
export function totalLine({ passed, failed, skipped = 0 }: { passed: number; failed: number; skipped?: number }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

function report(results: Result[]) {
  say();
  for (const { part, seconds, problem, ...counts } of results) {
    say(`  ${part.padEnd(9)} ${totalLine(counts)} in ${seconds.toFixed(0)} s${problem ? ` (${problem})` : ''}`);
  }
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const result of results) {
    total.passed += result.passed;
    total.failed += result.failed;
    total.skipped += result.skipped;
  }
  say(`\n${totalLine(total)}`);
  return total.failed > 0 ? 1 : 0;
}
