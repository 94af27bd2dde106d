import type { AuditLog } from '../insight/audit.port.js';
import type { DisabledReason, WebhookStore } from './webhooks.port.js';

/** Disables a webhook without the operator, which the audit log records. No effect if it is disabled. */
export async function disableWebhook(
  { store, audit }: { readonly store: WebhookStore; readonly audit: Pick<AuditLog, 'record'> },
  id: string,
  reason: Exclude<DisabledReason, 'operator'>,
): Promise<void> {
  if (!(await store.disable(id, reason))) return;
  const object = `webhook:${id}`;
  audit.record({ actor: 'cloudmover', action: 'webhook.disabled', object, outcome: 'done', detail: { reason } });
}
