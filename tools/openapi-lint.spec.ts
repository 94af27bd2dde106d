import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openApiFindings } from './openapi-lint.ts';

const OPERATION = {
  operationId: 'things.list',
  summary: 'List things',
  description: 'All of them.',
  tags: ['things'],
  security: [],
  responses: { 200: { description: 'Things.' }, 404: { description: 'None.' } },
};
const GOOD = {
  openapi: '3.0.0',
  info: {
    title: 'Things',
    description: 'Things.',
    version: '1',
    contact: {},
    license: { name: 'MIT', url: 'https://opensource.org/license/mit' },
  },
  servers: [{ url: '/' }],
  tags: [{ name: 'things', description: 'Things.' }],
  paths: { '/things': { get: OPERATION } },
};

describe('the recommended rules of Redocly and Spectral', () => {
  let folder: string;
  const findings = (description: object) => {
    const file = join(folder, 'openapi.json');
    writeFileSync(file, JSON.stringify(description));
    return openApiFindings(file);
  };
  beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'openapi-lint-'))));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('find nothing in a good description', async () => {
    expect(await findings(GOOD)).toEqual([]);
  });

  it('find errors and warnings, with the place', async () => {
    const { description: _, ...operation } = OPERATION;
    expect(await findings({ ...GOOD, servers: [], paths: { '/things': { get: operation } } })).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^#\/servers: .*Redocly: no-empty-servers/),
        expect.stringMatching(/^paths\.\/things\.get: .*Spectral: operation-description/),
      ]),
    );
  });
});
