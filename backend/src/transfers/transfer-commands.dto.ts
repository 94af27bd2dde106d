import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsObject,
  IsOptional,
  IsString,
  Length,
  ValidateBy,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import type { ItemCode } from '../engine/errors.js';
import { REASON_CODES } from '../engine/model/reasons.js';
import { MayBeLeftOut } from '../http/validation.js';
import { SharingDto } from './sharing.dto.js';
import { NotifyDto } from './transfer-request.dto.js';
import { UNPRINTABLE } from './unprintable.js';

const MAX_NAME = 100;

export class TransferChangeDto {
  /**
   * Name of the transfer, 1 to 100 characters; surrounding spaces are removed. `null` removes the name.
   * @example Board decks for the archive
   */
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim() : value))
  @ValidateIf((_, value) => value !== null && value !== undefined)
  @IsString({ message: 'must be a text of 1 to 100 characters, or null to remove the name' })
  @Length(1, MAX_NAME, { message: 'must have 1 to 100 characters; null removes the name' })
  @ValidateBy({
    name: 'isPrintable',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && !UNPRINTABLE.test(value),
      defaultMessage: () => 'must be one line without control characters',
    },
  })
  name?: string | null;

  /**
   * Who gets an e-mail; replaces the earlier choice. To add an account, its token is needed; either account can remove
   * both.
   */
  @MayBeLeftOut()
  @IsObject()
  @ValidateNested()
  @Type(() => NotifyDto)
  notify?: NotifyDto;
}

/** What a rerun does beside syncing new changes. */
export class RerunDto {
  /** Carries access over for what was copied, where the transfer has not done so; as in `POST /api/transfers`. */
  @MayBeLeftOut()
  @IsObject()
  @ValidateNested()
  @Type(() => SharingDto)
  sharing?: SharingDto;
}

export class RetryDto {
  /**
   * Only items that failed or were skipped for one of these reasons, and those in failed folders. Default: all that a
   * retry can fix: the `retryable` groups, canceled items and, with `allowConversion`, the groups with this
   * `retryWith`. Items that arrived but could not be verified are never included.
   * @example ["conversion_needed"]
   */
  @MayBeLeftOut()
  @IsArray({ message: 'must be a list of reason codes, such as those of failureGroups' })
  @ArrayMinSize(1, { message: 'must name at least one code; leave it out to retry everything' })
  @ArrayMaxSize(100, { message: 'may name at most 100 codes' })
  @IsIn(REASON_CODES, { each: true, message: 'must be a list of reason codes, such as those of failureGroups' })
  @ApiPropertyOptional({ enum: REASON_CODES, enumName: 'ReasonCode', isArray: true })
  codes?: ItemCode[];
  /**
   * Whether items that Google does not copy may be converted, with loss, like `allowConversion` of a new transfer.
   * Applies only to the items of this retry.
   */
  @IsOptional()
  @IsBoolean({ message: 'must be true or false' })
  allowConversion: boolean = false;
}
