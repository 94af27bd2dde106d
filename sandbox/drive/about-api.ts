import type { Endpoints } from '../http/endpoint.ts';
import { EXPORT_FORMATS, IMPORT_FORMATS, MAX_IMPORT_SIZES } from '../documents/documents.ts';
import type { Behavior } from '../faults/behavior.ts';
import { type Call, maskOf, requireFields, viewOf } from '../http/call.ts';
import type { Reply } from '../http/exchange.ts';
import { applyMask, asksFor } from '../http/fields.ts';
import { type DriveStore, quotaBytesOf } from './drive-store.ts';
import { mayCreateDrives } from './drives-api.ts';
import { FOLDER_COLORS } from './file-metadata.ts';
import { ABOUT_SCHEMA, userResource } from './file-resource.ts';

/** The endpoint of `about`. */
export const ABOUT_ENDPOINTS = {
  'about.get': {
    at: 'GET /drive/v3/about',
    handle: ({ about }, call) => about.get(call),
    scopes: 'metadata',
    cost: 'get',
    typicalMs: 80,
    errors: ['fieldsRequired'],
  },
} as const satisfies Endpoints;

/** `about.get` ("Return user info"): the caller's account and storage. */
export class AboutApi {
  private readonly store: DriveStore;
  private readonly behavior: Behavior;

  constructor(store: DriveStore, behavior: Behavior) {
    this.store = store;
    this.behavior = behavior;
  }

  get(call: Call): Reply {
    requireFields(call);
    const { account } = call.caller;
    const mask = maskOf(call, ABOUT_SCHEMA, '*');
    const about: Record<string, unknown> = {
      kind: 'drive#about',
      user: userResource(account, viewOf(call, this.store)),
      importFormats: IMPORT_FORMATS,
      exportFormats: EXPORT_FORMATS,
      maxImportSizes: Object.fromEntries(
        Object.entries(MAX_IMPORT_SIZES).map(([type, bytes]) => [type, String(bytes)]),
      ),
      maxUploadSize: '5242880000000',
      appInstalled: true,
      folderColorPalette: FOLDER_COLORS,
      canCreateDrives: mayCreateDrives(account),
      canCreateTeamDrives: mayCreateDrives(account),
    };
    if (asksFor(mask, 'storageQuota')) {
      const limit = this.behavior.storageLimit(account);
      let inTrash = 0;
      for (const item of account.own) if (this.store.isTrashed(item)) inTrash += quotaBytesOf(item);
      about['storageQuota'] = {
        // Absent if the storage is unlimited.
        ...(Number.isFinite(limit) && { limit: String(limit) }),
        usage: String(account.usage),
        usageInDrive: String(account.usage),
        usageInDriveTrash: String(inTrash),
      };
    }
    return { status: 200, json: applyMask(about, mask) };
  }
}
