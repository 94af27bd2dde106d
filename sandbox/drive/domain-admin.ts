import type { Call } from '../http/call.ts';
import { googleError } from '../http/errors.ts';
import { isOn } from '../http/query-types.ts';
import type { DriveStore } from './drive-store.ts';
import type { SharedDrive } from './model.ts';

/** Each method has the reason that GAM expects of it (https://github.com/GAM-team/GAM). */
export type AdminRefusal =
  | 'insufficientAdministratorPrivileges'
  | 'noListTeamDrivesAdministratorPrivilege'
  | 'noManageTeamDriveAdministratorPrivilege';

/**
 * The shared drive that a call with `useDomainAdminAccess` is about: an administrator of the organisation that owns it
 * has access without being a member (https://developers.google.com/workspace/drive/api/reference/rest/v3/drives/get).
 * Undefined without the parameter, and if no drive has the id.
 * @throws GoogleError 403 with the reason `refusal` for everyone else, members of the drive too
 */
export function driveForAdmin(
  call: Call,
  store: DriveStore,
  id: string,
  refusal: AdminRefusal,
): SharedDrive | undefined {
  const drive = store.drives.get(id);
  if (!drive || !asksAsAdmin(call)) return undefined;
  checkAdministers(call, store, drive.domain, refusal);
  return drive;
}

/**
 * All shared drives of the organisation that the caller administers; undefined without `useDomainAdminAccess`.
 * @throws GoogleError 403 for people who administer none
 */
export function drivesForAdmin(call: Call, store: DriveStore): SharedDrive[] | undefined {
  if (!asksAsAdmin(call)) return undefined;
  const { email } = call.caller.account;
  checkAdministers(call, store, email, 'noListTeamDrivesAdministratorPrivilege');
  return [...store.drives.values()].filter(({ domain }) => store.directory.isSameOrganization(email, domain));
}

function asksAsAdmin({ exchange }: Call): boolean {
  return isOn(exchange.query, 'useDomainAdminAccess');
}

function checkAdministers(
  { caller }: Call,
  { directory }: DriveStore,
  emailOrDomain: string,
  refusal: AdminRefusal,
): void {
  const { email } = caller.account;
  if (!directory.person(email)?.isAdmin || !directory.isSameOrganization(email, emailOrDomain))
    throw googleError(refusal);
}
