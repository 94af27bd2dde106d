import { Component, computed, inject, input } from '@angular/core';
import { Clock } from '../../../core/clock';
import { formatDuration, formatMoment, formatTimeOfDay } from '../../../core/formats';
import { Transfer } from '../../../core/transfer-updates';
import { Texts } from '../../../texts/texts';
import { timelineOf } from './timeline';

const DAY_MS = 24 * 60 * 60_000;

/** What a transfer's time was spent on: a row a step, and when Google slowed it down. */
@Component({
  selector: 'cm-timeline-chart',
  template: `
    @if (timeline(); as timeline) {
      <div class="top">
        <h2>{{ t().timeline.heading }}</h2>
        @if (transfer().slowDowns > 0) {
          <span class="small muted"><i class="mark key"></i>{{ t().timeline.slowed(transfer().slowDowns) }}</span>
        }
      </div>
      <div class="rows" role="img" [attr.aria-label]="sentence()">
        @for (row of timeline.rows; track row.step) {
          <div class="row">
            <span>{{ t().timeline.steps[row.step] }}</span>
            <span class="lane">
              @for (tick of timeline.ticks; track tick.at) {
                <i class="tick" [style.left.%]="tick.left"></i>
              }
              @for (bar of row.bars; track $index) {
                <i class="bar" [class]="row.step" [style.left.%]="bar.left" [style.width.%]="bar.width"></i>
              }
              @for (mark of row.marks; track $index) {
                <i class="mark" [style.left.%]="mark"></i>
              }
            </span>
            <span class="number muted">{{ formatDuration(row.seconds) }}</span>
          </div>
        }
        <div class="row axis">
          <span></span>
          <span class="lane">
            <span>{{ timeOf(timeline.from) }}</span>
            @for (tick of timeline.ticks; track tick.at) {
              <span class="at" [style.left.%]="tick.left">{{ timeOf(tick.at) }}</span>
            }
            <span class="last">{{ timeOf(timeline.to) }}</span>
          </span>
          <span></span>
        </div>
      </div>
    }
  `,
  styles: `
    :host {
      display: block;
    }
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
    .rows {
      padding: 4px 16px 16px;
    }
    .row {
      display: grid;
      grid-template-columns: 152px minmax(0, 1fr) 84px;
      align-items: center;
      gap: 12px;
      min-height: 28px;
      font-size: 13px;
    }
    .lane {
      position: relative;
      height: 28px;
      border: solid var(--line);
      border-width: 0 1px;
    }
    .lane i {
      position: absolute;
    }
    .tick {
      top: 0;
      width: 1px;
      height: 100%;
      background: var(--line);
    }
    .bar {
      top: 8px;
      bottom: 8px;
      min-width: 4px;
      max-width: 100%;
      border-radius: 3px;
      background: var(--seg-checking);

      &.copy {
        background: var(--seg-verified);
      }
      &.wait {
        background: var(--seg-skipped);
      }
    }
    .mark {
      top: 5px;
      width: 2px;
      height: 18px;
      background: var(--seg-unverified);

      &.key {
        height: 14px;
      }
    }
    .axis {
      min-height: 16px;
      color: var(--muted);
      font-size: 11px;
      line-height: 14px;

      .lane {
        height: 14px;
        border: 0;
      }
      .lane span {
        position: absolute;
        white-space: nowrap;
      }
      .at {
        transform: translateX(-50%);
      }
      .last {
        right: 0;
      }
    }
    @media (forced-colors: active) {
      .bar,
      .mark {
        background: CanvasText;
        forced-color-adjust: none;
      }
      .mark {
        background: Highlight;
      }
    }
    @media (max-width: 719px) {
      .row {
        grid-template-columns: minmax(0, 1fr) auto;
        gap: 0 12px;
        padding: 4px 0;
      }
      .lane {
        grid-row: 2;
        grid-column: 1 / -1;
      }
      .axis .at,
      .axis > span:not(.lane) {
        display: none;
      }
    }
  `,
})
export class TimelineChart {
  private readonly clock = inject(Clock);
  protected readonly t = inject(Texts).finished;
  protected readonly formatDuration = formatDuration;

  readonly transfer = input.required<Transfer>();

  protected readonly timeline = computed(() => {
    const { timeline = [], slowdowns = [] } = this.transfer();
    return timelineOf(timeline, slowdowns);
  });
  protected readonly sentence = computed(() => {
    const { timeline } = this.t();
    const steps = this.timeline()?.rows.map(({ step, seconds }) =>
      timeline.step(timeline.steps[step], formatDuration(seconds)),
    );
    return timeline.sentence(steps ?? [], this.transfer().slowDowns);
  });

  /** A time says enough within a day. */
  protected timeOf(time: number): string {
    const { from = 0, to = 0 } = this.timeline() ?? {};
    return to - from < DAY_MS ? formatTimeOfDay(time) : formatMoment(time, this.clock.now());
  }
}
