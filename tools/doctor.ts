// `npm run doctor`: reports what a configuration for real Google or a production Redis lacks. Changes nothing.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { TRUST_PROXY_FORM, TRUST_PROXY_HTTPS, trustedProxies } from '../backend/src/config/trust-proxy.ts';
import {
  checkRedis as checkRedisSettings,
  type AskRedis,
  type CheckedRedis,
} from '../backend/src/adapters/redis/redis-checks.ts';
import { checkRights } from '../backend/src/adapters/redis/redis-rights.ts';
import { accepts, isFree, listenerOn } from './processes.ts';
import { askRedis, findRedisServer, namedRedisNodes } from './redis.ts';
import { redirectUris } from '../server/parts.ts';
import { loadEnvFile, messageOf, ROOT, say, STATE } from './workspace.ts';

type RedisPlace = CheckedRedis['place'];

export interface Finding {
  level: 'good' | 'note' | 'bad';
  text: string;
}

/** Receives the findings of the checks. */
interface Reporter {
  good: (text: string) => void;
  note: (text: string) => void;
  bad: (text: string) => void;
  production: boolean;
}

/** A setting's value, from its variable or the file it names. */
type Setting = (name: string) => string | undefined;

/**
 * Warns from a minute on: Google tolerates some minutes in a signed id token, and pauses use this clock.
 */
const CLOCK_LEEWAY_MS = 60_000;

/** @returns 1 if something essential is missing or wrong, otherwise 0 */
export default async function doctor(): Promise<number> {
  loadEnvFile();
  const findings = await examine(process.env);
  const marks = { good: '✔', note: '•', bad: '✘' };
  for (const { level, text } of findings) say(`  ${marks[level]} ${text.replaceAll('\n', '\n    ')}`);
  const bad = findings.filter(({ level }) => level === 'bad').length;
  const notes = findings.filter(({ level }) => level === 'note').length;
  say(
    `\n${bad === 0 ? 'Nothing essential is missing' : `${bad} ${bad === 1 ? 'thing' : 'things'} to fix`}${notes > 0 ? `; ${notes} to note (•)` : ''}.`,
  );
  return bad === 0 ? 0 : 1;
}

/**
 * Examines a configuration.
 * @param google a URL of Google's, to compare clocks with
 */
export async function examine(env: NodeJS.ProcessEnv, google = 'https://oauth2.googleapis.com'): Promise<Finding[]> {
  const findings: Finding[] = [];
  const add = (level: Finding['level']) => (text: string) => void findings.push({ level, text });
  const report: Reporter = {
    good: add('good'),
    note: add('note'),
    bad: add('bad'),
    production: env.NODE_ENV === 'production',
  };
  const setting: Setting = (name) => readSetting(env, name, report);

  report.good(`Node ${process.versions.node}`);
  checkAddresses(env, report);
  checkGoogle(env, setting, report);
  await checkSubstitute(env, report);
  await checkRedis(env, setting, report);
  checkKeys(setting, report);
  await checkPort(env, report);
  await checkClock(env.GOOGLE_BASE_URL || google, env, report);
  return findings;
}

/** A secret from the variable or from the file in the `_FILE` variable; undefined if neither is set. */
function readSetting(env: NodeJS.ProcessEnv, name: string, { bad }: Reporter) {
  const file = env[`${name}_FILE`];
  if (!file) return env[name] || undefined;
  if (env[name]) bad(`${name} and ${name}_FILE are both set: keep one of them.`);
  try {
    return readFileSync(file, 'utf8').trim() || undefined;
  } catch {
    bad(`${name}_FILE names a file that cannot be read: check the path and its permissions.`);
    return undefined;
  }
}

function publicUrlOf(env: NodeJS.ProcessEnv) {
  return (env.PUBLIC_URL || `http://localhost:${env.PORT || 3000}`).replace(/\/+$/, '');
}

function checkAddresses(env: NodeJS.ProcessEnv, { good, note, bad, production }: Reporter) {
  const publicUrl = publicUrlOf(env);
  let parsed;
  try {
    parsed = new URL(publicUrl);
  } catch {
    return bad('PUBLIC_URL is not an address. Write it as https://mover.example.com.');
  }
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(parsed.hostname);
  if (parsed.pathname !== '/' || parsed.search || parsed.hash) {
    bad(`PUBLIC_URL is ${publicUrl}: it must be an origin, without a path. Write it as ${parsed.origin}.`);
  } else if (parsed.protocol !== 'https:' && !local) {
    bad(
      `PUBLIC_URL is ${publicUrl}: Google accepts http only for localhost. Put it behind TLS and write https://${parsed.host}.`,
    );
  } else if (production && local) {
    bad(
      `PUBLIC_URL is ${env.PUBLIC_URL ? publicUrl : 'not set'}: in production set it to the address that browsers use, https://….`,
    );
  } else if (parsed.protocol === 'https:' && /^\d+\.\d+\.\d+\.\d+$|^\[/.test(parsed.hostname)) {
    bad(`PUBLIC_URL is ${publicUrl}: Google accepts no IP addresses. Use a host name.`);
  } else good(`PUBLIC_URL ${publicUrl}${env.PUBLIC_URL ? '' : ' (the default)'}`);
  const mustTrust = production && parsed.protocol === 'https:';
  if (env.TRUST_PROXY) {
    const proxies = trustedProxies(env.TRUST_PROXY);
    if (proxies === undefined || (mustTrust && !proxies))
      bad(`TRUST_PROXY ${mustTrust ? TRUST_PROXY_HTTPS : TRUST_PROXY_FORM}.`);
    else good(`TRUST_PROXY ${env.TRUST_PROXY}`);
  } else if (parsed.protocol === 'https:') {
    const text = `TRUST_PROXY is not set, so limits count all clients behind a proxy as one. It ${TRUST_PROXY_FORM}.`;
    if (production) bad(text);
    else note(text);
  }
}

function checkGoogle(env: NodeJS.ProcessEnv, setting: Setting, { good, note, bad }: Reporter) {
  const id = setting('GOOGLE_CLIENT_ID');
  const secret = setting('GOOGLE_CLIENT_SECRET');
  if (!id && !secret) {
    bad(
      'GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET are not set (npm start then uses the sandbox). For real Google:\n' +
        '1. https://console.cloud.google.com: create a project; under "APIs & Services" enable the Google Drive API\n' +
        '   (for links inside documents also the Docs, Sheets, Slides and Forms APIs).\n' +
        '2. "Google Auth Platform": fill in the branding; add the scopes openid, email, profile and\n' +
        '   https://www.googleapis.com/auth/drive; while it is in testing, add both accounts as test users.\n' +
        '3. "Clients": create one of type "Web application" with the redirect addresses below.\n' +
        '4. Put its ID and secret into a file .env here, or into the environment.',
    );
  } else if (!id)
    bad(
      'GOOGLE_CLIENT_ID is not set, but GOOGLE_CLIENT_SECRET is. Both come from one client in the Google Cloud console.',
    );
  else if (!secret)
    bad(
      'GOOGLE_CLIENT_SECRET is not set, but GOOGLE_CLIENT_ID is. Both come from one client in the Google Cloud console.',
    );
  else if (!usesSubstitute(env) && !/^[\w-]+\.apps\.googleusercontent\.com$/.test(id)) {
    bad(
      'GOOGLE_CLIENT_ID is not a client ID: it must end in .apps.googleusercontent.com. Copy it from the client in the Google Cloud console.',
    );
  } else good('Google client: id and secret are set (connecting an account shows whether Google accepts them)');
  if (!usesSubstitute(env))
    note(`Redirect addresses to register at that client, exactly:\n${redirectUris(publicUrlOf(env)).join('\n')}`);
}

function usesSubstitute(env: NodeJS.ProcessEnv) {
  return Boolean(env.GOOGLE_BASE_URL || env.GOOGLE_API_ROOT);
}

async function checkSubstitute(env: NodeJS.ProcessEnv, { good, note, bad }: Reporter) {
  if (!usesSubstitute(env)) return;
  const address = env.GOOGLE_BASE_URL || env.GOOGLE_API_ROOT || '';
  note(`Google is replaced by a stand-in: ${address}. Unset GOOGLE_BASE_URL and GOOGLE_API_ROOT for the real one.`);
  try {
    const { hostname, port, protocol } = new URL(address);
    if (await accepts(hostname, Number(port) || (protocol === 'https:' ? 443 : 80))) good('The stand-in responds');
    else bad(`The stand-in (${address}) does not respond. Start it ("npm run sandbox"), or unset it.`);
  } catch {
    bad('GOOGLE_BASE_URL is not an address. Write it as http://127.0.0.1:4010.');
  }
}

async function checkRedis(env: NodeJS.ProcessEnv, setting: Setting, { good, note, bad, production }: Reporter) {
  const set = ['REDIS_URL', 'REDIS_CLUSTER_NODES', 'REDIS_SENTINELS'].filter((name) => env[name]);
  if (set.length > 1) return bad(`${set.join(' and ')} are set: keep the one for your Redis.`);
  const ca = readAuthority(env, bad);
  const place = redisPlace(env, setting, bad);
  if (place) {
    const settings = {
      place,
      ...(env.REDIS_USERNAME && { username: env.REDIS_USERNAME }),
      ...(setting('REDIS_PASSWORD') && { password: setting('REDIS_PASSWORD') }),
      ...(ca && { tlsCa: ca }),
      ...(setting('REDIS_AUDITOR_PASSWORD') && { auditorPassword: setting('REDIS_AUDITOR_PASSWORD') }),
    };
    const findings = await checkRedisSettings(settings, { ask: sendOnce, production, more: checkRights });
    for (const { level, text } of findings) ({ good, note, bad })[level](text);
  } else if (place === undefined) {
    if (production)
      return bad('REDIS_URL is not set. In production set it: redis://user:password@host:6379, or rediss:// for TLS.');
    const found = findRedisServer();
    if (found.command)
      good(`Redis: REDIS_URL is not set, so npm start runs its own (${found.command}, version ${found.version})`);
    else
      note(
        `Redis: REDIS_URL is not set and no server was found${found.tooOld ? ` (${found.tooOld})` : ''}; npm start installs one if it can. Or set REDIS_URL.`,
      );
  }
}

function readAuthority(env: NodeJS.ProcessEnv, bad: Reporter['bad']) {
  if (!env.REDIS_TLS_CA_FILE) return undefined;
  try {
    return readFileSync(env.REDIS_TLS_CA_FILE, 'utf8');
  } catch {
    bad('REDIS_TLS_CA_FILE names a file that cannot be read: check the path and its permissions.');
    return undefined;
  }
}

/** The address of Redis in the environment; undefined: none, null: invalid. */
function redisPlace(env: NodeJS.ProcessEnv, setting: Setting, bad: Reporter['bad']): RedisPlace | null | undefined {
  const url = setting('REDIS_URL');
  if (url) {
    if (URL.canParse(url) && /^rediss?:$/.test(new URL(url).protocol)) return { kind: 'node', url };
    bad('REDIS_URL is not a Redis address. Write it as redis://user:password@host:6379 (rediss:// for TLS).');
    return null;
  }
  let named: ReturnType<typeof namedRedisNodes>;
  try {
    named = namedRedisNodes(env);
  } catch (error) {
    bad(messageOf(error));
    return null;
  }
  if (named?.variable !== 'REDIS_SENTINELS') return named && { kind: 'cluster', nodes: named.places };
  if (!env.REDIS_SENTINEL_NAME) {
    bad('REDIS_SENTINEL_NAME is not set: set it to the Sentinels’ name of the master.');
    return null;
  }
  const sentinelPassword = setting('REDIS_SENTINEL_PASSWORD');
  return {
    kind: 'sentinel',
    sentinels: named.places,
    name: env.REDIS_SENTINEL_NAME,
    ...(sentinelPassword && { sentinelPassword }),
  };
}

/** See AskRedis in redis-checks.ts. */
const sendOnce: AskRedis = ({ host, port, tls, ca, username = '', password = '' }, commands) => {
  const who = [username, password].map(encodeURIComponent).join(':');
  const url = `${tls ? 'rediss' : 'redis'}://${who}@${host.includes(':') ? `[${host}]` : host}:${port}`;
  return askRedis(url, commands, { ca });
};

function checkKeys(setting: Setting, { good, note, bad, production }: Reporter) {
  const advice = 'create one with: echo "k1:$(openssl rand -base64 32)"';
  const ring = setting('CREDENTIALS_KEYS');
  if (ring) {
    const names = new Set<string>();
    for (const entry of ring.split(',')) {
      const [, name = '', key] = /^\s*([\w-]{1,32}):([A-Za-z0-9+/]{43}=)\s*$/.exec(entry) ?? [];
      if (!key) return bad(`CREDENTIALS_KEYS must be name:base64key,… with 32 bytes a key; ${advice}`);
      if (names.has(name)) return bad(`CREDENTIALS_KEYS has two keys named "${name}". Names must differ.`);
      names.add(name);
    }
    return good(`CREDENTIALS_KEYS: ${names.size} ${names.size === 1 ? 'key' : 'keys'}, the first one encrypts`);
  }
  if (production) return bad(`CREDENTIALS_KEYS is not set; in production it must be. To begin, ${advice}`);
  const kept = join(STATE, 'credentials-keys');
  if (!existsSync(kept)) return note(`CREDENTIALS_KEYS is not set: npm start makes one and keeps it in ${kept}`);
  if (statSync(kept).mode & 0o077) bad(`${kept} can be read by others. Type: chmod 600 "${kept}"`);
  else good(`CREDENTIALS_KEYS: kept in ${kept}`);
}

async function checkPort(env: NodeJS.ProcessEnv, { note }: Reporter) {
  const port = Number(env.PORT || 3000);
  if (Number.isInteger(port) && port > 0 && port < 65_536 && !(await isFree(port))) {
    note(`Port ${port} is in use${listenerOn(port) ? ` by ${listenerOn(port)}` : ''}: fine if that is CloudMover.`);
  }
  if (!existsSync(join(ROOT, 'backend/dist/main.js'))) note('Not built yet: npm start does it.');
}

/** Compares this machine's clock with the Date header of a response (RFC 9110, 6.6.1) of Google or its substitute. */
async function checkClock(address: string, env: NodeJS.ProcessEnv, { good, note, bad }: Reporter) {
  try {
    const response = await fetch(address, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(10_000) });
    const theirs = Date.parse(response.headers.get('date') ?? '');
    if (Number.isNaN(theirs)) return;
    const off = Math.abs(Date.now() - theirs);
    if (off > CLOCK_LEEWAY_MS)
      bad(`The clock is ${Math.round(off / 1000)} s off. Set it by NTP: sign-in fails otherwise.`);
    else good(`${new URL(address).host} is reachable and the clock agrees with it`);
  } catch {
    const text = `${new URL(address).host} cannot be reached from here, so the clock was not compared.`;
    if (env.GOOGLE_CLIENT_ID || env.GOOGLE_CLIENT_ID_FILE)
      bad(`${text} Let this machine reach https://*.googleapis.com and https://accounts.google.com.`);
    else note(text);
  }
}
