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
  const unlisted = new Set<string>();

  beforeAll(async () => {
    fresh = await FreshSandbox.start((method, url) => {
      asked.add(routeOf(method, url.pathname, url.searchParams)?.operation ?? url.pathname);
    });
    control = new SandboxClient(fresh.sandbox.url);
  });
  afterAll(() => fresh.close());

  it.each(ROWS.map(({ name, scenario }): [string, Scenario] => [name, scenario]))('%s', async (_name, scenario) => {
    await fresh.begin(scenario);
    const outcome = await play(scenario, fresh);
    if (!outcome.holds) throw new Error([outcome.step, ...outcome.differences.map(lineOf)].join('\n'));
    for (const { operation, verdict, path, fault } of await control.log({ status: '4xx' })) {
      const endpoint = ENDPOINTS[operation];
      if (!endpoint || operation.startsWith('oauth.') || fault !== undefined || verdict === 'refused') continue;
      const listed = [...endpoint.errors, ...COMMON_ERRORS].map(reasonOf);
      if (!listed.includes(verdict)) unlisted.add(`${operation} does not list ${verdict} (${path})`);
    }
  });

  it('answers with no error that the row of its endpoint does not list', () => {
    expect([...unlisted]).toEqual([]);
  });

  it('covers every endpoint that the sandbox has', () => {
    expect(Object.keys(ENDPOINTS).filter((operation) => !asked.has(operation))).toEqual([]);
  });

  it('shows every answer to every open question', () => {
    const shown = new Set(
      ROWS.flatMap(({ scenario: { switches = {} } }) =>
        Object.entries(switches).map(([name, value]) => `${name}=${value}`),
      ),
    );
    const possible = Object.entries(SWITCHES).flatMap(([name, answers]) => answers.map((each) => `${name}=${each}`));
    expect(possible.filter((each) => !shown.has(each))).toEqual([]);
  });

  it('names a source that a reader can open in every row, and every section has a row', () => {
    expect(
      ROWS.flatMap(({ name, scenario }) => {
        const problem = problemOfSource(scenario.source);
        return problem === undefined ? [] : [`${name}: ${problem}`];
      }),
    ).toEqual([]);
    const sources = new Set(ROWS.map(({ scenario }) => scenario.source));
    // Sections 14 and 16 to 18 are of APIs and prices whose rows have addresses as well.
    expect(Array.from({ length: 13 }, (_, i) => `§${i + 1}`).filter((section) => !sources.has(section))).toEqual([]);
  });

  it('refuses a source that nobody can open', () => {
    expect(problemOfSource('§6')).toBeUndefined();
    expect(problemOfSource('https://developers.google.com/workspace/drive/api/guides/delete')).toBeUndefined();
    for (const source of ['', '§99', '§6 Chunks', 'http://example.com/', 'https://', 'our notes', undefined])
      expect(problemOfSource(source)).toEqual(expect.any(String));
  });

  it('names the present as {now} and the like in every row that also runs against Google', () => {
    const live = ROWS.filter((row) => whyNotLive(row, true) === undefined);
    expect(
      live.filter(({ scenario }) => JSON.stringify(scenario).includes('2030-01-0')).map(({ name }) => name),
    ).toEqual([]);
  });

  it('gives each row a name of its own, which is what dates are stored under', () => {
    const names = ROWS.map(({ name }) => name);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
    const { rows, answers } = readVerified();
    const stored = Object.entries(rows).flatMap(([area, titles]) => Object.keys(titles).map((t) => `${area}: ${t}`));
    const questions = [...Object.keys(SWITCHES), ...names, RATE_QUESTION];
    expect(stored.filter((name) => !names.includes(name))).toEqual([]);
    expect(Object.keys(answers).filter((question) => !questions.includes(question))).toEqual([]);
  });
});
