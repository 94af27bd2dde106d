import { Component, computed, inject, input } from '@angular/core';
import { Analytics } from '../../api/models/analytics';
import { formatCount } from '../../core/formats';
import { Texts } from '../../texts/texts';
import { ChartCard } from '../../ui/charts/chart-card';
import { Table } from '../../ui/charts/data-table';
import { StackedBar } from '../../ui/charts/stacked-bar';
import { Segment } from '../../ui/sum';
import { OpenGroup, openGroups } from './figures';

const SEGMENTS: Record<OpenGroup, Segment> = {
  running: 'verified',
  waiting: 'unverified',
  reconnect: 'failed',
  still: 'skipped',
};

/** The open transfers, by what they are doing. */
@Component({
  selector: 'cm-open-transfers-panel',
  imports: [ChartCard, StackedBar],
  template: `
    <cm-chart-card [heading]="t().open.heading(open().total)" [table]="open().total > 0 ? table() : undefined">
      <div class="body">
        @if (open().total === 0) {
          <p class="muted">{{ t().open.nothing }}</p>
        } @else {
          <cm-stacked-bar role="img" [parts]="groups()" [attr.aria-label]="sentence()" />
          <ul class="legend small" aria-hidden="true">
            @for (group of groups(); track group.group) {
              <li>
                <i [class]="group.segment"></i><b>{{ format(group.count) }}</b
                >&ngsp;<span class="muted">{{ group.name }}</span>
              </li>
            }
          </ul>
        }
      </div>
    </cm-chart-card>
  `,
  styleUrls: ['./open-transfers-panel.scss', '../../ui/segments.scss'],
})
export class OpenTransfersPanel {
  protected readonly t = inject(Texts).analytics;
  protected readonly format = formatCount;
  readonly open = input.required<Analytics['openTransfers']>();

  protected readonly groups = computed(() =>
    openGroups(this.open()).map(({ group, count }) => ({
      group,
      name: this.t().open[group],
      count,
      segment: SEGMENTS[group],
    })),
  );
  protected readonly sentence = computed(() =>
    this.t().open.sentence(
      this.groups()
        .map(({ count, name }) => `${formatCount(count)} ${name}`)
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
