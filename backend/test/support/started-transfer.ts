import { aParty, plannedFiles } from './builders.js';
import { InMemoryLedger } from './in-memory-ledger.js';
import { anOrder } from './run-transfer.js';

/** A transfer from Ana to Ben that has started, with this many files. */
export async function aStartedTransfer(files: number): Promise<InMemoryLedger> {
  const ledger = new InMemoryLedger(anOrder(aParty('ana'), aParty('ben'), ['a']));
  const plan = (await ledger.restartPlan())!;
  await ledger.append(plannedFiles(files), plan);
  await ledger.completePlan(plan);
  await ledger.advance(['ready'], 'running');
  return ledger;
}

/** The file of this ordinal in such a transfer. */
export const aFile = (ordinal: number) => plannedFiles(ordinal + 1)[ordinal]!;
