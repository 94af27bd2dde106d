// Checks scripted responses against the API's contract, openapi.json.
import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

interface Operation {
  responses: Record<string, { content?: Record<string, unknown> }>;
}

const document = JSON.parse(readFileSync(new URL('../../../backend/openapi.json', import.meta.url), 'utf8')) as {
  paths: Record<string, Record<string, Operation>>;
};

/** Converts OpenAPI 3.0 to JSON Schema: `nullable`, and no properties that the schema does not name. */
function asJsonSchema(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(asJsonSchema);
  if (node === null || typeof node !== 'object') return node;
  const { nullable, ...rest }: Record<string, unknown> = Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, asJsonSchema(value)]),
  );
  if (rest.type === 'object' && rest.properties && rest.additionalProperties === undefined)
    rest.additionalProperties = false;
  return nullable ? { anyOf: [rest, { type: 'null' }] } : rest;
}

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats(ajv);
ajv.addSchema(asJsonSchema(document) as object, 'api');

const pointer = (...keys: string[]) => keys.map((key) => key.replaceAll('~', '~0').replaceAll('/', '~1')).join('/');
const validators = new Map<string, ValidateFunction>();

function problemsOf(value: unknown, ...keys: string[]) {
  const reference = `api#/${pointer(...keys)}`;
  const validate = validators.get(reference) ?? ajv.compile({ $ref: reference });
  validators.set(reference, validate);
  validate(value);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath || '/'} ${message}`);
}

/** The operation of the document with this name: `GET /api/transfers/{id}`. */
function described(operation: string) {
  const [method = '', path = ''] = operation.split(' ');
  const keys = ['paths', path, method.toLowerCase()];
  return { keys, description: document.paths[path]?.[method.toLowerCase()] };
}

// Fixed segments take precedence over parameters, as in the server.
const paths = Object.keys(document.paths)
  .map((path) => ({ path, pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`) }))
  .sort((a, b) => a.path.split('{').length - b.path.split('{').length);

/** The name of a request's operation, `GET /api/transfers/{id}`; undefined if there is none. */
export function operationOf(method: string, pathname: string) {
  const found = paths.find(({ path, pattern }) => pattern.test(pathname) && isOperation(`${method} ${path}`));
  return found && `${method} ${found.path}`;
}

/** Whether the document has this operation. */
export const isOperation = (operation: string) => described(operation).description !== undefined;

/**
 * What is wrong with a response of an operation: a status that is not documented, a body that violates its schema.
 * @param operation as {@link operationOf} names it
 */
export function answerProblems(operation: string, status: number, contentType: string, body: unknown) {
  const { keys, description } = described(operation);
  const response = description?.responses[status];
  if (!response) return [`${operation}: ${status} is not documented`];
  if (body === undefined) return [];
  if (!response.content?.[contentType]) return [`${operation}: ${status} has no ${contentType}`];
  const wrong = problemsOf(body, ...keys, 'responses', String(status), 'content', contentType, 'schema');
  return wrong.map((each) => `${operation}: ${status} ${each}`);
}

/** What is wrong with an event of a stream, whose schema is in `components`. */
export const eventProblems = (schema: string, data: unknown) =>
  problemsOf(data, 'components', 'schemas', schema).map((each) => `event: ${schema}${each}`);
