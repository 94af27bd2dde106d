import { lineOf } from '../match.ts';
import type { Verified } from '../verified.ts';
import { EXIT } from './problem.ts';
import type { Report, RowResult, SwitchAnswer } from './run.ts';

/** The name for recorded values of `Retry-After`, which no row can provoke. */
export const RATE_QUESTION = 'Retry-After';

/** Rows that state a rule, and not one of several possible answers. */
const isRule = ({ row }: RowResult): boolean => !row.scenario.switches && !row.scenario.unknown;

const differingSwitches = (answers: readonly SwitchAnswer[]): SwitchAnswer[] =>
  answers.filter(({ held, default: usual }) => held.length !== 1 || held[0] !== usual);

/** The exit code of a run: a problem, items left behind, a difference, or success. */
export function exitCodeOf({ problem, leftBehind, results, answers }: Report): number {
  if (problem) return problem.exitCode;
  if (leftBehind.length > 0) return EXIT.leftBehind;
  const differs = results.some((result) => isRule(result) && result.state === 'differs');
  return differs || differingSwitches(answers).length > 0 ? EXIT.differs : EXIT.holds;
}

/** The output for a row: its state and differences. */
export function linesOf(result: RowResult): string[] {
  const { row, state } = result;
  if (state === 'notRun') return [`not run  ${row.name} (${result.why})`];
  const observed = Object.entries(result.observed).map(
    ([name, value]) => `           ${name}: ${JSON.stringify(value)}`,
  );
  const lines =
    state === 'differs' ? [result.step, ...result.differences.map(lineOf)].map((line) => `           ${line}`) : [];
  if (row.scenario.unknown) return [`observed ${row.name}`, ...observed, ...lines];
  if (state === 'holds') return [`holds    ${row.name}`, ...observed];
  if (row.scenario.switches) return [`not so   ${row.name} (one of the possible answers)`];
  return [`DIFFERS  ${row.name}`, ...lines, `           source: ${row.scenario.source}`];
}

/** The summary of a run. */
export function summaryOf(report: Report): string[] {
  const count = (state: RowResult['state']): number =>
    report.results.filter((each) => isRule(each) && each.state === state).length;
  const differing = differingSwitches(report.answers);
  return [
    '',
    `${count('holds')} rows hold, ${count('differs')} differ, ${report.results.filter(({ state }) => state === 'notRun').length} did not run. ${report.requests} requests.`,
    ...report.answers.map((answer) => `  ${answerLine(answer)}`),
    ...(differing.length > 0 ? [`${differing.length} switches differ from the sandbox’s defaults.`] : []),
    ...(report.limited.length > 0 ? ['The rate was limited:', ...report.limited.map((each) => `  ${each}`)] : []),
    ...(report.leftBehind.length > 0
      ? ['LEFT BEHIND, delete manually:', ...report.leftBehind.map((each) => `  ${each}`)]
      : []),
    ...(report.problem ? [`Ended early: ${report.problem.message}`] : []),
  ];
}

function answerLine({ name, held, default: usual }: SwitchAnswer): string {
  const [answer] = held;
  if (held.length !== 1)
    return `switch ${name}: DIFFERS, ${held.length === 0 ? 'no setting' : 'more than one setting'} agrees`;
  if (answer === usual) return `switch ${name}: ${String(answer)}, the default`;
  return `switch ${name}: DIFFERS, ${String(answer)} agrees; the default is ${String(usual)}`;
}

/** `verified` with the results of a run: adds dates of rows that hold and answers, removes dates of rows that differ. */
export function withResults(verified: Verified, { results, answers, limited }: Report, day: string): Verified {
  const rows = structuredClone(verified.rows);
  const known = { ...verified.answers };
  for (const result of results) {
    if (result.state === 'notRun') continue;
    const { row } = result;
    const { [row.scenario.title]: _earlier, ...others } = rows[row.area] ?? {};
    rows[row.area] = result.state === 'holds' ? { ...others, [row.scenario.title]: day } : others;
    if (row.scenario.unknown) known[row.name] = { answer: answerOf(result), verified: day };
  }
  for (const { name, held } of answers) if (held.length === 1) known[name] = { answer: held[0], verified: day };
  if (limited.length > 0) known[RATE_QUESTION] = { answer: limited.slice(0, 5), verified: day };
  return { rows: sorted(rows), answers: sorted(known) };
}

/** The answer of an unknown row: observations and, if the sandbox is wrong, differences. */
function answerOf(result: Exclude<RowResult, { state: 'notRun' }>): object {
  if (result.state === 'holds') return { asInSandbox: true, ...result.observed };
  return { asInSandbox: false, ...result.observed, at: result.step, differences: result.differences.map(lineOf) };
}

function sorted<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
