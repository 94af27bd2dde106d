// `npm run openapi`: the committed contract (backend/openapi.json), the portal's client and the types of the command line,
// regenerated from the code. With `--check` it changes nothing, and fails if one differs from what the code would generate.
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import process from 'node:process';
import { readArguments } from './arguments.ts';
import { buildStale } from './build.ts';
import { run } from './processes.ts';
import { Problem, ROOT, say, step, withoutSettings } from './workspace.ts';

const CONTRACT = join(ROOT, 'backend/openapi.json');
const CLIENT = join(ROOT, 'frontend/src/app/api');
const TYPES = join(ROOT, 'cli/api/openapi.ts');

export default async function openapi(args: string[]) {
  const { check } = readArguments('openapi', args, { check: { type: 'boolean' } }).values;
  await buildStale(ROOT, ['backend']);
  if (!check) {
    await step('Writing backend/openapi.json', () => writeContract(CONTRACT));
    await step('Writing the client in frontend/src/app/api', () => writeClient(CONTRACT, CLIENT));
    await step('Writing the types in cli/api', () => writeTypes(CONTRACT, TYPES));
    await checkRules(CONTRACT);
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'openapi-'));
  try {
    await writeContract(join(folder, 'openapi.json'));
    await writeClient(join(folder, 'openapi.json'), join(folder, 'client'));
    await writeTypes(join(folder, 'openapi.json'), join(folder, 'openapi.ts'));
    const changed = [
      ...differences(join(folder, 'openapi.json'), CONTRACT),
      ...differences(join(folder, 'client'), CLIENT),
      ...differences(join(folder, 'openapi.ts'), TYPES),
    ];
    if (changed.length > 0) {
      throw new Problem(
        `Not what the code gives:\n${changed.map((path) => `  ${path}`).join('\n')}\nType "npm run openapi" and commit the result.`,
      );
    }
    await checkRules(CONTRACT);
    say('The contract, its client and its types are what the code gives.');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function writeContract(to: string) {
  const code = await run([process.execPath, 'dist/openapi.js', to], {
    cwd: join(ROOT, 'backend'),
    env: withoutSettings(),
  });
  if (code !== 0) throw new Problem('openapi.json could not be written; the lines above say why.');
}

/** Integrators check descriptions with these linters, and generate clients that fail where a rule is broken. */
async function checkRules(contract: string) {
  // Imported here, because they take a second to load.
  const { openApiFindings } = await import('./openapi-lint.ts');
  const findings = await openApiFindings(contract);
  if (findings.length === 0) return;
  throw new Problem(
    `openapi.json breaks rules of Redocly or Spectral:\n${findings.map((each) => `  ${each}`).join('\n')}\n` +
      'Fix the decorators and doc comments of the route or DTO. What holds for every route is in ' +
      'backend/src/http/description-rules.ts.',
  );
}

const writeClient = (from: string, to: string) =>
  generate('client', 'frontend', ['ng-openapi-gen/lib/index.js', '--input', from, '--output', to]);

const writeTypes = (from: string, to: string) =>
  generate('types', 'cli', ['openapi-typescript/bin/cli.js', from, '-o', to]);

/** Runs a generator of node_modules in a workspace. */
async function generate(what: string, workspace: string, [program = '', ...args]: string[]) {
  const command = [process.execPath, join(ROOT, 'node_modules', program), ...args];
  const code = await run(command, { cwd: join(ROOT, workspace), env: withoutSettings(), quiet: true });
  if (code !== 0)
    throw new Problem(
      `The ${what} could not be generated. Type "${command.slice(1).join(' ')}" in ${workspace}/ to see why.`,
    );
}

/** The committed paths whose content is not the fresh one's, as seen from the top folder. */
function differences(fresh: string, committed: string): string[] {
  if (!existsSync(fresh) || !existsSync(committed)) return [relative(ROOT, committed)];
  if (statSync(committed).isDirectory()) {
    const names = new Set([...readdirSync(fresh), ...readdirSync(committed)]);
    return [...names].flatMap((name) => differences(join(fresh, name), join(committed, name)));
  }
  return readFileSync(fresh).equals(readFileSync(committed)) ? [] : [relative(ROOT, committed)];
}
