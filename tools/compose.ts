// Reads docker-compose.yml like Compose, for tests and containers on machines without Docker.
import { readFileSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { ROOT } from './workspace.ts';

type Env = Record<string, string | undefined>;

/** The used part of a Compose file. */
export interface Compose {
  services: Record<string, ComposeService>;
  networks: Record<string, { internal?: boolean } | null>;
  secrets: Record<string, { file: string }>;
  volumes: Record<string, unknown>;
}

export interface ComposeService {
  image: string;
  build?: { context: string; dockerfile: string; args: Record<string, string | null> };
  environment: Record<string, string>;
  depends_on?: Record<string, { condition: 'service_healthy' | 'service_completed_successfully' }>;
  secrets?: string[];
  ports?: string[];
  networks: string[];
  command?: string[];
  entrypoint?: string[];
  user?: string;
  volumes?: string[];
  tmpfs?: string[];
  read_only?: boolean;
  restart?: string;
  stop_grace_period?: string;
  healthcheck?: { test: string[] };
  [setting: string]: unknown;
}

/** Something that a container sees in place of a path of its image. */
export interface Mount {
  /** `named`: a volume of the project; `path`: a file or folder of this machine */
  kind: 'named' | 'path' | 'tmpfs';
  /** The volume's name or the full path; empty for a tmpfs. */
  source: string;
  target: string;
  readOnly: boolean;
}

/** Volumes, secrets and tmpfs of a service. @param folder what relative paths start from */
export function mountsOf({ services, secrets }: Compose, name: string, folder = ROOT): Mount[] {
  const service = services[name]!;
  const pathOf = (path: string) => (isAbsolute(path) ? path : resolve(folder, path));
  return [
    ...(service.tmpfs ?? []).map((target): Mount => ({ kind: 'tmpfs', source: '', target, readOnly: false })),
    ...(service.volumes ?? []).map((text): Mount => {
      const [source = '', target = '', options = ''] = text.split(':');
      const readOnly = options.split(',').includes('ro');
      if (!/^[./]/.test(source)) return { kind: 'named', source, target, readOnly };
      return { kind: 'path', source: pathOf(source), target, readOnly };
    }),
    ...(service.secrets ?? []).map((secret): Mount => ({
      kind: 'path',
      source: pathOf(secrets[secret]!.file),
      target: `/run/secrets/${secret}`,
      readOnly: true,
    })),
  ];
}

/** The services with everything they depend on, which comes first. */
export function startOrder({ services }: Compose, names = Object.keys(services)): string[] {
  const order = new Set<string>();
  const add = (name: string) => {
    for (const needed of Object.keys(services[name]!.depends_on ?? {})) add(needed);
    order.add(name);
  };
  names.forEach(add);
  return [...order];
}

/** Milliseconds of a duration such as `30s` or `1m30s`. */
export function milliseconds(duration: string) {
  const units = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };
  if (!/^(\d+(h|ms|m|s))+$/.test(duration)) throw new Error(`${duration} is no duration.`);
  const parts = [...duration.matchAll(/(\d+)(h|ms|m|s)/g)];
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * units[unit as keyof typeof units], 0);
}

/**
 * Reads a Compose file with its variables filled in: the environment of a service is that of its containers.
 * @param env the variables of `.env`
 * @throws {Error} if the file requires a variable that `env` lacks
 */
export function readCompose(env: Env = {}, file = 'docker-compose.yml', folder = ROOT): Compose {
  const compose = fill(parse(readFileSync(join(folder, file), 'utf8'), { merge: true }), env) as Compose;
  for (const service of Object.values(compose.services)) {
    const entries = Object.entries(service.environment ?? {}).map(
      ([name, value]) => [name, value ?? env[name]] as const,
    );
    service.environment = Object.fromEntries(
      entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    );
  }
  return compose;
}

function fill(value: unknown, env: Env): unknown {
  if (typeof value === 'string') return interpolate(value, env);
  if (Array.isArray(value)) return value.map((each) => fill(each, env));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, fill(each, env)]));
}

/**
 * https://docs.docker.com/reference/compose-file/interpolation/: `$$`, `$A`, `${A}` and `${A:-b}`, `-`, `:+`, `+`,
 * `:?`, `?`.
 */
function interpolate(text: string, env: Env) {
  return text.replace(
    /\$\$|\$\{(\w+)(?:(:?[-+?])([^}]*))?\}|\$([A-Za-z_]\w*)/g,
    (all: string, braced?: string, rule?: string, word: string = '', bare: string = '') => {
      if (all === '$$') return '$';
      const name = braced ?? bare;
      const isThere = rule?.startsWith(':') ? Boolean(env[name]) : env[name] !== undefined;
      if (rule?.endsWith('?') && !isThere) throw new Error(`required variable ${name} is missing a value: ${word}`);
      if (rule?.endsWith('-')) return (isThere ? env[name] : undefined) ?? word;
      if (rule?.endsWith('+')) return isThere ? word : '';
      return env[name] ?? '';
    },
  );
}
