import type { ItemState } from './items.js';

/** What a transfer spent a period of time on; `wait`: paused or parked. */
export const TIMELINE_STEPS = ['count', 'copy', 'finish', 'check', 'links', 'access', 'undo', 'wait'] as const;
export type TimelineStep = (typeof TIMELINE_STEPS)[number];

/** A period of a transfer's time, in epoch milliseconds. */
export interface TimelineSpan {
  readonly step: TimelineStep;
  readonly from: number;
  readonly to: number;
}

/**
 * Items and bytes of one part of what arrived. Items without bytes (folders, Google Docs, shortcuts) count as 0 bytes.
 */
export interface ArrivedShare {
  readonly items: number;
  readonly bytes: number;
}

/** Kinds of items as Drive groups them, in display order. */
export const CONTENT_KINDS = [
  'folder',
  'document',
  'spreadsheet',
  'presentation',
  'form',
  'drawing',
  'pdf',
  'image',
  'video',
  'audio',
  'archive',
  'other',
  'shortcut',
] as const;
export type ContentKind = (typeof CONTENT_KINDS)[number];

/**
 * What the transfer added to the destination: verified and unverified items, except those that an undo moved to the
 * trash. `byKind` adds up to `items` and `bytes`; so do `byFolder`, `moreFolders` and `singleFiles` together.
 */
export interface Arrived extends ArrivedShare {
  /** Kinds with items, in the order of CONTENT_KINDS. */
  readonly byKind: readonly (ArrivedShare & { readonly kind: ContentKind })[];
  /**
   * Folders directly in the target folder, each counted with its contents; the largest first (by items). `id`: in the
   * destination. At most MAX_FOLDERS_SHOWN, or one fewer if there are `moreFolders`.
   */
  readonly byFolder: readonly (ArrivedShare & { readonly name: string; readonly id: string })[];
  /** The other folders. */
  readonly moreFolders?: ArrivedShare & { readonly folders: number };
  /** Files and shortcuts directly in the target folder. */
  readonly singleFiles?: ArrivedShare;
}

export const MAX_FOLDERS_SHOWN = 8;

/** What is computed once when a transfer ends, so that its page needs to read no items. */
export interface Conclusion {
  /** The `REPORT_FORMAT` that `reportSha256` was computed for. */
  readonly format: number;
  /**
   * The end that it was computed for, with its figures. If they differ from the snapshot, the conclusion is out of
   * date.
   */
  readonly of: {
    readonly finishedAt: number;
    /** `checking` is always 0; earlier versions stored it. */
    readonly counts: Readonly<Record<ItemState | 'checking', number>>;
    readonly undo: { readonly trashed: number; readonly left: number };
    readonly originals: { readonly trashed: number; readonly kept: number };
  };
  readonly arrived: Arrived;
  /**
   * From the creation to the end, oldest first; without `ready`, in which a person decides, and without the time
   * between two runs.
   */
  readonly timeline: readonly TimelineSpan[];
  /** SHA-256 (lowercase hexadecimal) of the JSON report from its second line on. */
  readonly reportSha256: string;
}
