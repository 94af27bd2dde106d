import { readFileSync } from 'node:fs';
import { DRIVE_SCOPE } from '../support/builders.js';
import { ApiDescription } from '../support/fuzz/api-description.js';
import { fuzz } from '../support/fuzz/fuzzer.js';
import { startStack, type Stack } from '../support/stack.js';

// FUZZ_SEED=n repeats a run, FUZZ_REQUESTS=10000 is the long form, FUZZ_TRACE=1 prints each request (CONTRIBUTING.md).
const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 1_000_000);
const requests = Number(process.env['FUZZ_REQUESTS'] ?? 500);
const OPERATOR_KEY = 'o'.repeat(40);

interface Entry {
  id: string;
  mimeType: string;
}

describe('the API under generated requests', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({
      CLOUDMOVER_ROLE: 'all',
      OPERATOR_KEY,
      // Skips waits of half a second each, which matter only after a loss of power.
      CLOUDMOVER_WAITAOF: 'off',
      MAX_OPEN_TRANSFERS: '10000',
      RATE_LIMIT_OPERATOR_KEY: '1000000',
      WEBHOOKS_ALLOWED_NETWORKS: '127.0.0.1',
    });
    await stack.control('POST', 'trees', {
      account: 'alice@example.com',
      folders: 3,
      files: 20,
      bytes: 20_000,
      seed: 7,
    });
    // Slow enough for transfers to be running when they are paused or canceled.
    await stack.control('PUT', 'behavior', { latencyMs: 10 });
    await stack.app.listen(0, '127.0.0.1');
  });
  afterAll(() => stack.close());

  it(
    `answers ${requests} of them as described, never with an internal error (seed ${seed})`,
    async () => {
      const lines = (await stack.control<string>('GET', 'tree?account=alice@example.com')).trim().split('\n');
      const entries = lines.map((line) => JSON.parse(line) as Entry);
      const folders = entries.filter(({ mimeType }) => mimeType.endsWith('.folder')).map(({ id }) => id);
      const files = entries.map(({ id }) => id).filter((id) => !folders.includes(id));
      const document = JSON.parse(readFileSync(new URL('../../openapi.json', import.meta.url), 'utf8')) as never;
      await stack.control('POST', 'accounts', { email: 'carol@example.com' });
      const { refresh_token: refreshToken } = await stack.control<{ refresh_token: string }>('POST', 'tokens', {
        account: 'carol@example.com',
        clientId: 'test-client',
        scopes: ['openid', 'email', 'profile', DRIVE_SCOPE],
      });
      const { port } = stack.app.getHttpServer().address() as { port: number };

      const outcome = await fuzz(new ApiDescription(document), stack, {
        ...{ port, seed, requests, operatorKey: OPERATOR_KEY, refreshToken },
        source: { files, folders },
      });

      const share = outcome.succeeded / outcome.requests;
      const statuses = Object.entries(outcome.byStatus).map(([status, times]) => `${status}: ${times}`);
      process.stdout.write(`fuzz seed=${seed} requests=${requests} 2xx=${share.toFixed(3)} ${statuses.join(' ')}\n`);
      expect(outcome.faults.slice(0, 10)).toEqual([]);
      expect(share).toBeGreaterThanOrEqual(0.4);
      if (requests >= 5_000) expect(outcome.neverSucceeded).toEqual([]);
    },
    300_000 + requests * 200,
  );
});
