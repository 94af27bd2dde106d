import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { compressFiles } from './compress-files.ts';

it('adds a compressed copy only beside files that become smaller', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cloudmover-compress-'));
  try {
    const text = 'export const words = "words";\n'.repeat(100);
    mkdirSync(join(folder, 'below'));
    for (const name of ['main.js', 'styles.css', 'favicon.svg', 'below/part.js', 'index.html', 'photo.png'])
      writeFileSync(join(folder, name), text);
    writeFileSync(join(folder, 'tiny.js'), '1');
    const made = ['below/part.js', 'favicon.svg', 'main.js', 'styles.css'];
    expect(compressFiles(folder).sort()).toEqual(made);
    const copies = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.br'));
    expect(copies.sort()).toEqual(made.map((name) => `${name}.br`));
    for (const name of copies) expect(brotliDecompressSync(readFileSync(join(folder, name))).toString()).toBe(text);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
