import { Component, computed, inject, input } from '@angular/core';
import { Analytics } from '../../api/models/analytics';
import { formatBytes, formatCount, formatExact, formatRate } from '../../core/formats';
import { Texts } from '../../texts/texts';
import { ChartCard } from '../../ui/charts/chart-card';
import { Table } from '../../ui/charts/data-table';
import { Line, LineChart } from '../../ui/charts/line-chart';
import { AnalyticsStore } from './analytics-store';
import { perMinute, worstSlowDowns } from './figures';

/** More marks would hide the line. */
const MAX_MARKS = 5;

/** Items verified per minute, and when Google slowed accounts down. */
@Component({
  selector: 'cm-items-panel',
  imports: [ChartCard, LineChart],
  template: `
    <cm-chart-card [heading]="t().items.heading" [table]="table()">
      <div class="body"><cm-line-chart [line]="line()" [sentence]="sentence()" /></div>
    </cm-chart-card>
  `,
})
export class ItemsPanel {
  private readonly store = inject(AnalyticsStore);
  protected readonly t = inject(Texts).analytics;
  readonly figures = input.required<Analytics>();

  private readonly rates = computed(() => perMinute(this.figures()));
  protected readonly line = computed<Line>(() => {
    const { steps } = this.figures();
    const t = this.t().items;
    return {
      points: steps.map(({ at }, i) => ({
        label: i === steps.length - 1 ? t.now : this.label(at),
        value: this.rates()[i] ?? 0,
      })),
      marks: worstSlowDowns(steps, MAX_MARKS).map(({ index, accounts }) => ({
        index,
        label: t.slowed(this.label(steps[index]?.at ?? ''), accounts),
      })),
    };
  });
  protected readonly sentence = computed(() => {
    const { range, figures } = this.figures();
    const t = this.t().items;
    const name = this.t().rangeNames[range];
    if (figures.itemsVerified.value === 0) return t.nothing(name);
    const { points, marks = [] } = this.line();
    const peak = this.rates().indexOf(Math.max(...this.rates()));
    const sentence = t.sentence(name, this.rate(peak), points[peak]?.label ?? '', this.rate(points.length - 1));
    return [sentence, ...marks.map(({ label }) => `${label}.`)].join(' ');
  });
  protected readonly table = computed<Table>(() => {
    const t = this.t().items;
    const numbers = [t.perMinute, t.verified, t.failed, t.bytes, t.slowedAccounts];
    return {
      columns: [{ name: t.time }, ...numbers.map((name) => ({ name, isNumber: true }))],
      rows: this.figures()
        .steps.map((step, i) => [
          { text: this.label(step.at), title: formatExact(step.at) },
          ...[
            this.rate(i),
            formatCount(step.verified),
            formatCount(step.failed),
            formatBytes(step.bytes),
            formatCount(step.slowedAccounts),
          ].map((text) => ({ text })),
        ])
        .reverse(),
    };
  });

  private label(at: string): string {
    return this.store.label(at, this.figures().range);
  }

  private rate(index: number): string {
    return formatRate(this.rates()[index] ?? 0);
  }
}
