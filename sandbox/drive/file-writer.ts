import { type DocumentModel, emptyDocument } from '../documents/documents.ts';
import type { Behavior } from '../faults/behavior.ts';
import { type Call, findItem, isVisible, viewOf } from '../http/call.ts';
import { googleError, insufficientFilePermissions } from '../http/errors.ts';
import { isOn } from '../http/query-types.ts';
import { appOf } from '../oauth/scopes.ts';
import { Content } from './content.ts';
import {
  type Account,
  atLeast,
  driveOf,
  type DriveStore,
  FOLDER,
  isGoogleDocument,
  isGoogleType,
  isIssuedId,
  type Item,
  noteModifier,
  type Owner,
  parentsOf,
  personOf,
  SHORTCUT,
  sizeOf,
} from './drive-store.ts';
import { applyRestriction, isReadOnly, mayRestrict, readOnlyRefusal } from './content-restrictions.ts';
import { applyMetadata, type Metadata } from './file-metadata.ts';
import { isCapable } from './capabilities.ts';
import { typeOfName } from './media-types.ts';
import { checkPins } from './revisions-api.ts';

/** The content of an upload, as far as it is known before it arrives. */
export interface Media {
  contentType?: string;
  size?: number;
}

/** A type that is valid in a Content-Type header. */
export const MIME_TYPE = /^[\x21-\x7e][\x20-\x7e]*$/;

/** Errors about the folder that a file is put into. */
export const PLACE_ERRORS = [
  'multipleParentsNotSupported',
  'parentNotAFolder',
  'appDataFolderNotModelled',
  'insufficientParentPermissions',
  'myDriveHierarchyDepthLimitExceeded',
  'teamDriveHierarchyTooDeep',
  'numChildrenInNonRootLimitExceeded',
  'activeItemCreationLimitExceeded',
  'teamDriveFileLimitExceeded',
  'storageQuotaExceeded',
] as const;

/** Errors about the metadata of a file. */
export const METADATA_ERRORS = [
  'fieldIsNotWritable',
  'invalidDate',
  'propertyLengthExceeded',
  'tooManyProperties',
  'invalidMimeType',
  'idNotForDocuments',
  'idNotUsable',
  'fileIdInUse',
  'conflict',
  'shortcutTargetInvalid',
  'tooManyPinned',
  'onlyFoldersLimited',
  'insufficientFilePermissions',
] as const;

/** Errors of changing or moving a file. */
export const UPDATE_ERRORS = [
  'fileNotFound',
  'insufficientFilePermissions',
  'parentsNotWritable',
  'mimeTypeNotWritable',
  'fileNeverWritable',
  'cannotRemoveLastParent',
  'cyclicParent',
  'cannotMoveTrashedItemOutOfTeamDrive',
  'cannotMoveTrashedItemIntoTeamDrive',
  'teamDrivesFolderMoveInNotSupported',
  'fileOwnerNotMemberOfTeamDrive',
] as const;

/** The rules for creating, changing and moving files, shared by calls with metadata, uploads and copies. */
export class FileWriter {
  private readonly store: DriveStore;
  private readonly behavior: Behavior;
  private readonly now: () => number;

  constructor(store: DriveStore, behavior: Behavior, now: () => number) {
    this.store = store;
    this.behavior = behavior;
    this.now = now;
  }

  /** Checks everything that is known before the first byte arrives, so that an invalid request costs no upload. */
  planCreate(
    call: Call,
    metadata: Metadata,
    { media, document: given }: { media?: Media; document?: DocumentModel | undefined } = {},
  ): { parent: Item; mimeType: string; convert: boolean; document?: DocumentModel; target?: Item } {
    const parent = this.parentFor(call, metadata.parents);
    this.checkPlace(parent, metadata.mimeType === FOLDER ? 1 : 0);
    this.checkRoom(parent.owner);
    const name = metadata.name ?? 'Untitled';
    const sent = media?.contentType?.split(';')[0]?.trim();
    const mimeType = metadata.mimeType ?? (media ? sent || typeOfName(name) : undefined) ?? 'application/octet-stream';
    if (!MIME_TYPE.test(mimeType)) throw googleError('invalidMimeType');
    if (metadata.id !== undefined) this.checkNewId(metadata, mimeType);
    this.checkProperties(metadata);
    this.checkNewLimit(call, metadata, mimeType, parent);
    if (media && (mimeType === FOLDER || mimeType === SHORTCUT)) throw googleError('hasNoContent');
    const convert = media !== undefined && isGoogleDocument(mimeType);
    const document = given ?? (media ? undefined : emptyDocument(mimeType));
    const plan = { parent, mimeType, convert, ...(document ? { document } : {}) };
    // What counts of a converted file is its document.
    const stored = convert || isGoogleType(mimeType) ? sizeOf({ mimeType, document }) : (media?.size ?? 0);
    this.checkStorage(ownerIn(parent, call), stored);
    if (mimeType !== SHORTCUT) return plan;
    const target = metadata.shortcutTargetId === undefined ? undefined : this.store.item(metadata.shortcutTargetId);
    if (!target || target.mimeType === SHORTCUT || !isVisible(target, call.caller, this.store))
      throw googleError('shortcutTargetInvalid');
    return { ...plan, target };
  }

  createItem(
    call: Call,
    plan: { parent: Item; mimeType: string; document?: DocumentModel; target?: Item },
    metadata: Metadata,
    given?: Content,
  ): Item {
    const { account } = call.caller;
    const { document } = plan;
    // A file created from metadata alone is empty, with a size and checksums like any other.
    const content = given ?? (isGoogleType(plan.mimeType) ? undefined : Content.made('', 0));
    const item = this.store.create({
      name: metadata.name ?? plan.target?.name ?? 'Untitled',
      mimeType: plan.mimeType,
      owner: ownerIn(plan.parent, call),
      parent: plan.parent,
      ...(metadata.id === undefined ? {} : { id: metadata.id }),
      ...(content ? { content } : {}),
      ...(document ? { document } : {}),
    });
    if (plan.target) item.shortcutTarget = { id: plan.target.id, mimeType: plan.target.mimeType };
    if (driveOf(item)) item.modifiedBy = account.email;
    this.keepRevision(call, item);
    item.createdBy = appOf(call.caller);
    applyMetadata(item, metadata, account);
    if (metadata.createdTime !== undefined) item.created = metadata.createdTime;
    item.modified = metadata.modifiedTime ?? item.modified;
    this.folderChanged(plan.parent);
    return item;
  }

  /**
   * Creates a document in the caller's My Drive, as the editors' APIs do.
   * @throws GoogleError 403 `PERMISSION_DENIED` if the caller has no storage for it
   */
  createDocument(call: Call, metadata: { name: string; mimeType: string }, document: DocumentModel): Item {
    const size = sizeOf({ mimeType: metadata.mimeType, document }) ?? 0;
    if (!this.behavior.hasStorage(call.caller.account, size)) throw googleError('noPermission');
    return this.createItem(call, this.planCreate(call, metadata, { document }), metadata);
  }

  /** Checks a change of a file completely: after a refusal nothing has changed. */
  planUpdate(call: Call, metadata: Metadata, hasContent: boolean): { item: Item; parents?: readonly Item[] } {
    const item = findItem(call, this.store);
    const { account } = call.caller;
    const { query } = call.exchange;
    const root = item === item.owner.root;
    const moves = query.get('addParents') ?? query.get('removeParents');
    if (hasContent || moves !== null || changesFile(metadata)) {
      if (!atLeast(this.store.roleOf(item, call.caller.account), 'writer')) throw insufficientFilePermissions();
      if (root && (moves !== null || metadata.trashed || metadata.name !== undefined))
        throw insufficientFilePermissions();
    }
    const view = viewOf(call, this.store);
    if (trashes(metadata, item) && !isCapable(metadata.trashed ? 'canTrash' : 'canUntrash', item, view))
      throw insufficientFilePermissions();
    if (metadata.name !== undefined && driveOf(item) && root) throw insufficientFilePermissions();
    if (isReadOnly(item) && (hasContent || metadata.name !== undefined)) throw readOnlyRefusal(this.store);
    const restriction = metadata.contentRestriction;
    if (restriction && !mayRestrict(item, this.store.roleOf(item, account), restriction.ownerRestricted))
      throw insufficientFilePermissions();
    this.checkProperties(metadata, item);
    const limits = metadata.inheritedPermissionsDisabled;
    if (limits !== undefined && limits !== (item.inheritedPermissionsDisabled ?? false)) {
      if (item.mimeType !== FOLDER) throw googleError('onlyFoldersLimited');
      if (!isCapable(limits ? 'canDisableInheritedPermissions' : 'canEnableInheritedPermissions', item, view))
        throw insufficientFilePermissions();
    }
    if (metadata.mimeType !== undefined && metadata.mimeType !== item.mimeType) {
      if (isGoogleType(item.mimeType) || isGoogleType(metadata.mimeType)) throw googleError('mimeTypeNotWritable');
      if (!MIME_TYPE.test(metadata.mimeType)) throw googleError('invalidMimeType');
    }
    if (hasContent && !isGoogleType(item.mimeType) && pinsContent(call)) checkPins(item, this.store);
    const parents = this.newParents(call, item);
    return { item, ...(parents ? { parents } : {}) };
  }

  /** @param stored the new content of a file, or the new document of a Google document */
  updateItem(call: Call, metadata: Metadata, stored: { content?: Content; document?: DocumentModel } = {}): Item {
    const { content, document } = stored;
    const edits = content !== undefined || document !== undefined;
    const { item, parents } = this.planUpdate(call, metadata, edits);
    const { account } = call.caller;
    if (metadata.mimeType !== undefined) item.mimeType = metadata.mimeType;
    if (trashes(metadata, item)) this.store.setTrashed(item, metadata.trashed === true, account);
    if (parents) this.place(item, parents, account);
    if (content) {
      this.store.setContent(item, content);
      this.keepRevision(call, item);
    }
    if (document) this.store.setDocument(item, nextRevision(item.document, document));
    if (edits || changesFile(metadata)) noteModifier(item, account);
    if (edits || metadata.name !== undefined || metadata.description !== undefined) item.modified = this.now();
    applyMetadata(item, metadata, account);
    if (metadata.contentRestriction) applyRestriction(item, metadata.contentRestriction, account, this.now());
    this.store.touch(item);
    return item;
  }

  private place(item: Item, parents: readonly Item[], account: Account): void {
    const [parent] = parents;
    // An item with several parents loses some of them.
    if (!parent || parentsOf(item).includes(parent)) {
      this.store.setParents(item, parents);
      return;
    }
    if (item.parent) this.folderChanged(item.parent);
    const owner = driveOf(parent) ?? (driveOf(item) ? account : undefined);
    this.store.move(item, parent, owner === item.owner ? undefined : owner);
    this.folderChanged(parent);
  }

  /** The parents that an item has after the call, if they change. */
  private newParents(call: Call, item: Item): readonly Item[] | undefined {
    const { query } = call.exchange;
    const added = (query.get('addParents') ?? '').split(',').filter(Boolean);
    const removed = (query.get('removeParents') ?? '').split(',').filter(Boolean);
    if (added.length === 0) {
      const parents = parentsOf(item);
      const gone = removed.map((id) => findItem(call, this.store, id)).filter((each) => parents.includes(each));
      if (gone.length === 0) return undefined;
      if (gone.length === parents.length) throw googleError('cannotRemoveLastParent');
      return parents.filter((each) => !gone.includes(each));
    }
    const target = this.parentFor(call, added);
    if (target === item.parent) return undefined;
    for (let each: Item | undefined = target; each; each = each.parent)
      if (each === item) throw googleError('cyclicParent');
    // Only a folder that gets deeper can reach the limit, so others need no count of what they contain.
    const deepens = item.mimeType === FOLDER && depthOf(target) > (item.parent ? depthOf(item.parent) : -1);
    this.checkPlace(target, deepens ? heightOf(item, this.store.limits.folderDepth) : 0);
    this.checkMove(call, item, target);
    return [target];
  }

  /** Checks moves into and out of shared drives ("Roles and permissions", "Resolve errors"). */
  private checkMove(call: Call, item: Item, target: Item): void {
    const from = driveOf(item);
    const to = driveOf(target);
    const view = viewOf(call, this.store);
    if (from === to) {
      if (from && !isCapable('canMoveItemWithinDrive', item, view)) throw insufficientFilePermissions();
      return;
    }
    if (!isCapable(from ? 'canMoveItemOutOfDrive' : 'canMoveItemIntoTeamDrive', item, view))
      throw insufficientFilePermissions();
    const trashed = this.store.isTrashed(item);
    if (from && trashed) throw googleError('cannotMoveTrashedItemOutOfTeamDrive');
    if (!to) return;
    if (item.mimeType === FOLDER && !(from && isCapable('canAddFolderFromAnotherDrive', target, view)))
      throw googleError('teamDrivesFolderMoveInNotSupported');
    if (trashed) throw googleError('cannotMoveTrashedItemIntoTeamDrive');
    const owner = personOf(item);
    if (owner && !this.store.roleOf(to.root, owner)) throw googleError('fileOwnerNotMemberOfTeamDrive');
    this.checkRoom(to);
  }

  /** `keepRevisionForever=true` pins the new content. */
  keepRevision(call: Call, item: Item): void {
    if (item.content && pinsContent(call)) item.headPinned = true;
  }

  /** A folder's own time changes when items are added or removed, so a client must set times of folders last. */
  folderChanged(folder: Item): void {
    if (this.store.switches.folderTimeMoves) folder.modified = Math.max(folder.modified, this.now());
  }

  parentFor(call: Call, parents: string[] | undefined): Item {
    if (parents === undefined || parents.length === 0) return call.caller.account.root;
    if (parents.length > 1) throw googleError('multipleParentsNotSupported');
    if (parents[0] === 'appDataFolder') throw googleError('appDataFolderNotModelled');
    const { root } = call.caller.account;
    // A client that sees only its own files may still put them into the root of My Drive.
    const parent = parents[0] === 'root' || parents[0] === root.id ? root : findItem(call, this.store, parents[0]);
    if (parent.mimeType !== FOLDER) throw googleError('parentNotAFolder');
    if (!atLeast(this.store.roleOf(parent, call.caller.account), 'writer'))
      throw googleError('insufficientParentPermissions');
    return parent;
  }

  /**
   * Checks the limits of a folder for one more child ("Create and populate folders", "Shared drive limits").
   * @param levels of folders that the child adds: 0 for a file, which may be in the deepest folder
   */
  checkPlace(parent: Item, levels: number): void {
    const { folderDepth, childrenPerFolder } = this.store.limits;
    if (levels > 0 && depthOf(parent) + levels > folderDepth)
      throw driveOf(parent)
        ? googleError('teamDriveHierarchyTooDeep', { levels: folderDepth })
        : googleError('myDriveHierarchyDepthLimitExceeded', { levels: folderDepth });
    if (parent.parent && (parent.children?.size ?? 0) >= childrenPerFolder)
      throw googleError('numChildrenInNonRootLimitExceeded');
  }

  /** Checks that an owner may have one more item ("Usage limits", "Shared drive limits"). */
  checkRoom(owner: Owner): void {
    const { itemsPerAccount, itemsPerDrive } = this.store.limits;
    if (owner.email === undefined && owner.own.size >= itemsPerDrive) throw googleError('teamDriveFileLimitExceeded');
    if (owner.email !== undefined && owner.own.size >= itemsPerAccount)
      throw googleError('activeItemCreationLimitExceeded');
  }

  checkProperties(metadata: Metadata, item?: Item): void {
    if (!metadata.properties && !metadata.appProperties) return;
    const { propertiesPerFile, publicProperties, privateProperties } = this.store.limits;
    const count = (field: 'properties' | 'appProperties'): number => {
      const names = new Set(Object.keys(item?.[field] ?? {}));
      for (const [name, value] of Object.entries(metadata[field] ?? {}))
        if (value === null) names.delete(name);
        else names.add(name);
      return names.size;
    };
    const shown = count('properties');
    const own = count('appProperties');
    // The reason is not documented.
    if (shown > publicProperties || own > privateProperties || shown + own > propertiesPerFile)
      throw googleError('tooManyProperties');
  }

  /** Checks the id in the metadata; deletes an id that Drive ignores. */
  checkNewId(metadata: Metadata, mimeType: string): void {
    const { id = '' } = metadata;
    const { idOnDocs, takenIdReason } = this.store.switches;
    if (isGoogleDocument(mimeType)) {
      if (idOnDocs === 'refuse') throw googleError('idNotForDocuments');
      delete metadata.id;
      return;
    }
    if (this.store.isTaken(id)) throw googleError(takenIdReason);
    if (!isIssuedId(id)) throw googleError('idNotUsable');
  }

  /** Checks whether a new item may have limited access: only folders can, in shared drives only those of organizers. */
  checkNewLimit(call: Call, metadata: Metadata, mimeType: string, parent: Item): void {
    if (!metadata.inheritedPermissionsDisabled) return;
    if (mimeType !== FOLDER) throw googleError('onlyFoldersLimited');
    if (driveOf(parent) && this.store.roleOf(parent, call.caller.account) !== 'organizer')
      throw insufficientFilePermissions();
  }

  /** @param bytes `undefined` for folders and shortcuts, which need no storage */
  checkStorage(owner: Owner, bytes: number | undefined): void {
    // Shared drives have no quota of bytes.
    if (owner.email === undefined || bytes === undefined) return;
    if (!this.behavior.hasStorage(owner, bytes)) throw googleError('storageQuotaExceeded');
  }
}

/** The number of folders from the root down to a folder; the root has 0. */
function depthOf(folder: Item): number {
  let depth = 0;
  for (let each = folder.parent; each; each = each.parent) depth++;
  return depth;
}

/** The levels of folders that a folder has, itself included; counts no further than the first beyond `most`. */
function heightOf(folder: Item, most: number): number {
  let height = 0;
  for (let level = [folder]; level.length > 0 && height <= most; height++) {
    const below: Item[] = [];
    for (const each of level)
      for (const child of each.children ?? [])
        if (child.mimeType === FOLDER && child.parent === each) below.push(child);
    level = below;
  }
  return height;
}

function pinsContent({ exchange }: Call): boolean {
  return isOn(exchange.query, 'keepRevisionForever');
}

/** Whether metadata changes the file for everyone: a star is personal, so every account that sees a file may set it. */
function changesFile(metadata: Metadata): boolean {
  return Object.keys(metadata).some((name) => name !== 'starred' && name !== 'viewedByMeTime');
}

function trashes({ trashed }: Metadata, item: Item): boolean {
  return trashed !== undefined && trashed !== item.trashedExplicitly;
}

/** A document in place of another one, as its next revision. */
function nextRevision(old: DocumentModel | undefined, document: DocumentModel): DocumentModel {
  return old && 'revision' in old && 'revision' in document ? { ...document, revision: old.revision + 1 } : document;
}

/** The owner of a new item in a folder: its shared drive, or the account that creates the item. */
export function ownerIn(folder: Item, call: Call): Owner {
  return driveOf(folder) ?? call.caller.account;
}
