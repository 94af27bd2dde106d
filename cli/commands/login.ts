import { readFile } from 'node:fs/promises';
import { Argument } from 'commander';
import { asHeader } from '../api/client.ts';
import type { Context } from '../context.ts';
import { CliError, EXIT, type ExitCode, usageError } from '../errors.ts';
import { signInOnLoopback } from '../loopback.ts';
import { type Side, SIDES } from '../sessions.ts';
import { type Adder, examples } from './adder.ts';

interface LoginOptions {
  account?: string;
  readOnly?: boolean;
  browser: boolean;
  port?: number;
  refreshTokenFile?: string;
  serviceAccount?: string;
  subject?: string;
  operatorKeyFile?: string;
}

/** `login` and `logout`. */
export function addLogin({ program, action }: Adder): void {
  const side = () => new Argument('<side>', 'the account to copy from, or to').choices(SIDES);
  program
    .command('login')
    .description('connect an account, with a browser or without')
    .addArgument(side())
    .option('--account <email>', 'the account to preselect on Google’s page')
    .option('--read-only', 'ask for read access only: enough for a source that is copied, not moved')
    .option('--no-browser', 'print the address instead of opening it')
    .option('--port <port>', 'of this computer, that the browser returns to (default: a free one)', portOf)
    .option('--refresh-token-file <file>', 'without a browser: a refresh token of this installation’s OAuth client')
    .option('--service-account <file>', 'without a browser: the key file of a service account that acts for --subject')
    .option('--subject <email>', 'the person whose Drive it is')
    .option('--operator-key-file <file>', 'for these two, or a machine key; or the variable CLOUDMOVER_OPERATOR_KEY')
    .addHelpText(
      'after',
      examples(
        'cloudmover login source',
        'cloudmover login destination --account bob@example.com --server https://mover.example.com',
        'cloudmover login source --refresh-token-file token.txt --operator-key-file operator.key',
        'cloudmover login source --service-account key.json --subject ana@example.com',
      ),
    )
    .action(action(login));
  program
    .command('logout')
    .description('end the session of an account; transfers in progress continue')
    .addArgument(side())
    .addHelpText('after', examples('cloudmover logout source'))
    .action(action(logout));
}

function portOf(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535) throw usageError(`--port ${text}: a port is 1 to 65535.`);
  return port;
}

async function login(context: Context, side: Side, options: LoginOptions): Promise<ExitCode> {
  const { terminal, sessions, server } = context;
  const isHeadless = options.refreshTokenFile !== undefined || options.serviceAccount !== undefined;
  refuseWithoutEffect(isHeadless, options);
  const { token, account, expiresAt } = await (isHeadless ? withoutBrowser : withBrowser)(context, side, options);
  await sessions.keep(server, side, { token, email: account.email, expiresAt });
  terminal.emit('login', { side, email: account.email, expiresAt, server });
  terminal.say(`Connected ${account.email} as the ${side}.`);
  return EXIT.done;
}

/**
 * Refuses options that only the other way to sign in reads: a person would take `--read-only`, for example, for granted.
 * @throws CliError (exit code 2)
 */
function refuseWithoutEffect(isHeadless: boolean, options: LoginOptions): void {
  const { account, readOnly, port, subject, operatorKeyFile } = options;
  const others = isHeadless
    ? { '--account': account, '--read-only': readOnly, '--port': port }
    : { '--subject': subject, '--operator-key-file': operatorKeyFile };
  const [option] = Object.entries(others).find(([, value]) => value !== undefined) ?? [];
  if (option === undefined) return;
  throw usageError(
    isHeadless
      ? `${option} is for a sign-in with a browser: leave it out beside --refresh-token-file and --service-account.`
      : `${option} is for a login without a browser: add ${option === '--subject' ? '' : '--refresh-token-file or '}--service-account.`,
  );
}

/** Ends the session at the server, if it has not ended there, and forgets it. */
async function logout({ api, terminal, sessions, server }: Context, side: Side): Promise<ExitCode> {
  try {
    await api.answer(api.as(side).DELETE('/session/logout'), side);
  } catch (error) {
    if (!(error instanceof CliError && error.code === 'session_expired')) throw error;
  }
  await sessions.remove(server, side);
  terminal.emit('logout', { side, server });
  terminal.say(`Signed out of the ${side}.`);
  return EXIT.done;
}

/** Opens the person's browser, and waits for its return. */
async function withBrowser(context: Context, side: Side, { account, readOnly, browser, port = 0 }: LoginOptions) {
  const { api, terminal, openBrowser, signal } = context;
  if (readOnly && side !== 'source')
    throw usageError('--read-only is for the source: CloudMover writes to the destination.');
  // A server that does not respond is reported here, not by the browser.
  const { publicUrl } = await api.answer(api.anonymous.GET('/api/about'));
  const code = await signInOnLoopback({
    ...{ server: publicUrl, side, port, signal },
    parameters: { ...(account && { login_hint: account }), ...(readOnly && { access: 'readonly' }) },
    onAddress: (url) => {
      terminal.emit('sign_in', { side, url });
      terminal.note(`Sign in with your browser: ${url}`);
      if (browser) openBrowser(url);
    },
  });
  return api.answer(api.anonymous.POST('/auth/exchange', { body: code }), side);
}

/** Opens a session for a program; the server asks for the operator key. */
async function withoutBrowser({ api, env }: Context, side: Side, options: LoginOptions) {
  const { refreshTokenFile, serviceAccount, subject, operatorKeyFile } = options;
  if (refreshTokenFile !== undefined && serviceAccount !== undefined)
    throw usageError('Use either --refresh-token-file or --service-account.');
  if ((serviceAccount === undefined) !== (subject === undefined))
    throw usageError('--service-account and --subject belong together.');
  const key = operatorKeyFile ? (await textOf(operatorKeyFile)).trim() : env['CLOUDMOVER_OPERATOR_KEY'];
  if (!key)
    throw usageError(
      'A login without a browser needs the operator key, or a machine key with the scope sessions:create: --operator-key-file or CLOUDMOVER_OPERATOR_KEY.',
    );
  const credentials =
    refreshTokenFile === undefined
      ? { serviceAccount: { ...keyOf(await textOf(serviceAccount!), serviceAccount!), subject: subject! } }
      : { refreshToken: (await textOf(refreshTokenFile)).trim() };
  return api.answer(
    api.anonymous.POST('/session', {
      params: {
        header: { 'X-Operator-Key': asHeader(key, 'The key of --operator-key-file or CLOUDMOVER_OPERATOR_KEY') },
      },
      body: { type: side, ...credentials },
    }),
    side,
  );
}

async function textOf(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).replace(/^\uFEFF/, '');
  } catch (error) {
    throw usageError(`${file} cannot be read: ${(error as Error).message}`);
  }
}

/** The parts of a key file that the server needs. */
function keyOf(text: string, file: string) {
  try {
    const { client_email: clientEmail, private_key: privateKey } = JSON.parse(text) as Record<string, unknown>;
    if (typeof clientEmail === 'string' && typeof privateKey === 'string') return { clientEmail, privateKey };
  } catch {
    // The message below names the file, and shows nothing of it.
  }
  throw new CliError(`${file} is not the key file of a service account (JSON with client_email and private_key).`, {
    exitCode: EXIT.usage,
    code: 'usage',
  });
}
