// rclone, which tests the sandbox: from the variable, from this machine, or newly installed.
import { existsSync } from 'node:fs';
import process from 'node:process';
import { installProgram } from './packages.ts';
import { programOnPath } from './processes.ts';
import { Problem } from './workspace.ts';

/**
 * The path of an rclone; installs it if the package manager needs no confirmation.
 * @throws {Problem} that names the command to type
 */
export async function useRclone() {
  const named = process.env.RCLONE;
  if (named) {
    if (!existsSync(named))
      throw new Problem(
        `RCLONE is ${named}, but there is no such file. Correct or unset the variable; without it, one is found or installed.`,
      );
    return named;
  }
  if (!programOnPath('rclone'))
    await installProgram({
      what: 'rclone',
      apt: ['rclone'],
      brew: ['rclone'],
      others: { dnf: 'rclone', pacman: 'rclone', zypper: 'rclone', apk: 'rclone' },
    });
  const found = programOnPath('rclone');
  if (!found)
    throw new Problem(
      'rclone was installed but is not on the PATH. Set RCLONE to its full path and run the command again.',
    );
  return found;
}
