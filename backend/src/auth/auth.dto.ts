import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Length, Matches, Max, Min } from 'class-validator';

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
   * Maximum age in seconds of the person's last authentication with Google (OpenID Connect). Passed on to Google, which
   * does not guarantee to ask for a password if that is longer ago.
   * @example 3600
   */
  @IsOptional()
  @Type(() => Number)
  @IsInt({ message: 'must be a whole number of seconds, 0 to 86400' })
  @Min(0, { message: 'must be a whole number of seconds, 0 to 86400' })
  @Max(86_400, { message: 'must be a whole number of seconds, 0 to 86400' })
  max_age?: number;

  /**
   * For a program on the person’s own computer: the port at 127.0.0.1 that it listens on. The browser returns there
   * instead of to the portal, with `?type=…&code=…&state=…` (or `error`), and `POST /auth/exchange` replaces the code by
   * a token. Needs `code_challenge` and `client_state`.
   * @example 53682
   */
  @IsOptional()
  @Type(() => Number)
  @IsInt({ message: 'must be a port, 1 to 65535' })
  @Min(1, { message: 'must be a port, 1 to 65535' })
  @Max(65_535, { message: 'must be a port, 1 to 65535' })
  loopback_port?: number;

  /**
   * PKCE’s S256 code challenge (RFC 7636): base64url(SHA-256(verifier)).
   * @example "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
   */
  @IsOptional()
  @Matches(/^[\w-]{43}$/, { message: 'must be the base64url of a SHA-256, 43 characters' })
  code_challenge?: string;

  /**
   * A random text that the program recognises its sign-in by; returned as `state`.
   * @example "af0ifjsldkjaf0ifjsldkj"
   */
  @IsOptional()
  @Matches(/^[\w-]{16,128}$/, { message: 'must be 16 to 128 letters, digits, - or _' })
  client_state?: string;
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

/** What a program exchanges for its first token. */
export class CodeExchangeDto {
  /**
   * `code` of the address that the browser returned to; valid once, and for ten minutes.
   * @example "3q2-7wEUZ0v8nJmK1xYpLr5sQhT9bVcDfGiAoEuWkHs"
   */
  @IsString()
  @Length(1, 128)
  code!: string;

  /**
   * The verifier of `code_challenge` (RFC 7636): 43 to 128 characters.
   * @example "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
   */
  @Matches(/^[\w.~-]{43,128}$/, { message: 'must be 43 to 128 letters, digits, -, ., _ or ~' })
  codeVerifier!: string;
}
