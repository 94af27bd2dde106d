import { ApiProperty } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { CONTENT_KINDS, type ContentKind, TIMELINE_STEPS, type TimelineStep } from '../engine/model/conclusion.js';

export class ArrivedKindDto {
  @IsIn(CONTENT_KINDS)
  kind!: ContentKind;
  items!: number;
  /** 0 for kinds without bytes: folders, Google Docs, shortcuts. */
  bytes!: number;
}

/** A folder directly in the target folder, with its contents. */
export class ArrivedFolderDto {
  /** @example Scans */
  name!: string;
  /** Id of the folder in the destination. */
  id!: string;
  /** Items in it at any depth, including the folder itself. */
  items!: number;
  bytes!: number;
}

export class ArrivedMoreFoldersDto {
  /** Number of these folders. */
  folders!: number;
  items!: number;
  bytes!: number;
}

export class ArrivedShareDto {
  items!: number;
  bytes!: number;
}

/**
 * What arrived: verified and unverified items, except those that an undo moved to the trash. `byKind` adds up to
 * `items` and `bytes`, and so do `byFolder`, `moreFolders` and `singleFiles` together.
 */
export class ArrivedDto {
  items!: number;
  bytes!: number;
  /** Only kinds that occur, in a fixed order. */
  byKind!: ArrivedKindDto[];
  /**
   * The largest first, by items: all if there are at most eight, otherwise the largest seven, with the others in
   * `moreFolders`.
   */
  byFolder!: ArrivedFolderDto[];
  moreFolders?: ArrivedMoreFoldersDto;
  /** Files and shortcuts directly in the target folder. */
  singleFiles?: ArrivedShareDto;
}

/** A period of the transfer's time. */
export class TimelineSpanDto {
  /**
   * `count`: listing the source; `copy`: copying and verifying; `finish`: shortcuts, dates, originals and temporary
   * shares; `check`: the final check of the destination; `access`: setting and reading back permissions; `undo`; `wait`: paused, or waiting for Google or a person.
   */
  @IsIn(TIMELINE_STEPS)
  step!: TimelineStep;
  @ApiProperty({ format: 'date-time' })
  from!: string;
  @ApiProperty({ format: 'date-time' })
  to!: string;
}
