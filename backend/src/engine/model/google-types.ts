import type { ItemKind } from '../ports/drive.js';
import type { ContentKind } from './conclusion.js';
import { DOCUMENT_KINDS, type DocumentKind } from './links.js';

// What the engine needs to know about media types, including Google's own. No other file of the engine names them.

const GOOGLE = 'application/vnd.google-apps';
const OFFICE = 'application/vnd.openxmlformats-officedocument';
const MIB = 1024 * 1024;

export const FOLDER_TYPE = `${GOOGLE}.folder`;

/** Groups that a filter can name; `other` means none of them. */
const GROUPS = {
  document:
    /^(application\/(vnd\.google-apps\.document|msword|vnd\.openxmlformats-officedocument\.wordprocessingml\..*|vnd\.oasis\.opendocument\.text|rtf|epub\+zip)|text\/.*)$/,
  spreadsheet:
    /^application\/(vnd\.google-apps\.spreadsheet|vnd\.ms-excel|vnd\.openxmlformats-officedocument\.spreadsheetml\..*|vnd\.oasis\.opendocument\.spreadsheet)$/,
  presentation:
    /^application\/(vnd\.google-apps\.presentation|vnd\.ms-powerpoint|vnd\.openxmlformats-officedocument\.presentationml\..*|vnd\.oasis\.opendocument\.presentation)$/,
  pdf: /^application\/pdf$/,
  image: /^(image\/.*|application\/vnd\.google-apps\.drawing)$/,
  video: /^(video\/.*|application\/vnd\.google-apps\.vid)$/,
  audio: /^audio\//,
  archive: /^application\/(zip|x-(tar|gtar|7z-compressed|rar-compressed|bzip2?|gzip|xz)|gzip|vnd\.rar|zstd)$/,
} as const;
export type TypeGroup = keyof typeof GROUPS | 'other';

/** The values of a filter's `types`. */
export const FILTER_TYPES: readonly string[] = [...Object.keys(GROUPS), 'other'];

/** The group that a media type belongs to. */
export const typeOf = (mimeType: string): TypeGroup =>
  (Object.keys(GROUPS) as (keyof typeof GROUPS)[]).find((group) => GROUPS[group].test(mimeType)) ?? 'other';

/** The kind of an item as Drive shows it. */
export function contentKindOf({ kind, mimeType }: { readonly kind: ItemKind; readonly mimeType: string }): ContentKind {
  if (kind === 'folder' || kind === 'shortcut') return kind;
  if (mimeType === `${GOOGLE}.form`) return 'form';
  if (mimeType === `${GOOGLE}.drawing`) return 'drawing';
  return typeOf(mimeType);
}

/** The kind of a Docs editors file that can hold links; undefined for other items. */
export function documentKindOf(item: { readonly kind: ItemKind; readonly mimeType: string }): DocumentKind | undefined {
  const kind = item.kind === 'google' ? contentKindOf(item) : undefined;
  return DOCUMENT_KINDS.find((each) => each === kind);
}

const COPYABLE = /^application\/vnd\.google-apps\.(document|spreadsheet|presentation|drawing|script|form)$/;

/**
 * Whether an item of this Google type can be copied if its owner allows it. Other types can be copied only if Google
 * states it.
 */
export const isCopyableType = (mimeType: string): boolean => COPYABLE.test(mimeType);

/** How a Docs editors file is exported and imported again. */
export interface Conversion {
  /** The format of the export. */
  readonly mediaType: string;
  /** Maximum number of bytes that Google converts back (Google Drive Help, "Files you can store in Google Drive"). */
  readonly maxBytes: number;
  /** What is lost, as text for people. */
  readonly lossy: readonly string[];
}

/** Types that Google exports and imports ("Export MIME types"). Drawings, forms and sites can't be imported. */
const CONVERSIONS: Readonly<Record<string, Conversion>> = {
  [`${GOOGLE}.document`]: {
    mediaType: `${OFFICE}.wordprocessingml.document`,
    maxBytes: 50 * MIB,
    lossy: [
      'version history',
      'authors and times of comments and suggestions',
      'attached scripts',
      'smart chips and other elements that Word does not have',
    ],
  },
  [`${GOOGLE}.spreadsheet`]: {
    mediaType: `${OFFICE}.spreadsheetml.sheet`,
    maxBytes: 100 * MIB,
    lossy: [
      'version history',
      'authors and times of comments',
      'attached scripts and forms',
      'functions that Excel does not have, which keep their last value',
      'filter views',
    ],
  },
  [`${GOOGLE}.presentation`]: {
    mediaType: `${OFFICE}.presentationml.presentation`,
    maxBytes: 100 * MIB,
    lossy: [
      'version history',
      'authors and times of comments',
      'attached scripts',
      'links to charts and tables in spreadsheets',
      'fonts and animations that PowerPoint does not have',
    ],
  },
  [`${GOOGLE}.script`]: {
    mediaType: `${GOOGLE}.script+json`,
    maxBytes: 50 * MIB,
    lossy: ['version history', 'deployments', 'triggers', 'script properties'],
  },
};

/** @returns undefined if the type can't be exported and imported again */
export const conversionOf = (mimeType: string): Conversion | undefined =>
  Object.hasOwn(CONVERSIONS, mimeType) ? CONVERSIONS[mimeType] : undefined;

/** Whether a type can be exported and imported again, with loss. */
export const isConvertible = (mimeType: string): boolean => conversionOf(mimeType) !== undefined;

/** What a converted copy of this type lacks, as text for people. */
export const lossOf = (mimeType: string): readonly string[] => conversionOf(mimeType)?.lossy ?? [];
