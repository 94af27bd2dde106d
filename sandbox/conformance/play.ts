import { type Answer, type Ask, type Json } from './send.ts';
import { differences, type Difference, type Present } from './match.ts';
import type { Person, Request, Scenario } from './scenario.ts';

/** The server that a row runs against: its own sandbox, or Google. */
export interface Server {
  /** Predefined values, such as `home`; undefined for unknown names. */
  valueOf(name: string, person: Person): string | undefined;
  /** Replaces the addresses of people in rows with real ones. */
  withRealPeople(text: string): string;
  /** The current time in responses. */
  present(): Present;
  /** @param step the request, before names are replaced */
  send(step: Request, method: string, address: string, ask: Ask): Promise<Answer>;
  advance(ms: number): void;
  /** After a difference: waits before a repetition and resolves to the time; undefined if repeating is useless. */
  mayAskAgain(step: Request, answer: Answer, waitedMs: number): Promise<number | undefined>;
}

export type Outcome =
  | { holds: true; observed: Record<string, unknown> }
  | { holds: false; step: string; differences: Difference[]; observed: Record<string, unknown> };

/** Runs the steps of a row in order, up to the first one that differs. */
export async function play({ steps, switches }: Scenario, server: Server): Promise<Outcome> {
  const kept = new Kept(server);
  // The response to deletions is a separate question, so rows accept both answers.
  const eitherDeletion = switches?.['deleteAnswer'] === undefined;
  const observed: Record<string, unknown> = {};
  for (const step of steps.flat()) {
    if ('advance' in step) {
      server.advance(step.advance);
      continue;
    }
    const { answer, found, waitedMs } = await ask(step, kept, server, eitherDeletion);
    for (const [name, where] of Object.entries(step.observe ?? {}))
      observed[name] = where === 'waited' ? waitedMs : (valueAt(answer, where) ?? 'nothing');
    if (found.length === 0) found.push(...kept.keep(step, answer));
    if (found.length > 0) return { holds: false, step: step.ask, differences: found, observed };
  }
  return { holds: true, observed };
}

async function ask(step: Request, kept: Kept, server: Server, eitherDeletion: boolean) {
  const person = step.as ?? 'alice';
  const filled = kept.fill(step, person);
  const [, method = '', address = ''] = /^(\w+) (.*)$/s.exec(filled.ask) ?? [];
  const body = filled.form ? new URLSearchParams(filled.form) : filled.body;
  const request: Ask = { headers: filled.headers ?? {}, ...(body === undefined ? {} : { body }) };
  const path = /^(\/|https?:)/.test(address) ? address : `/drive/v3/${address}`;
  for (let waitedMs = 0; ;) {
    const received = await server.send(step, method, path, request);
    const answer = eitherDeletion && filled.status === 204 ? asNoContent(received) : received;
    const found = check(answer, filled, server.present());
    const wait = found.length > 0 ? await server.mayAskAgain(step, answer, waitedMs) : undefined;
    if (wait === undefined) return { answer, found, waitedMs };
    waitedMs += wait;
  }
}

/** Converts an empty object, the other response to a deletion, to no content. */
function asNoContent(answer: Answer): Answer {
  return answer.status === 200 && /^\{\s*\}\s*$/.test(answer.text) ? { ...answer, status: 204, text: '' } : answer;
}

/** Values that a row has kept so far; replaces `{name}` with them in texts, lists and objects. */
class Kept {
  private readonly values = new Map<string, string>();
  private readonly server: Server;

  constructor(server: Server) {
    this.server = server;
  }

  fill<T>(value: T, person: Person): T {
    if (typeof value === 'string') return this.server.withRealPeople(this.replaced(value, person)) as T;
    if (Array.isArray(value)) return value.map((each: unknown) => this.fill(each, person)) as T;
    if (Buffer.isBuffer(value)) return Buffer.from(this.fill(value.toString('latin1'), person), 'latin1') as T;
    if (value === null || typeof value !== 'object' || value instanceof RegExp) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [name, this.fill(inner as unknown, person)]),
    ) as T;
  }

  private replaced(text: string, person: Person): string {
    return text.replace(
      /\{([\w -]+)\}/g,
      (whole, name: string) => this.values.get(name) ?? this.server.valueOf(name, person) ?? whole,
    );
  }

  /** Keeps values for later steps; a missing one is a difference. */
  keep(step: Request, answer: Answer): Difference[] {
    return Object.entries(step.keep ?? {}).flatMap(([name, where]): Difference[] => {
      const value = valueAt(answer, where);
      if (typeof value !== 'string') return [{ at: where, expected: 'a text', got: value }];
      this.values.set(name, value);
      return [];
    });
  }
}

/** The value of a response at `status`, `header:x`, `location?code` or, in its JSON, `a>0>b`. */
function valueAt(answer: Answer, where: string): unknown {
  if (where === 'status') return answer.status;
  const header = /^header:(.*)$/.exec(where)?.[1];
  if (header !== undefined) return answer.headers[header];
  const parameter = /^location\?(.*)$/.exec(where)?.[1];
  if (parameter !== undefined) {
    const location = answer.headers['location'];
    return typeof location === 'string' ? new URL(location).searchParams.get(parameter) : undefined;
  }
  let here: unknown = answer.json;
  for (const part of where.split('>')) here = (here as Json | undefined)?.[part];
  return here;
}

function check(answer: Answer, step: Request, present: Present): Difference[] {
  const found: Difference[] = [];
  if (step.status !== 'any' && answer.status !== step.status) {
    found.push({ at: 'status', expected: step.status, got: answer.status });
    const said = answer.json['error']?.['errors']?.[0] ?? answer.json['error'];
    // With another status, the body differs too, so one line is enough.
    return said === undefined ? found : [...found, { at: 'error', expected: step.error, got: said }];
  }
  if (step.error) found.push(...errorDifferences(answer, step.error));
  if (step.json) found.push(...differences('body', step.json, answer.json, { exact: false, present }));
  if (step.exactly) found.push(...differences('body', step.exactly, answer.json, { exact: true, present }));
  if (step.text !== undefined) found.push(...textDifferences('text', step.text, answer.text));
  for (const [name, value] of Object.entries(step.answers ?? {}))
    found.push(...textDifferences(`header ${name}`, value, answer.headers[name]));
  for (const name of step.absent ?? [])
    if (name in answer.json) found.push({ at: `body>${name}`, expected: undefined, got: answer.json[name] });
  return found;
}

function errorDifferences(answer: Answer, expected: NonNullable<Request['error']>): Difference[] {
  const { errors, code, message } = (answer.json['error'] ?? {}) as Record<string, unknown>;
  const found: Difference[] = code === answer.status ? [] : [{ at: 'error>code', expected: answer.status, got: code }];
  const [first, ...more] = (Array.isArray(errors) ? errors : [undefined]) as (Record<string, unknown> | undefined)[];
  // Errors of credentials have a longer message at the top.
  const sentence = answer.status === 401 ? first?.['message'] : message;
  found.push(...differences('error', { message: sentence, ...expected }, first, { exact: false }));
  if (typeof first?.['domain'] !== 'string')
    found.push({ at: 'error>domain', expected: 'a text', got: first?.['domain'] });
  if (more.length > 0) found.push({ at: 'error', expected: 'one error', got: errors });
  return found;
}

function textDifferences(at: string, expected: string | RegExp, got: unknown): Difference[] {
  const fits = typeof expected === 'string' ? got === expected : typeof got === 'string' && expected.test(got);
  return fits ? [] : [{ at, expected, got }];
}
