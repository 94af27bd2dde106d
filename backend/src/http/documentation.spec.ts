import { readFileSync } from 'node:fs';
import type { OpenAPIObject } from '@nestjs/swagger';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;

/** The committed description. `npm run lint` checks that the code gives it. */
const document = JSON.parse(readFileSync(new URL('../../openapi.json', import.meta.url), 'utf8')) as OpenAPIObject;
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods as Record<string, Operation>).map(([method, operation]) => ({
    name: `${method.toUpperCase()} ${path}`,
    operation,
  })),
);

describe('openapi.json', () => {
  it('names each operation after its tag and its method, without repeating the tag', () => {
    const wrong = operations.filter(({ operation: { operationId = '', tags: [tag = ''] = [] } }) => {
      const [prefix, action = ''] = operationId.split('.');
      const noun = tag.replace(/^./, (first) => first.toUpperCase()).replace(/s$/, '');
      return prefix !== tag || !/^[a-z][A-Za-z]+$/.test(action) || new RegExp(`^[a-z]+${noun}s?$`).test(action);
    });
    // Rename the controller's method, such as `create` instead of `createWebhook`.
    expect(wrong.map(({ name, operation }) => `${name}: ${operation.operationId}`)).toEqual([]);
  });

  it('names each schema without “Dto”', () => {
    expect(Object.keys(document.components?.schemas ?? {}).filter((name) => name.endsWith('Dto'))).toEqual([]);
  });
});
