import { createReadStream, mkdtempSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { Behavior } from './faults/behavior.ts';
import { Content, ContentFolder, type Algorithm, type Source } from './drive/content.ts';
import type { DirectoryState, DomainPolicy } from './directory/directory.ts';
import { presentModel } from './documents/documents.ts';
import { seedDemoDrive } from './seed/demo-drive.ts';
import { createApis } from './services.ts';
import {
  DriveStore,
  FOLDER,
  parentsOf,
  type Account,
  type DriveRestrictions,
  type Item,
  type Permission,
  type Revision,
  type SharedDrive,
} from './drive/drive-store.ts';
import { SandboxUsageError } from './http/errors.ts';
import type { OAuthClient } from './oauth/clients.ts';
import { OAuth, type OAuthState } from './oauth/oauth.ts';
import { fillFromPreset } from './seed/presets.ts';
import { importFolder, type ImportResult } from './seed/seeding.ts';

export interface AccountOptions {
  email: string;
  name?: string;
  /** `Infinity` for unlimited storage. */
  quotaBytes?: number;
}

export interface SandboxStateOptions {
  accounts?: (string | AccountOptions)[];
  clients?: OAuthClient[];
  /** Real folders to import, by default into the first account. */
  imports?: { path: string; account?: string }[];
  /** Fills the first account with the Drive of a fictional person. */
  seedDemo?: boolean;
  /** Presets by name, by default for the first account. */
  presets?: { preset: string; account?: string; seed?: number }[];
  /** Folder for data that is kept between starts; without it, nothing is kept. */
  dataDir?: string;
  /** The clock, in milliseconds; `advance` adds to it. */
  now?: () => number;
  /** Delays a response by this many milliseconds; by default in real time. */
  sleep?: (ms: number) => Promise<unknown>;
}

const SNAPSHOT = 'sandbox.ndjson';
const SAVE_AFTER_MS = 1000;
/** Maximum share of the time that saving may take. */
const SAVE_SHARE = 1 / 20;

type Line =
  | { type: 'head'; version: 1; nextChange: number; imported: string[]; seeded: boolean; advancedMs?: number }
  /** JSON has no `Infinity`: the quota of unlimited storage is null. */
  | {
      type: 'account';
      email: string;
      name: string;
      quotaBytes: number | null;
      sub: string;
      rootId: string;
      root: RootFacts;
    }
  | { type: 'content'; source: Source; size: number; digests: Partial<Record<Algorithm, string>> }
  | ({
      type: 'item';
      facts: Omit<
        Item,
        'owner' | 'parent' | 'otherParents' | 'content' | 'children' | 'permissions' | 'revisions' | PersonalField
      > & {
        /** In data folders from before times were personal: when its owner viewed it. */
        viewed?: number;
      };
      /** An e-mail, or the id of a shared drive. */
      owner: string;
      parent?: string;
      content?: number;
      revisions?: (Omit<Revision, 'content'> & { content: number })[];
    } & PeopleFacts)
  | {
      type: 'drive';
      id: string;
      name: string;
      created: number;
      domain: string;
      more: { restrictions: DriveRestrictions; colorRgb?: string; themeId?: string; request?: string };
      hiddenFor: string[];
      root: RootFacts;
    }
  | { type: 'directory'; state: DirectoryState }
  /** Groups and policies in data folders from before the directory. */
  | { type: 'group'; email: string; name: string; members: string[] }
  | { type: 'policy'; domain: string; policy: DomainPolicy }
  | { type: 'parents'; id: string; all: string[] }
  | { type: 'deleted'; ids: string[] }
  | { type: 'oauth'; state: OAuthState };
type PersonalField = 'starredBy' | 'viewedBy' | 'modifiedBefore';
interface PeopleFacts {
  starred?: string[];
  shared?: Permission[];
  viewed?: [email: string, time: number][];
  modifiedBefore?: [email: string, time: number][];
}
type RootFacts = { created: number; modified: number } & PeopleFacts;

/** The state of a sandbox: how it starts, resets, and is saved. */
export class SandboxState {
  readonly store: DriveStore;
  readonly oauth: OAuth;
  readonly behavior: Behavior;
  readonly apis: ReturnType<typeof createApis>;
  /** The sandbox's time in milliseconds: the machine's time plus all advances. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<unknown>;
  /** Results of the imports at the start. */
  readonly importsAtStart: ({ path: string; account: string } & ImportResult)[] = [];
  private readonly options: SandboxStateOptions;
  private readonly folder: string;
  private imported = new Set<string>();
  private seeded = false;
  private advanced = 0;
  private saveTimer?: NodeJS.Timeout;
  private saving: Promise<void> = Promise.resolve();
  private lastSave = { at: 0, took: 0 };
  private closed = false;

  private constructor(options: SandboxStateOptions) {
    this.options = options;
    const machine = options.now ?? Date.now;
    this.now = () => machine() + this.advanced;
    this.sleep = options.sleep ?? delay;
    this.folder = options.dataDir ? resolve(options.dataDir) : mkdtempSync(join(tmpdir(), 'drive-sandbox-'));
    this.store = new DriveStore(this.now);
    this.oauth = new OAuth(this.store, this.now);
    this.behavior = new Behavior(this.now);
    const contents = new ContentFolder(join(this.folder, 'content'));
    this.apis = createApis({ store: this.store, contents, behavior: this.behavior, now: this.now });
  }

  /** @throws SandboxUsageError for invalid accounts, clients or folders. */
  static async open(options: SandboxStateOptions): Promise<SandboxState> {
    const state = new SandboxState(options);
    try {
      await mkdir(state.folder, { recursive: true });
      if (options.dataDir) await state.restore();
      await state.begin();
      state.purgeTrash();
    } catch (error) {
      await state.dispose();
      throw error;
    }
    if (options.dataDir) {
      await state.save();
      state.store.onChange = state.oauth.onChange = () => state.saveSoon();
    }
    return state;
  }

  get firstAccount(): Account {
    const [first] = this.store.accounts.values();
    if (!first) throw new SandboxUsageError('The sandbox has no account.');
    return first;
  }

  /** The sum of all advances, in milliseconds. */
  get advancedMs(): number {
    return this.advanced;
  }

  /**
   * Advances the clock: tokens, codes, quotas, upload sessions, page tokens, expiring permissions and the trash age by
   * this many milliseconds.
   * @throws SandboxUsageError for a negative or invalid number.
   */
  advance(ms: number): void {
    if (!Number.isFinite(ms) || ms < 0)
      throw new SandboxUsageError('advanceMs must be a number of milliseconds, 0 or more.');
    // JavaScript's dates end here (ECMAScript, "Time Values and Time Range"), Google's earlier.
    if (this.now() + ms > 8.64e15) throw new SandboxUsageError('advanceMs goes beyond the year 275760.');
    this.advanced += ms;
    this.purgeTrash();
    this.store.onChange();
  }

  /** "Files in the trash are deleted after 30 days" ("Trash or delete files"). */
  private purgeTrash(): void {
    this.store.emptyOldTrash();
  }

  /** Applies settings; see `Behavior.set`. With `keep`, omitted settings stay unchanged. */
  behave(settings: Record<string, unknown>, keep = false): void {
    this.behavior.set(settings, keep);
    const { permissionLagMs, limits, switches } = this.behavior.settings;
    Object.assign(this.store, { permissionLagMs, limits, switches });
  }

  /** Restores the state of the start; all later changes are lost, including tokens. */
  async reset(): Promise<void> {
    await this.apis.uploads.sessions.expire();
    this.behave({});
    this.advanced = 0;
    this.oauth.clear();
    this.store.clear();
    this.apis.permissions.notifications = [];
    this.apis.fileLists.clear();
    this.apis.downloads.clear();
    this.imported.clear();
    this.seeded = false;
    await this.begin();
  }

  /** Saves the data if a folder is set, and releases all resources. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    clearTimeout(this.saveTimer);
    await this.apis.uploads.sessions.expire();
    await this.saving;
    if (this.options.dataDir) await this.save();
    await this.dispose();
  }

  private async dispose(): Promise<void> {
    if (!this.options.dataDir) await rm(this.folder, { recursive: true, force: true });
  }

  /** Creates what the options request and does not exist yet. */
  private async begin(): Promise<void> {
    for (const each of this.options.accounts ?? ['alice@example.com', 'bob@example.com']) {
      const { email, ...rest } = typeof each === 'string' ? { email: each } : each;
      if (!this.store.account(email)) this.store.addAccount(email, rest);
    }
    for (const client of this.options.clients ?? []) this.oauth.addClient(client);
    const first = this.firstAccount;
    if (this.options.seedDemo && !this.seeded) {
      if (first.own.size === 0) seedDemoDrive(this.store, first);
      this.seeded = true;
    }
    for (const { preset, account, seed = 1 } of this.options.presets ?? []) {
      const owner = account === undefined ? first : this.store.knownAccount(account);
      const key = `${owner.email}: preset ${preset}`;
      if (this.imported.has(key)) continue;
      await fillFromPreset(this.store, owner, preset, { seed });
      this.imported.add(key);
    }
    this.importsAtStart.length = 0;
    for (const { path, account } of this.options.imports ?? []) {
      const owner = account === undefined ? first : this.store.knownAccount(account);
      const key = `${owner.email}:${resolve(path)}`;
      if (this.imported.has(key)) continue;
      this.importsAtStart.push({ path, account: owner.email, ...(await importFolder(this.store, owner, path)) });
      this.imported.add(key);
    }
  }

  private saveSoon(): void {
    if (this.saveTimer || this.closed) return;
    const pause = this.lastSave.at + this.lastSave.took / SAVE_SHARE - Date.now();
    this.saveTimer = setTimeout(
      () => {
        delete this.saveTimer;
        this.saving = this.saving
          .then(() => this.save())
          .catch((error: unknown) => {
            console.error(`Cannot save the sandbox in ${this.folder}: ${(error as Error).message}`);
          });
      },
      Math.max(SAVE_AFTER_MS, pause),
    );
    this.saveTimer.unref();
  }

  private async save(): Promise<void> {
    const began = Date.now();
    // Collected synchronously, so that the snapshot is consistent; written to a new file that then replaces the old one.
    const lines = [...this.lines()].map((line) => JSON.stringify(line));
    const target = join(this.folder, SNAPSHOT);
    const file = await open(`${target}.new`, 'w', 0o600);
    try {
      for (let at = 0; at < lines.length; at += 5000) await file.write(lines.slice(at, at + 5000).join('\n') + '\n');
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${target}.new`, target);
    this.lastSave = { at: Date.now(), took: Date.now() - began };
  }

  private *lines(): Generator<Line> {
    const { store } = this;
    yield {
      type: 'head',
      version: 1,
      nextChange: store.changes.next,
      imported: [...this.imported],
      seeded: this.seeded,
      advancedMs: this.advanced,
    };
    for (const { email, name, quotaBytes, sub, root } of store.accounts.values())
      yield {
        type: 'account',
        email,
        name,
        quotaBytes,
        sub,
        rootId: root.id,
        root: { created: root.created, modified: root.modified, ...peopleOf(root) },
      };
    yield { type: 'directory', state: store.directory.state() };
    for (const drive of store.drives.values()) {
      const { id, name, created, domain, restrictions, colorRgb, themeId, request, hiddenFor, root } = drive;
      yield {
        type: 'drive',
        id,
        name,
        created,
        domain,
        more: {
          restrictions,
          ...(colorRgb === undefined ? {} : { colorRgb }),
          ...(themeId === undefined ? {} : { themeId }),
          ...(request === undefined ? {} : { request }),
        },
        hiddenFor: [...hiddenFor],
        root: { created: root.created, modified: root.modified, ...peopleOf(root) },
      };
    }
    const numbers = new Map<Content, number>();
    const severalParents: Item[] = [];
    const waiting: Item[] = [...store.allItems()].filter((item) => !item.parent).reverse();
    for (let item = waiting.pop(); item; item = waiting.pop()) {
      // Pushed in reverse, so that each folder is restored with its order.
      for (const child of [...(item.children ?? [])].reverse()) if (child.parent === item) waiting.push(child);
      if (item === item.owner.root) continue;
      const { owner, parent, content, revisions, otherParents, ...facts } = item;
      if (otherParents) severalParents.push(item);
      for (const each of [content, ...(revisions ?? []).map((revision) => revision.content)]) {
        if (!each || numbers.has(each)) continue;
        numbers.set(each, numbers.size);
        yield { type: 'content', source: each.source, size: each.size, digests: each.known };
      }
      delete facts.children;
      delete facts.starredBy;
      delete facts.viewedBy;
      delete facts.modifiedBefore;
      delete facts.permissions;
      yield {
        type: 'item',
        facts,
        owner: owner.email ?? owner.id,
        ...(parent ? { parent: parent.id } : {}),
        ...(content ? { content: numbers.get(content) ?? 0 } : {}),
        ...(revisions
          ? { revisions: revisions.map((each) => ({ ...each, content: numbers.get(each.content) ?? 0 })) }
          : {}),
        ...peopleOf(item),
      };
    }
    // Last, when all parents exist again.
    for (const item of severalParents) yield { type: 'parents', id: item.id, all: parentsOf(item).map(({ id }) => id) };
    yield { type: 'deleted', ids: [...store.deletedIds] };
    yield { type: 'oauth', state: this.oauth.state() };
  }

  private async restore(): Promise<void> {
    const path = join(this.folder, SNAPSHOT);
    const input = createReadStream(path);
    const contents: Content[] = [];
    try {
      for await (const text of createInterface({ input, crlfDelay: Infinity }))
        if (text) this.restoreLine(JSON.parse(text) as Line, contents);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw new SandboxUsageError(
        `Cannot read the data in ${path} (${(error as Error).message}). Move it away to start with empty data.`,
      );
    }
    await this.sweepContent(contents);
  }

  private restoreLine(line: Line, contents: Content[]): void {
    const { store } = this;
    switch (line.type) {
      case 'head':
        if ((line.version as number) !== 1) throw new Error(`version ${String(line.version)} is unknown`);
        this.imported = new Set(line.imported);
        this.seeded = line.seeded;
        this.advanced = line.advancedMs ?? 0;
        store.changes.continueFrom(line.nextChange);
        break;
      case 'account': {
        const { root, email, ...rest } = line;
        const account = store.addAccount(email, { ...rest, quotaBytes: rest.quotaBytes ?? Infinity });
        const { created, modified, ...people } = root;
        Object.assign(account.root, { created, modified });
        restorePeople(account.root, people);
        break;
      }
      case 'content':
        contents.push(new Content(line.source, line.size, line.digests));
        break;
      case 'item': {
        const { owner, parent, content, revisions } = line;
        const { viewed, ...facts } = line.facts;
        const item: Item = { ...facts, owner: store.drives.get(owner) ?? store.knownAccount(owner) };
        if (viewed !== undefined && item.owner.email !== undefined)
          item.viewedBy = new Map([[item.owner.email, viewed]]);
        const earlier = (revisions ?? []).flatMap((each): Revision[] => {
          const old = contents[each.content];
          return old ? [{ ...each, content: old }] : [];
        });
        if (earlier.length > 0) item.revisions = earlier;
        if (item.document) item.document = presentModel(item.document);
        if (item.mimeType === FOLDER) item.children = new Set();
        const above = parent === undefined ? undefined : store.item(parent);
        if (above) item.parent = above;
        const bytes = content === undefined ? undefined : contents[content];
        if (bytes) item.content = bytes;
        restorePeople(item, line);
        store.restore(item);
        break;
      }
      case 'group':
        store.directory.setGroup(line.email, line.members, line.name);
        break;
      case 'policy':
        store.directory.setPolicy(line.domain, line.policy);
        break;
      case 'directory':
        store.directory.restore(line.state);
        break;
      case 'drive': {
        const { name, root, more, hiddenFor, ...kept } = line;
        const drive: SharedDrive = Object.assign(store.addDrive(name, undefined, kept), more);
        for (const email of hiddenFor) drive.hiddenFor.add(email);
        const { created, modified, ...people } = root;
        Object.assign(drive.root, { created, modified });
        restorePeople(drive.root, people);
        break;
      }
      case 'parents': {
        const item = store.item(line.id);
        if (item) item.otherParents = [];
        for (const id of line.all.slice(1)) {
          const parent = store.item(id);
          if (!item || !parent) continue;
          item.otherParents?.push(parent);
          parent.children?.add(item);
        }
        break;
      }
      case 'deleted':
        for (const id of line.ids) store.deletedIds.add(id);
        break;
      case 'oauth':
        this.oauth.restore(line.state);
        break;
    }
  }

  /** Removes files that unfinished uploads of an earlier start left. */
  private async sweepContent(contents: readonly Content[]): Promise<void> {
    const used = new Set(contents.map(({ source }) => (source.kind === 'disk' ? source.path : '')));
    const top = join(this.folder, 'content');
    for (const shelf of await readdir(top).catch(() => []))
      for (const name of await readdir(join(top, shelf)))
        if (!used.has(join(top, shelf, name))) await rm(join(top, shelf, name), { force: true });
  }
}

function peopleOf(item: Item): PeopleFacts {
  return {
    ...(item.starredBy?.size ? { starred: [...item.starredBy] } : {}),
    ...(item.permissions?.size ? { shared: [...item.permissions.values()] } : {}),
    ...(item.viewedBy ? { viewed: [...item.viewedBy] } : {}),
    ...(item.modifiedBefore ? { modifiedBefore: [...item.modifiedBefore] } : {}),
  };
}

function restorePeople(item: Item, people: PeopleFacts): void {
  if (people.starred) item.starredBy = new Set(people.starred);
  if (people.viewed) item.viewedBy = new Map(people.viewed);
  if (people.modifiedBefore) item.modifiedBefore = new Map(people.modifiedBefore);
  if (people.shared) item.permissions = new Map(people.shared.map((permission) => [permission.id, permission]));
}
