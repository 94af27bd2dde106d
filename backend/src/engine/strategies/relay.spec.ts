import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { type InMemoryDrive, InMemoryDrives, refusal } from '../../../test/support/in-memory-drive.js';
import { randomOf } from '../../../test/support/random.js';
import { SkippingClock } from '../../../test/support/run-transfer.js';
import { StoppedError } from '../errors.js';
import type { ChecksumKind, NewItem, UploadState } from '../ports/drive.js';
import type { PlannedItem } from '../model/items.js';
import { relay, SINGLE_REQUEST_BYTES } from './relay.js';
import type { KeptUpload, RelayResult } from './resumable-relay.js';

const ANA = 'ana@example.com';
const BEN = 'ben@example.com';
const MIB = 1024 * 1024;
const CHUNK = 2 * MIB;
const { signal } = new AbortController();

type Planned = PlannedItem & { size: number };

/** The item as it would be planned now. */
const planned = async (drive: InMemoryDrive, id: string): Promise<Planned> =>
  ({ ...(await drive.get(id)), sourceId: id }) as unknown as Planned;

function aRelay(bytes: number, more: { checksums?: ChecksumKind[] } = {}) {
  const google = new InMemoryDrives();
  const content = randomBytes(bytes);
  const id = google.put(ANA, { name: 'film.mp4', content, ...more });
  const drives = { source: google.drive(ANA), destination: google.drive(BEN), clock: new SkippingClock() };
  const target: NewItem = { id: 'new', name: 'film.mp4', mimeType: 'video/mp4', parentId: google.rootOf(BEN) };
  const seen: number[] = [];
  let item: Promise<Planned> | undefined;
  const run = async (uploads?: KeptUpload, until = signal): Promise<RelayResult> => {
    const options = { chunkBytes: CHUNK, ...(uploads && { uploads }) };
    return relay(await (item ??= planned(drives.source, id)), target, drives, (at) => seen.push(at), until, options);
  };
  /** Plans the original as it is now. */
  const amend = () => (item = undefined);
  return {
    google,
    id,
    content,
    drives,
    run,
    amend,
    seen,
    md5: createHash('md5').update(content).digest('hex'),
  };
}

/** Keeps an upload from one process to the next, like a ledger. */
function aKeeper(isOver: KeptUpload['isOver'] = () => false) {
  const keeper = {
    kept: undefined as string | undefined,
    uploads: (): KeptUpload => ({
      ...(keeper.kept !== undefined && { kept: keeper.kept }),
      keep: async (upload) => {
        keeper.kept = upload;
      },
      drop: async () => {
        keeper.kept = undefined;
      },
      isOver,
    }),
  };
  return keeper;
}

/** Runs a relay until some bytes have arrived, and then aborts it with a reason. */
async function stopped(
  { google, run }: Pick<ReturnType<typeof aRelay>, 'google' | 'run'>,
  keeper: ReturnType<typeof aKeeper>,
  reason: Error,
): Promise<void> {
  const stop = new AbortController();
  google.before = (op, arrived) => {
    if (op === 'send' && Number(arrived) > 2.5 * CHUNK) stop.abort(reason);
    if (op !== 'abandon') stop.signal.throwIfAborted();
  };
  await expect(run(keeper.uploads(), stop.signal)).rejects.toBe(reason);
  google.before = () => undefined;
}

it.each([0, 1, SINGLE_REQUEST_BYTES, SINGLE_REQUEST_BYTES + 1, 3 * CHUNK, 3 * CHUNK + 12_345])(
  'relays a file of %i bytes, and computes the checksum of the bytes sent if none is stated',
  async (bytes) => {
    const { google, content, run, md5, seen } = aRelay(bytes, { checksums: [] });
    const { copy, computed } = await run();
    expect(google.items.get(copy.id)!.content.equals(content)).toBe(true);
    expect(computed).toEqual({ md5 });
    expect(seen.at(-1)).toBe(bytes);
  },
);

it.each([['sha256'], ['md5']] as const)(
  'hashes nothing if the source states a %s: comparing proves more',
  async (kind) => {
    for (const bytes of [10, 3 * CHUNK]) {
      const { google, content, run } = aRelay(bytes, { checksums: [kind] });
      const { copy, computed } = await run();
      expect(google.items.get(copy.id)!.content.equals(content)).toBe(true);
      expect(computed).toEqual({});
    }
  },
);

it('resumes at the confirmed byte when the download breaks off', async () => {
  const { google, content, run, md5 } = aRelay(5 * CHUNK + 99, { checksums: [] });
  let pieces = 0;
  google.before = (op) => {
    if (op === 'piece' && ++pieces % 40 === 0) throw Object.assign(new Error('reset'), { code: 'ECONNRESET' });
  };
  const { copy, computed } = await run();
  expect(pieces).toBeGreaterThan(80);
  expect(google.items.get(copy.id)!.content.equals(content)).toBe(true);
  expect(computed).toEqual({ md5 });
  // It does not start again each time: in total it reads little more than the size of the file.
  expect(pieces * google.pieceSize).toBeLessThan(content.length * 1.5);
});

it('resumes when the upload breaks off, and when Google kept less than was sent', async () => {
  const { google, content, run, md5 } = aRelay(5 * CHUNK + 99, { checksums: [] });
  let sends = 0;
  google.before = (op) => {
    if (op === 'send' && ++sends % 50 === 0) throw refusal('google_unavailable');
  };
  const { copy, computed } = await run();
  expect(sends).toBeGreaterThan(100);
  expect(google.items.get(copy.id)!.content.equals(content)).toBe(true);
  expect(computed).toEqual({ md5 });
});

it('finds the finished file when only the last response was lost', async () => {
  const { google, content, run } = aRelay(3 * CHUNK);
  let lost = false;
  google.before = (op, id) => {
    if (op === 'state' && Number(id) === content.length && !lost) {
      lost = true;
      throw refusal('google_unavailable');
    }
  };
  const { copy } = await run();
  expect(lost).toBe(true);
  expect(google.items.get(copy.id)!.content.equals(content)).toBe(true);
  expect([...google.items.values()].filter((item) => item.owner === BEN && item.name === 'film.mp4')).toHaveLength(1);
});

it('gives up after failures without progress, and at once on a permanent error', async () => {
  const stuck = aRelay(3 * CHUNK);
  stuck.google.before = (op) => {
    if (op === 'piece') throw refusal('google_unavailable');
  };
  await expect(stuck.run()).rejects.toMatchObject({ code: 'google_unavailable' });
  const full = aRelay(3 * CHUNK);
  let sends = 0;
  full.google.before = (op) => {
    if (op === 'send' && ++sends) throw refusal('destination_storage_full');
  };
  await expect(full.run()).rejects.toMatchObject({ code: 'destination_storage_full' });
  expect(sends).toBe(1);
});

it('gives up on a destination that accepts bytes and keeps none', async () => {
  const { drives, run } = aRelay(3 * CHUNK);
  drives.destination.beginUpload = async () => ({
    address: 'a',
    abandon: async () => undefined,
    send: async (_offset, _length, _size, body) => {
      for await (const _piece of body);
      return { confirmed: 0 };
    },
    state: async () => ({ confirmed: 0 }),
  });
  await expect(run()).rejects.toMatchObject({ code: 'google_unavailable', side: 'destination' });
  expect(drives.clock.slept).toBeGreaterThan(10_000); // and does not send it all again at once
});

it('polls when every byte is stored and the file does not exist yet', async () => {
  const { google, content, drives, run, md5 } = aRelay(3 * CHUNK, { checksums: [] });
  const beginUpload = drives.destination.beginUpload.bind(drives.destination);
  let late = 3;
  drives.destination.beginUpload = async (...args) => {
    const upload = await beginUpload(...args);
    const lateState = async (state: Promise<UploadState>) => {
      const real = await state;
      return 'done' in real && late-- > 0 ? { confirmed: content.length } : real;
    };
    return {
      address: upload.address,
      abandon: (until) => upload.abandon(until),
      send: (...sent) => lateState(upload.send(...sent)),
      state: (...asked) => lateState(upload.state(...asked)),
    };
  };
  const { copy, computed } = await run();
  expect(late).toBe(-1);
  expect(google.items.get(copy.id)!.content.equals(content)).toBe(true);
  expect(computed).toEqual({ md5 });
});

it('opens another upload when the destination forgets the current one, a few times', async () => {
  const { google, content, run, md5 } = aRelay(3 * CHUNK, { checksums: [] });
  let sends = 0;
  google.before = (op) => {
    if (op === 'send' && ++sends === 40) throw refusal('not_found');
  };
  const { copy, computed } = await run();
  expect(google.calls.filter((op) => op === 'beginUpload')).toHaveLength(2);
  expect(google.items.get(copy.id)!.content.equals(content)).toBe(true);
  expect(computed).toEqual({ md5 });
  const forgetful = aRelay(3 * CHUNK);
  forgetful.google.before = (op) => {
    if (op === 'send') throw refusal('not_found');
  };
  await expect(forgetful.run()).rejects.toMatchObject({ code: 'google_unavailable' });
});

it('survives a download that fails before anything was read', async () => {
  const { drives, run } = aRelay(3 * CHUNK);
  let cut = 0;
  drives.source.read = async () =>
    new Readable({
      read: () => undefined,
      destroy: (error, done) => {
        cut++;
        done(error ?? Object.assign(new Error('aborted'), { code: 'UND_ERR_ABORTED' }));
      },
    });
  const beginUpload = drives.destination.beginUpload.bind(drives.destination);
  drives.destination.beginUpload = async (...args) => {
    const upload = await beginUpload(...args);
    upload.send = () => Promise.reject(refusal('folder_limit'));
    return upload;
  };
  await expect(run()).rejects.toMatchObject({ code: 'folder_limit' });
  await new Promise((resolve) => setImmediate(resolve)); // without a listener, the error would end the process here
  expect(cut).toBe(1);
});

it('does not accept a truncated download as the file', async () => {
  const { google, id, run } = aRelay(1000);
  google.before = (op) => {
    if (op === 'read') google.items.get(id)!.content = randomBytes(900);
  };
  await expect(run()).rejects.toMatchObject({ code: 'source_changed' });
});

describe('an upload that outlives the process', () => {
  const shutdown = new Error('The process ends.');

  it('is resumed at the confirmed byte, and kept no longer than needed', async () => {
    const carried = aRelay(5 * CHUNK + 99);
    const { google, content, run } = carried;
    const keeper = aKeeper();
    await stopped(carried, keeper, shutdown);
    expect(keeper.kept).toMatch(/^memory:/);
    let read = 0;
    google.before = (op) => void (op === 'piece' && read++);
    const { copy, computed } = await run(keeper.uploads());
    expect(google.items.get(copy.id)!.content.equals(content)).toBe(true);
    // Two chunks and a part had arrived already, and are not read again.
    expect(read * google.pieceSize).toBeLessThan(content.length - 2 * CHUNK);
    expect(google.calls.filter((op) => op === 'beginUpload')).toHaveLength(1);
    expect(computed).toEqual({}); // no process has hashed all its bytes
    expect(keeper.kept).toBeUndefined();
    expect(google.openUploads).toBe(0);
  });

  it('is found finished when only its last response was lost', async () => {
    const { google, content, run } = aRelay(3 * CHUNK);
    const keeper = aKeeper();
    const uploads = { ...keeper.uploads(), drop: () => Promise.reject(shutdown) };
    await expect(run(uploads)).rejects.toBe(shutdown);
    google.calls.length = 0;
    const { copy } = await run(keeper.uploads());
    expect(google.items.get(copy.id)!.content.equals(content)).toBe(true);
    expect(google.calls).not.toContain('beginUpload');
    expect(google.calls).not.toContain('read');
  });

  it('is replaced by a new one when the destination no longer knows it', async () => {
    const carried = aRelay(4 * CHUNK);
    const { google, content, run } = carried;
    const keeper = aKeeper();
    await stopped(carried, keeper, shutdown);
    google.uploads.clear();
    const { copy, computed } = await run(keeper.uploads());
    expect(google.items.get(copy.id)!.content.equals(content)).toBe(true);
    expect(computed).toEqual({});
  });

  it('is not resumed if the source has no checksum: such bytes must all be hashed', async () => {
    const carried = aRelay(4 * CHUNK, { checksums: [] });
    const { google, content, run } = carried;
    const keeper = aKeeper();
    await stopped(carried, keeper, shutdown);
    const { copy, computed } = await run(keeper.uploads());
    expect(google.items.get(copy.id)!.content.equals(content)).toBe(true);
    expect(computed).toEqual({ md5: createHash('md5').update(content).digest('hex') });
    expect(google.openUploads).toBe(0);
  });

  it.each([
    ['of another size', 1],
    ['of the same size', 0],
  ])('is given up when the original was edited, to content %s: versions never mix', async (_, longer) => {
    const carried = aRelay(4 * CHUNK);
    const { google, id, run, amend } = carried;
    const keeper = aKeeper();
    await stopped(carried, keeper, shutdown);
    const edited = randomBytes(4 * CHUNK + longer);
    google.edit(id, { content: edited });
    await expect(run(keeper.uploads())).rejects.toMatchObject({ code: 'source_changed' });
    expect(google.openUploads).toBe(0);
    expect(keeper.kept).toBeUndefined();
    amend();
    const { copy } = await run(keeper.uploads());
    expect(google.items.get(copy.id)!.content.equals(edited)).toBe(true);
  });

  it('is not resumed for another version, even if the plan knows that one', async () => {
    const carried = aRelay(4 * CHUNK);
    const { google, id, run, amend } = carried;
    const keeper = aKeeper();
    await stopped(carried, keeper, shutdown);
    const edited = randomBytes(4 * CHUNK);
    google.edit(id, { content: edited });
    amend(); // and the process died before the new upload was kept
    const { copy, computed } = await run(keeper.uploads());
    expect(google.items.get(copy.id)!.content.equals(edited)).toBe(true);
    expect(computed).toEqual({});
    expect(google.openUploads).toBe(0);
  });

  it('is given up by a cancel, and kept by a restart', async () => {
    const canceled = new StoppedError();
    const carried = aRelay(4 * CHUNK);
    const keeper = aKeeper((reason) => reason === canceled);
    await stopped(carried, keeper, shutdown);
    expect(carried.google.openUploads).toBe(1);
    await stopped(carried, keeper, canceled);
    expect(carried.google.openUploads).toBe(0);
    expect(keeper.kept).toBeUndefined();
  });

  it('is given up after a permanent error, and kept when only the account must wait', async () => {
    const { google, run } = aRelay(4 * CHUNK);
    const keeper = aKeeper();
    const fail = (code: 'quota_exceeded' | 'folder_limit') => {
      google.before = (op, arrived) => {
        if (op === 'send' && Number(arrived) > CHUNK) throw refusal(code);
      };
    };
    fail('quota_exceeded');
    await expect(run(keeper.uploads())).rejects.toMatchObject({ code: 'quota_exceeded' });
    expect([google.openUploads, keeper.kept === undefined]).toEqual([1, false]);
    fail('folder_limit');
    await expect(run(keeper.uploads())).rejects.toMatchObject({ code: 'folder_limit' });
    expect([google.openUploads, keeper.kept === undefined]).toEqual([0, true]);
  });

  it('creates one file when two processes send it at the same time', async () => {
    const carried = aRelay(6 * CHUNK);
    const { google, content, run } = carried;
    const keeper = aKeeper();
    await stopped(carried, keeper, shutdown);
    google.before = async (op) => {
      if (op === 'piece') await new Promise((resolve) => setImmediate(resolve));
    };
    const uploads = keeper.uploads();
    const ends = await Promise.all([run(uploads), run(uploads)]);
    expect(ends.map(({ copy }) => copy.id)).toEqual(['new', 'new']);
    expect(google.items.get('new')!.content.equals(content)).toBe(true);
    expect(google.calls.filter((op) => op === 'beginUpload')).toHaveLength(1);
  });

  it('is given up at once when it can’t be kept', async () => {
    const { google, run } = aRelay(4 * CHUNK);
    const uploads = { ...aKeeper().uploads(), keep: () => Promise.reject(shutdown) };
    await expect(run(uploads)).rejects.toBe(shutdown);
    expect(google.openUploads).toBe(0);
  });
});

it.each([
  ['another size', 1],
  ['the same size', 0],
])('does not continue an original that was edited between two chunks, to %s', async (_, longer) => {
  const { google, id, content, run, amend } = aRelay(4 * CHUNK);
  const edited = randomBytes(content.length + longer);
  let cut = false;
  google.before = (op, arrived) => {
    if (op !== 'send' || Number(arrived) <= 1.5 * CHUNK || cut) return;
    cut = true;
    google.edit(id, { content: edited });
    throw refusal('google_unavailable');
  };
  await expect(run()).rejects.toMatchObject({ code: 'source_changed' });
  expect(cut).toBe(true);
  expect(google.openUploads).toBe(0);
  amend();
  const { copy } = await run();
  expect(google.items.get(copy.id)!.content.equals(edited)).toBe(true);
});

it('sends each byte at its position and hashes each once, whatever fails', async () => {
  const QUANTUM = 262_144;
  const firstSeed = Number(process.env['RELAY_SEED'] ?? 1);
  const rounds = Number(process.env['RELAY_RUNS'] ?? 8);
  for (let seed = firstSeed; seed < firstSeed + rounds; seed++) {
    const random = randomOf(seed);
    const size = SINGLE_REQUEST_BYTES + 1 + random.below(3 * MIB);
    const google = new InMemoryDrives();
    google.pieceSize = random.oneOf([20_000 + random.below(300_000), 65_536, QUANTUM]);
    const content = randomBytes(size);
    const id = google.put(ANA, { name: 'film.mp4', content, checksums: [] });
    const drives = { source: google.drive(ANA), destination: google.drive(BEN), clock: new SkippingClock() };
    const item = await planned(drives.source, id);
    let faults = random.below(6); // after six in a row without progress it would give up
    let forgotten = 0;
    google.before = (op) => {
      // If all tries to read the state fail, the relay ends; another test covers that.
      if (!['piece', 'send', 'read', 'get'].includes(op) || faults === 0 || !random.chance(0.03)) return;
      faults--;
      if (op === 'send' && forgotten < 2 && random.chance(0.2)) {
        forgotten++;
        throw refusal('not_found');
      }
      throw Object.assign(new Error('reset'), { code: 'ECONNRESET' });
    };
    const beginUpload = drives.destination.beginUpload.bind(drives.destination);
    drives.destination.beginUpload = async (...args) => {
      const upload = await beginUpload(...args);
      const keepsLess = (state: UploadState): UploadState => {
        if ('done' in state || faults === 0 || !random.chance(0.2)) return state;
        faults--;
        const session = google.uploads.get(upload.address)!;
        const confirmed = random.below(Math.floor(state.confirmed / QUANTUM) + 1) * QUANTUM;
        session.content = session.content.subarray(0, confirmed);
        return { confirmed };
      };
      return {
        address: upload.address,
        abandon: (until) => upload.abandon(until),
        send: async (...sent) => keepsLess(await upload.send(...sent)),
        state: async (...asked) => keepsLess(await upload.state(...asked)),
      };
    };
    const target = { id: 'new', name: 'film.mp4', mimeType: 'video/mp4', parentId: google.rootOf(BEN) };
    const options = { chunkBytes: (1 + random.below(12)) * QUANTUM };
    const end = await relay(item, target, drives, () => undefined, signal, options).catch(String);
    const same = typeof end !== 'string' && google.items.get(end.copy.id)!.content.equals(content);
    // The compared values include the seed, so a failure shows it.
    expect({ seed, same, end }).toMatchObject({
      seed,
      same: true,
      end: { computed: { md5: createHash('md5').update(content).digest('hex') } },
    });
  }
});
