/** Time, so that tests need not wait. */
export interface Clock {
  /** Epoch milliseconds. May jump: clocks of machines are set. */
  now(): number;
  /** Milliseconds since some moment; never jumps. */
  uptime(): number;
  /** Resolves after so many milliseconds; rejects with the signal's reason. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}
