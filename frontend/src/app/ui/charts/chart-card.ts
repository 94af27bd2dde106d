import { Component, computed, inject, input, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Texts } from '../../texts/texts';
import { DataTable, Table } from './data-table';

/** A chart (projected) with a heading, and on request the same figures as a table. */
@Component({
  selector: 'cm-chart-card',
  imports: [DataTable, MatButton],
  template: `
    <section [class.card]="framed()" [attr.aria-label]="heading()">
      <div class="head">
        <h2>
          {{ heading() }}
          @if (detail()) {
            <span class="muted" [class.small]="framed()">{{ detail() }}</span>
          }
        </h2>
        @if (table()) {
          <div class="end">
            <button
              matButton
              type="button"
              [attr.aria-label]="asTable() ? t().asChartOf(heading()) : t().asTableOf(heading())"
              (click)="asTable.set(!asTable())"
            >
              {{ asTable() ? t().asChart : t().asTable }}
            </button>
          </div>
        }
      </div>
      @if (asTable() && table(); as figures) {
        <cm-data-table [label]="heading()" [table]="figures" />
      } @else {
        <ng-content />
      }
    </section>
  `,
  styles: `
    :host {
      display: grid;
      min-width: 0;
    }
    section {
      min-width: 0;
    }
    h2 .muted {
      margin-left: 4px;
      font-size: 14px;
      font-weight: 400;

      &.small {
        font-size: 12px;
      }
    }
    .head {
      min-height: 48px;
      padding-block: 6px;
    }
    section:not(.card) > .head {
      display: flex;
      align-items: center;
      justify-content: space-between;
      gap: 0 12px;
      min-height: 40px;
      padding: 0;

      .end {
        flex: none;
        margin-right: -12px;
      }
    }
  `,
})
export class ChartCard {
  readonly heading = input.required<string>();
  readonly detail = input('');
  /** Without a table there is only the chart. */
  readonly table = input<Table>();
  /** Whether it is a card, or part of one. */
  readonly framed = input(true);
  protected readonly asTable = signal(false);
  private readonly analytics = inject(Texts).analytics;
  protected readonly t = computed(() => this.analytics());
}
