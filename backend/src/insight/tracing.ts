import { type BeforeApplicationShutdown, Injectable, type OnModuleInit } from '@nestjs/common';
import type { Attributes, Context, Span, SpanKind, Tracer } from '@opentelemetry/api';
import type { Config } from '../config/config.js';
import { InjectConfig } from '../config/config.module.js';
import { requestContext } from './request-context.js';

type Api = typeof import('@opentelemetry/api');

/** The parts of OpenTelemetry that are loaded only if tracing is on. */
interface Loaded {
  readonly api: Api;
  readonly tracer: Tracer;
  readonly shutdown: () => Promise<void>;
}

/** A span in progress. */
export interface OpenSpan {
  /** Id in the format of W3C Trace Context; the parent of further work, in this process or another. */
  readonly traceparent: string;
  end(attributes?: Attributes, failed?: boolean): void;
}

/** W3C Trace Context, version 00: trace, span, flags. */
const TRACEPARENT = /^00-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})$/;
/** An unreachable collector must not delay the end of the process. */
const FLUSH_MS = 2_000;

/**
 * Traces with OpenTelemetry if `OTEL_EXPORTER_OTLP_ENDPOINT` is set; otherwise each call is one comparison and nothing
 * is loaded. Attributes are routes, states, operations and ids of transfers, never secrets, names or addresses.
 */
@Injectable()
export class Tracing implements OnModuleInit, BeforeApplicationShutdown {
  private loaded: Loaded | undefined;

  constructor(
    @InjectConfig('tracing') private readonly config: Config['tracing'],
    @InjectConfig('general') private readonly general: Config['general'],
  ) {}

  async onModuleInit(): Promise<void> {
    const { endpoint, serviceName, share } = this.config;
    if (!endpoint) return;
    const [api, sdk, { OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/sdk-trace'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
    ]);
    const exporter = new OTLPTraceExporter({ url: `${endpoint}/v1/traces` });
    const provider = new sdk.TracerProvider({
      resource: resourceFromAttributes({ 'service.name': serviceName, 'cloudmover.role': this.general.role }),
      sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(share) }),
      spanProcessors: [new sdk.BatchSpanProcessor({ exporter })],
    });
    this.loaded = { api, tracer: provider.getTracer('cloudmover'), shutdown: () => provider.shutdown() };
  }

  async beforeApplicationShutdown(): Promise<void> {
    const done = this.loaded?.shutdown().catch(() => undefined);
    if (done) await Promise.race([done, new Promise((next) => setTimeout(next, FLUSH_MS).unref())]);
  }

  /**
   * Begins a span; undefined if tracing is off.
   * @param parent traceparent of the parent span; default: the current one
   */
  begin(name: string, kind: 'server' | 'consumer', attributes: Attributes = {}, parent?: string): OpenSpan | undefined {
    if (!this.loaded) return undefined;
    const { api, tracer } = this.loaded;
    const kinds: Record<typeof kind, SpanKind> = { server: api.SpanKind.SERVER, consumer: api.SpanKind.CONSUMER };
    const span = tracer.startSpan(name, { kind: kinds[kind], attributes }, this.contextOf(parent));
    return {
      traceparent: traceparentOf(span),
      end: (more = {}, failed = false) => {
        span.setAttributes(more);
        if (failed) span.setStatus({ code: api.SpanStatusCode.ERROR });
        span.end();
      },
    };
  }

  /** Records a finished outbound call as a child span. */
  exchanged(name: string, seconds: number, attributes: Attributes, failed: boolean): void {
    if (!this.loaded) return;
    const { api, tracer } = this.loaded;
    const options = { kind: api.SpanKind.CLIENT, attributes, startTime: Date.now() - seconds * 1_000 };
    const span = tracer.startSpan(name, options, this.contextOf());
    if (failed) span.setStatus({ code: api.SpanStatusCode.ERROR });
    span.end();
  }

  private contextOf(traceparent = requestContext.getStore()?.traceparent): Context {
    const { ROOT_CONTEXT, trace } = this.loaded!.api;
    const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent ?? '') ?? [];
    if (!traceId || !spanId) return ROOT_CONTEXT;
    const parent = { traceId, spanId, traceFlags: Number.parseInt(flags!, 16), isRemote: true };
    return trace.setSpanContext(ROOT_CONTEXT, parent);
  }
}

function traceparentOf(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}
