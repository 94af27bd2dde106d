import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { digestOf, FILES, imagesIn } from './pin-images.ts';
import { portOf } from './processes.ts';
import { ROOT } from './workspace.ts';

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const DIGEST = `sha256:${'a'.repeat(64)}`;

describe('what is pinned', () => {
  it('pins every container image by digest', () => {
    const images = [...new Set(FILES.flatMap((file) => imagesIn(read(file))))];
    const unpinned = images.filter((image) => !/@sha256:[\da-f]{64}$/.test(image));
    expect(images.length).toBeGreaterThan(1);
    expect(unpinned).toEqual([]);
  });

  it('pins every action of continuous integration by commit, with its version', () => {
    const folder = '.github/workflows';
    const used = readdirSync(join(ROOT, folder)).flatMap((name) =>
      [...read(join(folder, name)).matchAll(/uses: (.+)/g)].map(([, action]) => action),
    );
    expect(used.length).toBeGreaterThan(1);
    expect(used.filter((action) => !/^[\w./-]+@[\da-f]{40} # v\d+\.\d+\.\d+$/.test(action!))).toEqual([]);
  });

  it.each([
    ['image: redis:8', 'redis:8'],
    ['x-redis-image: &redis ${REDIS_IMAGE:-redis:8}', 'redis:8'],
    [`    image: \${REDIS_IMAGE:-redis:8@${DIGEST}}`, `redis:8@${DIGEST}`],
    ['ARG NODE_IMAGE=node:26-slim', 'node:26-slim'],
    ['FROM alpine:3 AS tools', 'alpine:3'],
    ['# syntax=docker/dockerfile:1', 'docker/dockerfile:1'],
  ])('is found in %j', (line, image) => expect(imagesIn(`${line}\n`)).toEqual([image]));

  it.each(['    image: cloudmover', 'FROM ${NODE_IMAGE} AS build', 'FROM manifests AS build', 'image: *redis-image'])(
    'is nothing in %j',
    (line) => expect(imagesIn(`${line}\n`)).toEqual([]),
  );
});

describe('a digest', () => {
  let registry: Server;
  let url: string;
  beforeAll(async () => {
    registry = createServer((request, response) => {
      const at = new URL(request.url!, url);
      if (at.pathname === '/token') {
        response.end(JSON.stringify({ token: `${at.searchParams.get('service')} ${at.searchParams.get('scope')}` }));
      } else if (request.headers.authorization !== 'Bearer hub pull') {
        response.writeHead(401, { 'www-authenticate': `Bearer realm="${url}/token",service="hub",scope="pull"` }).end();
      } else if (at.pathname === '/v2/library/redis/manifests/8' && /image\.index/.test(request.headers.accept!)) {
        response.setHeader('docker-content-digest', DIGEST).end();
      } else response.writeHead(404).end();
    }).listen(0, '127.0.0.1');
    await once(registry, 'listening');
    url = `http://127.0.0.1:${portOf(registry)}`;
  });
  afterAll(() => registry.close());

  it('is read from the registry, with its public token', async () => {
    expect(await digestOf('redis:8', url)).toBe(DIGEST);
  });

  it('fails for an unknown image and an unreachable registry', async () => {
    await expect(digestOf('redis:9', url)).rejects.toThrow(/redis:9: .* returned 404 without a digest/);
    await expect(digestOf('redis:8', 'http://127.0.0.1:1')).rejects.toThrow(/cannot be reached/);
  });
});
