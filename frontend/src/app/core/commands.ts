import { computed, DestroyRef, inject, Service, Signal, signal } from '@angular/core';

/** A command of the palette. */
export interface Command {
  /** Unique among the commands that are offered at the same time. */
  readonly id: string;
  /** What it does, in the page's language. */
  readonly label: string;
  /** More words by which a search finds it. */
  readonly also?: string;
  /** Its keys, as shown in the palette: `['g', 't']`. */
  readonly keys?: readonly string[];
  readonly run: () => void;
}

/** The commands of the command palette: those of the shell and of the current page. */
@Service()
export class Commands {
  private readonly offers = signal<readonly Signal<readonly Command[]>[]>([]);
  /** Those of the page come first. */
  readonly all = computed(() => this.offers().flatMap((offer) => offer()));

  /** Offers commands until the caller is destroyed; the latest offer comes first. Needs an injection context. */
  offer(commands: Signal<readonly Command[]>): void {
    this.offers.update((offers) => [commands, ...offers]);
    inject(DestroyRef).onDestroy(() => this.offers.update((offers) => offers.filter((offer) => offer !== commands)));
  }
}
