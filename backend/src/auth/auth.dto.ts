import { IsOptional, IsString, Length } from 'class-validator';

export class SignInQueryDto {
  /**
   * Address (or Google's `sub`) of the account to preselect.
   * @example "ana@example.com"
   */
  @IsOptional()
  @IsString()
  @Length(1, 320, { message: 'must be an e-mail address or account id of 1 to 320 characters' })
  login_hint?: string;
}
