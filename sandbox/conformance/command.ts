import { renameSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { FreshSandbox } from './fresh.ts';
import { lineOf } from './match.ts';
import { play } from './play.ts';
import { AREAS, ROWS, type Row } from './scenarios.ts';
import { readVerified, VERIFIED_FILE, verifiedOf } from './verified.ts';
import { readCredential } from './live/credentials.ts';
import { costOf, whyNotLive } from './live/plan.ts';
import { EXIT, RunProblem } from './live/problem.ts';
import { exitCodeOf, linesOf, summaryOf, withResults } from './live/report.ts';
import { plannedRequests, runLive, type LiveOptions } from './live/run.ts';

/** Whether this is the repository, where a run updates the dates of the rows; an installed package stays as it is. */
const IS_SOURCE = import.meta.url.endsWith('.ts');

const HELP = `Checks the conformance rows, which state Google's responses according to sources.

  drive-sandbox conformance [options]      (in the repository of the sandbox: npm run conformance -- [options])

  without --real            against a fresh sandbox, all rows
  --real                    against Google, the rows that need no control call, with two accounts of yours
  --only AREA[,AREA]        ${Object.keys(AREAS).join(', ')}
  --alice FILE, --bob FILE  credentials of the accounts; without them CONFORMANCE_ALICE and CONFORMANCE_BOB
  --dry-run                 lists the rows that would run and their requests; sends nothing
  --max-requests N          never more than this (default 2000)
  --pace MS                 between the starts of two requests (default 250)
  --patience S              how long a read that may be too early is repeated (default 30)
  --api URL                 another server in place of Google, for its APIs and OAuth
  --record FILE             file for dates and answers (default: ${IS_SOURCE ? 'conformance/areas' : '.'}/verified.json; none with --api)
  --help

Exit codes: 0 all rows hold; 1 rows or switches differ; 2 wrong arguments, or too many requests planned; 3 a credential;
4 storage full; 5 rate or maximum of requests; 6 something is left behind; 130 interrupted.
`;

interface Arguments {
  rows: readonly Row[];
  isReal: boolean;
  isDry: boolean;
  files: { alice?: string; bob?: string };
  maxRequests: number;
  paceMs: number;
  patienceMs: number;
  api?: string;
  record?: string;
}

function readArguments(argv: string[]): Arguments | 'help' {
  let values;
  try {
    ({ values } = parseArgs({
      args: argv,
      options: {
        real: { type: 'boolean', default: false },
        only: { type: 'string' },
        alice: { type: 'string' },
        bob: { type: 'string' },
        'dry-run': { type: 'boolean', default: false },
        'max-requests': { type: 'string', default: '2000' },
        pace: { type: 'string', default: '250' },
        patience: { type: 'string', default: '30' },
        api: { type: 'string' },
        record: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }));
  } catch (error) {
    throw new RunProblem('usage', (error as Error).message);
  }
  if (values.help) return 'help';
  const areas = values.only?.split(',').map((area) => area.trim()) ?? Object.keys(AREAS);
  const unknown = areas.filter((area) => !Object.hasOwn(AREAS, area));
  if (unknown.length > 0)
    throw new RunProblem(
      'usage',
      `--only ${unknown.join(', ')}: unknown area; known are ${Object.keys(AREAS).join(', ')}.`,
    );
  if (values.api !== undefined && !(URL.canParse(values.api) && /^https?:/.test(values.api)))
    throw new RunProblem('usage', `--api ${values.api}: not an http address.`);
  return {
    rows: ROWS.filter(({ area }) => areas.includes(area)),
    isReal: values.real || values.api !== undefined,
    isDry: values['dry-run'],
    files: { ...(values.alice ? { alice: values.alice } : {}), ...(values.bob ? { bob: values.bob } : {}) },
    maxRequests: numberOf('max-requests', values['max-requests']),
    paceMs: numberOf('pace', values.pace),
    patienceMs: numberOf('patience', values.patience) * 1000,
    ...(values.api === undefined ? {} : { api: values.api }),
    ...(values.record === undefined ? {} : { record: values.record }),
  };
}

function numberOf(name: string, text: string): number {
  if (!/^\d{1,7}$/.test(text)) throw new RunProblem('usage', `--${name} ${text}: not a number.`);
  return Number(text);
}

let redact = (text: string): string => text;

function print(lines: string[]): void {
  process.stdout.write(lines.map((line) => `${redact(line)}\n`).join(''));
}

async function checkFreshSandbox(rows: readonly Row[]): Promise<number> {
  const verified = readVerified();
  const fresh = await FreshSandbox.start();
  let differing = 0;
  try {
    for (const row of rows) {
      await fresh.begin(row.scenario);
      const outcome = await play(row.scenario, fresh);
      if (outcome.holds) print([`holds    ${row.name} (verified: ${verifiedOf(row, verified)})`]);
      else {
        differing += 1;
        print([
          `DIFFERS  ${row.name}`,
          ...[outcome.step, ...outcome.differences.map(lineOf)].map((line) => `           ${line}`),
        ]);
      }
    }
  } finally {
    await fresh.close();
  }
  print(['', `${rows.length - differing} rows hold, ${differing} differ.`]);
  return differing > 0 ? EXIT.differs : EXIT.holds;
}

function listPlan(rows: readonly Row[], maxRequests: number): number {
  const planned = plannedRequests(rows);
  print(
    rows.map((row) => {
      const why = whyNotLive(row, undefined);
      const needs = row.scenario.needs?.includes('organisation') ? ', accounts of one organisation' : '';
      return why === undefined
        ? `runs     ${row.name} (${costOf(row.scenario)} requests${needs})`
        : `not run  ${row.name} (${why})`;
    }),
  );
  print([
    '',
    `Up to ${planned} requests, and more if some are repeated; the maximum is ${maxRequests}. Nothing was sent.`,
  ]);
  return planned > maxRequests ? EXIT.usage : EXIT.holds;
}

async function checkGoogle({ rows, files, record, api, ...limits }: Arguments): Promise<number> {
  const credentials = {
    alice: readCredential('alice', files.alice, process.env),
    bob: readCredential('bob', files.bob, process.env),
  };
  const abort = new AbortController();
  const stop = (): void => {
    if (abort.signal.aborted) return;
    print(['', 'Interrupted: deleting the items of the run …']);
    abort.abort();
  };
  // The last one is the end of a parent process.
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'];
  for (const signal of signals) process.on(signal, stop);
  const options: LiveOptions = {
    ...limits,
    ...(api === undefined ? {} : { api }),
    credentials,
    signal: abort.signal,
    clock: {
      now: Date.now,
      sleep: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined),
    },
    note: (text) => print([`         ${text}`]),
    onRow: (result) => print(linesOf(result)),
    onRedaction: (better) => {
      redact = better;
    },
  };
  const report = await runLive(rows, options).finally(() => {
    // A listener of `disconnect` keeps the process alive as long as its parent.
    for (const signal of signals) process.off(signal, stop);
  });
  print(summaryOf(report));
  const usual = IS_SOURCE ? fileURLToPath(VERIFIED_FILE) : resolve('verified.json');
  const file = record ?? (api === undefined ? usual : undefined);
  if (file !== undefined) {
    const day = new Date().toISOString().slice(0, 10);
    const stored = JSON.stringify(withResults(readVerified(VERIFIED_FILE), report, day), undefined, 2);
    writeFileSync(`${file}.new`, `${redact(stored)}\n`);
    renameSync(`${file}.new`, file);
    print([`Dates and answers are in ${file}.`]);
  }
  return exitCodeOf(report);
}

/**
 * Runs `drive-sandbox conformance`: checks the rows against the sandbox or Google. See README.md.
 * @returns the exit code
 */
export async function conformance(argv: string[]): Promise<number> {
  try {
    const read = readArguments(argv);
    if (read === 'help') print([HELP]);
    else if (!read.isReal) return await checkFreshSandbox(read.rows);
    else return read.isDry ? listPlan(read.rows, read.maxRequests) : await checkGoogle(read);
    return EXIT.holds;
  } catch (error) {
    if (!(error instanceof RunProblem)) throw error;
    process.stderr.write(`${redact(error.message)}\n`);
    return error.exitCode;
  }
}
