// Checks the size of the scripts that the first page loads: `node bundle-budget.ts FOLDER`. Angular's own budgets count
// uncompressed bytes.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { Problem, say } from './workspace.ts';

/** Bytes of compressed JavaScript. */
const BUDGET = 200_000;
const SCRIPT = /(?:src|href)="([^"]+\.js)"/g;

/**
 * The scripts that a built page runs or preloads, with their compressed sizes.
 * @param folder the folder of `index.html`
 */
export function initialScripts(folder: string): { name: string; bytes: number }[] {
  const page = readFileSync(join(folder, 'index.html'), 'utf8');
  const names = new Set([...page.matchAll(SCRIPT)].map(([, name = '']) => name));
  return [...names].map((name) => ({ name, bytes: gzipSync(readFileSync(join(folder, name)), { level: 9 }).length }));
}

/** @throws {Problem} that lists the scripts, largest first, if their sum exceeds `budget` bytes */
export function checkBudget(folder: string, budget = BUDGET) {
  const scripts = initialScripts(folder).sort((a, b) => b.bytes - a.bytes);
  if (scripts.length === 0) throw new Problem(`${folder}/index.html names no script: was the portal built?`);
  const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`;
  const all = scripts.reduce((sum, { bytes }) => sum + bytes, 0);
  const words = `JavaScript of the first load: ${kilobytes(all)} compressed, of ${kilobytes(budget)}`;
  if (all <= budget) return words;
  const list = scripts.map(({ name, bytes }) => `  ${kilobytes(bytes)} ${name}`).join('\n');
  throw new Problem(`${words}.\n${list}\nLoad something when it is first needed (a lazy route, a dynamic import).`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    say(checkBudget(process.argv[2] ?? ''));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
