import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean, IsOptional, IsString, Length, Matches } from 'class-validator';
import { PageQueryDto } from '../http/page-query.dto.js';
import { booleanOf, MayBeLeftOut } from '../http/validation.js';
import {
  type Account,
  DRIVE_SCOPE,
  type Session,
  SESSION_TYPES,
  type SessionPage,
  type SessionPosition,
  type SessionType,
} from './session.port.js';
import type { IssuedSession, Revocation } from './session.service.js';

/** A connected Google account. */
@ApiSchema({ name: 'Account' })
export class AccountDto {
  /** @example "ana@example.com" */
  email!: string;

  /** @example "Ana Lima" */
  name!: string;

  /** Address of the account's picture, where it has one. */
  photo?: string;

  static of({ email, name, photo }: Account): AccountDto {
    return { email, name, ...(photo && { photo }) };
  }
}

/** A live session. */
@ApiSchema({ name: 'SessionValidation' })
export class SessionValidationDto {
  /** Always true: a session that is not live is a 401. */
  @ApiProperty({ example: true })
  valid!: true;

  @ApiProperty({ enum: SESSION_TYPES, enumName: 'SessionType' })
  type!: SessionType;

  account!: AccountDto;

  /** True if only reading was allowed: such an account can be the source of copies, not of moves. */
  readOnly!: boolean;

  /**
   * When the account signed in for this session (RFC 3339); replacing the token does not change it.
   * @example "2026-11-22T10:22:00.000Z"
   */
  connectedAt!: string;

  /**
   * When the session ends if it is not used until then (RFC 3339): the earliest of its lifetime (24 h, `SESSION_TTL`,
   * `URL_TOKEN_TTL`) and the idle limit (`SESSION_IDLE_TTL`). Of a token that was replaced: when it stops working.
   * @example "2026-11-23T10:22:00.000Z"
   */
  expiresAt!: string;

  /**
   * Whole seconds until then.
   * @example 86400
   */
  expiresIn!: number;

  /**
   * When Google ends CloudMover's access to the account by itself: its consent screen is in Testing (seven days), or
   * the person granted access for a time. Then transfers wait until the account is connected again. Missing where
   * Google did not say; what another sign-in of the account brought since is not seen here.
   * @example "2026-11-29T10:22:00.000Z"
   */
  accessEndsAt?: string;

  static of(session: Session): SessionValidationDto {
    return {
      valid: true,
      type: session.type,
      account: AccountDto.of(session.account),
      connectedAt: new Date(session.createdAt).toISOString(),
      readOnly: !session.scopes.includes(DRIVE_SCOPE),
      expiresAt: new Date(session.endsAt).toISOString(),
      expiresIn: Math.max(0, Math.floor((session.endsAt - Date.now()) / 1000)),
      ...(session.accessEndsAt && { accessEndsAt: new Date(session.accessEndsAt).toISOString() }),
    };
  }
}

/** Where a session was opened, coarsely. */
@ApiSchema({ name: 'Device' })
export class DeviceDto {
  /**
   * Missing for a program that is no browser.
   * @example "Firefox"
   */
  browser?: string;

  /**
   * Missing where it is unknown.
   * @example "Windows"
   */
  os?: string;
}

/** A live session. */
@ApiSchema({ name: 'ActiveSession' })
export class ActiveSessionDto {
  /**
   * Opaque name of the session, which stays when its token is replaced; it is no token and opens nothing.
   * @example "pA2kQ0n7cJmWl9b3XyT1uQ"
   */
  id!: string;

  @ApiProperty({ enum: SESSION_TYPES, enumName: 'SessionType' })
  type!: SessionType;

  /** Missing in the operator's list, which names nobody. */
  account?: AccountDto;

  device!: DeviceDto;

  /** @example "2026-11-22T10:22:00.000Z" */
  createdAt!: string;

  /**
   * When it ends if it is not used until then. A token that came in an address and was never used has ten minutes.
   * @example "2026-11-23T10:22:00.000Z"
   */
  expiresAt!: string;

  /** Exact to a minute; null while the token was never used. */
  @ApiProperty({ type: String, nullable: true, example: '2026-11-22T11:00:00.000Z' })
  lastUsedAt!: string | null;

  /** Whether it is the session of this request. */
  current!: boolean;

  /** @param caller missing: the operator */
  static of(session: Session, caller?: Session): ActiveSessionDto {
    return {
      id: session.handle,
      type: session.type,
      ...(caller && { account: AccountDto.of(session.account) }),
      device: { ...session.device },
      createdAt: new Date(session.createdAt).toISOString(),
      expiresAt: new Date(session.endsAt).toISOString(),
      lastUsedAt: session.lastUsedAt === undefined ? null : new Date(session.lastUsedAt).toISOString(),
      current: session.handle === caller?.handle,
    };
  }
}

/** Live sessions: of an account, newest first; of everybody, those whose life ends last first. */
@ApiSchema({ name: 'ActiveSessions' })
export class ActiveSessionsDto {
  sessions!: ActiveSessionDto[];

  /** Where the next page of the operator's list begins; missing at its end. */
  nextCursor?: string;

  /** @param caller the session that asks for its account's; without it the operator does, for a page of all */
  static of({ sessions, next }: SessionPage, caller?: Session): ActiveSessionsDto {
    return {
      sessions: sessions.map((each) => ActiveSessionDto.of(each, caller)),
      ...(next && { nextCursor: `${next.expiresAt}.${next.skipped}` }),
    };
  }
}

/** Of the operator's list; an account's own sessions come all at once. */
export class ActiveSessionsQueryDto extends PageQueryDto {
  /** `nextCursor` of the page before. */
  @IsOptional()
  @Matches(/^\d{1,15}\.\d{1,9}$/, { message: 'cursor must be the nextCursor of the page before' })
  cursor?: string;

  position(): SessionPosition | undefined {
    const [expiresAt, skipped] = this.cursor?.split('.').map(Number) ?? [];
    return expiresAt === undefined || skipped === undefined ? undefined : { expiresAt, skipped };
  }
}

export class SessionEndQueryDto {
  /**
   * Leaves what was granted at Google as it is, for the next sign-in. Without it, it is withdrawn with the last session
   * and transfer that needs it.
   */
  @IsOptional()
  @Transform(booleanOf)
  @IsBoolean({ message: 'keep_grant must be true or false' })
  keep_grant: boolean = false;
}

/** All other sessions have ended. */
@ApiSchema({ name: 'OtherSessionsEnded' })
export class OtherSessionsEndedDto {
  /** How many there were. */
  ended!: number;
}

/** What was granted at Google has been withdrawn. */
@ApiSchema({ name: 'AccessRevoked' })
export class AccessRevokedDto {
  /** Sessions that have ended, this one among them. */
  sessionsEnded!: number;

  /** Ids of the transfers and preflights that stop. Each resumes with `POST /api/transfers/{id}/resume`, once the account has signed in again. */
  transfers!: string[];

  /** False while Google does not respond: the request is retried for a day. Here all of it has ended anyway. */
  confirmed!: boolean;

  static of({ sessionsEnded, stopped, isConfirmed }: Revocation): AccessRevokedDto {
    return { sessionsEnded, transfers: [...stopped], confirmed: isConfirmed };
  }
}

/** A session has ended. */
@ApiSchema({ name: 'SessionEnded' })
export class SessionEndedDto {
  @ApiProperty({ example: true })
  ended!: true;
}

export class RotateDto {
  /**
   * Token of the session that this one replaces in the client: that session ends. A browser sends the token that it
   * had for the same side, so that a new sign-in leaves no old session open. Unknown and ended ones are ignored.
   * @example "k1Rz0f3mXq8bT7wVvJd2sLh5nYpC9gEaUoKiB4tMxQw"
   */
  @MayBeLeftOut()
  @IsString()
  @Length(1, 500)
  replaces?: string;
}

/** A session's new token. It is shown here only: store it, and drop the old one. */
@ApiSchema({ name: 'RotatedToken' })
export class RotatedTokenDto {
  /** @example "3q2-7wEUZ0v8nJmK1xYpLr5sQhT9bVcDfGiAoEuWkHs" */
  token!: string;

  @ApiProperty({ enum: SESSION_TYPES, enumName: 'SessionType' })
  type!: SessionType;

  /**
   * When the session ends if the token is not used until then.
   * @example "2026-11-23T10:22:00.000Z"
   */
  expiresAt!: string;

  static of({ token, session }: IssuedSession): RotatedTokenDto {
    return { token, type: session.type, expiresAt: new Date(session.endsAt).toISOString() };
  }
}
