import type { Exchange, Reply } from '../http/exchange.ts';
import type { Stats } from '../http/stats.ts';
import type { SandboxState } from '../sandbox-state.ts';
import type { Schema, Valid } from './schema.ts';

/** What the calls of the control API work with. */
export interface Control {
  state: SandboxState;
  stats: Stats;
  exchange: Exchange;
}

/** A call of the control API: its description, its input and its handler. */
export interface ControlCall {
  summary: string;
  description?: string;
  /** The body, or the query of a GET; a call without it takes no input. */
  input?: Schema;
  /** A valid body. */
  example?: object;
  /** The response to a success; `answerSchema` names its schema if the description has one. */
  answer: string;
  answerSchema?: string;
  /** The response has lines of JSON, or no content, instead of JSON. */
  answers?: 'lines' | 'nothing';
  handle: (control: Control, input: never) => Reply | Promise<Reply>;
}

/** Derives the type of a call's input from its schema. */
export function call<const S extends Schema = never>(
  row: Omit<ControlCall, 'input' | 'handle'> & {
    input?: S;
    handle: (control: Control, input: Valid<S>) => Reply | Promise<Reply>;
  },
): ControlCall {
  return row;
}

export function ok(json: Record<string, unknown>): Reply {
  return { status: 200, json };
}

/** A member of an object, unless it is undefined. */
export function optional<K extends string, V>(name: K, value: V | undefined): { [P in K]?: V } {
  return (value === undefined ? {} : { [name]: value }) as { [P in K]?: V };
}
