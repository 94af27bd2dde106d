#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { SandboxUsageError } from './http/errors.ts';
import type { OAuthClient } from './oauth/clients.ts';
import { PRESET_NAMES } from './seed/presets.ts';
import { startSandbox, type Sandbox, type SandboxOptions } from './http/server.ts';

const HELP = `Drive sandbox: behaves like Google's OAuth and Drive v3, for demonstrations, tests and benchmarks.

  drive-sandbox [options]
  drive-sandbox conformance [options]
                            checks it, or Google, against the rules that it models; conformance --help

  --port N                  port (default 4010; 0 takes a free one)
  --host ADDRESS            address to listen on (default 127.0.0.1: this machine only)
  --accounts A,B            e-mail addresses (default alice@example.com,bob@example.com)
  --import DIR[:ACCOUNT]    puts a real folder into an account (default: the first); may be repeated
  --preset NAME[:ACCOUNT]   fills an account with a realistic tree: ${PRESET_NAMES.join(', ')}; may be repeated
  --preset-seed N           seed of the random figures, names and permissions of presets (default 1)
  --seed-demo               fills the first account with a realistic personal Drive
  --client ID:SECRET=REDIRECT[,REDIRECT]
                            registers an OAuth client; may be repeated. The variable SANDBOX_CLIENTS holds more of
                            them, separated by spaces, and keeps secrets out of the list of processes
  --data DIR                keeps everything in DIR between starts (default: nothing is kept)
  --help
`;

/** Maximum number of accounts that are listed at the start. */
const SHOWN_ACCOUNTS = 10;

/** @throws SandboxUsageError for invalid arguments. */
function readArguments(argv: string[], environment: NodeJS.ProcessEnv): SandboxOptions | 'help' {
  let values;
  try {
    ({ values } = parseArgs({
      args: argv,
      options: {
        port: { type: 'string', default: '4010' },
        host: { type: 'string', default: '127.0.0.1' },
        accounts: { type: 'string', default: 'alice@example.com,bob@example.com' },
        import: { type: 'string', multiple: true, default: [] },
        client: { type: 'string', multiple: true, default: [] },
        preset: { type: 'string', multiple: true, default: [] },
        'preset-seed': { type: 'string', default: '1' },
        'seed-demo': { type: 'boolean', default: false },
        data: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }));
  } catch (error) {
    throw new SandboxUsageError((error as Error).message);
  }
  if (values.help) return 'help';
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port > 65_535)
    throw new SandboxUsageError(`--port ${values.port}: a port is a number from 0 to 65535.`);
  const accounts = values.accounts
    .split(',')
    .map((email) => email.trim())
    .filter(Boolean);
  if (accounts.length === 0) throw new SandboxUsageError('--accounts needs at least one e-mail address.');
  const seed = Number(values['preset-seed']);
  if (!/^\d+$/.test(values['preset-seed']) || !Number.isSafeInteger(seed))
    throw new SandboxUsageError(`--preset-seed ${values['preset-seed']}: a seed is a whole number, 0 or more.`);
  const more = (environment['SANDBOX_CLIENTS'] ?? '').split(/\s+/).filter(Boolean);
  return {
    port,
    host: values.host,
    accounts,
    seedDemo: values['seed-demo'],
    imports: values.import.map(readImport),
    presets: values.preset.map((text) => ({ ...readPreset(text), seed })),
    clients: [...values.client, ...more].map(readClient),
    ...(values.data === undefined ? {} : { dataDir: values.data }),
  };
}

function readImport(text: string): { path: string; account?: string } {
  const match = /^(.+):([^:/\\]+@[^:/\\]+)$/.exec(text);
  return match ? { path: match[1] ?? '', account: match[2] ?? '' } : { path: text };
}

function readPreset(text: string): { preset: string; account?: string } {
  const [preset = '', ...account] = text.split(':');
  if (!PRESET_NAMES.some((each) => each === preset))
    throw new SandboxUsageError(`--preset ${text}: there is ${PRESET_NAMES.join(', ')}.`);
  return account.length > 0 ? { preset, account: account.join(':') } : { preset };
}

function readClient(text: string): OAuthClient {
  const match = /^([^:=\s]+):([^=\s]+)=(\S+)$/.exec(text);
  if (!match)
    throw new SandboxUsageError(
      'An OAuth client must have the form ID:SECRET=REDIRECT[,REDIRECT] (the value is not shown, it contains a secret).',
    );
  return { clientId: match[1] ?? '', clientSecret: match[2] ?? '', redirectUris: (match[3] ?? '').split(',') };
}

/** Whether only this machine can reach an address. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}

function screen({ url, state }: Sandbox, options: SandboxOptions): string {
  const all = [...state.store.accounts.values()];
  const accounts = all
    .slice(0, SHOWN_ACCOUNTS)
    .map(({ email, own, usage }) => `    ${email.padEnd(28)} ${own.size} items, ${(usage / 1e6).toFixed(1)} MB`);
  if (all.length > SHOWN_ACCOUNTS) accounts.push(`    and ${all.length - SHOWN_ACCOUNTS} more`);
  const imports = state.importsAtStart.map(
    ({ path, account, files, folders, skipped }) =>
      `    ${path} → ${account}: ${files} files in ${folders} folders` +
      (skipped.symlinks ? `, ${skipped.symlinks} links left out` : ''),
  );
  const clients = state.oauth.clientIds();
  return [
    '',
    `  Drive sandbox    ${url}`,
    '',
    '  This is not Google: a stand-in for tests, with made-up accounts and no passwords.',
    ...(isLoopback(options.host ?? '127.0.0.1')
      ? []
      : [
          '  WARNING: it listens beyond this machine. Anyone who reaches it can act as any account and read the folders of this machine.',
        ]),
    '',
    '  Accounts',
    ...accounts,
    ...(imports.length > 0 ? ['  Imported', ...imports] : []),
    `  OAuth clients    ${clients.length > 0 ? clients.join(', ') : 'none yet: --client ID:SECRET=REDIRECT'}`,
    `  Kept             ${options.dataDir ? `in ${options.dataDir}` : 'nothing after the end'}`,
    '',
    `  See it           ${url}/`,
    `  Use it           GOOGLE_BASE_URL=${url}`,
    `  Drive it         ${url}/__sandbox/openapi.json`,
    '  Ctrl-C stops it.',
    '',
  ].join('\n');
}

/**
 * V8 allocates an object in the memory for long-lived ones if objects from the same line of code have survived before.
 * An object of a request then keeps the whole request until a full garbage collection. This flag prevents that; the
 * copies and grants of `npm run bench -- sandbox` show the gain.
 */
function keepRequestsYoung(): void {
  setFlagsFromString('--no-allocation-site-pretenuring');
}

async function main(): Promise<void> {
  const options = readArguments(process.argv.slice(2), process.env);
  if (options === 'help') {
    process.stdout.write(HELP);
    return;
  }
  keepRequestsYoung();
  const sandbox = await startSandbox(options);
  process.stdout.write(`${screen(sandbox, options)}\n`);
  process.send?.({ type: 'ready', url: sandbox.url, port: sandbox.port });
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    void sandbox.close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  // Ends with the program that started it.
  process.on('disconnect', stop);
}

try {
  const [first, ...others] = process.argv.slice(2);
  if (first === 'conformance') {
    const { conformance } = await import('./conformance/command.ts');
    process.exitCode = await conformance(others);
  } else await main();
} catch (error) {
  if (!(error instanceof SandboxUsageError)) throw error;
  console.error(`${error.message}\nTry --help.`);
  process.exit(2);
}
