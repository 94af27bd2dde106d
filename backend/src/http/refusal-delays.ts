/** How long a refusal waits (ms). */
const DELAY_MS = 200;
/** Maximum number of refusals of one client that wait at the same time, because each keeps a connection open. */
const MAX_WAITING = 100;

/**
 * Delays refusals, because a client that ignores them waits for each response before its next request. Without the
 * delay it could be refused thousands of times a second, which would slow down others.
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
