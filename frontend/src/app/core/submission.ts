import { signal } from '@angular/core';
import { explain, Problem, toProblem } from './problem';

/** What a form sends: one request at a time, and why the last one failed. */
export class Submission {
  readonly sending = signal(false);
  /** A sentence; empty if nothing failed. */
  readonly problem = signal('');

  /** @param explained the sentence for a problem */
  constructor(private readonly explained = (problem: Problem): string => explain(problem).text) {}

  /** Runs `send`, unless it is running already. Never rejects. */
  async run(send: () => Promise<void>): Promise<void> {
    if (this.sending()) return;
    this.sending.set(true);
    this.problem.set('');
    try {
      await send();
    } catch (error) {
      this.problem.set(this.explained(toProblem(error)));
    } finally {
      this.sending.set(false);
    }
  }
}
