import { randomFrom, type SandboxClient } from '@cloudmover/drive-sandbox';

/** The contents of a source. */
export interface Shape {
  readonly name: string;
  /** The source allows reading only: everything is relayed, nothing can be shared. */
  readonly readOnly?: boolean;
  /** Size of a file for a resumable upload; default: none. */
  readonly largeBytes?: number;
  /** Number of additional generated files. */
  readonly files?: number;
  /** Items are shared, and the transfer carries sharing over. */
  readonly isShared?: boolean;
  /** Documents link to each other and to other items, and the transfer rewrites the links. */
  readonly isLinked?: boolean;
  /** The copies go into a shared drive. */
  readonly isIntoDrive?: boolean;
}

/** A few items of every kind: quick to transfer, with all steps. */
export const TINY: Shape = { name: 'tiny' };
/** The same, all relayed, with one file large enough for a resumable upload. */
export const TINY_RELAY: Shape = { name: 'tiny-relay', readOnly: true, largeBytes: 6_000_000 };
/** More than one worker copies at a time. */
export const BROAD: Shape = { name: 'broad', files: 60, largeBytes: 12_000_000 };
export const BROAD_RELAY: Shape = { name: 'broad-relay', files: 25, largeBytes: 12_000_000, readOnly: true };

/** Every item is shared with others, and the copies go to My Drive, or into a shared drive. */
export const SHARED: Shape = { name: 'shared', isShared: true };
export const SHARED_DRIVE: Shape = { name: 'shared-drive', isShared: true, isIntoDrive: true };

/** Documents, spreadsheets and slides that link to each other. */
export const LINKED: Shape = { name: 'linked', isLinked: true };

/** People with whom sources are shared; the last one is of another organisation. */
export const PEOPLE = ['pia@example.com', 'quentin@example.com', 'rosa@example.com', 'sam@else.example'] as const;
/** A group of two other people. */
export const GROUP = { email: 'staff@example.com', members: ['tom@example.com', 'uma@example.com'] } as const;
/** The people map of transfers. */
export const PEOPLE_MAP = { 'quentin@example.com': 'victor@example.com', 'sam@else.example': null } as const;

const FOLDER = 'application/vnd.google-apps.folder';
const DOCUMENT = 'application/vnd.google-apps.document';
const SHORTCUT = 'application/vnd.google-apps.shortcut';

interface Place {
  readonly sandboxUrl: string;
  readonly sandbox: SandboxClient;
}

/** An owner's calls to Drive in the sandbox. */
export class Owner {
  private readonly url: string;
  private readonly bearer: string;

  constructor(url: string, bearer: string) {
    this.url = url;
    this.bearer = bearer;
  }

  async create(metadata: {
    name: string;
    mimeType?: string;
    parents?: string[];
    [field: string]: unknown;
  }): Promise<string> {
    return (await this.ask('/drive/v3/files', 'application/json', JSON.stringify(metadata))).id;
  }

  /** Uploads a file, or a text as a document. */
  async upload(name: string, parent: string, content: string | Buffer, mimeType = 'text/plain'): Promise<string> {
    const type = mimeType === DOCUMENT ? 'text/plain' : mimeType;
    const metadata = { name, mimeType, parents: [parent], modifiedTime: '2021-03-04T05:06:07.000Z' };
    const body = Buffer.concat([
      Buffer.from(`--edge\r\ncontent-type: application/json\r\n\r\n${JSON.stringify(metadata)}\r\n`),
      Buffer.from(`--edge\r\ncontent-type: ${type}\r\n\r\n`),
      Buffer.from(content),
      Buffer.from('\r\n--edge--\r\n'),
    ]);
    return (await this.ask('/upload/drive/v3/files?uploadType=multipart', 'multipart/related; boundary=edge', body)).id;
  }

  async share(fileId: string, to: string | Record<string, string>, role = 'reader'): Promise<void> {
    const grantee = typeof to === 'string' ? { type: 'user', emailAddress: to } : to;
    const body = JSON.stringify({ role, ...grantee });
    await this.ask(`/drive/v3/files/${fileId}/permissions?sendNotificationEmail=false`, 'application/json', body);
  }

  /** @param to the new role; missing: the permission is removed */
  async changeShare(fileId: string, permissionId: string, to?: string): Promise<void> {
    const path = `/drive/v3/files/${fileId}/permissions/${permissionId}`;
    await this.ask(path, 'application/json', to ? JSON.stringify({ role: to }) : undefined, to ? 'PATCH' : 'DELETE');
  }

  async change(fileId: string, metadata: object): Promise<void> {
    await this.ask(`/drive/v3/files/${fileId}`, 'application/json', JSON.stringify(metadata), 'PATCH');
  }

  private async ask(
    path: string,
    contentType: string,
    body: string | Buffer | undefined,
    method = 'POST',
  ): Promise<{ id: string }> {
    const answer = await fetch(this.url + path, {
      method,
      headers: { authorization: `Bearer ${this.bearer}`, 'content-type': contentType },
      ...(body !== undefined && { body: typeof body === 'string' ? body : new Uint8Array(body) }),
    });
    if (!answer.ok) throw new Error(`${path} returned ${answer.status}: ${await answer.text()}`);
    return method === 'DELETE' ? { id: '' } : ((await answer.json()) as { id: string });
  }
}

/**
 * Fills a source with items that have caused problems for users: nested folders, an empty file, the same name twice, a
 * name that is invalid on disks, a Doc (its copy cannot have a pregenerated id), a shortcut, and a folder that was shared
 * with the destination by hand.
 * @returns the ids to select
 */
export async function fillSource(
  place: Place,
  {
    account,
    bearer,
    destination,
    shape,
    seed,
  }: {
    account: string;
    bearer: string;
    destination: string;
    shape: Shape;
    seed: number;
  },
): Promise<string[]> {
  const owner = new Owner(place.sandboxUrl, bearer);
  const random = randomFrom(seed);
  const text = (): string => `${seed} ${random()}`;
  const top = await owner.create({ name: 'Moved', mimeType: FOLDER });
  const inner = await owner.create({ name: 'inner', mimeType: FOLDER, parents: [top] });
  const innermost = await owner.create({ name: 'innermost', mimeType: FOLDER, parents: [inner] });
  const deep = await owner.upload('deep.txt', innermost, text());
  const files = [
    deep,
    await owner.upload('empty.bin', top, '', 'application/octet-stream'),
    await owner.upload('twice.txt', top, text()),
    await owner.upload('twice.txt', top, text()),
    await owner.upload(' odd / name \\ \u{1f600}\u0301.txt', inner, text()),
    await owner.upload('Notes', top, text(), DOCUMENT),
  ];
  await owner.create({
    name: 'to deep',
    mimeType: SHORTCUT,
    parents: [top],
    shortcutDetails: { targetId: deep },
  });
  if (shape.largeBytes)
    await place.sandbox.makeTree(account, { name: 'large', files: 1, bytes: shape.largeBytes, seed, parentId: top });
  if (shape.files)
    await place.sandbox.makeTree(account, {
      name: 'many',
      folders: 6,
      files: shape.files,
      bytes: shape.files * 20_000,
      seed,
      parentId: top,
    });
  const shared = await owner.create({ name: 'Shared by hand', mimeType: FOLDER });
  await owner.upload('known.txt', shared, text());
  await owner.share(shared, destination);
  if (shape.isShared) await shareAround(owner, { folders: [top, inner, innermost], files }, random);
  if (shape.isLinked) await linkAround(place, account, owner, { parent: inner, targets: [top, inner, ...files] });
  return [top, shared];
}

/** Shares items with people, a group, a domain and anyone in random roles, and restricts some items. */
async function shareAround(
  owner: Owner,
  { folders, files }: { folders: readonly string[]; files: readonly string[] },
  random: () => number,
): Promise<void> {
  const [top, , innermost] = folders;
  const grantees: (string | Record<string, string>)[] = [
    ...PEOPLE,
    { type: 'group', emailAddress: GROUP.email },
    { type: 'domain', domain: 'example.com' },
    { type: 'anyone' },
  ];
  const role = () => ['reader', 'commenter', 'writer'][Math.floor(random() * 3)]!;
  for (const id of [...folders, ...files])
    for (const grantee of grantees) if (random() < 0.25) await owner.share(id, grantee, role());
  // Every seed has each kind of write.
  await owner.share(top!, PEOPLE[0], role());
  await owner.share(files[0]!, PEOPLE[1], role());
  if (random() < 0.7) await owner.change(innermost!, { inheritedPermissionsDisabled: true });
  await owner.change(files[1]!, { copyRequiresWriterPermission: true });
  if (random() < 0.5) await owner.change(files[2]!, { writersCanShare: false });
  await owner.change(files[3]!, { contentRestrictions: [{ readOnly: true, reason: 'final' }] });
}

const LINKED_TIME = '2021-05-06T07:08:09.000Z';

/** Creates documents of each kind with links in many places to the targets, to each other, and to elsewhere. */
async function linkAround(
  { sandbox }: Place,
  account: string,
  owner: Owner,
  { parent, targets }: { parent: string; targets: readonly string[] },
): Promise<void> {
  const known = targets.map((id) => `https://drive.google.com/open?id=${id}`);
  const elsewhere = `https://docs.google.com/document/d/${'Elsewhere'.repeat(5).slice(0, 44)}/edit#heading=h.1`;
  const create = async (name: string, described: Parameters<SandboxClient['createDocument']>[2]) => {
    const { id } = await sandbox.createDocument(account, name, described, { parentId: parent });
    await owner.change(id, { modifiedTime: LINKED_TIME });
    return id;
  };
  const sheet = await create('Budget', {
    spreadsheet: {
      sheets: [
        {
          title: 'Links',
          rows: known.map((url) => [
            `=HYPERLINK("${url}","see")`,
            { text: 'one two', links: [{ url, part: 'two' }], note: `See ${url}.` },
            `at ${url}`,
            { text: 'elsewhere', links: [{ url: elsewhere, part: 'elsewhere' }] },
          ]),
        },
      ],
    },
  });
  const sheetUrl = `https://docs.google.com/spreadsheets/d/${sheet}/edit#gid=0`;
  const deck = await create('Pitch', {
    presentation: {
      slides: known.map((url) => ({
        title: [{ text: 'the sheet', url: sheetUrl }],
        body: [['see ', { text: 'this', url }], `plain ${url}`],
        notes: [[{ text: 'elsewhere', url: elsewhere }]],
        shapes: [{ text: 'a shape', url }],
      })),
    },
  });
  const urls = [...known, sheetUrl, `https://docs.google.com/presentation/d/${deck}/edit#slide=id.p1`];
  for (let number = 1; number <= 4; number++)
    await create(`Plan ${number}`, {
      document: {
        content: [
          ...urls.map((url) => ['see ', { text: 'this', url }, ` or ${url} in plain text`]),
          [{ text: 'elsewhere', url: elsewhere }],
          { table: [[[{ text: 'cell', url: sheetUrl }]]] },
        ],
        header: [[{ text: 'header', url: sheetUrl }]],
      },
    });
  await create('Without links', { document: { content: ['Nothing to change here.'] } });
}

/** Creates items in the destination that transfers must not change. */
export async function fillDestination({ sandboxUrl }: Place, bearer: string): Promise<void> {
  const owner = new Owner(sandboxUrl, bearer);
  const folder = await owner.create({ name: 'Moved', mimeType: FOLDER });
  await owner.upload('twice.txt', folder, 'It was here before.');
}
