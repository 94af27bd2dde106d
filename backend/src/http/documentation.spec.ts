import { readFileSync } from 'node:fs';
import { type Description, operationsOf, type Schema } from './description-rules.js';

/** The committed description. `npm run lint` checks that the code gives it. */
const document = JSON.parse(readFileSync(new URL('../../openapi.json', import.meta.url), 'utf8')) as Description;
const { schemas } = document.components;
const operations = operationsOf(document);
const properties = Object.entries(schemas).flatMap(([schema, { properties = {} }]) =>
  Object.entries(properties).map(([name, property]) => [schema, name, property] as const),
);

describe('openapi.json', () => {
  it('names each operation after its tag and its method, without repeating the tag', () => {
    const wrong = operations.filter(
      ({
        operation: {
          operationId,
          tags: [tag = ''],
        },
      }) => {
        const [prefix, action = ''] = operationId.split('.');
        const noun = tag.replace(/^./, (first) => first.toUpperCase()).replace(/s$/, '');
        return prefix !== tag || !/^[a-z][A-Za-z]+$/.test(action) || new RegExp(`^[a-z]+${noun}s?$`).test(action);
      },
    );
    // Rename the controller's method, such as `create` instead of `createWebhook`.
    expect(wrong.map(({ name, operation }) => `${name}: ${operation.operationId}`)).toEqual([]);
  });

  it('names each schema without “Dto”', () => {
    expect(Object.keys(schemas).filter((name) => name.endsWith('Dto'))).toEqual([]);
  });

  it('lists the values of every code, state and kind', () => {
    const open = properties.filter(
      ([, name, schema]) =>
        /^(codes?|state|kind|mode|outcome|basis|side|way|step|change)$/.test(name) && !isClosed(schema.items ?? schema),
    );
    // Codes and states of OAuth are opaque.
    const ours = operations.filter(({ operation }) => !operation.operationId.startsWith('auth.'));
    const openParameters = ours.flatMap(({ name, operation: { parameters = [] } }) =>
      parameters
        .filter(
          (parameter) => /^(code|reason|state|outcome)$/.test(parameter.name) && !isClosed(parameter.schema ?? {}),
        )
        .map((parameter) => `${name} ${parameter.name}`),
    );
    // Add `@IsIn(VALUES)`, or `@ApiProperty({ enum: VALUES, enumName: 'Name' })` where several schemas use them.
    expect(open.map(([schema, name]) => `${schema}.${name}`)).toEqual(['CodeExchange.code']);
    expect(openParameters).toEqual([]);
  });

  it('describes numbers as integers, except rates, and times as times', () => {
    const numbers = properties.filter(([, , { type }]) => type === 'number');
    // A new fraction needs `@ApiProperty({ format: 'double' })`.
    expect(numbers.filter(([, , { format }]) => format !== 'double')).toEqual([]);
    const examples = properties.filter(([, , { example }]) => /^\d{4}-\d\d-\d\dT/.test(String(example)));
    expect(examples.filter(([, , { format }]) => format !== 'date-time')).toEqual([]);
  });

  it('describes the events of each stream, and other text as text', () => {
    const media = operations.flatMap(({ name, operation }) =>
      Object.values(operation.responses)
        .flatMap(({ content = {} }) => Object.entries(content))
        .map(([type, { schema = {} }]) => ({ name, type, schema })),
    );
    const texts = media.filter(({ type }) => /^text\/(?!event-stream)/.test(type));
    expect(texts.filter(({ schema }) => schema.type !== 'string')).toEqual([]);
    const streams = media.filter(({ type }) => type === 'text/event-stream');
    expect(streams.map(({ name, schema }) => [name, eventsOf(schema)])).toEqual([
      ['GET /api/folders/{id}/size/events', ['size']],
      ['GET /api/transfers/events', ['transfer', 'heartbeat']],
      ['GET /api/transfers/{id}/events', ['transfer', 'heartbeat']],
      ['GET /api/preflights/{id}/events', ['preflight', 'heartbeat']],
    ]);
    const routes = operations.filter(({ name }) => name.endsWith('/events'));
    expect(streams.map(({ name }) => name)).toEqual(routes.map(({ name }) => name));
  });

  it('pages each list under /api in the same way', () => {
    const lists = operations.flatMap(({ name, operation: { parameters = [], responses } }) => {
      const $ref = responses['200']?.content?.['application/json']?.schema?.$ref?.split('/').at(-1) ?? '';
      const { properties = {}, required = [] } = schemas[$ref] ?? {};
      // A page: an array, perhaps with figures of the whole list.
      const isList = required.some((key) => properties[key]?.type === 'array') && required.length <= 2;
      if (!name.startsWith('GET /api/') || !isList) return [];
      const parts = ['limit', 'cursor'].filter((part) => parameters.some((parameter) => parameter.name === part));
      return [[name, ...parts, ...('nextCursor' in properties ? ['nextCursor'] : [])]];
    });
    // Use `PageQueryDto`, or `ShortListQueryDto` and `pageOf`; add `nextCursor?: string` to the body.
    expect(lists.filter((parts) => parts.length < 4)).toEqual([
      // The path of one folder, and the paths of those that the request names.
      ...[['GET /api/folders/paths']],
    ]);
    expect(lists.length).toBeGreaterThan(10);
  });

  it('has an example of each JSON body, and headers of each response', () => {
    const bodies = operations.flatMap(({ name, operation: { requestBody, responses } }) =>
      [...(requestBody ? [requestBody] : []), ...Object.values(responses)].map(({ content = {} }) => ({
        name,
        content,
      })),
    );
    const bare = bodies.filter(({ content }) =>
      Object.entries(content).some(([type, { examples }]) => /[/+]json$/.test(type) && !examples),
    );
    expect(bare.map(({ name }) => name)).toEqual([]);
    const limited = operations.filter(({ operation }) => '429' in operation.responses);
    expect(limited.length).toBeGreaterThan(60);
    for (const { operation } of limited)
      expect(Object.keys(operation.responses['429']!.headers!)).toContain('Retry-After');
  });
});

/** Whether a schema allows only listed values. */
function isClosed({ enum: values, $ref, allOf: [inner] = [] }: Schema): boolean {
  const target = ($ref ?? inner?.$ref)?.split('/').at(-1);
  return values !== undefined || (target !== undefined && 'enum' in schemas[target]!);
}

/** The types of events that the schema of a stream names. */
const eventsOf = (schema: Schema): unknown[] =>
  (schema.oneOf ?? [schema]).flatMap(({ properties }) => properties?.['event']?.enum ?? []);
