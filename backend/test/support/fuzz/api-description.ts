import { Ajv, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';

/** The part of OpenAPI 3.0 that our document uses. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly allOf?: readonly Schema[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}
export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: Schema;
}
interface Media {
  readonly schema?: Schema;
}
interface Response {
  readonly description?: string;
  readonly content?: Readonly<Record<string, Media>>;
}
export interface Operation {
  readonly method: string;
  /** With `{parameters}`. */
  readonly path: string;
  /** Method and path. */
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly body?: Schema;
  readonly responses: Readonly<Record<string, Response>>;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
}
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

/** The request that a response is checked for. */
export interface Asked {
  readonly operation: Operation;
  /** The encoded path is not a path of this operation. */
  readonly leadsElsewhere: boolean;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, RawOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}
interface RawOperation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
  readonly responses: Operation['responses'];
  readonly security?: Operation['security'];
}

/** The API in `openapi.json`; checks responses. */
export class ApiDescription {
  readonly operations: readonly Operation[];
  private readonly ajv = new Ajv({ strict: false, allErrors: true });
  private readonly validators = new Map<Schema, ValidateFunction>();

  constructor(private readonly document: Document) {
    formats.default(this.ajv);
    this.ajv.addSchema(strictly({ components: document.components }) as object, 'api');
    this.operations = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([verb, raw]) => {
        const method = verb.toUpperCase();
        const body = raw.requestBody?.content['application/json']?.schema;
        return {
          method,
          path,
          name: `${method} ${path}`,
          parameters: raw.parameters ?? [],
          ...(body && { body }),
          responses: raw.responses,
          security: raw.security ?? [],
        };
      }),
    );
  }

  /** The schema behind a reference. */
  resolve(schema: Schema): Schema {
    const target = schema.$ref ?? (schema.allOf?.length === 1 ? schema.allOf[0]?.$ref : undefined);
    const found = target && this.document.components.schemas[target.slice('#/components/schemas/'.length)];
    return found ? this.resolve(found) : schema;
  }

  /** Describes what is wrong with a response; undefined if it matches the description. */
  judge({ operation, leadsElsewhere }: Asked, answer: Answer): string | undefined {
    const { status, contentType, text } = answer;
    if (status >= 500) return `${status}: ${text.slice(0, 500)}`;
    // A path with an empty segment is another address.
    if (leadsElsewhere && status === 404) return undefined;
    const described = operation.responses[String(status)];
    if (!described) return `status ${status} is not described: ${text.slice(0, 300)}`;
    if (!described.content) return undefined;
    const type = contentType.split(';', 1)[0] ?? '';
    const media = described.content[type];
    if (!media) return `${status} as "${type}" is not described`;
    if (!/json$/.test(type) || !media.schema) return undefined;
    if (type === 'application/x-ndjson') return brokenLine(text);
    const valid = this.validator(media.schema);
    const body = JSON.parse(text) as { status?: unknown; code?: unknown };
    if (!valid(body))
      return `${status} is not as described: ${this.ajv.errorsText(valid.errors)}: ${text.slice(0, 300)}`;
    if (type === 'application/problem+json') {
      if (body.status !== status) return `the problem says ${String(body.status)}, the answer ${status}`;
      if (!described.description?.includes(`\`${String(body.code)}\``))
        return `${status} with code ${String(body.code)} is not described: ${text.slice(0, 300)}`;
    }
    return undefined;
  }

  private validator(schema: Schema): ValidateFunction {
    const known = this.validators.get(schema);
    if (known) return known;
    const made = this.ajv.compile(strictly(schema) as object);
    this.validators.set(schema, made);
    return made;
  }
}

/** OpenAPI 3.0 describes a stream of lines as one text; each line must be JSON. */
function brokenLine(text: string): string | undefined {
  try {
    for (const line of text.split('\n')) if (line !== '') JSON.parse(line);
    return undefined;
  } catch (error) {
    return `a line is no JSON: ${String(error)}`;
  }
}

/**
 * Converts a schema of OpenAPI 3.0 to JSON Schema: `nullable` becomes a union, references point into the added
 * document, and undescribed properties are refused.
 */
function strictly(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(strictly);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { nullable, example, ...rest } = schema as Record<string, unknown>;
  void example;
  const out: Record<string, unknown> = Object.fromEntries(
    Object.entries(rest).map(([name, value]) => [
      name,
      name === '$ref' && typeof value === 'string' ? `api${value}` : strictly(value),
    ]),
  );
  if (out['type'] === 'object' && out['properties'] && out['additionalProperties'] === undefined)
    out['additionalProperties'] = false;
  return nullable === true ? { anyOf: [{ type: 'null' }, out] } : out;
}
