import type { Endpoints } from '../http/endpoint.ts';
import type { Behavior } from '../faults/behavior.ts';
import { includesAllDrives, isVisible, lacksKey, maskOf, pageSizeOf, viewOf, type Call } from '../http/call.ts';
import { fileNotFound, googleError, invalidValue } from '../http/errors.ts';
import type { Reply } from '../http/exchange.ts';
import { applyMask, asksFor, below, type Schema } from '../http/fields.ts';
import { fitsScopes } from '../oauth/scopes.ts';
import { driveOf, newId, type Account, type DriveStore, type Item, type SharedDrive } from './drive-store.ts';
import { domainOf } from '../directory/directory.ts';
import { findDrive } from './drives-api.ts';
import { DEFAULT_FILE_FIELDS, FILE_SCHEMA, fileResource, prepareChecksums } from './file-resource.ts';
import { parseOrder, parseQuery } from './query.ts';

/** Maximum number of listings that can be continued, and of the items that they hold together. */
const MAX_CURSORS = 10_000;
const MAX_CURSOR_ITEMS = 5_000_000;

/** The endpoint of lists of files. */
export const FILE_LISTS_ENDPOINTS = {
  'files.list': {
    at: 'GET /drive/v3/files',
    handle: ({ fileLists }, call) => fileLists.list(call),
    scopes: 'metadata',
    cost: 'list',
    typicalMs: 180,
    errors: [
      'allDrivesNotSupported',
      'teamDriveIdRequiresTeamDriveCorpora',
      'includeTeamDriveItemsRequired',
      'cannotSortFullText',
      'driveNotFound',
      'fileNotFound',
    ],
  },
} as const satisfies Endpoints;

/** `files.list` ("Search for files and folders"). */
export class FileListsApi {
  private readonly store: DriveStore;
  private readonly behavior: Behavior;
  private readonly now: () => number;
  private readonly cursors = new Map<string, Cursor>();
  private itemsHeld = 0;

  constructor(store: DriveStore, behavior: Behavior, now: () => number) {
    this.store = store;
    this.behavior = behavior;
    this.now = now;
  }

  async list(call: Call): Promise<Reply> {
    const { query } = call.exchange;
    const { caller } = call;
    const mask = maskOf(call, LIST_SCHEMA, `kind,incompleteSearch,nextPageToken,files(${DEFAULT_FILE_FIELDS})`);
    const fileMask = below(mask, 'files');
    const corpus = this.corpusFor(call);
    const spaces = (query.get('spaces') || 'drive').split(',');
    // Older clients name `photos`, which is empty here.
    if (!spaces.every((each) => SPACES.includes(each))) throw invalidValue('spaces');
    let pageSize = pageSizeOf(call, this.store, 100, 1000);
    // Google's pages are smaller if permissions are requested.
    if (fileMask !== undefined && asksFor(fileMask, 'permissions')) pageSize = Math.min(pageSize, 100);

    const q = query.get('q') ?? '';
    const orderBy = query.get('orderBy') ?? '';
    const key = JSON.stringify([q, orderBy, corpus.kind, corpus.drive?.id, corpus.allDrives]);
    const pageToken = query.get('pageToken');
    let cursorId: string;
    let offset = 0;
    let cursor: Cursor;
    if (pageToken) {
      const [, id = '', at = ''] = /^~!!~([\w-]+)\.(\d+)$/.exec(pageToken) ?? [];
      const kept = this.cursors.get(id);
      // A token expires after some hours, then the listing must be restarted (reference of files.list).
      const stale = kept !== undefined && this.now() - kept.since > this.store.limits.pageTokenMs;
      if (!kept || stale || kept.email !== caller.account.email || kept.key !== key) throw invalidValue('pageToken');
      cursorId = id;
      offset = Number(at);
      cursor = kept;
    } else {
      const rest = !spaces.includes('drive') ? [] : this.search(call, q, orderBy, corpus);
      cursor = { email: caller.account.email, key, since: this.now(), items: [], rest: rest[Symbol.iterator]() };
      cursorId = newId();
    }

    const { fault } = call.exchange;
    // As if items were added or removed since the previous page: the page begins too early or too late.
    if (fault?.kind === 'duplicateEntries') offset = Math.max(0, offset - (fault.entries ?? 1));
    if (fault?.kind === 'missingEntries') offset += fault.entries ?? 1;
    const isIncomplete =
      fault?.kind === 'incompleteSearch' && (corpus.kind === 'allDrives' || corpus.kind === 'domain');
    const isMissing = (item: Item): boolean =>
      isIncomplete && item.owner !== caller.account && this.behavior.isHit(item.name, fault.share ?? 1);
    const files: Item[] = [];
    while (files.length < pageSize && this.reaches(cursor, offset)) {
      const item = cursor.items[offset++];
      if (!item || this.store.item(item.id) !== item || isMissing(item)) continue;
      if (!pageToken || isVisible(item, caller, this.store)) files.push(item);
    }
    const answer: Record<string, unknown> = { kind: 'drive#fileList', incompleteSearch: isIncomplete };
    if (this.reaches(cursor, offset)) {
      answer['nextPageToken'] = `~!!~${cursorId}.${offset}`;
      if (!pageToken) this.cursors.set(cursorId, cursor);
    } else if (!pageToken) this.itemsHeld -= cursor.items.length;
    this.dropOldCursors();
    const json = applyMask(answer, mask) as Record<string, unknown>;
    if (fileMask !== undefined) {
      await prepareChecksums(files, fileMask);
      const view = viewOf(call, this.store);
      json['files'] = files.map((item) => {
        const resource = fileResource(item, view, fileMask);
        if (fault?.kind === 'omitPermissionIds' && this.behavior.isHit(item.name, fault.share ?? 1))
          for (const field of ['permissionIds', 'permissions']) delete resource[field];
        return resource;
      });
    }
    return { status: 200, json };
  }

  /** The corpus of a search ("Search for files and folders", and `corpora` in the reference of files.list). */
  private corpusFor(call: Call): Corpus {
    const { query } = call.exchange;
    const { account } = call.caller;
    const allDrives = includesAllDrives(call);
    const kind = CORPORA.find((each) => each === (query.get('corpora') ?? 'user'));
    if (!kind) throw invalidValue('corpora');
    const driveId = query.get('driveId') ?? query.get('teamDriveId');
    if ((kind === 'drive') !== (driveId !== null && driveId !== ''))
      throw googleError('teamDriveIdRequiresTeamDriveCorpora');
    if ((kind === 'drive' || kind === 'allDrives') && !allDrives) throw googleError('includeTeamDriveItemsRequired');
    return { kind, allDrives, ...(driveId ? { drive: findDrive(this.store, account, driveId) } : {}) };
  }

  private *itemsOf({ kind, drive, allDrives }: Corpus, account: Account): Generator<Item> {
    if (drive) {
      yield* drive.own;
    } else if (kind === 'domain') {
      const domain = domainOf(account.email);
      for (const item of this.store.allItems())
        if (this.store.access.effectivePermissions(item).some(({ permission }) => permission.domain === domain))
          yield item;
    } else {
      const seen = new Set<Item>();
      for (const item of this.store.corpusOf(account)) {
        if (!allDrives && driveOf(item)) continue;
        if (kind === 'allDrives') seen.add(item);
        yield item;
      }
      if (kind !== 'allDrives') return;
      for (const each of this.store.drivesOf(account)) for (const item of each.own) if (!seen.has(item)) yield item;
    }
  }

  /** Forgets all listings: their page tokens are no longer valid. */
  clear(): void {
    this.cursors.clear();
    this.itemsHeld = 0;
  }

  /** Drops the oldest listings; a page token is valid for some hours only. */
  private dropOldCursors(): void {
    for (const [id, { items }] of this.cursors) {
      if (this.cursors.size <= MAX_CURSORS && this.itemsHeld <= MAX_CURSOR_ITEMS) break;
      this.cursors.delete(id);
      this.itemsHeld -= items.length;
    }
  }

  /** Searches up to a position in a listing and no further, so that a page costs the same in a folder of any size. */
  private reaches(cursor: Cursor, offset: number): boolean {
    while (cursor.rest && cursor.items.length <= offset) {
      const next: IteratorResult<Item, unknown> = cursor.rest.next();
      if (next.done) delete cursor.rest;
      // Items created after the listing began are left out, or copying into the listed folder would never end.
      else if (next.value.born <= cursor.since) {
        cursor.items.push(next.value);
        this.itemsHeld++;
      }
    }
    return offset < cursor.items.length;
  }

  private search(call: Call, q: string, orderBy: string, corpus: Corpus): Iterable<Item> {
    const { caller } = call;
    const view = viewOf(call, this.store);
    const parsed = q.trim() === '' ? undefined : parseQuery(q);
    const order = orderBy === '' ? undefined : parseOrder(orderBy);
    if (parsed?.usesFullText && order) throw googleError('cannotSortFullText');
    const { fault } = call.exchange;
    if (fault?.kind === 'emptyParents' && (parsed?.parents?.size ?? 0) > 1) return [];
    const lag = fault?.kind === 'staleList' ? (fault.lagMs ?? 3_600_000) : this.behavior.settings.indexLagMs;
    const indexed = this.now() - lag;
    const fits = (item: Item, surelyVisible: boolean): boolean =>
      item.born <= indexed &&
      (!parsed || parsed.test(item, view)) &&
      (surelyVisible || this.store.roleOf(item, caller.account) !== undefined) &&
      fitsScopes(item, caller) &&
      // An account does not see the trash of others ("Trash or delete files").
      (item.owner === caller.account || driveOf(item) !== undefined || !this.store.isTrashed(item));
    const found = this.candidates(call, parsed?.parents, corpus, fits);
    return order ? [...found].sort((a, b) => order(a, b, view)) : found;
  }

  private *candidates(
    call: Call,
    parents: ReadonlySet<string> | undefined,
    corpus: Corpus,
    fits: (item: Item, surelyVisible: boolean) => boolean,
  ): Generator<Item> {
    const { account } = call.caller;
    if (parents) {
      const folders = new Set<Item>();
      for (const id of parents) {
        const folder = id === 'root' ? account.root : this.store.item(id);
        if (!folder || !this.store.roleOf(folder, account) || lacksKey(call, this.store, folder))
          // Google leaves out the id of a folder in a query.
          throw fileNotFound('');
        const drive = driveOf(folder);
        // A request without `includeItemsFromAllDrives` finds no items of shared drives, as clients observed.
        if ((drive && !corpus.allDrives) || (corpus.drive && drive !== corpus.drive)) continue;
        folders.add(folder);
      }
      // An old item may be in two of the requested folders.
      const seen = folders.size > 1 ? new Set<Item>() : undefined;
      for (const folder of folders) {
        const open = this.store.access.opens(folder, account);
        for (const child of folder.children ?? []) {
          if (seen?.has(child)) continue;
          seen?.add(child);
          if (fits(child, open)) yield child;
        }
      }
    } else {
      for (const item of this.itemsOf(corpus, account)) if (fits(item, false)) yield item;
    }
  }
}

type CorpusKind = (typeof CORPORA)[number];
const SPACES = ['drive', 'appDataFolder', 'photos'];
const CORPORA = ['user', 'domain', 'drive', 'allDrives'] as const;

/** The items that a search covers; `allDrives` if the request includes items of shared drives. */
interface Corpus {
  kind: CorpusKind;
  drive?: SharedDrive;
  allDrives: boolean;
}

/** A listing in progress, which a page token identifies. */
interface Cursor {
  readonly email: string;
  /** The query; a page token is valid for the same query only. */
  readonly key: string;
  readonly since: number;
  /** The items found so far; `rest` yields further ones. */
  readonly items: Item[];
  rest?: Iterator<Item, unknown>;
}

const LIST_SCHEMA: Schema = { kind: true, incompleteSearch: true, nextPageToken: true, files: FILE_SCHEMA };
