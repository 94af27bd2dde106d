import type { Item } from '../drive/drive-store.ts';
import { googleError } from '../http/errors.ts';
import type { Caller } from './oauth.ts';

export const SCOPE = {
  drive: 'https://www.googleapis.com/auth/drive',
  readonly: 'https://www.googleapis.com/auth/drive.readonly',
  metadata: 'https://www.googleapis.com/auth/drive.metadata',
  metadataReadonly: 'https://www.googleapis.com/auth/drive.metadata.readonly',
  file: 'https://www.googleapis.com/auth/drive.file',
  documents: 'https://www.googleapis.com/auth/documents',
  documentsReadonly: 'https://www.googleapis.com/auth/documents.readonly',
  presentations: 'https://www.googleapis.com/auth/presentations',
  presentationsReadonly: 'https://www.googleapis.com/auth/presentations.readonly',
  formsBody: 'https://www.googleapis.com/auth/forms.body',
  formsBodyReadonly: 'https://www.googleapis.com/auth/forms.body.readonly',
  directoryUser: 'https://www.googleapis.com/auth/admin.directory.user',
  directoryUserReadonly: 'https://www.googleapis.com/auth/admin.directory.user.readonly',
  directoryGroup: 'https://www.googleapis.com/auth/admin.directory.group',
  directoryGroupReadonly: 'https://www.googleapis.com/auth/admin.directory.group.readonly',
  directoryMember: 'https://www.googleapis.com/auth/admin.directory.group.member',
  directoryMemberReadonly: 'https://www.googleapis.com/auth/admin.directory.group.member.readonly',
  directoryCustomer: 'https://www.googleapis.com/auth/admin.directory.customer',
  directoryCustomerReadonly: 'https://www.googleapis.com/auth/admin.directory.customer.readonly',
  directoryDomain: 'https://www.googleapis.com/auth/admin.directory.domain',
  directoryDomainReadonly: 'https://www.googleapis.com/auth/admin.directory.domain.readonly',
  spreadsheets: 'https://www.googleapis.com/auth/spreadsheets',
  spreadsheetsReadonly: 'https://www.googleapis.com/auth/spreadsheets.readonly',
  email: 'https://www.googleapis.com/auth/userinfo.email',
  profile: 'https://www.googleapis.com/auth/userinfo.profile',
} as const;

/** Sets of scopes by the name that endpoint rows use; a token needs one of a set ("Choose Google Drive API scopes"). */
export const SCOPE_SETS = {
  write: [SCOPE.drive, SCOPE.file],
  read: [SCOPE.drive, SCOPE.file, SCOPE.readonly],
  metadata: [SCOPE.drive, SCOPE.file, SCOPE.readonly, SCOPE.metadata, SCOPE.metadataReadonly],
  documentsWrite: [SCOPE.drive, SCOPE.file, SCOPE.documents],
  documentsRead: [SCOPE.drive, SCOPE.file, SCOPE.readonly, SCOPE.documents, SCOPE.documentsReadonly],
  presentationsWrite: [SCOPE.drive, SCOPE.file, SCOPE.presentations],
  presentationsRead: [SCOPE.drive, SCOPE.file, SCOPE.readonly, SCOPE.presentations, SCOPE.presentationsReadonly],
  formsRead: [SCOPE.drive, SCOPE.file, SCOPE.readonly, SCOPE.formsBody, SCOPE.formsBodyReadonly],
  userWrite: [SCOPE.directoryUser],
  userRead: [SCOPE.directoryUser, SCOPE.directoryUserReadonly],
  groupWrite: [SCOPE.directoryGroup],
  groupRead: [SCOPE.directoryGroup, SCOPE.directoryGroupReadonly],
  memberWrite: [SCOPE.directoryGroup, SCOPE.directoryMember],
  memberRead: [
    SCOPE.directoryGroup,
    SCOPE.directoryGroupReadonly,
    SCOPE.directoryMember,
    SCOPE.directoryMemberReadonly,
  ],
  customerRead: [SCOPE.directoryCustomer, SCOPE.directoryCustomerReadonly],
  domainRead: [SCOPE.directoryDomain, SCOPE.directoryDomainReadonly],
  spreadsheetsWrite: [SCOPE.drive, SCOPE.file, SCOPE.spreadsheets],
  spreadsheetsRead: [SCOPE.drive, SCOPE.file, SCOPE.readonly, SCOPE.spreadsheets, SCOPE.spreadsheetsReadonly],
} as const satisfies Record<string, readonly string[]>;

export type ScopeSet = keyof typeof SCOPE_SETS;

/** The app of tokens that the control API issues without a client. */
export const SANDBOX_CLIENT = 'sandbox';

/**
 * Checks that the token allows a call, and notes in the caller whether it does so by `drive.file` alone.
 * @throws GoogleError 403 `insufficientPermissions`.
 */
export function checkScopes(set: ScopeSet, caller: Caller): void {
  let byFile = false;
  for (const scope of SCOPE_SETS[set]) {
    if (!caller.scopes.has(scope)) continue;
    if (scope !== SCOPE.file) return;
    byFile = true;
  }
  if (!byFile) throw googleError('insufficientPermissions');
  caller.onlyOwnFiles = true;
}

/** `drive.file` gives access only to files that the app itself created. */
export function fitsScopes(item: Item, caller: Caller): boolean {
  return !caller.onlyOwnFiles || item.createdBy === appOf(caller);
}

/** The app of a token: its OAuth client or service account. */
export function appOf({ clientId = SANDBOX_CLIENT }: Caller): string {
  return clientId;
}

/** Whether another scope than `drive.file` lets the app know of files that it did not create. */
export function seesOtherFiles({ scopes }: Caller): boolean {
  return SCOPE_SETS.metadata.some((scope) => scope !== SCOPE.file && scopes.has(scope));
}
