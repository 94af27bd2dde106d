import { Injectable } from '@nestjs/common';

/** What was looked up so lately is not looked up again. */
export const LOOK_MS = 400;
/** Looks that are kept before those that are out of date are dropped. */
const SWEEP_FROM = 1_000;

/**
 * Looks at transfers for all who watch them: whatever the number of viewers, Redis is asked for the same thing once in
 * `LOOK_MS`.
 */
@Injectable()
export class SharedLooks {
  private readonly looks = new Map<string, { readonly until: number; readonly answer: Promise<unknown> }>();
  private sweepFrom = SWEEP_FROM;

  /** The answer to a question, which its name must tell from all others. A failed look is not kept. */
  of<T>(name: string, look: () => Promise<T>): Promise<T> {
    const now = performance.now();
    const known = this.looks.get(name);
    if (known && known.until > now) return known.answer as Promise<T>;
    if (this.looks.size >= this.sweepFrom) this.sweep(now);
    const answer = look();
    this.looks.set(name, { until: now + LOOK_MS, answer });
    answer.catch(() => this.looks.delete(name));
    return answer;
  }

  private sweep(now: number): void {
    for (const [name, { until }] of this.looks) if (until <= now) this.looks.delete(name);
    this.sweepFrom = Math.max(SWEEP_FROM, 2 * this.looks.size);
  }
}
