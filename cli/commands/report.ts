import { writeFile } from 'node:fs/promises';
import { Option } from 'commander';
import type { Context } from '../context.ts';
import { CliError, EXIT, type ExitCode } from '../errors.ts';
import { type Adder, examples } from './adder.ts';

interface ReportOptions {
  format?: 'json' | 'csv';
  output?: string;
  access?: boolean;
}

/** `report`. */
export function addReportCommands({ program, action }: Adder): void {
  program
    .command('report')
    .description('fetch the report of a transfer: the outcome of every item')
    .argument('<id>', 'id of the transfer')
    .addOption(new Option('--format <format>', 'default: that of the file, or json').choices(['json', 'csv']))
    .option('--access', 'the permissions of the copies instead, as CSV')
    .option('-o, --output <file>', 'write it to a file')
    .addHelpText(
      'after',
      examples(
        'cloudmover report q5Zt0c9hT2uKjH1xV3mW8w --output report.json',
        'cloudmover report q5Zt0c9hT2uKjH1xV3mW8w --format csv > report.csv',
        'cloudmover report q5Zt0c9hT2uKjH1xV3mW8w --access --output access.csv',
      ),
    )
    .action(action(report));
}

async function report(context: Context, id: string, { format, output, access }: ReportOptions): Promise<ExitCode> {
  const { api, terminal } = context;
  const path = { id };
  const chosen = format ?? (output?.toLowerCase().endsWith('.csv') ? 'csv' : 'json');
  const call = access
    ? api.transfers.GET('/api/transfers/{id}/access.csv', { params: { path }, parseAs: 'arrayBuffer' })
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
