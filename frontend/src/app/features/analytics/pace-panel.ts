import { Component, computed, inject, input } from '@angular/core';
import { Analytics } from '../../api/models/analytics';
import { formatCount, formatMoment, formatRate } from '../../core/formats';
import { Texts } from '../../texts/texts';
import { ChartCard } from '../../ui/charts/chart-card';
import { Cell, DataTable, Table } from '../../ui/charts/data-table';

/** From this number on, an operator should check why an account is slowed down. */
const MANY_SLOW_DOWNS = 50;

/** The rates of the busiest accounts, and their pace. */
@Component({
  selector: 'cm-pace-panel',
  imports: [ChartCard, DataTable],
  template: `
    <cm-chart-card [heading]="t().pace.heading" [detail]="detail()" [table]="isEmpty() ? undefined : table(false)">
      @if (isEmpty()) {
        <p class="body muted">{{ t().pace.nothing }}</p>
      } @else {
        <cm-data-table [label]="t().pace.heading" [table]="table(true)" />
      }
    </cm-chart-card>
  `,
})
export class PacePanel {
  protected readonly t = inject(Texts).analytics;
  readonly pace = input.required<Analytics['pace']>();

  protected readonly isEmpty = computed(() => this.pace().busiest.length === 0);
  protected readonly detail = computed(() => {
    const { busiest, accounts } = this.pace();
    return this.t().pace.busiest(new Set(busiest.map(({ account }) => account)).size, accounts);
  });

  /** @param hasLines shows the last hour as a line instead of numbers */
  protected table(hasLines: boolean): Table {
    const t = this.t().pace;
    const perSecond = (rate: number) => t.perSecond(formatRate(rate));
    const numbers = [t.now, t.allowed, t.slowDowns];
    return {
      columns: [
        { name: t.account },
        { name: t.kind },
        ...numbers.map((name) => ({ name, isNumber: true })),
        { name: t.lastHour, notOnPhone: hasLines },
      ],
      rows: this.pace().busiest.map((line): Cell[] => {
        const values = line.lastHour.map(formatCount).join(', ');
        return [
          { text: `${line.account.slice(0, 8)}…`, title: line.account, kind: 'mono' },
          { text: t.kinds[line.kind], kind: 'muted' },
          line.waitsUntil
            ? { text: t.waiting, title: t.until(formatMoment(line.waitsUntil)) }
            : { text: perSecond(line.now) },
          { text: line.allowed === null ? '—' : perSecond(line.allowed), kind: 'muted' },
          { text: formatCount(line.slowDowns), ...(line.slowDowns >= MANY_SLOW_DOWNS && { kind: 'bad' }) },
          hasLines ? { text: t.sentence(values), line: line.lastHour } : { text: values },
        ];
      }),
    };
  }
}
