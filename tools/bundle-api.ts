// Bundles the built API with its packages (ADR 0075): `node bundle-api.ts FOLDER` after `nest build`. A start that reads
// one file instead of more than 3,000 modules takes two fifths less processor time.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { Problem } from './workspace.ts';

/** Packages that are not bundled. */
const EXTERNAL = [
  // It finds the files of the Swagger console beside its own code.
  'swagger-ui-dist',
  // Optional packages, which Nest and others load only if they are installed.
  '@as-integrations/fastify',
  '@fastify/multipart',
  '@fastify/view',
  '@nestjs/microservices',
  '@nestjs/mongoose',
  '@nestjs/platform-express',
  '@nestjs/websockets',
  'cache-manager',
  'class-transformer/storage',
  'pino-pretty',
];
/** What CommonJS modules expect; an ES module has none of it. */
const COMMONJS = `import { createRequire as cmRequireOf } from 'node:module';
const require = cmRequireOf(import.meta.url);
const __filename = import.meta.filename;
const __dirname = import.meta.dirname;`;

/**
 * Bundles what the mapped types of Nest load with a `require` that they create, which esbuild does not follow. Otherwise
 * each process would load class-validator and class-transformer twice.
 */
const followRequire: Plugin = {
  name: 'follow require',
  setup(bundle) {
    bundle.onLoad({ filter: /[/\\]mapped-types[/\\]dist[/\\]type-helpers\.utils\.js$/ }, ({ path }) => {
      const code = readFileSync(path, 'utf8');
      const contents = code.replace(/^const require = createRequire\(import\.meta\.url\);$/m, '');
      if (contents === code) throw new Problem(`${path} has changed: adapt tools/bundle-api.ts.`);
      return { contents, loader: 'js' };
    });
  },
};

/**
 * Replaces `main.js` by a bundle in `bundle/`, which is as deep as the modules in it: some of them read files by their
 * distance from their own. It has no source map, which Node would read at each start: a third of a second and 55 MB.
 * @param folder the compiled API
 */
export async function bundleApi(folder: string): Promise<void> {
  const program = join(folder, 'main.js');
  await build({
    entryPoints: [program],
    outfile: join(folder, 'bundle/main.js'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    // Nest names providers and schemas by their classes.
    keepNames: true,
    external: EXTERNAL,
    banner: { js: COMMONJS },
    plugins: [followRequire],
    logLevel: 'warning',
    // What Nest's plugin writes beside the options of a decorator, which win.
    logOverride: { 'duplicate-object-key': 'silent' },
  });
  writeFileSync(program, "import './bundle/main.js';\n");
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await bundleApi(process.argv[2] ?? '');
