import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import { IsBoolean, IsIn, IsOptional, IsString, MaxLength, ValidateBy } from 'class-validator';
import {
  ACCESS_CHANGES,
  ACCESS_CODES,
  ACCESS_OUTCOMES,
  type AccessChange,
  type AccessCode,
  type AccessOutcome,
  type GranteeType,
  type SharingOptions,
} from '../engine/model/sharing.js';
import { NumberedPageQueryDto } from '../http/page-query.dto.js';
import { MayBeLeftOut } from '../http/validation.js';

export const SHARING_MODES = ['none', 'carry'] as const;
const UNMAPPED = ['keep', 'drop'] as const satisfies readonly SharingOptions['unmapped'][];
const LINKS = ['keep', 'restrict', 'drop'] as const satisfies readonly SharingOptions['links'][];
const OWNER = ['drop', 'reader', 'writer'] as const satisfies readonly SharingOptions['owner'][];
const OUTSIDERS = ['keep', 'drop'] as const satisfies readonly SharingOptions['outsiders'][];
const GRANTEE_TYPES = ['user', 'group', 'domain', 'anyone'] as const satisfies readonly GranteeType[];

/** A line of the people map: who becomes whom. */
export class PersonDto {
  /**
   * Address of a person or group in the source, or `@` and a domain, which stands for everyone in it.
   * @example ana@old.example
   */
  from!: string;
  /**
   * Who gets the access instead: an address, or `@` and a domain where `from` is one. Null: nobody.
   * @example ana@new.example
   */
  @Type(() => String)
  to!: string | null;
}

/** Only the shape: `readPeople` checks what the lines say, and names the line that is wrong. */
const IsPeople = () =>
  ValidateBy({
    name: 'isPeople',
    validator: {
      validate: (value: unknown) =>
        typeof value === 'string' ||
        (Array.isArray(value) &&
          value.every((line: unknown) => {
            if (typeof line !== 'object' || line === null) return false;
            const { from, to, ...others } = line as Record<string, unknown>;
            return typeof from === 'string' && (typeof to === 'string' || to === null) && isEmpty(others);
          })),
      defaultMessage: () => 'must be a list of lines with from and to (a text, or null for nobody), or a CSV text',
    },
  });

/** For a long list: class-transformer copies lists into objects, which takes a second for 20,000 lines. */
const AsItWasSent = () =>
  applyDecorators(
    Type(() => Boolean),
    Transform(({ obj, key }) => (obj as Record<string, unknown>)[key]),
  );

const isEmpty = (object: object): boolean => Object.keys(object).length === 0;

/** Who may open the copies. */
export class SharingDto {
  /**
   * `none`: only the destination account, and people who can open the target folder. `carry`: the permissions of the
   * originals are carried over to the copies, as the other fields say.
   * @example carry
   */
  @MayBeLeftOut()
  @IsIn(SHARING_MODES)
  mode: (typeof SHARING_MODES)[number] = 'none';

  /**
   * Who becomes whom, at most 20,000 lines: a list, or the text of a CSV file with the columns `from` and `to`. The line
   * of an address precedes that of its domain. Lines are not chained.
   */
  @MayBeLeftOut()
  @AsItWasSent()
  @IsPeople()
  @ApiProperty({
    oneOf: [
      {
        type: 'array',
        items: {
          type: 'object',
          required: ['from', 'to'],
          properties: { from: { type: 'string' }, to: { type: 'string', nullable: true } },
        },
      },
      { type: 'string' },
    ],
    default: [],
    example: [{ from: '@old.example', to: '@new.example' }],
  })
  people: { from: string; to: string | null }[] | string = [];

  /** People whom no line of the map names: `keep` carries them over as they are, `drop` leaves them out. */
  @MayBeLeftOut()
  @IsIn(UNMAPPED)
  unmapped: (typeof UNMAPPED)[number] = 'keep';

  /** Permissions of anyone with the link: `keep` the role, `restrict` to reader, `drop`. */
  @MayBeLeftOut()
  @IsIn(LINKS)
  links: (typeof LINKS)[number] = 'keep';

  /** What the owner of an original gets on its copy. */
  @MayBeLeftOut()
  @IsIn(OWNER)
  owner: (typeof OWNER)[number] = 'drop';

  /** People outside the domains of both accounts. */
  @MayBeLeftOut()
  @IsIn(OUTSIDERS)
  outsiders: (typeof OUTSIDERS)[number] = 'keep';

  /** Whether Google may send its e-mail to addresses without a Google account, which cannot be added without it. */
  @MayBeLeftOut()
  @IsBoolean()
  notify: boolean = false;
}

/** Which permissions of the originals are carried over. */
export class SharingChoicesDto {
  @IsIn(SHARING_MODES)
  mode!: (typeof SHARING_MODES)[number];
  @IsIn(UNMAPPED)
  unmapped!: (typeof UNMAPPED)[number];
  @IsIn(LINKS)
  links!: (typeof LINKS)[number];
  @IsIn(OWNER)
  owner!: (typeof OWNER)[number];
  @IsIn(OUTSIDERS)
  outsiders!: (typeof OUTSIDERS)[number];
  notify!: boolean;
  /** Lines of the people map; `…/people` has them. */
  lines!: number;
}

/** Permissions or restrictions whose outcome has one reason. */
export class AccessReasonDto {
  @ApiProperty({ enum: ACCESS_CODES, enumName: 'AccessCode', example: 'no_google_account' })
  code!: AccessCode;
  /** @example Google knows no account with this address. */
  title!: string;
  /** What a person can do about it. */
  advice!: string;
  /** Permissions, or restrictions. */
  count!: number;
  /** Whether a retry can help. */
  retryable!: boolean;
}

/**
 * Restrictions of the copies: limited access, no sharing by writers, no copying, no downloading, locked. wanted =
 * applied + refused + waiting.
 */
export class RestrictionTotalsDto {
  /** Restrictions that copies are to have, or to have no longer. */
  wanted!: number;
  /** Set, or lifted. */
  applied!: number;
  /** Refused by Google, or left to the owner of a folder that existed before. */
  refused!: number;
  /** Not set yet. */
  waiting!: number;
}

/** As on the originals; `reasons`: why restrictions are `refused`, the most frequent first. */
export class TransferRestrictionsDto extends RestrictionTotalsDto {
  reasons!: AccessReasonDto[];
}

/** The permissions of the copies. wanted = equal + narrower + wider + waiting. */
export class TransferSharingDto extends SharingChoicesDto {
  /** Permissions that copies are to have directly. */
  wanted!: number;
  /** As wanted, read back from Google. */
  equal!: number;
  /** Less than wanted, with Google's reason. */
  narrower!: number;
  /** More than wanted was found: removed at once, unless Google refused or the copy inherits it (`original_moved`). */
  wider!: number;
  /**
   * Those of `wider` that remain: Google refused to remove them, now or when the transfer was undone, or the original was
   * moved out of a folder whose copy the copy is in.
   */
  left!: number;
  /** Not set or not read back yet. */
  waiting!: number;
  /**
   * Items whose permissions the source could not read. They are not carried over, so none of them counts in the other
   * figures.
   */
  unreadable!: number;
  /** Why permissions are not `equal`, the most frequent first. */
  reasons!: AccessReasonDto[];
  restrictions!: TransferRestrictionsDto;
  /** When setting permissions resumes: Google limits changes of sharing for now. All copies have arrived. */
  resumeAt?: string;
}

/** Something to know about the access before the start. */
export class AccessWarningDto {
  /**
   * `unused_line`: no item is shared with whom this line of the people map names; `unreadable`: the source may not read
   * the permissions of items; `target_unreadable`: the destination may not read who can open the target folder, so that
   * they are missing in the list; `existing_unreadable`: nor who can open folders in it that are merged, or items that
   * are replaced.
   */
  @IsIn(['unused_line', 'unreadable', 'target_unreadable', 'existing_unreadable'])
  code!: 'unused_line' | 'unreadable' | 'target_unreadable' | 'existing_unreadable';
  /** Of `unused_line`: number of the line, from 1. */
  line?: number;
  /** Of `unused_line`. */
  from?: string;
  /** Items that it concerns. */
  items?: number;
}

/** Who can open the originals now, and who could open the copies. keeps + less + loses = all who can open originals. */
export class AccessSummaryDto {
  /** Items whose copy gets permissions of its own. The others inherit theirs. */
  items!: number;
  /** Permissions that will be set. */
  permissions!: number;
  /** People, groups, domains and links that keep what they have. */
  keeps!: number;
  /** Get a lower role, or the same on fewer items. */
  less!: number;
  loses!: number;
  /**
   * Get access that they don't have now: because they can open the target folder, a folder in it that is merged, or an
   * item that is replaced, or because the map names them.
   */
  gains!: number;
  /**
   * Those among them for whom Google is known to refuse something: a role that a shared drive lacks, an expiry, or what
   * the settings of the target's shared drive do not allow.
   */
  refused!: number;
  /** People, groups, domains and links that can open the target folder, and so what is copied into it. */
  target!: number;
  /** At most 100. */
  warnings!: AccessWarningDto[];
  /** All warnings, also those that are not listed. */
  warningCount!: number;
}

export class GranteeDto {
  @IsIn(GRANTEE_TYPES)
  type!: GranteeType;
  /**
   * E-mail address of a user or group, name of a domain; left out for anyone with the link.
   * @example ana@old.example
   */
  address?: string;
}

/** Items by role. */
export class AccessRolesDto {
  reader?: number;
  commenter?: number;
  writer?: number;
  fileOrganizer?: number;
  organizer?: number;
  owner?: number;
}

/** What changes for a person, a group, a domain or anyone with the link. */
export class AccessRowDto {
  grantee!: GranteeDto;
  /** Who gets the access instead; null: nobody. Left out where it stays with the grantee. */
  @Type(() => GranteeDto)
  becomes?: GranteeDto | null;
  /** Line of the people map that applies, from 1. */
  line?: number;
  /** Originals that it can open. */
  now!: AccessRolesDto;
  /** Copies that it, or who it becomes, will be able to open. */
  after!: AccessRolesDto;
  @IsIn(ACCESS_CHANGES)
  change!: AccessChange;
  /** Why access is not kept, or gained. */
  @ApiProperty({ enum: ACCESS_CODES, enumName: 'AccessCode', required: false })
  code?: AccessCode;
  /** The same as a sentence. */
  reason?: string;
  /**
   * Of `existing_folder`: the path in the target of the first folder that the grantee can open already.
   * @example Work/Invoices
   */
  folder?: string;
  /** There are more such folders. */
  moreFolders?: boolean;
  /**
   * Only of a transfer that has permissions for it: `waiting` while any is not proved, else the worst of them. `wider`
   * was reverted at once if `code` is `reverted`; otherwise it remains.
   */
  @IsIn(ACCESS_OUTCOMES)
  outcome?: AccessOutcome;
}

/** Grantees by change. */
export class AccessCountsDto {
  gains!: number;
  loses!: number;
  less!: number;
  keeps!: number;
}

export class AccessListDto {
  /** Who gains first, then who loses, gets less and keeps; by address. */
  items!: AccessRowDto[];
  nextCursor?: string;
  /** Of all, whatever the query selects. */
  counts!: AccessCountsDto;
}

export class AccessListQueryDto extends NumberedPageQueryDto {
  /** Only those whose address, or that of whom they become, contains this, without regard to case. */
  @IsOptional()
  @IsString()
  @MaxLength(254)
  q?: string;

  /** Only those who gain, lose, get less or keep access. */
  @IsOptional()
  @IsIn(ACCESS_CHANGES)
  change?: AccessChange;
}

export class TransferAccessQueryDto extends AccessListQueryDto {
  /** Only those with this outcome. */
  @IsOptional()
  @IsIn(ACCESS_OUTCOMES)
  outcome?: AccessOutcome;
}

export class PeopleQueryDto extends NumberedPageQueryDto {}

/** A line of the people map of a preflight or transfer. */
export class PeopleLineDto extends PersonDto {
  /** From 1. */
  line!: number;
  /** Grantees of originals that it names; left out until they are counted. */
  people?: number;
  /** What they can open: items, added up over them. */
  items?: number;
}

export class PeopleListDto {
  lines!: PeopleLineDto[];
  nextCursor?: string;
}
