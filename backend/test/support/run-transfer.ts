import type { Clock } from '../../src/engine/ports/clock.js';
import { reasonOf } from '../../src/engine/model/reasons.js';
import { recordsOf } from '../../src/engine/model/records.js';
import type { TransferOrder } from '../../src/engine/model/order.js';
import type { Ledger } from '../../src/engine/ports/ledger.js';
import { BATCH_ITEMS } from '../../src/engine/model/items.js';
import { Transfer } from '../../src/engine/transfer.js';
import type { Drives } from '../../src/engine/ports/drive.js';
import type { DriveAccount } from '../../src/engine/ports/drive.js';

/** A clock whose sleeps take no real time, but advance it. */
export class SkippingClock implements Clock {
  slept = 0;
  now(): number {
    return Date.now() + this.slept;
  }
  uptime(): number {
    return performance.now() + this.slept;
  }
  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.slept += ms;
  }
  isBusy(): boolean {
    return false;
  }
}

/** Runs the steps of a transfer like the queue: plan, all batches, finish. */
export async function runTransfer(
  ledger: Ledger,
  drives: Drives,
  signal = new AbortController().signal,
): Promise<void> {
  const transfer = new Transfer(ledger, drives);
  await transfer.plan(signal);
  await copyAll(transfer, ledger, signal);
  await transfer.finish(signal);
  await expectOneSentencePerCode(ledger);
}

/** Checks that the reason of every outcome is the sentence of its code in the table. */
async function expectOneSentencePerCode(ledger: Ledger): Promise<void> {
  for await (const { path, outcome } of recordsOf(ledger)) {
    if (!outcome.code) continue;
    const { title, advice } = reasonOf(outcome.code);
    if (!outcome.reason?.startsWith(title) || !outcome.reason.endsWith(advice))
      throw new Error(`${path}: ${outcome.code} has another sentence than the table: ${outcome.reason}`);
  }
}

export async function copyAll(
  transfer: Transfer,
  ledger: Ledger,
  signal = new AbortController().signal,
): Promise<void> {
  const { found } = await ledger.snapshot();
  for (let from = 0; from < found; from += BATCH_ITEMS) await transfer.copy(from, signal);
}

/** An order to copy `items` from one account to the other's My Drive. */
export function anOrder(
  source: DriveAccount,
  destination: DriveAccount,
  items: readonly string[],
  more: Partial<TransferOrder> = {},
): TransferOrder {
  return {
    id: `transfer${Math.random().toString(36).slice(2, 12)}`,
    mode: 'copy',
    conflict: 'keepBoth',
    shortcuts: 'rebuild',
    allowConversion: false,
    sourceIds: items,
    target: { folderId: 'root' },
    source: { ...source, name: source.email, credentialId: `credential-${source.sub}` },
    destination: { ...destination, name: destination.email, credentialId: `credential-${destination.sub}` },
    createdAt: Date.now(),
    ...more,
  };
}
