import { coded, CodedError } from '../engine/errors.js';

/** This process can't serve now; the message lists what is not ready. */
export class NotReadyError extends CodedError<'service_unavailable'> {
  readonly errors: readonly { readonly parameter: string; readonly detail: string }[];

  /** @param reasons what is not ready, and why */
  constructor(reasons: Readonly<Record<string, string>>) {
    const entries = Object.entries(reasons);
    super('service_unavailable', `Not ready: ${entries.map(([name, why]) => `${name} ${why}`).join('; ')}.`, {
      retryAfter: 5,
    });
    this.errors = entries.map(([parameter, detail]) => ({ parameter, detail }));
  }
}

/** `/metrics` without the right key. */
export class MetricsKeyRefusedError extends coded('metrics_key_refused', (isConfigured: boolean) =>
  isConfigured
    ? 'Send the value of METRICS_KEY as `Authorization: Bearer`.'
    : 'In production, metrics require a key. Set METRICS_KEY.',
) {}
