import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Length, Max, Min } from 'class-validator';

export class SignInQueryDto {
  /**
   * E-mail address (or Google's `sub`) of the account to preselect.
   * @example "ana@example.com"
   */
  @IsOptional()
  @IsString()
  @Length(1, 320, { message: 'must be an e-mail address or account id of 1 to 320 characters' })
  login_hint?: string;

  /**
   * Most seconds since the person last authenticated with Google (OpenID Connect). Passed on to Google, which does not
   * guarantee to ask for a password if that is longer ago.
   * @example 3600
   */
  @IsOptional()
  @Type(() => Number)
  @IsInt({ message: 'must be a whole number of seconds, 0 to 86400' })
  @Min(0, { message: 'must be a whole number of seconds, 0 to 86400' })
  @Max(86_400, { message: 'must be a whole number of seconds, 0 to 86400' })
  max_age?: number;
}

/** Additional parameters for the sign-in of a source. */
export class SourceSignInQueryDto extends SignInQueryDto {
  /**
   * `readonly`: only read access to the Drive (`drive.readonly`). Such a source can be copied, by streaming, but not
   * moved.
   */
  @ApiPropertyOptional({ enum: ['full', 'readonly'], default: 'full' })
  @IsOptional()
  @IsIn(['full', 'readonly'], { message: "must be 'full' or 'readonly'" })
  access: 'full' | 'readonly' = 'full';
}
