// Writes Brotli-compressed copies beside the files of the built portal: `node compress-files.ts FOLDER`. Compressing
// once can take more time than a server has per request, and saves a seventh compared with compression on the fly.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';

const KINDS = new Set(['.js', '.css', '.svg']);

/**
 * Writes `NAME.br` for each script, style sheet and picture that becomes smaller. Omits the page itself, because every
 * response has another nonce.
 * @param folder the built files
 * @returns the names of compressed files
 */
export function compressFiles(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true }).map(String);
  return names.filter((name) => {
    const file = join(folder, name);
    if (!KINDS.has(extname(name)) || !statSync(file).isFile()) return false;
    const content = readFileSync(file);
    const small = brotliCompressSync(content, {
      params: {
        [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
        [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
        [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
      },
    });
    if (small.length >= content.length) return false;
    writeFileSync(`${file}.br`, small);
    return true;
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) compressFiles(process.argv[2] ?? '');
