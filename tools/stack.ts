// Starts the whole product for tests and measurements: the sandbox in place of Google, a Redis, the API and workers.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { newKeyRing, readiness, redirectUris, startBackend, startSandbox } from '../server/parts.ts';
import { memoryFolder } from './memory-folder.ts';
import { freePort, launch, tail } from './processes.ts';
import { startRedis } from './redis.ts';
import { Problem, ROOT, withoutSettings } from './workspace.ts';

interface Stoppable {
  stop(): Promise<void>;
}

/** The result of `startStack`. */
export type Stack = Awaited<ReturnType<typeof startStack>>;

/**
 * Starts a TLS proxy before a sandbox, for comparisons with programs that require TLS; both sides then use it.
 * @param options.folder folder for its log and the certificate authority to trust
 */
async function startTlsProxy({ sandboxUrl, folder }: { sandboxUrl: string; folder: string }) {
  const authorityFile = join(folder, 'authority.pem');
  const running = launch({
    name: 'The TLS proxy',
    command: [process.execPath, join(ROOT, 'backend/bench/tls-proxy.ts'), sandboxUrl, authorityFile],
    env: withoutSettings(),
    logFile: join(folder, 'tls-proxy.log'),
    speaksIpc: true,
  });
  const { directUrl, proxyUrl } = await readiness<{ directUrl: string; proxyUrl: string }>(running);
  return { directUrl, proxyUrl, authorityFile, pid: running.pid, stop: () => running.stop(5000) };
}

/**
 * Starts the whole product on free ports, for tests, demos and measurements: Redis, sandbox, API and worker, in a
 * temporary folder that `close` removes. The user's configuration does not affect it. The backend (and for `portal` the
 * portal) must be built.
 *
 * @param options.portal serves the portal, too
 * @param options.accounts sandbox accounts; the first one is the usual source
 * @param options.seedDemo fill the first account with the demo Drive
 * @param options.imports `DIR[:account]`
 * @param options.env further environment variables of the API and workers
 * @param options.workers number of separate worker processes; 0: the API process is also the worker
 * @param options.tlsProxy puts a TLS proxy before the sandbox, and uses it
 * @param options.sandboxFlags flags of Node for the sandbox
 * @param options.inMemory for tests: Redis keeps its data in memory where the machine allows it, and syncs each write, which
 *   takes no time there
 */
export async function startStack({
  portal = false,
  accounts = ['alice@example.com', 'bob@example.com'],
  seedDemo = false,
  imports = [],
  env: extra = {},
  workers = 0,
  tlsProxy: withTlsProxy = false,
  sandboxFlags = [],
  inMemory = false,
}: {
  portal?: boolean;
  accounts?: string[];
  seedDemo?: boolean;
  imports?: string[];
  env?: Record<string, string>;
  workers?: number;
  tlsProxy?: boolean;
  sandboxFlags?: string[];
  inMemory?: boolean;
} = {}) {
  const folder = inMemory ? memoryFolder('cloudmover-') : mkdtempSync(join(tmpdir(), 'cloudmover-'));
  const running: Stoppable[] = [];
  const close = async () => {
    for (const part of running.splice(0).reverse()) await part.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    if (portal && !existsSync(join(ROOT, 'frontend/dist/browser/index.html'))) {
      throw new Problem('The portal is not built. Type "npm run build" and run the command again.');
    }
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const client = {
      id: 'cloudmover-test',
      secret: randomBytes(18).toString('base64url'),
      redirects: redirectUris(url),
    };
    const args = [
      '--accounts',
      accounts.join(','),
      ...(seedDemo ? ['--seed-demo'] : []),
      ...imports.flatMap((dir) => ['--import', dir]),
    ];
    const password = randomBytes(18).toString('base64url');
    const startOwnRedis = (at?: number) =>
      startRedis({
        dir: join(folder, 'redis'),
        password,
        fsync: inMemory ? 'always' : 'everysec',
        ...(at && { port: at }),
      });
    const [firstRedis, sandbox] = await startBoth(running, [
      startOwnRedis(),
      startSandbox({ logFile: join(folder, 'sandbox.log'), client, args, flags: sandboxFlags }),
    ]);
    let redis = firstRedis;
    const tlsProxy = withTlsProxy ? await startTlsProxy({ sandboxUrl: sandbox.url, folder }) : undefined;
    if (tlsProxy) running.push(tlsProxy);

    const env = {
      ...withoutSettings(),
      HOST: '127.0.0.1',
      PUBLIC_URL: url,
      REDIS_URL: redis.url,
      GOOGLE_BASE_URL: tlsProxy?.directUrl ?? sandbox.url,
      // For browsers, which need not trust the proxy's certificate.
      GOOGLE_AUTH_URL: `${sandbox.url}/o/oauth2/v2/auth`,
      ...(tlsProxy && { NODE_EXTRA_CA_CERTS: tlsProxy.authorityFile }),
      GOOGLE_CLIENT_ID: client.id,
      GOOGLE_CLIENT_SECRET: client.secret,
      CREDENTIALS_KEYS: newKeyRing(),
      RATE_LIMIT_TOKEN: '1000000',
      RATE_LIMIT_ADDRESS: '1000000',
      RATE_LIMIT_SIGN_IN: '1000000',
      ...(portal ? {} : { PORTAL_DIR: join(folder, 'no-portal') }),
      ...extra,
    };
    const apiLog = join(folder, 'api.log');
    const logFiles = [apiLog, join(folder, 'sandbox.log')];
    const apiEnv = { ...env, PORT: String(port), CLOUDMOVER_ROLE: workers > 0 ? 'api' : 'all', ...extra };
    const startApi = () => startBackend({ env: apiEnv, logFile: apiLog });
    let api = await startApi();
    running.push({ stop: () => api.stop() });

    const workerPids: number[] = [];
    const addWorker = async () => {
      const number = workerPids.length + 1;
      const logFile = join(folder, `worker-${number}.log`);
      const worker = await startBackend({
        env: { ...env, PORT: String(await freePort()), CLOUDMOVER_ROLE: 'worker' },
        logFile,
        name: `Worker ${number}`,
      });
      running.push(worker);
      workerPids.push(worker.pid);
      logFiles.push(logFile);
      return worker.pid;
    };
    /** Starts another instance of the API on its own port. */
    const addApi = async () => {
      const began = performance.now();
      const logFile = join(folder, `api-${logFiles.length}.log`);
      const another = await startBackend({ env: { ...apiEnv, PORT: String(await freePort()) }, logFile });
      running.push(another);
      logFiles.push(logFile);
      return { origin: another.origin, pid: another.pid, seconds: (performance.now() - began) / 1000 };
    };
    while (workerPids.length < workers) await addWorker();
    return {
      url,
      sandboxUrl: sandbox.url,
      redisUrl: redis.url,
      accounts,
      workerPids,
      apiPid: () => api.pid,
      pids: { sandbox: sandbox.pid, redis: redis.pid, ...(tlsProxy && { tlsProxy: tlsProxy.pid }) },
      tlsProxy,
      /** Starts one more worker process. @returns its id */
      addWorker,
      addApi,
      /** The last lines of every process's log. */
      logs: () => logFiles.map((file) => `--- ${file}\n${tail(file, 40)}`).join('\n'),
      /** Restarts the API process on the same port. */
      restartApi: async () => {
        await api.stop();
        api = await startApi();
      },
      /** Stops Redis. @returns a function that restarts it at the same address with the same data */
      stopRedis: async () => {
        await redis.stop();
        return async () => {
          redis = await startOwnRedis(firstRedis.port);
          running.push(redis);
          if (redis.port !== firstRedis.port) throw new Problem(`Port ${firstRedis.port} was taken meanwhile.`);
        };
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Waits for both; adds the started ones to `running` even if the other one fails, so that they can be stopped. */
async function startBoth<A extends Stoppable, B extends Stoppable>(
  running: Stoppable[],
  starting: [Promise<A>, Promise<B>],
): Promise<[A, B]> {
  for (const result of await Promise.allSettled(starting))
    if (result.status === 'fulfilled') running.push(result.value);
  return Promise.all(starting);
}
