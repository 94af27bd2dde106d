import { Ahead } from './ahead.js';
import { forEachBounded } from './concurrency.js';
import type { TransferContext } from './context.js';
import { isNotFound, PermissionRefusedError } from './errors.js';
import { finalErrorOrThrow } from './failures.js';
import type { AccessCode, AccessGrant, AccessRecord, DrivePermission } from './model/sharing.js';
import type { DestinationDrive } from './ports/drive.js';
import { PLAN_PAGE } from './ports/ledger/plan.js';
import { present } from './present.js';
import { nextStep, withOwnPermission } from './sharing/access-record.js';

/** Copies to write at the same time. */
const PARALLEL = 32;

/** What remains of a permission that Google refuses to remove or to give back, and why. */
type Refusal = Pick<AccessGrant, 'outcome' | 'code'>;

/**
 * Removes permissions that CloudMover created, and restores roles that it raised. After an undo this transfer gives
 * nobody access, neither to remaining or trashed copies nor to folders that existed before; what Google refuses to
 * remove is recorded as `wider`, and what it refuses to give back as `narrower`.
 */
export async function revertAccess(
  { ledger, drives: { destination } }: TransferContext,
  signal: AbortSignal,
): Promise<void> {
  if (!ledger.order.sharing) return;
  const records = new Ahead((after) => ledger.accessRecords(after, PLAN_PAGE));
  await forEachBounded(records, PARALLEL, async (record) => {
    const refused = await withdrawGiven(record, destination, signal);
    if (refused.size === 0) return;
    const grants = record.grants.map((grant): AccessGrant => {
      const refusal = refused.get(grant);
      return refusal ? { ...grant, isWithdrawn: true, ...refusal } : grant;
    });
    await ledger.recordAccess({ ...record, grants });
  });
}

/**
 * Removes permissions that CloudMover created on a copy, and restores roles that it raised.
 * @returns those that Google refuses to change, with the reason: the copy may have another owner since
 */
export async function withdrawGiven(
  { copyId, grants, before }: AccessRecord,
  destination: DestinationDrive,
  signal: AbortSignal,
): Promise<ReadonlyMap<AccessGrant, Refusal>> {
  const refused = new Map<AccessGrant, Refusal>();
  if (grants.length === 0) return refused;
  /** @returns the reason if Google refuses; undefined if it is done, or the copy is gone */
  const refusalOf = async (work: () => Promise<unknown>): Promise<AccessCode | undefined> => {
    try {
      await work();
      return undefined;
    } catch (error) {
      return isNotFound(error) ? undefined : codeOf(error, signal);
    }
  };
  // A crash may have lost the record of a written permission, and the destination's owner may have changed any of them.
  let found: DrivePermission[] | undefined;
  const unread = await refusalOf(async () => (found = await destination.permissions(copyId, signal)));
  if (!found && !unread) return refused;
  for (const grant of grants) {
    const step = nextStep({ ...withOwnPermission(grant, found, before), isWithdrawn: true }, found);
    if (step.do === 'leave') continue;
    // Without reading it, whether the destination's owner has changed it is unknown.
    const code =
      unread ??
      (await refusalOf(async () => {
        if (step.do === 'remove') await destination.withdraw(copyId, step.id, signal);
        const { grantee } = grant;
        if (step.do === 'grant')
          await destination.grant(copyId, { grantee, ...present(grant, 'isDiscoverable'), ...step.to }, signal);
        if (step.do === 'change') await destination.changePermission(copyId, step.id, step.to, signal);
      }));
    if (code) refused.set(grant, { outcome: step.do === 'grant' ? 'narrower' : 'wider', code });
  }
  return refused;
}

/** Why a permission was refused. @throws the error if it does not concern only one permission */
export function codeOf(error: unknown, signal: AbortSignal): AccessCode {
  if (error instanceof PermissionRefusedError) return error.reason;
  finalErrorOrThrow(error, signal);
  return isNotFound(error) ? 'changed_since' : 'refused';
}
