import { BEGINNING, PEOPLE, type Person, type Request, type Scenario } from './scenario.ts';
import { ROWS } from './scenarios.ts';
import { problemOfSource } from './sources.ts';
import { readVerified } from './verified.ts';
import { COMMON_ERRORS } from '../http/endpoint.ts';
import { ERRORS, type ErrorName, type ErrorRow } from '../http/error-catalogue.ts';
import { ENDPOINTS, routeOf } from '../http/routes.ts';
import { SWITCHES } from '../faults/switches.ts';
import { TestSandbox, text, type Answer, type Ask, type Json } from '../testing/test-client.ts';

/** What a scenario has kept so far, and how `{name}` is replaced by it, in texts and in all that holds texts. */
class Kept {
  private readonly values = new Map<string, string>();

  set(name: string, value: string): void {
    this.values.set(name, value);
  }

  fill<T>(value: T): T {
    if (typeof value === 'string')
      return value.replace(/\{([\w -]+)\}/g, (whole, name: string) => this.values.get(name) ?? whole) as T;
    if (Array.isArray(value)) return value.map((each: unknown) => this.fill(each)) as T;
    if (Buffer.isBuffer(value)) return Buffer.from(this.fill(value.toString('latin1')), 'latin1') as T;
    if (value === null || typeof value !== 'object' || value instanceof RegExp) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, this.fill(inner as unknown)])) as T;
  }
}

function at(json: unknown, path: string): unknown {
  let here = json;
  for (const part of path.split('>')) here = (here as Json | undefined)?.[part];
  return here;
}

const reasonOf = (name: ErrorName): string => (ERRORS[name] as ErrorRow)[2]?.reason ?? name;

describe('conformance', () => {
  let test: TestSandbox;
  let now = BEGINNING;
  const tokens = new Map<string, string>();
  const asked = new Set<string>();
  const unlisted = new Set<string>();

  beforeAll(async () => {
    test = await TestSandbox.start({ accounts: Object.values(PEOPLE), now: () => now });
  });
  afterAll(() => test.close());

  async function tokenOf(person: Person, scopes?: string[]): Promise<string | undefined> {
    if (person === 'nobody') return undefined;
    const key = `${person} ${scopes?.join(' ')}`;
    const known = tokens.get(key);
    if (known !== undefined) return known;
    const token = await test.token(PEOPLE[person], scopes ? { scopes } : {});
    tokens.set(key, token);
    return token;
  }

  async function ask(step: Request, kept: Kept): Promise<void> {
    const [, method = '', address = ''] = /^(\w+) (.*)$/s.exec(kept.fill(step.ask)) ?? [];
    const path = /^(\/|https?:)/.test(address) ? address : `/drive/v3/${address}`;
    const url = new URL(path, test.sandbox.url);
    asked.add(routeOf(method, url.pathname, url.searchParams)?.operation ?? url.pathname);
    const token = await tokenOf(step.as ?? 'alice', step.scopes);
    const body = step.form ? new URLSearchParams(kept.fill(step.form)) : kept.fill(step.body);
    const request: Ask = {
      ...(token === undefined ? {} : { token }),
      headers: kept.fill(step.headers ?? {}),
      ...(body === undefined ? {} : { body }),
    };
    const answer = await test.ask(method, url.href, request);
    try {
      check(answer, kept.fill(step));
    } catch (error) {
      (error as Error).message =
        `${kept.fill(step.ask)}\n${answer.status} ${answer.text.slice(0, 600)}\n${(error as Error).message}`;
      throw error;
    }
    for (const [name, where] of Object.entries(step.keep ?? {})) {
      const header = /^header:(.*)$/.exec(where)?.[1];
      const parameter = /^location\?(.*)$/.exec(where)?.[1];
      const value =
        header !== undefined
          ? answer.headers[header]
          : parameter !== undefined
            ? new URL(text(answer.headers['location'])).searchParams.get(parameter)
            : at(answer.json, where);
      kept.set(name, text(value));
    }
  }

  function check(answer: Answer, step: Request): void {
    expect(answer.status).toBe(step.status);
    if (step.error) {
      const { errors, code, message } = (answer.json['error'] ?? {}) as unknown as {
        errors: object[];
        code: number;
        message: string;
      };
      expect(code).toBe(step.status);
      // Errors of credentials have a longer sentence at the top.
      const said = step.status === 401 ? expect.any(String) : message;
      expect(errors).toEqual([
        expect.objectContaining({ message: said, domain: expect.any(String) as unknown, ...step.error }),
      ]);
    }
    if (step.json) expect(answer.json).toMatchObject(step.json);
    if (step.exactly) expect(answer.json).toEqual(step.exactly);
    if (typeof step.text === 'string') expect(answer.text).toBe(step.text);
    else if (step.text) expect(answer.text).toMatch(step.text);
    for (const [name, value] of Object.entries(step.answers ?? {}))
      if (typeof value === 'string') expect(answer.headers[name]).toBe(value);
      else expect(answer.headers[name]).toMatch(value);
    for (const name of step.absent ?? []) expect(answer.json).not.toHaveProperty([name]);
  }

  it.each(ROWS.map(({ name, scenario }): [string, Scenario] => [name, scenario]))(
    '%s',
    async (_name, { steps, switches, limits }) => {
      now = BEGINNING;
      await test.ask('POST', '/__sandbox/reset', { body: {} });
      tokens.clear();
      if (switches ?? limits) await test.behave({ ...(switches ? { switches } : {}), ...(limits ? { limits } : {}) });
      const kept = new Kept();
      kept.set('home', 'root');
      for (const step of steps) {
        if ('advance' in step) {
          now += step.advance;
          // Access tokens live for an hour only.
          tokens.clear();
        } else {
          await ask(step, kept);
        }
      }
      for (const { operation, verdict, path, fault } of await test.control.log({ status: '4xx' })) {
        const endpoint = ENDPOINTS[operation];
        if (!endpoint || operation.startsWith('oauth.') || fault !== undefined || verdict === 'refused') continue;
        const listed = [...endpoint.errors, ...COMMON_ERRORS].map(reasonOf);
        if (!listed.includes(verdict)) unlisted.add(`${operation} does not list ${verdict} (${path})`);
      }
    },
  );

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

  it('gives each row a name of its own, which is what dates are stored under', () => {
    const names = ROWS.map(({ name }) => name);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
    const { rows, answers } = readVerified();
    const stored = Object.entries(rows).flatMap(([area, titles]) => Object.keys(titles).map((t) => `${area}: ${t}`));
    const questions = [...Object.keys(SWITCHES), ...names];
    expect(stored.filter((name) => !names.includes(name))).toEqual([]);
    expect(Object.keys(answers).filter((question) => !questions.includes(question))).toEqual([]);
  });
});
