import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean } from 'class-validator';
import { IsDayOrMoment } from '../http/moments.js';
import { MayBeLeftOut } from '../http/validation.js';

export class AuditQueryDto {
  /**
   * First moment, inclusive; a day means its start in UTC. Default: the oldest entry.
   * @example 2026-11-01
   */
  @MayBeLeftOut()
  @IsDayOrMoment()
  from?: string;

  /**
   * Last moment, inclusive. Default: now.
   * @example 2026-11-23T10:22:00Z
   */
  @MayBeLeftOut()
  @IsDayOrMoment()
  to?: string;

  /** Whether accounts appear as keyed hashes (`acc_…`) instead of their Google ids. */
  @ApiProperty({ type: Boolean, required: false, default: false })
  @MayBeLeftOut()
  @Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value))
  @IsBoolean({ message: 'must be true or false' })
  hash: boolean = false;
}
