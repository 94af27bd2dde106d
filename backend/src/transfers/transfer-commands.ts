import { Injectable } from '@nestjs/common';
import { type Ledger, TERMINAL_STATES, type TransferSnapshot, type TransferState } from '../engine/ports/ledger.js';
import { recordsIn } from '../engine/records.js';
import { NothingToRetryError, TransferStateError, UndoExpiredError } from './errors.js';
import {
  actionsOf,
  type Command,
  endedInPlanning,
  isObeyed,
  isUndoExpired,
  statesFor,
  UNDO_DAYS,
} from './transfer-actions.js';
import { TransferClaims } from './transfer-claims.js';
import { TransferStore } from './transfer-store.port.js';
import { TransferLimits } from './transfer-limits.js';
import { TransferQueue } from './transfers.queue.js';

/** For "a transfer that is … cannot be …". */
const DONE: Readonly<Record<Command, string>> = {
  start: 'started',
  pause: 'paused',
  resume: 'resumed',
  cancel: 'canceled',
  retry: 'tried again',
  rerun: 'brought up to date',
  undo: 'undone',
};

/** Steers transfers: each command moves the ledger into a state and queues the step that this state asks for. */
@Injectable()
export class TransferCommands {
  constructor(
    private readonly transfers: TransferStore,
    private readonly queue: TransferQueue,
    private readonly limits: TransferLimits,
    private readonly claims: TransferClaims,
  ) {}

  /**
   * Does what is told, or nothing when it was told before.
   * @param codes of a retry: only items with one of these reasons
   * @throws TransferStateError · NothingToRetryError · UndoExpiredError · TooManyTransfersError
   */
  async obey(command: Command, ledger: Ledger, codes?: readonly string[]): Promise<void> {
    const snapshot = await ledger.snapshot();
    const { state } = snapshot;
    if (!isObeyed(command, snapshot)) {
      if (!statesFor(command).includes(state)) throw refusal(command, snapshot);
      // From here on, not only from when a worker sees it: whoever commands may sign out at once.
      await this.claims.hold(ledger.order, true);
      try {
        await this.carryOut(command, ledger, snapshot, codes);
      } catch (error) {
        if (TERMINAL_STATES.includes(await ledger.state())) await this.claims.release(ledger.order);
        throw error;
      }
    } else if (state === 'running') return; // its steps are queued, or found missing by the watch
    // Also when it was told before: the first time may have ended before this line.
    await this.queue.next(ledger.order.id, await ledger.state());
  }

  private async carryOut(
    command: Command,
    ledger: Ledger,
    snapshot: TransferSnapshot,
    codes?: readonly string[],
  ): Promise<void> {
    // Somebody else may have been quicker: with the same command, or with one that rules it out.
    const mustBeDone = async (done: boolean) => {
      const now = await ledger.snapshot();
      if (!done && !isObeyed(command, now)) throw refusal(command, now);
    };
    const moveTo = async (state: TransferState) => mustBeDone(await ledger.advance(statesFor(command), state));
    switch (command) {
      case 'start':
        return mustBeDone(await this.transfers.start(ledger.order.id));
      case 'pause':
        return moveTo('pausing');
      case 'cancel':
        return moveTo('canceling');
      case 'resume':
        return mustBeDone(await ledger.resume());
      case 'retry':
        return this.limits.inPlace(ledger.order, async () => {
          if (endedInPlanning(snapshot)) return moveTo('planning');
          await ledger.reopen(codes && (await withFolders(ledger, codes)));
          if (openItems(await ledger.snapshot()) === 0) throw new NothingToRetryError(codes);
          return moveTo('running');
        });
      case 'rerun':
        if (endedInPlanning(snapshot)) throw refusal(command, snapshot);
        return this.limits.inPlace(ledger.order, () => moveTo('updating'));
      case 'undo':
        if (isUndoExpired(snapshot, Date.now())) throw new UndoExpiredError(UNDO_DAYS);
        return this.limits.inPlace(ledger.order, () => moveTo('undoing'));
    }
  }
}

const openItems = ({ counts }: TransferSnapshot): number => counts.waiting + counts.copying + counts.checking;

function refusal(command: Command, snapshot: TransferSnapshot): TransferStateError {
  const possible = actionsOf(snapshot).filter((action) => action !== command);
  return new TransferStateError(DONE[command], snapshot.state, possible);
}

/**
 * Items whose folder failed come back with the folder, and the folders with them: one without the other would fail
 * again at once.
 */
async function withFolders(ledger: Ledger, codes: readonly string[]): Promise<string[]> {
  const wanted = new Set([...codes, 'folder_missing']);
  if (codes.includes('folder_missing'))
    for await (const { kind, outcome } of recordsIn(ledger, ['failed']))
      if (kind === 'folder' && outcome.code) wanted.add(outcome.code);
  return [...wanted];
}
