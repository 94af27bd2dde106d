// `npm run image-check`: builds the image, looks for secrets in it, and runs docker-compose.yml with it: a transfer
// continues while API and worker are killed and replaced by another version.
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { newKeyRing, redirectUris, startSandbox } from '../server/parts.ts';
import { call, OVER, type Tokens } from './api-client.ts';
import { buildStale } from './build.ts';
import { copySources, digestsOf } from './checkout.ts';
import { readCompose } from './compose.ts';
import { findEngine, type ContainerEngine } from './container-engine.ts';
import { readImage, type Image } from './image-layers.ts';
import { executed, freePort, onStop } from './processes.ts';
import { until } from './until.ts';
import { Problem, ROOT, say, step } from './workspace.ts';

const [SOURCE, DESTINATION] = ['alice@example.com', 'bob@example.com'];
const PUBLIC_URL = 'https://mover.example.com';
/** What the next version has instead of the first one's. */
const NEXT = { version: '99.0.0', format: 99 };
/** A killed worker's steps are taken over after half a minute; a busy machine takes longer. */
const PATIENCE_MS = 240_000;

export default async function imageCheck() {
  const scratch = mkdtempSync(join(tmpdir(), 'image-check-'));
  const name = `cm${randomBytes(3).toString('hex')}`;
  const ends: (() => unknown)[] = [() => rmSync(scratch, { recursive: true, force: true })];
  const end = async () => {
    for (const each of ends.splice(0).reverse()) await each();
  };
  onStop(end);
  try {
    const [folder, port] = [join(scratch, 'cloudmover'), await freePort()];
    const client = { id: 'image-check', secret: secret(), redirects: redirectUris(PUBLIC_URL) };
    const secrets: Secrets = makeProject(folder, { clientId: client.id, clientSecret: client.secret, port });
    const engine = await findEngine({ name, folder, scratch });
    say(`• With ${engine.name}`);
    await buildStale();
    // Containers reach it, so it listens beyond this machine; its data is made up.
    const options = { logFile: join(scratch, 'sandbox.log'), client, args: ['--host', '0.0.0.0'] };
    const sandbox = await startSandbox(options);
    ends.push(sandbox.stop);
    const google = `http://${engine.hostAddress}:${new URL(sandbox.url).port}`;
    writeFileSync(join(folder, '.env'), `GOOGLE_BASE_URL=${google}\n`, { flag: 'a' });
    ends.push(() => engine.down());

    const images = { first: `localhost/${name}:1`, next: `localhost/${name}:2` };
    await step('Building the image (some minutes)', () => engine.build(images.first));
    checkImage(await savedImage(engine, images.first, scratch, secrets));
    await step('Building the next version of it', () => engine.buildFrom(images.next, nextVersion(images.first)));
    await savedImage(engine, images.next, scratch, secrets);

    const watch = watchProcesses(engine);
    ends.push(watch.stop);
    await step('Starting Compose', () => engine.up(images.first));
    Object.assign(secrets, await redisPasswords(engine));
    await checkContainers(engine);
    await checkTransfer({ engine, images, sandboxUrl: sandbox.url, api: `http://127.0.0.1:${port}`, secrets });
    const lines = await watch.stop();
    const shown = [...namesIn(lines, secrets), ...namesIn(await engine.logs(), secrets)];
    if (shown.length > 0) throw new Problem(`The list of processes or the log shows ${shown.join(', ')}.`);
    say('✔ no list of processes and no log has shown a secret');

    const left = await step('Removing everything', () => engine.down());
    if (left.length > 0) throw new Problem(`This is still there:\n${left.join('\n')}`);
    for (const each of engine.unchecked) say(`- not checked: ${each}`);
    say('The image is as it should be.');
    return 0;
  } finally {
    await end();
  }
}

/**
 * Makes what an operator has: the checkout with a `.env` and secrets in files. They are there while the image is built.
 * @returns the secrets, by name
 */
function makeProject(folder: string, its: { clientId: string; clientSecret: string; port: number }) {
  copySources(folder);
  const [ring, inComment, beside] = [newKeyRing(), secret(), secret()];
  const files = { credentials_keys: ring, google_client_secret: its.clientSecret, operator_key: secret() };
  mkdirSync(join(folder, 'secrets'), { mode: 0o700 });
  for (const [name, value] of Object.entries(files)) writeFileSync(join(folder, 'secrets', name), `${value}\n`);
  const settings = {
    PUBLIC_URL,
    GOOGLE_CLIENT_ID: its.clientId,
    OPERATOR_KEY_FILE: './secrets/operator_key',
    PORT: its.port,
    RATE_LIMIT_TOKEN: 1_000_000,
    TRUST_PROXY: '1',
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(join(folder, '.env'), [...lines, `# ${inComment}\n`].join(''), { mode: 0o600 });
  writeFileSync(join(folder, 'backend/.env'), `SECRET=${beside}\n`);
  const { credentials_keys: _, ...others } = files;
  return { ...others, credentials_keys: ring.slice(ring.indexOf(':') + 1), '.env': inComment, 'backend/.env': beside };
}

type Secrets = Record<string, string>;
const namesIn = (text: string, secrets: Secrets) =>
  Object.keys(secrets).filter((name) => text.includes(secrets[name]!));
const secret = () => randomBytes(24).toString('base64url');

/** Reads an image, all its layers. @throws {Problem} if a secret is in one of them */
async function savedImage(engine: ContainerEngine, name: string, scratch: string, secrets: Secrets): Promise<Image> {
  const [archive, folder] = [join(scratch, 'image.tar'), join(scratch, 'image')];
  await engine.save(name, archive);
  mkdirSync(folder);
  await executed(['tar', '-xf', archive, '-C', folder]);
  const image = readImage(folder, secrets);
  for (const path of [archive, folder]) rmSync(path, { recursive: true });
  if (image.secrets.length > 0) throw new Problem(`The image contains secrets:\n${image.secrets.join('\n')}`);
  say(`✔ no secret in its ${image.layers} layers, its configuration or its history`);
  return image;
}

/** Whether the image has the portal of the build, runs as a user that can write nothing in it, and has no other files. */
function checkImage({ files, config }: Image) {
  const portal = 'frontend/dist/browser';
  const built = digestsOf(join(ROOT, portal));
  const inApp = [...files.values()].filter(({ path }) => path.startsWith('app/'));
  const inImage = inApp
    .filter(({ path, type }) => type === 'file' && path.startsWith(`app/${portal}/`))
    .map(({ path, sha256 }) => `${path.slice(`app/${portal}/`.length)} ${sha256}`);
  if (inImage.sort().join('\n') !== built.sort().join('\n'))
    throw new Problem('The portal in the image differs from that of `npm run build`.');
  const writable = inApp.find(({ type, uid, mode }) => type !== 'link' && (uid !== 0 || (mode & 0o022) !== 0));
  if (writable) throw new Problem(`The image's user could write ${writable.path}.`);
  const forbidden = [
    '.env',
    'secrets',
    '.cloudmover',
    '.git',
    'backend/.env',
    'frontend/src',
    'backend/src',
    'backend/test',
  ];
  const there = forbidden.find((name) => files.has(`app/${name}`));
  if (there) throw new Problem(`The image contains ${there}.`);
  if (config.User !== 'node') throw new Problem(`The image runs as "${config.User}".`);
  const set = config.Env?.find((variable) => /KEY|SECRET|PASSWORD|TOKEN|REDIS_URL/.test(variable.split('=')[0]!));
  if (set) throw new Problem(`The image sets ${set.split('=')[0]}.`);
  if (!config.Healthcheck) throw new Problem('The image has no health check.');
  say(`✔ the same portal (${built.length} files), the user "node", nothing that it can write, a health check`);
}

/** The Dockerfile of the next version: the first one with another version, and another number for what it stores. */
const nextVersion = (first: string) => `
FROM ${first}
USER root
RUN node -e ' \\
  const { readFileSync, writeFileSync } = require("node:fs"); \\
  const replace = (file, from, to) => { \\
    const text = readFileSync(file, "utf8"); \\
    if (!from.test(text)) throw new Error(file + " has changed: adapt tools/image-check.ts"); \\
    writeFileSync(file, text.replace(from, to)); \\
  }; \\
  replace("backend/package.json", /"version": "[^"]*"/, "\\"version\\": \\"${NEXT.version}\\""); \\
  replace("backend/dist/bundle/main.js", /STORED_FORMAT = [0-9]+;/, "STORED_FORMAT = ${NEXT.format};");'
USER node
`;

/** The passwords that Redis has generated. */
async function redisPasswords(engine: ContainerEngine) {
  const names = ['password', 'admin-password', 'auditor-password'];
  const entries = names.map(async (name) => [
    `Redis’s ${name}`,
    await inService(engine, 'redis', ['cat', `/run/redis/${name}`], 'root'),
  ]);
  return Object.fromEntries(await Promise.all(entries)) as Secrets;
}

async function inService(engine: ContainerEngine, service: string, command: string[], user?: string) {
  const { code, output, errors } = await engine.exec(service, command, user);
  if (code !== 0) throw new Problem(`${command.join(' ').slice(0, 60)} in ${service} ended with ${code}: ${errors}`);
  return output.trim();
}

/** Prints a line NAME=VALUE for each fact about a container's first process and what the caller can write. */
const FACTS = `
sed -n 's/^\\(Uid\\|CapEff\\|CapBnd\\|NoNewPrivs\\):[^0-9a-f]*\\([0-9a-f]*\\).*/\\1=\\2/p' /proc/1/status
sed -n 's/^[^ ]* \\/ [^ ]* \\([^ ,]*\\).*/root=\\1/p' /proc/self/mounts
for folder in / /app /etc /run/redis /run/secrets; do
  ! touch "$folder/written" 2>/dev/null || echo "written=$folder"
done
if touch /tmp/written 2>/dev/null; then echo temporary=yes; fi
cgroup=/sys/fs/cgroup
echo "memory=$(cat $cgroup/memory.max 2>/dev/null || cat $cgroup/memory/memory.limit_in_bytes 2>/dev/null)"
echo "processes=$(cat $cgroup/pids.max 2>/dev/null || cat $cgroup/pids/pids.max 2>/dev/null)"`;

/** Whether the containers are as restricted as docker-compose.yml says. */
async function checkContainers(engine: ContainerEngine) {
  const running = Object.entries(readCompose().services).filter(([name]) => name !== 'redis-users');
  for (const [name, { user, tmpfs, mem_limit: memory, pids_limit: processes }] of running) {
    const lines = (await inService(engine, name, ['sh', '-c', FACTS])).split('\n');
    const facts = Object.fromEntries(lines.map((line) => line.split('='))) as Record<string, string | undefined>;
    const expected = {
      ...{ CapEff: NONE, CapBnd: NONE, NoNewPrivs: '1', root: 'ro', written: undefined },
      temporary: tmpfs && 'yes',
      ...(engine.limits && { memory: String(bytesOf(String(memory))), processes: String(processes) }),
    };
    for (const [fact, value] of Object.entries(expected))
      if (facts[fact] !== value) throw new Problem(`${name}: ${fact} is ${facts[fact]}, not ${value}.`);
    if ((facts.Uid === '0') !== (user === 'root')) throw new Problem(`${name} runs as the user ${facts.Uid}.`);
  }
  say(
    `✔ ${running.length} services: users, no capabilities, no way to gain rights, a read-only root` +
      (engine.limits ? ', limits of memory and processes' : ''),
  );
}

const NONE = '0'.repeat(16);
const bytesOf = (size: string) => Number.parseInt(size) * 2 ** (size.endsWith('g') ? 30 : 20);

/** Collects the command lines of all processes, also of those that end soon. */
function watchProcesses(engine: ContainerEngine) {
  const seen = new Set<string>();
  let isOver = false;
  const watching = (async () => {
    for (; !isOver; await sleep(500)) for (const line of (await engine.commandLines()).split('\n')) seen.add(line);
  })();
  /** @returns the command lines */
  const stop = async () => {
    isOver = true;
    await watching;
    return [...seen].join('\n');
  };
  return { stop };
}

const FILES = 600;
/** Copies that pass before the sandbox holds the others, so that the transfer is still under way at each next step. */
const PASSING = 40;

/** Copies a tree while API and worker are killed and then replaced by the next version, one after the other. */
async function checkTransfer({
  engine,
  images,
  sandboxUrl,
  api,
  secrets,
}: {
  engine: ContainerEngine;
  images: { first: string; next: string };
  sandboxUrl: string;
  api: string;
  secrets: Secrets;
}) {
  const control = <T>(path: string, method: string, body: object) =>
    call<T>(`${sandboxUrl}/__sandbox/${path}`, { method, body });
  const session = async (type: 'source' | 'destination', account: string) => {
    const { refresh_token: refreshToken } = await control<{ refresh_token: string }>('tokens', 'POST', { account });
    const response = await fetch(`${api}/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-operator-key': secrets.operator_key! },
      body: JSON.stringify({ type, refreshToken }),
    });
    if (!response.ok) throw new Problem(`POST /session returned ${response.status}: ${await response.text()}`);
    const { token } = (await response.json()) as { token: string };
    Object.assign(secrets, {
      [`the refresh token of the ${type}`]: refreshToken,
      [`the session of the ${type}`]: token,
    });
    return token;
  };
  const tokens: Tokens = {
    source: await session('source', SOURCE),
    destination: await session('destination', DESTINATION),
  };
  const tree = { account: SOURCE, folders: 12, files: FILES, bytes: FILES * 1000, seed: 1 };
  const { folderId } = await control<{ folderId: string }>('trees', 'POST', tree);
  const letPass = () => {
    const hold = { operation: 'files.copy', kind: 'hold', nth: PASSING + 1, times: 1_000_000 };
    return control('behavior', 'PUT', { faults: [hold] });
  };
  await letPass();
  const body = { items: [folderId] };
  const { id } = await call<{ id: string }>(`${api}/api/transfers`, { method: 'POST', tokens, body });
  const transfer = () =>
    call<{ state: string; counts: { verified: number } }>(`${api}/api/transfers/${id}`, { tokens });
  let before = 0;
  /** Waits until more files are copied than at the last call. */
  const hasContinued = async () => {
    const { state, counts } = await until(
      `more than ${before} files are copied`,
      async () => {
        const now = await transfer();
        return (now.counts.verified > before || OVER.has(now.state)) && now;
      },
      PATIENCE_MS,
    );
    if (OVER.has(state)) throw new Problem(`The transfer is ${state} too early: ${counts.verified} of ${FILES} files.`);
    before = counts.verified;
  };

  await hasContinued();
  await step('Killing the worker and the API', async () => {
    await letPass();
    await engine.crash('worker');
    await hasContinued();
    await letPass();
    await engine.crash('api');
    await hasContinued();
  });
  const format = () =>
    inService(engine, 'redis', [
      ...['sh', '-c', 'REDISCLI_AUTH="$(cat /run/redis/password)" redis-cli --user cloudmover GET cloudmover:format'],
    ]);
  await step('Replacing the worker and the API by the next version', async () => {
    await letPass();
    await engine.up(images.next, ['worker']);
    await hasContinued();
    if ((await format()) !== String(NEXT.format)) throw new Problem('The next version has not recorded its format.');
    await letPass();
    await engine.up(images.next, ['api']);
    await hasContinued();
  });
  const { version } = await call<{ version: string }>(`${api}/api/about`);
  if (version !== NEXT.version) throw new Problem(`The API is of version ${version}, not ${NEXT.version}.`);
  const older = await engine.once(images.first, 'worker');
  const said = older.output + older.errors;
  if (older.code !== 1 || !said.includes(`newer version of CloudMover (format ${NEXT.format};`))
    throw new Problem(
      `The older version did not refuse what the next one stores: it ended with ${older.code}.\n${said}`,
    );
  if ((await format()) !== String(NEXT.format)) throw new Problem('The older version has changed the format.');
  say(
    `✔ both were replaced while copying; the older version then refuses to start (${before} of ${FILES} files copied)`,
  );

  await control('behavior', 'PUT', {});
  const last = await until(
    'the transfer has ended',
    async () => {
      const now = await transfer();
      return OVER.has(now.state) && now;
    },
    PATIENCE_MS,
  );
  const filesOf = async (account: string) => {
    const lines = (await (await fetch(`${sandboxUrl}/__sandbox/tree?account=${account}`)).text()).trim().split('\n');
    const items = lines.map((line) => JSON.parse(line) as { path: string; md5?: string; trashed: boolean });
    return items.filter(({ md5, trashed }) => md5 !== undefined && !trashed).map(({ path, md5 }) => `${path} ${md5}`);
  };
  const [there, arrived] = [await filesOf(SOURCE), await filesOf(DESTINATION)].map((files) => files.sort().join('\n'));
  if (last.state !== 'completed' || arrived !== there)
    throw new Problem(`The transfer is ${last.state}, and what has arrived is not what was there.`);
  say(`✔ ${FILES} files copied once each, although API and worker were killed and replaced`);
}
