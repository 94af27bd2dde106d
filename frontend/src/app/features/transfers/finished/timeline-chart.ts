import { Component, computed, inject, input } from '@angular/core';
import { formatDuration, formatMoment, formatTimeOfDay } from '../../../core/formats';
import { Transfer } from '../../../core/transfer-updates';
import { Texts } from '../../../texts/texts';
import { PeriodRow, PeriodsChart, TimeAxis } from '../../../ui/charts/periods-chart';
import { timelineOf } from './timeline';

const DAY_MS = 24 * 60 * 60_000;

/** How long each step of a transfer took, one row for each, and when Google slowed it down. */
@Component({
  selector: 'cm-timeline-chart',
  imports: [PeriodsChart],
  template: `
    @if (chart(); as chart) {
      <div class="top">
        <h2>{{ t().timeline.heading }}</h2>
        @if (transfer().slowDowns > 0) {
          <span class="small muted"><i class="key"></i>{{ t().timeline.slowed(transfer().slowDowns) }}</span>
        }
      </div>
      <cm-periods-chart [rows]="chart.rows" [axis]="chart.axis" [sentence]="chart.sentence" />
    }
  `,
  styles: `
    .top {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      justify-content: space-between;
      gap: 4px 12px;
      padding: 14px 16px 4px;
      border-top: 1px solid var(--line);

      span {
        display: inline-flex;
        align-items: center;
        gap: 6px;
      }
    }
    h2 {
      font-size: 14px;
      line-height: 20px;
    }
    cm-periods-chart {
      padding: 4px 16px 16px;
    }
    .key {
      width: 2px;
      height: 14px;
      background: var(--seg-unverified);
    }
    @media (forced-colors: active) {
      .key {
        background: Highlight;
        forced-color-adjust: none;
      }
    }
  `,
})
export class TimelineChart {
  protected readonly t = inject(Texts).finished;

  readonly transfer = input.required<Transfer>();

  protected readonly chart = computed(() => {
    const { timeline = [], slowdowns = [], slowDowns } = this.transfer();
    const layout = timelineOf(timeline, slowdowns);
    if (!layout) return undefined;
    const t = this.t().timeline;
    // Within a day the time of day is enough.
    const label = (time: number) => (layout.to - layout.from < DAY_MS ? formatTimeOfDay(time) : formatMoment(time));
    const rows = layout.rows.map(({ step, seconds, bars, marks }): PeriodRow => ({
      name: t.steps[step],
      value: formatDuration(seconds),
      kind: step === 'copy' ? 'main' : step === 'wait' ? 'waiting' : 'other',
      bars,
      marks,
    }));
    const axis: TimeAxis = {
      from: label(layout.from),
      to: label(layout.to),
      ticks: layout.ticks.map(({ left, at }) => ({ left, label: label(at) })),
    };
    const steps = rows.map(({ name, value }) => t.step(name, value));
    return { rows, axis, sentence: t.sentence(steps, slowDowns) };
  });
}
