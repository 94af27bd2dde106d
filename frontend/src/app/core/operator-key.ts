import { Service, signal } from '@angular/core';

/** The operator's key, in memory only: it is lost when the tab is reloaded or closed. */
@Service()
export class OperatorKey {
  private readonly current = signal<string | undefined>(undefined);
  /** Set once the server has accepted it. */
  readonly value = this.current.asReadonly();

  accept(key: string): void {
    this.current.set(key);
  }

  forget(): void {
    this.current.set(undefined);
  }
}
