import { computed, effect, inject, Injectable, signal, Signal, untracked } from '@angular/core';
import { operationsGetAnalytics } from '../../api/functions';
import { Analytics } from '../../api/models/analytics';
import { AnalyticsRange } from '../../api/models/analytics-range';
import { formatDate, formatTimeOfDay } from '../../core/formats';
import { OperatorKey } from '../../core/operator-key';
import { Problem, toProblem } from '../../core/problem';
import { refreshEvery } from '../../core/refresh';

/** How often the figures are loaded while the tab is visible. */
const REFRESH_MS = 15_000;

export const RANGES: readonly AnalyticsRange[] = ['1h', '24h', '7d', '30d'];

/** The state of the figures. */
export type AnalyticsState =
  /** There is no key. */
  | { readonly state: 'locked' }
  | { readonly state: 'loading' }
  | { readonly state: 'failed'; readonly problem: Problem }
  /** `at`: when they were loaded, epoch milliseconds. `problem`: why the last attempt failed. */
  | { readonly state: 'ready'; readonly figures: Analytics; readonly at: number; readonly problem?: Problem };

/**
 * The operator's figures, loaded every 15 s while the tab is visible. A failure keeps the last figures; a key that the
 * server no longer accepts is forgotten. Provided by the page, and stops with it.
 */
@Injectable()
export class AnalyticsStore {
  private readonly key = inject(OperatorKey);

  private readonly shown = signal<Signal<AnalyticsRange>>(signal('24h'));
  private readonly latest = signal<{ figures: Analytics; at: number } | undefined>(undefined);
  private readonly problem = signal<Problem | undefined>(undefined);

  readonly range = computed(() => this.shown()());
  readonly state = computed<AnalyticsState>(() => {
    const problem = this.problem();
    if (!this.key.value()) return { state: 'locked' };
    const latest = this.latest();
    if (latest) return { state: 'ready', ...latest, ...(problem && { problem }) };
    return problem ? { state: 'failed', problem } : { state: 'loading' };
  });

  constructor() {
    effect(() => {
      this.range();
      if (!this.key.value()) this.latest.set(undefined);
      // It was about the previous range or key.
      this.problem.set(undefined);
      untracked(() => void this.refresh());
    });
    refreshEvery(REFRESH_MS, () => void this.refresh());
  }

  /** Selects the range. */
  show(range: Signal<AnalyticsRange>): void {
    this.shown.set(range);
  }

  /** Loads the figures again, if there is a key. */
  async refresh(): Promise<void> {
    if (!this.key.value()) return;
    const range = this.range();
    try {
      const body = await this.key.call(operationsGetAnalytics, { range });
      // Another range was selected in the meantime; its own response will follow.
      if (range !== this.range()) return;
      this.latest.set({ figures: body, at: Date.now() });
      this.problem.set(undefined);
    } catch (error) {
      if (range === this.range()) this.problem.set(toProblem(error));
    }
  }

  /** A time on the axis of a range, as precise as the range needs. */
  label(at: string, range: AnalyticsRange): string {
    const time = Date.parse(at);
    if (range === '1h' || range === '24h') return formatTimeOfDay(time);
    const date = formatDate(time);
    return range === '30d' ? date : `${date}, ${formatTimeOfDay(time)}`;
  }
}
