import { DriveError, undefinedIfNotFound, type Side } from '../../engine/errors.js';
import type {
  DrivePermission,
  GranteeType,
  NewPermission,
  RestrictionChanges,
  Role,
} from '../../engine/model/sharing.js';
import { PageTokens } from '../../engine/listing.js';
import type { Share } from '../../engine/ports/drive.js';
import type { RequestWatch } from '../../transfers/drives.port.js';
import { key, listOf, nothing, objectOf, time } from './google-answers.js';
import type { GoogleClient } from './google-client.js';
import {
  grantOf,
  isOfOtherType,
  isSharedWithoutMail,
  permissionsOf,
  readGranted,
  readPermission,
  restrictionsBody,
  SINGLE_PERMISSION_FIELDS,
  throwPermissionRefusal,
} from './google-permissions.js';
import type { GoogleRequest } from './google-transport.js';

/**
 * Milliseconds after which a share expires if nothing removes it (Google allows a year). A transfer that takes longer
 * makes it again.
 */
const SHARE_MS = 30 * 24 * 3_600_000;
/** An address belongs to a person or to a group; only Google knows to which of them. */
const OTHER_TYPE: Readonly<Partial<Record<GranteeType, GranteeType>>> = { user: 'group', group: 'user' };

const readId = objectOf({ id: key }, {});
const readPermissions = objectOf({}, { permissions: listOf(readPermission), nextPageToken: key });

/** The permissions and restrictions of the items of one account's Drive, and its temporary shares. */
export abstract class GoogleDriveSharing {
  private sharesExpire = true;

  constructor(
    protected readonly client: GoogleClient,
    protected readonly credentialId: string,
    protected readonly side: Side,
    protected readonly watch: RequestWatch,
  ) {}

  async accessOf(id: string, email: string, signal: AbortSignal): Promise<string | null> {
    for await (const page of this.permissionPages(id, 'id,type,emailAddress', signal)) {
      const own = page.find(
        (permission) => permission.type === 'user' && permission.emailAddress?.toLowerCase() === email.toLowerCase(),
      );
      if (own) return own.id;
    }
    return null;
  }

  async permissions(id: string, signal: AbortSignal): Promise<DrivePermission[]> {
    const found: DrivePermission[] = [];
    for await (const page of this.permissionPages(id, SINGLE_PERMISSION_FIELDS, signal))
      found.push(...permissionsOf(page));
    return found;
  }

  private async *permissionPages(id: string, fields: string, signal: AbortSignal) {
    const tokens = new PageTokens();
    for (let pageToken: string | undefined; ;) {
      const page = await this.client.json(
        {
          ...this.request('GET', `${this.path(id)}/permissions`, signal),
          query: { fields: `nextPageToken,permissions(${fields})`, pageSize: 100, pageToken, supportsAllDrives: true },
        },
        readPermissions,
      );
      yield page.permissions ?? [];
      if (!page.nextPageToken) return;
      pageToken = tokens.next(page.nextPageToken);
    }
  }

  /** Tries the other type of grantee once if Google says that the address is a group's or a person's. */
  async grant(id: string, permission: NewPermission, signal: AbortSignal, notify = false): Promise<DrivePermission> {
    const { grantee } = permission;
    const other = OTHER_TYPE[grantee.type];
    return this.grantAs(id, permission, signal, notify).catch((error: unknown) => {
      if (!other || !isOfOtherType(error)) throwPermissionRefusal(error);
      const changed = { ...permission, grantee: { ...grantee, type: other } };
      return this.grantAs(id, changed, signal, notify).catch(throwPermissionRefusal);
    });
  }

  private async grantAs(
    id: string,
    permission: NewPermission,
    signal: AbortSignal,
    notify: boolean,
  ): Promise<DrivePermission> {
    const { grantee } = permission;
    // Google knows no e-mail to a domain or anyone, and no such parameter.
    const mail = grantee.type === 'user' || grantee.type === 'group' ? { sendNotificationEmail: notify } : {};
    try {
      const request: GoogleRequest = {
        ...this.request('POST', `${this.path(id)}/permissions`, signal),
        query: { fields: SINGLE_PERMISSION_FIELDS, supportsAllDrives: true, ...mail },
        body: grantOf(permission),
        repeatable: !notify, // a second one for the same grantee answers the same permission
      };
      return await this.client.json(request, readGranted);
    } catch (error) {
      if (!isSharedWithoutMail(error)) throw error;
      const given = (await this.permissions(id, signal)).find((each) => each.grantee.address === grantee.address);
      if (!given) throw error;
      return given;
    }
  }

  async changePermission(
    id: string,
    permissionId: string,
    { role, expiresAt }: { readonly role: Role; readonly expiresAt?: number | null },
    signal: AbortSignal,
  ): Promise<DrivePermission> {
    const request: GoogleRequest = {
      ...this.request('PATCH', this.permissionPath(id, permissionId), signal),
      query: {
        fields: SINGLE_PERMISSION_FIELDS,
        supportsAllDrives: true,
        ...(expiresAt === null && { removeExpiration: true }),
      },
      body: { role, ...(expiresAt && { expirationTime: new Date(expiresAt).toISOString() }) },
    };
    return this.client.json(request, readGranted).catch(throwPermissionRefusal);
  }

  async restrict(id: string, restrictions: RestrictionChanges, signal: AbortSignal): Promise<void> {
    const request: GoogleRequest = {
      ...this.request('PATCH', this.path(id), signal),
      query: { fields: 'id', supportsAllDrives: true },
      body: restrictionsBody(restrictions),
    };
    await this.client.json(request, readId).catch(throwPermissionRefusal);
  }

  async grantReading(id: string, email: string, signal: AbortSignal): Promise<Share> {
    const share = async (until: { expirationTime?: string } = {}): Promise<Share> => {
      const { id: permissionId, expirationTime } = await this.client.json(
        {
          ...this.request('POST', `${this.path(id)}/permissions`, signal),
          query: { fields: 'id,expirationTime', sendNotificationEmail: false, supportsAllDrives: true },
          body: { role: 'reader', type: 'user', emailAddress: email, ...until },
          repeatable: true, // a second request for the same account returns the same permission
        },
        objectOf({ id: key }, { expirationTime: time }),
      );
      // From Google's response, because it may be an earlier share of the same account.
      const expiresAt = Date.parse(expirationTime ?? '');
      return { id: permissionId, ...(Number.isFinite(expiresAt) && { expiresAt }) };
    };
    if (!this.sharesExpire) return share();
    try {
      return await share({ expirationTime: new Date(Date.now() + SHARE_MS).toISOString() });
    } catch (error) {
      // Accounts without Google Workspace, and some of its editions, do not support an expiry.
      if (!(error instanceof DriveError) || error.code !== 'google_refused') throw error;
      const lasting = await share();
      this.sharesExpire = false;
      return lasting;
    }
  }

  async endReading(id: string, permissionId: string, signal: AbortSignal): Promise<boolean> {
    const request: GoogleRequest = {
      ...this.request('GET', this.permissionPath(id, permissionId), signal),
      query: { fields: SINGLE_PERMISSION_FIELDS, supportsAllDrives: true },
    };
    const found = await this.client.json(request, readPermission).catch(undefinedIfNotFound);
    if (!found) return true;
    const { role, permissionDetails: details = [] } = found;
    const [direct] = details.filter(({ inherited }) => !inherited);
    // Only a folder above still gives access: there is nothing to delete here.
    if (details.length > 0 && !direct) return true;
    // If a folder above gives access too, My Drive does not state which of the two has the higher role ("Adapt to
    // expansive access"). Without the share on the item, the person keeps the role of the folder.
    const ownRole = direct?.role ?? (details.length > 1 ? undefined : role);
    if (ownRole !== undefined && ownRole !== 'reader') return false;
    await this.withdraw(id, permissionId, signal);
    return true;
  }

  async withdraw(id: string, permissionId: string, signal: AbortSignal): Promise<void> {
    const request: GoogleRequest = {
      ...this.request('DELETE', this.permissionPath(id, permissionId), signal),
      query: { supportsAllDrives: true },
    };
    await this.client.json(request, nothing).catch(undefinedIfNotFound);
  }

  protected request(method: GoogleRequest['method'], path: string, signal: AbortSignal): GoogleRequest {
    return { credentialId: this.credentialId, method, path, signal, side: this.side, ...this.watch };
  }

  protected path(id: string): string {
    return `/drive/v3/files/${encodeURIComponent(id)}`;
  }

  private permissionPath(id: string, permissionId: string): string {
    return `${this.path(id)}/permissions/${encodeURIComponent(permissionId)}`;
  }
}
