import { createHash, createCipheriv, randomUUID, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { setImmediate as breathe } from 'node:timers/promises';
import { GoogleError } from './errors.ts';

export type Algorithm = 'md5' | 'sha1' | 'sha256';

/** What Google keeps of an unfinished upload, and the unit of its chunks ("Upload file data"): 256 KiB. */
export const UPLOAD_QUANTUM = 256 * 1024;

/** Bytes handed to a socket at a time. */
const READ_SIZE = 256 * 1024;

/** Where the bytes of a file come from; JSON, so that it can be kept between starts. */
export type Source =
  | { kind: 'disk'; path: string; mtimeMs?: number }
  | { kind: 'memory'; base64: string }
  | { kind: 'made'; seed: string };

/**
 * The bytes of one file. Several files may share one (a copy does), so it never changes, with one exception: an
 * imported file is read where it lies, and follows what happens to it there.
 */
export class Content {
  readonly source: Source;
  size: number;
  /** How many files use it; bytes that the sandbox itself stored are removed with the last. */
  users = 0;
  private readonly digests: Partial<Record<Algorithm, string>>;
  private running: Promise<void> = Promise.resolve();

  constructor(source: Source, size: number, digests: Partial<Record<Algorithm, string>> = {}) {
    this.source = source;
    this.size = size;
    this.digests = digests;
  }

  static ofBytes(bytes: Buffer): Content {
    return new Content({ kind: 'memory', base64: bytes.toString('base64') }, bytes.length);
  }

  /** Content that costs no disk: the same seed and size always give the same bytes. */
  static made(seed: string, size: number): Content {
    return new Content({ kind: 'made', seed }, size);
  }

  /** A file of somebody else's, read in place and never written or removed. */
  static inPlace(path: string, size: number, mtimeMs: number): Content {
    return new Content({ kind: 'disk', path, mtimeMs }, size);
  }

  /** Checksums known so far, for keeping between starts. */
  get known(): Partial<Record<Algorithm, string>> {
    return { ...this.digests };
  }

  /** A checksum that `digest` has computed already. */
  digested(algorithm: Algorithm): string | undefined {
    return this.digests[algorithm];
  }

  /** Computes what is missing of the checksums asked for, in one pass, without holding up other requests. */
  async digest(algorithms: readonly Algorithm[]): Promise<void> {
    if (algorithms.every((algorithm) => this.digests[algorithm])) return;
    const turn = this.running.then(async () => {
      await this.followDisk();
      const missing = algorithms.filter((algorithm) => !this.digests[algorithm]);
      if (missing.length === 0) return;
      if (this.source.kind === 'made') {
        for (const algorithm of missing)
          this.digests[algorithm] = await madeDigest(algorithm, this.source.seed, this.size);
        return;
      }
      const hashes = missing.map((algorithm) => createHash(algorithm));
      let unbroken = 0;
      for await (const chunk of this.read(0, this.size)) {
        for (const hash of hashes) hash.update(chunk as Buffer);
        unbroken += (chunk as Buffer).length;
        if (unbroken >= 4 * 1024 * 1024) {
          unbroken = 0;
          await breathe();
        }
      }
      missing.forEach((algorithm, i) => (this.digests[algorithm] = hashes[i]?.digest('hex')));
    });
    this.running = turn.catch(() => undefined);
    return turn;
  }

  /**
   * An imported file may have been edited since: take its new size and forget its checksums.
   * @throws GoogleError 500 naming the path when it is gone.
   */
  async followDisk(): Promise<void> {
    if (this.source.kind !== 'disk' || this.source.mtimeMs === undefined) return;
    const { path } = this.source;
    const now = await stat(path).catch(() => {
      throw new GoogleError(500, 'backendError', `The imported file ${path} can no longer be read.`);
    });
    if (now.size === this.size && Math.trunc(now.mtimeMs) === this.source.mtimeMs) return;
    this.size = now.size;
    this.source.mtimeMs = Math.trunc(now.mtimeMs);
    for (const algorithm of ['md5', 'sha1', 'sha256'] as const) delete this.digests[algorithm];
  }

  /** Bytes `start` (included) to `end` (excluded). */
  read(start: number, end: number): Readable {
    if (start >= end) return Readable.from([]);
    switch (this.source.kind) {
      case 'disk':
        return createReadStream(this.source.path, { start, end: end - 1, highWaterMark: READ_SIZE });
      case 'memory':
        return Readable.from([Buffer.from(this.source.base64, 'base64').subarray(start, end)]);
      case 'made':
        return Readable.from(madeBytes(this.source.seed, this.size, start, end), { highWaterMark: 2 });
    }
  }

  /** All bytes at once, for the small files that are converted to and from Google Docs. */
  async bytes(): Promise<Buffer> {
    if (this.source.kind === 'disk') return readFile(this.source.path);
    return Buffer.concat((await this.read(0, this.size).toArray()) as Buffer[]);
  }

  /** Drops the stored bytes, if they are the sandbox's own. */
  async discard(): Promise<void> {
    if (this.source.kind === 'disk' && this.source.mtimeMs === undefined) await rm(this.source.path, { force: true });
  }
}

// A prime length: no two chunks of a file at offsets that clients use are equal, so a misplaced chunk is noticed.
const POOL_LENGTH = 1_048_583;
/** Made-up files have one of so many bodies, so that a chunk of another file is noticed as well, nearly always. */
const BODIES = 16;
/** Bytes between kept states of a body's checksum. */
const STATE_STEP = 128 * 1024;
let pool: Buffer | undefined;
const states = new Map<string, Hash[]>();

/** What is a made-up file's own: its last bytes, and which of the bodies comes before them. */
function characterOf(seed: string): { trailer: Buffer; body: number } {
  const trailer = createHash('sha256').update(seed).digest();
  return { trailer, body: (trailer[0] ?? 0) % BODIES };
}

/** Bytes `start` to `end` of a body: incompressible, and the same whatever file they are read for. */
function* bodyBytes(body: number, start: number, end: number): Generator<Buffer> {
  pool ??= createCipheriv('aes-128-ctr', Buffer.alloc(16, 7), Buffer.alloc(16)).update(Buffer.alloc(POOL_LENGTH));
  const rotation = Math.floor((POOL_LENGTH / BODIES) * body);
  for (let at = start; at < end;) {
    const from = (at + rotation) % POOL_LENGTH;
    const piece = pool.subarray(from, Math.min(from + READ_SIZE, POOL_LENGTH, from + end - at));
    yield piece;
    at += piece.length;
  }
}

function* madeBytes(seed: string, size: number, start: number, end: number): Generator<Buffer> {
  const { trailer, body } = characterOf(seed);
  const bodyEnd = Math.max(0, size - trailer.length);
  yield* bodyBytes(body, start, Math.min(end, bodyEnd));
  if (end > bodyEnd) yield trailer.subarray(Math.max(0, start - bodyEnd), end - bodyEnd);
}

/**
 * The checksum of a made-up file. Files share their bodies, so the states of a checksum on its way through a body are
 * kept: a listing of a thousand files of any size costs a fraction of a second, not the reading of them all.
 */
async function madeDigest(algorithm: Algorithm, seed: string, size: number): Promise<string> {
  const { trailer, body } = characterOf(seed);
  const bodyEnd = Math.max(0, size - trailer.length);
  const key = `${algorithm} ${body}`;
  const kept = states.get(key) ?? [createHash(algorithm)];
  states.set(key, kept);
  const wanted = Math.floor(bodyEnd / STATE_STEP);
  while (kept.length <= wanted) {
    const next = kept.at(-1)?.copy() ?? createHash(algorithm);
    for (const piece of bodyBytes(body, (kept.length - 1) * STATE_STEP, kept.length * STATE_STEP)) next.update(piece);
    kept.push(next);
    if (kept.length % 16 === 0) await breathe();
  }
  const hash = kept[wanted]?.copy() ?? createHash(algorithm);
  for (const piece of bodyBytes(body, wanted * STATE_STEP, bodyEnd)) hash.update(piece);
  return hash.update(trailer.subarray(0, size - bodyEnd)).digest('hex');
}

/** The folder that uploaded bytes are kept in. */
export class ContentFolder {
  private readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Begins a new file. */
  async create(): Promise<ContentWriter> {
    const name = randomUUID();
    // Two hundred and fifty-six folders: some file systems grow slow with a hundred thousand names in one.
    const path = join(this.folder, name.slice(0, 2), name);
    await mkdir(dirname(path), { recursive: true });
    return new ContentWriter(path, await open(path, 'wx'));
  }
}

/**
 * Takes the bytes of an upload to disk and computes md5 and sha256 on the way. Only whole quanta of 256 KiB are
 * committed before `finish`, as Google does: what a broken connection brought of the last one is dropped.
 */
export class ContentWriter {
  committed = 0;
  private readonly path: string;
  private readonly handle: FileHandle;
  private readonly md5: Hash = createHash('md5');
  private readonly sha256: Hash = createHash('sha256');
  private tail: Buffer[] = [];
  private tailLength = 0;
  private closed = false;

  constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.handle = handle;
  }

  /** All bytes taken, the uncommitted tail included. */
  get received(): number {
    return this.committed + this.tailLength;
  }

  async write(chunk: Buffer): Promise<void> {
    this.tail.push(chunk);
    this.tailLength += chunk.length;
    if (this.tailLength >= UPLOAD_QUANTUM) await this.commit(this.tailLength - (this.tailLength % UPLOAD_QUANTUM));
  }

  /** Forgets what is not a whole quantum: the client sends it again. */
  dropTail(): void {
    this.tail = [];
    this.tailLength = 0;
  }

  async finish(): Promise<Content> {
    await this.commit(this.tailLength);
    await this.close();
    return new Content({ kind: 'disk', path: this.path }, this.committed, {
      md5: this.md5.digest('hex'),
      sha256: this.sha256.digest('hex'),
    });
  }

  /** Gives up: nothing stays on disk. */
  async abandon(): Promise<void> {
    this.dropTail();
    await this.close();
    await rm(this.path, { force: true });
  }

  private async commit(length: number): Promise<void> {
    if (length === 0) return;
    const all = this.tail.length === 1 ? (this.tail[0] ?? Buffer.alloc(0)) : Buffer.concat(this.tail, this.tailLength);
    const whole = all.subarray(0, length);
    // The write runs on another thread while the sums are made on this one.
    const written = this.handle.write(whole, 0, length, this.committed);
    this.md5.update(whole);
    this.sha256.update(whole);
    for (let done = (await written).bytesWritten; done < length;) {
      done += (await this.handle.write(whole, done, length - done, this.committed + done)).bytesWritten;
    }
    this.committed += length;
    this.tail = length < all.length ? [all.subarray(length)] : [];
    this.tailLength = all.length - length;
  }

  private async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.handle.close();
  }
}
