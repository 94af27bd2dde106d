/**
 * Runs `work` over the items, at most `limit` at a time. The first failure stops the rest: nothing new is begun, what is
 * under way is awaited, then it rejects.
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
    failure ??= { error }; // the items themselves could not be had
  }
  await Promise.all(running);
  if (failure) throw failure.error;
}
