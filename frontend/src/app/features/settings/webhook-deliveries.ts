import { Component, computed, effect, inject, input, resource, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { from, map } from 'rxjs';
import { webhooksGetDelivery, webhooksListDeliveries, webhooksResendDelivery } from '../../api/functions';
import { Attempt } from '../../api/models/attempt';
import { Delivery } from '../../api/models/delivery';
import { Connection } from '../../core/connection';
import { formatDecimal, formatExact, formatLogTime, formatMoment } from '../../core/formats';
import { OperatorKey } from '../../core/operator-key';
import { pagedResource } from '../../core/paged-resource';
import { ProblemNote } from '../../core/problem-note';
import { problemOf, valueOf } from '../../core/resource-parts';
import { RunningCommands } from '../../core/running-commands';
import { isSameJson } from '../../core/same-json';
import { Toasts } from '../../core/toasts';
import { Texts } from '../../texts/texts';
import { Icon, IconName } from '../../ui/icon';
import { WaitingRows } from '../../ui/waiting-rows';

const PAGE = 50;
const STATES: Record<Delivery['state'], IconName> = { delivered: 'ok-circle', waiting: 'clock', failed: 'x-circle' };

/** A webhook's deliveries; a row expands to its attempts and its message. */
@Component({
  selector: 'cm-webhook-deliveries',
  imports: [Icon, MatButton, ProblemNote, WaitingRows],
  templateUrl: './webhook-deliveries.html',
  styleUrl: './webhook-deliveries.scss',
})
export class WebhookDeliveries {
  private readonly operator = inject(OperatorKey);
  private readonly toasts = inject(Toasts);
  private readonly settings = inject(Texts).settings;
  protected readonly t = computed(() => this.settings().webhooks.deliveries);

  readonly webhookId = input.required<string>();
  /** Changes when the list should be loaded again. */
  readonly revision = input(0);

  protected readonly list = pagedResource({
    query: () => (this.operator.value() ? this.webhookId() : undefined),
    load: (id, cursor) =>
      from(this.operator.call(webhooksListDeliveries, { id, limit: PAGE, cursor })).pipe(
        map(({ deliveries, nextCursor }) => ({ items: deliveries, next: nextCursor })),
      ),
  });
  /** The ID of the expanded delivery. */
  protected readonly expanded = signal<string | undefined>(undefined);
  protected readonly offline = inject(Connection).offline;
  private readonly commands = new RunningCommands();
  protected readonly sending = this.commands.ids;

  /** Compared as JSON: each refresh of the list brings new objects. */
  private readonly wanted = computed(
    () => {
      const deliveryId = this.expanded();
      // Loaded again when an attempt was added.
      const attempts = this.list.items().find(({ id }) => id === deliveryId)?.attempts.length;
      return deliveryId === undefined ? undefined : { id: this.webhookId(), deliveryId, attempts };
    },
    { equal: isSameJson },
  );
  private readonly detail = resource({
    params: () => this.wanted(),
    loader: ({ params: { id, deliveryId } }) => this.operator.call(webhooksGetDelivery, { id, deliveryId }),
  });
  protected readonly shown = computed(() => {
    const detail = valueOf(this.detail);
    return detail?.id === this.expanded() ? detail : undefined;
  });
  protected readonly detailProblem = computed(() => problemOf(this.detail));

  protected readonly moment = formatMoment;
  /** With seconds: the first attempts are seconds apart. */
  protected readonly time = formatLogTime;
  protected readonly exactly = formatExact;

  constructor() {
    let seen = 0;
    effect(() => {
      // Further pages stay; the first one alone is kept up to date.
      if (this.revision() !== seen && this.list.pages().length < 2) this.list.reload();
      seen = this.revision();
    });
  }

  protected icon({ state }: Delivery): IconName {
    return STATES[state];
  }

  protected toggle({ id }: Delivery): void {
    this.expanded.update((before) => (before === id ? undefined : id));
  }

  protected reloadDetail(): void {
    this.detail.reload();
  }

  /** What came of a delivery, in a few words. */
  protected result({ state, attempts, nextAttemptAt }: Delivery): string {
    const t = this.t();
    const last = attempts.at(-1);
    const reply = last ? this.reply(last) : '';
    if (state === 'delivered') return reply;
    if (state === 'failed') return t.gaveUp(reply);
    return nextAttemptAt && last ? t.nextTry(reply, formatMoment(nextAttemptAt)) : reply || t.waiting;
  }

  protected reply({ status, error }: Attempt): string {
    return status === undefined ? this.t().errors[error ?? 'invalid_response'] : String(status);
  }

  protected took({ latencyMs }: Attempt): string {
    const { milliseconds, seconds } = this.t();
    return latencyMs < 1000 ? milliseconds(latencyMs) : seconds(formatDecimal(latencyMs / 1000));
  }

  protected readable(body: string): string {
    try {
      return JSON.stringify(JSON.parse(body), undefined, 2);
    } catch {
      return body;
    }
  }

  protected sendAgain({ id }: Delivery): Promise<void> {
    return this.commands.run(id, async () => {
      await this.operator.call(webhooksResendDelivery, { id: this.webhookId(), deliveryId: id });
      this.toasts.say(this.t().sentAgain);
      this.list.reload();
    });
  }
}
