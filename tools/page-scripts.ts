// Adds the scripts that each address of the portal needs to the built page, so that they load together with the first
// ones: `node page-scripts.ts FOLDER` after `ng build`, which writes its statistics there.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { Problem } from './workspace.ts';

const WANTED = /data-scripts-of="([^"]+)"/g;
const FIRST = /<(?:link rel="modulepreload" href|script src)="([^"]+\.js)"/g;

/** esbuild's statistics. */
interface Statistics {
  outputs: Record<string, { entryPoint?: string; imports: { path: string; kind: string }[] }>;
}

/**
 * Replaces `data-scripts-of` by the names of an entry's scripts that the page does not contain yet, and marks the first
 * scripts so that the first paint does not wait for them.
 * @param page the built `index.html`
 * @throws {Problem} if the entry does not exist, for example after a file was renamed
 */
export function withPageScripts(page: string, stats: Statistics) {
  const first = new Set([...page.matchAll(FIRST)].map(([, name]) => name));
  const scriptsOf = (entry: string) => {
    const found = Object.entries(stats.outputs).find(([, { entryPoint }]) => entryPoint === entry);
    if (!found) throw new Problem(`index.html names ${entry}, which is not a lazily loaded page.`);
    const needed = new Set<string>();
    const take = (name: string) => {
      if (first.has(name) || needed.has(name)) return;
      needed.add(name);
      for (const { path, kind } of stats.outputs[name]?.imports ?? []) if (kind === 'import-statement') take(path);
    };
    take(found[0]);
    return [...needed];
  };
  return page
    .replaceAll(WANTED, (_, entry: string) => `data-scripts="${scriptsOf(entry).join(' ')}"`)
    .replaceAll(FIRST, (tag) => tag.replace(/^<(link|script)/, '<$1 fetchpriority="low"'));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    const folder = process.argv[2] ?? '';
    const file = join(folder, 'browser/index.html');
    const stats = JSON.parse(readFileSync(join(folder, 'browser-stats.json'), 'utf8')) as Statistics;
    writeFileSync(file, withPageScripts(readFileSync(file, 'utf8'), stats));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
