// docker-compose.yml as Compose reads it, for tests: there is no Docker on the machines that run them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ROOT } from './workspace.ts';

/**
 * The Compose file with its variables filled in.
 * @param {Record<string, string>} env what the file `.env` has
 * @param {string} [file]
 * @returns {object} as YAML describes it; a service's environment has what its containers get, and no name without one
 * @throws {Error} where the file requires a variable that `env` lacks
 */
export function readCompose(env = {}, file = 'docker-compose.yml') {
  const compose = fill(parse(readFileSync(join(ROOT, file), 'utf8'), { merge: true }), env);
  for (const service of Object.values(compose.services)) {
    const entries = Object.entries(service.environment ?? {}).map(([name, value]) => [name, value ?? env[name]]);
    service.environment = Object.fromEntries(entries.filter(([, value]) => value !== undefined));
  }
  return compose;
}

function fill(value, env) {
  if (typeof value === 'string') return interpolate(value, env);
  if (Array.isArray(value)) return value.map((each) => fill(each, env));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, fill(each, env)]));
}

/** https://docs.docker.com/reference/compose-file/interpolation/: `$$`, `$A`, `${A}` and `${A:-b}`, `-`, `:+`, `+`, `:?`, `?`. */
function interpolate(text, env) {
  return text.replace(/\$\$|\$\{(\w+)(?:(:?[-+?])([^}]*))?\}|\$([A-Za-z_]\w*)/g, (all, braced, rule, word, bare) => {
    if (all === '$$') return '$';
    const name = braced ?? bare;
    const isThere = rule?.startsWith(':') ? Boolean(env[name]) : env[name] !== undefined;
    if (rule?.endsWith('?') && !isThere) throw new Error(`required variable ${name} is missing a value: ${word}`);
    if (rule?.endsWith('-')) return isThere ? env[name] : word;
    if (rule?.endsWith('+')) return isThere ? word : '';
    return env[name] ?? '';
  });
}
