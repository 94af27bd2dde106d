/** How long a refusal waits (ms). */
const DELAY_MS = 200;
/** Most refusals of one client that wait at the same time, as each keeps a connection. */
const MAX_WAITING = 100;

/**
 * Delays refusals. A client that ignores them sends its next request only after the answer, so it can occupy the process
 * with little but waiting; it would otherwise be refused thousands of times a second, and others would wait for that.
 */
export class RefusalDelays {
  /** Refusals that wait, by client. */
  private readonly waiting = new Map<string, number>();

  async wait(client: string): Promise<void> {
    const count = this.waiting.get(client) ?? 0;
    if (count >= MAX_WAITING) return;
    this.waiting.set(client, count + 1);
    await new Promise((resolve) => setTimeout(resolve, DELAY_MS));
    const left = this.waiting.get(client)! - 1;
    if (left > 0) this.waiting.set(client, left);
    else this.waiting.delete(client);
  }
}
