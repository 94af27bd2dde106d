// nginx and Caddy, which run the examples of docs/ in tests: from the variables, from this machine, or from their
// packages.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { installProgram } from './packages.ts';
import { programOnPath, run } from './processes.ts';
import { Problem, STATE, step } from './workspace.ts';

/** Folders of Debian and Homebrew for servers, which may not be on the PATH. */
const MORE_FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/opt/homebrew/bin'];

/**
 * The paths of both programs, as variables for the tests.
 * @throws {Problem} that names the command to type
 */
export async function useProxies(): Promise<{ NGINX: string; CADDY: string }> {
  return { NGINX: await useProxy('nginx'), CADDY: await useProxy('caddy') };
}

/** The same for one program. `folders` are searched besides the PATH; packages are unpacked in `state`. */
export async function useProxy(name: string, { folders = MORE_FOLDERS, state = STATE } = {}) {
  const variable = name.toUpperCase();
  const named = process.env[variable];
  if (named) {
    if (!existsSync(named))
      throw new Problem(
        `${variable} is ${named}, but there is no such file. Correct or unset the variable; without it, npm test looks for one.`,
      );
    return named;
  }
  const folder = join(state, 'programs', name);
  const find = () =>
    programOnPath(
      name,
      [process.env.PATH, ...folders, ...['usr/sbin', 'usr/bin'].map((at) => join(folder, at))].join(':'),
    );
  if (!find() && programOnPath('apt-get'))
    await step(`Fetching ${name} (Debian package ${name})`, () => unpack(name, folder));
  else if (!find())
    await installProgram({
      what: name,
      apt: [name],
      brew: [name],
      others: { dnf: name, pacman: name, zypper: name, apk: name },
    });
  const program = find();
  if (!program)
    throw new Problem(
      `${name} could not be found. Type "sudo apt-get install ${name}", or set ${variable} to its full path.`,
    );
  return program;
}

/** Unpacks a package, because installing it would start a server on port 80. */
async function unpack(name: string, folder: string) {
  mkdirSync(folder, { recursive: true });
  const download = mkdtempSync(join(folder, 'package-'));
  try {
    const fetchIt = () => run(['apt-get', '-qq', 'download', name], { cwd: download, quiet: true });
    if ((await fetchIt()) !== 0) {
      // A new machine has no package lists yet.
      const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
      await run([...sudo, 'apt-get', '-qq', 'update'], { quiet: true });
      await fetchIt();
    }
    for (const file of readdirSync(download))
      await run(['dpkg-deb', '-x', join(download, file), folder], { quiet: true });
  } finally {
    rmSync(download, { recursive: true, force: true });
  }
}
