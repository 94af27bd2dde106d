import type { Context } from '../context.ts';
import { EXIT, type ExitCode, usageError } from '../errors.ts';
import { addMailOptions, mailLine, type MailOptions, notifyOf } from '../mail.ts';
import { printable } from '../terminal.ts';
import { type Adder, examples } from './adder.ts';

interface EditOptions extends MailOptions {
  /** `false`: it is to be removed. */
  name?: string | false;
}

/** `edit`: changes what a transfer is called, and who gets e-mails about it. */
export function addEditCommand({ program, action }: Adder): void {
  addMailOptions(program.command('edit'))
    .description('change the name of a transfer, or who gets e-mails about it')
    .argument('<id>', 'id of the transfer')
    .option('--no-mail', 'send no e-mails')
    .option('--name <name>', 'name of the transfer')
    .option('--no-name', 'remove the name')
    .addHelpText(
      'after',
      examples(
        'cloudmover edit q5Zt0c9hT2uKjH1xV3mW8w --mail source,destination',
        'cloudmover edit q5Zt0c9hT2uKjH1xV3mW8w --name "Board decks"',
      ),
    )
    .action(action(edit));
}

async function edit(context: Context, id: string, { name, ...mail }: EditOptions): Promise<ExitCode> {
  const { api, terminal } = context;
  const path = { params: { path: { id } } };
  if (name === undefined && Object.keys(mail).length === 0)
    throw usageError('Name what to change: --name, --no-name, --mail, --no-mail or --mail-language.');
  const { notify: before } = await api.answer(api.transfers.GET('/api/transfers/{id}', path));
  if (mail.mail === undefined && mail.mailLanguage !== undefined && !before)
    throw usageError(`Nobody gets e-mails about ${id}: name --mail.`);
  const notify = await notifyOf(context, mail, before);
  const body = { ...(name !== undefined && { name: name === false ? null : name }), ...(notify && { notify }) };
  const transfer = await api.answer(api.transfers.PATCH('/api/transfers/{id}', { ...path, body }));
  terminal.emit('transfer', { transfer });
  terminal.say(printable(transfer.name ?? transfer.selection.names.join(', ')));
  for (const line of mailLine(transfer)) terminal.say(`  ${line}`);
  return EXIT.done;
}
