import { type DocumentModel, emptyDocument } from '../documents/documents.ts';
import type { Behavior } from '../faults/behavior.ts';
import { type Call, findItem, isVisible, viewOf } from '../http/call.ts';
import { googleError, insufficientFilePermissions } from '../http/errors.ts';
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
  type Owner,
  parentsOf,
  personOf,
  SHORTCUT,
} from './drive-store.ts';
import { applyRestriction, isReadOnly, mayRestrict, readOnlyRefusal } from './content-restrictions.ts';
import { applyMetadata, type Metadata } from './file-metadata.ts';
import { isCapable } from './capabilities.ts';
import { typeOfName } from './media-types.ts';
import { checkPins } from './revisions-api.ts';

/** A type that is valid in a Content-Type header. */
const MIME_TYPE = /^[\x21-\x7e][\x20-\x7e]*$/;

/** Errors about the folder that a file is put into. */
export const PLACE_ERRORS = [
  'multipleParentsNotSupported',
  'parentNotAFolder',
  'insufficientParentPermissions',
  'myDriveHierarchyDepthLimitExceeded',
  'teamDriveHierarchyTooDeep',
  'numChildrenInNonRootLimitExceeded',
  'activeItemCreationLimitExceeded',
  'teamDriveFileLimitExceeded',
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
    media?: { contentType?: string; size?: number },
  ): { parent: Item; mimeType: string; convert: boolean; target?: Item } {
    const parent = this.parentFor(call, metadata.parents);
    this.checkRoom(parent.owner);
    const name = metadata.name ?? 'Untitled';
    const given = media?.contentType?.split(';')[0]?.trim();
    const mimeType = metadata.mimeType ?? (media ? given || typeOfName(name) : undefined) ?? 'application/octet-stream';
    if (!MIME_TYPE.test(mimeType)) throw googleError('invalidMimeType');
    if (metadata.id !== undefined) this.checkNewId(metadata, mimeType);
    this.checkProperties(metadata);
    this.checkNewLimit(call, metadata, mimeType, parent);
    if (media && (mimeType === FOLDER || mimeType === SHORTCUT)) throw googleError('hasNoContent');
    const convert = media !== undefined && isGoogleDocument(mimeType);
    const plan = { parent, mimeType, convert };
    if (media?.size !== undefined) this.checkStorage(ownerIn(parent, call), media.size);
    if (mimeType !== SHORTCUT) return plan;
    const target = metadata.shortcutTargetId === undefined ? undefined : this.store.item(metadata.shortcutTargetId);
    if (!target || target.mimeType === SHORTCUT || !isVisible(target, call.caller, this.store))
      throw googleError('shortcutTargetInvalid');
    return { ...plan, target };
  }

  createItem(
    call: Call,
    plan: { parent: Item; mimeType: string; target?: Item },
    metadata: Metadata,
    stored?: { content?: Content; document?: DocumentModel },
  ): Item {
    const { account } = call.caller;
    const document = stored?.document ?? (stored?.content ? undefined : emptyDocument(plan.mimeType));
    // A file created from metadata alone is empty, with a size and checksums like any other.
    const content = stored?.content ?? (isGoogleType(plan.mimeType) ? undefined : Content.made('', 0));
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
    if (call.caller.clientId !== undefined) item.createdBy = call.caller.clientId;
    applyMetadata(item, metadata, account);
    if (metadata.createdTime !== undefined) item.created = metadata.createdTime;
    item.modified = metadata.modifiedTime ?? item.modified;
    this.folderChanged(plan.parent);
    return item;
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
    if (item.owner === account) delete item.modifiedBy;
    else if (edits || changesFile(metadata)) item.modifiedBy = account.email;
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
    if (from && !isCapable('canMoveItemOutOfDrive', item, view)) throw insufficientFilePermissions();
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
    const { root } = call.caller.account;
    // A client that sees only its own files may still put them into the root of My Drive.
    const parent = parents[0] === 'root' || parents[0] === root.id ? root : findItem(call, this.store, parents[0]);
    if (parent.mimeType !== FOLDER) throw googleError('parentNotAFolder');
    if (!atLeast(this.store.roleOf(parent, call.caller.account), 'writer'))
      throw googleError('insufficientParentPermissions');
    const { folderDepth, childrenPerFolder } = this.store.limits;
    let depth = 0;
    for (let each: Item | undefined = parent; each?.parent; each = each.parent) depth++;
    if (depth >= folderDepth)
      throw driveOf(parent)
        ? googleError('teamDriveHierarchyTooDeep', { levels: folderDepth })
        : googleError('myDriveHierarchyDepthLimitExceeded', { levels: folderDepth });
    if (parent.parent && (parent.children?.size ?? 0) >= childrenPerFolder)
      throw googleError('numChildrenInNonRootLimitExceeded');
    return parent;
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

  checkStorage(owner: Owner, bytes: number): void {
    // Shared drives have no quota of bytes.
    if (owner.email !== undefined) this.behavior.checkStorage(owner, bytes);
  }
}

function pinsContent({ exchange }: Call): boolean {
  return exchange.query.get('keepRevisionForever') === 'true';
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
