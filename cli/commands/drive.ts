import type { DriveFile } from '../api/client.ts';
import type { Context } from '../context.ts';
import { DriveTree, parsePath, pathBelow } from '../drive-path.ts';
import { EXIT, type ExitCode } from '../errors.ts';
import { bytes, printable, table } from '../terminal.ts';
import { type Adder, examples } from './adder.ts';

/** `ls`. */
export function addDriveCommands({ program, action }: Adder): void {
  program
    .command('ls')
    .description('list a folder')
    .argument('<path>', 'source:Folder or destination:Folder')
    .option('--ids', 'show the id of each item')
    .addHelpText(
      'after',
      examples(
        'cloudmover ls source:',
        'cloudmover ls source:Work/2024 --ids',
        'cloudmover ls destination:drive:Sales --json',
      ),
    )
    .action(action(ls));
}

async function ls({ api, terminal }: Context, path: string, { ids }: { ids?: boolean }): Promise<ExitCode> {
  const parsed = parsePath(path);
  const tree = new DriveTree(api);
  const located = await tree.find(parsed);
  const files = await tree.children(parsed.side, located);
  const pathOf = (file: DriveFile) =>
    located.file && !located.isFolder ? located.path : pathBelow(located.path, file.name);
  for (const file of files) terminal.emit('file', { path: pathOf(file), ...file });
  const rows = files.map(({ id, kind, size, modifiedTime, name }) => [
    ...(ids ? [id] : []),
    kind === 'folder' || kind === 'google' || kind === 'shortcut' ? kind : bytes(size ?? 0),
    (modifiedTime ?? '').slice(0, 10),
    `${printable(name)}${kind === 'folder' ? '/' : ''}`,
  ]);
  for (const line of table(rows, [ids ? 1 : 0])) terminal.say(line);
  return EXIT.done;
}
