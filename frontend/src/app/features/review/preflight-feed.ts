import { effect, inject, signal, Signal, untracked } from '@angular/core';
import { preflightsGet } from '../../api/functions';
import { Preflight } from '../../api/models/preflight';
import { ApiClient } from '../../core/api-client';
import { liveStream } from '../../core/live-stream';
import { isSameJson } from '../../core/same-json';

/** Follows one preflight until its count ends. After a failure, the last data stays. */
export class PreflightFeed {
  private readonly api = inject(ApiClient);
  private readonly latest = signal<Preflight | undefined>(undefined, { equal: isSameJson });
  private readonly isInterrupted = signal(false);
  private readonly stream = liveStream({
    key: () => this.id(),
    request: () => ({
      url: `/api/preflights/${encodeURIComponent(this.id() ?? '')}/events`,
      lastEventId: String(this.latest()?.revision ?? ''),
    }),
    type: 'preflight',
    take: (data) => this.latest.set(JSON.parse(data) as Preflight),
    // Most are already counted: their stream would be empty.
    readsFirst: true,
    read: async (signal) => {
      const body = await this.api.call(preflightsGet, { id: this.id() ?? '' }, 'both');
      if (signal.aborted) return;
      this.isInterrupted.set(false);
      this.latest.set(body);
    },
    isDone: () => (this.latest()?.state ?? 'counting') !== 'counting',
    report: ({ state }) => this.isInterrupted.set(state === 'reconnecting'),
  });

  readonly preflight = this.latest.asReadonly();
  /** Why it could not be loaded. */
  readonly problem = this.stream.problem;
  /** The connection was lost and is about to be retried. */
  readonly interrupted = this.isInterrupted.asReadonly();

  /** Needs an injection context. @param id which preflight; undefined: none yet */
  constructor(private readonly id: Signal<string | undefined>) {
    effect(() => {
      this.id();
      untracked(() => this.latest.set(undefined));
    });
  }

  /** Loads it again, and follows it if it is being counted. */
  load(): void {
    this.stream.retry();
  }
}
