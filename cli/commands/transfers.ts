import { randomUUID } from 'node:crypto';
import { type Command, Option } from 'commander';
import type { Preflight, ReasonCode, Transfer } from '../api/client.ts';
import type { Context } from '../context.ts';
import { CliError, EXIT, type ExitCode, usageError } from '../errors.ts';
import { apiOffLine, conclude, followPreflight, followTransfer, unlessStopped } from '../follow.ts';
import { addMailOptions, mailLine, type MailOptions, notifyOf } from '../mail.ts';
import {
  addSelectionOptions,
  addSharingOptions,
  type SelectionOptions,
  selectionOf,
  sharingOf,
  type SharingOptions,
} from '../selection.ts';
import { bytes, counted, duration, number, printable, sentences, table } from '../terminal.ts';
import { type Adder, examples } from './adder.ts';

const MAX_NAME = 100;

/** The options of `copy` that are not part of a check, as commander names them. */
const BESIDE_PREFLIGHT = new Set(['preflight', 'name', 'yes', 'wait', 'mail', 'mailLanguage']);

interface StartOptions extends MailOptions {
  yes?: boolean;
  wait: boolean;
  name?: string;
  preflight?: string;
}

/** `copy`, `check`, and the commands for a transfer that exists. */
export function addTransferCommands({ program, action }: Adder): void {
  addMailOptions(addSelectionOptions(program.command('copy')))
    .description('copy (or move) items, watch it, and verify every copy')
    .argument('[paths...]', 'what to copy in the source, then the folder in the destination')
    .option('--preflight <id>', 'start what `check` has counted, instead of paths and options')
    .option('--name <name>', 'name of the transfer', nameOf)
    .option('--yes', 'do not ask before a move, or before people gain access')
    .option('--no-wait', 'return when it has started')
    .addHelpText(
      'after',
      examples(
        'cloudmover copy source:Work destination:"From Ana"',
        'cloudmover copy source:Photos source:"Tax 2026.pdf" destination: --conflict skip',
        'cloudmover copy source: destination:Archive --move --yes --json',
        'cloudmover copy source:Team destination:Team --people people.csv --outsiders drop',
        'cloudmover copy source:Work destination: --links rewrite',
        'cloudmover copy source: destination:Archive --mail destination --no-wait',
      ),
    )
    .action(action(copy));
  addSelectionOptions(program.command('check'))
    .description('count what copy would do, and what would stop it, without copying')
    .argument('<paths...>', 'what to copy in the source, then the folder in the destination')
    .addHelpText(
      'after',
      examples(
        'cloudmover check source:Work destination:"From Ana"',
        'cloudmover check source: destination:Archive --json',
      ),
    )
    .action(action(check));
  program
    .command('list')
    .description('list the transfers of the connected accounts, newest first')
    .option('--limit <n>', 'at most this many', wholeNumber, 20)
    .option('--ids', 'print the ids alone, for scripts')
    .addHelpText(
      'after',
      examples('cloudmover list', 'cloudmover list --limit 100 --json', 'ID=$(cloudmover list --limit 1 --ids)'),
    )
    .action(action(list));
  program
    .command('show')
    .description('show a transfer')
    .argument('<id>', 'id of the transfer')
    .addHelpText('after', examples('cloudmover show q5Zt0c9hT2uKjH1xV3mW8w'))
    .action(action(async (context: Context, id: string) => show(context, await transferOf(context, id))));
  program
    .command('watch')
    .description('show the progress of a transfer until it ends; Ctrl-C leaves it running')
    .argument('<id>', 'id of the transfer')
    .addHelpText('after', examples('cloudmover watch q5Zt0c9hT2uKjH1xV3mW8w'))
    .action(action((context: Context, id: string) => followTransfer(context, id)));
  addActions({ program, action });
}

const wholeNumber = (text: string) => {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw usageError(`"${text}" must be a whole number, 1 or more.`);
  return Number(text);
};

/** Checks a name before anything is counted, as the server does once the transfer runs. */
function nameOf(text: string): string {
  const name = text.trim();
  // The server does not count the selectors of emoji either.
  const { length } = [...name.replaceAll(/[\ufe0e\ufe0f]/g, '')];
  if (length < 1 || length > MAX_NAME) throw usageError(`--name must have 1 to ${MAX_NAME} characters.`);
  if (printable(name) !== name) throw usageError('--name must be one line without control characters.');
  return name;
}

async function copy(
  context: Context,
  paths: string[],
  options: SelectionOptions & StartOptions,
  command: Command,
): Promise<ExitCode> {
  const { api, terminal } = context;
  const { preflight: counted, wait, name } = options;
  if (counted !== undefined && paths.length > 0)
    throw usageError('--preflight starts what was counted: name no paths.');
  const counting = command.options.find((option) => {
    const name = option.attributeName();
    return !BESIDE_PREFLIGHT.has(name) && command.getOptionValueSource(name) === 'cli';
  });
  if (counted !== undefined && counting)
    throw usageError(
      `${counting.long} cannot be combined with --preflight: the check has its own options. Omit it, or run check again with it.`,
    );
  const notify = await notifyOf(context, options);
  const preflight =
    counted === undefined ? await count(context, paths, options) : await followPreflight(context, counted);
  const problem = blockerOf(context, preflight);
  if (problem) {
    if (counted === undefined) await forget(context, preflight.id);
    throw problem;
  }
  await confirmed(context, preflight, options, counted === undefined);
  // The transfer has the id of its preflight, so that it can be found even if the response is lost.
  const { id } = preflight;
  return unlessStopped(context, id, async (isUnderWay) => {
    const body = { preflightId: id, ...(notify && { notify }) };
    const headers = { 'Idempotency-Key': randomUUID() };
    const transfer = await api.answer(api.both.POST('/api/transfers', { body, headers }));
    isUnderWay();
    terminal.emit('started', { id, transfer });
    terminal.say(`Started ${id}.`);
    if (name !== undefined) await rename(context, id, name);
    return wait ? followTransfer(context, id) : EXIT.done;
  });
}

async function check(context: Context, paths: string[], options: SelectionOptions): Promise<ExitCode> {
  const { terminal, command } = context;
  const preflight = await count(context, paths, options);
  const problem = blockerOf(context, preflight);
  terminal.emit('preflight', { preflight, startable: problem === undefined });
  describe(context, preflight);
  if (problem) throw problem;
  terminal.say(`Start it within the hour: ${command(`copy --preflight ${preflight.id}`)}`);
  return EXIT.done;
}

/** Lets the server count what is selected. */
async function count(context: Context, paths: string[], options: SelectionOptions): Promise<Preflight> {
  const { api, terminal } = context;
  const both = api.both;
  const body = await selectionOf(context, paths, options);
  const { id } = await api.answer(both.POST('/api/preflights', { body, headers: { 'Idempotency-Key': randomUUID() } }));
  try {
    return await followPreflight(context, id);
  } catch (error) {
    if (context.signal.aborted) terminal.note('Nothing was started.');
    throw error;
  }
}

/** Removes a preflight that nobody needs; it would expire within the hour. */
async function forget({ api }: Context, id: string): Promise<void> {
  await api.transfers.DELETE('/api/preflights/{id}', { params: { path: { id } } });
}

/** Why a preflight cannot start. */
function blockerOf({ command }: Context, preflight: Preflight): CliError | undefined {
  const { id, state, parked, problem, checks } = preflight;
  if (parked) {
    const run = command(`login ${parked.side}`);
    return new CliError(`${printable(parked.account)} must sign in again. Run: ${run}`, {
      exitCode: EXIT.person,
      code: 'needs_reconnect',
      details: { id, side: parked.side, run },
    });
  }
  if (state === 'failed')
    return new CliError(problem ? `${problem.title}: ${problem.detail}` : 'The count failed.', {
      code: problem?.code ?? 'preflight_failed',
      details: { id },
    });
  const blocking = checks.filter(({ ok, blocking }) => !ok && blocking);
  if (blocking.length === 0) return undefined;
  return new CliError(blocking.map(({ sentence }) => sentence).join('\n'), {
    code: 'preflight_blocked',
    details: { id, checks: blocking },
  });
}

/**
 * Asks before originals are trashed, and before people gain access.
 * @throws CliError (exit code 3) if it is not confirmed
 */
async function confirmed(context: Context, preflight: Preflight, { yes }: StartOptions, isOwn: boolean): Promise<void> {
  const { terminal, signal } = context;
  describe(context, preflight);
  const { mode, counts, access, id } = preflight;
  const reasons = [
    ...(mode === 'move' ? [`${counted(counts.movable, 'original')} will move to the trash of the source`] : []),
    ...(access && access.gains > 0 ? [`${counted(access.gains, 'person', 'people')} will gain access`] : []),
  ];
  if (yes || reasons.length === 0) return;
  try {
    if (await terminal.confirm(`${reasons.join(', and ')}. Start?`, signal)) return;
  } catch (error) {
    if (isOwn) await forget(context, id);
    throw error;
  }
  if (isOwn) await forget(context, id);
  throw new CliError('Nothing was started.', { exitCode: EXIT.person, code: 'not_confirmed' });
}

/** What will happen, in a few lines. */
function describe({ terminal }: Context, preflight: Preflight): void {
  const { counts, selection, source, destination, mode, estimate, problems, checks, access, links, notCarried } =
    preflight;
  terminal.say(
    `${mode === 'move' ? 'Move' : 'Copy'} ${counted(counts.found, 'item')}, ${bytes(counts.bytes)}, from ${printable(source.email)} to ${printable(destination.email)}`,
  );
  const more = selection.count - selection.names.length;
  terminal.say(`  ${selection.names.map(printable).join(', ')}${more > 0 ? ` and ${more} more` : ''}`);
  const { serverCopy, relay, export: converted, created, none } = counts.ways;
  const ways = Object.entries({
    'copied by Google': serverCopy,
    relayed: relay,
    converted,
    created,
    'not copied': none,
  });
  terminal.say(`  ${ways.flatMap(([how, { items }]) => (items > 0 ? [`${number(items)} ${how}`] : [])).join(', ')}`);
  if (estimate?.seconds) {
    const units = estimate.units === undefined ? '' : `, ${counted(estimate.units, 'unit')} of Google’s quota`;
    terminal.say(`  about ${duration(estimate.seconds)}${units}`);
  }
  if (access)
    terminal.say(
      `  access: ${number(access.keeps)} keep it, ${number(access.less)} get less, ${number(access.loses)} lose it, ${number(access.gains)} gain it`,
    );
  for (const line of linkEstimate(links)) terminal.say(`  ${line}`);
  for (const { title, advice, count } of problems) terminal.say(`  ${number(count)}: ${sentences(title, advice)}`);
  for (const { sentence } of checks.filter(({ ok, blocking }) => !ok && !blocking))
    terminal.say(`  ${terminal.paint('warning', 'Note:')} ${sentence}`);
  for (const each of notCarried) terminal.say(terminal.paint('quiet', `  not carried over: ${each}`));
}

/** What would happen to links in documents. */
function linkEstimate({ mode, byKind, sample, apiOff }: Preflight['links']): string[] {
  if (mode === 'leave') return [];
  const documents = byKind.reduce((sum, each) => sum + each.documents, 0);
  const links = byKind.reduce((sum, { estimate }) => sum + estimate, 0);
  return [
    `links: about ${number(links)} in ${counted(documents, 'document')} lead to something that is copied, and are ${mode === 'rewrite' ? 'rewritten' : 'listed'} (estimated from ${number(sample)})`,
    ...apiOff.map(apiOffLine),
  ];
}

async function rename({ api }: Context, id: string, name: string): Promise<void> {
  await api.answer(api.transfers.PATCH('/api/transfers/{id}', { params: { path: { id } }, body: { name } }));
}

const transferOf = ({ api }: Context, id: string): Promise<Transfer> =>
  api.answer(api.transfers.GET('/api/transfers/{id}', { params: { path: { id } } }));

interface ListOptions {
  limit: number;
  ids?: boolean;
}

async function list({ api, terminal }: Context, { limit, ids }: ListOptions): Promise<ExitCode> {
  const found: Transfer[] = [];
  for (let cursor: string | undefined; found.length < limit;) {
    const query = { limit: Math.min(100, limit - found.length), ...(cursor && { cursor }) };
    const page = await api.answer(api.transfers.GET('/api/transfers', { params: { query } }));
    found.push(...page.transfers);
    if (!(cursor = page.nextCursor)) break;
  }
  for (const transfer of found) terminal.emit('transfer', { transfer });
  const rows = found.map(({ id, createdAt, mode, state, counts, name, selection }) => [
    id,
    createdAt.slice(0, 16).replace('T', ' '),
    mode,
    state,
    `${number(counts.verified)} of ${number(counts.found)}`,
    printable(name ?? selection.names.join(', ')).slice(0, 60),
  ]);
  if (rows.length === 0) terminal.note('No transfers.');
  for (const line of ids ? found.map(({ id }) => id) : table(rows, [4])) terminal.say(line);
  return EXIT.done;
}

/** Shows a transfer; its state is not an error of this command. */
function show(context: Context, transfer: Transfer): ExitCode {
  const { terminal } = context;
  const { id, name, mode, source, destination, selection, createdAt, target } = transfer;
  terminal.say(terminal.paint('strong', printable(name ?? selection.names.join(', '))));
  terminal.say(`  ${id}, ${mode}, created ${createdAt}`);
  const folder = target.newFolderName ?? target.folderName ?? '';
  terminal.say(
    `  from ${printable(source.email)} to ${printable(destination.email)}${folder && `, ${printable(folder)}`}`,
  );
  const { requests, units, forecast } = transfer.usage;
  const expected = forecast === undefined ? '' : `, of about ${number(forecast)} expected`;
  terminal.say(`  used ${counted(requests, 'request')} and ${counted(units, 'unit')} of Google’s quota${expected}`);
  for (const line of mailLine(transfer)) terminal.say(`  ${line}`);
  conclude(context, transfer);
  return EXIT.done;
}

interface ActionOptions extends SharingOptions {
  watch?: boolean;
  yes?: boolean;
  code?: string[];
  allowConversion?: boolean;
  mode?: 'report' | 'rewrite';
}

type Action = 'pause' | 'resume' | 'cancel' | 'retry' | 'rerun' | 'links' | 'undo';

/** For each: what it does, and whether it can be watched. */
const ACTIONS: Record<Action, { what: string; isWatchable?: true }> = {
  pause: { what: 'pause a transfer; items in progress end or stop' },
  resume: { what: 'continue a paused transfer, or one that waited for a sign-in', isWatchable: true },
  cancel: { what: 'end a transfer; what was copied stays' },
  retry: { what: 'try failed items again', isWatchable: true },
  rerun: { what: 'copy what is new or changed since', isWatchable: true },
  links: {
    what: 'list the links in the copied documents, or rewrite those to something that was copied',
    isWatchable: true,
  },
  undo: { what: 'move the copies to the trash and, after a move, restore the originals', isWatchable: true },
};

function addActions({ program, action }: Adder): void {
  for (const [name, { what, isWatchable }] of Object.entries(ACTIONS)) {
    const command: Command = program.command(name).description(what).argument('<id>', 'id of the transfer');
    if (isWatchable) command.option('--watch', 'then show its progress, and exit with its outcome');
    if (name === 'undo') command.option('--yes', 'do not ask');
    if (name === 'rerun') addSharingOptions(command);
    if (name === 'links')
      command.addOption(
        new Option('--mode <what>', 'what to do with them').choices(['report', 'rewrite']).makeOptionMandatory(),
      );
    if (name === 'retry')
      command
        .option('--code <code>', 'only items that failed for this reason; may be repeated', collected)
        .option('--allow-conversion', 'convert Google Docs that may not be copied; some content is lost');
    const option = { retry: ' --code rate_limited', links: ' --mode rewrite', undo: ' --yes' }[name] ?? '';
    command
      .addHelpText(
        'after',
        examples(`cloudmover ${name} q5Zt0c9hT2uKjH1xV3mW8w${option}${isWatchable ? ' --watch' : ''}`),
      )
      .action(
        action((context: Context, id: string, options: ActionOptions) => act(context, name as Action, id, options)),
      );
  }
}

const collected = (value: string, before: string[] = []) => [...before, value];

async function act(context: Context, name: Action, id: string, options: ActionOptions): Promise<ExitCode> {
  const { api, terminal, signal } = context;
  if (name === 'undo' && !options.yes) {
    const { counts, mode } = await transferOf(context, id);
    const question = `${counted(counts.verified, 'copy', 'copies')} will move to the trash of the destination${mode === 'move' ? ', and the originals back from the trash of the source' : ''}. Undo?`;
    if (!(await terminal.confirm(question, signal)))
      throw new CliError('Nothing was undone.', { exitCode: EXIT.person, code: 'not_confirmed' });
  }
  const transfer = await api.answer(sent(context, name, id, options));
  if (options.watch) return followTransfer(context, id, { rewritesLinks: options.mode === 'rewrite' });
  terminal.emit('transfer', { transfer });
  terminal.say(`${id} is ${transfer.state.replaceAll('_', ' ')}.`);
  return EXIT.done;
}

/** Sends a command with its options. */
async function sent({ api }: Context, name: Action, id: string, options: ActionOptions) {
  const path = { params: { path: { id } } };
  const { code: codes, allowConversion } = options;
  if (name === 'retry')
    return api.transfers.POST('/api/transfers/{id}/retry', {
      ...path,
      // The API names a code that it does not know.
      body: { ...(codes && { codes: codes as ReasonCode[] }), ...(allowConversion && { allowConversion }) },
    });
  if (name === 'links')
    return api.transfers.POST('/api/transfers/{id}/links', { ...path, body: { mode: options.mode ?? 'report' } });
  if (name !== 'rerun') return api.transfers.POST(`/api/transfers/{id}/${name}`, path);
  const sharing = await sharingOf(options);
  return api.transfers.POST('/api/transfers/{id}/rerun', { ...path, ...(sharing && { body: { sharing } }) });
}
