import { computed, Service, signal } from '@angular/core';

/** How fresh what is on the screen is. `idle`: nothing on this page is being watched. */
export type Freshness =
  | { readonly state: 'idle' }
  | { readonly state: 'live' }
  | { readonly state: 'reconnecting'; readonly inSeconds: number }
  | { readonly state: 'polling'; readonly at: number };

export type ConnectionState = Freshness | { readonly state: 'offline' };

/** Whether the browser is online and how the page's live data arrives; shown in the bar. */
@Service()
export class Connection {
  private readonly online = signal(navigator.onLine);
  private readonly freshness = signal<Freshness>({ state: 'idle' });

  /** How many transfers stand still until the person does something. */
  readonly needYou = signal(0);

  readonly offline = computed(() => !this.online());
  readonly state = computed<ConnectionState>(() => (this.offline() ? { state: 'offline' } : this.freshness()));

  constructor() {
    addEventListener('online', () => this.online.set(true));
    addEventListener('offline', () => this.online.set(false));
  }

  report(freshness: Freshness): void {
    this.freshness.set(freshness);
  }
}
