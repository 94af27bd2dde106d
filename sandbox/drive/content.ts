import { createHash, createCipheriv, randomUUID, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { setImmediate as breathe } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { googleError } from '../http/errors.ts';

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
  private running?: Promise<void>;

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

  /** Other bytes of the same length, as a copy or an upload that went wrong would leave; the right ones are dropped. */
  static async spoilt(content: Content): Promise<Content> {
    if (content.users === 0) await content.discard();
    return Content.made(`spoilt ${content.size}`, content.size);
  }

  /** A file outside of the sandbox, read in place and never written or removed. */
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
   * An imported file may have been edited since: take its new size and forget its checksums.
   * @throws GoogleError 500 naming the path when it is gone.
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

  /** Drops the stored bytes, if they are the sandbox's own. */
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

/** Contents up to so many bytes are hashed where they are; longer ones would hold other requests up. */
const INLINE_HASH_SIZE = 1024 * 1024;

/** A checksum in hexadecimal, computed here and now. */
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

/** What it answers. */
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
    // Published, it is JavaScript.
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
      // Which requests the thread had is unknown, so all fail and may be repeated.
      for (const { fail } of this.waiting.values()) fail(error);
      this.waiting.clear();
    });
    // It never keeps a program running that is done otherwise.
    worker.unref();
    return worker;
  }
}

const hasher = new Hasher();

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

/** Bytes gathered before they are written. */
const WRITE_SIZE = 4 * UPLOAD_QUANTUM;

/**
 * Writes the bytes of an upload to disk. Only whole quanta of 256 KiB count before `finish`, as with Google: a partial last one from a broken
 * connection is dropped. Checksums are computed when they are requested: a small file's at
 * once, of the bytes that are at hand.
 */
export class ContentWriter {
  private written = 0;
  private readonly path: string;
  private readonly handle: FileHandle;
  private tail: Buffer[] = [];
  private tailLength = 0;
  /** The write that is under way: the next bytes are taken in meanwhile. */
  private writing: Promise<void> = Promise.resolve();
  private closed = false;

  constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.handle = handle;
  }

  /** What would be there after a broken connection: whole quanta. */
  get committed(): number {
    return this.received - (this.received % UPLOAD_QUANTUM);
  }

  /** All bytes taken, the last quantum's beginning included. */
  get received(): number {
    return this.written + this.tailLength;
  }

  async write(chunk: Buffer): Promise<void> {
    this.tail.push(chunk);
    this.tailLength += chunk.length;
    if (this.tailLength >= WRITE_SIZE) await this.flush();
  }

  /** Forgets what is not a whole quantum: the client sends it again. */
  async dropTail(): Promise<void> {
    let surplus = this.received % UPLOAD_QUANTUM;
    if (surplus > this.tailLength) {
      // Some of it is on disk already: it will be written over.
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

  /** Discards everything: nothing stays on disk. */
  async abandon(): Promise<void> {
    this.tail = [];
    this.tailLength = 0;
    await this.writing.catch(() => undefined);
    await this.close();
    await rm(this.path, { force: true });
  }

  /** Begins to write what was gathered, when what was gathered before is written. */
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
    // Who waits for it next hears of a failure; until then it is no unhandled one.
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
