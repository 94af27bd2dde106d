import { DEFAULT_SWITCHES, SWITCHES, type Switches } from '../../faults/switches.ts';
import type { Difference } from '../match.ts';
import { play, type Outcome } from '../play.ts';
import type { Row } from '../scenarios.ts';
import { Connection, RESERVE, type ConnectionOptions } from './connection.ts';
import { GoogleServer } from './google.ts';
import { costOf, whyNotLive } from './plan.ts';
import { RowCannotRun, RunProblem } from './problem.ts';

export type RowResult = { row: Row } & (
  | { state: 'holds'; observed: Record<string, unknown> }
  | { state: 'differs'; step: string; differences: Difference[]; observed: Record<string, unknown> }
  | { state: 'notRun'; why: string }
);

/** Google's answer to the question of a switch. */
export interface SwitchAnswer {
  name: string;
  /** The settings whose rows hold. Only a single one is an answer. */
  held: (string | boolean)[];
  /** The sandbox's default. */
  default: string | boolean;
}

export interface Report {
  results: RowResult[];
  answers: SwitchAnswer[];
  requests: number;
  /** How often the rate was limited, by value of `Retry-After`. */
  limited: string[];
  leftBehind: string[];
  /** Why the run ended early. */
  problem?: RunProblem;
}

export interface LiveOptions extends ConnectionOptions {
  /** Maximum time of repeating a read that may be too early. */
  patienceMs: number;
  onRow?: (result: RowResult) => void;
  /** Receives a function that removes secrets and real addresses from a text, before the first row runs. */
  onRedaction?: (redact: (text: string) => string) => void;
}

/** Maximum requests of a run without repetitions: checks of the accounts, folders, rows, cleaning up. */
export function plannedRequests(rows: readonly Row[], sameOrganisation?: boolean): number {
  const live = rows.filter((row) => whyNotLive(row, sameOrganisation) === undefined);
  return 10 + RESERVE + live.reduce((sum, { scenario }) => sum + costOf(scenario), 0);
}

/**
 * Runs rows against Google, one after the other, and always cleans up.
 * @throws RunProblem before the first row; the report contains a later one, with the results before it
 */
export async function runLive(rows: readonly Row[], options: LiveOptions): Promise<Report> {
  const planned = plannedRequests(rows);
  if (planned > options.maxRequests)
    throw new RunProblem(
      'usage',
      `These rows need up to ${planned} requests, more than --max-requests ${options.maxRequests}. Raise it, or use --only.`,
    );
  const connection = new Connection(options);
  options.onRedaction?.((text) => withoutSecrets(text, connection.secrets));
  const server = await GoogleServer.open(connection, options);
  options.onRedaction?.((text) => server.withoutRealPeople(withoutSecrets(text, connection.secrets)));
  const results: RowResult[] = [];
  let problem: RunProblem | undefined;
  try {
    for (const row of rows) {
      const result = await runRow(row, server);
      results.push(result);
      options.onRow?.(result);
    }
  } catch (error) {
    if (!(error instanceof RunProblem)) throw error;
    problem = error;
  } finally {
    await server.close();
  }
  return {
    results,
    answers: answersOf(results),
    requests: connection.sent,
    limited: connection.limited,
    leftBehind: server.leftBehind,
    ...(problem ? { problem } : {}),
  };
}

async function runRow(row: Row, server: GoogleServer): Promise<RowResult> {
  const why = whyNotLive(row, server.sameOrganisation);
  if (why !== undefined) return { row, state: 'notRun', why };
  try {
    await server.begin(row.scenario, row.name);
    const outcome: Outcome = await play(row.scenario, server);
    const { observed } = outcome;
    if (outcome.holds) return { row, state: 'holds', observed };
    return { row, state: 'differs', step: outcome.step, differences: outcome.differences, observed };
  } catch (error) {
    if (error instanceof RowCannotRun) return { row, state: 'notRun', why: error.message };
    throw error;
  } finally {
    await server.end();
  }
}

/** The combined results of the rows of each switch. */
export function answersOf(results: readonly RowResult[]): SwitchAnswer[] {
  return Object.entries(SWITCHES).flatMap(([name, possible]) => {
    const ran = results.filter(({ row, state }) => state !== 'notRun' && row.scenario.switches?.[name] !== undefined);
    if (ran.length === 0) return [];
    const held = possible.filter((value) => {
      const rows = ran.filter(({ row }) => row.scenario.switches?.[name] === value);
      return rows.length > 0 && rows.every(({ state }) => state === 'holds');
    });
    return [{ name, held, default: DEFAULT_SWITCHES[name as keyof Switches] }];
  });
}

function withoutSecrets(text: string, secrets: ReadonlySet<string>): string {
  return [...secrets].reduce((changed, secret) => changed.replaceAll(secret, '[hidden]'), text);
}
