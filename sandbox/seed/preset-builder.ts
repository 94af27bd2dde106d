import { slideDeck } from '../documents/slide-deck.ts';
import { textDocument } from '../documents/text-document.ts';
import { Content } from '../drive/content.ts';
import { typeOfName } from '../drive/media-types.ts';
import {
  FOLDER,
  idFrom,
  permissionIdOf,
  rootIdFrom,
  SHORTCUT,
  type Account,
  type DriveStore,
  type Item,
  type Permission,
  type SharedDrive,
} from '../drive/drive-store.ts';
import { domainOf, isConsumer } from '../directory/directory.ts';
import {
  emptyDocument,
  GOOGLE_DOCUMENT,
  GOOGLE_DRAWING,
  GOOGLE_PRESENTATION,
  GOOGLE_SPREADSHEET,
  type DocumentModel,
} from '../documents/documents.ts';
import { describedDocument } from '../documents/describe-text.ts';
import { spreadsheetOf } from '../documents/sheets/model.ts';
import { randomFrom } from '../faults/random.ts';

const DAY_MS = 24 * 3_600_000;

/** All of Google's types of documents, including those that cannot be copied. */
export const GOOGLE_TYPES = [
  GOOGLE_DOCUMENT,
  GOOGLE_SPREADSHEET,
  GOOGLE_PRESENTATION,
  GOOGLE_DRAWING,
  ...['form', 'script', 'site', 'map', 'jam', 'vid', 'drive-sdk.123456789012'].map(
    (type) => `application/vnd.google-apps.${type}`,
  ),
];

export interface Extras {
  description?: string;
  starred?: boolean;
  copyRequiresWriterPermission?: boolean;
  writersCanShare?: boolean;
  properties?: Record<string, string>;
  owner?: Account;
  /** From `reserve`, for an item that others refer to before it exists. */
  id?: string;
  /** The contents of a Google document. */
  document?: DocumentModel;
}

/** A grantee, with an optional expiration. */
export type Grantee = ({ user: Account | string } | { group: string } | { domain: string } | { anyone: true }) & {
  /** Days from the sandbox's current time. */
  days?: number;
  /** For domains and anyone: the item appears in search results. */
  discoverable?: boolean;
};

/** Parameters of a preset. */
export interface PresetBuilderOptions {
  preset: string;
  /** The same seed gives the same ids, names, sizes and permissions. */
  seed: number;
  top: Item;
}

/**
 * Creates people, groups, drives and items for a preset. Times increase in steps, so that files have different times.
 * Ids are derived from the preset, its account, its seed and how often it was used there.
 */
export class PresetBuilder {
  readonly store: DriveStore;
  readonly account: Account;
  readonly top: Item;
  readonly random: () => number;
  /** The domain of the preset's organisation: the account's own, unless it is a consumer's. */
  readonly domain: string;
  private readonly name: string;
  private time = Date.UTC(2019, 8, 2, 8);
  private contents = 0;
  private made = 0;

  constructor(store: DriveStore, account: Account, { preset, seed, top }: PresetBuilderOptions) {
    this.store = store;
    this.account = account;
    this.top = top;
    this.random = randomFrom(seed);
    this.domain = isConsumer(account.email) ? `${preset}.example` : domainOf(account.email);
    let use = 0;
    const name = (): string => `${preset} ${account.email.toLowerCase()} ${seed} ${use}`;
    while (store.isTaken(idFrom(`${name()} 1`))) use++;
    this.name = name();
  }

  /** Another account; it and the preset's account share items with each other. */
  get friend(): Account {
    for (const account of this.store.accounts.values()) if (account !== this.account) return account;
    return this.store.addAccount('somebody.else@example.com');
  }

  /** An address in the organisation from the part before the `@`; a whole address is returned unchanged. */
  address(local: string): string {
    return local.includes('@') ? local : `${local}@${this.domain}`;
  }

  /** The account with an address, created if it does not exist. */
  person(local: string, name?: string): Account {
    const email = this.address(local);
    return this.store.account(email) ?? this.store.addAccount(email, name === undefined ? {} : { name });
  }

  /** A group of people and groups, by address. */
  group(local: string, name: string, members: readonly (Account | string)[]): string {
    const emails = members.map((each) => (typeof each === 'string' ? this.address(each) : each.email));
    return this.store.directory.setGroup(this.address(local), emails, name).email;
  }

  drive(name: string, organizer: Account): SharedDrive {
    return this.store.addDrive(name, organizer, {
      id: rootIdFrom(`${this.name} ${++this.made}`),
      created: this.tick(),
      domain: this.domain,
    });
  }

  /** An unused id. */
  reserve(): string {
    return idFrom(`${this.name} ${++this.made}`);
  }

  /** The contents of a document from its description (`describedDocument`). */
  written(description: object): DocumentModel {
    return describedDocument(description, {
      file: (id) => this.store.item(id),
      person: (email) => this.store.account(email)?.name,
    });
  }

  folder(parent: Item, name: string, extras?: Extras): Item {
    return this.put(parent, name, { mimeType: FOLDER }, extras);
  }

  /** A folder that does not inherit permissions; `grants` are added first, as Google requires. */
  limitedFolder(parent: Item, name: string, grants: [Permission['role'], Grantee][], extras?: Extras): Item {
    const folder = this.folder(parent, name, extras);
    for (const [role, grantee] of grants) this.grant(folder, role, grantee);
    folder.inheritedPermissionsDisabled = true;
    return folder;
  }

  /** @param of the content, or the size in bytes of a generated one */
  file(parent: Item, name: string, of: number | Content, extras?: Extras): Item {
    const content = typeof of === 'number' ? Content.made(`preset ${++this.contents} ${name}`, of) : of;
    return this.put(parent, name, { mimeType: typeOfName(name), content }, extras);
  }

  /** A Google document; types without a modelled content have none. */
  google(parent: Item, name: string, mimeType: string, words: readonly string[] = [name], extras?: Extras): Item {
    const document = extras?.document ?? documentOf(mimeType, name, words);
    return this.put(parent, name, { mimeType, ...(document ? { document } : {}) }, extras);
  }

  shortcut(parent: Item, name: string, target: { id: string; mimeType: string }, extras?: Extras): Item {
    const item = this.put(parent, name, { mimeType: SHORTCUT }, extras);
    item.shortcutTarget = { id: target.id, mimeType: target.mimeType };
    return item;
  }

  share(item: Item, role: Permission['role'] = 'reader', to: Account = this.friend): void {
    this.grant(item, role, { user: to });
  }

  /** Grants a permission that takes effect immediately; the address needs no account. */
  grant(item: Item, role: Permission['role'], to: Grantee): void {
    const { days, discoverable = false } = to;
    const common = {
      role,
      since: item.created - this.store.permissionLagMs,
      ...(days === undefined ? {} : { expirationTime: this.store.now() + days * DAY_MS }),
    };
    this.store.share(item, { ...common, ...granteeOf(to, discoverable) });
  }

  /** A random element, determined by the seed. */
  pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.random() * from.length)] as T;
  }

  private tick(): number {
    return (this.time += 5_437_111);
  }

  private put(
    parent: Item,
    name: string,
    what: { mimeType: string; content?: Content; document?: DocumentModel },
    extras: Extras = {},
  ): Item {
    const time = this.tick();
    const { owner = this.account, id = this.reserve() } = extras;
    const item = this.store.create({ id, name, owner, parent, created: time, modified: time, ...what });
    if (extras.description !== undefined) item.description = extras.description;
    if (extras.starred) item.starredBy = new Set([owner.email]);
    if (extras.copyRequiresWriterPermission) item.copyRequiresWriterPermission = true;
    if (extras.writersCanShare === false) item.writersCanShare = false;
    if (extras.properties) item.properties = extras.properties;
    return item;
  }
}

function granteeOf(to: Grantee, allowFileDiscovery: boolean): Omit<Permission, 'role' | 'since'> {
  if ('anyone' in to)
    return { id: allowFileDiscovery ? 'anyone' : 'anyoneWithLink', type: 'anyone', allowFileDiscovery };
  if ('domain' in to)
    return { id: permissionIdOf(`@${to.domain}`), type: 'domain', domain: to.domain, allowFileDiscovery };
  if ('group' in to) return { id: permissionIdOf(to.group), type: 'group', email: to.group };
  const email = typeof to.user === 'string' ? to.user : to.user.email;
  return { id: permissionIdOf(email), type: 'user', email };
}

function documentOf(mimeType: string, title: string, words: readonly string[]): DocumentModel | undefined {
  switch (mimeType) {
    case GOOGLE_DOCUMENT:
      return textDocument([{ text: title, heading: true }, ...words.map((text) => ({ text }))]);
    case GOOGLE_SPREADSHEET:
      return spreadsheetOf([{ name: 'Sheet1', rows: words.map((text, i) => [String(i + 1), text]) }]);
    case GOOGLE_PRESENTATION:
      return slideDeck([{ title, lines: [...words] }]);
    case GOOGLE_DRAWING:
      return { kind: 'drawing', text: words.join(' ') };
    default:
      return emptyDocument(mimeType);
  }
}
