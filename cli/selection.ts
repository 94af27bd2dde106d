import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import type { TransferRequest } from './api/client.ts';
import type { Context } from './context.ts';
import { type DrivePath, DriveTree, type Located, parsePath, pathBelow } from './drive-path.ts';
import { usageError } from './errors.ts';

type Filter = NonNullable<TransferRequest['filter']>;
type Sharing = NonNullable<TransferRequest['sharing']>;

/** Options about sharing, as commander reads them. */
export interface SharingOptions {
  sharing?: boolean;
  people?: string;
  unmapped?: NonNullable<Sharing['unmapped']>;
  anyone?: NonNullable<Sharing['links']>;
  originalOwner?: NonNullable<Sharing['owner']>;
  outsiders?: NonNullable<Sharing['outsiders']>;
  notify?: boolean;
}

/** Options of `copy` and `check`, as commander reads them. */
export interface SelectionOptions extends SharingOptions {
  move?: boolean;
  conflict?: 'keep-both' | 'skip' | 'replace' | 'newer';
  shortcuts?: NonNullable<TransferRequest['shortcuts']>;
  allowConversion?: boolean;
  type?: NonNullable<Filter['types']>;
  match?: string;
  minSize?: number;
  maxSize?: number;
  modifiedAfter?: string;
  modifiedBefore?: string;
  owner?: string;
  links?: NonNullable<TransferRequest['links']>;
  hours?: { from: string; to: string };
  timezone?: string;
}

const TYPES = ['document', 'spreadsheet', 'presentation', 'pdf', 'image', 'video', 'audio', 'archive', 'other'];

const choice = (flags: string, text: string, choices: string[]) => new Option(flags, text).choices(choices);

/** Adds the options that say what is copied, and how. */
export function addSelectionOptions(command: Command): Command {
  command
    .option('--move', 'trash each original in the source after its copy is verified')
    .addOption(
      choice('--conflict <policy>', 'if the folder has an item of that name (default: keep-both)', [
        'keep-both',
        'skip',
        'replace',
        'newer',
      ]),
    )
    .addOption(choice('--shortcuts <how>', 'default: rebuild', ['rebuild', 'follow', 'skip']))
    .option('--allow-conversion', 'export and import Google Docs that may not be copied; some content is lost')
    .option('--type <types>', `only these, such as image,video: ${TYPES.join(', ')}`, typesOf)
    .option('--match <pattern>', 'only items whose whole name fits, such as "*.pdf"')
    .option('--min-size <size>', 'only items of this size or more, such as 10MB', sizeOf)
    .option('--max-size <size>', 'only items of this size or less', sizeOf)
    .option('--modified-after <date>', 'only items changed then or later: RFC 3339, or 2026-01-31 (0:00 UTC)', dateOf)
    .option('--modified-before <date>', 'only items changed then or earlier; a date is 0:00 UTC, too', dateOf)
    .option('--owner <who>', 'only items of this owner: me or an e-mail address')
    .addOption(
      choice('--links <how>', 'links to copied files inside documents (default: leave)', [
        'leave',
        'report',
        'rewrite',
      ]),
    )
    .option('--hours <from-to>', 'run only within these hours, such as 20:00-06:00', hoursOf)
    .option('--timezone <name>', 'of --hours (default: the one of this computer)');
  return addSharingOptions(command);
}

/** Adds the options that say who gets access to the copies. */
export function addSharingOptions(command: Command): Command {
  return command
    .option('--sharing', 'carry the permissions of the originals over to the copies')
    .option('--people <file>', 'CSV file with the columns from,to: who becomes whom (implies --sharing)')
    .addOption(choice('--unmapped <how>', 'people whom no line names (default: keep)', ['keep', 'drop']))
    .addOption(choice('--anyone <how>', 'anyone with the link (default: keep)', ['keep', 'restrict', 'drop']))
    .addOption(
      choice('--original-owner <role>', 'what the owner of an original gets (default: drop)', [
        'drop',
        'reader',
        'writer',
      ]),
    )
    .addOption(choice('--outsiders <how>', 'people outside both domains (default: keep)', ['keep', 'drop']))
    .option('--notify', 'let Google send its e-mail to people without a Google account, who need it');
}

/** Hours of a day: `20:00-06:00`. */
export function hoursOf(text: string): { from: string; to: string } {
  const [, from, to] = /^(\d\d:\d\d)-(\d\d:\d\d)$/.exec(text) ?? [];
  if (from === undefined || to === undefined) throw usageError(`--hours ${text}: write them as 20:00-06:00.`);
  return { from, to };
}

function typesOf(text: string): string[] {
  const types = text.split(',').map((each) => each.trim());
  const wrong = types.find((each) => !TYPES.includes(each));
  if (wrong !== undefined) throw usageError(`--type ${wrong}: choose from ${TYPES.join(', ')}.`);
  return types;
}

const FACTORS: Record<string, number> = {
  '': 1,
  K: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  KI: 2 ** 10,
  MI: 2 ** 20,
  GI: 2 ** 30,
  TI: 2 ** 40,
};

/** Bytes: `1500`, `10MB`, `1.5GiB`. */
export function sizeOf(text: string): number {
  const [, digits = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([KMGT]?I?)B?$/i.exec(text.trim()) ?? [];
  const factor = FACTORS[unit.toUpperCase()];
  if (digits === '' || factor === undefined)
    throw usageError(`"${text}" is not a size. Write it as 1500, 10MB or 1.5GiB.`);
  return Math.round(Number(digits) * factor);
}

/** RFC 3339; a date alone is its first moment in UTC. */
export function dateOf(text: string): string {
  const [, day] = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.exec(text) ?? [];
  const date = new Date(text);
  if (day === undefined || Number.isNaN(date.getTime()))
    throw usageError(`"${text}" is not a date. Write it as 2026-01-31 or 2026-01-31T18:00:00Z.`);
  // JavaScript takes the 30th of February for the 2nd of March.
  if (new Date(day).toISOString().slice(0, day.length) !== day)
    throw usageError(`"${text}" is not a date: its month has no such day.`);
  return date.toISOString();
}

/**
 * Finds the items and the target folder.
 * @param paths the last one is the target
 * @throws CliError (exit code 2) for a path that leads nowhere, or to more than one item
 */
export async function selectionOf(context: Context, paths: string[], options: SelectionOptions) {
  const parsed = paths.map(parsePath);
  const target = parsed.pop();
  if (!target || parsed.length === 0)
    throw usageError('Name what to copy, and where to: source:Work destination:"From Ana".');
  if (target.side !== 'destination') throw usageError(`The last path must be in the destination: destination:Folder.`);
  const wrong = parsed.findIndex(({ side }) => side !== 'source');
  if (wrong >= 0)
    throw usageError(`"${paths[wrong]}" must be in the source: only the last path is in the destination.`);
  const filter = filterOf(options);
  const sharing = await sharingOf(options);

  const tree = new DriveTree(context.api);
  const items: { id: string; path: string }[] = [];
  for (const path of parsed) items.push(...(await itemsOf(tree, path)));
  const unique = new Map(items.map((item) => [item.id, item]));
  if (unique.size === 0) throw usageError('There is nothing in this folder.', 'not_found');
  const { move, conflict, shortcuts, allowConversion, links, hours, timezone } = options;
  if (timezone !== undefined && !hours) throw usageError('--timezone needs --hours.');
  return {
    items: [...unique.keys()],
    target: await tree.target(target),
    mode: move ? ('move' as const) : ('copy' as const),
    ...(conflict && { conflict: conflict === 'keep-both' ? ('keepBoth' as const) : conflict }),
    ...(shortcuts && { shortcuts }),
    ...(allowConversion && { allowConversion }),
    ...(Object.keys(filter).length > 0 && { filter }),
    ...(sharing && { sharing }),
    ...(links && { links }),
    ...(hours && {
      schedule: { hours, timezone: timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone },
    }),
  };
}

/** An item, or all items of a shared drive, which cannot itself be copied. */
async function itemsOf(tree: DriveTree, path: DrivePath): Promise<{ id: string; path: string }[]> {
  const located: Located = await tree.find(path);
  // The API takes My Drive itself for all of its items.
  if (located.file || located.id === 'root' || path.names.length > 0) return [located];
  const children = await tree.children(path.side, located);
  return children.map(({ id, name }) => ({ id, path: pathBelow(located.path, name) }));
}

function filterOf({ type, match, minSize, maxSize, modifiedAfter, modifiedBefore, owner }: SelectionOptions): Filter {
  return {
    ...(type && { types: type }),
    ...(match && { name: match }),
    ...(minSize !== undefined && { minSize }),
    ...(maxSize !== undefined && { maxSize }),
    ...(modifiedAfter && { modifiedAfter }),
    ...(modifiedBefore && { modifiedBefore }),
    ...(owner && { owner }),
  };
}

/** @returns what the options say about sharing, if anything. @throws CliError (exit code 2) */
export async function sharingOf(options: SharingOptions): Promise<Sharing | undefined> {
  const { people, unmapped, anyone, originalOwner, outsiders, notify } = options;
  const sharing = options.sharing ?? people !== undefined;
  const details = { unmapped, links: anyone, owner: originalOwner, outsiders, notify };
  const given = Object.fromEntries(Object.entries(details).filter(([, value]) => value !== undefined)) as Sharing;
  if (!sharing && Object.keys(given).length > 0)
    throw usageError('--unmapped, --anyone, --original-owner, --outsiders and --notify need --sharing.');
  if (!sharing) return undefined;
  return { ...given, mode: 'carry', ...(people !== undefined && { people: await peopleOf(people) }) };
}

/**
 * The text of a people map; the server reads it. Spreadsheets save CSV with a byte-order mark, in UTF-16, or with the
 * line ends of Windows.
 */
async function peopleOf(file: string): Promise<string> {
  let content;
  try {
    content = await readFile(file);
  } catch (error) {
    throw usageError(`${file} cannot be read: ${(error as Error).message}`);
  }
  return textOf(content);
}

/** Text in UTF-8 or, with a byte-order mark, UTF-16; otherwise in the code page of Windows. */
export function textOf(content: Uint8Array): string {
  const [first, second] = content;
  const encoding =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(content);
  } catch {
    return new TextDecoder('windows-1252').decode(content);
  }
}
