import { computed, inject, Service, signal } from '@angular/core';
import { Clock } from './clock';
import { Problem } from './problem';
import { isSameJson } from './same-json';

/** How current the data of the page is. `idle`: nobody is signed in. `why`: the reason, once it is not just a hiccup. */
export type Freshness =
  | { readonly state: 'idle' }
  | { readonly state: 'live' }
  | { readonly state: 'reconnecting'; readonly inSeconds: number; readonly why?: Problem }
  | { readonly state: 'polling'; readonly at: number };

export type ConnectionState = Freshness | { readonly state: 'offline' };

/** Older data is shown as stale. */
const STALE_AFTER_MS = 60_000;
/** A message about a failed request stays for at least this time, although the next request succeeds. */
const READ_MS = 5000;

/** Whether the browser is online, and how the page receives its live data. */
@Service()
export class Connection {
  private readonly clock = inject(Clock);
  private readonly online = signal(navigator.onLine);
  private readonly freshness = signal<Freshness>({ state: 'idle' }, { equal: isSameJson });
  private readonly lastDataAt = signal<number | undefined>(undefined);

  readonly offline = computed(() => !this.online());
  readonly state = computed<ConnectionState>(() => (this.offline() ? { state: 'offline' } : this.freshness()));
  /** Why no updates arrive although the browser is online. */
  readonly blockedReason = computed(() => {
    const freshness = this.freshness();
    return !this.offline() && freshness.state === 'reconnecting' ? freshness.why : undefined;
  });
  /** How many outages have ended: changes when the connection is restored. */
  readonly recoveries = signal(0);
  private lost = false;
  private refusedAt = 0;
  /** Whether the data shown is older than a minute. */
  readonly stale = computed(() => {
    const lastDataAt = this.lastDataAt();
    if (lastDataAt === undefined || (!this.offline() && this.freshness().state !== 'reconnecting')) return false;
    return this.clock.now() - lastDataAt > STALE_AFTER_MS;
  });

  constructor() {
    addEventListener('online', () => {
      this.online.set(true);
      this.countRecovery();
    });
    addEventListener('offline', () => {
      this.online.set(false);
      this.lost = true;
    });
  }

  report(freshness: Freshness): void {
    this.freshness.set(freshness);
    if (freshness.state === 'live' || freshness.state === 'polling') this.lastDataAt.set(Date.now());
    if (freshness.state === 'reconnecting') {
      this.lost = true;
      this.refusedAt = 0; // The stream itself shows when this outage ends.
    } else if (freshness.state !== 'idle' && this.isReadable()) this.countRecovery();
  }

  /**
   * Notes whether a request was answered. While nobody is signed in, no stream shows that an outage begins or ends.
   * @param isOutage whether the server or its database could not be reached
   */
  noteAnswer(isOutage: boolean): void {
    if (this.freshness().state !== 'idle') return;
    if (isOutage) {
      this.lost = true;
      this.refusedAt = Date.now();
    } else if (this.isReadable()) this.countRecovery();
  }

  /** Whether the message about the last failed request has been shown for long enough. */
  private isReadable(): boolean {
    return Date.now() - this.refusedAt >= READ_MS;
  }

  private countRecovery(): void {
    if (!this.lost || this.offline() || this.freshness().state === 'reconnecting') return;
    this.lost = false;
    this.recoveries.update((count) => count + 1);
  }
}
