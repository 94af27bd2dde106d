import { Component, computed, inject, input, model } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Texts } from '../../texts/texts';

/** A framed figure that can also be read as a table (projected as `chart` and `table`; the page shows the chosen one). */
@Component({
  selector: 'cm-chart-card',
  imports: [MatButton],
  template: `
    <section class="card" [attr.aria-label]="heading()">
      <div class="head">
        <h2>
          {{ heading() }}
          @if (detail()) {
            <span class="small muted">{{ detail() }}</span>
          }
        </h2>
        @if (switchable()) {
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
      <ng-content />
    </section>
  `,
  styles: `
    :host {
      display: grid;
      min-width: 0;
    }
    .card {
      min-width: 0;
    }
    h2 .muted {
      margin-left: 4px;
      font-weight: 400;
    }
    .head {
      min-height: 48px;
      padding-block: 6px;
    }
  `,
})
export class ChartCard {
  readonly heading = input.required<string>();
  readonly detail = input('');
  readonly switchable = input(true);
  readonly asTable = model(false);
  private readonly analytics = inject(Texts).analytics;
  protected readonly t = computed(() => this.analytics());
}
