// The checkout's paths, values stored between runs, and settings of processes.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** The checkout's top folder. */
export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/**
 * The folder for Redis data, keys and logs of `npm start`. `CLOUDMOVER_STATE_DIR` moves it, so that a test of `npm
 * start` does not affect a running one.
 */
export const STATE = resolve(process.env.CLOUDMOVER_STATE_DIR || join(ROOT, '.cloudmover'));

/** An expected failure: its message names the problem and the fix, and is shown without a stack trace. */
export class Problem extends Error {}

/** The `code` of a Node error (`ENOENT`), or undefined. */
export function codeOf(error: unknown) {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** The message of an error. */
export function messageOf(error: unknown) {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
}

/** Prints one line of progress. */
export function say(text = '') {
  process.stdout.write(`${text}\n`);
}

/** Runs `work`; prints what it does, and how long it took if that was noticeable. */
export async function step<T>(what: string, work: () => T | Promise<T>): Promise<T> {
  const began = Date.now();
  say(`• ${what} …`);
  const result = await work();
  const seconds = (Date.now() - began) / 1000;
  if (seconds >= 2) say(`  done in ${seconds.toFixed(0)} s`);
  return result;
}

/** Writes a file atomically, so that a crash leaves the old or the new one. */
export function writeWhole(path: string, content: string, mode = 0o644) {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, content, { mode });
  renameSync(temporary, path);
}

/**
 * The secret in the file `path`, which only its owner can read; created by `make` the first time.
 */
export function keptSecret(path: string, make: () => string = () => randomBytes(32).toString('base64url')) {
  if (!existsSync(path)) writeWhole(path, `${make()}\n`, 0o600);
  const secret = readFileSync(path, 'utf8').trim();
  if (!secret) throw new Problem(`${path} is empty. Delete it and run the command again to create a new one.`);
  return secret;
}

function readPorts(state: string): Record<string, number> {
  try {
    return JSON.parse(readFileSync(join(state, 'ports.json'), 'utf8')) as Record<string, number>;
  } catch {
    return {}; // No stored ports, or unreadable: new ports are fine.
  }
}

/** A number (a port) from an earlier run, or undefined. */
export function remembered(name: string, state = STATE) {
  return readPorts(state)[name];
}

/** Stores a number for the next run. */
export function remember(name: string, value: number, state = STATE) {
  const ports = readPorts(state);
  if (ports[name] !== value) writeWhole(join(state, 'ports.json'), `${JSON.stringify({ ...ports, [name]: value })}\n`);
}

/** Loads settings from a folder's `.env` file, if it exists; the environment takes precedence. */
export function loadEnvFile(folder = ROOT) {
  const path = join(folder, '.env');
  if (existsSync(path)) process.loadEnvFile(path);
}

/**
 * The settings of the product and of the sandbox; of groups, what their names begin with. A copy, because Node cannot
 * load the sources of the backend, which define them, before they are compiled; build.spec.ts compares it with them.
 */
const SETTINGS = new Set([
  ...['NODE_ENV', 'CLOUDMOVER_ROLE', 'CLOUDMOVER_WAITAOF', 'LOG_LEVEL', 'SHUTDOWN_DELAY'],
  ...['HOST', 'PORT', 'PUBLIC_URL', 'PORTAL_URL', 'PORTAL_DIR', 'TRUST_PROXY', 'CORS_ORIGINS'],
  ...['CREDENTIALS_KEYS', 'OPERATOR_KEY', 'METRICS_KEY', 'ALLOWED_ACCOUNTS', 'API_DOCS', 'MOVED_LINKS'],
  ...['SESSION_TTL', 'SESSION_IDLE_TTL', 'URL_TOKEN_TTL', 'QUERY_TOKENS', 'SMTP_URL', 'MAIL_FROM'],
  ...['MAX_OPEN_TRANSFERS', 'MAX_EVENT_STREAMS', 'AUDIT_MAX_ENTRIES'],
]);
const GROUPS_OF_SETTINGS = ['REDIS_', 'GOOGLE_', 'RATE_LIMIT_', 'WEBHOOKS_', 'OTEL_', 'SANDBOX_'];

/** Whether a variable is a setting, or names the file that contains one. */
const isSetting = (variable: string) =>
  SETTINGS.has(variable.replace(/_FILE$/, '')) || GROUPS_OF_SETTINGS.some((group) => variable.startsWith(group));

/**
 * The environment without CloudMover's settings. Tests and demos use it, so that settings of the shell, such as a real
 * Google project or a production Redis, do not affect them.
 */
export function withoutSettings(env = process.env) {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !isSetting(name)));
}
