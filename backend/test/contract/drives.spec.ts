import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { SandboxClient, startSandbox } from '@cloudmover/drive-sandbox';
import { GoogleClient } from '../../src/adapters/google/google-client.js';
import type { GoogleRequest } from '../../src/adapters/google/google-transport.js';
import { nothing, type Reader } from '../../src/adapters/google/google-answers.js';
import { GoogleDrive } from '../../src/adapters/google/google-drive.adapter.js';
import { PermissionRefusedError } from '../../src/engine/errors.js';
import type { DrivePermission } from '../../src/engine/model/sharing.js';
import type { DestinationDrive, DriveRestrictions, NewItem, SourceDrive } from '../../src/engine/ports/drive.js';
import { AccessTokens } from '../../src/session/credentials.port.js';
import { convert } from '../../src/engine/strategies/conversion.js';
import { relay } from '../../src/engine/strategies/relay.js';
import type { PlannedItem } from '../../src/engine/model/items.js';
import { DOCUMENT, FOLDER, InMemoryDrives } from '../support/in-memory-drive.js';
import { SkippingClock } from '../support/run-transfer.js';

/** Casts a response whose shape does not matter. */
const asIs = <T>(answer: unknown): T => answer as T;

type Drive = SourceDrive & DestinationDrive;
interface Setup {
  readonly ana: Drive;
  readonly ben: Drive;
  /** Creates a Google document in an account's My Drive. */
  aDocument(drive: Drive, name: string): Promise<string>;
  /** Limits a folder, so that it does not inherit permissions. */
  limit(drive: Drive, folderId: string): Promise<void>;
  /** Prevents readers from copying and downloading a file. */
  closeToReaders(drive: Drive, id: string): Promise<void>;
  /** Creates a shared drive. @returns its id */
  sharedDrive(manager: Drive, restrictions: Partial<DriveRestrictions>): Promise<string>;
  /** Deletes an item permanently. */
  remove(drive: Drive, id: string): Promise<void>;
  close(): Promise<void>;
}

const DOCX = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';
const ANA = 'ana@example.com';
const BEN = 'ben@example.com';
const CARL = 'carl@elsewhere.example';
const { signal } = new AbortController();

async function inMemory(): Promise<Setup> {
  const drives = new InMemoryDrives();
  return {
    ana: drives.drive(ANA),
    ben: drives.drive(BEN),
    aDocument: async (drive, name) => drives.put(drive.account.email, { name, mimeType: DOCUMENT, content: 'text' }),
    limit: async (_, folderId) => drives.edit(folderId, { limited: true }),
    closeToReaders: async (_, id) => drives.edit(id, { isClosedToReaders: true }),
    sharedDrive: async (manager, restrictions) => drives.sharedDrive(manager.account.email, [], restrictions),
    remove: async (_, id) => drives.remove(id),
    close: async () => undefined,
  };
}

interface GoogleSetup extends Setup {
  readonly client: GoogleClient;
  /** The control API of the sandbox. */
  readonly control: SandboxClient;
}

/** The real adapter, over HTTP, with the sandbox. */
async function google(): Promise<GoogleSetup> {
  const sandbox = await startSandbox({ accounts: [ANA, BEN, CARL], port: 0 });
  const tokenOf = async (account: string) => {
    const reply = await fetch(`${sandbox.url}/__sandbox/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ account }),
    });
    return ((await reply.json()) as { access_token: string }).access_token;
  };
  const tokens: Record<string, string> = { ana: await tokenOf(ANA), ben: await tokenOf(BEN) };
  class Tokens extends AccessTokens {
    override accessToken(credentialId: string): Promise<string> {
      return Promise.resolve(tokens[credentialId]!);
    }
  }
  const client = new ForgetfulClient(new Tokens(), { apiRoot: sandbox.url, backoffMs: 1 });
  const drive = (credentialId: string, email: string, side: 'source' | 'destination') =>
    new GoogleDrive(client, credentialId, { sub: credentialId, email, readOnly: false }, side);
  return {
    client,
    control: new SandboxClient(sandbox.url),
    ana: drive('ana', ANA, 'source'),
    ben: drive('ben', BEN, 'destination'),
    aDocument: async (_, name) => {
      const file = await client.json<{ id: string }>(
        {
          credentialId: 'ana',
          method: 'POST',
          path: '/drive/v3/files',
          body: { name, mimeType: DOCUMENT },
        },
        asIs,
      );
      return file.id;
    },
    limit: (drive, folderId) =>
      client.json<void>(
        {
          credentialId: drive.account.sub,
          method: 'PATCH',
          path: `/drive/v3/files/${folderId}`,
          body: { inheritedPermissionsDisabled: true },
        },
        nothing,
      ),
    closeToReaders: (drive, id) =>
      client.json<void>(
        {
          credentialId: drive.account.sub,
          method: 'PATCH',
          path: `/drive/v3/files/${id}`,
          body: { copyRequiresWriterPermission: true },
        },
        nothing,
      ),
    sharedDrive: async (manager, given) => {
      const { domainUsersOnly = false, membersOnly = false, foldersByManagersOnly = false } = given;
      const request = { credentialId: manager.account.sub, query: { requestId: randomBytes(8).toString('hex') } };
      const { id } = await client.json<{ id: string }>(
        { ...request, method: 'POST', path: '/drive/v3/drives', body: { name: 'Team' } },
        asIs,
      );
      const restrictions = {
        ...{ domainUsersOnly, driveMembersOnly: membersOnly },
        sharingFoldersRequiresOrganizerPermission: foldersByManagersOnly,
      };
      const body = { restrictions };
      await client.json({ ...request, method: 'PATCH', path: `/drive/v3/drives/${id}`, body }, asIs);
      return id;
    },
    remove: (drive, id) =>
      client.json<void>({ credentialId: drive.account.sub, method: 'DELETE', path: `/drive/v3/files/${id}` }, nothing),
    close: async () => {
      await client.close();
      await sandbox.close();
    },
  };
}

/** Fields to remove from requests of files.copy, because Google may ignore some. */
const forgets = new Set<string>();
class ForgetfulClient extends GoogleClient {
  override json<T>(request: GoogleRequest, read: Reader<T>): Promise<T> {
    if (forgets.size === 0 || !request.path.endsWith('/copy')) return super.json(request, read);
    const fields = Object.entries(request.body ?? {}).filter(([name]) => !forgets.has(name));
    return super.json({ ...request, body: Object.fromEntries(fields) }, read);
  }
}

describe.each([
  ['in memory', inMemory],
  ['Google adapter', google],
])('drives, %s', (_, open) => {
  let setup: Setup;
  let ana: Drive;
  let ben: Drive;
  beforeAll(async () => {
    setup = await open();
    ({ ana, ben } = setup);
  });
  afterAll(() => setup.close());

  const anId = async (drive: Drive) => (await drive.generateIds(1, 'file', signal))[0]!;
  const newItem = (parts: Partial<NewItem> = {}): NewItem => ({
    name: 'notes.txt',
    mimeType: 'text/plain',
    parentId: 'root',
    ...parts,
  });
  const aFolder = async (drive: Drive, name = 'Folder', parentId = 'root') =>
    (await drive.createFolder(newItem({ id: await anId(drive), name, mimeType: FOLDER, parentId }), signal)).id;
  const aFile = async (drive: Drive, parentId: string, content = Buffer.from('some text'), name = 'notes.txt') =>
    (await drive.create(newItem({ id: await anId(drive), name, parentId }), [content], signal)).id;

  it('creates folders and small files under pre-made ids, with their metadata', async () => {
    const folder = await aFolder(ana);
    const id = await anId(ana);
    const made = await ana.create(
      newItem({
        id,
        name: 'ä/"\\\'🌵',
        parentId: folder,
        modifiedTime: '2019-02-03T04:05:06.789Z',
        description: 'what it is',
        starred: true,
        properties: { project: 'x' },
      }),
      [Buffer.from('hé'), Buffer.from('llo')],
      signal,
    );
    expect(made).toMatchObject({
      id,
      name: 'ä/"\\\'🌵',
      mimeType: 'text/plain',
      kind: 'file',
      size: 6,
      parents: [folder],
      modifiedTime: '2019-02-03T04:05:06.789Z',
      description: 'what it is',
      starred: true,
      properties: { project: 'x' },
      trashed: false,
      ownedByMe: true,
      canCopy: true,
      canDownload: true,
    });
    expect(made.checksums.sha256).toBe(createHash('sha256').update('héllo').digest('hex'));
    expect(made.checksums.md5).toBe(createHash('md5').update('héllo').digest('hex'));
    expect(await ana.get(id, signal)).toMatchObject({ id, name: 'ä/"\\\'🌵' });
  });

  it('keeps all given fields of an item, by every method of creating it', async () => {
    const folder = await aFolder(ana);
    const fields = {
      parentId: folder,
      createdTime: '2017-01-02T03:04:05.678Z',
      modifiedTime: '2019-02-03T04:05:06.789Z',
      description: 'what it is',
      starred: true,
      properties: { project: 'x', stage: 'ü' },
    };
    const { parentId: _, ...kept } = fields;
    const made = await ana.createFolder(
      newItem({ ...fields, id: await anId(ana), mimeType: FOLDER, folderColor: '#16a765' }),
      signal,
    );
    expect(made).toMatchObject({ ...kept, folderColor: '#16a765' });
    expect(await ana.create(newItem({ ...fields, id: await anId(ana) }), [Buffer.from('x')], signal)).toMatchObject(
      kept,
    );
    const upload = await ana.beginUpload(newItem({ ...fields, id: await anId(ana), mimeType: 'video/mp4' }), 3, signal);
    const sent = await upload.send(0, 3, 3, Readable.from([Buffer.from('abc')]), signal);
    expect(sent).toMatchObject({ done: { ...kept, mimeType: 'video/mp4' } });
    const [id] = await ana.generateIds(1, 'shortcut', signal);
    expect(await ana.createShortcut(newItem({ ...fields, id: id! }), made.id, signal)).toMatchObject(kept);
    // A copy has its own creation time; createdTime can only be set for new items.
    const { createdTime: __, ...ofCopy } = kept;
    const original = await aFile(ana, folder);
    expect(await ana.copy(original, newItem({ ...fields, id: await anId(ana) }), signal)).toMatchObject(ofCopy);
    // The modified time of a document's copy is set afterwards.
    const { modifiedTime: ___, ...ofDocument } = ofCopy;
    const document = await setup.aDocument(ana, 'Plan');
    const copied = await ana.copy(document, newItem({ ...fields, mimeType: DOCUMENT }), signal);
    expect(copied).toMatchObject({ ...ofDocument, mimeType: DOCUMENT });
  });

  it('restores items from the trash', async () => {
    const folder = await aFolder(ana);
    const file = await aFile(ana, folder);
    await ana.trash(file, signal);
    await ana.restore(file, signal);
    await ana.restore(file, signal);
    expect(await ana.get(file, signal)).toMatchObject({ trashed: false, parents: [folder] });
    expect((await ana.children(folder, undefined, signal)).items.map(({ id }) => id)).toEqual([file]);
  });

  it('lists only the ids of a folder, without the trash', async () => {
    const folder = await aFolder(ana);
    const files = [await aFile(ana, folder), await aFile(ana, folder), await aFile(ana, folder)];
    await ana.trash(files[2]!, signal);
    const page = await ana.childIds(folder, undefined, signal);
    expect(page.ids.toSorted()).toEqual(files.slice(0, 2).toSorted());
    expect(page).toMatchObject({ incomplete: false });
    expect(page.nextPageToken).toBeUndefined();
    await expect(ana.childIds('nowhere', undefined, signal)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('lists nothing of a shared drive for accounts that are not members', async () => {
    await expect(ben.driveItemIds('0ANotADrive', undefined, signal)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('returns a shared drive’s restrictions to its members only, and shares nothing with accounts that they exclude', async () => {
    const drives = await Promise.all([
      setup.sharedDrive(ana, {}),
      setup.sharedDrive(ana, { domainUsersOnly: true }),
      setup.sharedDrive(ana, { membersOnly: true }),
      setup.sharedDrive(ana, { foldersByManagersOnly: true }),
    ]);
    for (const drive of drives)
      await expect(ben.restrictions(drive, signal)).rejects.toMatchObject({ code: 'not_found' });
    const [open, inDomain, members, byManagers] = drives;
    const none = { domainUsersOnly: false, membersOnly: false, foldersByManagersOnly: false };
    expect(await ana.restrictions(open, signal)).toEqual(none);
    expect(await ana.restrictions(inDomain, signal)).toEqual({ ...none, domainUsersOnly: true });
    expect(await ana.restrictions(members, signal)).toEqual({ ...none, membersOnly: true });
    expect(await ana.restrictions(byManagers, signal)).toEqual({ ...none, foldersByManagersOnly: true });

    const share = async (drive: string, email: string) => ana.grantReading(await aFile(ana, drive), email, signal);
    await share(open, BEN);
    await share(open, CARL);
    await share(inDomain, BEN);
    for (const [drive, email] of [
      [inDomain, CARL],
      [members, BEN],
      [members, CARL],
    ] as const)
      await expect(share(drive, email)).rejects.toMatchObject({ code: 'sharing_refused' });
    await expect(ana.grantReading(inDomain, CARL, signal)).rejects.toMatchObject({ code: 'sharing_refused' });
    // After sharing the drive itself, the account is a member.
    await ana.grantReading(members, BEN, signal);
    expect(await ben.restrictions(members, signal)).toMatchObject({ membersOnly: true });
    await share(members, BEN);
  });

  it('renames, sets times and moves, and changes nothing else', async () => {
    const [from, to] = [await aFolder(ana), await aFolder(ana)];
    const id = await aFile(ana, from);
    const before = await ana.get(id, signal);
    const renamed = await ana.update(id, { name: 'other.txt' }, signal);
    expect(renamed).toMatchObject({ id, name: 'other.txt', checksums: before.checksums });
    await ana.update(id, { modifiedTime: '2018-01-01T00:00:00.001Z' }, signal);
    const moved = await ana.move(id, to, from, signal);
    expect(moved).toMatchObject({ name: 'other.txt', parents: [to], modifiedTime: '2018-01-01T00:00:00.001Z' });
    expect((await ana.childIds(from, undefined, signal)).ids).toEqual([]);
  });

  it('names the owner, and reports that a limited folder cannot be listed', async () => {
    const folder = await aFolder(ana);
    const limited = await aFolder(ana, 'Private', folder);
    const inside = await aFile(ana, limited);
    const { id: permission } = await ana.grantReading(folder, BEN, signal);
    expect(await ben.get(limited, signal)).toMatchObject({ owner: ANA, ownedByMe: false, canListChildren: true });
    await setup.limit(ana, limited);
    expect((await ana.get(limited, signal)).canListChildren).toBe(true);
    const [listed] = (await ben.children(folder, undefined, signal)).items;
    expect(listed).toMatchObject({ id: limited, canListChildren: false });
    expect((await ben.children(limited, undefined, signal)).items).toEqual([]);
    await expect(ben.get(inside, signal)).rejects.toMatchObject({ code: 'not_found' });
    await ana.withdraw(folder, permission, signal);
  });

  it('reports what prevents a reader from copying, which items can be shared, and where shares do not apply', async () => {
    const folder = await aFolder(ana);
    const [open, closed] = [await setup.aDocument(ana, 'open'), await aFile(ana, folder)];
    const limited = await aFolder(ana, 'Private', folder);
    await ana.move(open, folder, (await ana.get(open, signal)).parents[0]!, signal);
    await setup.closeToReaders(ana, closed);
    await setup.limit(ana, limited);
    const known = async (drive: Drive, id: string) => {
      const { canCopy, isClosedToReaders = false, canShare = true, isLimited = false } = await drive.get(id, signal);
      return { canCopy, isClosedToReaders, canShare, isLimited };
    };
    const free = { canCopy: true, isClosedToReaders: false, canShare: true, isLimited: false };
    expect(await known(ana, open)).toEqual(free);
    expect(await known(ana, closed)).toEqual({ ...free, isClosedToReaders: true });
    expect(await known(ana, limited)).toMatchObject({ canShare: true, isLimited: true });
    expect(await known(ana, 'root')).toMatchObject({ canShare: false });
    await expect(ana.grantReading((await ana.get('root', signal)).id, BEN, signal)).rejects.toMatchObject({
      code: 'source_permission_denied',
    });
    // The same item for a reader.
    const { id: permission } = await ana.grantReading(folder, BEN, signal);
    expect(await known(ben, open)).toEqual({ ...free, canShare: false });
    expect(await known(ben, closed)).toEqual({ ...free, canCopy: false, isClosedToReaders: true, canShare: false });
    const copy = newItem({ id: await anId(ben), parentId: 'root' });
    await expect(ben.copy(closed, copy, signal)).rejects.toMatchObject({ code: 'cannot_copy' });
    await ana.withdraw(folder, permission, signal);
  });

  it('lists changed and removed items since a given point', async () => {
    const folder = await aFolder(ana);
    const [kept, renamed, trashed, gone] = await Promise.all([1, 2, 3, 4].map(() => aFile(ana, folder)));
    const start = await ana.changesStart(undefined, signal);
    expect(await ana.changes(start, undefined, signal)).toEqual({ changes: [], newStartToken: start });
    await ana.update(renamed!, { name: 'new name' }, signal);
    await ana.trash(trashed!, signal);
    await setup.remove(ana, gone!);
    const added = await aFile(ana, folder);
    const seen = new Map<string, unknown>();
    let token = start;
    for (;;) {
      const page = await ana.changes(token, undefined, signal);
      for (const { id, removed, item } of page.changes) seen.set(id, removed ? 'gone' : [item?.name, item?.trashed]);
      if (page.newStartToken) token = page.newStartToken;
      if (!page.nextPageToken) break;
      token = page.nextPageToken;
    }
    expect(seen.get(renamed!)).toEqual(['new name', false]);
    expect(seen.get(trashed!)).toEqual(['notes.txt', true]);
    expect(seen.get(gone!)).toBe('gone');
    expect(seen.get(added)).toEqual(['notes.txt', false]);
    expect(seen.has(kept!)).toBe(false);
    expect((await ana.changes(token, undefined, signal)).changes).toEqual([]);
    // Other accounts' items are not listed.
    expect((await ben.changes(await ben.changesStart(undefined, signal), undefined, signal)).changes).toEqual([]);
  });

  it('states how many bytes the account holds', async () => {
    const before = await ben.space(signal);
    await aFile(ben, await aFolder(ben), Buffer.alloc(1234));
    expect(await ben.space(signal)).toEqual({ limit: before.limit, used: before.used + 1234 });
  });

  it('resumes an upload by its address, and cancels one', async () => {
    const content = randomBytes(600_000);
    const size = content.length;
    const id = await anId(ana);
    const begun = await ana.beginUpload(newItem({ id, name: 'large' }), size, signal);
    await begun.send(0, 524_288, size, Readable.from([content.subarray(0, 524_288)]), signal);
    const upload = ana.resumeUpload(`${begun.address}#mark`);
    expect(await upload.state(size, signal)).toEqual({ confirmed: 524_288 });
    const rest = Readable.from([content.subarray(524_288)]);
    const last = await upload.send(524_288, size - 524_288, size, rest, signal);
    expect(last).toMatchObject({ done: { id, size } });
    expect((await buffer(await ana.read(id, 0, signal))).equals(content)).toBe(true);

    const other = await ana.beginUpload(newItem({ id: await anId(ana) }), size, signal);
    await other.send(0, 262_144, size, Readable.from([content.subarray(0, 262_144)]), signal);
    await other.abandon(signal);
    await expect(other.state(size, signal)).rejects.toMatchObject({ code: 'not_found' });
    await other.abandon(signal); // already deleted
  });

  it('exports a Google document, and imports it again', async () => {
    const original = await setup.aDocument(ana, 'Plan');
    const content = await buffer(await ana.export(original, DOCX, signal));
    const marker = `m.${randomBytes(6).toString('hex')}`;
    const fields = { description: 'what it is', starred: true, properties: { project: 'x' } };
    const item = newItem({ name: 'Plan', mimeType: DOCUMENT, marker, ...fields });
    const upload = await ben.beginUpload(item, content.length, signal, DOCX);
    const sent = await upload.send(0, content.length, content.length, Readable.from([content]), signal);
    const made = 'done' in sent ? sent.done : undefined;
    expect(made).toMatchObject({ kind: 'google', name: 'Plan', mimeType: DOCUMENT, ...fields });
    // A repeated request returns the same item, so that a lost response does not create a second one.
    expect(await upload.state(content.length, signal)).toMatchObject({ done: { id: made?.id } });
    expect((await ben.findMarked(marker, signal)).map(({ id }) => id)).toEqual([made?.id]);
    const file = await aFile(ana, await aFolder(ana));
    await expect(ana.export(file, DOCX, signal)).rejects.toMatchObject({ code: 'source_permission_denied' });
  });

  it('refuses an id that is taken, by every method of creating an item', async () => {
    const folder = await aFolder(ana);
    const id = await aFile(ana, folder);
    const taken = { code: 'id_taken' };
    const item = newItem({ id, parentId: folder });
    await expect(ana.create(item, [Buffer.from('x')], signal)).rejects.toMatchObject(taken);
    await expect(ana.createFolder({ ...item, mimeType: FOLDER }, signal)).rejects.toMatchObject(taken);
    await expect(ana.copy(id, item, signal)).rejects.toMatchObject(taken);
    const upload = async () => {
      const opened = await ana.beginUpload(item, 3, signal);
      await opened.send(0, 3, 3, Readable.from([Buffer.from('abc')]), signal);
    };
    await expect(upload()).rejects.toMatchObject(taken);
  });

  it('lists several folders with one request, and returns the items of each', async () => {
    const parents = await Promise.all(['one', 'two', 'empty'].map((name) => aFolder(ana, name)));
    const files = await Promise.all(parents.slice(0, 2).map((parentId) => aFile(ana, parentId)));
    const pages = await Promise.all(parents.map((id) => ana.childrenInGroup(id, signal)));
    expect(pages.map(({ items }) => items.map(({ id }) => id))).toEqual([[files[0]], [files[1]], []]);
    await expect(ana.childrenInGroup('no-such-folder', signal)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('lists the children of a folder without the trash', async () => {
    const folder = await aFolder(ana);
    const [kept, trashed] = [await aFile(ana, folder), await aFile(ana, folder)];
    await ana.trash(trashed, signal);
    const page = await ana.children(folder, undefined, signal);
    expect(page.items.map((item) => item.id)).toEqual([kept]);
    expect(page.incomplete).toBe(false);
    expect((await ana.get(trashed, signal)).trashed).toBe(true);
  });

  it('treats the contents of a trashed folder as trashed', async () => {
    const folder = await aFolder(ana);
    const inside = await aFile(ana, folder);
    await ana.trash(folder, signal);
    expect((await ana.get(inside, signal)).trashed).toBe(true);
  });

  it('hides items from another account until they are shared, and after the share is removed', async () => {
    const folder = await aFolder(ana);
    const inside = await aFile(ana, await aFolder(ana, 'inner', folder));
    await expect(ben.get(inside, signal)).rejects.toMatchObject({ code: 'not_found' });
    expect(await ana.accessOf(folder, BEN, signal)).toBeNull();
    const { id: permission } = await ana.grantReading(folder, BEN, signal);
    expect(await ana.accessOf(folder, BEN, signal)).toBe(permission);
    expect((await ana.grantReading(folder, BEN, signal)).id).toBe(permission);
    expect(await ben.get(inside, signal)).toMatchObject({ id: inside, ownedByMe: false });
    await ana.withdraw(folder, permission, signal);
    await ana.withdraw(folder, permission, signal);
    await expect(ben.get(inside, signal)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('ends a share that nobody changed, and leaves one whose role somebody raised', async () => {
    const folder = await aFolder(ana);
    const inside = await aFile(ana, folder);
    const { id: permission } = await ana.grantReading(folder, BEN, signal);
    expect(await ana.endReading(folder, permission, signal)).toBe(true);
    await expect(ben.get(inside, signal)).rejects.toMatchObject({ code: 'not_found' });
    expect(await ana.endReading(folder, permission, signal)).toBe(true);

    const { id: raised } = await ana.grantReading(folder, BEN, signal);
    await ana.changePermission(folder, raised, { role: 'commenter', expiresAt: null }, signal);
    expect(await ana.endReading(folder, raised, signal)).toBe(false);
    expect(await ben.get(inside, signal)).toMatchObject({ id: inside });
    await ana.withdraw(folder, raised, signal);
  });

  it('ends a share of an item in a folder on which somebody gave a higher role', async () => {
    const folder = await aFolder(ana);
    const inside = await aFile(ana, folder);
    const { id: permission } = await ana.grantReading(inside, BEN, signal);
    const above = await ana.grant(folder, { grantee: { type: 'user', address: BEN }, role: 'writer' }, signal);
    expect(await ana.endReading(inside, permission, signal)).toBe(true);
    expect(await ana.endReading(inside, permission, signal)).toBe(true);
    expect(await ana.permissions(folder, signal)).toContainEqual(above);
    await ana.withdraw(folder, above.id, signal);
    await expect(ben.get(inside, signal)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('copies what another account shares into its own tree, under a pre-made id', async () => {
    const original = await aFile(ana, await aFolder(ana), Buffer.from('to be copied'));
    const { id: permission } = await ana.grantReading(original, BEN, signal);
    const id = await anId(ben);
    const parentId = await aFolder(ben);
    const copy = await ben.copy(
      original,
      newItem({ id, name: 'the copy', parentId, modifiedTime: '2018-01-01T00:00:00.001Z' }),
      signal,
    );
    expect(copy).toMatchObject({
      id,
      name: 'the copy',
      parents: [parentId],
      ownedByMe: true,
      modifiedTime: '2018-01-01T00:00:00.001Z',
    });
    expect(copy.checksums).toEqual((await ana.get(original, signal)).checksums);
    await ana.withdraw(original, permission, signal);
  });

  it('copies a Google document as such, finds it by its marker, and sets its time afterwards', async () => {
    const original = await setup.aDocument(ana, 'Plan');
    const { id: permission } = await ana.grantReading(original, BEN, signal);
    const parentId = await aFolder(ben);
    const marker = `m.${randomBytes(6).toString('hex')}`;
    const item = newItem({
      name: 'Plan',
      mimeType: DOCUMENT,
      parentId,
      marker,
      modifiedTime: '2018-01-01T00:00:00.000Z',
    });
    const copy = await ben.copy(original, item, signal);
    expect(copy).toMatchObject({ kind: 'google', mimeType: DOCUMENT, parents: [parentId] });
    expect(copy.modifiedTime).not.toBe('2018-01-01T00:00:00.000Z');
    const found = await ben.findMarked(marker, signal);
    expect(found.map(({ id }) => id)).toEqual([copy.id]);
    expect(found[0]!.isConverted).toBeUndefined();
    expect(await ben.findMarked(`${marker}x`, signal)).toEqual([]);
    await ben.update(copy.id, { modifiedTime: '2018-01-01T00:00:00.000Z' }, signal);
    expect((await ben.get(copy.id, signal)).modifiedTime).toBe('2018-01-01T00:00:00.000Z');
    await ana.withdraw(original, permission, signal);
  });

  it('refuses to pre-set the id of a Google document’s copy', async () => {
    const original = await setup.aDocument(ana, 'Plan');
    await expect(
      ana.copy(original, newItem({ id: await anId(ana), mimeType: DOCUMENT }), signal),
    ).rejects.toMatchObject({
      code: 'google_refused',
    });
  });

  it('returns not_found for items that do not exist', async () => {
    const item = newItem({ id: await anId(ana), parentId: 'nowhere' });
    await expect(ana.get('nowhere', signal)).rejects.toMatchObject({ code: 'not_found' });
    await expect(ana.copy('nowhere', { ...item, parentId: 'root' }, signal)).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(ana.create(item, [Buffer.from('x')], signal)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('reads from any byte to the end', async () => {
    const content = randomBytes(300_000);
    const id = await aFile(ana, await aFolder(ana), content);
    for (const offset of [0, 1, 262_144, 299_999])
      expect((await buffer(await ana.read(id, offset, signal))).equals(content.subarray(offset))).toBe(true);
  });

  it('receives a large file in parts and reports how much it has', async () => {
    const content = randomBytes(1_000_000);
    const size = content.length;
    const parentId = await aFolder(ana);
    const upload = await ana.beginUpload(newItem({ id: await anId(ana), name: 'large', parentId }), size, signal);
    expect(await upload.state(size, signal)).toEqual({ confirmed: 0 });
    const first = await upload.send(0, 524_288, size, Readable.from([content.subarray(0, 524_288)]), signal);
    expect(first).toEqual({ confirmed: 524_288 });
    expect(await upload.state(size, signal)).toEqual({ confirmed: 524_288 });
    const last = await upload.send(524_288, size - 524_288, size, Readable.from([content.subarray(524_288)]), signal);
    const made = 'done' in last ? last.done : undefined;
    expect(made).toMatchObject({ name: 'large', size, parents: [parentId] });
    expect(made?.checksums.md5).toBe(createHash('md5').update(content).digest('hex'));
    expect(await upload.state(size, signal)).toMatchObject({ done: { id: made?.id } });
  });

  it('creates shortcuts to what the account can see', async () => {
    const target = await aFile(ana, await aFolder(ana));
    const ids = await ana.generateIds(1, 'shortcut', signal);
    const shortcut = await ana.createShortcut(newItem({ id: ids[0]!, name: 'link' }), target, signal);
    expect(shortcut).toMatchObject({ kind: 'shortcut', shortcutTargetId: target, id: ids[0] });
    expect((await ana.get(shortcut.id, signal)).shortcutTargetId).toBe(target);
  });

  describe('access', () => {
    const toCarl = { type: 'user', address: CARL } as const;
    const DAY_MS = 86_400_000;
    /** Permissions as sorted lines. */
    const lines = (permissions: readonly DrivePermission[] | undefined) =>
      permissions
        ?.map(({ grantee, role, isInherited, isDiscoverable, isMetadataOnly }) =>
          [
            grantee.address ?? grantee.type,
            role,
            ...(isInherited ? ['inherited'] : []),
            ...(isDiscoverable ? ['discoverable'] : []),
            ...(isMetadataOnly ? ['metadata'] : []),
          ].join(' '),
        )
        .sort();

    it('is part of lists and items if requested', async () => {
      const folder = await aFolder(ana, 'Shared');
      const file = await aFile(ana, folder);
      await ana.grant(folder, { grantee: toCarl, role: 'commenter' }, signal);
      await ana.grant(file, { grantee: { type: 'anyone' }, role: 'reader' }, signal);
      const fields = { access: true };
      const [listed] = (await ana.children(folder, undefined, signal, fields)).items;
      expect(lines(listed!.access!.permissions)).toEqual([`${ANA} owner`, 'anyone reader', `${CARL} commenter`].sort());
      expect((await ana.childrenInGroup(folder, signal, fields)).items[0]!.access).toEqual(listed!.access);
      expect((await ana.get(file, signal, fields)).access).toEqual(listed!.access);
      expect(lines((await ana.get(folder, signal, fields)).access?.permissions)).toEqual(
        [`${ANA} owner`, `${CARL} commenter`].sort(),
      );
      const read = [`${ANA} owner`, 'anyone reader', `${CARL} commenter inherited`];
      expect(lines(await ana.permissions(file, signal))).toEqual(read.sort());

      expect((await ana.get(file, signal)).access).toBeUndefined();
      expect((await ana.children(folder, undefined, signal)).items[0]!.access).toBeUndefined();
    });

    it('is part of changes, and a change of it is a change', async () => {
      const file = await aFile(ana, 'root');
      const start = await ana.changesStart(undefined, signal);
      await ana.grant(file, { grantee: toCarl, role: 'writer' }, signal);
      const { changes } = await ana.changes(start, undefined, signal, { access: true });
      const change = changes.find(({ id }) => id === file);
      expect(lines(change?.item?.access?.permissions)).toEqual([`${ANA} owner`, `${CARL} writer`].sort());
      expect((await ana.changes(start, undefined, signal)).changes.at(-1)?.item?.access).toBeUndefined();
    });

    it('cannot be read by readers of the item', async () => {
      const file = await aFile(ana, 'root');
      await ana.grantReading(file, BEN, signal);
      await expect(ben.permissions(file, signal)).rejects.toMatchObject({ code: 'source_permission_denied' });
      expect((await ben.get(file, signal, { access: true })).access).toEqual({ restrictions: {} });
      await expect(ben.grant(file, { grantee: toCarl, role: 'reader' }, signal)).rejects.toMatchObject({
        reason: 'refused',
      });
    });

    it('is created, raised, changed and removed; each grantee has one permission', async () => {
      const folder = await aFolder(ana, 'Shared');
      const expiresAt = Math.floor(Date.now() / 1_000) * 1_000 + DAY_MS;
      const given = await ana.grant(folder, { grantee: toCarl, role: 'reader', expiresAt }, signal);
      const stated = { grantee: toCarl, role: 'reader', expiresAt, isInherited: false };
      expect(given).toEqual({ id: expect.any(String) as string, ...stated });
      expect(await ana.grant(folder, { grantee: toCarl, role: 'reader', expiresAt }, signal)).toEqual(given);
      expect(await ana.permissions(folder, signal)).toContainEqual(given);

      const later = { role: 'reader', expiresAt: expiresAt + DAY_MS } as const;
      expect(await ana.changePermission(folder, given.id, later, signal)).toEqual({ ...given, ...later });
      const { expiresAt: _none, ...lasting } = given;
      const unending = { role: 'reader', expiresAt: null } as const;
      expect(await ana.changePermission(folder, given.id, unending, signal)).toEqual(lasting);
      const raised = await ana.grant(folder, { grantee: toCarl, role: 'writer' }, signal);
      expect(raised).toEqual({ ...lasting, role: 'writer' });
      expect(await ana.grant(folder, { grantee: toCarl, role: 'reader' }, signal)).toEqual(raised);
      expect(await ana.changePermission(folder, given.id, { role: 'commenter' }, signal)).toEqual({
        ...lasting,
        role: 'commenter',
      });

      await ana.withdraw(folder, given.id, signal);
      expect(lines(await ana.permissions(folder, signal))).toEqual([`${ANA} owner`]);
      await expect(ana.changePermission(folder, given.id, { role: 'writer' }, signal)).rejects.toMatchObject({
        code: 'not_found',
      });
    });

    it('can be created for domains and for anyone', async () => {
      const file = await aFile(ana, 'root');
      await ana.grant(
        file,
        { grantee: { type: 'domain', address: 'elsewhere.example' }, role: 'commenter', isDiscoverable: true },
        signal,
      );
      await ana.grant(file, { grantee: { type: 'anyone' }, role: 'writer' }, signal);
      expect(lines(await ana.permissions(file, signal))).toEqual(
        [`${ANA} owner`, 'anyone writer', 'elsewhere.example commenter discoverable'].sort(),
      );
    });

    it('is not inherited by a limited folder, which stays visible', async () => {
      const folder = await aFolder(ana, 'Shared');
      const limited = await aFolder(ana, 'Limited', folder);
      await ana.grant(folder, { grantee: toCarl, role: 'writer' }, signal);
      await ana.restrict(limited, { isLimited: true }, signal);
      const inside = await aFile(ana, limited);
      expect(lines(await ana.permissions(limited, signal))).toEqual(
        [`${ANA} owner`, `${CARL} reader inherited metadata`].sort(),
      );
      expect(lines(await ana.permissions(inside, signal))).toEqual([`${ANA} owner`]);
      await ana.restrict(limited, { isLimited: false }, signal);
      expect(lines(await ana.permissions(inside, signal))).toEqual([`${ANA} owner`, `${CARL} writer inherited`].sort());
    });

    it('can be restricted, and restrictions can be lifted', async () => {
      const file = await aFile(ana, 'root');
      const restricted = {
        isClosedToSharing: true,
        isClosedToCopying: true,
        download: { readers: true, writers: false },
        lock: { reason: 'final' },
      };
      const now = async () => (await ana.get(file, signal, { access: true })).access!.restrictions;
      await ana.restrict(file, restricted, signal);
      expect(await now()).toEqual(restricted);
      await ana.restrict(file, { isClosedToCopying: false, lock: null }, signal);
      expect(await now()).toEqual({ isClosedToSharing: true, download: restricted.download });
      await ana.restrict(file, { isClosedToSharing: false, download: { readers: false, writers: false } }, signal);
      expect(await now()).toEqual({});
    });

    it('is, in a shared drive, direct or inherited', async () => {
      const drive = await setup.sharedDrive(ana, {});
      const folder = await aFolder(ana, 'Folder', drive);
      await ana.grant(folder, { grantee: toCarl, role: 'writer' }, signal);
      const file = await aFile(ana, folder);
      expect((await ana.get(file, signal, { access: true })).access).toEqual({ restrictions: {} });
      expect((await ana.get(file, signal, { access: true })).isAugmented).toBeUndefined();
      expect(lines(await ana.permissions(file, signal))).toEqual(
        [`${ANA} organizer inherited`, `${CARL} writer inherited`].sort(),
      );
      await ana.grant(file, { grantee: toCarl, role: 'reader' }, signal); // Carl already has a higher role
      await ana.grant(file, { grantee: { type: 'anyone' }, role: 'reader' }, signal);
      expect((await ana.get(file, signal, { access: true })).isAugmented).toBe(true);
      expect(lines(await ana.permissions(file, signal))).toEqual(
        [`${ANA} organizer inherited`, 'anyone reader', `${CARL} writer inherited`].sort(),
      );
    });
  });

  it('trashes only its own items', async () => {
    const folder = await aFolder(ana);
    const { id: permission } = await ana.grantReading(folder, BEN, signal);
    await expect(ben.trash(folder, signal)).rejects.toMatchObject({ code: 'source_permission_denied' });
    await ana.withdraw(folder, permission, signal);
  });
});

describe('the Google adapter', () => {
  const SHEET = 'application/vnd.google-apps.spreadsheet';
  const SLIDES = 'application/vnd.google-apps.presentation';
  const SCRIPT = 'application/vnd.google-apps.script';
  let setup: GoogleSetup;
  let ana: Drive;
  let ben: Drive;
  beforeAll(async () => {
    setup = await google();
    ({ ana, ben } = setup);
  });
  beforeEach(async () => {
    forgets.clear();
    await setup.control.behave({});
  });
  afterAll(() => setup.close());

  /** Imports bytes as a Google document in Ana's My Drive. */
  async function imported(mimeType: string, mediaType: string, content: string): Promise<string> {
    const bytes = Buffer.from(content);
    const upload = await ana.beginUpload({ name: 'Doc', mimeType, parentId: 'root' }, bytes.length, signal, mediaType);
    const sent = await upload.send(0, bytes.length, bytes.length, Readable.from([bytes]), signal);
    return 'done' in sent ? sent.done.id : '';
  }
  const converted = async (id: string) => {
    const original = await ana.get(id, signal);
    const item = { ...original, sourceId: id } as unknown as PlannedItem;
    const target = { name: 'Back', mimeType: original.mimeType, parentId: 'root', marker: `m.${id}` };
    return convert(item, target, { source: ana, destination: ben, clock: new SkippingClock() }, signal);
  };
  const textOf = async (account: string, id: string) =>
    (await setup.control.tree(account)).find((item) => item.id === id)?.text;

  it.each([
    [DOCUMENT, 'text/plain', 'One line\nand another with ü and 🌵', 'suggestions'],
    [SHEET, 'text/csv', 'name,sum\nAda,3\n', 'functions'],
    [SLIDES, 'text/plain', '', 'animations'],
    [SCRIPT, `${SCRIPT}+json`, '{"files":[{"name":"Code","type":"server_js","source":"let a = 1;"}]}', 'triggers'],
  ])('converts %s with its content, and reports what is lost', async (mimeType, mediaType, content, lost) => {
    const made = {
      credentialId: 'ana',
      method: 'POST',
      path: '/drive/v3/files',
      body: { name: 'New', mimeType },
    } as const;
    const id = content
      ? await imported(mimeType, mediaType, content)
      : (await setup.client.json<{ id: string }>(made, asIs)).id;
    const { copy, lossy } = await converted(id);
    expect(copy).toMatchObject({ mimeType, name: 'Back', ownedByMe: true });
    expect(await textOf(BEN, copy.id)).toBe(await textOf(ANA, id));
    expect(lossy.join()).toContain(lost);
    expect(await ben.findMarked(`m.${id}`, signal)).toMatchObject([{ id: copy.id, isConverted: true }]);
  });

  it('converts a document that is too large for files.export, by its export link', async () => {
    const id = await imported(DOCUMENT, 'text/plain', 'long '.repeat(1_000));
    await setup.control.behave({ limits: { exportBytes: 100 } });
    const { copy } = await converted(id);
    expect(await textOf(BEN, copy.id)).toBe(await textOf(ANA, id));
  });

  it('does not convert twice when the response to the last byte is lost', async () => {
    const id = await imported(DOCUMENT, 'text/plain', 'once');
    await setup.control.behave({ faults: [{ operation: 'files.upload.chunk', kind: 'failAfterWrite', times: 1 }] });
    const { copy } = await converted(id);
    expect((await ben.findMarked(`m.${id}`, signal)).map((found) => found.id)).toEqual([copy.id]);
  });

  it('reports that an export is too large for Google to import', async () => {
    const id = await imported(SHEET, 'text/csv', 'a,b\n');
    await setup.control.behave({
      faults: [{ operation: 'files.upload.chunk', status: 413, reason: 'uploadTooLarge' }],
    });
    await expect(converted(id)).rejects.toMatchObject({ code: 'export_too_large' });
    expect(await setup.control.openUploads()).toEqual([]);
  });

  it('refuses to convert what cannot be imported again', async () => {
    const made = { credentialId: 'ana', method: 'POST', path: '/drive/v3/files' } as const;
    const drawing = { name: 'Drawing', mimeType: 'application/vnd.google-apps.drawing' };
    const { id } = await setup.client.json<{ id: string }>({ ...made, body: drawing }, asIs);
    await expect(converted(id)).rejects.toMatchObject({ code: 'cannot_copy' });
  });

  it('copies open comments with a document', async () => {
    const id = await setup.aDocument(ana, 'Plan');
    const comments = (fileId: string) => `/drive/v3/files/${fileId}/comments`;
    const comment = { content: 'Is that so?' };
    await setup.client.json(
      {
        credentialId: 'ana',
        method: 'POST',
        path: comments(id),
        query: { fields: 'id' },
        body: comment,
      },
      asIs,
    );
    const { id: permission } = await ana.grantReading(id, BEN, signal);
    const copy = await ben.copy(id, { name: 'Plan', mimeType: DOCUMENT, parentId: 'root' }, signal);
    const query = { fields: 'comments(content)' };
    const found = await setup.client.json({ credentialId: 'ben', method: 'GET', path: comments(copy.id), query }, asIs);
    expect(found).toEqual({ comments: [comment] });
    await ana.withdraw(id, permission, signal);
  });

  it('restores fields that a copy lost', async () => {
    const [id, copyId] = await ana.generateIds(2, 'file', signal);
    const item = { id: id!, name: 'notes', mimeType: 'text/plain', parentId: 'root' };
    await ana.create(item, [Buffer.from('x')], signal);
    for (const name of ['description', 'starred', 'properties', 'modifiedTime']) forgets.add(name);
    const fields = {
      description: 'what it is',
      starred: true,
      properties: { project: 'x' },
      modifiedTime: '2018-01-01T00:00:00.001Z',
    };
    const copy = await ana.copy(id!, { ...item, ...fields, id: copyId! }, signal);
    expect(copy).toMatchObject({ ...fields, id: copyId });
    expect(await ana.get(copyId!, signal)).toMatchObject(fields);
  });

  it('shares with an expiry if the account supports it, otherwise without', async () => {
    const id = await setup.aDocument(ana, 'Plan');
    const shares = async () => {
      const item = (await setup.control.tree(ANA)).find((each) => each.id === id);
      return item?.permissions.filter(({ email }) => email === BEN).map(({ expirationTime }) => expirationTime);
    };
    const first = await ana.grantReading(id, BEN, signal);
    const end = Date.parse((await shares())![0]!);
    expect(Math.round((end - Date.now()) / 86_400_000)).toBe(30);
    expect(first.expiresAt).toBe(end);
    await ana.withdraw(id, first.id, signal);
    await setup.control.behave({
      faults: [{ operation: 'permissions.create', status: 403, reason: 'cannotSetExpiration', times: 1 }],
    });
    const second = await ana.grantReading(id, BEN, signal);
    expect(await shares()).toEqual([undefined]);
    expect(second).not.toHaveProperty('expiresAt');
    await ana.withdraw(id, second.id, signal);
  });

  describe('access', () => {
    const toCarl = { type: 'user', address: CARL } as const;
    const toNobody = { type: 'user', address: 'nobody@nowhere.example' } as const;

    it('is created without an e-mail, unless the user agreed', async () => {
      const file = await setup.aDocument(ana, 'Plan');
      await setup.control.setGroup('team@elsewhere.example', [CARL]);
      await setup.control.clearStats();
      const sent = async () => (await setup.control.stats()).notifications;
      await ana.grant(file, { grantee: toCarl, role: 'reader' }, signal);
      await ana.grant(file, { grantee: { type: 'group', address: 'team@elsewhere.example' }, role: 'reader' }, signal);
      expect(await sent()).toBe(0);
      await expect(ana.grant(file, { grantee: toNobody, role: 'reader' }, signal)).rejects.toMatchObject({
        code: 'sharing_refused',
        reason: 'no_google_account',
      });
      const given = await ana.grant(file, { grantee: toNobody, role: 'reader' }, signal, true);
      expect(given.grantee).toEqual(toNobody);
      expect(await sent()).toBe(1);
    });

    it('counts as created if only the e-mail could not be sent', async () => {
      const file = await setup.aDocument(ana, 'Plan');
      await setup.control.behave({ faults: [{ operation: 'permissions.create', kind: 'mailNotSent', times: 1 }] });
      const given = await ana.grant(file, { grantee: toCarl, role: 'commenter' }, signal, true);
      expect(given).toMatchObject({ grantee: toCarl, role: 'commenter' });
    });

    it.each([
      ['shareOutNotPermitted', 403, 'domain_forbids_sharing_out'],
      ['shareOutNotPermitted', 400, 'domain_forbids_sharing_out'],
      ['shareOutWarning', 400, 'domain_forbids_sharing_out'],
      ['shareInNotPermitted', 403, 'domain_forbids_sharing_in'],
      ['publishOutNotPermitted', 403, 'link_not_permitted'],
      ['targetUserRoleLimitedByLicenseRestriction', 403, 'license'],
      ['cannotSetExpiration', 403, 'expiry_not_allowed'],
      ['teamDriveDomainUsersOnlyRestriction', 403, 'shared_drive_restricted'],
      ['abusiveContentRestriction', 403, 'refused'],
      ['constructor', 403, 'refused'],
    ])('is refused by Google with its reason: %s (%i)', async (googleReason, status, reason) => {
      const file = await setup.aDocument(ana, 'Plan');
      await setup.control.behave({
        faults: [{ operation: 'permissions.create', status, reason: googleReason, times: 1 }],
      });
      const refused = await ana
        .grant(file, { grantee: toCarl, role: 'reader' }, signal)
        .catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(PermissionRefusedError);
      expect(refused).toMatchObject({ code: 'sharing_refused', reason, side: 'source' });
    });

    it('is rate-limited, not refused, if the account can share again later', async () => {
      // By Ben, because Ana shares in other tests.
      const { id } = await ben.createFolder({ name: 'Folder', mimeType: FOLDER, parentId: 'root' }, signal);
      await setup.control.behave({ quotas: { sharesPerDay: 0 } });
      const refused = await ben.grant(id, { grantee: toCarl, role: 'reader' }, signal).catch((error: unknown) => error);
      expect(refused).not.toBeInstanceOf(PermissionRefusedError);
      expect(refused).toMatchObject({ code: 'rate_limited', retryAfter: 900, side: 'destination' });
    });

    it('has no permissions if a list omits them, and has them if they are read separately', async () => {
      const folder = await ana.createFolder({ name: 'Folder', mimeType: FOLDER, parentId: 'root' }, signal);
      await ana.createFolder({ name: 'Inner', mimeType: FOLDER, parentId: folder.id }, signal);
      await setup.control.behave({ faults: [{ operation: 'files.list', kind: 'omitPermissionIds' }] });
      const [listed] = (await ana.children(folder.id, undefined, signal, { access: true })).items;
      expect(listed!.access).toEqual({ restrictions: {} });
      expect(await ana.permissions(listed!.id, signal)).toHaveLength(1);
    });

    it('is listed with at most 100 items a page, also of several folders together', async () => {
      const made = async (item: Omit<NewItem, 'mimeType'>, content?: string) => {
        const [id] = await ana.generateIds(1, 'file', signal);
        if (content) await ana.create({ ...item, id: id!, mimeType: 'text/plain' }, [Buffer.from(content)], signal);
        else await ana.createFolder({ ...item, id: id!, mimeType: FOLDER }, signal);
        return id!;
      };
      const folders = await Promise.all(['a', 'b', 'c', 'd'].map((name) => made({ name, parentId: 'root' })));
      for (const parentId of folders)
        await Promise.all(Array.from({ length: 40 }, (_, index) => made({ name: `${index}`, parentId }, 'x')));
      await setup.control.clearStats();
      const listed = await Promise.all(folders.map((id) => ana.childrenInGroup(id, signal, { access: true })));
      expect(listed.map(({ items }) => items.length)).toEqual([40, 40, 40, 40]);
      const { requests } = await setup.control.stats();
      expect(requests['files.list']).toEqual({ 200: 2 });
    });
  });

  it('leaves nothing of an abandoned upload', async () => {
    const [id] = await ana.generateIds(1, 'file', signal);
    const item = { id: id!, name: 'large', mimeType: 'video/mp4', parentId: 'root' };
    const upload = await ana.beginUpload(item, 600_000, signal);
    await upload.send(0, 262_144, 600_000, Readable.from([randomBytes(262_144)]), signal);
    expect(await setup.control.openUploads()).toEqual([{ account: ANA, name: 'large', total: 600_000, kept: 262_144 }]);
    await upload.abandon(signal);
    expect(await setup.control.openUploads()).toEqual([]);
  });

  it('returns the shared drive of an item, which has no owner, and its changes', async () => {
    const { id: driveId } = await setup.client.json<{ id: string }>(
      {
        credentialId: 'ana',
        method: 'POST',
        path: '/drive/v3/drives',
        query: { requestId: randomBytes(8).toString('hex') },
        body: { name: 'Team' },
      },
      asIs,
    );
    const start = await ana.changesStart(driveId, signal);
    const [id] = await ana.generateIds(1, 'file', signal);
    const target = { id: id!, name: 'shared.txt', mimeType: 'text/plain', parentId: driveId };
    const made = await ana.create(target, [Buffer.from('x')], signal);
    expect(made).toMatchObject({ driveId, ownedByMe: false });
    expect(made.owner).toBeUndefined();
    const { changes } = await ana.changes(start, driveId, signal);
    expect(changes.map((change) => [change.id, change.removed, change.item?.name])).toEqual([
      [id, false, 'shared.txt'],
    ]);
    expect((await ana.get('root', signal)).driveId).toBeUndefined();
  });

  describe('relayed through it', () => {
    const content = randomBytes(9 * 1024 * 1024 + 77);
    let id: string;
    let item: PlannedItem & { size: number };
    let target: NewItem;
    let kept: string | undefined;
    beforeEach(async () => {
      const ids = await ana.generateIds(2, 'file', signal);
      id = ids[0]!;
      kept = undefined;
      const made = { id, name: 'film.mp4', mimeType: 'video/mp4', parentId: 'root' };
      const upload = await ana.beginUpload(made, content.length, signal);
      await upload.send(0, content.length, content.length, Readable.from([content]), signal);
      item = { ...(await ana.get(id, signal)), sourceId: id } as unknown as PlannedItem & { size: number };
      target = { ...made, id: ids[1]! };
    });

    /** Relays to the end, or until `until` bytes have passed. */
    const relayed = async (until = Infinity, isOver = false) => {
      const stop = new AbortController();
      const uploads = {
        ...(kept !== undefined && { kept }),
        keep: (upload: string) => Promise.resolve(void (kept = upload)),
        drop: () => Promise.resolve(void (kept = undefined)),
        isOver: () => isOver,
      };
      const onProgress = (bytes: number) => void (bytes > until && stop.abort(new Error('The process ends.')));
      const drives = { source: ana, destination: ben, clock: new SkippingClock() };
      const options = { chunkBytes: 2 * 1024 * 1024, uploads };
      return relay(item, target, drives, onProgress, stop.signal, options);
    };

    it('resumes after a crash at the bytes that the destination has', async () => {
      await expect(relayed(5_000_000)).rejects.toThrow('The process ends.');
      const [open] = await setup.control.openUploads();
      expect(open!.kept).toBeGreaterThanOrEqual(4 * 1024 * 1024); // two whole chunks, and a part of the third
      await setup.control.clearStats();
      const { copy } = await relayed();
      expect(copy).toMatchObject({ id: target.id, checksums: item.checksums });
      const { bytesIn } = await setup.control.stats();
      expect(bytesIn).toBeLessThan(content.length - open!.kept + 10_000);
      expect([await setup.control.openUploads(), kept]).toEqual([[], undefined]);
    });

    it('leaves nothing behind when it is canceled', async () => {
      await expect(relayed(5_000_000, true)).rejects.toThrow('The process ends.');
      expect([await setup.control.openUploads(), kept]).toEqual([[], undefined]);
      await expect(ben.get(target.id!, signal)).rejects.toMatchObject({ code: 'not_found' });
    });

    it('does not continue with another version of the original', async () => {
      await expect(relayed(5_000_000)).rejects.toThrow('The process ends.');
      await setup.control.behave({ faults: [{ operation: 'files.get', fileId: id, kind: 'changeFile', times: 1 }] });
      await ana.get(id, signal); // triggers the fault: the file is edited now
      await expect(relayed()).rejects.toMatchObject({ code: 'source_changed' });
      expect(await setup.control.openUploads()).toEqual([]);
      item = { ...item, ...(await ana.get(id, signal)) } as PlannedItem & { size: number };
      const { copy } = await relayed();
      expect(copy.checksums).toEqual(item.checksums);
    });

    it('creates one file when two processes continue one upload', async () => {
      await expect(relayed(5_000_000)).rejects.toThrow('The process ends.');
      const ends = await Promise.all([relayed(), relayed()]);
      for (const { copy } of ends) expect(copy).toMatchObject({ id: target.id, checksums: item.checksums });
    });

    it('restarts if the upload session has expired', async () => {
      await expect(relayed(5_000_000)).rejects.toThrow('The process ends.');
      await setup.control.expireUploads();
      const { copy, computed } = await relayed();
      expect(copy.checksums).toEqual(item.checksums);
      expect(computed).toEqual({}); // the source states a checksum to compare with
    });
  });
});
