/** Time as a port, so that tests don't wait. */
export interface Clock {
  /** Epoch milliseconds. May jump, because the machine's clock can be set. */
  now(): number;
  /** Milliseconds since an arbitrary moment; never jumps. */
  uptime(): number;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Whether this process had hardly any time to spare recently. */
  isBusy(): boolean;
}
