// Programs that check or run the examples of docs/ in tests (nginx, Caddy, Prometheus's promtool): from the variables,
// from this machine, or from their packages. And flags for programs that run tests.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { installProgram } from './packages.ts';
import { programOnPath, run } from './processes.ts';
import { Problem, say, STATE, step } from './workspace.ts';

/** Flags of V8 for programs that run tests: what a test allocates is garbage soon afterwards (see also sandbox/main.ts). */
export const SHORT_LIVED_OBJECTS = [
  '--no-allocation-site-pretenuring',
  '--min-semi-space-size=16',
  '--max-semi-space-size=32',
];

/** Folders of Debian and Homebrew for servers, which may not be on the PATH. */
const MORE_FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/opt/homebrew/bin'];

/**
 * The paths of both programs, as variables for the tests.
 * @throws {Problem} that names the command to type
 */
export async function useProxies(): Promise<{ NGINX: string; CADDY: string }> {
  return { NGINX: (await useProgram('nginx'))!, CADDY: (await useProgram('caddy'))! };
}

/** Debian 13 has a package for it, earlier ones put it into Prometheus's. Where neither has it, its tests are skipped. */
export async function usePromtool(): Promise<{ PROMTOOL?: string }> {
  const found = await useProgram('promtool', { packages: ['promtool', 'prometheus'], isOptional: true });
  if (!found) say("Prometheus's promtool is missing, so its tests are skipped. Set PROMTOOL to its path to run them.");
  return found ? { PROMTOOL: found } : {};
}

/**
 * The path of one program. `folders` are searched besides the PATH; packages are unpacked in `state`.
 * @returns undefined only if it is optional and missing
 */
export async function useProgram(
  name: string,
  { folders = MORE_FOLDERS, state = STATE, packages = [name], isOptional = false } = {},
) {
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
    for (const each of packages) {
      await step(`Fetching ${name} (Debian package ${each})`, () => unpack(each, folder));
      if (find()) break;
    }
  else if (!find() && !isOptional)
    await installProgram({
      what: name,
      apt: [name],
      brew: [name],
      others: { dnf: name, pacman: name, zypper: name, apk: name },
    });
  const program = find();
  if (!program && !isOptional)
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
