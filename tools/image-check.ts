// `npm run image-check`: builds the image as Docker would, looks at what is in it, and copies a tree with API and worker
// in containers that are killed and replaced meanwhile. It needs no Docker: buildah builds and runs in a chroot, on a base
// of Debian's packages and the pinned Node.
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { newKeyRing, redirectUris, startSandbox } from '../server/parts.ts';
import { call, OVER, type Tokens } from './api-client.ts';
import { buildStale } from './build.ts';
import { answers, capture, commandOf, freePort, onStop, programOnPath, run, tail, untilReady } from './processes.ts';
import { startRedis } from './redis.ts';
import { until } from './until.ts';
import { Problem, ROOT, say, step } from './workspace.ts';

const IMAGE = 'localhost/cloudmover-check';
const RELEASE_OF_DEBIAN = 'trixie';
/** Where Debian has them, and buildah passes them to processes that it builds and runs. */
const AUTHORITIES = '/etc/ssl/certs/ca-certificates.crt';
const [SOURCE, DESTINATION] = ['alice@example.com', 'bob@example.com'];
const FILES = 60;
const ENVIRONMENT = { ...process.env, BUILDAH_ISOLATION: 'chroot' };

export default async function imageCheck() {
  if (!programOnPath('buildah') || !programOnPath('debootstrap') || process.getuid?.() !== 0) {
    say(
      'Nothing was checked: this needs buildah and debootstrap, and to run as root (Debian: apt-get install buildah netavark debootstrap).',
    );
    return 0;
  }
  const folder = mkdtempSync(join(tmpdir(), 'image-check-'));
  const ends: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  const end = async () => {
    for (const each of ends.splice(0).reverse()) await each();
  };
  onStop(end);
  try {
    await buildStale();
    const base = await baseImage(folder);
    await step('Building the image (some minutes)', () =>
      buildah(
        ...['build', '--format', 'docker', ...sameLimits()],
        ...['--build-arg', `NODE_IMAGE=${base}`, '--file', 'backend/Dockerfile', '--tag', IMAGE, '.'],
      ),
    );
    ends.push(() => buildah('rmi', '--force', IMAGE));
    const container = buildah('from', ...sameLimits(), IMAGE);
    ends.push(() => buildah('rm', container));
    checkContents(container);
    await checkTransfer(container, folder, ends);
    say('The image is as it should be.');
    return 0;
  } finally {
    await end();
  }
}

/** Options that leave the limits of processes as they are: in a chroot nobody may raise them, which buildah would do. */
function sameLimits() {
  const limits = readFileSync('/proc/self/limits', 'utf8');
  return [
    ['nofile', 'Max open files'],
    ['nproc', 'Max processes'],
  ].flatMap(([name, title]) => {
    const [, soft, hard] = new RegExp(`^${title} +(\\d+) +(\\d+)`, 'm').exec(limits) ?? [];
    return hard ? ['--ulimit', `${name}=${soft}:${hard}`] : [];
  });
}

/** What stands for the image of Node: Debian's packages, the pinned Node, npm, and the user that Node's image has. */
async function baseImage(folder: string) {
  const name = `localhost/cloudmover-check-node:${process.versions.node}`;
  if (capture(['buildah', 'inspect', '--type', 'image', name]).code === 0) return name;
  const root = join(folder, 'base');
  const packages = ['--variant=minbase', '--include=libatomic1,ca-certificates'];
  await step('Making a base of Debian and the pinned Node (about 2 minutes)', async () => {
    if ((await run(['debootstrap', ...packages, RELEASE_OF_DEBIAN, root], { quiet: true })) !== 0)
      throw new Problem(
        `debootstrap failed. The end of its log:\n\n${tail(join(root, 'debootstrap/debootstrap.log'))}`,
      );
    cpSync(process.execPath, join(root, 'usr/local/bin/node'));
    const npm = dirname(dirname(process.env.npm_execpath ?? ''));
    if (!existsSync(join(npm, 'bin/npm-cli.js'))) throw new Problem('Run this with npm: npm run image-check.');
    cpSync(npm, join(root, 'usr/local/lib/node_modules/npm'), { recursive: true, dereference: true });
    symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/local/bin/npm'));
    // A registry in between may have an authority of its own.
    const own = process.env.NODE_EXTRA_CA_CERTS;
    if (own) writeFileSync(join(root, AUTHORITIES), readFileSync(own), { flag: 'a' });
    if (capture(['chroot', root, 'useradd', '--uid', '1000', '--create-home', 'node']).code !== 0)
      throw new Problem('The base could not get the user "node".');
    const container = buildah('from', 'scratch');
    buildah('add', '--quiet', container, root, '/');
    buildah('config', '--env', 'PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', container);
    buildah('config', '--env', `NODE_EXTRA_CA_CERTS=${AUTHORITIES}`, container);
    buildah('commit', '--quiet', '--rm', container, name);
  });
  return name;
}

/** Whether the image has the portal of the build, runs as a user that can write none of it, and has no secret. */
function checkContents(container: string) {
  const root = buildah('mount', container);
  try {
    const app = join(root, 'app');
    const [inImage, built] = [join(app, 'frontend/dist/browser'), join(ROOT, 'frontend/dist/browser')].map(digestsOf);
    if (JSON.stringify(inImage) !== JSON.stringify(built))
      throw new Problem('The portal in the image differs from that of `npm run build`.');
    const writable = readdirSync(app, { recursive: true, encoding: 'utf8', withFileTypes: true }).filter((entry) => {
      const { uid, mode } = statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false }) ?? {
        uid: 0,
        mode: 0,
      };
      return uid !== 0 || (mode & 0o022) !== 0;
    });
    if (writable.length > 0) throw new Problem(`The image's user could write ${writable[0]!.name}, and others.`);
    for (const name of ['.env', 'secrets', '.cloudmover', 'frontend/src', 'backend/src', 'backend/test'])
      if (existsSync(join(app, name))) throw new Problem(`The image contains ${name}.`);
    const config = JSON.parse(buildah('inspect', '--type', 'container', container)) as {
      Docker: { config: { User: string; Env: string[] } };
    };
    const { User: user, Env: variables } = config.Docker.config;
    if (user !== 'node') throw new Problem(`The image runs as "${user}".`);
    const secret = variables.find((variable) => /KEY|SECRET|PASSWORD|TOKEN|REDIS_URL/.test(variable));
    if (secret) throw new Problem(`The image sets ${secret.split('=')[0]}.`);
    say(
      `✔ the same portal (${Object.keys(inImage!).length} files), the user "node", nothing that it can write, no secret`,
    );
  } finally {
    buildah('umount', container);
  }
}

/** Copies a tree with API and worker of the image, which are killed and replaced while they copy. */
async function checkTransfer(container: string, folder: string, ends: (() => unknown)[]) {
  const passwords = { admin: secret(), user: secret() };
  const redis = await startRedis({
    dir: join(folder, 'redis'),
    password: passwords.admin,
    userPassword: passwords.user,
  });
  ends.push(redis.stop);
  const client = { id: 'image-check', secret: secret(), redirects: redirectUris('https://mover.example.com') };
  const sandbox = await startSandbox({ logFile: join(folder, 'sandbox.log'), client });
  ends.push(sandbox.stop);

  const secrets: Record<string, string> = {
    CREDENTIALS_KEYS: newKeyRing(),
    GOOGLE_CLIENT_SECRET: client.secret,
    OPERATOR_KEY: secret(),
    REDIS_URL: redis.userUrl!,
  };
  mkdirSync(join(folder, 'secrets'), { mode: 0o755 });
  for (const [name, value] of Object.entries(secrets))
    writeFileSync(join(folder, 'secrets', name), value, { mode: 0o444 });
  const mark = `IMAGE_CHECK=${randomBytes(8).toString('hex')}`;
  const shared = [
    ...['NODE_ENV=production', 'HOST=127.0.0.1', 'PUBLIC_URL=https://mover.example.com', 'TRUST_PROXY=none'],
    ...[`GOOGLE_BASE_URL=${sandbox.url}`, `GOOGLE_CLIENT_ID=${client.id}`, 'RATE_LIMIT_TOKEN=1000000', mark],
    ...Object.keys(secrets).map((name) => `${name}_FILE=/run/secrets/${name}`),
  ];
  /** Ids of the processes of the image with a role. */
  const pidsOf = (role: string) =>
    readdirSync('/proc').flatMap((pid) => {
      try {
        if (!/^\d+$/.test(pid) || !/main\.js/.test(commandOf(Number(pid)) ?? '')) return [];
        const variables = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
        const isNode = readlinkSync(`/proc/${pid}/exe`).endsWith('node');
        return isNode && variables.includes(mark) && variables.includes(`CLOUDMOVER_ROLE=${role}`) ? [Number(pid)] : [];
      } catch {
        return []; // It has just ended.
      }
    });
  const start = async (role: 'api' | 'worker') => {
    const port = await freePort();
    const log = join(folder, `${role}.log`);
    const variables = [...shared, `PORT=${port}`, `CLOUDMOVER_ROLE=${role}`].flatMap((each) => ['--env', each]);
    const volume = ['--volume', `${join(folder, 'secrets')}:/run/secrets:ro`];
    const command = ['node', '--enable-source-maps', 'backend/dist/main.js'];
    const options = ['--network', 'host', '--user', 'node', ...volume, ...variables];
    const child = spawn(
      'sh',
      ['-c', 'exec "$@" >>"$0" 2>&1', log, 'buildah', 'run', ...options, container, '--', ...command],
      { env: ENVIRONMENT },
    );
    const ended = new Promise<void>((done) => child.once('exit', () => done()));
    const kill = (signal: NodeJS.Signals) => {
      for (const pid of pidsOf(role)) process.kill(pid, signal);
    };
    ends.push(() => {
      kill('SIGKILL');
      return ended;
    });
    const url = `http://127.0.0.1:${port}`;
    await untilReady({ name: `The ${role} in its container`, logFile: log, ended }, () =>
      answers(`${url}/health/ready`),
    );
    return { url, ended, kill };
  };

  let [api, worker] = [await start('api'), await start('worker')];
  const processes = [...pidsOf('api'), ...pidsOf('worker')];
  if (processes.length !== 2) throw new Problem(`${processes.length} processes of the image run, not 2.`);
  for (const pid of processes) {
    if (!/^Uid:\t1000\t/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')))
      throw new Problem('A process runs as root.');
  }
  const lines = capture(['ps', '-eo', 'args']).output;
  for (const value of [...Object.values(secrets), passwords.user])
    if (lines.includes(value)) throw new Problem('The list of processes shows a secret.');
  const options = ['--isolation', 'chroot', '--user', 'node'];
  const write = capture(['buildah', 'run', ...options, container, '--', 'touch', '/app/x']);
  if (!/Permission denied|Read-only/.test(write.errors)) throw new Problem('The user of the image can write to it.');
  say('✔ API and worker run, not as root, and their secrets are in no list of processes');

  const control = <T>(path: string, method: string, body: object) =>
    call<T>(`${sandbox.url}/__sandbox/${path}`, { method, body });
  const session = async (type: 'source' | 'destination', account: string) => {
    const { refresh_token: refreshToken } = await control<{ refresh_token: string }>('tokens', 'POST', { account });
    const response = await fetch(`${api.url}/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-operator-key': secrets.OPERATOR_KEY! },
      body: JSON.stringify({ type, refreshToken }),
    });
    if (!response.ok) throw new Problem(`POST /session returned ${response.status}: ${await response.text()}`);
    return ((await response.json()) as { token: string }).token;
  };
  const tokens: Tokens = {
    source: await session('source', SOURCE),
    destination: await session('destination', DESTINATION),
  };
  const tree = { account: SOURCE, folders: 4, files: FILES, bytes: FILES * 1000, seed: 1 };
  const { folderId } = await control<{ folderId: string }>('trees', 'POST', tree);
  await control('behavior', 'PUT', { latencyMs: { 'files.copy': 1_500 } });
  const body = { items: [folderId] };
  const { id } = await call<{ id: string }>(`${api.url}/api/transfers`, { method: 'POST', tokens, body });
  const transfer = () =>
    call<{ state: string; counts: Record<string, number> }>(`${api.url}/api/transfers/${id}`, { tokens });
  const isUnderWay = async () => {
    const { counts } = await transfer();
    return counts.verified! > 0 && counts.verified! < FILES;
  };
  await until('some files are copied', isUnderWay);
  for (const killed of [worker, api]) {
    killed.kill('SIGKILL');
    await killed.ended;
  }
  [api, worker] = [await start('api'), await start('worker')];
  // As an update does.
  worker.kill('SIGTERM');
  await worker.ended;
  await start('worker');
  await control('behavior', 'PUT', {});
  const last = await until('the transfer has ended', async () => {
    const now = await transfer();
    return OVER.has(now.state) && now;
  });
  const arrived = (await (await fetch(`${sandbox.url}/__sandbox/tree?account=${DESTINATION}`)).text())
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { md5?: string; trashed: boolean })
    .filter(({ md5, trashed }) => md5 !== undefined && !trashed);
  if (last.state !== 'completed' || arrived.length !== FILES)
    throw new Problem(`The transfer is ${last.state}, and ${arrived.length} of ${FILES} files have arrived.`);
  say(`✔ ${FILES} files copied once each, although API and worker were killed, and the worker was replaced`);
}

const secret = () => randomBytes(24).toString('base64url');

function digestsOf(folder: string) {
  return Object.fromEntries(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => statSync(join(folder, name)).isFile())
      .sort()
      .map((name) => [
        name,
        createHash('sha256')
          .update(readFileSync(join(folder, name)))
          .digest('hex'),
      ]),
  );
}

/** Runs buildah at the top of the checkout. @throws {Problem} with the end of what it printed */
function buildah(...args: string[]) {
  const {
    code,
    output: said,
    errors,
  } = capture(['buildah', ...args], {
    cwd: ROOT,
    env: ENVIRONMENT,
    timeoutMs: 1_800_000,
  });
  if (code !== 0)
    throw new Problem(`buildah ${args[0]} failed:\n\n${`${said}${errors}`.trim().split('\n').slice(-25).join('\n')}`);
  return said.trim();
}
