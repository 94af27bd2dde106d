import { computed, DestroyRef, inject, Service, Signal, signal } from '@angular/core';

/** A command of the palette. */
export interface Command {
  /** Unique among all commands offered at a time. */
  readonly id: string;
  /** What it does, in the page's language. */
  readonly label: string;
  /** Other words that find it. */
  readonly also?: string;
  /** Its keys, as they are shown: `['g', 't']`. */
  readonly keys?: readonly string[];
  readonly run: () => void;
}

/** The commands available now, for the command palette: the shell's and those of the current page. */
@Service()
export class Commands {
  private readonly offers = signal<readonly Signal<readonly Command[]>[]>([]);
  /** The page's come first. */
  readonly all = computed(() => this.offers().flatMap((offer) => offer()));

  /** Offers commands until the caller is destroyed; later offers stand first. Needs an injection context. */
  offer(commands: Signal<readonly Command[]>): void {
    this.offers.update((offers) => [commands, ...offers]);
    inject(DestroyRef).onDestroy(() => this.offers.update((offers) => offers.filter((offer) => offer !== commands)));
  }
}
