// Runs a command behind the npm scripts; started by bootstrap.mjs, which knows their names, with the pinned Node.
import process from 'node:process';
import { Problem } from './workspace.ts';

const [name = '', ...args] = process.argv.slice(2);
try {
  const { default: command } = await import(`./${name}.ts`);
  process.exit((await command(args)) ?? 0);
} catch (error) {
  process.stderr.write(`\n${error instanceof Problem ? error.message : (error?.stack ?? String(error))}\n`);
  process.exit(1);
}
