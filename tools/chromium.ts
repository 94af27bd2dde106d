// Chromium for the browser tests: from the variable, from this machine, or newly installed.
import { existsSync } from 'node:fs';
import process from 'node:process';
import { installProgram } from './packages.ts';
import { programOnPath } from './processes.ts';
import { Problem } from './workspace.ts';

/** The headless shell comes first: it does not draw a window around each page, which a test would wait for. */
const NAMES = [
  'chromium-headless-shell',
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'microsoft-edge',
];
const MAC_APPS = ['Google Chrome', 'Chromium', 'Microsoft Edge'].map(
  (app) => `/Applications/${app}.app/Contents/MacOS/${app}`,
);

/** The machine's browser, or undefined. */
export function findChromium({ path = process.env.PATH, apps = MAC_APPS } = {}) {
  return NAMES.map((name) => programOnPath(name, path)).find(Boolean) ?? apps.find((app) => existsSync(app));
}

/**
 * The path of a Chromium; installs it if the package manager needs no confirmation.
 * @throws {Problem} that names the command to type
 */
export async function useChromium() {
  const named = process.env.CHROMIUM;
  if (named) {
    if (!existsSync(named))
      throw new Problem(
        `CHROMIUM is ${named}, but there is no such file. Correct or unset the variable; without it, npm test looks for one.`,
      );
    return named;
  }
  const wanted: Parameters<typeof installProgram>[0] = {
    what: 'Chromium',
    // Only Debian has the shell.
    apt: ['chromium-headless-shell', 'chromium'],
    brew: ['--cask', 'google-chrome'],
    others: { dnf: 'chromium', pacman: 'chromium', zypper: 'chromium', apk: 'chromium' },
  };
  if (!findChromium()) await installProgram(wanted);
  const found = findChromium();
  if (!found)
    throw new Problem(
      'Chromium was installed but is not on the PATH. Set CHROMIUM to its full path and run the command again.',
    );
  return found;
}
