import { effect, inject, signal, Signal, untracked } from '@angular/core';
import { getPreflight } from '../../api/functions';
import { PreflightDto } from '../../api/models/preflight-dto';
import { ApiClient } from '../../core/api-client';
import { liveStream } from '../../core/live-stream';

/** What a transfer would do, while it is counted or as it was counted. */
export type Preflight = PreflightDto;

/** Follows one preflight until it is counted. The last data stays when nothing more comes. */
export class PreflightFeed {
  private readonly api = inject(ApiClient);
  private readonly seen = signal<Preflight | undefined>(undefined);
  private readonly waits = signal(false);
  private readonly stream = liveStream({
    key: () => this.id(),
    request: () => ({
      url: `/api/preflights/${encodeURIComponent(this.id() ?? '')}/events`,
      lastEventId: String(this.seen()?.revision ?? ''),
    }),
    type: 'preflight',
    take: (data) => this.seen.set(JSON.parse(data) as Preflight),
    // Most have been counted already: their stream would be empty.
    readsFirst: true,
    read: async (signal) => {
      const body = await this.api.call(getPreflight, { id: this.id() ?? '' }, 'both');
      if (signal.aborted) return;
      this.waits.set(false);
      this.seen.set(body);
    },
    isDone: () => (this.seen()?.state ?? 'counting') !== 'counting',
    report: ({ state }) => this.waits.set(state === 'reconnecting'),
  });

  readonly preflight = this.seen.asReadonly();
  /** Why nothing (more) comes. */
  readonly problem = this.stream.problem;
  /** The connection broke; it will be retried shortly. */
  readonly interrupted = this.waits.asReadonly();

  /** @param id which preflight; undefined: none yet. Needs an injection context. */
  constructor(private readonly id: Signal<string | undefined>) {
    effect(() => {
      this.id();
      untracked(() => this.seen.set(undefined));
    });
  }

  /** Reads it again, and follows it if it is being counted. */
  load(): void {
    this.stream.retry();
  }
}
