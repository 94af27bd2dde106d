import { DestroyRef, inject, signal } from '@angular/core';
import { NavigationExtras, Router } from '@angular/router';
import { Toasts } from '../../core/toasts';

/** Runs the commands of the page, one at a time. Needs an injection context. */
export class ReviewRunner {
  private readonly router = inject(Router);
  private readonly toasts = inject(Toasts);
  private readonly running = signal<'start' | 'recount' | 'stop' | undefined>(undefined);
  private hasLeft = false;

  /** The command that is running. */
  readonly busy = this.running.asReadonly();

  constructor() {
    inject(DestroyRef).onDestroy(() => (this.hasLeft = true));
  }

  /** Whether the person has left the page. */
  get isLeft(): boolean {
    return this.hasLeft;
  }

  /** Opens another page, unless the person has left this one while the command was running. */
  async leave(commands: string[], extras: NavigationExtras): Promise<void> {
    if (!this.isLeft) await this.router.navigate(commands, extras);
  }

  /** Runs a command unless one is running. @returns whether it succeeded */
  async run(
    what: 'start' | 'recount' | 'stop',
    act: () => Promise<void>,
    failed: (error: unknown) => unknown = (error) => this.toasts.failed(error),
  ): Promise<boolean> {
    if (this.busy()) return false;
    this.running.set(what);
    try {
      await act();
      return true;
    } catch (error) {
      await failed(error);
      return false;
    } finally {
      this.running.set(undefined);
    }
  }
}
