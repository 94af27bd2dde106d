import type { Endpoints } from '../http/endpoint.ts';
import {
  answer,
  type Call,
  includesAllDrives,
  isVisible,
  maskOf,
  pageSizeOf,
  supportsAllDrives,
  viewOf,
} from '../http/call.ts';
import { googleError, invalidValue } from '../http/errors.ts';
import type { Reply } from '../http/exchange.ts';
import { applyMask, asksFor, below, type Schema } from '../http/fields.ts';
import { isOff, isOn } from '../http/query-types.ts';
import type { Change } from './change-log.ts';
import { driveOf, type DriveStore, type Item, parentsOf, type SharedDrive } from './drive-store.ts';
import { START_PAGE_TOKEN_SCHEMA } from './nested-schemas.ts';
import { DRIVE_SCHEMA, driveResource, findDrive } from './drives-api.ts';
import { DEFAULT_FILE_FIELDS, FILE_SCHEMA, fileResource, prepareChecksums, rfc3339 } from './file-resource.ts';

/** The endpoints of changes. */
export const CHANGES_ENDPOINTS = {
  'changes.getStartPageToken': {
    at: 'GET /drive/v3/changes/startPageToken',
    handle: ({ changes }, call) => changes.getStartPageToken(call),
    scopes: 'metadata',
    cost: 'get',
    typicalMs: 80,
    errors: ['allDrivesNotSupported', 'driveNotFound'],
  },
  'changes.list': {
    at: 'GET /drive/v3/changes',
    handle: ({ changes }, call) => changes.list(call),
    scopes: 'metadata',
    cost: 'list',
    typicalMs: 80,
    errors: ['parameterRequired', 'allDrivesNotSupported', 'driveNotFound'],
  },
} as const satisfies Endpoints;

/** The list of changes ("Retrieve changes"). */
export class ChangesApi {
  private readonly store: DriveStore;

  constructor(store: DriveStore) {
    this.store = store;
  }

  getStartPageToken(call: Call): Reply {
    this.driveOfChanges(call);
    return answer(
      call,
      { kind: 'drive#startPageToken', startPageToken: String(this.store.changes.next) },
      START_PAGE_TOKEN_SCHEMA,
      '*',
    );
  }

  async list(call: Call): Promise<Reply> {
    const { query } = call.exchange;
    const pageToken = query.get('pageToken');
    if (!pageToken) throw googleError('parameterRequired', { name: 'pageToken' });
    const allDrives = includesAllDrives(call);
    const from = Number(pageToken);
    // No answer gave a token for a change that is still to come: it would skip the changes until then.
    if (!/^\d+$/.test(pageToken) || from > this.store.changes.next) throw invalidValue('pageToken');
    const pageSize = pageSizeOf(call, this.store, 100, 1000);
    const includeRemoved = !isOff(query, 'includeRemoved');
    const mask = maskOf(
      call,
      CHANGES_SCHEMA,
      `kind,nextPageToken,newStartPageToken,changes(kind,removed,fileId,driveId,time,changeType,type,file(${DEFAULT_FILE_FIELDS}),drive(kind,id,name))`,
    );
    const changesMask = below(mask, 'changes') ?? true;
    const fileMask = below(changesMask, 'file') ?? true;
    const { changes, next } = this.store.changes.since(from, pageSize);
    const drive = this.driveOfChanges(call);
    const found = changes.flatMap((change) => this.changeFor(call, change, { drive, allDrives }) ?? []);
    const shown = includeRemoved ? found : found.filter(({ item, changed }) => item ?? changed);
    const items = shown.flatMap(({ item }) => item ?? []);
    if (asksFor(changesMask, 'file')) await prepareChecksums(items, fileMask);
    const view = viewOf(call, this.store);
    const json = {
      kind: 'drive#changeList',
      ...(next < this.store.changes.next ? { nextPageToken: String(next) } : { newStartPageToken: String(next) }),
      changes: shown.map(({ change, item, changed }) => {
        const aboutDrive = change.driveId === change.fileId;
        return {
          kind: 'drive#change',
          changeType: aboutDrive ? 'drive' : 'file',
          type: aboutDrive ? 'drive' : 'file',
          time: rfc3339(change.time),
          removed: !item && !changed,
          ...(aboutDrive ? { driveId: change.fileId } : { fileId: change.fileId }),
          ...(item && asksFor(changesMask, 'file') ? { file: fileResource(item, view, fileMask) } : {}),
          ...(changed ? { drive: driveResource(changed, call.caller.account, this.store) } : {}),
        };
      }),
    };
    return { status: 200, json: applyMask(json, mask) };
  }

  private driveOfChanges(call: Call): SharedDrive | undefined {
    const driveId = call.exchange.query.get('driveId') ?? call.exchange.query.get('teamDriveId');
    if (!driveId) return undefined;
    if (!supportsAllDrives(call)) throw googleError('allDrivesNotSupported', { parameter: 'driveId is specified' });
    return findDrive(this.store, call.caller.account, driveId);
  }

  /** A change as the caller sees it: with the file or drive, or without if the caller no longer has access to it. */
  private changeFor(
    call: Call,
    change: Change,
    { drive, allDrives }: { drive: SharedDrive | undefined; allDrives: boolean },
  ): { change: Change; item?: Item; changed?: SharedDrive } | undefined {
    const { query } = call.exchange;
    const { account } = call.caller;
    if (change.driveId !== undefined && !drive && !allDrives) return undefined;
    if (drive && change.driveId !== drive.id) return undefined;
    const item = this.store.item(change.fileId);
    const about = item && driveOf(item);
    // A link alone does not bring a file into an account's log ("Track changes": the files of the user's corpus).
    const isListed = item && (about !== undefined || this.store.roleOf(item, account, false) !== undefined);
    if (item && isListed && isVisible(item, call.caller, this.store)) {
      if (about && item === about.root) return { change, changed: about };
      if (item === item.owner.root) return undefined;
      if (isOn(query, 'restrictToMyDrive') && !isBelow(item, account.root)) return undefined;
      return { change, item };
    }
    const knewIt = change.removedFor?.includes(account.email) || change.lostBy?.includes(account.email);
    return knewIt ? { change } : undefined;
  }
}

function isBelow(item: Item, folder: Item): boolean {
  return parentsOf(item).some((parent) => parent === folder || isBelow(parent, folder));
}

const CHANGES_SCHEMA: Schema = {
  kind: true,
  nextPageToken: true,
  newStartPageToken: true,
  changes: {
    kind: true,
    changeType: true,
    time: true,
    fileId: true,
    driveId: true,
    teamDriveId: true,
    removed: true,
    type: true,
    file: FILE_SCHEMA,
    drive: DRIVE_SCHEMA,
    teamDrive: DRIVE_SCHEMA,
  },
};
