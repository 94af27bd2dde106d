import { readFile, writeFile } from 'node:fs/promises';
import { Option } from 'commander';
import { asHeader } from '../api/client.ts';
import type { Context } from '../context.ts';
import { CliError, EXIT, type ExitCode, usageError } from '../errors.ts';
import type { Side } from '../sessions.ts';
import { printable } from '../terminal.ts';
import { ApiDrive } from '../verify/api-drive.ts';
import { GoogleDrive } from '../verify/google-drive.ts';
import { readGrants, readLinks, readReport } from '../verify/report-file.ts';
import { summaryOf, verify } from '../verify/verify.ts';
import { type Adder, examples } from './adder.ts';

interface ReportOptions {
  format?: 'json' | 'csv';
  output?: string;
  access?: boolean;
  links?: boolean;
  map?: boolean;
  usage?: boolean;
}

interface VerifyOptions {
  sha256?: string;
  access?: string;
  links?: string;
  bytes?: boolean;
  google?: string | boolean;
}

/** The CSV files beside the report. */
const CSV_FILES = ['access', 'links', 'map', 'usage'] as const;

const GOOGLE = 'https://www.googleapis.com';

/** `report` and `verify`. */
export function addReportCommands({ program, action }: Adder): void {
  program
    .command('report')
    .description('fetch the report of a transfer: the outcome of every item')
    .argument('<id>', 'id of the transfer')
    .addOption(
      new Option('--format <format>', 'default: that of the file, or json')
        .choices(['json', 'csv'])
        // These are CSV only.
        .conflicts([...CSV_FILES]),
    )
    .option('--access', 'the permissions of the copies instead, as CSV')
    .addOption(new Option('--links', 'the links in the copied documents instead, as CSV').conflicts('access'))
    .addOption(new Option('--map', 'the old and new ids of the items instead, as CSV').conflicts(['access', 'links']))
    .addOption(new Option('--usage', 'what it used at Google instead, as CSV').conflicts(['access', 'links', 'map']))
    .option('-o, --output <file>', 'write it to a file')
    .addHelpText(
      'after',
      examples(
        'cloudmover report q5Zt0c9hT2uKjH1xV3mW8w --output report.json',
        'cloudmover report q5Zt0c9hT2uKjH1xV3mW8w --format csv > report.csv',
        'cloudmover report q5Zt0c9hT2uKjH1xV3mW8w --access --output access.csv',
        'cloudmover report q5Zt0c9hT2uKjH1xV3mW8w --links --output links.csv',
        'cloudmover report q5Zt0c9hT2uKjH1xV3mW8w --map --output map.csv',
        'cloudmover report q5Zt0c9hT2uKjH1xV3mW8w --usage --output usage.csv',
      ),
    )
    .action(action(report));
  program
    .command('verify')
    .description('compare a report with both Drives, item by item')
    .argument('<file>', 'the report, JSON or CSV')
    .option('--sha256 <fingerprint>', 'the one that the certificate of the transfer states')
    .option('--google [url]', 'read the Drives at Google itself, with SOURCE_ACCESS_TOKEN and DESTINATION_ACCESS_TOKEN')
    .option('--bytes', 'also download and compare both sides of every file; needs --google')
    .option(
      '--access <file>',
      'the access.csv: also check who can open each copy, and its restrictions; needs --google',
    )
    .option('--links <file>', 'the links.csv: also check that its links add up to those of the report')
    .addHelpText(
      'after',
      `
Without --google it reads the Drives through CloudMover. With it, it trusts nothing of CloudMover; the access
tokens (https://developers.google.com/oauthplayground, reading is enough) can also come from the files that
SOURCE_ACCESS_TOKEN_FILE and DESTINATION_ACCESS_TOKEN_FILE name.
${examples('cloudmover verify report.json', 'cloudmover verify report.json --google --bytes', 'cloudmover verify report.json --google --access access.csv')}`,
    )
    .action(action(verifyFile));
}

async function verifyFile(context: Context, file: string, options: VerifyOptions): Promise<ExitCode> {
  const { api, terminal, env, signal } = context;
  const stated = options.sha256?.replaceAll(/\s/g, '').toLowerCase();
  if (stated !== undefined && !/^[\da-f]{64}$/.test(stated))
    throw usageError('--sha256 takes the 64 hexadecimal digits of a certificate; spaces may stay, in quotes.');
  if (!options.google && (options.bytes || options.access !== undefined))
    throw usageError('--bytes and --access need --google: CloudMover shows neither contents nor permissions.');
  const report = readReport(file);
  const access = options.access === undefined ? undefined : readGrants(options.access);
  const links = options.links === undefined ? undefined : readLinks(options.links);
  let open;
  if (options.google) {
    const root = options.google === true ? env['GOOGLE_BASE_URL'] || GOOGLE : options.google;
    if (!URL.canParse(root)) throw usageError(`--google ${root} is not an address.`);
    const drive = async (side: Side) =>
      new GoogleDrive(side, await accessToken(env, side), root, { signal, rootOption: '--google URL' });
    open = { source: await drive('source'), destination: await drive('destination') };
  }
  const { source, destination } = open ?? {
    source: new ApiDrive(api, 'source'),
    destination: new ApiDrive(api, 'destination'),
  };
  const bytes = options.bytes ?? false;
  const say = (line: string) => {
    terminal.emit('note', { text: line.trim() });
    terminal.say(printable(line));
  };
  const verdict = await verify({ ...{ report, source, destination, open, bytes, access, links, stated, say } });
  const { proven, present, changed, findings } = verdict;
  for (const finding of findings) {
    terminal.emit('finding', { finding });
    terminal.say(`${terminal.paint('bad', '✘')} ${printable(finding)}`);
  }
  const exitCode = findings.length === 0 ? EXIT.done : EXIT.failed;
  const counts = { proven, byChecksum: proven - present, present, changed, wrong: findings.length };
  terminal.emit('verified', { ...counts, exitCode });
  terminal.say(summaryOf(verdict));
  return exitCode;
}

async function accessToken(env: NodeJS.ProcessEnv, side: Side): Promise<string> {
  const name = `${side.toUpperCase()}_ACCESS_TOKEN`;
  const file = env[`${name}_FILE`];
  let token = env[name];
  try {
    if (file) token = await readFile(file, 'utf8');
  } catch {
    throw usageError(`${name}_FILE names a file that cannot be read.`);
  }
  if (token?.trim()) return asHeader(token.trim(), `${name}${file ? '_FILE' : ''}`);
  throw usageError(`${name} is missing: an OAuth access token for that account's Drive.`);
}

async function report(context: Context, id: string, { format, output, ...files }: ReportOptions): Promise<ExitCode> {
  const { api, terminal } = context;
  const path = { id };
  const chosen = format ?? (output?.toLowerCase().endsWith('.csv') ? 'csv' : 'json');
  const file = CSV_FILES.find((name) => files[name]);
  const csv = file && (`/api/transfers/{id}/${file}.csv` as const);
  const call = csv
    ? api.transfers.GET(csv, { params: { path }, parseAs: 'arrayBuffer' })
    : api.transfers.GET('/api/transfers/{id}/report', {
        params: { path, query: { format: chosen } },
        parseAs: 'arrayBuffer',
      });
  // As the server sent it: its fingerprint is of these bytes.
  const content = new Uint8Array((await api.answer<unknown>(call)) as ArrayBuffer);
  if (output === undefined) {
    terminal.raw(content);
    return EXIT.done;
  }
  try {
    await writeFile(output, content);
  } catch (error) {
    throw new CliError(`${output} cannot be written: ${(error as Error).message}`, { cause: error });
  }
  terminal.emit('report', { id, file: output, bytes: content.byteLength });
  terminal.say(`Wrote ${output}.`);
  return EXIT.done;
}
