import { IsIn } from 'class-validator';
import { CONTENT_KINDS, type ContentKind, TIMELINE_STEPS, type TimelineStep } from '../engine/model/conclusion.js';

export class ArrivedKindDto {
  @IsIn(CONTENT_KINDS)
  kind!: ContentKind;
  items!: number;
  /** 0 for kinds that have none: folders, Google Docs, shortcuts. */
  bytes!: number;
}

/** A folder that lies in the target folder itself, with all that is in it. */
export class ArrivedFolderDto {
  /** @example Scans */
  name!: string;
  /** Id of the folder in the destination. */
  id!: string;
  /** Items in it at any depth, and the folder itself. */
  items!: number;
  bytes!: number;
}

export class ArrivedMoreFoldersDto {
  /** How many folders these are. */
  folders!: number;
  items!: number;
  bytes!: number;
}

export class ArrivedShareDto {
  items!: number;
  bytes!: number;
}

/**
 * What arrived: verified and unverified items, without those that an undo took back. `byKind` adds up to `items` and
 * `bytes`, and so do `byFolder`, `moreFolders` and `singleFiles` together.
 */
export class ArrivedDto {
  items!: number;
  bytes!: number;
  /** Only kinds that occur, in a fixed order. */
  byKind!: ArrivedKindDto[];
  /** The largest first, by items: all up to eight, else the largest seven, with the rest in `moreFolders`. */
  byFolder!: ArrivedFolderDto[];
  moreFolders?: ArrivedMoreFoldersDto;
  /** Files and shortcuts that lie in the target folder itself. */
  singleFiles?: ArrivedShareDto;
}

/** A stretch of the transfer's time. */
export class TimelineSpanDto {
  /**
   * `count`: listing the source; `copy`: copying and verifying; `finish`: shortcuts, dates, originals and temporary
   * shares; `check`: the final check of the destination; `access`: setting and reading back permissions; `undo`; `wait`: paused, or waiting for Google or a person.
   */
  @IsIn(TIMELINE_STEPS)
  step!: TimelineStep;
  from!: string;
  to!: string;
}
