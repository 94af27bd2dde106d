// @ts-check
// The second step of `npm pack`, after sandbox/pack.mjs has compiled this folder and put the published package.json in
// place: adds what `npm run build` has built, and the packages that it needs.
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

/** @param {...string} path */
const at = (...path) => join(import.meta.dirname, ...path);
/** @param {string} folder */
const manifestOf = (folder) => JSON.parse(readFileSync(at(folder, 'package.json'), 'utf8'));

for (const folder of ['api', 'portal']) rmSync(at(folder), { recursive: true, force: true });
for (const [built, to] of Object.entries({
  // Of the API only the program: its modules beside the bundle are for other commands.
  '../backend/dist/main.js': 'api/main.js',
  '../backend/dist/bundle': 'api/bundle',
  '../frontend/dist/browser': 'portal',
})) {
  if (!existsSync(at(built))) {
    process.stderr.write(`${built} is missing. Type "npm run build" at the top, and pack again.\n`);
    process.exit(1);
  }
  cpSync(at(built), at(to), { recursive: true });
}

const { name, version } = manifestOf('../sandbox');
const published = {
  ...manifestOf('.'),
  dependencies: { ...manifestOf('../backend').dependencies, [name]: version },
  // The pinned Node; npm installs that of the platform.
  optionalDependencies: manifestOf('..').optionalDependencies,
};
writeFileSync(at('package.json'), `${JSON.stringify(published, undefined, 2)}\n`);
