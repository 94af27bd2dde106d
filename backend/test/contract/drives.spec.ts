import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { GoogleClient } from '../../src/adapters/google/google-client.js';
import { GoogleDrive } from '../../src/adapters/google/google-drive.adapter.js';
import type { DestinationDrive, NewItem, SourceDrive } from '../../src/engine/ports/drive.js';
import { AccessTokens } from '../../src/session/grant.port.js';
import { startSandbox } from '../../sandbox/server.ts';
import { DOCUMENT, FOLDER, InMemoryDrives } from '../support/in-memory-drive.js';

type Drive = SourceDrive & DestinationDrive;
interface Setup {
  readonly ana: Drive;
  readonly ben: Drive;
  /** Puts a Google document into an account's My Drive. */
  aDocument(drive: Drive, name: string): Promise<string>;
  close(): Promise<void>;
}

const ANA = 'ana@example.com';
const BEN = 'ben@example.com';
const { signal } = new AbortController();

async function inMemory(): Promise<Setup> {
  const world = new InMemoryDrives();
  return {
    ana: world.drive(ANA),
    ben: world.drive(BEN),
    aDocument: async (drive, name) => world.put(drive.account.email, { name, mimeType: DOCUMENT, content: 'text' }),
    close: async () => undefined,
  };
}

/** The real adapter, over HTTP, against the stand-in for Google. */
async function google(): Promise<Setup> {
  const sandbox = await startSandbox({ accounts: [ANA, BEN], port: 0 });
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
    override accessToken(grantId: string): Promise<string> {
      return Promise.resolve(tokens[grantId]!);
    }
  }
  const client = new GoogleClient(new Tokens(), { apiRoot: sandbox.url, backoffMs: 1 });
  const drive = (grantId: string, email: string, side: 'source' | 'destination') =>
    new GoogleDrive(client, grantId, { sub: grantId, email, readOnly: false }, side);
  return {
    ana: drive('ana', ANA, 'source'),
    ben: drive('ben', BEN, 'destination'),
    aDocument: async (_, name) => {
      const file = await client.json<{ id: string }>({
        grantId: 'ana',
        method: 'POST',
        path: '/drive/v3/files',
        body: { name, mimeType: DOCUMENT },
      });
      return file.id;
    },
    close: async () => {
      await client.close();
      await sandbox.close();
    },
  };
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
    (await drive.create(newItem({ id: await anId(drive), name, parentId }), content, signal)).id;

  it('makes folders and small files under pre-made ids, with their metadata', async () => {
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
      Buffer.from('héllo'),
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

  it('refuses an id that is taken, in every way of making an item', async () => {
    const folder = await aFolder(ana);
    const id = await aFile(ana, folder);
    const taken = { code: 'id_taken' };
    const item = newItem({ id, parentId: folder });
    await expect(ana.create(item, Buffer.from('x'), signal)).rejects.toMatchObject(taken);
    await expect(ana.createFolder({ ...item, mimeType: FOLDER }, signal)).rejects.toMatchObject(taken);
    await expect(ana.copy(id, item, signal)).rejects.toMatchObject(taken);
    const upload = async () => {
      const opened = await ana.beginUpload(item, 3, signal);
      await opened.send(0, 3, 3, Readable.from([Buffer.from('abc')]), signal);
    };
    await expect(upload()).rejects.toMatchObject(taken);
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

  it('counts what lies in a trashed folder as trashed', async () => {
    const folder = await aFolder(ana);
    const inside = await aFile(ana, folder);
    await ana.trash(folder, signal);
    expect((await ana.get(inside, signal)).trashed).toBe(true);
  });

  it('hides an account’s items from another one until they are shared, and again afterwards', async () => {
    const folder = await aFolder(ana);
    const inside = await aFile(ana, await aFolder(ana, 'inner', folder));
    await expect(ben.get(inside, signal)).rejects.toMatchObject({ code: 'not_found' });
    expect(await ana.accessOf(folder, BEN, signal)).toBeNull();
    const permission = await ana.grantReading(folder, BEN, signal);
    expect(await ana.accessOf(folder, BEN, signal)).toBe(permission);
    expect(await ana.grantReading(folder, BEN, signal)).toBe(permission);
    expect(await ben.get(inside, signal)).toMatchObject({ id: inside, ownedByMe: false });
    await ana.withdraw(folder, permission, signal);
    await ana.withdraw(folder, permission, signal);
    await expect(ben.get(inside, signal)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('copies what another account shares into its own tree, under a pre-made id', async () => {
    const original = await aFile(ana, await aFolder(ana), Buffer.from('to be copied'));
    const permission = await ana.grantReading(original, BEN, signal);
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

  it('keeps a Google document one when copying it, finds it by its marker, and sets its time afterwards', async () => {
    const original = await setup.aDocument(ana, 'Plan');
    const permission = await ana.grantReading(original, BEN, signal);
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
    expect((await ben.findMarked(marker, signal)).map((found) => found.id)).toEqual([copy.id]);
    expect(await ben.findMarked(`${marker}x`, signal)).toEqual([]);
    await ben.setModifiedTime(copy.id, '2018-01-01T00:00:00.000Z', signal);
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

  it('answers not_found for what does not exist', async () => {
    const item = newItem({ id: await anId(ana), parentId: 'nowhere' });
    await expect(ana.get('nowhere', signal)).rejects.toMatchObject({ code: 'not_found' });
    await expect(ana.copy('nowhere', { ...item, parentId: 'root' }, signal)).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(ana.create(item, Buffer.from('x'), signal)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('reads from any byte to the end', async () => {
    const content = randomBytes(300_000);
    const id = await aFile(ana, await aFolder(ana), content);
    for (const offset of [0, 1, 262_144, 299_999])
      expect((await buffer(await ana.read(id, offset, signal))).equals(content.subarray(offset))).toBe(true);
  });

  it('receives a large file in pieces and says how much it holds', async () => {
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

  it('makes shortcuts to what the account can see', async () => {
    const target = await aFile(ana, await aFolder(ana));
    const ids = await ana.generateIds(1, 'shortcut', signal);
    const shortcut = await ana.createShortcut(newItem({ id: ids[0]!, name: 'link' }), target, signal);
    expect(shortcut).toMatchObject({ kind: 'shortcut', shortcutTargetId: target, id: ids[0] });
    expect((await ana.get(shortcut.id, signal)).shortcutTargetId).toBe(target);
  });

  it('trashes only its own', async () => {
    const folder = await aFolder(ana);
    const permission = await ana.grantReading(folder, BEN, signal);
    await expect(ben.trash(folder, signal)).rejects.toMatchObject({ code: 'source_permission_denied' });
    await ana.withdraw(folder, permission, signal);
  });
});
