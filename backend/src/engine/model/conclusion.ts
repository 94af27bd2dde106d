import type { ItemState } from './items.js';

/** What a stretch of a transfer's time was spent on; `wait`: paused, or parked. */
export const TIMELINE_STEPS = ['count', 'copy', 'finish', 'check', 'access', 'undo', 'wait'] as const;
export type TimelineStep = (typeof TIMELINE_STEPS)[number];

/** A stretch of a transfer's time, in epoch milliseconds. */
export interface TimelineSpan {
  readonly step: TimelineStep;
  readonly from: number;
  readonly to: number;
}

/** Items and bytes of a part of what arrived. Items without bytes (folders, Google Docs, shortcuts) count 0 bytes. */
export interface ArrivedShare {
  readonly items: number;
  readonly bytes: number;
}

/** Kinds of items as Drive groups them, in the order they are shown in. */
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
 * What lies in the destination because of the transfer: verified and unverified items, without those that an undo took
 * back. `byKind` adds up to `items` and `bytes`; so do `byFolder`, `moreFolders` and `singleFiles` together.
 */
export interface Arrived extends ArrivedShare {
  /** Kinds that are there, in the order of CONTENT_KINDS. */
  readonly byKind: readonly (ArrivedShare & { readonly kind: ContentKind })[];
  /**
   * Folders that lie in the target folder itself, each with all that is in it and the folder itself; the largest first
   * (by items). `id`: in the destination. At most MAX_FOLDERS_SHOWN, or one fewer where `moreFolders` follows.
   */
  readonly byFolder: readonly (ArrivedShare & { readonly name: string; readonly id: string })[];
  /** The other folders. */
  readonly moreFolders?: ArrivedShare & { readonly folders: number };
  /** Files and shortcuts that lie in the target folder itself. */
  readonly singleFiles?: ArrivedShare;
}

export const MAX_FOLDERS_SHOWN = 8;

/** What is worked out once when a transfer ends, so that showing it reads no items. */
export interface Conclusion {
  /** `REPORT_FORMAT` of the report that `reportSha256` belongs to. */
  readonly format: number;
  /** Which end it belongs to, and the figures of that end: where they differ from the snapshot, it is out of date. */
  readonly of: {
    readonly finishedAt: number;
    /** `checking`: always 0, as earlier versions stored it. */
    readonly counts: Readonly<Record<ItemState | 'checking', number>>;
    readonly undo: { readonly trashed: number; readonly left: number };
    readonly originals: { readonly trashed: number; readonly kept: number };
  };
  readonly arrived: Arrived;
  /** From the creation to the end, oldest first; `ready`, in which a person decides, and the time between two runs are left out. */
  readonly timeline: readonly TimelineSpan[];
  /** Lowercase hexadecimal SHA-256 of the JSON report from its second line on. */
  readonly reportSha256: string;
}
