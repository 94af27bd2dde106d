import { SandboxClient } from '../control/client.ts';
import { SWITCHES } from '../faults/switches.ts';
import { COMMON_ERRORS } from '../http/endpoint.ts';
import { ERRORS, type ErrorName, type ErrorRow } from '../http/error-catalogue.ts';
import { ENDPOINTS, routeOf } from '../http/routes.ts';
import { FreshSandbox } from './fresh.ts';
import { whyNotLive } from './live/plan.ts';
import { RATE_QUESTION } from './live/report.ts';
import { lineOf } from './match.ts';
import { play } from './play.ts';
import type { Scenario } from './scenario.ts';
import { ROWS } from './scenarios.ts';
import { problemOfSource } from './sources.ts';
import { readVerified } from './verified.ts';

const reasonOf = (name: ErrorName): string => (ERRORS[name] as ErrorRow)[2]?.reason ?? name;

describe('conformance', () => {
  let fresh: FreshSandbox;
  let control: SandboxClient;
  const asked = new Set<string>();
  let rowsRun = 0;

  beforeAll(async () => {
    fresh = await FreshSandbox.start((method, url) => {
      asked.add(routeOf(method, url.pathname, url.searchParams)?.operation ?? url.pathname);
    });
    control = new SandboxClient(fresh.sandbox.url);
  });
  afterAll(async () => {
    await fresh.close();
    // Not a test of its own, because tests run in a random order. With a filter, not all rows run.
    if (rowsRun === ROWS.length)
      expect([
        'endpoints without a row',
        ...Object.keys(ENDPOINTS).filter((operation) => !asked.has(operation)),
      ]).toEqual(['endpoints without a row']);
  });

  it.each(ROWS.map(({ name, scenario }): [string, Scenario] => [name, scenario]))('%s', async (_name, scenario) => {
    rowsRun++;
    await fresh.begin(scenario);
    const outcome = await play(scenario, fresh);
    if (!outcome.holds) throw new Error([outcome.step, ...outcome.differences.map(lineOf)].join('\n'));
    const unlisted = [];
    for (const { operation, verdict, path, fault } of await control.log({ status: '4xx' })) {
      const endpoint = ENDPOINTS[operation];
      if (!endpoint || operation.startsWith('oauth.') || fault !== undefined || verdict === 'refused') continue;
      const listed = [...endpoint.errors, ...COMMON_ERRORS].map(reasonOf);
      if (!listed.includes(verdict)) unlisted.push(`${operation} does not list ${verdict} (${path})`);
    }
    expect(unlisted).toEqual([]);
  });

  it('covers every setting of every switch', () => {
    const shown = new Set(
      ROWS.flatMap(({ scenario: { switches = {} } }) =>
        Object.entries(switches).map(([name, value]) => `${name}=${value}`),
      ),
    );
    const possible = Object.entries(SWITCHES).flatMap(([name, answers]) => answers.map((each) => `${name}=${each}`));
    expect(possible.filter((each) => !shown.has(each))).toEqual([]);
  });

  it('names a valid source in every row, and a row for every section', () => {
    expect(
      ROWS.flatMap(({ name, scenario }) => {
        const problem = problemOfSource(scenario.source);
        return problem === undefined ? [] : [`${name}: ${problem}`];
      }),
    ).toEqual([]);
    const sources = new Set(ROWS.map(({ scenario }) => scenario.source));
    // The rows of section 16, the directory, name addresses instead.
    const sections = Array.from({ length: 18 }, (_, i) => `§${i + 1}`).filter((each) => each !== '§16');
    expect(sections.filter((section) => !sources.has(section))).toEqual([]);
  });

  it('refuses an invalid source', () => {
    expect(problemOfSource('§6')).toBeUndefined();
    expect(problemOfSource('https://developers.google.com/workspace/drive/api/guides/delete')).toBeUndefined();
    for (const source of ['', '§99', '§6 Chunks', 'http://example.com/', 'https://', 'our notes', undefined])
      expect(problemOfSource(source)).toEqual(expect.any(String));
  });

  it('uses {now} and similar names for times in every row that also runs against Google', () => {
    const live = ROWS.filter((row) => whyNotLive(row, true) === undefined);
    expect(
      live.filter(({ scenario }) => JSON.stringify(scenario).includes('2030-01-0')).map(({ name }) => name),
    ).toEqual([]);
  });

  it('gives each row a unique name, which is the key of its date', () => {
    const names = ROWS.map(({ name }) => name);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
    const { rows, answers } = readVerified();
    const stored = Object.entries(rows).flatMap(([area, titles]) => Object.keys(titles).map((t) => `${area}: ${t}`));
    const questions = [...Object.keys(SWITCHES), ...names, RATE_QUESTION];
    expect(stored.filter((name) => !names.includes(name))).toEqual([]);
    expect(Object.keys(answers).filter((question) => !questions.includes(question))).toEqual([]);
  });
});
