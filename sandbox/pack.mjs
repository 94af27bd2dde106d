// `npm pack` and `npm publish` run this in a package's folder: it compiles the sources, which run as they are only inside
// this repository, and puts the published form of package.json (`publishConfig`) in place until the archive is made.
//   node pack.mjs prepare [FILE ...]   with files that the compiler leaves out
//   node pack.mjs restore
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';

const at = (...path) => join(process.cwd(), ...path);
const [MANIFEST, KEPT] = [at('package.json'), at('.package.json')];
/** Fields of package.json that are about the work on the sources. */
const OF_THE_SOURCES = ['devDependencies', 'nx', 'publishConfig', 'scripts'];

function prepare(files) {
  if (existsSync(KEPT)) restore();
  rmSync(at('dist'), { recursive: true, force: true });
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript-7/package.json')), 'bin/tsc');
  const { status } = spawnSync(process.execPath, [compiler, '-p', at('tsconfig.build.json')], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
  for (const file of files) copyFileSync(at(file), at('dist', file));
  const manifest = JSON.parse(readFileSync(MANIFEST, 'utf8'));
  const published = { ...manifest, ...manifest.publishConfig };
  for (const field of OF_THE_SOURCES) delete published[field];
  renameSync(MANIFEST, KEPT);
  writeFileSync(MANIFEST, `${JSON.stringify(published, null, 2)}\n`);
}

function restore() {
  renameSync(KEPT, MANIFEST);
}

const [action, ...files] = process.argv.slice(2);
if (action === 'prepare') prepare(files);
else restore();
