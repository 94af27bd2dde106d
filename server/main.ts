// The product of the released packages; index.ts starts it with the pinned Node: `node main.js [--from DIR]`.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { messageOf, Problem } from '../tools/workspace.ts';
import type { Installation } from './local.ts';
import { serve } from './serve.ts';

/** The package's folder, above `dist/server`. */
const PACKAGE = fileURLToPath(new URL('../..', import.meta.url));
const sandbox = createRequire(import.meta.url).resolve('@cloudmover/drive-sandbox/package.json');

const INSTALLATION: Installation = {
  command: 'cloudmover serve',
  advice: 'its README says what real Google needs',
  settingsFolder: process.cwd(),
  backend: join(PACKAGE, 'api/main.js'),
  portal: join(PACKAGE, 'portal'),
  sandbox: join(dirname(sandbox), 'dist/main.js'),
};

try {
  const { from } = parseArgs({ options: { from: { type: 'string' } } }).values;
  process.exit((await serve({ installation: INSTALLATION, from })) ?? 0);
} catch (error) {
  process.stderr.write(`\n${error instanceof Error && !(error instanceof Problem) ? error.stack : messageOf(error)}\n`);
  process.exit(1);
}
