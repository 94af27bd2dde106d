// Whether a scripted answer is one that the API could give: its own document says so.
import { readFileSync } from 'node:fs';
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const document = JSON.parse(readFileSync(new URL('../../../backend/openapi.json', import.meta.url), 'utf8'));

/** OpenAPI 3.0 as JSON Schema: `nullable`, and no property that the schema does not name. */
function asJsonSchema(node) {
  if (Array.isArray(node)) return node.map(asJsonSchema);
  if (node === null || typeof node !== 'object') return node;
  const { nullable, ...rest } = Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, asJsonSchema(value)]),
  );
  if (rest.type === 'object' && rest.properties && rest.additionalProperties === undefined)
    rest.additionalProperties = false;
  return nullable ? { anyOf: [rest, { type: 'null' }] } : rest;
}

const ajv = new (Ajv.default ?? Ajv)({ strict: false, allErrors: true });
(addFormats.default ?? addFormats)(ajv);
ajv.addSchema(asJsonSchema(document), 'api');

const pointer = (...keys) => keys.map((key) => key.replaceAll('~', '~0').replaceAll('/', '~1')).join('/');
const validators = new Map();

function problemsOf(value, ...keys) {
  const reference = `api#/${pointer(...keys)}`;
  const validate = validators.get(reference) ?? ajv.compile({ $ref: reference });
  validators.set(reference, validate);
  return validate(value) ? [] : validate.errors.map(({ instancePath, message }) => `${instancePath || '/'} ${message}`);
}

// Fixed segments win over parameters, as in the server.
const paths = Object.keys(document.paths)
  .map((path) => ({ path, pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`) }))
  .sort((a, b) => a.path.split('{').length - b.path.split('{').length);

/** The operation that a request is for, `GET /api/transfers/{id}`, or undefined. */
export function operationOf(method, pathname) {
  const found = paths.find(({ path, pattern }) => pattern.test(pathname) && document.paths[path][method.toLowerCase()]);
  return found && `${method} ${found.path}`;
}

/** Whether the document has this operation. */
export const isOperation = (operation) => {
  const [method, path] = operation.split(' ');
  return Boolean(document.paths[path]?.[method.toLowerCase()]);
};

/**
 * What is wrong with an answer to an operation: a status that is not documented for it, a body that its schema refuses.
 * @param {string} operation as {@link operationOf} names it
 */
export function answerProblems(operation, status, contentType, body) {
  const [method, path] = operation.split(' ');
  const keys = ['paths', path, method.toLowerCase(), 'responses', String(status)];
  const response = document.paths[path][method.toLowerCase()].responses[status];
  if (!response) return [`${operation}: ${status} is not documented`];
  if (body === undefined) return [];
  if (!response.content?.[contentType]) return [`${operation}: ${status} has no ${contentType}`];
  return problemsOf(body, ...keys, 'content', contentType, 'schema').map((each) => `${operation}: ${status} ${each}`);
}

/** What is wrong with an event of a stream, whose schema stands in `components`. */
export const eventProblems = (schema, data) =>
  problemsOf(data, 'components', 'schemas', schema).map((each) => `event: ${schema}${each}`);
