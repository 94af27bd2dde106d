import { Component, computed, inject, input } from '@angular/core';
import { currentTime } from '../../core/clock';
import { formatDecimal, formatTimeOfDay } from '../../core/formats';
import { Transfer } from '../../core/transfer-updates';
import { Texts } from '../../texts/texts';
import { ChartCard } from '../../ui/charts/chart-card';
import { Table } from '../../ui/charts/data-table';
import { Line, LineChart } from '../../ui/charts/line-chart';

type RateHistory = NonNullable<Transfer['pace']>;

/** A rate is computed over at least this many seconds; otherwise a single item would look like a peak. */
const MIN_SECONDS = 5;

const rate = (value: number): string => formatDecimal(value);

/** Items copied per second in the last 15 minutes. */
@Component({
  selector: 'cm-rate-chart',
  imports: [ChartCard, LineChart],
  template: `
    <cm-chart-card
      [framed]="false"
      [heading]="t().rate.heading(minutes())"
      [detail]="t().rate.unit"
      [table]="points().length > 1 ? table() : undefined"
    >
      @if (points().length > 1) {
        <cm-line-chart [line]="line()" [sentence]="sentence()" [maxTicks]="3" />
      } @else {
        <p class="muted none">{{ t().rate.none }}</p>
      }
    </cm-chart-card>
  `,
  styles: `
    :host {
      padding: 16px;
      --chart-height: 104px;
    }
    // As high as the chart that will replace it.
    .none {
      height: calc(var(--chart-height) + 38px);
    }
  `,
})
export class RateChart {
  protected readonly t = inject(Texts).transfers;

  readonly history = input.required<RateHistory>();
  /** Items a second that Google accepts now, if known. */
  readonly accepted = input<number>();

  protected readonly minutes = computed(() =>
    Math.max(1, Math.round((this.history().items.length * this.history().everySeconds) / 60)),
  );
  /** The rate in each span. The last span is not over, so its rate is over the time that has passed. */
  protected readonly points = computed(() => {
    const { from, everySeconds, items } = this.history();
    return items.map((count, index) => {
      const time = Date.parse(from) + index * everySeconds * 1000;
      const passed = Math.max(MIN_SECONDS, (currentTime() - time) / 1000);
      const seconds = index === items.length - 1 ? Math.min(everySeconds, passed) : everySeconds;
      return { label: formatTimeOfDay(time), value: count / seconds };
    });
  });
  protected readonly line = computed<Line>(() => {
    const accepted = this.accepted();
    const { now, accepted: limit } = this.t().rate;
    return {
      points: this.points(),
      end: now,
      ...(accepted !== undefined && { limit: { value: accepted, label: limit(rate(accepted)) } }),
    };
  });
  protected readonly table = computed<Table>(() => {
    const { columns } = this.t().rate;
    return {
      columns: [{ name: columns.time }, { name: columns.rate, isNumber: true }],
      rows: this.points().map(({ label, value }) => [{ text: label }, { text: rate(value) }]),
    };
  });
  protected readonly sentence = computed(() => {
    const values = this.points().map(({ value }) => value);
    const average = values.reduce((sum, value) => sum + value, 0) / values.length;
    const { sentence, acceptedSentence } = this.t().rate;
    const accepted = this.accepted();
    return [
      sentence(this.minutes(), rate(average), rate(Math.max(...values))),
      ...(accepted === undefined ? [] : [acceptedSentence(rate(accepted))]),
    ].join(' ');
  });
}
