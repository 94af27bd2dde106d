/**
 * Runs `work` over the items, at most `limit` at a time. After the first failure it starts nothing new, waits for work
 * in progress, and rejects.
 */
export async function forEachBounded<T>(
  items: Iterable<T> | AsyncIterable<T>,
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const running = new Set<Promise<void>>();
  let failure: { error: unknown } | undefined;
  try {
    for await (const item of items) {
      if (failure) break;
      const task: Promise<void> = work(item)
        .catch((error: unknown) => {
          failure ??= { error };
        })
        .finally(() => running.delete(task));
      running.add(task);
      if (running.size >= limit) await Promise.race(running);
    }
  } catch (error) {
    failure ??= { error }; // the items themselves could not be read
  }
  await Promise.all(running);
  if (failure) throw failure.error;
}

/** Limits how many units, such as bytes, all work in progress uses together. Further work waits in a queue. */
export class Budget {
  private readonly waiting: { need: number; go: () => void }[] = [];
  private free: number;

  constructor(private total: number) {
    this.free = total;
  }

  get isWaitedFor(): boolean {
    return this.waiting.length > 0;
  }

  /** Changes the total. Work in progress keeps its units, even if it then uses more than the total. */
  resize(total: number): void {
    this.free += total - this.total;
    this.total = total;
    this.next();
  }

  /**
   * Runs `work` once `need` units are free; work that needs more than the total gets the total. Rejects with the
   * signal's reason.
   */
  async run<T>(need: number, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const share = Math.min(need, this.total);
    await this.take(share, signal);
    try {
      return await work();
    } finally {
      this.free += share;
      this.next();
    }
  }

  private async take(need: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.waiting.length === 0 && need <= this.free) {
      this.free -= need;
      return;
    }
    await new Promise<void>((go, reject) => {
      const entry = {
        need,
        go: () => {
          signal.removeEventListener('abort', stop);
          go();
        },
      };
      const stop = () => {
        this.waiting.splice(this.waiting.indexOf(entry), 1);
        reject(signal.reason as Error);
        this.next();
      };
      signal.addEventListener('abort', stop, { once: true });
      this.waiting.push(entry);
    });
  }

  private next(): void {
    while (this.waiting[0] && this.waiting[0].need <= this.free) {
      const { need, go } = this.waiting.shift()!;
      this.free -= need;
      go();
    }
  }
}
