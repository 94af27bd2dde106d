import { Component, computed, inject, input } from '@angular/core';
import { Router, RouterLink } from '@angular/router';
import { Analytics } from '../../api/models/analytics';
import { AnalyticsRange } from '../../api/models/analytics-range';
import { Command, Commands } from '../../core/commands';
import { formatBytes, formatCount, formatMoment, formatShare } from '../../core/formats';
import { explain, Problem } from '../../core/problem';
import { ProblemNote } from '../../core/problem-note';
import { Texts } from '../../texts/texts';
import { Note } from '../../ui/note';
import { WaitingRows } from '../../ui/waiting-rows';
import { AnalyticsStore, RANGES } from './analytics-store';
import { changeOf } from './figures';
import { HealthPanels } from './health-panels';
import { ItemsPanel } from './items-panel';
import { KeyForm } from '../../core/operator-key-form';
import { OpenTransfersPanel } from './open-transfers-panel';
import { PacePanel } from './pace-panel';
import { ReasonsPanel } from './reasons-panel';

/** The operator's page: the activity of all accounts. */
@Component({
  selector: 'cm-analytics-page',
  imports: [
    HealthPanels,
    ItemsPanel,
    KeyForm,
    Note,
    OpenTransfersPanel,
    PacePanel,
    ProblemNote,
    ReasonsPanel,
    RouterLink,
    WaitingRows,
  ],
  providers: [AnalyticsStore],
  templateUrl: './analytics-page.html',
  styleUrl: './analytics-page.scss',
})
export default class AnalyticsPage {
  private readonly router = inject(Router);
  protected readonly store = inject(AnalyticsStore);
  protected readonly t = inject(Texts).analytics;

  /** The query of the address. */
  readonly range = input<AnalyticsRange, unknown>('24h', {
    transform: (value) => RANGES.find((each) => each === value) ?? '24h',
  });
  protected readonly ranges = RANGES;

  private readonly offered = computed<readonly Command[]>(() => {
    const t = this.t();
    if (this.store.state().state !== 'ready') return [];
    return RANGES.filter((range) => range !== this.range()).map((range) => ({
      id: `analytics-${range}`,
      label: `${t.range}: ${t.rangeNames[range]}`,
      run: () => void this.router.navigate([], { queryParams: { range } }),
    }));
  });

  constructor() {
    this.store.show(this.range);
    inject(Commands).offer(this.offered);
  }

  protected kpis({ figures, range }: Analytics) {
    const { itemsVerified, bytesMoved, bytesInsideGoogle, itemsFailed, itemsAttempted, checksumMismatches } = figures;
    const { source, destination, general } = figures.liveSessions;
    const t = this.t().figures;
    const share = (part: number, whole: number) => formatShare(whole > 0 ? part / whole : 0, 1);
    return [
      { name: t.itemsVerified, value: formatCount(itemsVerified.value), hint: this.compared(itemsVerified, range) },
      {
        name: t.bytesMoved,
        value: formatBytes(bytesMoved.value),
        hint: bytesMoved.value > 0 ? t.insideGoogle(share(bytesInsideGoogle, bytesMoved.value)) : '',
      },
      {
        name: t.itemsFailed,
        value: formatCount(itemsFailed.value),
        hint: itemsAttempted > 0 ? t.ofAttempts(share(itemsFailed.value, itemsAttempted)) : '',
      },
      {
        name: t.checksumMismatches,
        value: formatCount(checksumMismatches.value),
        hint: checksumMismatches.value > 0 ? t.unexpected : t.none,
        warns: checksumMismatches.value > 0,
      },
      {
        name: t.liveSessions,
        value: formatCount(source + destination + general),
        hint: t.sessions(source, destination, general),
      },
    ];
  }

  protected readonly moment = formatMoment;

  protected why(problem: Problem): string {
    const { text, known } = explain(problem);
    return known ? text : `${text} (${problem.code})`;
  }

  /** @param range the range of the figure: while another one loads, it is not yet that of the address */
  private compared(figure: { value: number; before: number }, range: AnalyticsRange): string {
    const t = this.t().figures;
    const before = t.before[range];
    const change = changeOf(figure);
    if (change === undefined) return figure.value > 0 ? t.first(before) : '';
    if (Math.abs(change) < 0.005) return t.same(before);
    return change > 0 ? t.more(formatShare(change, 0), before) : t.less(formatShare(-change, 0), before);
  }
}
