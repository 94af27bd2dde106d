import type { LedgerStates } from './ports/ledger/states.js';
import { conclude } from './conclusion.js';
import type { TransferContext } from './context.js';
import { type CodedError, isCoded, type ItemCode, ReconnectNeededError, type Side } from './errors.js';
import { isAccountWide, isUnavailable } from './failures.js';
import { itemCodeOf } from './model/reasons.js';
import { setModifiedTimes } from './modified-times.js';
import { statesBefore, type TransferState, WORKING_STATES } from './model/states.js';

/** How long (ms) a transfer waits when Google's limits are used up and Google does not say for how long. */
const QUOTA_PAUSE_MS = 15 * 60_000;
/** How long (ms) a stopped transfer waits for items in progress. A worker that died leaves some for ever. */
const STOPPING_MS = 60_000;
const POLL_MS = 250;

/** Runs a step. An error that concerns an account parks the transfer; one that makes it impossible fails it. */
export async function runStep(context: TransferContext, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  const { ledger, drives } = context;
  context.folders.forget();
  try {
    await work();
  } catch (error) {
    if (signal.aborted || !isCoded(error)) throw error;
    if (error.code === 'stopped') return;
    // Google or the ledger is out of reach: the queue repeats the step.
    if (isUnavailable(error) || error.code === 'service_unavailable') throw error;
    if (error instanceof ReconnectNeededError) {
      const side: Side = error.credentialId === ledger.order.source.credentialId ? 'source' : 'destination';
      await ledger.park('needs_reconnect', { side, since: error.at });
    } else if (error.code === 'destination_storage_full') {
      // Everything else would be refused too: the person makes room, and resumes.
      await ledger.advance(WORKING_STATES, 'pausing', { problem: problemOf(error) });
    } else if (isAccountWide(error)) {
      const pause = error.retryAfter ? error.retryAfter * 1_000 : QUOTA_PAUSE_MS;
      await ledger.park('waiting_quota', { resumeAt: drives.clock.now() + pause });
    } else {
      await fail(context, problemOf(error), signal);
    }
  }
}

/** Ends a transfer that can't continue. What has arrived can be undone. */
export async function fail(
  context: TransferContext,
  problem: { code: ItemCode; detail: string },
  signal: AbortSignal,
): Promise<void> {
  // Without their times an undo would take each Doc for an edited one.
  const done = new Set<number>();
  const setTimes = () => setModifiedTimes(context, signal, ['google'], done).catch(() => undefined);
  await setTimes();
  await context.shares.withdraw(signal).catch(() => undefined); // a later sweep withdraws the rest
  signal.throwIfAborted();
  // Other workers have continued until now. A worker that finishes a copy after this sets its time.
  if (!(await context.ledger.advance(WORKING_STATES, 'failed', { problem }))) return;
  await setTimes();
  await conclude(context.ledger);
}

/** Moves a transfer on as the table of states allows. @returns whether it did */
export const advanceTo = (ledger: LedgerStates, to: TransferState, details?: { at: number }): Promise<boolean> =>
  ledger.advance(statesBefore(to), to, details);

/** Ends a transfer, after computing what the finished page shows. @returns whether it did */
export async function end({ ledger, drives }: TransferContext, to: TransferState): Promise<boolean> {
  const at = drives.clock.now();
  await conclude(ledger, { state: to, at });
  return advanceTo(ledger, to, { at });
}

/** Waits for items in progress, which stop by themselves: a relay at its next report, a server-side copy in a moment. */
export async function untilIdle({ ledger, drives }: TransferContext, signal: AbortSignal): Promise<void> {
  for (let waited = 0; waited < STOPPING_MS; waited += POLL_MS) {
    if ((await ledger.snapshot()).counts.copying === 0) return;
    await drives.clock.sleep(POLL_MS, signal);
  }
}

const problemOf = ({ code, message }: CodedError) => ({ code: itemCodeOf(code), detail: message });
