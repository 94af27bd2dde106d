import { Component, computed, inject, input } from '@angular/core';
import { Analytics } from '../../api/models/analytics';
import { AnalyticsStep } from '../../api/models/analytics-step';
import { formatBytes, formatCount, formatDuration, formatQuotaUnits } from '../../core/formats';
import { Texts } from '../../texts/texts';
import { Icon } from '../../ui/icon';
import { Pair, PairsCard } from '../../ui/pairs-card';

/** The state of the processes, the queue and Redis; and figures of Google's quota, sign-ins and requests. */
@Component({
  selector: 'cm-health-panels',
  imports: [Icon, PairsCard],
  host: { class: 'stack' },
  template: `
    <cm-pairs-card [heading]="t().systemHealth.heading" [pairs]="systemHealth()">
      <span pairsEnd class="chip" [class]="health().kind">
        <cm-icon [name]="health().icon" class="small" />{{ health().text }}
      </span>
    </cm-pairs-card>
    <cm-pairs-card [heading]="t().usage.heading" [pairs]="usage()" />
    <cm-pairs-card [heading]="t().access.heading" [pairs]="access()" />
  `,
})
export class HealthPanels {
  protected readonly t = inject(Texts).analytics;
  readonly figures = input.required<Analytics>();

  protected readonly health = computed(() => {
    const { workers, apis } = this.figures().machinery;
    const t = this.t().systemHealth;
    if (workers.answering === 0) return { kind: 'bad', icon: 'x-circle', text: t.noWorker } as const;
    return workers.silent + apis.silent > 0
      ? ({ kind: 'warn', icon: 'alert', text: t.someSilent } as const)
      : ({ kind: 'ok', icon: 'ok-circle', text: t.ready } as const);
  });
  protected readonly systemHealth = computed<Pair[]>(() => {
    const { workers, apis, queue, redisBytes, redisMaxBytes, sharesToSweep } = this.figures().machinery;
    const t = this.t().systemHealth;
    const processes = ({ answering, silent }: typeof workers) =>
      answering + silent === 0 ? t.none : t.answering(answering, silent);
    const waiting = formatCount(queue.waiting);
    const used = formatBytes(redisBytes);
    return [
      { name: t.workers, value: processes(workers) },
      { name: t.apis, value: processes(apis) },
      { name: t.waiting, value: queue.waiting > 0 ? t.oldest(waiting, formatDuration(queue.oldestSeconds)) : waiting },
      { name: t.retried, value: formatCount(queue.retried) },
      { name: t.redis, value: redisMaxBytes === null ? used : t.of(used, formatBytes(redisMaxBytes)) },
      { name: t.shares, value: formatCount(sharesToSweep) },
    ];
  });
  protected readonly usage = computed<Pair[]>(() => {
    const { units, unitsBefore, byClass, bytesIn, bytesOut } = this.figures().usage;
    const t = this.t().usage;
    return [
      { name: t.total, value: formatQuotaUnits(units) },
      { name: t.before, value: formatQuotaUnits(unitsBefore) },
      ...byClass
        .filter((each) => each.units > 0)
        .map((each) => ({ name: t.classes[each.class], value: formatQuotaUnits(each.units) })),
      { name: t.received, value: formatBytes(bytesIn) },
      { name: t.sent, value: formatBytes(bytesOut) },
    ];
  });
  protected readonly access = computed<Pair[]>(() => {
    const { sessions, steps, errorCodes } = this.figures();
    const t = this.t().access;
    const { connections, connectionsRefused, validations, distinctAccounts } = sessions;
    const sum = (of: (step: AnalyticsStep) => number) => steps.reduce((total, step) => total + of(step), 0);
    return [
      { name: t.connections, value: formatCount(connections.source + connections.destination + connections.general) },
      { name: t.refused, value: formatCount(connectionsRefused.reduce((total, { count }) => total + count, 0)) },
      { name: t.validations, value: formatCount(validations) },
      { name: t.distinct, value: formatCount(distinctAccounts) },
      { name: t.requests, value: formatCount(sum(({ requests }) => requests)) },
      { name: t.problems, value: formatCount(sum(({ problems }) => problems)) },
      ...errorCodes.map(({ code, count }) => ({ name: code, value: formatCount(count), isCode: true })),
    ];
  });
}
