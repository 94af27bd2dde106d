import type { LedgerUploads } from '../ports/ledger/uploads.js';
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { Budget } from '../concurrency.js';
import type { TransferContext } from '../context.js';
import type { CarriedItem } from '../destination-copies.js';
import { DriveError } from '../errors.js';
import { stopped } from '../failures.js';
import type { ChecksumKind, DestinationDrive, NewItem } from '../ports/drive.js';
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
import type { CopyJob, CopyStrategy, Made } from './strategy.js';
import type { OnProgress } from './stream-content.js';

/** Up to this size a file is sent in one request (Google advises 5 MB); larger ones in an upload that can be resumed. */
export const SINGLE_REQUEST_BYTES = 5 * 1024 * 1024;

/**
 * Memory that all relays of a process may hold: small files whole, and again while they wait, encrypted, for the network;
 * large ones what flows between two sockets.
 */
const MEMORY = new Budget(40 * 1024 * 1024);
const STREAM_BYTES = 2 * 1024 * 1024;
const SMALL_BYTES = 128 * 1024;
/** Milliseconds between two reports of progress. */
const REPORT_MS = 500;

type Sized = CarriedItem & { readonly size: number };

/** Streams a file from one account to the other. Nothing is stored here. */
export class Relay implements CopyStrategy {
  constructor(private readonly context: TransferContext) {}

  suits({ kind, canDownload, size }: CarriedItem): boolean {
    return kind === 'file' && canDownload && size !== null;
  }

  async copy({ item, parentId }: CopyJob, signal: AbortSignal): Promise<Made> {
    const { copies, drives, ledger } = this.context;
    const { size } = item as Sized;
    signal.throwIfAborted();
    const target = await copies.targetOf(item, parentId);
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
        () => undefined, // progress is for display: a lost report does no harm
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
      stop.signal.throwIfAborted(); // whatever the error, the stop is its cause
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
 * Streams a file from the source into the destination with bounded memory. Before it resumes, the source must still be
 * what was planned: bytes of two versions never mix. Where the source states a checksum, comparing it with the copy's
 * proves the copy from end to end, so nothing is hashed here: a hash of every byte costs more processor time than moving
 * it. Where none is stated, the md5 of the bytes sent is computed. The bytes that another process sent can't be hashed:
 * its upload is resumed only where the source states a checksum.
 * @throws DriveError `source_changed` when the original is no longer what was planned
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
        ? new HeldBytes() // a Range of an empty file answers 416
        : await readWhole(() => source.read(sourceId, 0, signal), size, clock, signal);
    if (content.length !== size) throw sourceChanged();
    const hash = kind && createHash(kind);
    if (hash) for (const part of content.parts) hash.update(part);
    const copy = await destination.create(target, content.parts, signal);
    content.release(); // the response means that all of it has been read
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

/** The content of an item, as the plan knows it. It is stored behind the address of an upload, as its fragment. */
const versionOf = ({ size, revision, checksums }: PlannedItem): string =>
  encodeURIComponent([size, revision, checksums.md5, checksums.sha256].join(' '));

/** Gives up uploads whose file was copied by another strategy, or not at all: nothing of them stays at Google. */
export async function abandonUploads(
  ledger: LedgerUploads,
  destination: DestinationDrive,
  signal: AbortSignal,
): Promise<void> {
  for (const { ordinal, address } of await ledger.uploads()) {
    await destination.resumeUpload(address).abandon(signal);
    await ledger.dropUpload(ordinal);
  }
}
