import type { ChainableCommander } from 'ioredis';
import type { RedisClient } from './redis-connections.js';

/**
 * How Lua gets an argument. `number`: as a Lua number; `flag`: as true or false; `text`: unchanged, numbers as digits.
 */
type ArgumentKind = 'text' | 'number' | 'flag';
export type Value = string | number | Buffer;

type ArgumentsOf<Kinds extends Readonly<Record<string, ArgumentKind>>, Columns extends readonly string[]> = {
  readonly [Name in keyof Kinds]: Kinds[Name] extends 'flag' ? boolean : Kinds[Name] extends 'number' ? number : Value;
} & (Columns['length'] extends 0 ? unknown : { readonly rows: readonly Readonly<Record<Columns[number], Value>>[] });

/** How a script writes its reply, and how it is read. */
interface Reply<Result> {
  /** Lua before the script's body (locals that it may use), and after it. */
  readonly lua?: string;
  readonly end?: string;
  read(reply: unknown): Result;
}

/** A reply that is one of several names: `return NAME`. */
export const oneOf = <Name extends string>(...names: readonly Name[]): Reply<Name> => ({
  lua: `local ${names.join(', ')} = ${names.map((_, code) => code).join(', ')}`,
  read: (code) => names[code as number]!,
});

/** A reply with several values: the locals of these names at the end of the script; none may be nil. */
export const fields = <Result extends object>(...names: readonly (keyof Result & string)[]): Reply<Result> => ({
  end: `return { ${names.join(', ')} }`,
  read: (reply) => {
    const result: Record<string, unknown> = {};
    for (const [index, name] of names.entries()) result[name] = (reply as unknown[])[index];
    return result as Result;
  },
});

/** As `fields`, for a script that returns the list itself, wherever it ends: `return { a, b }`. */
export const listed = <Result extends object>(...names: readonly (keyof Result & string)[]): Reply<Result> => ({
  ...fields<Result>(...names),
  end: '',
});

/** A reply that is a number, or this name if there is none: `return NAME`. */
export const numberOr = <Name extends string>(name: Name): Reply<number | Name> => ({
  lua: `local ${name} = false`, // Redis replies null for false
  read: (reply) => (reply === null ? name : (reply as number)),
});

/** A reply as Redis sends it. */
export const plain = <Result>(): Reply<Result> => ({ read: (reply) => reply as Result });

/** A Lua script that Redis keeps by its SHA. */
export interface Script<Key extends string, Arguments, Result> {
  readonly name: string;
  readonly keys: readonly Key[];
  readonly lua: string;
  /** Strings in the reply are Buffers. */
  readonly inBytes: boolean;
  /** The values for its command: keys, then arguments. */
  readonly valuesFor: (keyOf: Readonly<Record<Key, string>>, args: Arguments) => Value[];
  readonly decode: (reply: unknown) => Result;
}

/** The scripts of this process by name. */
const defined = new Map<string, string>();

/**
 * Defines a script whose body uses names instead of positions:
 * - `keys`: each is a local; a `-` in it becomes `_`. All must have the same hash tag.
 * - `args`: each is a local.
 * - `columns`: those of the rows after the arguments: `for a, b in rows() do`.
 * - `parts`: functions that several scripts share; they can use the keys.
 * @param name of the command on connections; must be unique
 */
export function script<
  Key extends string,
  Result,
  const Kinds extends Readonly<Record<string, ArgumentKind>> = Readonly<Record<never, ArgumentKind>>,
  const Columns extends readonly string[] = readonly [],
>(
  name: string,
  of: {
    readonly keys: readonly Key[];
    readonly args?: Kinds;
    readonly columns?: Columns;
    readonly parts?: readonly string[];
    readonly reply: Reply<Result>;
    readonly inBytes?: boolean;
    readonly lua: string;
  },
): Script<Key, ArgumentsOf<Kinds, Columns>, Result> {
  const { columns = [] as const } = of;
  const args = Object.entries<ArgumentKind>(of.args ?? {});
  const lua = [
    locals(of.keys.map(localOf), (index) => `KEYS[${index}]`),
    ...(of.parts ?? []),
    locals(
      args.map(([arg]) => arg),
      (index) => inLua(args[index - 1]![1], index),
    ),
    columns.length > 0 ? iterator(args.length + 1, columns.length) : '',
    of.reply.lua ?? '',
    of.lua,
    of.reply.end ?? '',
  ];
  const text = lua.filter(Boolean).join('\n');
  // A connection has one command of a name: the second script would run in place of the first one.
  if ((defined.get(name) ?? text) !== text) throw new Error(`Two scripts are called ${name}.`);
  defined.set(name, text);
  return {
    name,
    keys: of.keys,
    lua: text,
    inBytes: of.inBytes ?? false,
    valuesFor: (keyOf, given) => {
      const values: Value[] = [];
      for (const key of of.keys) values.push(keyOf[key]);
      const named = given as Readonly<Record<string, Value | boolean>>;
      for (const [name] of args) {
        const value = named[name]!;
        values.push(typeof value === 'boolean' ? +value : value);
      }
      if (columns.length === 0) return values;
      for (const row of (given as { rows: readonly Readonly<Record<string, Value>>[] }).rows)
        for (const column of columns) values.push(row[column]!);
      return values;
    },
    decode: (reply) => of.reply.read(reply),
  };
}

/** The local of a key. */
export const localOf = (key: string): string => key.replace('-', '_');

const locals = (names: readonly string[], value: (index: number) => string): string =>
  names.length > 0 ? `local ${names.join(', ')} = ${names.map((_, index) => value(index + 1)).join(', ')}` : '';

function inLua(kind: ArgumentKind, index: number): string {
  if (kind === 'flag') return `ARGV[${index}] == '1'`;
  return kind === 'number' ? `tonumber(ARGV[${index}])` : `ARGV[${index}]`;
}

function iterator(first: number, width: number): string {
  const row = Array.from({ length: width }, (_, column) => `ARGV[at + ${column}]`);
  return `local function rows()
  local at = ${first - width}
  return function() at = at + ${width} return ${row.join(', ')} end
end`;
}

/** A part of scripts: the clock that all processes share, in milliseconds since 1970 with a fraction. */
export const REDIS_CLOCK = `
local function redis_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + time[2] / 1000
end`;

// oxlint-disable-next-line typescript/no-explicit-any -- scripts of any arguments and results
export type AnyScript = Script<string, any, unknown>;

/** Defines scripts on a connection and its pipelines. */
export function defineScripts(redis: Pick<RedisClient, 'defineCommand'>, scripts: Iterable<AnyScript>): void {
  for (const { name, keys, lua } of scripts) redis.defineCommand(name, { numberOfKeys: keys.length, lua });
}

type Commands = Readonly<Record<string, (...values: Value[]) => Promise<unknown>>>;

/** Runs a script that is defined on the connection. @param keyOf the key for each name */
export function run<Key extends string, Arguments, Result>(
  redis: RedisClient,
  { name, inBytes, valuesFor, decode }: Script<Key, Arguments, Result>,
  keyOf: Readonly<Record<Key, string>>,
  args: Arguments,
): Promise<Result> {
  const command = inBytes ? `${name}Buffer` : name;
  return (redis as unknown as Commands)[command]!(...valuesFor(keyOf, args)).then(decode);
}

/** Adds a script to a pipeline; the script's `decode` reads its reply. */
export function queue<Key extends string, Arguments>(
  pipeline: ChainableCommander,
  { name, valuesFor }: Script<Key, Arguments, unknown>,
  keyOf: Readonly<Record<Key, string>>,
  args: Arguments,
): void {
  void (pipeline as unknown as Commands)[name]!(...valuesFor(keyOf, args));
}
