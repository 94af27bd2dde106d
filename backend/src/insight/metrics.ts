import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';

/** The process's own metrics registry. Labels have few values: none is an id, a name or a path. */
@Injectable()
export class Metrics implements OnApplicationShutdown {
  readonly registry = new Registry();

  readonly requests = this.histogram(
    'cloudmover_http_request_duration_seconds',
    'Time from a request to the end of its response.',
    [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60],
    ['method', 'route', 'status'],
  );
  readonly problems = this.counter('cloudmover_problems_total', 'Error responses by problem code.', ['code']);
  readonly connections = this.counter(
    'cloudmover_connections_total',
    'Completed sign-ins by session type and outcome: done, or the code of the failure.',
    ['type', 'outcome'],
  );
  readonly google = this.histogram(
    'cloudmover_google_request_duration_seconds',
    'Time from a request to Google to the head of its response; status none: no response.',
    [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60],
    ['operation', 'status'],
  );
  readonly waits = this.histogram(
    'cloudmover_google_wait_seconds',
    'Time that the pacer delayed a request to Google.',
    [0.01, 0.1, 0.5, 1, 5, 15, 60],
    ['kind'],
  );
  readonly slowDowns = this.counter(
    'cloudmover_google_slow_downs_total',
    'Requests that Google refused because of a rate limit.',
    ['kind'],
  );
  readonly googleUnits = this.counter(
    'cloudmover_google_quota_units_total',
    'Quota units of requests to Google, by Google’s class of request.',
    ['class'],
  );
  readonly googleBytes = this.counter(
    'cloudmover_google_bytes_total',
    'Bytes of the bodies of requests to Google (sent) and of its responses (received).',
    ['direction'],
  );
  readonly items = this.counter(
    'cloudmover_items_total',
    'Items that entered a state: verified, unverified, failed or skipped.',
    ['state'],
  );
  readonly bytes = this.counter('cloudmover_bytes_total', 'Bytes of verified items, by copy method.', ['way']);
  readonly reasons = this.counter(
    'cloudmover_item_failures_total',
    'Items that failed or could not be verified, by reason.',
    ['code'],
  );
  readonly permissions = this.counter(
    'cloudmover_permissions_total',
    'Permissions of copies that came out: equal (as wanted), narrower or wider (reverted).',
    ['outcome'],
  );
  readonly permissionReasons = this.counter(
    'cloudmover_permission_reasons_total',
    'Permissions of copies that came out narrower or wider, by reason.',
    ['code'],
  );
  readonly links = this.counter(
    'cloudmover_links_total',
    'Links in copied documents by outcome: rewritten, outside (what they lead to was not copied), unsupported (a person must change them) or failed.',
    ['outcome'],
  );
  readonly linkReasons = this.counter(
    'cloudmover_link_reasons_total',
    'Links in copied documents that a person must change or that failed, by reason.',
    ['code'],
  );
  readonly entered = this.counter('cloudmover_transfer_states_total', 'Transfers that entered a state.', ['state']);
  readonly webhookAttempts = this.counter(
    'cloudmover_webhook_attempts_total',
    'Attempts to deliver a message of a webhook, by outcome: delivered or failed.',
    ['outcome'],
  );
  readonly mails = this.counter(
    'cloudmover_mails_total',
    'Attempts to send a mail, by outcome: sent, failed (tried again) or given_up.',
    ['outcome'],
  );
  readonly auditLeftOut = this.counter(
    'cloudmover_audit_left_out_total',
    'Anonymous refusals that were not added to the audit log, because there were too many.',
  );

  constructor() {
    collectDefaultMetrics({ register: this.registry });
    // Prometheus sees no increase from a missing series to 1: what alerts count begins at 0 (docs/prometheus-rules.yml).
    this.reasons.inc({ code: 'checksum_mismatch' }, 0);
    this.webhookAttempts.inc({ outcome: 'failed' }, 0);
    for (const outcome of ['failed', 'given_up']) this.mails.inc({ outcome }, 0);
    // Sums of the gauges of the same names without `_total`, which is for counters (Prometheus, "Metric and label naming").
    for (const sum of ['handles', 'requests', 'resources'])
      this.registry.removeSingleMetric(`nodejs_active_${sum}_total`);
  }

  private counter<Label extends string = never>(name: string, help: string, labelNames: Label[] = []): Counter<Label> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  private histogram<Label extends string>(name: string, help: string, buckets: number[], labelNames: Label[]) {
    return new Histogram({ name, help, buckets, labelNames, registers: [this.registry] });
  }

  onApplicationShutdown(): void {
    this.registry.clear();
  }
}
