import { Ahead } from './ahead.js';
import type { TransferContext } from './context.js';
import { ExistingAccessReader } from './existing-access.js';
import { stopped } from './failures.js';
import { type AccessFacts, type AccessWarning, MAX_ACCESS_WARNINGS } from './model/plan-facts.js';
import type { AccessCode, PeopleLine } from './model/sharing.js';
import { PLAN_PAGE } from './ports/ledger/plan.js';
import { AccessTally } from './sharing/access-table.js';
import { ExpectedAccess } from './sharing/expected-access.js';
import { UnreadableItems } from './sharing/unreadable-items.js';
import { AccessPlan } from './sharing/wanted-access.js';
import { sharingRulesOf } from './sharing-rules.js';
import { readRefusals } from './target-refusals.js';

/** Refusals of Google that are known before the start. */
const REFUSALS: ReadonlySet<AccessCode> = new Set([
  'account_deleted',
  'role_not_available',
  'expiry_shortened',
  'expiry_not_allowed',
  'shared_drive_restricted',
]);

/**
 * Counts who can open the originals and could open the copies, in one pass over the plan, and stores the list. That
 * includes everyone who can open what the target contains already, where folders are merged or items replaced. Items
 * that will be skipped have no copy and do not count.
 * @param edition number of the plan
 * @returns undefined if sharing is not carried over
 * @throws ItemError `stopped` if another process makes a newer plan
 */
export async function forecastAccess(
  { ledger, drives }: Pick<TransferContext, 'ledger' | 'drives'>,
  edition: number,
  signal: AbortSignal,
): Promise<AccessFacts | undefined> {
  const rules = await sharingRulesOf(ledger, drives, signal);
  if (!rules) return undefined;
  const plan = new AccessPlan(rules);
  const refusal = await readRefusals(rules, ledger.order.target.folderId, drives.destination, signal);
  const expected = new ExpectedAccess(plan.root, rules, refusal);
  const tally = new AccessTally(rules);
  const unreadable = new UnreadableItems();
  const reader = new ExistingAccessReader(ledger, drives.destination);
  const sources = new Ahead((after) => ledger.sourceAccess(after, PLAN_PAGE));
  let items = 0;
  for await (const { item, existing } of reader.items(signal)) {
    signal.throwIfAborted();
    const source = (await sources.at(item.ordinal))?.access;
    const access = expected.add(item, plan.add(item, source), existing);
    const isUnreadable = unreadable.has(item, source);
    if (item.state === 'skipped') continue;
    tally.add({ ...access, ...(isUnreadable && { isUnreadable }) });
    if (access.wanted.length > 0) items++;
  }
  const table = tally.table();
  if (!(await ledger.storeAccessTable(table.rows, edition))) throw stopped();
  const warnings: AccessWarning[] = [
    // Every folder has an owner, so an empty list means that it could not be read.
    ...(rules.target.permissions.length === 0 ? [{ code: 'target_unreadable' } as const] : []),
    ...(reader.unreadable > 0 ? [{ code: 'existing_unreadable', items: reader.unreadable } as const] : []),
    ...(table.unreadable > 0 ? [{ code: 'unreadable', items: table.unreadable } as const] : []),
    ...[...rules.people].filter(({ line }) => table.lines.get(line)?.people === 0).map(unusedLine),
  ];
  return {
    items,
    permissions: table.permissions,
    counts: table.counts,
    refused: table.rows.filter(({ reasons }) => reasons.some(({ code }) => REFUSALS.has(code))).length,
    target: rules.target.permissions.length,
    warnings: warnings.slice(0, MAX_ACCESS_WARNINGS),
    warningCount: warnings.length,
  };
}

const unusedLine = ({ line, from }: PeopleLine): AccessWarning => ({ code: 'unused_line', line, from });
