import { Readable } from 'node:stream';
import type { TransferContext } from '../context.js';
import type { ItemToCopy } from '../destination-copies.js';
import { DriveError } from '../errors.js';
import { conversionOf, isConvertible, lossOf } from '../model/google-types.js';
import type { DriveItem, NewItem } from '../ports/drive.js';
import type { PlannedItem } from '../model/items.js';
import { readWhole } from './held-bytes.js';
import { type RelayEndpoints, ResumableRelay } from './resumable-relay.js';
import type { CopyJob, CopyStrategy, MadeCopy } from './strategy.js';
import type { OnProgress } from './stream-content.js';

/** Exports a Docs editors file and imports it again, with loss. The last method, and only if it was allowed. */
export class ExportAndImport implements CopyStrategy {
  constructor(private readonly context: TransferContext) {}

  suits({ kind, canDownload, mimeType, mayConvert }: ItemToCopy): boolean {
    const isAllowed = this.context.ledger.order.allowConversion || mayConvert === true;
    return kind === 'google' && canDownload && isConvertible(mimeType) && isAllowed;
  }

  async copy({ item, parentId, earlier }: CopyJob, signal: AbortSignal): Promise<MadeCopy> {
    const { copies, drives } = this.context;
    signal.throwIfAborted();
    const target = await copies.targetOf(item, parentId, signal);
    const existing = await copies.findEarlier(item, target, earlier, signal);
    const made = existing
      ? { copy: existing, lossy: lossOf(item.mimeType) }
      : await convert(item, target, drives, signal);
    return { ...made, way: 'export' };
  }
}

/**
 * Creates a Docs editors file from its export.
 * @param target with a marker; conversions take no reserved id
 * @returns the copy, and what it lacks as text
 * @throws DriveError `export_too_large` if Google would not import it · `cannot_copy` for a type that can't be
 *   converted · `ambiguous_write` if the copy may exist: search for its marker before another attempt
 */
export async function convert(
  item: PlannedItem,
  target: NewItem,
  { source, destination, clock }: RelayEndpoints,
  signal: AbortSignal,
  onProgress: OnProgress = () => undefined,
): Promise<{ copy: DriveItem; lossy: readonly string[] }> {
  const conversion = conversionOf(item.mimeType);
  if (!conversion) throw new DriveError('cannot_copy');
  const { mediaType, maxBytes, lossy } = conversion;
  const exported = await readWhole(() => source.export(item.sourceId, mediaType, signal), maxBytes, clock, signal);
  if (exported.length > maxBytes) throw new DriveError('export_too_large', { side: 'source' });
  const content = Buffer.concat(exported.parts);
  exported.release();
  const original = {
    size: content.length,
    read: (offset: number) => Promise.resolve(Readable.from([content.subarray(offset)], { objectMode: false })),
    // A converted copy has no checksum to compare with.
    kind: undefined,
    mediaType,
  };
  const relay = new ResumableRelay(
    original,
    { ...target, isConverted: true },
    { destination, clock },
    onProgress,
    signal,
    {},
  );
  const { copy } = await relay.run();
  return { copy, lossy };
}
