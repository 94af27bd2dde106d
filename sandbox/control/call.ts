import type { Exchange, Reply } from '../http/exchange.ts';
import type { Stats } from '../http/stats.ts';
import type { World } from '../world.ts';
import type { Schema, Valid } from './schema.ts';

/** What the calls of the control API work with. */
export interface Control {
  world: World;
  stats: Stats;
  exchange: Exchange;
}

/** One call of the control API: how it is described, what it takes, and what it does. */
export interface ControlCall {
  summary: string;
  description?: string;
  /** The body, or the query of a GET; none takes nothing. */
  input?: Schema;
  /** A body that makes sense. */
  example?: object;
  /** What a success answers; the content's schema where it is a part of the description. */
  answer: string;
  answerSchema?: string;
  /** Answers lines of JSON, or nothing, instead of JSON. */
  answers?: 'lines' | 'nothing';
  handle: (control: Control, input: never) => Reply | Promise<Reply>;
}

/** Has the compiler derive the type of a call's input from its schema. */
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
