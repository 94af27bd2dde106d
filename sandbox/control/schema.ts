import { EMAIL } from '../directory/directory.ts';
import { SandboxUsageError } from '../http/errors.ts';

interface Described {
  readonly description?: string;
  readonly default?: unknown;
}

/** Formats of texts, with JSON Schema's names. A domain has a dot, so that an address or a word is not taken for one. */
const FORMATS = {
  email: { wanted: 'an e-mail address', fits: (text: string) => EMAIL.test(text) },
  hostname: { wanted: 'a domain', fits: (text: string) => /^[^@\s/.]+(\.[^@\s/.]+)+$/.test(text) },
  uri: { wanted: 'an absolute URL', fits: (text: string) => URL.canParse(text) },
} as const;

interface ObjectSchema extends Described {
  readonly type: 'object';
  readonly required?: readonly string[];
  readonly properties: Readonly<Record<string, Schema>>;
}

/** The subset of JSON Schema for the input of the control API, which is checked against it and described by it. */
export type Schema =
  | (Described & { readonly type: 'string'; readonly enum?: readonly string[]; readonly format?: keyof typeof FORMATS })
  | (Described & { readonly type: readonly ['string', 'null'] })
  | (Described & { readonly type: 'number' | 'integer'; readonly minimum?: number })
  | (Described & { readonly type: 'boolean' })
  | (Described & { readonly type: 'array'; readonly items: Schema })
  | (Described & { readonly oneOf: readonly Schema[] })
  /** A part of the description; the handler checks the value. */
  | { readonly $ref: string }
  /** An object whose handler checks its fields. */
  | (Described & { readonly type: 'object'; readonly properties?: never })
  | ObjectSchema;

type RequiredNames<S> = S extends { required: readonly (infer Name)[] } ? Name : never;

/** The type of a value that has passed a schema. Inputs have at most seven levels, which ends the recursion of types. */
export type Valid<S, Depth extends 0[] = []> = Depth['length'] extends 8
  ? unknown
  : S extends { enum: readonly (infer Value)[] }
    ? Value
    : S extends { type: infer Type extends keyof Simple }
      ? Simple[Type]
      : S extends { type: readonly ['string', 'null'] }
        ? string | null
        : S extends { type: 'array'; items: infer Item }
          ? Valid<Item, [...Depth, 0]>[]
          : S extends { oneOf: readonly (infer Choice)[] }
            ? Valid<Choice, [...Depth, 0]>
            : S extends { properties: infer Properties }
              ? {
                  [Name in keyof Properties & RequiredNames<S>]: Valid<Properties[Name], [...Depth, 0]>;
                } & {
                  [Name in Exclude<keyof Properties, RequiredNames<S>>]?:
                    | Valid<Properties[Name], [...Depth, 0]>
                    | undefined;
                }
              : Record<string, unknown>;

interface Simple {
  string: string;
  number: number;
  integer: number;
  boolean: boolean;
}

/**
 * Checks the body or query of a call. A field that is `null` counts as omitted, unless `null` has a meaning.
 * @throws SandboxUsageError that names the field at fault and what it must be
 */
export function readInput(schema: Schema | undefined, given: Record<string, unknown>): Record<string, unknown> {
  // A call that takes no input must not accept what it would ignore.
  if (!schema) checkInput({ type: 'object', properties: {} }, given);
  if (!schema || !isObjectSchema(schema)) return given;
  checkInput(schema, given);
  return Object.fromEntries(
    Object.entries(given).filter(([name, value]) => value !== null || takesNull(schema.properties[name]!)),
  );
}

/** The fields of a query as the types of the schema; a value that does not have its type stays a text, for `readInput` to refuse. */
export function valuesOf(schema: Schema | undefined, query: URLSearchParams): Record<string, unknown> {
  const properties = schema && isObjectSchema(schema) ? schema.properties : {};
  return Object.fromEntries(
    [...query].map(([name, value]): [string, unknown] => {
      const field = Object.hasOwn(properties, name) ? properties[name] : undefined;
      const type = field && 'type' in field ? field.type : 'string';
      if (type === 'boolean' && /^(true|false)$/.test(value)) return [name, value === 'true'];
      if ((type === 'integer' || type === 'number') && /^-?\d+$/.test(value)) return [name, Number(value)];
      return [name, value];
    }),
  );
}

export function isObjectSchema(schema: Schema): schema is ObjectSchema {
  return 'properties' in schema && schema.properties !== undefined;
}

/**
 * Checks a value.
 * @param at the name of the field; none for the body itself
 * @throws SandboxUsageError that names the field at fault and what it must be
 */
export function checkInput(schema: Schema, value: unknown, at = ''): void {
  if ('$ref' in schema) return;
  if ('oneOf' in schema) return checkChoice(schema.oneOf, value, at);
  const refuse = () => new SandboxUsageError(`${at || 'The body'} must be ${wanted(schema)}.`);
  switch (schema.type) {
    case 'string':
      if (typeof value !== 'string' || (schema.enum && !schema.enum.includes(value))) throw refuse();
      if (schema.format !== undefined && !FORMATS[schema.format].fits(value)) throw refuse();
      return;
    case 'number':
    case 'integer':
      if (typeof value !== 'number' || !Number.isFinite(value) || value < (schema.minimum ?? -Infinity)) throw refuse();
      if (schema.type === 'integer' && !Number.isSafeInteger(value)) throw refuse();
      return;
    case 'boolean':
      if (typeof value !== 'boolean') throw refuse();
      return;
    case 'array':
      if (!Array.isArray(value)) throw refuse();
      value.forEach((each, i) => checkInput(schema.items, each, `${at}[${i}]`));
      return;
    case 'object':
      if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse();
      if (isObjectSchema(schema)) checkFields(schema, value as Record<string, unknown>, at && `${at}.`);
      return;
    default:
      if (value !== null && typeof value !== 'string') throw refuse();
  }
}

function checkFields(
  { properties, required = [] }: ObjectSchema,
  value: Record<string, unknown>,
  prefix: string,
): void {
  for (const name of Object.keys(value))
    if (!Object.hasOwn(properties, name))
      throw new SandboxUsageError(
        `There is no field ${prefix}${name}; there is ${Object.keys(properties).join(', ') || 'none'}.`,
      );
  for (const [name, schema] of Object.entries(properties)) {
    const given = value[name];
    const isMissing = given === undefined || (given === null && !takesNull(schema)) || given === '';
    if (isMissing && required.includes(name))
      throw new SandboxUsageError(`${prefix}${name} is missing; it must be ${wanted(schema)}.`);
    if (given !== undefined && (given !== null || takesNull(schema))) checkInput(schema, given, `${prefix}${name}`);
  }
}

const takesNull = (schema: Schema): boolean => 'type' in schema && Array.isArray(schema.type);

function checkChoice(choices: readonly Schema[], value: unknown, at: string): void {
  // The choice with the value's type gives the most helpful error.
  const kind = Array.isArray(value) ? 'array' : typeof value;
  const isKind = (choice: Schema): boolean => 'type' in choice && choice.type === kind;
  checkInput(choices.find(isKind) ?? choices[0]!, value, at);
}

/** A description of valid values, for messages. */
function wanted(schema: Schema): string {
  if ('$ref' in schema) return 'an object';
  if ('oneOf' in schema) return schema.oneOf.map(wanted).join(', or ');
  switch (schema.type) {
    case 'string':
      if (schema.format !== undefined) return FORMATS[schema.format].wanted;
      return schema.enum ? `one of ${schema.enum.join(', ')}` : 'a text';
    case 'number':
    case 'integer': {
      const kind = schema.type === 'integer' ? 'a whole number' : 'a number';
      return schema.minimum === undefined ? kind : `${kind} from ${schema.minimum} on`;
    }
    case 'boolean':
      return 'true or false';
    case 'array':
      return `a list of ${plural(schema.items)}`;
    case 'object':
      return isObjectSchema(schema) ? `an object with ${Object.keys(schema.properties).join(', ')}` : 'an object';
    default:
      return 'a text, or null';
  }
}

function plural(items: Schema): string {
  if (isObjectSchema(items)) return `{${Object.keys(items.properties).join(', ')}}`;
  const kind = 'oneOf' in items ? items.oneOf[0]! : items;
  return 'type' in kind && kind.type === 'string' ? 'texts' : 'such values';
}
