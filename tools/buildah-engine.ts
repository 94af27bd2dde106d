// Containers without a container engine, for checks of the image: buildah builds images in a chroot, on a base of
// Debian's packages and the pinned Node, and the services of docker-compose.yml run in namespaces made here.
import { randomInt } from 'node:crypto';
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { milliseconds, mountsOf, readCompose, startOrder, type Compose } from './compose.ts';
import type { ContainerEngine, Project } from './container-engine.ts';
import type { Image } from './image-layers.ts';
import { execute, executed, launch, programOnPath, tail, type Executed, type Running } from './processes.ts';
import { until } from './until.ts';
import { Problem, ROOT, step } from './workspace.ts';

const RELEASE_OF_DEBIAN = 'trixie';
const COMPOSE_FILE = 'docker-compose.yml';
const PROGRAMS = ['buildah', 'debootstrap', 'ip', 'nsenter', 'unshare'];
/** Where Debian has them; buildah passes them to the processes that it builds and runs. */
const AUTHORITIES = '/etc/ssl/certs/ca-certificates.crt';
const ENVIRONMENT = { ...process.env, BUILDAH_ISOLATION: 'chroot' };
const START_MS = 120_000;

const UNCHECKED = [
  'the images of Node and Redis: Debian’s packages and the pinned Node stand for them, because this check downloads no images',
  'each step of the Dockerfile as a layer: buildah writes those of the last stage as one',
  'memory and process limits: a chroot has no control groups',
  'the engine’s own restarts, health checks, names, published ports and init process: the check does their work',
  'the filter of system calls: an engine adds its own',
];

/** @returns why it cannot be used, instead of an engine */
export function buildahEngine(project: Project): ContainerEngine | string {
  const missing = PROGRAMS.filter((program) => !programOnPath(program));
  if (missing.length > 0)
    return `buildah: ${missing.join(', ')} missing (Debian: apt-get install buildah netavark debootstrap iproute2)`;
  if (process.getuid?.() !== 0) return 'buildah: needs root to make containers';
  return new BuildahEngine(project);
}

interface Container {
  service: string;
  /** buildah's name of it. */
  id: string;
  root: string;
  user: string;
  workingDir: string;
  env: Record<string, string>;
  healthcheck: string[] | undefined;
  command: string[];
  namespace: string;
  logFile: string;
  running: Running | undefined;
  /** The number that this machine gives its first process; 0 before it has begun. */
  pid: number;
}

class BuildahEngine implements ContainerEngine {
  readonly name = 'buildah, with chroot isolation';
  readonly unchecked = UNCHECKED;
  readonly limits = false;
  readonly #networks: { name: string; internal: boolean }[];
  readonly #subnet = randomInt(0, 256);
  readonly #containers = new Map<string, Container>();
  readonly #images = new Set<string>();
  /** The containers of buildah that are not deleted yet, also those that could not be started. */
  readonly #made = new Set<string>();
  readonly #ports: Server[] = [];
  #haveNetworks = false;

  readonly project: string;
  readonly folder: string;
  readonly scratch: string;

  constructor({ name, folder, scratch }: Project) {
    this.project = name;
    this.folder = folder;
    this.scratch = scratch;
    const networks = Object.entries(readCompose({}, COMPOSE_FILE, folder).networks);
    this.#networks = networks.map(([each, network]) => ({ name: each, internal: Boolean(network?.internal) }));
  }

  #resolved: Compose | undefined;
  /** With the settings of `.env`, read when it is first needed. */
  get #compose() {
    if (this.#resolved) return this.#resolved;
    const lines = readFileSync(join(this.folder, '.env'), 'utf8').matchAll(/^(\w+)=(.*)$/gm);
    const env = Object.fromEntries([...lines].map(([, name = '', value = '']) => [name, value]));
    return (this.#resolved = readCompose(env, COMPOSE_FILE, this.folder));
  }

  get hostAddress() {
    return this.#address(this.#outside, HOST_NUMBER);
  }

  async build(image: string) {
    const { context, dockerfile } = this.#compose.services.api!.build!;
    const top = join(this.folder, context);
    await this.#build(image, top, join(top, dockerfile), `NODE_IMAGE=${await this.#base()}`);
  }

  async buildFrom(image: string, dockerfile: string) {
    const context = join(this.scratch, 'next');
    mkdirSync(context, { recursive: true });
    writeFileSync(join(context, 'Dockerfile'), dockerfile);
    await this.#build(image, context, join(context, 'Dockerfile'));
  }

  async #build(image: string, context: string, dockerfile: string, ...args: string[]) {
    this.#images.add(image);
    const named = ['--file', dockerfile, '--tag', image, ...args.flatMap((each) => ['--build-arg', each])];
    await buildah('build', '--format', 'docker', '--pull=never', ...sameLimits(), ...named, context);
  }

  async save(image: string, archive: string) {
    await buildah('push', '--quiet', image, `docker-archive:${archive}:${image}`);
  }

  async up(image: string, services?: string[]) {
    if (!this.#haveNetworks) await this.#addNetworks();
    for (const name of services ?? startOrder(this.#compose)) {
      const existing = this.#containers.get(name);
      if (existing) await this.#remove(existing);
      const container = await this.#create(name, this.#compose.services[name]!.build ? image : await this.#base());
      this.#containers.set(name, container);
      const running = await this.#start(container);
      if (this.#endsByItself(name)) {
        await running.ended;
        const code = running.child.exitCode;
        if (code !== 0) throw new Problem(`${name} ended with ${code}:\n\n${tail(container.logFile)}`);
      } else await this.#healthy(container);
      if (!existing) this.#publish(name);
    }
  }

  async crash(service: string) {
    const container = this.#containers.get(service)!;
    signal(container.pid, 'SIGKILL');
    await container.running?.ended;
    if (this.#compose.services[service]!.restart !== 'unless-stopped')
      throw new Problem(`Compose would not restart ${service}.`);
    await this.#start(container);
    await this.#healthy(container);
  }

  async once(image: string, service: string): Promise<Executed> {
    const container = await this.#create(service, image, 'once');
    try {
      const running = await this.#start(container);
      await running.ended;
      return { code: running.child.exitCode ?? 1, output: readFileSync(container.logFile, 'utf8'), errors: '' };
    } finally {
      await this.#remove(container);
    }
  }

  exec(service: string, command: string[], user?: string) {
    const container = this.#containers.get(service);
    if (!container) return Promise.resolve({ code: 127, output: '', errors: `${service} does not run` });
    const { pid, env, workingDir, user: own } = container;
    const enter = ['nsenter', '--target', String(pid), '--mount', '--uts', '--ipc', '--net', '--pid', '--root'];
    return execute([...enter, '/bin/sh', '-c', BECOME, 'sh', workingDir, user ?? own, ...command], { env });
  }

  async commandLines() {
    return (await execute(['ps', '-eo', 'args'])).output;
  }

  logs() {
    const logs = [...this.#containers.values()].map(({ logFile }) => readFileSync(logFile, 'utf8'));
    return Promise.resolve(logs.join('\n'));
  }

  async down() {
    for (const port of this.#ports) port.close();
    for (const container of [...this.#containers.values()].reverse()) await this.#remove(container);
    for (const id of this.#made) await this.#delete(id);
    for (const index of this.#networks.keys()) await execute(['ip', 'link', 'delete', this.#device(index)]);
    for (const image of this.#images) await execute(['buildah', 'rmi', '--force', image], { env: ENVIRONMENT });
    rmSync(join(this.scratch, 'volumes'), { recursive: true, force: true });
    const lists = [
      ['buildah', 'containers', '--format', '{{.ContainerName}}'],
      ['ip', '-o', 'link'],
      ['ip', 'netns', 'list'],
    ];
    // The kernel removes the links of a namespace some time after the namespace.
    for (let reads = 1; ; reads++) {
      const found = (await Promise.all(lists.map((list) => execute(list)))).flatMap(({ output }) => output.split('\n'));
      const left = found.filter((line) => line.includes(this.project) || this.#made.has(line));
      if (left.length === 0 || reads === 20) return left;
      await sleep(500);
    }
  }

  /** Makes a container of an image with the settings of a service, and does not start it. */
  async #create(service: string, image: string, suffix = ''): Promise<Container> {
    const { environment, user, entrypoint, command, healthcheck } = this.#compose.services[service]!;
    const { Docker } = JSON.parse(await buildah('inspect', '--type', 'image', image)) as {
      Docker: { config: Image['config'] };
    };
    const { config } = Docker;
    const id = await buildah('from', '--pull=never', image);
    this.#made.add(id);
    const root = await buildah('mount', id);
    for (const { kind, source, target } of mountsOf(this.#compose, service, this.folder)) {
      const place = join(root, target);
      const from = kind === 'named' ? this.#volume(source, place) : source;
      mkdirSync(dirname(place), { recursive: true });
      if (kind === 'tmpfs' || statSync(from).isDirectory()) mkdirSync(place, { recursive: true });
      else writeFileSync(place, '', { flag: 'a' });
    }
    writeFileSync(join(root, 'etc/hosts'), this.#hosts());
    const namespace = `${this.project}-${service}${suffix}`;
    await this.#connect(service, namespace, suffix ? ONCE_NUMBER : 0);
    const preset = (config.Env ?? []).map((each) => [each.split('=')[0], each.slice(each.indexOf('=') + 1)]);
    return {
      ...{ service, id, root, namespace, pid: 0, logFile: join(this.scratch, `${service}${suffix}.log`) },
      user: user ?? (config.User || 'root'),
      workingDir: config.WorkingDir || '/',
      env: { ...(Object.fromEntries(preset) as Record<string, string>), ...environment },
      healthcheck: healthcheck?.test ?? config.Healthcheck?.Test,
      command: [...(entrypoint ?? []), ...(command ?? (entrypoint ? [] : (config.Cmd ?? [])))],
      running: undefined,
    };
  }

  async #start(container: Container): Promise<Running> {
    const { service, root, user, workingDir, env, command, namespace, logFile } = container;
    const pidFile = join(this.scratch, `${namespace}.pid`);
    rmSync(pidFile, { force: true });
    const mounts = mountsOf(this.#compose, service, this.folder).flatMap(({ kind, source, target, readOnly }) => [
      ...[kind, kind === 'named' ? this.#volume(source) : source, target, readOnly ? 'ro' : 'rw'],
    ]);
    const rights = this.#compose.services[service]!.read_only ? 'ro' : 'rw';
    const isolate = ['unshare', '--mount', '--uts', '--ipc', '--pid', '--fork', '--kill-child'];
    const running = (container.running = launch({
      name: `The container of ${service}`,
      command: [
        ...['nsenter', `--net=/run/netns/${namespace}`, ...isolate, 'sh', '-euc', CONTAINER, 'sh'],
        ...[root, rights, pidFile, service, ...mounts, '--', BECOME, 'sh', workingDir, user, ...command],
      ],
      env,
      logFile,
      append: true,
    }));
    await until(
      `the container of ${service} has begun`,
      () => running.isOver() || (existsSync(pidFile) && readFileSync(pidFile, 'utf8').endsWith('\n')),
      START_MS,
    );
    container.pid = existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8')) : 0;
    return running;
  }

  /** Waits until the health check of Compose, or otherwise that of the image, succeeds. */
  async #healthy({ service, healthcheck, running, logFile }: Container) {
    if (!healthcheck) return;
    const [kind, ...words] = healthcheck;
    const command = kind === 'CMD-SHELL' ? ['/bin/sh', '-c', ...words] : words;
    const check = async () => {
      if (running?.isOver()) throw new Problem(`${service} has ended:\n\n${tail(logFile)}`);
      return (await this.exec(service, command)).code === 0;
    };
    await until(`${service} is healthy`, check, START_MS).catch((error: Error) => {
      throw error instanceof Problem ? error : new Problem(`${error.message}\n\n${tail(logFile)}`);
    });
  }

  async #remove(container: Container) {
    const { service, id, namespace, running, pid } = container;
    const patience = milliseconds(this.#compose.services[service]!.stop_grace_period ?? '10s');
    if (running && !running.isOver()) {
      signal(pid, 'SIGTERM');
      const timer = setTimeout(() => void running.stop(0), patience);
      await running.ended;
      clearTimeout(timer);
    }
    await this.#delete(id);
    await execute(['ip', 'netns', 'delete', namespace]);
    if (this.#containers.get(service) === container) this.#containers.delete(service);
  }

  async #delete(id: string) {
    const { code } = await execute(['buildah', 'rm', id], { env: ENVIRONMENT });
    if (code === 0) this.#made.delete(id);
  }

  /** Whether others wait for its end. */
  #endsByItself(name: string) {
    return Object.values(this.#compose.services).some(
      ({ depends_on: needs }) => needs?.[name]?.condition === 'service_completed_successfully',
    );
  }

  /** The folder of a named volume. It begins with the owner and rights that the image has there, as Docker’s do. */
  #volume(name: string, inImage?: string) {
    const volume = join(this.scratch, 'volumes', name);
    if (existsSync(volume)) return volume;
    mkdirSync(volume, { recursive: true, mode: 0o755 });
    const model = inImage && statSync(inImage, { throwIfNoEntry: false });
    if (model) chownSync(volume, model.uid, model.gid);
    return volume;
  }

  /** The network through which this machine and the containers reach each other. */
  get #outside() {
    return this.#networks.findIndex(({ internal }) => !internal);
  }

  #device(network: number) {
    return `${this.project}-${network}`;
  }

  /** From the range for measurements (RFC 2544), which no real network uses. */
  #address(network: number, number: number) {
    return `198.${18 + network}.${this.#subnet}.${number}`;
  }

  #numberOf(service: string) {
    return 10 + Object.keys(this.#compose.services).indexOf(service);
  }

  /** A bridge for each network; this machine has an address on those that are not internal. */
  async #addNetworks() {
    this.#haveNetworks = true;
    for (const [index, { internal }] of this.#networks.entries()) {
      const device = this.#device(index);
      await ip('link', 'add', device, 'type', 'bridge');
      if (!internal) await ip('address', 'add', `${this.#address(index, HOST_NUMBER)}/24`, 'dev', device);
      await ip('link', 'set', device, 'up');
    }
  }

  /** Makes the network namespace of a container, with a device for each of its service's networks. */
  async #connect(service: string, namespace: string, offset: number) {
    await ip('netns', 'add', namespace);
    await ip('-n', namespace, 'link', 'set', 'lo', 'up');
    const joined = this.#compose.services[service]!.networks ?? [];
    for (const [index, { name: network }] of this.#networks.entries()) {
      if (!joined.includes(network)) continue;
      const number = this.#numberOf(service) + offset;
      const outer = `${this.#device(index)}.${number}`;
      await ip('link', 'add', outer, 'type', 'veth', 'peer', 'name', network, 'netns', namespace);
      await ip('link', 'set', outer, 'master', this.#device(index), 'up');
      await ip('-n', namespace, 'address', 'add', `${this.#address(index, number)}/24`, 'dev', network);
      await ip('-n', namespace, 'link', 'set', network, 'up');
    }
  }

  #hosts() {
    const services = Object.entries(this.#compose.services).flatMap(([name, { networks }]) => {
      const index = this.#networks.findIndex((network) => networks?.includes(network.name));
      return index < 0 ? [] : [`${this.#address(index, this.#numberOf(name))} ${name}`];
    });
    return ['127.0.0.1 localhost', '::1 localhost', ...services, ''].join('\n');
  }

  /** Passes connections to the published ports on to the service. */
  #publish(service: string) {
    for (const port of this.#compose.services[service]!.ports ?? []) {
      const [host = '', published = '', target = ''] = port.split(':');
      const server = createServer((client) => {
        const upstream = connect(Number(target), this.#address(this.#outside, this.#numberOf(service)));
        for (const [one, other] of [
          [client, upstream],
          [upstream, client],
        ] as const) {
          one.pipe(other);
          one.on('error', () => other.destroy());
          one.on('close', () => other.destroy());
        }
      });
      this.#ports.push(server.listen(Number(published), host));
    }
  }

  #baseName = '';
  /** What stands for the images of Node and Redis: Debian's packages, the pinned Node, npm, and the users of both. */
  async #base() {
    if (this.#baseName) return this.#baseName;
    const name = `localhost/cloudmover-check-base:${process.versions.node}`;
    if ((await execute(['buildah', 'inspect', '--type', 'image', name])).code !== 0)
      await step('Making a base of Debian and the pinned Node (about 2 minutes)', () => this.#makeBase(name));
    return (this.#baseName = name);
  }

  async #makeBase(name: string) {
    const root = join(this.scratch, 'base');
    // redis-tools contains the server too (tools/redis.ts), and makes the user “redis”.
    const packages = ['--variant=minbase', '--include=libatomic1,ca-certificates,redis-tools'];
    const { code } = await execute(['debootstrap', ...packages, RELEASE_OF_DEBIAN, root], { timeoutMs: 900_000 });
    if (code !== 0)
      throw new Problem(
        `debootstrap failed. The end of its log:\n\n${tail(join(root, 'debootstrap/debootstrap.log'))}`,
      );
    cpSync(process.execPath, join(root, 'usr/local/bin/node'));
    const npm = dirname(dirname(process.env.npm_execpath ?? ''));
    if (!existsSync(join(npm, 'bin/npm-cli.js'))) throw new Problem('Run this with npm: npm run image-check.');
    cpSync(npm, join(root, 'usr/local/lib/node_modules/npm'), { recursive: true, dereference: true });
    symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/local/bin/npm'));
    symlinkSync('/usr/bin/redis-check-rdb', join(root, 'usr/local/bin/redis-server'));
    // A registry in between may have an authority of its own.
    const own = process.env.NODE_EXTRA_CA_CERTS;
    if (own) writeFileSync(join(root, AUTHORITIES), readFileSync(own), { flag: 'a' });
    await executed(['chroot', root, 'useradd', '--uid', '1000', '--create-home', 'node']);
    const container = await buildah('from', ...sameLimits(), 'scratch');
    await buildah('add', '--quiet', container, root, '/');
    // All that is added belongs to root.
    await buildah('run', container, '--', 'install', '--directory', '--owner=redis', '--group=redis', '/data');
    await buildah('config', '--env', 'PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', container);
    await buildah('config', '--env', `NODE_EXTRA_CA_CERTS=${AUTHORITIES}`, container);
    await buildah('commit', '--quiet', '--rm', container, name);
    rmSync(root, { recursive: true, force: true });
  }
}

const HOST_NUMBER = 1;
/** Added to a service's number for a second container of it. */
const ONCE_NUMBER = 100;

/** Runs in the namespaces of a container: mounts what it sees, and becomes its program. */
const CONTAINER = `
root=$1 rights=$2 pid_file=$3
hostname "$4"
shift 4
# The proc of outside is still mounted, so this is the number that the machine gives this process.
read -r pid rest < /proc/self/stat
mount --bind "$root" "$root"
mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
mount -t tmpfs -o nosuid,mode=755 tmpfs "$root/dev"
for device in full null random tty urandom zero; do
  : > "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
ln -s /proc/self/fd "$root/dev/fd"
while [ "$1" != -- ]; do
  if [ "$1" = tmpfs ]; then mount -t tmpfs -o nosuid,nodev,noexec,mode=1777 tmpfs "$root$3"
  else mount --bind "$2" "$root$3"; fi
  [ "$4" = rw ] || mount -o remount,bind,ro "$root$3"
  shift 4
done
shift
[ "$rights" = rw ] || mount -o remount,bind,ro "$root"
echo "$pid" > "$pid_file"
exec chroot "$root" /bin/sh -c "$@"`;

/**
 * Runs in a container: becomes a user without capabilities and without a way to gain rights, which Compose asks for in
 * every service (cap_drop, no-new-privileges), and then the program.
 */
const BECOME =
  'cd "$1" && user=$2 && shift 2 && exec setpriv --reuid="$user" --regid="$user" --init-groups --inh-caps=-all ' +
  '--ambient-caps=-all --bounding-set=-all --no-new-privs "$@"';

function signal(pid: number, name: NodeJS.Signals) {
  if (pid <= 1) return;
  try {
    process.kill(pid, name);
  } catch {
    // It has just ended.
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

/** Runs buildah. @throws {Problem} with the end of what it printed */
const buildah = (...args: string[]) =>
  executed(['buildah', ...args], { cwd: ROOT, env: ENVIRONMENT, timeoutMs: 1_800_000 });

const ip = (...args: string[]) => executed(['ip', ...args]);
