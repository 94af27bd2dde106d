import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startStack } from '../support/stack.js';
import { ALICE, BOB, TransfersApi } from '../support/transfers-api.js';
import { until } from '../../../tools/until.ts';

interface Span {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
}

/** Receives OpenTelemetry exports like a collector. */
class Collector {
  readonly bodies: string[] = [];
  private constructor(private readonly server: Server) {}

  static async start(): Promise<Collector> {
    const server = createServer((request, reply) => {
      let body = '';
      request.setEncoding('utf8').on('data', (part: string) => (body += part));
      request.on('end', () => {
        if (request.url === '/v1/traces') collector.bodies.push(body);
        reply.setHeader('content-type', 'application/json').end('{}');
      });
    });
    const collector = new Collector(server);
    await new Promise<void>((next) => server.listen(0, '127.0.0.1', next));
    return collector;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get spans(): Span[] {
    type Sent = { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] };
    return this.bodies.flatMap((body) =>
      (JSON.parse(body) as Sent).resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
    );
  }

  /** A product that is closed waits only seconds for its last export to arrive, which may be late on a busy machine. */
  async untilReceived(...names: readonly string[]): Promise<void> {
    await until('the spans have arrived', () => names.every((name) => this.spans.some((span) => span.name === name)));
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

it('traces a transfer from the request through the queue to Google, without identities', async () => {
  const collector = await Collector.start();
  const stack = await startStack({
    CLOUDMOVER_ROLE: 'all',
    CLOUDMOVER_WAITAOF: 'off',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
  });
  const api = await TransfersApi.connect(stack);
  const { folderId } = await api.aTree({ folders: 1, files: 3, bytes: 300 });
  await api.run({ items: [folderId], target: { folderId: 'root', newFolderName: 'Quite private' } });
  await stack.close(); // sends the remaining spans
  const needed = ['POST /api/transfers', 'transfer plan', 'google files.list', 'transfer copy', 'google files.copy'];
  await collector.untilReceived(...needed);
  const { spans } = collector;
  collector.close();

  const request = spans.find(({ name }) => name === 'POST /api/transfers');
  const plan = spans.find(({ name }) => name === 'transfer plan');
  expect(request?.parentSpanId).toBeUndefined();
  expect(plan).toMatchObject({ traceId: request?.traceId, parentSpanId: request?.spanId });
  const list = spans.find(({ name, parentSpanId }) => name === 'google files.list' && parentSpanId === plan?.spanId);
  expect(list).toMatchObject({ traceId: request?.traceId });
  const copy = spans.find(({ name }) => name === 'transfer copy');
  expect(spans).toContainEqual(expect.objectContaining({ name: 'google files.copy', parentSpanId: copy?.spanId }));

  const sent = collector.bodies.join();
  for (const secret of [ALICE, BOB, 'Quite private', folderId, ...Object.values(api.tokens)])
    expect(sent).not.toContain(secret);
});

it('continues the trace of a trusted proxy only', async () => {
  const collector = await Collector.start();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, TRUST_PROXY: 'loopback' };
  const stack = await startStack(env);
  const traceId = 'a'.repeat(32);
  const headers = { traceparent: `00-${traceId}-${'b'.repeat(16)}-01` };
  await stack.api.get('/api/about').set(headers).expect(200);
  await stack.api.get('/health/live').set(headers).set('X-Forwarded-For', '203.0.113.7').expect(200);
  await stack.close();
  await collector.untilReceived('GET /health/live', 'GET /api/about');
  const of = (name: string) => collector.spans.find((span) => span.name === name);
  expect(of('GET /health/live')).toMatchObject({ traceId, parentSpanId: 'b'.repeat(16) });
  expect(of('GET /api/about')?.traceId).not.toBe(traceId);
  collector.close();
});

it('works without a reachable collector', async () => {
  const stack = await startStack({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' });
  await stack.api.get('/api/about').expect(200);
  await stack.close();
});
