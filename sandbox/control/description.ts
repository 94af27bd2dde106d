import { CALLS } from './calls.ts';
import type { ControlCall } from './call.ts';
import { isObjectSchema } from './schema.ts';
import { INFO, RESPONSES, SCHEMAS } from './components.ts';

/** The description of the control API (OpenAPI 3.1), generated from its table. */
export function describeControl() {
  const paths: Record<string, Record<string, object>> = {};
  for (const [name, call] of Object.entries(CALLS)) {
    const [method = '', path = ''] = name.split(' ');
    (paths[`/__sandbox${path}`] ??= {})[method.toLowerCase()] = describeCall(method, call);
  }
  return { openapi: '3.1.0', info: INFO, paths, components: { responses: RESPONSES, schemas: SCHEMAS } };
}

function describeCall(
  method: string,
  { summary, description, input, example, answer, answerSchema, answers }: ControlCall,
) {
  return {
    summary,
    ...(description === undefined ? {} : { description }),
    ...(input === undefined
      ? {}
      : method === 'GET'
        ? { parameters: parametersOf(input) }
        : {
            requestBody: {
              required: 'required' in input,
              content: { 'application/json': { schema: input, ...(example === undefined ? {} : { example }) } },
            },
          }),
    responses: {
      [answers === 'nothing' ? 204 : 200]: {
        description: answer,
        ...(answers === 'lines' ? { content: { 'application/x-ndjson': {} } } : {}),
        ...(answerSchema === undefined ? {} : { content: { 'application/json': { schema: { $ref: answerSchema } } } }),
      },
      400: { $ref: '#/components/responses/Refused' },
    },
  };
}

function parametersOf(input: NonNullable<ControlCall['input']>) {
  if (!isObjectSchema(input)) return [];
  const { properties, required = [] } = input;
  return Object.entries(properties).map(([name, schema]) => {
    const { description, ...rest } = schema as { description?: string };
    return {
      name,
      in: 'query',
      ...(required.includes(name) ? { required: true } : {}),
      ...(description === undefined ? {} : { description }),
      schema: rest,
    };
  });
}
