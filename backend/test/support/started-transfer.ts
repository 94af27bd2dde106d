import type { PlannedItem } from '../../src/engine/model/items.js';
import { aParty, plannedFiles } from './builders.js';
import { InMemoryLedger } from './in-memory-ledger.js';
import { anOrder } from './run-transfer.js';

/** A transfer of these items that has started, from Ana to Ben by default. */
export async function aStartedTransfer(
  items: readonly PlannedItem[],
  order = anOrder(aParty('ana'), aParty('ben'), ['a']),
): Promise<InMemoryLedger> {
  const ledger = new InMemoryLedger(order);
  const plan = (await ledger.restartPlan())!;
  await ledger.append(items, plan);
  await ledger.completePlan(plan);
  await ledger.advance(['ready'], 'running');
  return ledger;
}

/** The file of this ordinal among `plannedFiles`. */
export const aFile = (ordinal: number) => plannedFiles(ordinal + 1)[ordinal]!;
