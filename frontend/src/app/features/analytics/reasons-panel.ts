import { Component, computed, inject, input } from '@angular/core';
import { Analytics } from '../../api/models/analytics';
import { formatCount } from '../../core/formats';
import { explain } from '../../core/problem';
import { Texts } from '../../texts/texts';
import { ChartCard } from '../../ui/charts/chart-card';
import { Table } from '../../ui/charts/data-table';

/** How many reasons the text for screen readers names. */
const MAX_NAMED = 3;

/** Why items failed, the most frequent reason first. */
@Component({
  selector: 'cm-reasons-panel',
  imports: [ChartCard],
  template: `
    <cm-chart-card [heading]="t().reasons.heading" [table]="rows().length > 0 ? table() : undefined">
      @if (rows().length === 0) {
        <p class="body muted">{{ t().reasons.nothing }}</p>
      } @else {
        <div class="body bars" role="img" [attr.aria-label]="sentence()">
          @for (row of rows(); track row.code) {
            <span class="mono cut" [title]="row.meaning">{{ row.code }}</span>
            <i [style.width.%]="row.percent"></i>
            <span class="number">{{ row.count }}</span>
          }
        </div>
      }
    </cm-chart-card>
  `,
  styles: `
    .bars {
      display: grid;
      grid-template-columns: minmax(0, max-content) minmax(40px, 1fr) max-content;
      align-items: center;
      gap: 8px 12px;
    }
    i {
      min-width: 2px;
      height: 12px;
      border-radius: 0 3px 3px 0;
      background: var(--primary);

      @media (forced-colors: active) {
        background: CanvasText;
        forced-color-adjust: none;
      }
    }
  `,
})
export class ReasonsPanel {
  protected readonly t = inject(Texts).analytics;
  readonly reasons = input.required<Analytics['failureReasons']>();

  protected readonly rows = computed(() => {
    const highest = Math.max(1, ...this.reasons().map(({ count }) => count));
    return this.reasons().map(({ code, count }) => {
      const { text, known } = explain({ code, title: code, status: 0 });
      return { code, count: formatCount(count), percent: (count / highest) * 100, meaning: known ? text : '' };
    });
  });
  protected readonly sentence = computed(() =>
    this.t().reasons.sentence(
      this.rows()
        .slice(0, MAX_NAMED)
        .map(({ code, count }) => `${code} ${count}`)
        .join(', '),
    ),
  );
  protected readonly table = computed<Table>(() => {
    const t = this.t().reasons;
    return {
      columns: [{ name: t.code }, { name: t.meaning }, { name: t.count, isNumber: true }],
      rows: this.rows().map(({ code, meaning, count }) => [
        { text: code, kind: 'mono' },
        { text: meaning },
        { text: count },
      ]),
    };
  });
}
