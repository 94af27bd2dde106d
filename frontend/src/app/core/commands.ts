import { computed, DestroyRef, inject, Service, Signal, signal } from '@angular/core';

/** Something a person can ask for by name. */
export interface Command {
  /** Unique among all commands of a moment. */
  readonly id: string;
  /** What it does, in the page's language. */
  readonly label: string;
  /** More that it is found by, such as its other names. */
  readonly also?: string;
  /** Its keys, as they are shown: `['g', 't']`. */
  readonly keys?: readonly string[];
  readonly run: () => void;
}

/** What can be done here and now, for the command palette: the frame's own commands and those of the page shown. */
@Service()
export class Commands {
  private readonly offers = signal<readonly Signal<readonly Command[]>[]>([]);
  /** Those of the page first. */
  readonly all = computed(() => this.offers().flatMap((offer) => offer()));

  /** Offers commands until the caller is destroyed; later offers stand first. Needs an injection context. */
  offer(commands: Signal<readonly Command[]>): void {
    this.offers.update((offers) => [commands, ...offers]);
    inject(DestroyRef).onDestroy(() => this.offers.update((offers) => offers.filter((offer) => offer !== commands)));
  }
}
