// Installs programs that are not npm packages with the machine's package manager if it needs no confirmation.
import process from 'node:process';
import { capture, programOnPath, run } from './processes.ts';
import { Problem, step } from './workspace.ts';

/**
 * Installs a program if the package manager needs no confirmation: apt-get as root or with passwordless sudo, Homebrew
 * on macOS. Starts no service: the packages have none (Debian) or leave it stopped (Homebrew).
 *
 * @param wanted.what name of the program, for messages
 * @param wanted.apt Debian and Ubuntu packages; the first one that the system knows is installed
 * @param wanted.brew Homebrew arguments
 * @param wanted.others package by package manager, for advice on other systems
 * @param wanted.because why an existing program cannot be used
 * @throws {Problem} that names the command to type
 */
export async function installProgram({
  what,
  apt,
  brew,
  others,
  because = '',
}: {
  what: string;
  apt: readonly [string, ...string[]];
  brew: string[];
  others: Record<string, string>;
  because?: string;
}) {
  const cure = (command: string) =>
    new Problem(
      `${what} is missing${because ? ` (${because})` : ''} and could not be installed without a confirmation. Type\n\n    ${command}\n\nand run the command again.`,
    );
  if (process.platform === 'darwin') {
    if (!programOnPath('brew')) throw cure(`brew install ${brew.join(' ')}   (Homebrew itself: https://brew.sh)`);
    const env = { ...process.env, HOMEBREW_NO_AUTO_UPDATE: '1', NONINTERACTIVE: '1' };
    const code = await step(`Installing ${what} with Homebrew (about 1 minute)`, () =>
      run(['brew', 'install', ...brew], { env }),
    );
    if (code !== 0) throw cure(`brew install ${brew.join(' ')}`);
    return;
  }
  if (programOnPath('apt-get')) {
    const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
    const command = `${sudo.length > 0 ? 'sudo ' : ''}apt-get install ${apt.at(-1)}`;
    if (sudo.length > 0 && (!programOnPath('sudo') || capture(['sudo', '-n', 'true']).code !== 0))
      throw cure(`sudo apt-get install ${apt.at(-1)}`);
    // With env, because sudo drops variables.
    const aptGet = (...args: string[]) => [
      ...sudo,
      'env',
      'DEBIAN_FRONTEND=noninteractive',
      'apt-get',
      '-qq',
      '-o',
      'DPkg::Lock::Timeout=120',
      ...args,
    ];
    const install = (name: string, quiet: boolean) =>
      run(aptGet('install', '-y', '--no-install-recommends', name), { quiet });
    const code = await step(`Installing ${what} (Debian package ${apt[0]}, about 1 minute)`, async () => {
      if ((await install(apt[0], true)) === 0) return 0;
      await run(aptGet('update'), { quiet: true }); // A new machine has no package lists yet.
      for (const name of apt.slice(0, -1)) if ((await install(name, true)) === 0) return 0;
      return install(apt.at(-1)!, false);
    });
    if (code !== 0) throw cure(command);
    return;
  }
  for (const [manager, command] of Object.entries({
    dnf: 'dnf install',
    pacman: 'pacman -S',
    zypper: 'zypper install',
    apk: 'apk add',
  })) {
    if (programOnPath(manager) && others[manager]) throw cure(`sudo ${command} ${others[manager]}`);
  }
  throw new Problem(
    `${what} is missing${because ? ` (${because})` : ''}. Install it with your package manager and run the command again.`,
  );
}
