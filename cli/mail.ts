import { type Command, Option } from 'commander';
import type { Transfer } from './api/client.ts';
import type { Context } from './context.ts';
import { usageError } from './errors.ts';
import type { Side } from './sessions.ts';

type Notify = NonNullable<Transfer['notify']>;

/** Options about the e-mails of this server, as commander reads them. `mail: false`: nobody gets them any longer. */
export interface MailOptions {
  mail?: Side[] | false;
  mailLanguage?: Notify['language'];
}

/** Adds the options that say who gets an e-mail when a transfer ends, or needs attention. */
export function addMailOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--mail <sides>', 'send these accounts an e-mail when it ends, or needs a sign-in')
        .choices(['source', 'destination', 'source,destination'])
        .argParser(sidesOf),
    )
    .addOption(new Option('--mail-language <language>', 'of the e-mails (default: en)').choices(['en', 'de']));
}

/** The sides in the order of the API, each once. */
function sidesOf(text: string): Side[] {
  const named = text.split(',').map((each) => each.trim());
  const sides = (['source', 'destination'] as const).filter((side) => named.includes(side));
  if (new Set(named).size !== sides.length)
    throw usageError(`--mail ${text}: name source, destination or both, as source,destination.`);
  return sides;
}

/**
 * Who gets e-mails, because the API replaces it: what it was, with what the options name.
 * @returns undefined if the options name nothing
 * @throws CliError (exit code 2) if this server sends no e-mails
 */
export async function notifyOf(
  { api, server }: Context,
  { mail, mailLanguage }: MailOptions,
  before?: Notify,
): Promise<Notify | undefined> {
  if (mail === undefined && mailLanguage === undefined) return undefined;
  const sides = mail === false ? [] : (mail ?? before?.mail);
  if (!sides) throw usageError('--mail-language needs --mail.');
  if (sides.length > 0) {
    const { mailAvailable } = await api.answer(api.anonymous.GET('/api/about'));
    if (!mailAvailable)
      throw usageError(`${server} sends no e-mails. Leave out --mail, or ask its operator.`, 'mail_off');
  }
  return { mail: sides, language: mailLanguage ?? before?.language ?? 'en' };
}

/** Who gets e-mails about a transfer. */
export const mailLine = ({ notify }: Transfer): string[] =>
  notify && notify.mail.length > 0 ? [`e-mails to ${notify.mail.join(', ')} (${notify.language})`] : [];
