import { createHash, randomBytes } from 'node:crypto';
import { InMemoryDrives, refusal } from '../../test/support/in-memory-drive.js';
import { SkippingClock } from '../../test/support/run-transfer.js';
import type { UploadState } from './ports/drive.js';
import type { PlannedItem } from './ports/ledger.js';
import { relay, SINGLE_REQUEST_BYTES } from './relay.js';

const ANA = 'ana@example.com';
const BEN = 'ben@example.com';
const MIB = 1024 * 1024;
const CHUNK = 2 * MIB;
const { signal } = new AbortController();

function aRelay(bytes: number) {
  const world = new InMemoryDrives();
  const content = randomBytes(bytes);
  const id = world.put(ANA, { name: 'film.mp4', content });
  const drives = { source: world.drive(ANA), destination: world.drive(BEN), clock: new SkippingClock() };
  const item = { sourceId: id, size: bytes, checksums: { sha256: 'stated' } } as unknown as PlannedItem & {
    size: number;
  };
  const target = { id: 'new', name: 'film.mp4', mimeType: 'video/mp4', parentId: world.rootOf(BEN) };
  const seen: number[] = [];
  const run = () => relay(item, target, drives, (passed) => seen.push(passed), signal, CHUNK);
  return { world, content, drives, run, seen, sha256: createHash('sha256').update(content).digest('hex') };
}

it.each([0, 1, SINGLE_REQUEST_BYTES, SINGLE_REQUEST_BYTES + 1, 3 * CHUNK, 3 * CHUNK + 12_345])(
  'carries a file of %i bytes, and knows the checksum of what it sent',
  async (bytes) => {
    const { world, content, run, sha256, seen } = aRelay(bytes);
    const { copy, computed } = await run();
    expect(world.items.get(copy.id)!.content.equals(content)).toBe(true);
    expect(computed).toEqual({ sha256 });
    expect(seen.at(-1)).toBe(bytes);
  },
);

it('takes md5 where the source states no sha256', async () => {
  const { world, content, drives } = aRelay(10);
  const id = world.put(ANA, { name: 'old', content });
  const item = { sourceId: id, size: 10, checksums: { md5: 'stated' } } as unknown as PlannedItem & { size: number };
  const target = { name: 'old', mimeType: 'text/plain', parentId: world.rootOf(BEN) };
  const { computed } = await relay(item, target, drives, () => undefined, signal);
  expect(computed).toEqual({ md5: createHash('md5').update(content).digest('hex') });
});

it('goes on at the byte that was confirmed when the download breaks off', async () => {
  const { world, content, run, sha256 } = aRelay(5 * CHUNK + 99);
  let pieces = 0;
  world.before = (op) => {
    if (op === 'piece' && ++pieces % 40 === 0) throw Object.assign(new Error('reset'), { code: 'ECONNRESET' });
  };
  const { copy, computed } = await run();
  expect(pieces).toBeGreaterThan(80);
  expect(world.items.get(copy.id)!.content.equals(content)).toBe(true);
  expect(computed).toEqual({ sha256 });
  // Not from the start each time: what was read in all stays near the size of the file.
  expect(pieces * world.pieceSize).toBeLessThan(content.length * 1.5);
});

it('goes on when the upload breaks off, and when less was kept than was sent', async () => {
  const { world, content, run, sha256 } = aRelay(5 * CHUNK + 99);
  let sends = 0;
  world.before = (op) => {
    if (op === 'send' && ++sends % 50 === 0) throw refusal('google_unavailable');
  };
  const { copy, computed } = await run();
  expect(sends).toBeGreaterThan(100);
  expect(world.items.get(copy.id)!.content.equals(content)).toBe(true);
  expect(computed).toEqual({ sha256 });
});

it('finds the finished file when only the last reply was lost', async () => {
  const { world, content, run } = aRelay(3 * CHUNK);
  let lost = false;
  world.before = (op, id) => {
    if (op === 'state' && Number(id) === content.length && !lost) {
      lost = true;
      throw refusal('google_unavailable');
    }
  };
  const { copy } = await run();
  expect(lost).toBe(true);
  expect(world.items.get(copy.id)!.content.equals(content)).toBe(true);
  expect([...world.items.values()].filter((item) => item.owner === BEN && item.name === 'film.mp4')).toHaveLength(1);
});

it('gives up after failures without progress, and at once on a refusal', async () => {
  const stuck = aRelay(3 * CHUNK);
  stuck.world.before = (op) => {
    if (op === 'piece') throw refusal('google_unavailable');
  };
  await expect(stuck.run()).rejects.toMatchObject({ code: 'google_unavailable' });
  const full = aRelay(3 * CHUNK);
  let sends = 0;
  full.world.before = (op) => {
    if (op === 'send' && ++sends) throw refusal('destination_storage_full');
  };
  await expect(full.run()).rejects.toMatchObject({ code: 'destination_storage_full' });
  expect(sends).toBe(1);
});

it('gives up on a destination that takes bytes and keeps none', async () => {
  const { drives, run } = aRelay(3 * CHUNK);
  drives.destination.beginUpload = async () => ({
    send: async (_offset, _length, _size, body) => {
      for await (const _piece of body);
      return { confirmed: 0 };
    },
    state: async () => ({ confirmed: 0 }),
  });
  await expect(run()).rejects.toMatchObject({ code: 'google_unavailable', side: 'destination' });
  expect(drives.clock.slept).toBeGreaterThan(10_000); // and does not send it all again at once
});

it('asks again when every byte is stored and the file is not there yet', async () => {
  const { world, content, drives, run, sha256 } = aRelay(3 * CHUNK);
  const beginUpload = drives.destination.beginUpload.bind(drives.destination);
  let late = 3;
  drives.destination.beginUpload = async (...args) => {
    const upload = await beginUpload(...args);
    const lateState = async (state: Promise<UploadState>) => {
      const real = await state;
      return 'done' in real && late-- > 0 ? { confirmed: content.length } : real;
    };
    return {
      send: (...sent) => lateState(upload.send(...sent)),
      state: (...asked) => lateState(upload.state(...asked)),
    };
  };
  const { copy, computed } = await run();
  expect(late).toBe(-1);
  expect(world.items.get(copy.id)!.content.equals(content)).toBe(true);
  expect(computed).toEqual({ sha256 });
});

it('opens another upload when the destination forgets the one under way, a few times', async () => {
  const { world, content, run, sha256 } = aRelay(3 * CHUNK);
  let sends = 0;
  world.before = (op) => {
    if (op === 'send' && ++sends === 40) throw refusal('not_found');
  };
  const { copy, computed } = await run();
  expect(world.calls.filter((op) => op === 'beginUpload')).toHaveLength(2);
  expect(world.items.get(copy.id)!.content.equals(content)).toBe(true);
  expect(computed).toEqual({ sha256 });
  const forgetful = aRelay(3 * CHUNK);
  forgetful.world.before = (op) => {
    if (op === 'send') throw refusal('not_found');
  };
  await expect(forgetful.run()).rejects.toMatchObject({ code: 'google_unavailable' });
});

it('does not take a shortened download for the file', async () => {
  const { world, run } = aRelay(1000);
  const id = [...world.items.values()].find((item) => item.name === 'film.mp4')!.id;
  world.items.get(id)!.content = randomBytes(900);
  await expect(run()).rejects.toMatchObject({ code: 'source_changed' });
});
