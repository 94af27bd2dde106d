import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsObject, IsString, Length, ValidateNested } from 'class-validator';
import { MayBeLeftOut } from '../http/validation.js';
import { AccountDto } from '../session/session.dto.js';
import { SESSION_TYPES, type SessionType } from '../session/session.port.js';
import type { IssuedSession } from '../session/session.service.js';

/** A service account of a Google Workspace domain, and the person that it acts for ("domain-wide delegation"). */
export class ServiceAccountDto {
  /**
   * `client_email` of its key file.
   * @example "mover@project.iam.gserviceaccount.com"
   */
  @IsString()
  @Length(3, 320)
  clientEmail!: string;

  /** `private_key` of its key file, unchanged: a PEM text with its line breaks. */
  @IsString()
  @Length(1, 16_384)
  privateKey!: string;

  /**
   * E-mail address of the person whose Drive it is.
   * @example "ana@example.com"
   */
  @IsString()
  @Length(3, 320)
  subject!: string;
}

/** The credentials for a session: exactly one of `refreshToken` and `serviceAccount`. */
export class SessionCreateDto {
  /** The side that the session can be used for. */
  @ApiProperty({ enum: SESSION_TYPES, enumName: 'SessionType' })
  @IsIn(SESSION_TYPES)
  type!: SessionType;

  /**
   * Created for the OAuth client of this installation (GOOGLE_CLIENT_ID). It is not revoked when the session ends.
   * @example "1//0example"
   */
  @MayBeLeftOut()
  @IsString()
  @Length(1, 4096)
  refreshToken?: string;

  @MayBeLeftOut()
  @IsObject()
  @ValidateNested()
  @Type(() => ServiceAccountDto)
  serviceAccount?: ServiceAccountDto;
}

/** A session of a program. Its token is returned only here. */
export class SessionCreatedDto {
  /**
   * Its id in `/session/active`.
   * @example "pA2kQ0n7cJmWl9b3XyT1uQ"
   */
  id!: string;

  /** @example "3q2-7wEUZ0v8nJmK1xYpLr5sQhT9bVcDfGiAoEuWkHs" */
  token!: string;

  @ApiProperty({ enum: SESSION_TYPES, enumName: 'SessionType' })
  type!: SessionType;

  account!: AccountDto;

  /**
   * When the session ends if the token is not used.
   * @example "2026-11-23T10:22:00.000Z"
   */
  expiresAt!: string;

  static of({ token, session }: IssuedSession): SessionCreatedDto {
    return {
      id: session.handle,
      token,
      type: session.type,
      account: AccountDto.of(session.account),
      expiresAt: new Date(session.endsAt).toISOString(),
    };
  }
}
