import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';

/** The process's own metrics registry. Labels have few values: none is an id, a name or a path. */
@Injectable()
export class Metrics implements OnApplicationShutdown {
  readonly registry = new Registry();

  readonly requests = new Histogram({
    name: 'cloudmover_http_request_duration_seconds',
    help: 'Time from a request to the end of its answer.',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60],
    registers: [this.registry],
  });

  readonly problems = new Counter({
    name: 'cloudmover_problems_total',
    help: 'Answers with a problem, by its code.',
    labelNames: ['code'] as const,
    registers: [this.registry],
  });

  readonly connections = new Counter({
    name: 'cloudmover_connections_total',
    help: 'Sign-ins that came back, by type of the session, and done or the code that they were refused with.',
    labelNames: ['type', 'outcome'] as const,
    registers: [this.registry],
  });

  readonly google = new Histogram({
    name: 'cloudmover_google_request_duration_seconds',
    help: 'Time from a request to Google to the head of its answer; status none: there was no answer.',
    labelNames: ['operation', 'status'] as const,
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60],
    registers: [this.registry],
  });

  readonly waits = new Histogram({
    name: 'cloudmover_google_wait_seconds',
    help: 'Time that a request to Google was held back to keep its pace.',
    labelNames: ['kind'] as const,
    buckets: [0.01, 0.1, 0.5, 1, 5, 15, 60],
    registers: [this.registry],
  });

  readonly slowDowns = new Counter({
    name: 'cloudmover_google_slow_downs_total',
    help: 'Requests that Google refused because they came too fast.',
    labelNames: ['kind'] as const,
    registers: [this.registry],
  });

  readonly items = new Counter({
    name: 'cloudmover_items_total',
    help: 'Items that came into a state: verified, unverified, failed or skipped.',
    labelNames: ['state'] as const,
    registers: [this.registry],
  });

  readonly bytes = new Counter({
    name: 'cloudmover_bytes_total',
    help: 'Bytes of verified items, by the way they took.',
    labelNames: ['way'] as const,
    registers: [this.registry],
  });

  readonly reasons = new Counter({
    name: 'cloudmover_item_failures_total',
    help: 'Items that failed or could not be verified, by reason.',
    labelNames: ['code'] as const,
    registers: [this.registry],
  });

  readonly entered = new Counter({
    name: 'cloudmover_transfer_states_total',
    help: 'Transfers that came into a state.',
    labelNames: ['state'] as const,
    registers: [this.registry],
  });

  readonly auditLeftOut = new Counter({
    name: 'cloudmover_audit_left_out_total',
    help: 'Anonymous refusals that are not in the audit log, because there were too many.',
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  onApplicationShutdown(): void {
    this.registry.clear();
  }
}
