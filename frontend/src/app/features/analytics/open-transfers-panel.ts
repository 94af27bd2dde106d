import { Component, computed, inject, input } from '@angular/core';
import { Analytics } from '../../api/models/analytics';
import { formatCount } from '../../core/formats';
import { Texts } from '../../texts/texts';
import { ChartCard } from '../../ui/charts/chart-card';
import { Table } from '../../ui/charts/data-table';
import { openGroups } from './figures';

/** The open transfers, by what they are doing. */
@Component({
  selector: 'cm-open-transfers-panel',
  imports: [ChartCard],
  template: `
    <cm-chart-card [heading]="t().open.heading(open().total)" [table]="open().total > 0 ? table() : undefined">
      <div class="body">
        @if (open().total === 0) {
          <p class="muted">{{ t().open.nothing }}</p>
        } @else {
          <div class="parts" role="img" [attr.aria-label]="sentence()">
            @for (group of groups(); track group.group) {
              <i [class]="group.group" [style.width.%]="group.percent"></i>
            }
          </div>
          <ul class="legend small" aria-hidden="true">
            @for (group of groups(); track group.group) {
              <li>
                <i [class]="group.group"></i><b>{{ group.count }}</b
                >&ngsp;<span class="muted">{{ group.name }}</span>
              </li>
            }
          </ul>
        }
      </div>
    </cm-chart-card>
  `,
  styles: `
    .parts {
      display: flex;
      gap: 2px;
      height: 20px;
      overflow: hidden;
      border-radius: 4px;

      i {
        min-width: 3px;
      }
    }
    .running {
      background: var(--seg-verified);
    }
    .waiting {
      background: var(--seg-unverified);
    }
    .reconnect {
      background: var(--seg-failed);
    }
    .still {
      background: var(--seg-skipped);
    }
    .legend {
      display: flex;
      flex-wrap: wrap;
      gap: 4px 16px;
      margin-top: 10px;

      i {
        display: inline-block;
        width: 10px;
        height: 10px;
        margin-right: 6px;
        border-radius: 2px;
      }
    }
    @media (forced-colors: active) {
      i {
        outline: 1px solid CanvasText;
        outline-offset: -1px;
        forced-color-adjust: none;
      }
    }
  `,
})
export class OpenTransfersPanel {
  protected readonly t = inject(Texts).analytics;
  readonly open = input.required<Analytics['openTransfers']>();

  protected readonly groups = computed(() =>
    openGroups(this.open()).map(({ group, count }) => ({
      group,
      name: this.t().open[group],
      count: formatCount(count),
      percent: (count / Math.max(1, this.open().total)) * 100,
    })),
  );
  protected readonly sentence = computed(() =>
    this.t().open.sentence(
      this.groups()
        .map(({ count, name }) => `${count} ${name}`)
        .join(', '),
    ),
  );
  protected readonly table = computed<Table>(() => {
    const t = this.t().open;
    return {
      columns: [{ name: t.state }, { name: t.count, isNumber: true }],
      rows: this.open().byState.map(({ state, count }) => [
        { text: state, kind: 'mono' },
        { text: formatCount(count) },
      ]),
    };
  });
}
