import { createHash, createCipheriv, randomUUID, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { setImmediate as breathe } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { googleError } from '../http/errors.ts';

export type Algorithm = 'md5' | 'sha1' | 'sha256';

/** The unit of chunks, and of the bytes that Google keeps of an unfinished upload ("Upload file data"): 256 KiB. */
export const UPLOAD_QUANTUM = 256 * 1024;

/** Bytes written to a socket at a time. */
const READ_SIZE = 256 * 1024;

/** Where the bytes of a file come from; JSON, so that it can be saved between starts. */
export type Source =
  | { kind: 'disk'; path: string; mtimeMs?: number }
  | { kind: 'memory'; base64: string }
  | { kind: 'made'; seed: string };

/**
 * The bytes of one file. It never changes, because files can share it (a copy does). The exception is an imported file,
 * which is read in place and follows changes on disk.
 */
export class Content {
  readonly source: Source;
  size: number;
  /** Number of files that use it; bytes that the sandbox stored are removed with the last one. */
  users = 0;
  private readonly digests: Partial<Record<Algorithm, string>>;
  private running?: Promise<void>;

  constructor(source: Source, size: number, digests: Partial<Record<Algorithm, string>> = {}) {
    this.source = source;
    this.size = size;
    this.digests = digests;
  }

  static ofBytes(bytes: Buffer): Content {
    return new Content({ kind: 'memory', base64: bytes.toString('base64') }, bytes.length);
  }

  /**
   * Generated content, which takes no disk space: the same seed and size always give the same bytes.
   * @param digests known checksums, which are then not computed
   */
  static made(seed: string, size: number, digests?: Partial<Record<Algorithm, string>>): Content {
    return new Content({ kind: 'made', seed }, size, digests);
  }

  /** Other bytes of the same length, like those of a corrupted copy or upload; discards the original bytes. */
  static async spoilt(content: Content): Promise<Content> {
    if (content.users === 0) await content.discard();
    return Content.made(`spoilt ${content.size}`, content.size);
  }

  /** A file outside the sandbox, read in place and never changed or removed. */
  static inPlace(path: string, size: number, mtimeMs: number): Content {
    return new Content({ kind: 'disk', path, mtimeMs }, size);
  }

  /** The checksums computed so far, to save between starts. */
  get known(): Partial<Record<Algorithm, string>> {
    return { ...this.digests };
  }

  /** A checksum that `digest` has already computed. */
  digested(algorithm: Algorithm): string | undefined {
    return this.digests[algorithm];
  }

  /** Computes the missing ones of the requested checksums without blocking other requests. */
  async digest(algorithms: readonly Algorithm[]): Promise<void> {
    if (algorithms.every((algorithm) => this.digests[algorithm])) return;
    const turn = (this.running ?? Promise.resolve()).then(async () => {
      await this.followDisk();
      const missing = algorithms.filter((algorithm) => !this.digests[algorithm]);
      const { source, size } = this;
      const compute = size > INLINE_HASH_SIZE && source.kind !== 'memory' ? hasher.checksum : checksum;
      const sums = await Promise.all(missing.map((algorithm) => compute(algorithm, source, size)));
      missing.forEach((algorithm, i) => (this.digests[algorithm] = sums[i]));
    });
    const mine = turn.catch(() => undefined);
    this.running = mine;
    void mine.then(() => {
      if (this.running === mine) delete this.running;
    });
    return turn;
  }

  /**
   * Updates the size of an imported file that was edited since, and drops its checksums.
   * @throws GoogleError 500 naming the path of a file that no longer exists.
   */
  async followDisk(): Promise<void> {
    if (this.source.kind !== 'disk' || this.source.mtimeMs === undefined) return;
    const { path } = this.source;
    const now = await stat(path).catch(() => {
      throw googleError('importGone', { path });
    });
    if (now.size === this.size && Math.trunc(now.mtimeMs) === this.source.mtimeMs) return;
    this.size = now.size;
    this.source.mtimeMs = Math.trunc(now.mtimeMs);
    for (const algorithm of ['md5', 'sha1', 'sha256'] as const) delete this.digests[algorithm];
  }

  /** Bytes `start` (included) to `end` (excluded). */
  read(start: number, end: number): Readable {
    return readSource(this.source, this.size, start, end);
  }

  /** All bytes at once, for the small files that are converted to and from Google Docs. */
  async bytes(): Promise<Buffer> {
    if (this.source.kind === 'disk') return readFile(this.source.path);
    return Buffer.concat((await this.read(0, this.size).toArray()) as Buffer[]);
  }

  /** Deletes the bytes, if the sandbox stored them. */
  async discard(): Promise<void> {
    if (this.source.kind === 'disk' && this.source.mtimeMs === undefined) await rm(this.source.path, { force: true });
  }
}

function readSource(source: Source, size: number, start: number, end: number): Readable {
  if (start >= end) return Readable.from([]);
  switch (source.kind) {
    case 'disk':
      return createReadStream(source.path, { start, end: end - 1, highWaterMark: READ_SIZE });
    case 'memory':
      return Readable.from([Buffer.from(source.base64, 'base64').subarray(start, end)]);
    case 'made':
      return Readable.from(madeBytes(source.seed, size, start, end), { highWaterMark: 2 });
  }
}

/** Contents up to this size are hashed on the main thread; longer ones would block other requests. */
const INLINE_HASH_SIZE = 1024 * 1024;

/** A checksum in hexadecimal, computed synchronously. */
export async function checksum(algorithm: Algorithm, source: Source, size: number): Promise<string> {
  if (source.kind === 'made') return madeDigest(algorithm, source.seed, size);
  const hash = createHash(algorithm);
  for await (const chunk of readSource(source, size, 0, size)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** A request to the checksum thread. */
export interface HashJob {
  job: number;
  algorithm: Algorithm;
  source: Source;
  size: number;
}

/** The thread's response. */
export type HashResult = { job: number; digest: string } | { job: number; failure: string };

/** Computes checksums in other threads: one for each algorithm, so that md5 and sha256 of a file run side by side. */
class Hasher {
  private readonly workers = new Map<Algorithm, Worker>();
  private readonly waiting = new Map<number, { done: (digest: string) => void; fail: (error: Error) => void }>();
  private jobs = 0;

  checksum = (algorithm: Algorithm, source: Source, size: number): Promise<string> => {
    const job = ++this.jobs;
    return new Promise((done, fail) => {
      this.waiting.set(job, { done, fail });
      this.worker(algorithm).postMessage({ job, algorithm, source, size } satisfies HashJob);
    });
  };

  private worker(algorithm: Algorithm): Worker {
    let worker = this.workers.get(algorithm);
    if (worker) return worker;
    // In the published package, the worker is JavaScript.
    worker = new Worker(new URL(`./hash-worker.${import.meta.url.slice(-2)}`, import.meta.url));
    this.workers.set(algorithm, worker);
    worker.on('message', (result: HashResult) => {
      const waiting = this.waiting.get(result.job);
      this.waiting.delete(result.job);
      if ('digest' in result) waiting?.done(result.digest);
      else waiting?.fail(new Error(`The checksum could not be computed: ${result.failure}`));
    });
    worker.on('error', (error: Error) => {
      this.workers.delete(algorithm);
      // It is unknown which jobs the thread had, so all fail and can be repeated.
      for (const { fail } of this.waiting.values()) fail(error);
      this.waiting.clear();
    });
    // The thread does not keep the process alive.
    worker.unref();
    return worker;
  }
}

const hasher = new Hasher();

// A prime length: chunks at the offsets that clients use all differ, so a misplaced chunk changes the checksum.
const POOL_LENGTH = 1_048_583;
/** Number of different bodies of generated files, so that a chunk of another file nearly always differs too. */
const BODIES = 16;
/** Bytes between saved states of a body's checksum. */
const STATE_STEP = 128 * 1024;
let pool: Buffer | undefined;
const states = new Map<string, Hash[]>();

/** What distinguishes a generated file: its last bytes, and the body before them. */
function characterOf(seed: string): { trailer: Buffer; body: number } {
  const trailer = createHash('sha256').update(seed).digest();
  return { trailer, body: (trailer[0] ?? 0) % BODIES };
}

/** Bytes `start` to `end` of a body: incompressible, and the same for all files with this body. */
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
 * The checksum of a generated file. Files share their bodies, so intermediate states of a body's checksum are saved:
 * listing a thousand files of any size takes a fraction of a second instead of reading them all.
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

/** The folder that stores uploaded bytes. */
export class ContentFolder {
  private readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Creates a new file. */
  async create(): Promise<ContentWriter> {
    const name = randomUUID();
    // 256 folders, because some file systems are slow with a hundred thousand names in one.
    const path = join(this.folder, name.slice(0, 2), name);
    await mkdir(dirname(path), { recursive: true });
    return new ContentWriter(path, await open(path, 'wx'));
  }
}

/** Bytes buffered before they are written. */
const WRITE_SIZE = 4 * UPLOAD_QUANTUM;

/**
 * Writes the bytes of an upload to disk. Before `finish`, only whole quanta of 256 KiB count, as at Google; a partial
 * last one from a broken connection is dropped. Checksums are computed on request, except those of a small file, which
 * are computed from the buffered bytes.
 */
export class ContentWriter {
  private written = 0;
  private readonly path: string;
  private readonly handle: FileHandle;
  private tail: Buffer[] = [];
  private tailLength = 0;
  /** The current write; the next bytes are buffered meanwhile. */
  private writing: Promise<void> = Promise.resolve();
  private closed = false;

  constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.handle = handle;
  }

  /** Bytes that would remain after a broken connection: whole quanta. */
  get committed(): number {
    return this.received - (this.received % UPLOAD_QUANTUM);
  }

  /** All bytes received, including the partial last quantum. */
  get received(): number {
    return this.written + this.tailLength;
  }

  async write(chunk: Buffer): Promise<void> {
    this.tail.push(chunk);
    this.tailLength += chunk.length;
    if (this.tailLength >= WRITE_SIZE) await this.flush();
  }

  /** Drops the partial last quantum, which the client sends again. */
  async dropTail(): Promise<void> {
    let surplus = this.received % UPLOAD_QUANTUM;
    if (surplus > this.tailLength) {
      // A part of it is on disk already and will be overwritten.
      surplus -= this.tailLength;
      this.tail = [];
      this.tailLength = 0;
      await this.writing;
      this.written -= surplus;
      return;
    }
    this.tailLength -= surplus;
    while (surplus > 0) {
      const last = this.tail.pop() ?? Buffer.alloc(0);
      if (last.length > surplus) this.tail.push(last.subarray(0, last.length - surplus));
      surplus -= Math.min(surplus, last.length);
    }
  }

  async finish(): Promise<Content> {
    const whole = this.written === 0 ? Buffer.concat(this.tail, this.tailLength) : undefined;
    await this.flush();
    await this.writing;
    await this.close();
    const digests =
      whole && whole.length <= INLINE_HASH_SIZE
        ? {
            md5: createHash('md5').update(whole).digest('hex'),
            sha256: createHash('sha256').update(whole).digest('hex'),
          }
        : {};
    return new Content({ kind: 'disk', path: this.path }, this.written, digests);
  }

  /** Discards everything, including bytes on disk. */
  async abandon(): Promise<void> {
    this.tail = [];
    this.tailLength = 0;
    await this.writing.catch(() => undefined);
    await this.close();
    await rm(this.path, { force: true });
  }

  /** Starts writing the buffered bytes after the previous write has finished. */
  private async flush(): Promise<void> {
    await this.writing;
    const chunks = this.tail;
    const at = this.written;
    const length = this.tailLength;
    if (length === 0) return;
    this.tail = [];
    this.tailLength = 0;
    this.written += length;
    const writing = this.put(chunks, at, length);
    // The next call that awaits it gets the failure; until then the rejection must not count as unhandled.
    writing.catch(() => undefined);
    this.writing = writing;
  }

  private async put(chunks: Buffer[], at: number, length: number): Promise<void> {
    const { bytesWritten } = await this.handle.writev(chunks, at);
    if (bytesWritten === length) return;
    const whole = Buffer.concat(chunks, length);
    for (let done = bytesWritten; done < length;)
      done += (await this.handle.write(whole, done, length - done, at + done)).bytesWritten;
  }

  private async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.handle.close();
  }
}
