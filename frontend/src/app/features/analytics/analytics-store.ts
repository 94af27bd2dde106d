import { computed, DestroyRef, effect, inject, Injectable, signal, Signal, untracked } from '@angular/core';
import { readAnalytics } from '../../api/functions';
import { Analytics } from '../../api/models/analytics';
import { AnalyticsRange } from '../../api/models/analytics-range';
import { ApiClient } from '../../core/api-client';
import { formatDate, formatTimeOfDay } from '../../core/formats';
import { OperatorKey } from '../../core/operator-key';
import { Problem, toProblem } from '../../core/problem';

/** How often the figures are read while the tab is visible. */
const RENEW_MS = 15_000;

export const RANGES: readonly AnalyticsRange[] = ['1h', '24h', '7d', '30d'];

/** What is known of the figures. */
export type AnalyticsState =
  /** There is no key; `refused`: the server did not accept it. */
  | { readonly state: 'locked'; readonly refused: boolean; readonly problem?: Problem; readonly asking: boolean }
  | { readonly state: 'loading' }
  | { readonly state: 'failed'; readonly problem: Problem }
  /** `at`: epoch milliseconds of the last success; `problem`: why the last read failed. */
  | { readonly state: 'ready'; readonly figures: Analytics; readonly at: number; readonly problem?: Problem };

const wasRefused = ({ code, status }: Problem): boolean => code === 'operator_key_refused' || status === 401;

/**
 * The operator's figures, read every 15 s while the tab is visible. A failure keeps what was shown; a key that is no
 * longer accepted is forgotten. Provided by the page, and stops with it.
 */
@Injectable()
export class AnalyticsStore {
  private readonly api = inject(ApiClient);
  private readonly key = inject(OperatorKey);

  private readonly shown = signal<Signal<AnalyticsRange>>(signal('24h'));
  private readonly seen = signal<{ figures: Analytics; at: number } | undefined>(undefined);
  private readonly trouble = signal<Problem | undefined>(undefined);
  private readonly trying = signal(false);

  readonly range = computed(() => this.shown()());
  readonly state = computed<AnalyticsState>(() => {
    const problem = this.trouble();
    if (!this.key.value()) {
      const refused = problem !== undefined && wasRefused(problem);
      return { state: 'locked', refused, asking: this.trying(), ...(problem && !refused && { problem }) };
    }
    const seen = this.seen();
    if (seen) return { state: 'ready', ...seen, ...(problem && { problem }) };
    return problem ? { state: 'failed', problem } : { state: 'loading' };
  });

  constructor() {
    effect(() => {
      this.range();
      untracked(() => void this.renew());
    });
    const renewal = setInterval(() => {
      if (document.visibilityState === 'visible') void this.renew();
    }, RENEW_MS);
    const becameVisible = () => {
      if (document.visibilityState === 'visible' && Date.now() - (this.seen()?.at ?? 0) >= RENEW_MS) void this.renew();
    };
    document.addEventListener('visibilitychange', becameVisible);
    inject(DestroyRef).onDestroy(() => {
      clearInterval(renewal);
      document.removeEventListener('visibilitychange', becameVisible);
    });
  }

  /** Selects the range. */
  show(range: Signal<AnalyticsRange>): void {
    this.shown.set(range);
  }

  /** Reads with a key, which is kept once the server has accepted it. */
  async unlock(key: string): Promise<void> {
    if (this.trying()) return;
    this.trying.set(true);
    await this.read(key);
    this.trying.set(false);
  }

  /** Reads again, if there is a key. */
  async renew(): Promise<void> {
    const key = this.key.value();
    if (key) await this.read(key);
  }

  forget(): void {
    this.key.forget();
    this.seen.set(undefined);
    this.trouble.set(undefined);
  }

  /** A moment on the axis of a range, as exact as it needs. */
  label(at: string, range: AnalyticsRange): string {
    const time = Date.parse(at);
    if (range === '1h' || range === '24h') return formatTimeOfDay(time);
    const date = formatDate(time);
    return range === '30d' ? date : `${date}, ${formatTimeOfDay(time)}`;
  }

  private async read(key: string): Promise<void> {
    const range = this.range();
    try {
      const body = await this.api.call(readAnalytics, { range, 'X-Operator-Key': key });
      // Another range was chosen meanwhile: its own response will follow.
      if (range !== this.range()) return;
      this.seen.set({ figures: body, at: Date.now() });
      this.trouble.set(undefined);
      this.key.accept(key);
    } catch (error) {
      const problem = toProblem(error);
      if (wasRefused(problem)) this.forget();
      this.trouble.set(problem);
    }
  }
}
