// `npm run live-check`: checks CloudMover's assumptions about Google with two accounts. See docs/live-check.md.
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { clearTimeout, setTimeout } from 'node:timers';
import { setTimeout as sleep } from 'node:timers/promises';
import { URL, URLSearchParams } from 'node:url';
import { promisify } from 'node:util';
import { readArguments, UsageProblem, wholeNumber } from './arguments.ts';
import { buildStale } from './build.ts';
import { ABOUT, Account, Budget, FOLDER, MAX_REQUESTS } from './live-account.ts';
import { makeTree, NOT_PROBED, runProbes, tooFastRow, type Row } from './live-probes.ts';
import { freePort, onStop, portOf } from './processes.ts';
import { startRedis } from './redis.ts';
import { newKeyRing, startBackend } from '../server/parts.ts';
import { call, OVER, type Tokens } from './api-client.ts';
import { loadEnvFile, Problem, ROOT, say, withoutSettings } from './workspace.ts';

const SIDES = ['source', 'destination'] as const;
type Side = (typeof SIDES)[number];
type BySide<T> = Record<Side, T>;
type Log = (text: string) => void;
/** Each resolves to the number of items that it could not delete. */
type Cleanup = (() => Promise<number>)[];
type Google = ReturnType<typeof googleOf>;
type Options = ReturnType<typeof optionsOf>;

interface Credential {
  refreshToken: string;
  /** The result of the sign-in. */
  row?: Row;
}
const SCOPES = 'openid email profile https://www.googleapis.com/auth/drive';
const SIGN_IN_MS = 10 * 60_000;
const TRANSFER_MS = 15 * 60_000;

/** @returns 0 if no assumption differs and nothing is left behind */
export default async function liveCheck(args: string[]): Promise<number> {
  const options = optionsOf(args);
  loadEnvFile();
  const google = googleOf(process.env);
  // With --json, standard output contains only the report.
  const log = options.json ? (text: string) => process.stderr.write(`${text}\n`) : say;
  const cleanup: Cleanup = [];
  let cleaning: Promise<number> | undefined;
  const cleanUp = () => (cleaning ??= runAll(cleanup));
  let isStopping = false;
  onStop(async () => {
    isStopping = true;
    log('\nDeleting the test data …');
    const left = await cleanUp();
    if (left > 0) log(`${left} items are left behind: run "npm run live-check -- --clean".`);
  });
  try {
    const report = await check({ ...options, google, log, cleanup, cleanUp });
    if (report === undefined) return 0;
    if (options.json) say(JSON.stringify(report, undefined, 2));
    else print(report);
    return report.rows.some(({ result }) => result === 'differs') || report.leftBehind > 0 ? 1 : 0;
  } finally {
    await cleanUp();
    // `onStop` ends the process; errors after a stop are irrelevant.
    if (isStopping) await new Promise(() => undefined);
  }
}

async function check({
  google,
  log,
  cleanup,
  cleanUp,
  ...options
}: Options & { google: Google; log: Log; cleanup: Cleanup; cleanUp: () => Promise<number> }) {
  const budget = new Budget();
  const rows: Row[] = [];
  const signedIn = async (side: Side) => {
    const credential = refreshTokenOf(side) ?? (await signIn({ google, side, port: options.port, log }));
    if (credential.row) rows.push(credential.row);
    const accessToken = tokensOf(google, credential.refreshToken, rows);
    return { credential, account: new Account({ apiRoot: google.apiRoot, accessToken, budget }) };
  };
  const sides = { source: await signedIn('source'), destination: await signedIn('destination') };
  const accounts = { source: sides.source.account, destination: sides.destination.account };
  if (!rows.some(({ id }) => id === 'pkce')) rows.push({ ...PKCE, result: 'unknown', seen: 'no sign-in' });
  const { source, destination } = accounts;
  const ownerOf = async (account: Account) =>
    (await account.call(ABOUT, 'GET', '/drive/v3/about', { query: { fields: 'user(permissionId)' } })).user
      .permissionId;
  if ((await ownerOf(source)) === (await ownerOf(destination)))
    throw new Problem('Both sides are the same account. Sign in with two.');

  const own: BySide<string[]> = { source: [], destination: [] };
  // In reverse order, so that the servers stop after the accounts are clean.
  for (const side of SIDES) cleanup.push(() => accounts[side].clean(own[side]));
  if (options.clean) {
    const left = await cleanUp();
    log(left === 0 ? 'Nothing is left from an earlier check.' : `${left} items could not be deleted.`);
    if (left > 0) throw new Problem('Delete them manually: they are in folders named “CloudMover live check”.');
    return undefined;
  }
  const ownFolder = async (side: Side): Promise<string> => {
    const { id } = await accounts[side].create({ name: 'CloudMover live check', mimeType: FOLDER });
    own[side].push(id);
    return id;
  };
  const [folder, target] = [await ownFolder('source'), await ownFolder('destination')];

  log('• Asking Google …');
  rows.push(...(await runProbes({ source, destination, folder, target, totalTimeoutMs: options.patience * 1000 })));
  if (!options['no-transfer'])
    rows.push(...(await transferRows({ google, options, sides, accounts, folder, target, log, cleanup })));
  rows.push(tooFastRow(budget));
  for (const { why, ...row } of NOT_PROBED) rows.push({ ...row, result: 'unknown', seen: `not tried: ${why}` });
  const leftBehind = await cleanUp();
  return {
    checkedAt: new Date().toISOString(),
    google: google.isGoogle ? 'Google' : 'a stand-in for Google',
    requests: budget.requests,
    mostRequests: MAX_REQUESTS,
    rows,
    leftBehind,
  };
}

function optionsOf(args: string[]) {
  const { values } = readArguments('live-check', args, {
    server: { type: 'string' },
    'no-transfer': { type: 'boolean', default: false },
    patience: { type: 'string', default: '60' },
    port: { type: 'string', default: '3000' },
    clean: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  });
  if (values.server !== undefined && !URL.canParse(values.server))
    throw new UsageProblem('live-check', '--server must be an address.');
  return {
    ...values,
    patience: wholeNumber('live-check', 'patience', values.patience, { max: 3_600 }),
    port: wholeNumber('live-check', 'port', values.port, { max: 65_535 }),
  };
}

/** A setting from the environment, or from the file in `NAME_FILE`. */
function setting(name: string) {
  const path = process.env[`${name}_FILE`];
  try {
    return (path ? readFileSync(path, 'utf8') : (process.env[name] ?? '')).trim() || undefined;
  } catch {
    throw new Problem(`${name}_FILE names a file that cannot be read.`);
  }
}

function googleOf({ GOOGLE_BASE_URL: base }: NodeJS.ProcessEnv) {
  const [clientId, clientSecret] = [setting('GOOGLE_CLIENT_ID'), setting('GOOGLE_CLIENT_SECRET')];
  if (!clientId || !clientSecret)
    throw new Problem(
      'GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET are missing: see "With real Google" in the README. "npm run live-check -- --help" says more.',
    );
  const at = (google: string, path: string) => new URL(path, base || google).href;
  return {
    clientId,
    clientSecret,
    isGoogle: !base,
    apiRoot: base || 'https://www.googleapis.com',
    authUrl: at('https://accounts.google.com', '/o/oauth2/v2/auth'),
    tokenUrl: at('https://oauth2.googleapis.com', '/token'),
  };
}

function refreshTokenOf(side: Side): Credential | undefined {
  const refreshToken = setting(`${side.toUpperCase()}_REFRESH_TOKEN`);
  return refreshToken ? { refreshToken } : undefined;
}

const PKCE = {
  id: 'pkce',
  statement: 'A web client can use PKCE (S256) together with its secret',
  modelled: true,
};

/** Google's response, or `refused` with the reason. */
interface TokenAnswer {
  access_token?: string;
  refresh_token?: string;
  expires_in?: number;
  scope?: string;
  error?: unknown;
  refused?: string;
}

async function askForTokens(google: Google, form: Record<string, string>): Promise<TokenAnswer> {
  const { clientId: client_id, clientSecret: client_secret } = google;
  const response = await fetch(google.tokenUrl, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ client_id, client_secret, ...form }),
    signal: AbortSignal.timeout(30_000),
  });
  const answer = (await response.json().catch(() => ({}))) as TokenAnswer;
  return response.ok
    ? answer
    : { refused: `${response.status} ${typeof answer.error === 'string' ? answer.error.slice(0, 60) : ''}` };
}

/**
 * Signs an account in with a browser: prints the address to open, and waits for the redirect from Google. Repeats it
 * without PKCE if Google refuses PKCE with a secret.
 */
export async function signIn({
  google,
  side,
  port,
  log,
}: {
  google: Google;
  side: Side;
  port: number;
  log: Log;
}): Promise<Credential> {
  let row: Row | undefined;
  for (const verifier of [randomBytes(48).toString('base64url'), undefined]) {
    const state = randomBytes(16).toString('base64url');
    const { redirectUri, code } = await loopback({ side, port, state }, (uri) => {
      const address = new URL(google.authUrl);
      const query = new URLSearchParams({
        client_id: google.clientId,
        redirect_uri: uri,
        response_type: 'code',
        scope: SCOPES,
        state,
        access_type: 'offline',
        prompt: 'consent select_account',
        ...(verifier && {
          code_challenge: createHash('sha256').update(verifier).digest('base64url'),
          code_challenge_method: 'S256',
        }),
      });
      address.search = query.toString();
      log(`\nOpen this address and sign in with the account for the ${side}:\n\n  ${address.href}\n`);
    });
    const tokens = await askForTokens(google, {
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      ...(verifier && { code_verifier: verifier }),
    });
    row ??= { ...PKCE, result: tokens.refused ? 'differs' : 'held', seen: tokens.refused ?? 'accepted' };
    if (tokens.refused) continue;
    if (!/\/auth\/drive(\s|$)/.test(tokens.scope ?? ''))
      throw new Problem('The Drive box was not selected: sign in again and keep it.');
    if (!tokens.refresh_token)
      throw new Problem(
        'Google did not return a refresh token. Remove the access of this app at Google and sign in again.',
      );
    return { refreshToken: tokens.refresh_token, row };
  }
  throw new Problem(`Google refused the sign-in: ${row?.seen}. Is the redirect address registered for this client?`);
}

/** Listens at the redirect address until the browser arrives. */
async function loopback(
  { side, port, state }: { side: Side; port: number; state: string },
  onReady: (redirectUri: string) => void,
) {
  const answer = Promise.withResolvers<string>();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (url.pathname !== `/auth/${side}/callback` || url.searchParams.get('state') !== state) {
      response.writeHead(404).end();
      return;
    }
    const [code, error] = ['code', 'error'].map((name) => url.searchParams.get(name));
    response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
    response.end(code ? 'Signed in. You can close this page.' : 'Not signed in.');
    if (code) answer.resolve(code);
    else answer.reject(new Problem(`The sign-in was refused: ${String(error).slice(0, 60)}.`));
  });
  await new Promise<void>((listening, failed) => {
    server.once('error', () =>
      failed(new Problem(`Port ${port} is in use: stop the program that uses it, or choose another port with --port.`)),
    );
    server.listen(port, 'localhost', listening);
  });
  const timer = setTimeout(() => answer.reject(new Problem('Nobody signed in within ten minutes.')), SIGN_IN_MS);
  try {
    const redirectUri = `http://localhost:${portOf(server)}/auth/${side}/callback`;
    onReady(redirectUri);
    return { redirectUri, code: await answer.promise };
  } finally {
    clearTimeout(timer);
    server.close();
  }
}

/** Access tokens, refreshed when they expire; reports once whether a refresh returns another refresh token. */
function tokensOf(google: Google, refreshToken: string, rows: Row[]) {
  let known: { token: string; until: number } | undefined;
  return async () => {
    if (known && known.until > Date.now()) return known.token;
    const answer = await askForTokens(google, { grant_type: 'refresh_token', refresh_token: refreshToken });
    if (!answer.access_token)
      throw new Problem(`Google rejected the refresh token: ${answer.refused ?? 'no access token'}.`);
    known = { token: answer.access_token, until: Date.now() + Math.max(30, (answer.expires_in ?? 0) - 120) * 1000 };
    if (!rows.some(({ id }) => id === 'refresh-token-stays')) {
      const isNew = answer.refresh_token !== undefined && answer.refresh_token !== refreshToken;
      rows.push({
        id: 'refresh-token-stays',
        statement: 'A refresh returns no other refresh token',
        result: isNew ? 'differs' : 'held',
        seen: isNew ? 'another one was returned' : 'none was returned',
      });
    }
    return known.token;
  };
}

/** Transfers the tree with CloudMover, compares it, undoes the transfer and checks for remaining items. */
async function transferRows({
  google,
  options,
  sides,
  accounts,
  folder,
  target,
  log,
  cleanup,
}: {
  google: Google;
  options: Pick<Options, 'server'>;
  sides: BySide<{ credential: Credential }>;
  accounts: BySide<Account>;
  folder: string;
  target: string;
  log: Log;
  cleanup: Cleanup;
}) {
  const { source, destination } = accounts;
  const server = options.server
    ? { url: options.server.replace(/\/$/, ''), operatorKey: setting('OPERATOR_KEY') }
    : await startOwn(google, log, cleanup);
  if (!server.operatorKey) throw new Problem('OPERATOR_KEY is missing: --server needs the key of that CloudMover.');
  const tokens: Tokens = {};
  for (const side of SIDES) {
    const { refreshToken } = sides[side].credential;
    const token = await openSession({ ...server, operatorKey: server.operatorKey }, { type: side, refreshToken });
    tokens[side] = token;
    cleanup.push(async () => {
      await call(`${server.url}/session/logout`, { method: 'DELETE', tokens: { [side]: token } }).catch(
        () => undefined,
      );
      return 0;
    });
  }
  log('• Creating a small tree …');
  const tree = await makeTree(source, folder);
  log('• Transferring it …');
  const body = { items: [tree.id], target: { folderId: target, newFolderName: 'Transferred' } };
  const { id } = await call<{ id: string }>(`${server.url}/api/transfers`, { method: 'POST', tokens, body });
  const address = `${server.url}/api/transfers/${id}`;
  cleanup.push(async () => {
    await call(`${address}/cancel`, { method: 'POST', tokens }).catch(() => undefined); // if it is still running
    return 0;
  });
  const transfer = await settled(address, tokens, OVER);
  const { found, verified } = transfer.counts;
  const { serverCopy, relay } = transfer.ways;
  const reasons = transfer.failureGroups.map(({ code, count }) => `${count} ${code}`).join(', ');
  const row = (rowId: string, statement: string, isHeld: boolean, seen: string): Row => ({
    id: rowId,
    statement,
    result: isHeld ? 'held' : 'differs',
    seen,
  });
  const rows = [
    row(
      'transfer',
      'CloudMover transfers every item and verifies it',
      transfer.state === 'completed' && verified === found && found === tree.items,
      `${transfer.state}, ${verified} of ${found} items verified${reasons && ` (${reasons})`}`,
    ),
    row(
      'server-copy',
      'Google copies items that readers may copy',
      serverCopy === tree.copied,
      `${serverCopy} of ${tree.copied} files`,
    ),
    row(
      'relay',
      'CloudMover relays items that readers may not copy',
      relay === tree.relayed,
      `${relay} of ${tree.relayed} files`,
    ),
  ];
  log('• Comparing both sides …');
  const compared = await verifyReport(await call(`${address}/report?format=json`, { tokens }), google, {
    source,
    destination,
  });
  rows.push(row('compared', 'The report matches both Drives, byte by byte', compared.code === 0, compared.seen));
  const { permissions = [] } = await source.get(tree.id, 'permissions(role)');
  rows.push(
    row(
      'share-withdrawn',
      'The temporary share is withdrawn',
      permissions.length === 1,
      `${permissions.length - 1} besides the owner`,
    ),
  );
  log('• Undoing it …');
  await call(`${address}/undo`, { method: 'POST', tokens });
  const undone = await settled(address, tokens, new Set(['undone', 'failed']));
  const still = await destination.search(`'${target}' in parents and trashed=false`);
  rows.push(
    row(
      'undo',
      'An undo trashes all copies',
      undone.state === 'undone' && still.length === 0,
      `${undone.state}, ${undone.undo?.left ?? 0} left`,
    ),
  );
  return rows;
}

/** Opens a session with the operator key. @returns its token */
async function openSession(server: { url: string; operatorKey: string }, body: { type: Side; refreshToken: string }) {
  const response = await fetch(`${server.url}/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-operator-key': server.operatorKey },
    body: JSON.stringify(body),
  });
  const answer = (await response.json().catch(() => ({}))) as { token?: string; code?: string };
  if (response.ok && answer.token) return answer.token;
  throw new Problem(`CloudMover did not accept the ${body.type}'s refresh token: ${answer.code ?? response.status}.`);
}

/** The used fields of a transfer. */
interface Transfer {
  state: string;
  counts: { found: number; verified: number };
  ways: { serverCopy: number; relay: number };
  failureGroups: { code: string; count: number }[];
  problem?: { code: string };
  undo?: { left: number };
}

async function settled(address: string, tokens: Tokens, states: ReadonlySet<string>): Promise<Transfer> {
  for (const end = Date.now() + TRANSFER_MS; Date.now() < end; await sleep(500)) {
    const transfer: Transfer = await call(address, { tokens });
    if (states.has(transfer.state)) return transfer;
    if (transfer.state === 'needs_reconnect' || transfer.state === 'paused')
      throw new Problem(
        `The transfer waits: ${transfer.state}${transfer.problem ? `, ${transfer.problem.code}` : ''}.`,
      );
  }
  throw new Problem('The transfer took more than a quarter of an hour.');
}

/** Runs `npm run verify-report` as a process, because its output contains names of files. */
async function verifyReport(report: unknown, google: Google, { source, destination }: BySide<Account>) {
  const folder = mkdtempSync(join(tmpdir(), 'cloudmover-live-'));
  try {
    const file = join(folder, 'report.json');
    writeFileSync(file, JSON.stringify(report), { mode: 0o600 });
    const env = {
      ...withoutSettings(),
      SOURCE_ACCESS_TOKEN: await source.accessToken(),
      DESTINATION_ACCESS_TOKEN: await destination.accessToken(),
    };
    const command = [join(ROOT, 'tools/main.ts'), 'verify-report', file, '--bytes', '--api-root', google.apiRoot];
    const { code, stdout } = await promisify(execFile)(process.execPath, command, { env }).then(
      (done) => ({ code: 0, ...done }),
      (error: { stdout?: string }) => ({ code: 1, stdout: error.stdout ?? '' }),
    );
    return { code, seen: /^[\d,]+ proven.*$/m.exec(stdout)?.[0] ?? 'it could not be compared' };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Starts a CloudMover on free ports with a temporary Redis. */
async function startOwn(google: Google, log: Log, cleanup: Cleanup) {
  await buildStale(ROOT, ['backend']);
  log('• Starting a CloudMover …');
  const folder = mkdtempSync(join(tmpdir(), 'cloudmover-live-'));
  cleanup.unshift(() => {
    rmSync(folder, { recursive: true, force: true });
    return Promise.resolve(0);
  });
  const redis = await startRedis({ dir: join(folder, 'redis'), password: randomBytes(18).toString('base64url') });
  cleanup.splice(1, 0, async () => {
    await redis.stop();
    return 0;
  });
  const port = await freePort();
  const operatorKey = randomBytes(32).toString('base64url');
  const env = {
    ...withoutSettings(),
    HOST: '127.0.0.1',
    PORT: String(port),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    REDIS_URL: redis.url,
    ...(process.env.GOOGLE_BASE_URL && { GOOGLE_BASE_URL: process.env.GOOGLE_BASE_URL }),
    GOOGLE_CLIENT_ID: google.clientId,
    GOOGLE_CLIENT_SECRET: google.clientSecret,
    CREDENTIALS_KEYS: newKeyRing(),
    OPERATOR_KEY: operatorKey,
    PORTAL_DIR: join(folder, 'no-portal'),
  };
  const api = await startBackend({ env, logFile: join(folder, 'api.log') });
  cleanup.splice(2, 0, async () => {
    await api.stop();
    return 0;
  });
  return { url: api.origin, operatorKey };
}

/** Runs all clean-ups in reverse order, even if some fail. @returns the number of items left behind */
async function runAll(cleanup: Cleanup) {
  let left = 0;
  for (const work of cleanup.splice(0).reverse()) left += await work().catch(() => 1);
  return left;
}

const SIGNS = { held: '✔', differs: '✘', unknown: '?' };

function print({ google, requests, mostRequests, rows, leftBehind }: NonNullable<Awaited<ReturnType<typeof check>>>) {
  say(`\nAsked ${google}, ${requests} requests of at most ${mostRequests}:\n`);
  for (const { id, statement, result, seen, modelled } of rows) {
    say(`${SIGNS[result]} ${id.padEnd(22)} ${statement}`);
    say(
      `  ${''.padEnd(22)} ${result}: ${seen}${modelled && google !== 'Google' ? ' (as modelled: only Google can say)' : ''}`,
    );
  }
  if (google !== 'Google') say('\nA stand-in responds as modelled. Google itself has not confirmed those rows.');
  const count = (wanted: Row['result']) => rows.filter(({ result }) => result === wanted).length;
  say(`\n${count('held')} held, ${count('differs')} differ, ${count('unknown')} unknown`);
  if (leftBehind > 0) say(`${leftBehind} items are left behind: run "npm run live-check -- --clean".`);
}
