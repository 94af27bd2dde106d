import { HttpClient } from '@angular/common/http';
import { computed, DestroyRef, effect, inject, signal, Signal, untracked } from '@angular/core';
import { firstValueFrom } from 'rxjs';
import { readAnalytics } from '../../api/functions';
import { Analytics } from '../../api/models/analytics';
import { AnalyticsRange } from '../../api/models/analytics-range';
import { OperatorKey } from '../../core/operator-key';
import { Problem, toProblem } from '../../core/problem';

/** How often the figures are renewed while somebody looks. */
const RENEW_MS = 15_000;

/** What is known of the figures. */
export type AnalyticsState =
  /** No key, or `refused`: one that the server did not take. */
  | { readonly state: 'locked'; readonly refused: boolean; readonly problem?: Problem; readonly asking: boolean }
  | { readonly state: 'loading' }
  | { readonly state: 'failed'; readonly problem: Problem }
  /** `at`: epoch milliseconds of the last success; `problem`: why it was not renewed since. */
  | { readonly state: 'ready'; readonly figures: Analytics; readonly at: number; readonly problem?: Problem };

const wasRefused = ({ code, status }: Problem): boolean => code === 'operator_key_refused' || status === 401;

/**
 * The operator's figures, renewed every 15 s while the page is visible. A failure keeps what was shown; a key that is no
 * longer accepted is forgotten. Needs an injection context, and stops with it.
 */
export class AnalyticsFeed {
  private readonly http = inject(HttpClient);
  private readonly key = inject(OperatorKey);

  private readonly seen = signal<{ figures: Analytics; at: number } | undefined>(undefined);
  private readonly trouble = signal<Problem | undefined>(undefined);
  private readonly trying = signal(false);

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

  constructor(private readonly range: Signal<AnalyticsRange>) {
    effect(() => {
      this.range();
      untracked(() => void this.renew());
    });
    const renewal = setInterval(() => {
      if (document.visibilityState === 'visible') void this.renew();
    }, RENEW_MS);
    const shown = () => {
      if (document.visibilityState === 'visible' && Date.now() - (this.seen()?.at ?? 0) >= RENEW_MS) void this.renew();
    };
    document.addEventListener('visibilitychange', shown);
    inject(DestroyRef).onDestroy(() => {
      clearInterval(renewal);
      document.removeEventListener('visibilitychange', shown);
    });
  }

  /** Asks with a key, which is kept once the server has taken it. */
  async unlock(key: string): Promise<void> {
    if (this.trying()) return;
    this.trying.set(true);
    await this.ask(key);
    this.trying.set(false);
  }

  /** Asks again, if there is a key to ask with. */
  async renew(): Promise<void> {
    const key = this.key.value();
    if (key) await this.ask(key);
  }

  forget(): void {
    this.key.forget();
    this.seen.set(undefined);
    this.trouble.set(undefined);
  }

  private async ask(key: string): Promise<void> {
    const range = this.range();
    try {
      const { body } = await firstValueFrom(readAnalytics(this.http, '', { range, 'X-Operator-Key': key }));
      // Another range was chosen meanwhile: its own answer is on the way.
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
