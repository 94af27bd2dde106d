import { computed, inject, Service, signal } from '@angular/core';
import { Clock } from './clock';
import { Problem } from './problem';
import { isSameJson } from './same-json';

/**
 * How current the data on the screen is. `idle`: nobody is signed in, so nothing is followed. `why`: the reason, once it
 * has lasted longer than a hiccup.
 */
export type Freshness =
  | { readonly state: 'idle' }
  | { readonly state: 'live' }
  | { readonly state: 'reconnecting'; readonly inSeconds: number; readonly why?: Problem }
  | { readonly state: 'polling'; readonly at: number };

export type ConnectionState = Freshness | { readonly state: 'offline' };

/** Older values are muted. */
const STALE_AFTER_MS = 60_000;

/** Whether the browser is online and how the page's live data arrives; shown in the bar. */
@Service()
export class Connection {
  private readonly clock = inject(Clock);
  private readonly online = signal(navigator.onLine);
  private readonly freshness = signal<Freshness>({ state: 'idle' }, { equal: isSameJson });
  private readonly heardAt = signal<number | undefined>(undefined);

  readonly offline = computed(() => !this.online());
  readonly state = computed<ConnectionState>(() => (this.offline() ? { state: 'offline' } : this.freshness()));
  /** Why no updates arrive although the browser is online. */
  readonly blockedReason = computed(() => {
    const freshness = this.freshness();
    return !this.offline() && freshness.state === 'reconnecting' ? freshness.why : undefined;
  });
  /** How many outages have ended: changes when data arrives again after the connection was lost. */
  readonly recoveries = signal(0);
  private lost = false;
  /** Whether the data shown is older than a minute. */
  readonly stale = computed(() => {
    const heardAt = this.heardAt();
    if (heardAt === undefined || (!this.offline() && this.freshness().state !== 'reconnecting')) return false;
    return this.clock.now() - heardAt > STALE_AFTER_MS;
  });

  constructor() {
    addEventListener('online', () => {
      this.online.set(true);
      this.noteRecovery();
    });
    addEventListener('offline', () => {
      this.online.set(false);
      this.lost = true;
    });
  }

  report(freshness: Freshness): void {
    this.freshness.set(freshness);
    if (freshness.state === 'live' || freshness.state === 'polling') this.heardAt.set(Date.now());
    if (freshness.state === 'reconnecting') this.lost = true;
    else this.noteRecovery();
  }

  private noteRecovery(): void {
    if (!this.lost || this.offline() || this.freshness().state === 'reconnecting') return;
    this.lost = false;
    this.recoveries.update((count) => count + 1);
  }
}
