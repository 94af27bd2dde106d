import { isConsumer } from '../directory/directory.ts';
import type { Call } from '../http/call.ts';
import { type GoogleError, googleError, insufficientFilePermissions } from '../http/errors.ts';
import { isOff, isOn } from '../http/query-types.ts';
import type { DriveStore } from './drive-store.ts';
import { personOf, type Account, type Item, type Permission } from './model.ts';

/** Errors of changing the owner. */
export const OWNER_ERRORS = [
  'invalidOwnershipTransfer',
  'transferOwnershipRequired',
  'ownerMustBeNotified',
  'consentRequiredForOwnershipTransfer',
  'ownershipChangeAcrossDomainNotPermitted',
] as const;

/**
 * Checks a transfer of an item to another owner: immediately within an organisation, by offer and acceptance between
 * consumers (https://developers.google.com/workspace/drive/api/guides/transfer-file). Returns the new owner.
 */
export function checkTransfer(
  store: DriveStore,
  call: Call,
  item: Item,
  to: Account | undefined,
  email: string,
): Account {
  const { query } = call.exchange;
  if (!isOn(query, 'transferOwnership')) throw googleError('transferOwnershipRequired');
  const { account } = call.caller;
  const owner = personOf(item);
  const accepts = to === account && item.permissions?.get(to.permissionId)?.pendingOwner === true;
  if (!owner || item === owner.root || (owner !== account && !accepts)) throw insufficientFilePermissions();
  const consumer = isConsumer(owner.email);
  const together = consumer ? isConsumer(email) : store.directory.isSameOrganization(email, owner.email);
  if (!to || !together) throw acrossDomains();
  if (isOff(query, 'sendNotificationEmail')) throw googleError('ownerMustBeNotified');
  if (consumer && !accepts && to !== owner) throw googleError('consentRequiredForOwnershipTransfer');
  return to;
}

/** Transfers an item to another owner. */
export function transferOwnership(store: DriveStore, { exchange }: Call, item: Item, to: Account): void {
  if (to === item.owner) return;
  store.setOwner(item, to);
  if (isOn(exchange.query, 'moveToNewOwnersRoot')) store.move(item, to.root);
}

/** Checks an offer of a file from one consumer to another, who accepts it to become the owner. */
export function checkPendingOwner(
  call: Call,
  item: Item,
  permission: Pick<Permission, 'role' | 'type' | 'email'>,
): void {
  const owner = personOf(item);
  if (owner !== call.caller.account || permission.role !== 'writer' || permission.type !== 'user')
    throw googleError('invalidOwnershipTransfer');
  if (!isConsumer(owner.email) || !isConsumer(permission.email ?? '')) throw acrossDomains();
}

/** Sets the pending owner of a file, who replaces the previous one. */
export function setPendingOwner(item: Item, permission: Permission): void {
  for (const each of item.permissions?.values() ?? []) each.pendingOwner = each === permission;
}

function acrossDomains(): GoogleError {
  return googleError('ownershipChangeAcrossDomainNotPermitted');
}
