import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** The environment is not valid. The message names each variable and the fix, never a value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** The environment; empty values count as missing, because Docker Compose passes them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A setting: its variable and schema. */
interface Setting<Schema extends z.ZodType = z.ZodType> {
  readonly variable: string;
  readonly schema: Schema;
  /** It can also be set with `NAME_FILE`, the path of a file that contains it (Docker and Kubernetes secrets). */
  readonly isSecret: boolean;
  /** What to set it to, if it has no default. */
  readonly hint: string;
}

type Settings = Readonly<Record<string, Setting>>;
/** The values of settings by name. */
type Values<All extends Settings> = { readonly [Name in keyof All]: z.output<All[Name]['schema']> };

export const setting = <Schema extends z.ZodType>(variable: string, schema: Schema): Setting<Schema> => ({
  variable,
  schema,
  isSecret: false,
  hint: 'a value',
});

export const secret = <Schema extends z.ZodType>(
  variable: string,
  schema: Schema,
  hint = 'a value',
): Setting<Schema> => ({ variable, schema, isSecret: true, hint });

type Groups = Readonly<Record<string, Settings>>;

/**
 * Reads and checks groups of settings.
 * @throws ConfigError that names every missing or wrong variable
 */
export function readGroups<All extends Groups>(
  groups: All,
  env: Environment,
): { readonly [Name in keyof All]: Values<All[Name]> } {
  const problems: string[] = [];
  const read = ({ variable, schema, isSecret, hint }: Setting): unknown => {
    const text = (isSecret ? secretIn(env, variable) : env[variable]) || undefined;
    const { success, data, error } = schema.safeParse(text);
    if (success) return data;
    problems.push(
      text === undefined
        ? `${variable} is missing: set it (or ${variable}_FILE) to ${hint}.`
        : `${variable} ${error.issues[0]!.message}.`,
    );
    return undefined;
  };
  const values = mapped(groups, (settings) => mapped(settings, read));
  if (problems.length > 0) throw new ConfigError(problems.join('\n'));
  return values as { readonly [Name in keyof All]: Values<All[Name]> };
}

const mapped = <From, To>(record: Readonly<Record<string, From>>, to: (value: From) => To): Record<string, To> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, to(value)]));

function secretIn(env: Environment, name: string): string | undefined {
  const path = env[`${name}_FILE`];
  if (!path) return env[name];
  if (env[name]) throw new ConfigError(`${name} and ${name}_FILE are both set: keep one of them.`);
  return fileContent(`${name}_FILE`, path);
}

/** The text of the file that a variable names. @throws ConfigError */
export function fileContent(variable: string, path: string): string {
  try {
    const text = readFileSync(path, 'utf8').trim();
    if (text) return text;
  } catch (error) {
    // The message omits the path, which may be a secret that was pasted into the wrong variable.
    throw new ConfigError(`${variable} names a file that cannot be read: check the path and its permissions.`, {
      cause: error,
    });
  }
  throw new ConfigError(`${variable} names an empty file: put the secret into it.`);
}

// Schemas that several settings share. Their messages follow the variable's name.

export const urlOf = (protocol: RegExp, example: string) =>
  z.url({ protocol, error: `must be a URL such as ${example}` }).transform((value) => value.replace(/\/+$/, ''));

export const webUrl = urlOf(/^https?$/, 'https://mover.example.com');

export const whole = (from: number, to: number, error: string) =>
  z
    .string()
    .regex(/^\d{1,15}$/, error)
    .transform(Number)
    .refine((value) => value >= from && value <= to, error);

export const onOff = (standard: 'on' | 'off' = 'on', error = 'must be on or off') =>
  z.enum(['on', 'off'], error).default(standard).transform(isOn);

const isOn = (value: 'on' | 'off'): boolean => value === 'on';
