import { inject, signal } from '@angular/core';
import { Toasts } from './toasts';

/** Commands of which several may run at once, each about another thing. Needs an injection context. */
export class RunningCommands {
  private readonly toasts = inject(Toasts);
  private readonly running = signal<ReadonlySet<string>>(new Set());

  /** What commands are running about. */
  readonly ids = this.running.asReadonly();

  /** Runs a command; a toast reports a failure. Never rejects. @param id what it is about */
  async run(id: string, command: () => Promise<unknown>): Promise<void> {
    this.running.update((before) => new Set(before).add(id));
    try {
      await command();
    } catch (error) {
      this.toasts.failed(error);
    } finally {
      this.running.update((before) => new Set([...before].filter((each) => each !== id)));
    }
  }
}
