/** A request that waits for its turn. */
export interface Waiter {
  /** Groups take turns. */
  readonly group: string;
  readonly units: number;
  /** Called when it is admitted. */
  readonly go: () => void;
  /** Called if it would have to wait too long, with the wait in milliseconds. */
  readonly giveUp: (ms: number) => void;
}

/** Waiting requests: urgent ones first, then groups take turns, each in its own order. */
export class WaitQueue {
  /** Units of all waiting requests. */
  units = 0;
  private readonly urgent: Waiter[] = [];
  private readonly byGroup = new Map<string, Waiter[]>();

  get isEmpty(): boolean {
    return this.first === undefined;
  }

  get first(): Waiter | undefined {
    if (this.urgent.length > 0) return this.urgent[0];
    for (const queue of this.byGroup.values()) return queue[0];
    return undefined;
  }

  add(waiter: Waiter, isUrgent: boolean): void {
    this.units += waiter.units;
    // Requests without cost do not wait for a turn.
    if (waiter.units === 0) this.urgent.unshift(waiter);
    else if (isUrgent) this.urgent.push(waiter);
    if (waiter.units === 0 || isUrgent) return;
    const queue = this.byGroup.get(waiter.group);
    if (queue) queue.push(waiter);
    else this.byGroup.set(waiter.group, [waiter]);
  }

  /** Removes the next waiter; its group becomes the last in turn. */
  take(waiter: Waiter): void {
    this.remove(waiter);
    const queue = this.byGroup.get(waiter.group);
    if (!queue) return;
    this.byGroup.delete(waiter.group);
    this.byGroup.set(waiter.group, queue);
  }

  remove(waiter: Waiter): void {
    const queue = this.urgent.includes(waiter) ? this.urgent : (this.byGroup.get(waiter.group) ?? []);
    const at = queue.indexOf(waiter);
    if (at < 0) return;
    queue.splice(at, 1);
    this.units -= waiter.units;
    if (queue !== this.urgent && queue.length === 0) this.byGroup.delete(waiter.group);
  }
}
