import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { QueueProbe } from '../../src/insight/queue-probe.port.js';
import { Readiness } from '../../src/operations/readiness.js';
import { StoreProbe } from '../../src/operations/store-probe.port.js';
import { startStack, type Stack } from '../support/stack.js';
import { TransfersApi } from '../support/transfers-api.js';
import { programOnPath } from '../../../tools/processes.ts';
import { until } from '../../../tools/until.ts';

/** Prometheus’s own checker, where this machine has it (Debian’s package prometheus). */
const PROMTOOL = process.env['PROMTOOL'] ?? programOnPath('promtool');
const DASHBOARD = join(import.meta.dirname, '../../../docs/grafana-dashboard.json');

/** Metrics that a query reads, without functions, keywords and labels. */
function metricsIn(expression: string): string[] {
  return [...expression.matchAll(/\b(?:cloudmover|process|nodejs)_\w+/g)].map(([name]) => name);
}

/** Names of the series in `/metrics`, including the suffixes of histograms. */
function seriesIn(metrics: string): Set<string> {
  return new Set(
    [...metrics.matchAll(/^# TYPE (\S+) (\w+)$/gm)].flatMap(([, name, type]) =>
      type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name!],
    ),
  );
}

describe('/metrics', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ CLOUDMOVER_ROLE: 'all', CLOUDMOVER_WAITAOF: 'off' });
  });
  afterAll(() => stack.close());

  it('has every metric that the dashboard shows', async () => {
    const dashboard = JSON.parse(readFileSync(DASHBOARD, 'utf8')) as {
      panels: { title: string; targets: { expr: string }[] }[];
      templating: { list: { query: string }[] };
    };
    const expressions = [
      ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
      ...dashboard.templating.list.map(({ query }) => query),
    ];
    const used = new Set(expressions.flatMap(metricsIn));
    expect(used.size).toBeGreaterThan(20);
    const { text } = await stack.api.get('/metrics').expect(200);
    expect([...used].filter((name) => !seriesIn(text).has(name))).toEqual([]);
    // Conversely, the dashboard shows all our metrics.
    const ours = [...text.matchAll(/^# TYPE (cloudmover_\w+)/gm)].map(([, name]) => name!);
    expect(ours.filter((name) => ![...used].some((each) => each.startsWith(name)))).toEqual([]);
  });

  it('counts requests, calls to Google, items, sessions and processes, by labels without identities', async () => {
    const api = await TransfersApi.connect(stack);
    const { folderId } = await api.aTree({ folders: 1, files: 3, bytes: 3_000 });
    const transfer = await api.run({ items: [folderId], target: { folderId: 'root' } });
    let text = '';
    const lines = [
      `cloudmover_items_total{state="verified"} ${transfer.counts.verified}`,
      `cloudmover_bytes_total{way="server_copy"} ${transfer.bytes.verified}`,
      'cloudmover_transfer_states_total{state="completed"} 1',
      'cloudmover_connections_total{type="source",outcome="done"} 1',
      'cloudmover_sessions{type="destination"} 1',
      'cloudmover_processes{role="worker",state="answering"} 1',
      'cloudmover_queue_steps{state="waiting"} 0',
      'cloudmover_store_up 1',
    ];
    // The gauges are read once a second, and the process sends a heartbeat.
    await until(`the metrics have ${lines.join(', ')}`, async () => {
      ({ text } = await stack.api.get('/metrics').expect(200));
      return lines.every((line) => text.includes(`${line}\n`));
    });
    expect(text).toMatch(/cloudmover_google_request_duration_seconds_count\{operation="files.copy",status="200"\} 3/);
    expect(text).toMatch(
      /http_request_duration_seconds_count\{method="GET",route="\/api\/transfers\/:id",status="200"\}/,
    );
    for (const name of [transfer.id, folderId, 'example.com', api.tokens['X-Source-Token']!])
      expect(text).not.toContain(name);
  });

  (PROMTOOL ? it : it.skip)('follows Prometheus’s conventions for names and types', async () => {
    const { text } = await stack.api.get('/metrics').expect(200);
    const { status, stdout, stderr } = spawnSync(PROMTOOL!, ['check', 'metrics'], { input: text, encoding: 'utf8' });
    expect({ status, said: stdout + stderr }).toEqual({ status: 0, said: '' });
  });

  it('is served by workers too', async () => {
    const worker = await stack.startAnother('worker');
    const answer = await worker.inject('/metrics');
    expect(answer.statusCode).toBe(200);
    expect(answer.body).toContain('cloudmover_store_up 1\n');
    expect((await worker.inject('/health/ready')).statusCode).toBe(200);
    await worker.close();
  });
});

describe('/metrics in production', () => {
  const KEY = 'metrics-key-of-at-least-32-characters';
  const production = { NODE_ENV: 'production', RATE_LIMIT_ADDRESS: '3' };

  it('requires only its key, even while Redis is down, and counts wrong ones', async () => {
    const stack = await startStack({ ...production, METRICS_KEY: KEY });
    const read = (key?: string) => {
      const call = stack.api.get('/metrics');
      return key === undefined ? call : call.set('Authorization', `Bearer ${key}`);
    };
    const missing = await read().expect(401);
    expect(missing.body).toMatchObject({
      code: 'metrics_key_refused',
      detail: expect.stringMatching(/Bearer/) as string,
    });
    expect(missing.headers['www-authenticate']).toMatch(/^Bearer/);
    for (const wrong of [KEY.toUpperCase(), KEY + KEY]) await read(wrong).expect(401);
    await read('x').expect(429);
    for (let times = 0; times < 5; times++) await read(KEY).expect(200);
    await stack.close();
    const alone = await startStack({ ...production, METRICS_KEY: KEY, REDIS_URL: 'redis://127.0.0.1:1' });
    const { text } = await alone.api.get('/metrics').set('Authorization', `Bearer ${KEY}`).expect(200);
    expect(text).toContain('cloudmover_store_up 0\n');
    await alone.close();
  });

  it('is closed without a key, and names the missing variable', async () => {
    const stack = await startStack(production);
    for (const key of ['', 'undefined']) {
      const { body } = await stack.api.get('/metrics').set('Authorization', `Bearer ${key}`).expect(401);
      expect(body).toMatchObject({
        code: 'metrics_key_refused',
        detail: expect.stringMatching(/METRICS_KEY/) as string,
      });
    }
    await stack.close();
  });
});

describe('/health/ready', () => {
  it('checks Redis and the queue at most once a second, however many requests come', async () => {
    const stack = await startStack();
    const [store, queue] = [stack.app.get(StoreProbe), stack.app.get(QueueProbe)].map((probe) =>
      jest.spyOn(probe, 'ping'),
    );
    const ask = () => stack.app.inject('/health/ready').then(({ statusCode }) => statusCode);
    const began = performance.now();
    const now = jest.spyOn(performance, 'now').mockReturnValue(began);
    try {
      expect(new Set(await Promise.all(Array.from({ length: 50 }, ask)))).toEqual(new Set([200]));
      // An outage is reported after that second.
      store!.mockRejectedValue(new Error('away'));
      now.mockReturnValue(began + 999);
      expect(await ask()).toBe(200);
      expect([store!.mock.calls.length, queue!.mock.calls.length]).toEqual([1, 1]);
      now.mockReturnValue(began + 1_001);
      expect(await ask()).toBe(503);
      expect([store!.mock.calls.length, queue!.mock.calls.length]).toEqual([2, 2]);
    } finally {
      now.mockRestore();
    }
    await stack.close();
  });
});

describe('without Redis', () => {
  it('reports what is not ready, and serves the metrics of the process', async () => {
    const stack = await startStack({ REDIS_URL: 'redis://127.0.0.1:1' });
    const { body } = await stack.api.get('/health/ready').expect(503);
    expect(body).toMatchObject({
      code: 'service_unavailable',
      errors: [
        { parameter: 'redis', detail: 'is not responding' },
        { parameter: 'queue', detail: 'cannot be reached' },
      ],
    });
    const { text } = await stack.api.get('/metrics').expect(200);
    expect(text).toContain('cloudmover_store_up 0\n');
    expect(text).toContain('process_resident_memory_bytes');
    expect(text).not.toMatch(/^cloudmover_sessions\{/m);
    await stack.close();
  });
});

describe('a process that is stopping', () => {
  it('reports that it is not ready, still serves, and ends its event streams cleanly', async () => {
    const stack = await startStack();
    const { tokens } = await TransfersApi.connect(stack);
    await stack.app.listen(0, '127.0.0.1');
    stack.app.get(Readiness, { strict: false }).stop();
    const { body } = await stack.api.get('/health/ready').expect(503);
    expect(body).toMatchObject({ errors: [{ parameter: 'process', detail: 'is stopping' }] });
    await stack.api.get('/health/live').expect(200);
    await stack.api.get('/session/validate').set('X-Source-Token', tokens['X-Source-Token']!).expect(200);

    const stream = get(`${await stack.app.getUrl()}/api/transfers/events`, { headers: tokens });
    const [answer] = (await once(stream, 'response')) as [import('node:http').IncomingMessage];
    expect(answer.headers['content-type']).toContain('text/event-stream');
    const ended = once(answer.resume(), 'end');
    await stack.close();
    await ended; // `end` without `error`: the last chunk arrived
    expect(answer.complete).toBe(true);
  });
});
