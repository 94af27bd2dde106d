// Docker or Podman with Compose, for checks of the image: docker-compose.yml as it is, with another image's name.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import type { ContainerEngine, Project } from './container-engine.ts';
import { execute, executed } from './processes.ts';
import { until } from './until.ts';
import { messageOf, Problem } from './workspace.ts';

const BUILD_MS = 1_800_000;
const START_MS = 300_000;

/** Variables that the engine's own programs read, and those of docker-compose.yml that choose images. */
const PASSED =
  /^(PATH|HOME|USER|TMPDIR|XDG_.*|(DOCKER|CONTAINERS?|BUILDKIT|BUILDX)_.*|(SSL_CERT|[a-z]+_proxy|[A-Z]+_PROXY).*|NODE_IMAGE|REDIS_IMAGE)$/;

/** @param command `docker` or `podman` @returns why it cannot be used, instead of an engine */
export async function dockerEngine(
  command: string,
  { name, folder, scratch }: Project,
): Promise<ContainerEngine | string> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([variable]) => PASSED.test(variable)));
  const { code, errors } = await execute([command, 'compose', 'ls'], { env });
  if (code !== 0) return `${command} compose: ${errors.trim().split('\n').at(-1)}`;
  const version = await executed([command, 'version', '--format', '{{.Client.Version}}'], { env });

  const override = join(scratch, 'compose.override.json');
  writeFileSync(override, JSON.stringify(overrideOf()));
  const images = new Set<string>();
  let current = '';
  const tool = (...args: string[]) => executed([command, ...args], { env, timeoutMs: BUILD_MS });
  const project = ['--project-name', name, '--file', join(folder, 'docker-compose.yml'), '--file', override];
  const compose = (args: string[], image = current) =>
    execute([command, 'compose', ...project, ...args], {
      env: { ...env, CHECKED_IMAGE: image },
      timeoutMs: args[0] === 'build' ? BUILD_MS : START_MS,
    });
  /** @throws {Problem} with what Compose printed, if it fails */
  const composed = async (args: string[], image?: string) => {
    const { code, output, errors } = await compose(args, image);
    if (code === 0) return output.trim();
    const end = `${output}${errors}`.trim().split('\n').slice(-60).join('\n');
    throw new Problem(`"${command} compose ${args[0]}" ended with ${code}:\n\n${end}`);
  };

  return {
    name: `${command} ${version}`,
    unchecked: [],
    limits: true,
    hostAddress: HOST,
    build: async (image) => {
      images.add(image);
      await composed(['build', 'api'], image);
    },
    buildFrom: async (image, dockerfile) => {
      images.add(image);
      const context = join(scratch, 'next');
      mkdirSync(context, { recursive: true });
      writeFileSync(join(context, 'Dockerfile'), dockerfile);
      await tool('build', '--tag', image, context);
    },
    save: async (image, archive) => {
      await tool('save', '--output', archive, image);
    },
    up: async (image, services) => {
      current = image;
      const wait = ['--detach', '--no-build', '--wait', '--wait-timeout', String(START_MS / 1_000)];
      try {
        await composed(['up', ...wait, ...(services ? ['--no-deps', ...services] : [])]);
      } catch (error) {
        const { output } = await compose(['logs', '--no-color', '--tail', '30']);
        throw new Problem(`${messageOf(error)}\n\n${output}`);
      }
    },
    crash: async (service) => {
      const container = await composed(['ps', '--quiet', service]);
      const inspect = (format: string) => tool('inspect', '--format', format, container);
      const [pid = '', before = ''] = (await inspect('{{.State.Pid}} {{.RestartCount}}')).split(' ');
      // From a container that sees all processes: for the engine, `docker kill` is a stop, after which nothing restarts.
      const helper = ['--rm', '--pid', 'host', '--user', 'root', '--network', 'none', '--entrypoint', 'sh'];
      await tool('run', ...helper, current, '-c', `kill -KILL ${pid}`);
      const isBack = async () => {
        const [count, health] = (await inspect('{{.RestartCount}} {{.State.Health.Status}}')).split(' ');
        return count !== before && health === 'healthy';
      };
      await until(`${service} has been restarted and is healthy`, isBack, START_MS);
    },
    once: (image, service) => compose(['run', '--rm', '--no-deps', '--no-TTY', service], image),
    exec: (service, line, user) => compose(['exec', '--no-TTY', ...(user ? ['--user', user] : []), service, ...line]),
    commandLines: async () => {
      const [inside, all] = await Promise.all([compose(['top']), execute(['ps', '-eo', 'args'])]);
      return inside.output + all.output;
    },
    logs: async () => (await compose(['logs', '--no-color'])).output,
    down: async () => {
      await compose(['down', '--volumes', '--remove-orphans']);
      for (const image of images) await execute([command, 'rmi', '--force', image], { env });
      const ours = ['--quiet', '--filter', `label=com.docker.compose.project=${name}`];
      const left: string[] = [];
      for (const kind of [
        ['ps', '--all'],
        ['volume', 'ls'],
        ['network', 'ls'],
      ])
        for (const id of (await tool(...kind, ...ours)).split('\n')) if (id) left.push(`${kind[0]} ${id}`);
      return left;
    },
  };
}

/** What engines call the machine that they run on. */
const HOST = 'host.docker.internal';

/** A second Compose file: the checked image, and a name for this machine, where the sandbox is. */
export function overrideOf() {
  const service = { image: '${CHECKED_IMAGE}', extra_hosts: [`${HOST}:host-gateway`] };
  return { services: { api: service, worker: service } };
}
