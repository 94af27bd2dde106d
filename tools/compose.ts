// Reads docker-compose.yml like Compose, for tests on machines without Docker.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
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
  environment: Record<string, string>;
  depends_on?: Record<string, unknown>;
  secrets?: string[];
  ports?: string[];
  networks: string[];
  command?: string[];
  entrypoint?: string[];
  volumes?: string[];
  healthcheck?: { test: string[] };
  [setting: string]: unknown;
}

/**
 * Reads a Compose file with its variables filled in: the environment of a service is that of its containers.
 * @param env the variables of `.env`
 * @throws {Error} if the file requires a variable that `env` lacks
 */
export function readCompose(env: Env = {}, file = 'docker-compose.yml'): Compose {
  const compose = fill(parse(readFileSync(join(ROOT, file), 'utf8'), { merge: true }), env) as Compose;
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
