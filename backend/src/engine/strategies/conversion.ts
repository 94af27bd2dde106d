import { Readable } from 'node:stream';
import { DriveError } from '../errors.js';
import type { Clock } from '../ports/clock.js';
import type { DestinationDrive, DriveItem, NewItem, SourceDrive } from '../ports/drive.js';
import type { PlannedItem } from '../ports/ledger.js';
import { Crossing, type OnProgress, readWhole } from './relay.js';

interface Conversion {
  /** The format in which it crosses. */
  readonly mediaType: string;
  /** Bytes that Google turns back into the type (Google Drive Help, "Files you can store in Google Drive"). */
  readonly most: number;
  /** What does not come along, in words for a person. */
  readonly lossy: readonly string[];
}

const MIB = 1024 * 1024;
const OFFICE = 'application/vnd.openxmlformats-officedocument';

/** Types that Google exports and takes back ("Export MIME types"). Drawings, forms and sites come back as nothing. */
const CONVERSIONS: Readonly<Record<string, Conversion>> = {
  'application/vnd.google-apps.document': {
    mediaType: `${OFFICE}.wordprocessingml.document`,
    most: 50 * MIB,
    lossy: [
      'version history',
      'authors and times of comments and suggestions',
      'attached scripts',
      'smart chips and other elements that Word does not have',
    ],
  },
  'application/vnd.google-apps.spreadsheet': {
    mediaType: `${OFFICE}.spreadsheetml.sheet`,
    most: 100 * MIB,
    lossy: [
      'version history',
      'authors and times of comments',
      'attached scripts and forms',
      'functions that Excel does not have, which keep their last value',
      'filter views',
    ],
  },
  'application/vnd.google-apps.presentation': {
    mediaType: `${OFFICE}.presentationml.presentation`,
    most: 100 * MIB,
    lossy: [
      'version history',
      'authors and times of comments',
      'attached scripts',
      'links to charts and tables in spreadsheets',
      'fonts and animations that PowerPoint does not have',
    ],
  },
  'application/vnd.google-apps.script': {
    mediaType: 'application/vnd.google-apps.script+json',
    most: 50 * MIB,
    lossy: ['version history', 'deployments', 'triggers', 'script properties'],
  },
};

/** Whether a type can be exported and imported again, with loss. */
export const isConvertible = (mimeType: string): boolean => Object.hasOwn(CONVERSIONS, mimeType);

/** What the copy lacks of a type that was exported and imported again, in words. */
export const lossOf = (mimeType: string): readonly string[] => CONVERSIONS[mimeType]?.lossy ?? [];

/**
 * Makes a Docs editors file anew from its export: the last way, where it can't be copied but may be downloaded.
 * @param target with a marker; conversions take no pre-made id
 * @returns the copy, and in words what it lacks
 * @throws DriveError `export_too_large` when Google would not take it back · `cannot_copy` for a type without such a way
 *   · `ambiguous_write` when the copy may be there: look for its marker before another try
 */
export async function convert(
  item: PlannedItem,
  target: NewItem,
  drives: { readonly source: SourceDrive; readonly destination: DestinationDrive; readonly clock: Clock },
  signal: AbortSignal,
  onProgress: OnProgress = () => undefined,
): Promise<{ copy: DriveItem; lossy: readonly string[] }> {
  const conversion = CONVERSIONS[item.mimeType];
  if (!conversion) throw new DriveError('cannot_copy', 'Google does not take back what it exports of this type.');
  const { mediaType, most, lossy } = conversion;
  const { source, destination, clock } = drives;
  const exported = await readWhole(() => source.export(item.sourceId, mediaType, signal), most, clock, signal);
  if (exported.length > most)
    throw new DriveError('export_too_large', 'It is too large to convert (a limit of Google’s). Download it by hand.', {
      side: 'source',
    });
  const content = Buffer.concat(exported.parts);
  exported.release();
  const original = {
    size: content.length,
    read: (offset: number) => Promise.resolve(Readable.from([content.subarray(offset)], { objectMode: false })),
    kind: 'md5' as const,
    mediaType,
  };
  const crossing = new Crossing(original, target, { destination, clock }, onProgress, signal, {});
  const { copy } = await crossing.run();
  return { copy, lossy };
}
