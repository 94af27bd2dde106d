import type { Advance, LedgerStates } from './ports/ledger/states.js';
import { conclude } from './conclusion.js';
import type { TransferContext } from './context.js';
import { type CodedError, DriveError, isCoded, type ItemCode, ReconnectNeededError, type Side } from './errors.js';
import { isAccountWide, isUnavailable } from './failures.js';
import { itemCodeOf, reasonOf } from './model/reasons.js';
import type { TransferSnapshot } from './model/snapshot.js';
import { setModifiedTimes } from './modified-times.js';
import { statesBefore, type TransferState, WORKING_STATES } from './model/states.js';

/** How long (ms) a transfer waits after a quota is used up, if Google does not state a time. */
const QUOTA_PAUSE_MS = 15 * 60_000;
/** How long (ms) a stopped transfer waits for items in progress. Those of a dead worker never end. */
const STOPPING_MS = 60_000;
const POLL_MS = 250;

/**
 * Runs a step. An error that concerns an account parks the transfer; one that makes the transfer impossible fails it.
 */
export async function runStep(context: TransferContext, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  const { ledger, drives, usage } = context;
  context.folders.forget();
  try {
    await work();
  } catch (error) {
    if (signal.aborted || !isCoded(error)) throw error;
    if (error.code === 'stopped') return;
    // Google or the ledger is unreachable: the queue repeats the step.
    if (isUnavailable(error) || error.code === 'service_unavailable') throw error;
    if (error instanceof ReconnectNeededError) {
      const side: Side = error.credentialId === ledger.order.source.credentialId ? 'source' : 'destination';
      await ledger.park('needs_reconnect', { side, since: error.at });
    } else if (reasonOf(itemCodeOf(error.code)).is.includes('pauses')) {
      // All other items would fail too.
      await ledger.advance(WORKING_STATES, 'pausing', { problem: problemOf(error) });
    } else if (isAccountWide(error)) {
      const pause = error.retryAfter ? error.retryAfter * 1_000 : QUOTA_PAUSE_MS;
      const limit = error instanceof DriveError ? error.limit : undefined;
      await ledger.park('waiting_quota', { resumeAt: drives.clock.now() + pause, limit });
    } else {
      await fail(context, problemOf(error), signal);
    }
  } finally {
    await usage.flush();
  }
}

/**
 * Ends a transfer that can't continue. An undo can remove what has arrived. Work on the links of a completed transfer
 * leaves it completed.
 */
export async function fail(
  context: TransferContext,
  problem: { code: ItemCode; detail: string },
  signal: AbortSignal,
): Promise<void> {
  const { ledger } = context;
  if ((await ledger.state()) === 'linking') {
    await end(context, completedState(await ledger.snapshot()), problem);
    return;
  }
  // Without the original time an undo would mistake each Doc for an edited one.
  const done = new Set<number>();
  const setTimes = () => setModifiedTimes(context, signal, ['google'], done).catch(() => undefined);
  await setTimes();
  await context.shares.withdraw(signal).catch(() => undefined); // a later sweep withdraws the others
  signal.throwIfAborted();
  // Other workers may have continued until now. A worker that finishes a copy later sets its time itself.
  if (!(await ledger.advance(WORKING_STATES, 'failed', { problem }))) return;
  await setTimes();
  await conclude(ledger);
}

/** Moves a transfer to a state if the table of states allows it. @returns whether it did */
export const advanceTo = (ledger: LedgerStates, to: TransferState, details?: Advance): Promise<boolean> =>
  ledger.advance(statesBefore(to), to, details);

/** The state in which a transfer ends that has copied what it could. */
export const completedState = ({ counts }: TransferSnapshot): TransferState =>
  counts.failed === 0 && counts.unverified === 0 ? 'completed' : 'completed_with_failures';

/**
 * Computes the conclusion, then ends the transfer.
 * @param problem for the log
 * @returns whether it ended
 */
export async function end(
  { ledger, drives, usage }: TransferContext,
  to: TransferState,
  problem?: { code: ItemCode; detail: string },
): Promise<boolean> {
  await usage.flush();
  const at = drives.clock.now();
  await conclude(ledger, { state: to, at });
  return advanceTo(ledger, to, { at, ...(problem && { problem }) });
}

/**
 * Waits until items in progress have stopped: a relay stops at its next progress report, a server-side copy soon ends.
 */
export async function waitUntilIdle({ ledger, drives }: TransferContext, signal: AbortSignal): Promise<void> {
  for (let waited = 0; waited < STOPPING_MS; waited += POLL_MS) {
    if ((await ledger.snapshot()).counts.copying === 0) return;
    await drives.clock.sleep(POLL_MS, signal);
  }
}

const problemOf = ({ code, message }: CodedError) => ({ code: itemCodeOf(code), detail: message });
