import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateBy,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { type Side, SIDES } from '../engine/errors.js';
import { FILTER_TYPES } from '../engine/model/google-types.js';
import { type Language, LANGUAGES } from '../engine/model/notify.js';
import type { ConflictPolicy, ShortcutPolicy, TransferMode } from '../engine/model/order.js';
import { MayBeLeftOut } from '../http/validation.js';
import { LINK_CHOICES } from './links.dto.js';
import { IsMoment } from '../http/moments.js';
import { FirstRunScheduleDto } from './schedule.dto.js';
import { SharingDto } from './sharing.dto.js';

/** Google's ids of files and folders, or the alias `root`. */
export const DRIVE_ID = /^[\w-]{1,128}$/;

export const MODES = ['copy', 'move'] as const satisfies readonly TransferMode[];
export const CONFLICT_POLICIES = ['keepBoth', 'skip', 'replace', 'newer'] as const satisfies readonly ConflictPolicy[];
export const SHORTCUT_POLICIES = ['rebuild', 'follow', 'skip'] as const satisfies readonly ShortcutPolicy[];
const MAX_BYTES = Number.MAX_SAFE_INTEGER;

/** Checks that an upper bound is not below its lower bound. */
const NotBelow = (lower: 'minSize' | 'modifiedAfter') =>
  ValidateBy({
    name: 'notBelow',
    validator: {
      validate: (value: unknown, context) => {
        const bound = (context?.object as Record<string, unknown> | undefined)?.[lower];
        if (typeof value === 'number' && typeof bound === 'number') return value >= bound;
        if (typeof value === 'string' && typeof bound === 'string') return !(Date.parse(value) < Date.parse(bound));
        return true;
      },
      defaultMessage: () => `must not be below ${lower}, because nothing would match. Raise it, or lower ${lower}`,
    },
  });

/** Which items to include: those that match all conditions. All folders are searched. */
export class ItemFilterDto {
  /**
   * Groups of types: `document`, `spreadsheet`, `presentation`, `pdf`, `image`, `video`, `audio`, `archive`, `other`.
   * @example ["image", "video"]
   */
  @MayBeLeftOut()
  @IsArray({ message: `must be a list of some of ${FILTER_TYPES.join(', ')}` })
  @ArrayMinSize(1, { message: 'must name at least one group; leave it out to include every type' })
  @ArrayUnique({ message: 'must name each group once' })
  @IsIn(FILTER_TYPES, { each: true, message: `must be a list of some of ${FILTER_TYPES.join(', ')}` })
  types?: string[];

  /**
   * Pattern for the whole name, ignoring case: `*` matches any text, `?` any one character.
   * @example *.pdf
   */
  @MayBeLeftOut()
  @IsString({ message: 'must be a text, such as *.pdf' })
  @Length(1, 200, { message: 'must have 1 to 200 characters; leave it out to include every name' })
  name?: string;

  /** Bytes. Google Docs, Sheets and similar items count as 0. */
  @MayBeLeftOut()
  @IsInt({ message: 'must be a whole number of bytes' })
  @Min(0, { message: 'must be at least 0' })
  @Max(MAX_BYTES, { message: 'must be at most 9007199254740991' })
  minSize?: number;

  /** Bytes. */
  @MayBeLeftOut()
  @IsInt({ message: 'must be a whole number of bytes' })
  @Min(0, { message: 'must be at least 0' })
  @Max(MAX_BYTES, { message: 'must be at most 9007199254740991' })
  @NotBelow('minSize')
  maxSize?: number;

  /**
   * Only items that were last modified at this time (RFC 3339) or later.
   * @example 2026-01-01T00:00:00Z
   */
  @MayBeLeftOut()
  @IsMoment()
  modifiedAfter?: string;

  /**
   * Only items that were last modified at this time (RFC 3339) or earlier.
   * @example 2026-06-30T23:59:59Z
   */
  @MayBeLeftOut()
  @IsMoment()
  @NotBelow('modifiedAfter')
  modifiedBefore?: string;

  /**
   * Only items of this owner: `me` (the source account) or an e-mail address.
   * @example me
   */
  @MayBeLeftOut()
  @MaxLength(254, { message: 'must be me or an e-mail address' })
  @Matches(/^(me|[^\s@]+@[^\s@]+)$/, { message: 'must be me or an e-mail address' })
  owner?: string;
}

export class TransferTargetDto {
  /**
   * Folder in the destination that the copies go to; `root` is My Drive.
   * @example root
   */
  @MayBeLeftOut()
  @Matches(DRIVE_ID, { message: 'target.folderId must be the id of a folder in the destination, or root' })
  folderId: string = 'root';

  /**
   * Creates this folder in the target and copies everything to it, so that the copies stay separate from existing
   * items.
   * @example From Ana
   */
  @IsOptional()
  @IsString()
  @Length(1, 500)
  newFolderName?: string;
}

const ITEM_ID_MESSAGE = 'each of items must be the id of a file or folder in the source';

/** The options of a transfer. */
export class TransferOptionsDto {
  /** Where the copies go. */
  @ApiPropertyOptional({ example: { folderId: 'root', newFolderName: 'From Ana' } })
  @MayBeLeftOut()
  @IsObject()
  @ValidateNested()
  @Type(() => TransferTargetDto)
  target: TransferTargetDto = new TransferTargetDto();

  /**
   * `move` moves each original to the source's trash after its copy is verified; it never deletes.
   * @example copy
   */
  @MayBeLeftOut()
  @IsIn(MODES)
  mode: (typeof MODES)[number] = 'copy';

  /**
   * What to do if the target folder already contains an item of the same name. `keepBoth`: copy it anyway; `skip`: keep
   * the existing item; `replace`: trash the existing item after the copy is verified; `newer`: replace it only if the
   * source's was modified later. Identical files are never replaced. All policies except `keepBoth` merge folders of
   * the same name.
   * @example keepBoth
   */
  @MayBeLeftOut()
  @IsIn(CONFLICT_POLICIES)
  conflict: (typeof CONFLICT_POLICIES)[number] = 'keepBoth';

  /**
   * `rebuild`: create shortcuts to the copies, or to the originals if those are outside the selection; `follow`: copy
   * the targets in their place, not possible where sharing is carried over; `skip`: leave shortcuts out and report them.
   * @example rebuild
   */
  @MayBeLeftOut()
  @IsIn(SHORTCUT_POLICIES)
  shortcuts: (typeof SHORTCUT_POLICIES)[number] = 'rebuild';

  /** Whether to convert Google Docs, Sheets and similar items that may not be copied, with loss. */
  @MayBeLeftOut()
  @IsBoolean()
  allowConversion: boolean = false;

  /** Includes only some of the items. */
  @MayBeLeftOut()
  @IsObject()
  @ValidateNested()
  @Type(() => ItemFilterDto)
  filter?: ItemFilterDto;

  /** Who may open the copies. */
  @MayBeLeftOut()
  @IsObject()
  @ValidateNested()
  @Type(() => SharingDto)
  sharing?: SharingDto;

  /**
   * Links to files in Drive inside copied documents. `leave`: they stay as they are; `report`: they are listed;
   * `rewrite`: those to something that was copied are changed to lead to the copy. Only copies are written, never
   * originals.
   * @example rewrite
   */
  @MayBeLeftOut()
  @IsIn(LINK_CHOICES)
  links: (typeof LINK_CHOICES)[number] = 'leave';

  /** The hours in which it may run. `PUT /api/transfers/{id}/schedule` changes them later. */
  @MayBeLeftOut()
  @IsObject()
  @ValidateNested()
  @Type(() => FirstRunScheduleDto)
  schedule?: FirstRunScheduleDto;
}

export class PreflightCreateDto extends TransferOptionsDto {
  /**
   * Ids of the selected files and folders in the source; a folder includes everything in it. `root` is everything in My
   * Drive: each of its top-level items goes to the target as if it had been selected.
   * @example ["1a2B3cD4eF5gH6iJ7kL8mN9oP0"]
   */
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(1000)
  @ArrayUnique()
  @Matches(DRIVE_ID, { each: true, message: ITEM_ID_MESSAGE })
  items!: string[];
}

/** Options that differ from those of the earlier preflight; others stay the same. */
export class PreflightAgainDto {
  @MayBeLeftOut()
  @IsIn(MODES)
  mode?: (typeof MODES)[number];

  @MayBeLeftOut()
  @IsIn(CONFLICT_POLICIES)
  conflict?: (typeof CONFLICT_POLICIES)[number];

  @MayBeLeftOut()
  @IsIn(SHORTCUT_POLICIES)
  shortcuts?: (typeof SHORTCUT_POLICIES)[number];

  @MayBeLeftOut()
  @IsBoolean()
  allowConversion?: boolean;

  /** Without conditions (`{}`) every item is included. */
  @MayBeLeftOut()
  @IsObject()
  @ValidateNested()
  @Type(() => ItemFilterDto)
  filter?: ItemFilterDto;

  /** All of it: what is left out has its default. */
  @MayBeLeftOut()
  @IsObject()
  @ValidateNested()
  @Type(() => SharingDto)
  sharing?: SharingDto;

  @MayBeLeftOut()
  @IsIn(LINK_CHOICES)
  links?: (typeof LINK_CHOICES)[number];

  /** Without hours (`{}`) it may run at any time. */
  @MayBeLeftOut()
  @IsObject()
  @ValidateNested()
  @Type(() => FirstRunScheduleDto)
  schedule?: FirstRunScheduleDto;
}

/** Who gets an e-mail when the transfer ends or needs attention. */
export class NotifyDto {
  /**
   * The accounts that get it, at their own address; an empty list: nobody.
   * @example ["destination"]
   */
  @IsArray({ message: 'must be a list of source and destination' })
  @ArrayUnique({ message: 'must name each side once' })
  @IsIn(SIDES, { each: true, message: 'must be a list of source and destination' })
  mail!: Side[];

  /** Of the e-mails. */
  @MayBeLeftOut()
  @IsIn(LANGUAGES)
  language: Language = 'en';
}

export class TransferCreateDto extends TransferOptionsDto {
  /**
   * Ids of the selected files and folders in the source; a folder includes everything in it. Required without
   * `preflightId`.
   * @example ["1a2B3cD4eF5gH6iJ7kL8mN9oP0"]
   */
  @ValidateIf(({ preflightId }: TransferCreateDto) => preflightId === undefined)
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(1000)
  @ArrayUnique()
  @Matches(DRIVE_ID, { each: true, message: ITEM_ID_MESSAGE })
  items?: string[];

  /** Needs `mailAvailable` of `GET /api/about`. */
  @MayBeLeftOut()
  @IsObject()
  @ValidateNested()
  @Type(() => NotifyDto)
  notify?: NotifyDto;

  /**
   * Starts this preflight with its settings. Cannot be combined with other fields, except `notify`. The transfer has the
   * same id.
   */
  @MayBeLeftOut()
  @Matches(DRIVE_ID, { message: 'preflightId must be the id of a preflight' })
  preflightId?: string;
}
