import { computed, inject, Service, signal } from '@angular/core';
import { Clock } from './clock';

/** How fresh what is on the screen is. `idle`: nobody is signed in, so nothing is watched. */
export type Freshness =
  | { readonly state: 'idle' }
  | { readonly state: 'live' }
  | { readonly state: 'reconnecting'; readonly inSeconds: number }
  | { readonly state: 'polling'; readonly at: number };

export type ConnectionState = Freshness | { readonly state: 'offline' };

/** Values older than this are shown as old. */
const STALE_AFTER_MS = 60_000;

/** Whether the browser is online and how the page's live data arrives; shown in the bar. */
@Service()
export class Connection {
  private readonly clock = inject(Clock);
  private readonly online = signal(navigator.onLine);
  private readonly freshness = signal<Freshness>(
    { state: 'idle' },
    { equal: (a, b) => JSON.stringify(a) === JSON.stringify(b) },
  );
  private readonly heardAt = signal<number | undefined>(undefined);

  readonly offline = computed(() => !this.online());
  readonly state = computed<ConnectionState>(() => (this.offline() ? { state: 'offline' } : this.freshness()));
  /** Whether what is shown is older than a minute. */
  readonly stale = computed(() => {
    const heardAt = this.heardAt();
    if (heardAt === undefined || (!this.offline() && this.freshness().state !== 'reconnecting')) return false;
    return this.clock.now() - heardAt > STALE_AFTER_MS;
  });

  constructor() {
    addEventListener('online', () => this.online.set(true));
    addEventListener('offline', () => this.online.set(false));
  }

  report(freshness: Freshness): void {
    this.freshness.set(freshness);
    if (freshness.state === 'live' || freshness.state === 'polling') this.heardAt.set(Date.now());
  }
}
