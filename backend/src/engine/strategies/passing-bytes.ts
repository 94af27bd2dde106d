import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes between two collections: small beside the memory of a process, and rare enough to cost little (ADR 0053). */
const COLLECT_EVERY_BYTES = 16 * 1024 * 1024;

// Contexts that are created after this have the function that `node --expose-gc` gives to every script.
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as (options: { type: 'minor' }) => void;

let passed = 0;

/**
 * Counts the bytes that relays of this process have read, and frees their buffers now and then. A buffer is a small
 * object that holds much memory. V8 collects its young generation when it is full of objects, not when they hold much
 * memory, so this asks for it.
 */
export function countPassedBytes(bytes: number): void {
  passed += bytes;
  if (passed < COLLECT_EVERY_BYTES) return;
  passed = 0;
  collect({ type: 'minor' });
}
