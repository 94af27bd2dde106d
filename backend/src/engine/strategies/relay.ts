import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { Budget } from '../concurrency.js';
import type { TransferContext } from '../context.js';
import type { ItemToCopy } from '../destination-copies.js';
import { DriveError } from '../errors.js';
import { stopped } from '../failures.js';
import type { ChecksumKind, NewItem } from '../ports/drive.js';
import type { PlannedItem } from '../model/items.js';
import { decisiveOf, isChanged } from '../verify.js';
import { HeldBytes, readWhole } from './held-bytes.js';
import {
  type KeptUpload,
  type RelayEndpoints,
  type RelayOptions,
  type RelayResult,
  ResumableRelay,
  sourceChanged,
} from './resumable-relay.js';
import type { CopyJob, CopyStrategy, MadeCopy } from './strategy.js';
import type { OnProgress } from './stream-content.js';

/** Files up to this size are sent in one request (Google advises 5 MB), larger ones in a resumable upload. */
export const SINGLE_REQUEST_BYTES = 5 * 1024 * 1024;

/**
 * Maximum memory that all relays of a process use together. A small file counts twice: whole, and again while it waits,
 * encrypted, for the network. A large one counts with what flows between two sockets.
 */
const MEMORY = new Budget(40 * 1024 * 1024);
const STREAM_BYTES = 2 * 1024 * 1024;
const SMALL_BYTES = 128 * 1024;
/** Milliseconds between two reports of progress. */
const REPORT_MS = 500;

type Sized = ItemToCopy & { readonly size: number };

/** Streams a file from one account to the other. Stores nothing. */
export class Relay implements CopyStrategy {
  constructor(private readonly context: TransferContext) {}

  suits({ kind, canDownload, size }: ItemToCopy): boolean {
    return kind === 'file' && canDownload && size !== null;
  }

  async copy({ item, parentId }: CopyJob, signal: AbortSignal): Promise<MadeCopy> {
    const { copies, drives, ledger } = this.context;
    const { size } = item as Sized;
    signal.throwIfAborted();
    const target = await copies.targetOf(item, parentId, signal);
    const stop = new AbortController();
    const until = AbortSignal.any([signal, stop.signal]);
    let reported = 0;
    const onProgress = (bytes: number): void => {
      const now = drives.clock.now();
      if (now - reported < REPORT_MS) return;
      reported = now;
      ledger.progress(item.ordinal, bytes).then(
        (runs) => {
          if (!runs) stop.abort(stopped());
        },
        () => undefined, // progress is only displayed, so a lost report does no harm
      );
    };
    const isSmall = size <= SINGLE_REQUEST_BYTES;
    const uploads = await this.uploadsOf(item.ordinal, isSmall);
    try {
      const relayed = await MEMORY.run(isSmall ? 2 * size + SMALL_BYTES : STREAM_BYTES, until, () =>
        relay(item as Sized, target, drives, onProgress, until, { uploads }),
      );
      return { ...relayed, way: 'relay' };
    } catch (error) {
      stop.signal.throwIfAborted(); // the stop caused the error, whatever it is
      if (error instanceof DriveError && error.code === 'id_taken')
        return { copy: await copies.adopt(target.id!, signal), way: 'relay' };
      throw error;
    }
  }

  private async uploadsOf(ordinal: number, isSmall: boolean): Promise<KeptUpload> {
    const { ledger } = this.context;
    const kept = isSmall ? undefined : await ledger.upload(ordinal);
    return {
      ...(kept !== undefined && { kept }),
      keep: (upload) => ledger.keepUpload(ordinal, upload),
      drop: () => ledger.dropUpload(ordinal),
      isOver: async () => (await ledger.state()) === 'canceling',
    };
  }
}

/**
 * Streams a file from the source into the destination with bounded memory. Before it resumes, it checks that the
 * original has not changed: bytes of two versions never mix. If the source states a checksum, comparing it with the
 * copy's proves the copy from end to end, so this code hashes nothing: hashing a byte costs more processor time than
 * moving it. Otherwise it computes the md5 of the bytes sent. It can't hash the bytes that another process sent, so it
 * resumes another process's upload only if the source states a checksum.
 * @throws DriveError `source_changed` if the original has changed since it was planned
 */
export async function relay(
  item: PlannedItem & { readonly size: number },
  target: NewItem,
  { source, destination, clock }: RelayEndpoints,
  onProgress: OnProgress,
  signal: AbortSignal,
  options: RelayOptions = {},
): Promise<RelayResult> {
  const { size, sourceId, checksums } = item;
  const kind: ChecksumKind | undefined = decisiveOf(checksums) ? undefined : 'md5';
  if (size <= SINGLE_REQUEST_BYTES) {
    const content =
      size === 0
        ? new HeldBytes() // a Range request for an empty file returns 416
        : await readWhole(() => source.read(sourceId, 0, signal), size, clock, signal);
    if (content.length !== size) throw sourceChanged();
    const hash = kind && createHash(kind);
    if (hash) for (const part of content.parts) hash.update(part);
    const copy = await destination.create(target, content.parts, signal);
    content.release(); // the response means that all parts have been read
    onProgress(size);
    return { copy, computed: kind && hash ? { [kind]: hash.digest('hex') } : {} };
  }
  const read = async (offset: number): Promise<Readable> => {
    if (offset > 0 && isChanged(item, await source.get(sourceId, signal))) throw sourceChanged();
    return source.read(sourceId, offset, signal);
  };
  const version = checksums.md5 || checksums.sha256 ? versionOf(item) : undefined;
  const original = { size, read, kind, version };
  return new ResumableRelay(original, target, { destination, clock }, onProgress, signal, options).run();
}

/** Identifies the content that the plan knows. It is stored as the fragment of an upload's URL. */
const versionOf = ({ size, revision, checksums }: PlannedItem): string =>
  encodeURIComponent([size, revision, checksums.md5, checksums.sha256].join(' '));
