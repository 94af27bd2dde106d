import type { OpenAPIObject } from '@nestjs/swagger';
import { PROBLEMS, type ProblemCode } from './problems.js';

/** Part of the description: Nest’s types of it are too narrow for what the rules change. */
interface Node {
  [key: string]: unknown;
}
export interface Schema {
  $ref?: string;
  type?: string;
  format?: string;
  pattern?: string;
  description?: string;
  maximum?: number;
  minItems?: number;
  minimum?: number;
  nullable?: boolean;
  default?: unknown;
  example?: unknown;
  enum?: unknown[];
  items?: Schema;
  allOf?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  required?: string[];
  properties?: Record<string, Schema>;
}
interface Media {
  schema?: Schema;
  examples?: Record<string, Node>;
}
interface Response {
  description?: string;
  headers?: Record<string, Node>;
  content?: Record<string, Media>;
}
export interface Operation {
  operationId: string;
  tags: string[];
  summary?: string;
  description?: string;
  security?: object[];
  parameters?: { name: string; in: string; required?: boolean; schema: Schema }[];
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, Response>;
}
export interface Description {
  tags: { name: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: Record<'schemas', Record<string, Schema>> & Partial<Record<'headers' | 'responses' | 'examples', Node>>;
}

const SCHEMAS = '#/components/schemas/';
const PROBLEM = 'application/problem+json';

/** Methods whose body Fastify reads, so that it can be too large, even if the handler has no body parameter. */
const WITH_BODY = ['post', 'put', 'patch', 'delete'];

/**
 * Completes the description that Nest makes of the controllers and DTOs, by rules that hold for all of them:
 *
 * - `transfers.create` (tag and method of the controller) and `Transfer` (without `Dto`) are the names in clients.
 * - A number is an integer, unless its `format` is `double` or its name ends in `PerSecond`.
 * - A text is a time if its name says so (`createdAt`, `since`, …) or its `format` is `date-time`.
 * - Text types such as CSV are text; operations without `security` are public.
 * - Each response has its headers and an example, made of the examples of the properties.
 */
export function completed(document: OpenAPIObject): OpenAPIObject {
  const description = withoutSuffix(document as unknown as Description);
  for (const { method, operation } of operationsOf(description)) {
    operation.operationId = `${operation.tags[0]}.${operation.operationId}`;
    operation.security ??= [];
    for (const parameter of operation.parameters ?? []) {
      if ('default' in parameter.schema) parameter.required = false;
      typed(parameter.name, parameter.schema);
    }
    // A request that is not valid HTTP.
    operation.responses['400'] ??= problemResponse('invalid_request');
    if (WITH_BODY.includes(method)) operation.responses['413'] ??= problemResponse('body_too_large');
  }
  for (const schema of Object.values(description.components.schemas)) makeOptional(schema);
  walk(description, (node) => {
    for (const [name, property] of Object.entries(node.properties ?? {})) typed(name, property);
    // Clients do not set the flag `u` that it needs, and would refuse valid texts.
    if (typeof node.pattern === 'string' && node.pattern.includes('\\p{')) delete node.pattern;
    const [only, ...more] = node.allOf ?? [];
    // Nest wraps every reference; only one with a sentence or an example beside it needs that.
    if (only?.$ref && more.length === 0 && Object.keys(node).length === 1) {
      delete node.allOf;
      node.$ref = only.$ref;
    }
  });
  addResponses(description);
  addExamples(description);
  return description as unknown as OpenAPIObject;
}

/** All operations; their names are like `GET /api/transfers`. */
export const operationsOf = ({ paths }: Description): { method: string; name: string; operation: Operation }[] =>
  Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      method,
      name: `${method.toUpperCase()} ${path}`,
      operation,
    })),
  );

/** Names the schemas after what they describe: `Transfer` instead of the class’s name, `TransferDto`. */
function withoutSuffix(document: Description): Description {
  const text = JSON.stringify(document).replace(/("#\/components\/schemas\/\w+?)Dto"/g, '$1"');
  const renamed = JSON.parse(text) as Description;
  const schemas = Object.entries(renamed.components.schemas);
  const named = Object.fromEntries(schemas.map(([name, schema]) => [name.replace(/Dto$/, ''), schema]));
  if (Object.keys(named).length < schemas.length) throw new Error('Two schemas have the same name without “Dto”.');
  return { ...renamed, components: { ...renamed.components, schemas: named } };
}

/**
 * Nest documents properties with an initial value as required, but a client that omits one gets that value. It is stated
 * in the sentence, because `openapi-typescript` takes a property with `default` as required too.
 */
function makeOptional(schema: Schema): void {
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (!('default' in property)) continue;
    const { default: value, description = '' } = property;
    delete property.default;
    if (!/default/i.test(description)) {
      const sentence = `Default: \`${typeof value === 'string' ? value : JSON.stringify(value)}\`.`;
      property.description = description ? `${description} ${sentence}` : sentence;
    }
    schema.required = schema.required?.filter((each) => each !== name) ?? [];
  }
  if (schema.required?.length === 0) delete schema.required;
}

/** Calls `visit` with each object of the description. */
function walk(node: unknown, visit: (schema: Schema) => void): void {
  if (typeof node !== 'object' || node === null) return;
  if (!Array.isArray(node)) visit(node);
  for (const child of Object.values(node)) walk(child, visit);
}

const IS_TIME = /(At|Until|Time|After|Before)$|^(at|since|until)$/;
const MAX_INT32 = 2 ** 31 - 1;

/** Makes a number an integer, and a text a time, where it is one. */
function typed(name: string, schema: Schema): void {
  if (schema.type === 'array' && schema.items) return typed(name, schema.items);
  if (schema.type === 'string' && IS_TIME.test(name)) schema.format ??= 'date-time';
  if (schema.type !== 'number' && schema.type !== 'integer') return;
  if (name.endsWith('PerSecond')) schema.format = 'double';
  if (schema.format === 'double') return;
  schema.type = 'integer';
  schema.format = schema.maximum !== undefined && schema.maximum <= MAX_INT32 ? 'int32' : 'int64';
}

const problemResponse = (code: ProblemCode): Response => ({
  description: `\`${code}\`: ${PROBLEMS[code].title}`,
  content: { [PROBLEM]: { schema: { $ref: `${SCHEMAS}Problem` } } },
});

const HEADERS = {
  'X-Request-Id': { description: 'Id of the request; `traceId` of a problem.', schema: { type: 'string' } },
  'Retry-After': {
    description: 'Seconds to wait before a retry (RFC 9110).',
    schema: { type: 'integer', format: 'int32', minimum: 0 },
  },
  'WWW-Authenticate': { description: 'How to authenticate (RFC 9110).', schema: { type: 'string' } },
  RateLimit: {
    description: 'Units that are left (`r`) and seconds until there are all again (`t`), for each limit.',
    schema: { type: 'string' },
    example: '"token";r=1187;t=42',
  },
  'RateLimit-Policy': {
    description: 'The limits: units (`q`) in a time of some seconds (`w`).',
    schema: { type: 'string' },
    example: '"token";q=1200;w=60',
  },
} as const;
type Header = keyof typeof HEADERS;

/** Adds to each operation the headers of its responses, and the problem of any other status. */
function addResponses(description: Description): void {
  const headers = (...names: Header[]) =>
    Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
  for (const { operation } of operationsOf(description)) {
    const { security, responses } = operation;
    for (const [status, response] of Object.entries(responses)) {
      const isLimited = security!.length > 0 && (status.startsWith('2') || status === '429');
      response.headers = {
        ...response.headers,
        ...headers(
          'X-Request-Id',
          ...(status === '401' ? (['WWW-Authenticate'] as const) : []),
          ...(status === '429' || status === '503' ? (['Retry-After'] as const) : []),
          ...(isLimited ? (['RateLimit', 'RateLimit-Policy'] as const) : []),
        ),
      };
      for (const [type, media] of Object.entries(response.content ?? {}))
        if (type.startsWith('text/') && type !== 'text/event-stream') media.schema = { type: 'string' };
    }
    responses['default'] = { $ref: '#/components/responses/Problem' } as Response;
  }
  description.components.headers = HEADERS;
  description.components.responses = {
    Problem: {
      description: 'Any other problem. Branch on `code`, and treat one that you do not know by its status.',
      headers: headers('X-Request-Id'),
      content: { [PROBLEM]: { schema: { $ref: `${SCHEMAS}Problem` } } },
    },
  };
}

/** Examples of properties that have none of their own, by name: of a transfer that is running. */
const BY_NAME: Readonly<Record<string, unknown>> = {
  id: 'q5Zt0c9hT2uKjH1xV3mW8w',
  transferId: 'q5Zt0c9hT2uKjH1xV3mW8w',
  sourceId: '1AbCdEfGhIjKlMnOpQrStUvWxYz012345',
  name: 'Board decks',
  names: ['Board decks'],
  email: 'ana@example.com',
  account: 'ana@example.com',
  address: 'ana@example.com',
  from: 'ana@old.example',
  to: 'ana@new.example',
  path: 'Board decks/2026/Budget.pdf',
  kind: 'file',
  mimeType: 'application/pdf',
  size: 52_418,
  state: 'running',
  found: 128,
  verified: 96,
  copying: 4,
  waiting: 28,
  itemsPerSecond: 2.5,
  bytesPerSecond: 1_310_720,
  etaSeconds: 13,
  revision: 42,
  count: 3,
  attempts: 1,
  failureGroups: [],
  skipGroups: [],
  reasons: [],
  problems: [],
  withdrawn: [],
  allowedActions: ['pause', 'cancel'],
  notCarried: ['Comments and earlier versions stay in the source.'],
  title: 'The owner does not allow copying or downloading.',
  advice: 'Ask the owner for access, then retry.',
  sentence: 'The destination has enough storage.',
  detail: 'Ask the owner for access, then retry.',
  description: 'Archive of the board',
  body: '{"type":"transfer.completed"}',
};
const A_TIME = '2026-11-23T10:22:00.000Z';

/** Adds an example to each body, in `components/examples`, so that each is there once. */
function addExamples(description: Description): void {
  const { schemas } = description.components;
  const examples: Node = (description.components.examples = {});
  const give = (media: Media, name: string, example: unknown) => {
    examples[name] ??= example;
    media.examples = { ...media.examples, [name]: { $ref: `#/components/examples/${name}` } };
  };
  const giveBody = ({ 'application/json': media }: Record<string, Media>, isRequest: boolean) => {
    const name = media?.schema?.$ref?.slice(SCHEMAS.length);
    if (media && name) give(media, name, { value: exampleOf(media.schema!, schemas, isRequest) });
  };
  for (const { operation } of operationsOf(description)) {
    const { requestBody, responses } = operation;
    if (requestBody) giveBody(requestBody.content, true);
    for (const { content = {}, description: text } of Object.values(responses)) {
      giveBody(content, false);
      const problem = content[PROBLEM];
      if (problem) for (const code of codesIn(text)) give(problem, code, problemExample(code));
    }
  }
}

/** The codes that the description of a response names, as `ApiProblems` writes it. */
const codesIn = (description = '') =>
  [...description.matchAll(/`(\w+)`: /g)].map(([, code]) => code as ProblemCode).filter((code) => code in PROBLEMS);

function problemExample(code: ProblemCode): Node {
  const { status, title } = PROBLEMS[code];
  const detail = `${title}.`;
  const traceId = '01941f29-7c00-7aaa-aaaa-aaaaaaaaaaaa';
  return { summary: title, value: { type: `/problems/${code}`, title, status, detail, instance: '/', code, traceId } };
}

/**
 * An example of a schema: what is required and, in a request, optional properties that state an example of their own
 * (in a response they could contradict each other).
 */
function exampleOf(schema: Schema, schemas: Record<string, Schema>, isRequest: boolean, name = ''): unknown {
  if (schema.example !== undefined) return schema.example;
  const target = (schema.$ref ? schema : (schema.allOf ?? schema.anyOf)?.[0])?.$ref?.slice(SCHEMAS.length);
  if (target) return exampleOf(schemas[target]!, schemas, isRequest, name);
  const named = BY_NAME[name];
  if (schema.enum) return schema.enum.includes(named) ? named : schema.enum[0];
  if (schema.properties) {
    const shown = Object.entries(schema.properties).filter(
      ([key, { example }]) => schema.required?.includes(key) || (isRequest && example !== undefined),
    );
    return Object.fromEntries(shown.map(([key, property]) => [key, exampleOf(property, schemas, isRequest, key)]));
  }
  if (schema.type === 'array') {
    const item = () => exampleOf(schema.items ?? {}, schemas, isRequest);
    return Array.isArray(named) ? named : Array.from({ length: Math.max(1, schema.minItems ?? 0) }, item);
  }
  if (schema.format === 'date-time') return A_TIME;
  if (schema.type === 'boolean') return false;
  if (schema.type === 'string') return typeof named === 'string' ? named : 'text';
  return typeof named === 'number' ? named : Math.max(0, schema.minimum ?? 0);
}
