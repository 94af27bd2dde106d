import { Readable } from 'node:stream';
import { DOCUMENT, InMemoryDrives, refusal } from '../../../test/support/in-memory-drive.js';
import { SkippingClock } from '../../../test/support/run-transfer.js';
import { convert } from './conversion.js';
import { isConvertible, lossOf } from '../model/google-types.js';
import type { PlannedItem } from '../model/items.js';

const ANA = 'ana@example.com';
const BEN = 'ben@example.com';
const { signal } = new AbortController();

async function aConversion(text: string) {
  const google = new InMemoryDrives();
  const id = google.put(ANA, { name: 'Plan', mimeType: DOCUMENT, content: text, canCopy: false });
  const drives = { source: google.drive(ANA), destination: google.drive(BEN), clock: new SkippingClock() };
  const item = { ...(await drives.source.get(id)), sourceId: id } as unknown as PlannedItem;
  const target = { name: 'Plan', mimeType: DOCUMENT, parentId: google.rootOf(BEN), marker: 'transfer.7' };
  return { google, drives, item, run: () => convert(item, target, drives, signal) };
}

it('re-creates a document from its export, under its marker, and reports what is lost', async () => {
  const { google, drives, run } = await aConversion('what it says');
  const { copy, lossy } = await run();
  expect(copy).toMatchObject({ name: 'Plan', mimeType: DOCUMENT, kind: 'google', ownedByMe: true });
  expect(google.items.get(copy.id)!.content.toString()).toBe('what it says');
  expect((await drives.destination.findMarked('transfer.7')).map(({ id }) => id)).toEqual([copy.id]);
  expect(lossy).toEqual(lossOf(DOCUMENT));
  expect(lossy).toContain('version history');
});

it('reads the export again when it breaks off', async () => {
  const { google, drives, run } = await aConversion('what it says');
  const whole = drives.source.export.bind(drives.source);
  let broken = 0;
  drives.source.export = async (...asked) => {
    if (++broken > 2) return whole(...asked);
    return Readable.from(
      (function* () {
        yield Buffer.from('docx:wh');
        throw Object.assign(new Error('reset'), { code: 'ECONNRESET' });
      })(),
    );
  };
  const { copy } = await run();
  expect(broken).toBe(3);
  expect(google.items.get(copy.id)!.content.toString()).toBe('what it says');
});

it('does not create a second copy when the upload expires after its last byte, because the first may exist', async () => {
  const { google, run } = await aConversion('what it says');
  google.afterWrite = (op) => {
    if (op === 'upload') google.uploads.clear();
    if (op === 'upload') throw refusal('google_unavailable');
  };
  await expect(run()).rejects.toMatchObject({ code: 'ambiguous_write' });
  expect([...google.items.values()].filter(({ marker }) => marker === 'transfer.7')).toHaveLength(1);
});

it('rejects an export that Google would not import, before it uploads any of it', async () => {
  const { google, drives, run } = await aConversion('');
  let read = 0;
  drives.source.export = async () =>
    Readable.from(
      (function* () {
        for (; read < 1_000; read++) yield Buffer.alloc(1024 * 1024);
      })(),
    );
  await expect(run()).rejects.toMatchObject({ code: 'export_too_large' });
  expect(read).toBeLessThan(60); // 50 MiB and a little, not all of it
  expect(google.calls).not.toContain('beginUpload');
});

it('knows which types can be imported again', async () => {
  const isConvertibleType = (type: string) => isConvertible(`application/vnd.google-apps.${type}`);
  expect(['document', 'spreadsheet', 'presentation', 'script'].every(isConvertibleType)).toBe(true);
  expect(['drawing', 'form', 'site', 'map', 'jam', 'vid', 'folder', 'shortcut'].some(isConvertibleType)).toBe(false);
  const { item, drives } = await aConversion('x');
  const drawing = { ...item, mimeType: 'application/vnd.google-apps.drawing' };
  const target = { name: 'x', mimeType: drawing.mimeType, parentId: 'root', marker: 'm' };
  await expect(convert(drawing, target, drives, signal)).rejects.toMatchObject({ code: 'cannot_copy' });
});
