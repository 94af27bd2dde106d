// The commands behind the npm scripts; started by bootstrap.mjs with the pinned Node.
import process from 'node:process';
import { Problem } from './workspace.mjs';

const COMMANDS = {
  start: 'the product, ready to use; [--from DIR] puts your own folder into the sandbox',
  test: 'everything that proves it; [backend|frontend|browser|tools …] a part',
  demo: 'a whole transfer without a browser, compared byte by byte; --from DIR',
  'verify-report': 'proves the report of a transfer anew, with Google alone; FILE [--bytes] [--api-root URL]',
  doctor: 'what a configuration for real Google or a production Redis still lacks',
  dev: 'both sides in watch mode',
  sandbox: 'the stand-in for Google alone; [--port 4010] [--accounts A,B] [--import DIR[:ACCOUNT]] [--preset NAME]',
  chaos: 'transfers whose workers are killed, whose Redis loses power, …; [--seed N] [--runs N] [--only NAME] [--list]',
  bench: 'measurements; [engine|relay|million|workers|resume|ledger|pacing|session|sandbox|start]',
  build: 'builds what is stale',
  reencrypt: 'moves what is encrypted in Redis to the first key of CREDENTIALS_KEYS',
  lint: 'style, types, formatting and the import rule',
  'supply-chain': 'where the packages come from, and under which licences; a part of lint',
  sbom: 'what ships, as CycloneDX; [FILE]',
  'pin-images': 'container images by digest, looked up in their registry; [--check] only compares',
  audit: 'known vulnerabilities of what ships',
  openapi: "regenerates openapi.json and the portal's client; [--check] only compares",
};

const [name, ...args] = process.argv.slice(2);
try {
  if (!Object.hasOwn(COMMANDS, name ?? '')) {
    const list = Object.entries(COMMANDS).map(([command, what]) => `  ${command.padEnd(13)} ${what}`);
    throw new Problem(`${name ? `There is no command "${name}".` : 'Which command?'} There are:\n\n${list.join('\n')}`);
  }
  const { default: command } = await import(`./${name}.mjs`);
  process.exit((await command(args)) ?? 0);
} catch (error) {
  process.stderr.write(`\n${error instanceof Problem ? error.message : (error?.stack ?? String(error))}\n`);
  process.exit(1);
}
