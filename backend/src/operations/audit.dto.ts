import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean, ValidateBy } from 'class-validator';
import { MayBeLeftOut } from '../http/validation.js';

const RFC_3339 = /^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d))?$/;

const IsMoment = () =>
  ValidateBy({
    name: 'isMoment',
    validator: {
      validate: (value: unknown) =>
        typeof value === 'string' && RFC_3339.test(value) && !Number.isNaN(Date.parse(value)),
      defaultMessage: () => 'must be an RFC 3339 day or time, such as 2026-01-31 or 2026-01-31T08:00:00Z',
    },
  });

export class AuditQueryDto {
  /**
   * First moment, inclusive; a day means its start in UTC. Default: the oldest entry.
   * @example 2026-11-01
   */
  @MayBeLeftOut()
  @IsMoment()
  from?: string;

  /**
   * Last moment, inclusive. Default: now.
   * @example 2026-11-23T10:22:00Z
   */
  @MayBeLeftOut()
  @IsMoment()
  to?: string;

  /** Whether accounts appear as keyed hashes (`acc_…`) instead of their Google ids. */
  @ApiProperty({ type: Boolean, required: false, default: false })
  @MayBeLeftOut()
  @Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value))
  @IsBoolean({ message: 'must be true or false' })
  hash: boolean = false;
}
