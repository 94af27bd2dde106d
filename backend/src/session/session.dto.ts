import { ApiProperty } from '@nestjs/swagger';
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
import { endOf, type Issue } from './issued-keys.js';
import type { OperatorSession } from './issued-keys.port.js';
import type { IssuedSession, Revocation } from './session.service.js';

/** RFC 3339, in UTC. */
export const iso = (ms: number): string => new Date(ms).toISOString();

/** A connected Google account. */
export class AccountDto {
  /** @example "ana@example.com" */
  email!: string;

  /** @example "Ana Lima" */
  name!: string;

  /** URL of the account's picture, if it has one. */
  photo?: string;

  static of({ email, name, photo }: Account): AccountDto {
    return { email, name, ...(photo && { photo }) };
  }
}

/** A valid session. */
export class SessionValidationDto {
  /** Always true: an invalid session returns 401. */
  @ApiProperty({ example: true })
  valid!: true;

  @ApiProperty({ enum: SESSION_TYPES, enumName: 'SessionType' })
  type!: SessionType;

  account!: AccountDto;

  /** True if only reading was allowed: such an account can be the source of copies, but not of moves. */
  readOnly!: boolean;

  /**
   * When the account signed in for this session (RFC 3339); replacing the token does not change it.
   * @example "2026-11-22T10:22:00.000Z"
   */
  connectedAt!: string;

  /**
   * When the session ends if it is not used (RFC 3339): the earlier of the end of its lifetime (24 h, `SESSION_TTL`,
   * `URL_TOKEN_TTL`) and the idle limit (`SESSION_IDLE_TTL`). For a replaced token: when it stops working.
   * @example "2026-11-23T10:22:00.000Z"
   */
  expiresAt!: string;

  /**
   * Whole seconds until `expiresAt`.
   * @example 86400
   */
  expiresIn!: number;

  /**
   * When Google ends CloudMover's access to the account, because its consent screen is in Testing (seven days), or the
   * person granted access for a limited time. Then transfers wait until the account is connected again. Missing if
   * Google did not state it; later sign-ins of the account are not considered.
   * @example "2026-11-29T10:22:00.000Z"
   */
  accessEndsAt?: string;

  static of(session: Session): SessionValidationDto {
    return {
      valid: true,
      type: session.type,
      account: AccountDto.of(session.account),
      connectedAt: iso(session.createdAt),
      readOnly: !session.scopes.includes(DRIVE_SCOPE),
      expiresAt: iso(session.endsAt),
      expiresIn: Math.max(0, Math.floor((session.endsAt - Date.now()) / 1000)),
      ...(session.accessEndsAt && { accessEndsAt: iso(session.accessEndsAt) }),
    };
  }
}

/** Rough description of where a session was opened. */
export class DeviceDto {
  /**
   * Missing if it is not a browser.
   * @example "Firefox"
   */
  browser?: string;

  /**
   * Missing if unknown.
   * @example "Windows"
   */
  os?: string;
}

/** A valid session. */
export class ActiveSessionDto {
  /**
   * Opaque id of the session, which stays when its token is replaced. It is not a token and gives no access.
   * @example "pA2kQ0n7cJmWl9b3XyT1uQ"
   */
  id!: string;

  @ApiProperty({ enum: SESSION_TYPES, enumName: 'SessionType' })
  type!: SessionType;

  /** Missing in the operator's list, which contains no names. */
  account?: AccountDto;

  device!: DeviceDto;

  /** @example "2026-11-22T10:22:00.000Z" */
  createdAt!: string;

  /**
   * When it ends if it is not used. An unused token from a URL expires after ten minutes.
   * @example "2026-11-23T10:22:00.000Z"
   */
  expiresAt!: string;

  /** Exact to a minute; null if the token was never used. */
  @ApiProperty({ type: String, nullable: true, example: '2026-11-22T11:00:00.000Z' })
  lastUsedAt!: string | null;

  /** Whether this request uses this session. */
  current!: boolean;

  /** @param caller undefined: the operator */
  static of(session: Session, caller?: Session): ActiveSessionDto {
    return {
      id: session.handle,
      type: session.type,
      ...(caller && { account: AccountDto.of(session.account) }),
      device: { ...session.device },
      createdAt: iso(session.createdAt),
      expiresAt: iso(session.endsAt),
      lastUsedAt: session.lastUsedAt === undefined ? null : iso(session.lastUsedAt),
      current: session.handle === caller?.handle,
    };
  }
}

/** A browser in which the operator is signed in. */
export class OperatorSessionDto {
  /**
   * For `DELETE /session/{id}`. It is not a token and gives no access.
   * @example "pA2kQ0n7cJmWl9b3XyT1uQ"
   */
  id!: string;

  device!: DeviceDto;

  /** @example "2026-11-22T10:22:00.000Z" */
  createdAt!: string;

  /**
   * When it ends if it is not used: eight hours after its last use.
   * @example "2026-11-22T19:00:00.000Z"
   */
  expiresAt!: string;

  /**
   * When it ends even if it is used: after seven days.
   * @example "2026-11-29T10:22:00.000Z"
   */
  endsAt!: string;

  /** Exact to a minute; null if its token was never used. */
  @ApiProperty({ type: String, nullable: true, example: '2026-11-22T11:00:00.000Z' })
  lastUsedAt!: string | null;

  /** Whether this request uses it. */
  current!: boolean;

  static of(session: OperatorSession, current: boolean): OperatorSessionDto {
    const { id, device, createdAt, expiresAt, lastUsedAt } = session;
    return {
      ...{ id, device: { ...device }, createdAt: iso(createdAt), expiresAt: iso(endOf(session)), current },
      ...{ endsAt: iso(expiresAt), lastUsedAt: lastUsedAt === undefined ? null : iso(lastUsedAt) },
    };
  }
}

export class OperatorSessionCreatedDto extends OperatorSessionDto {
  /**
   * Sent in `X-Operator-Key` instead of the operator key. It is returned only here.
   * @example "cmo_pA2kQ0n7cJmWl9b3XyT1uQ.3q2-7wEUZ0v8nJmK1xYpLr5sQhT9bVcDfGiAoEuWkHs"
   */
  token!: string;

  static issued({ text, key }: Issue<'session'>): OperatorSessionCreatedDto {
    return { ...OperatorSessionDto.of(key, false), token: text };
  }
}

/** Valid sessions: those of an account newest first; those of all accounts by their end, latest first. */
export class ActiveSessionsDto {
  sessions!: ActiveSessionDto[];

  /** Browsers in which the operator is signed in, newest first; only on the first page of the operator's list. */
  operatorSessions?: OperatorSessionDto[];

  /** Cursor of the next page of the operator's list; missing on the last page. */
  nextCursor?: string;

  /**
   * @param caller the session whose account's sessions are listed; undefined: the operator, for a page of all sessions
   */
  static of(
    { sessions, next }: SessionPage,
    caller?: Session,
    operatorSessions?: OperatorSessionDto[],
  ): ActiveSessionsDto {
    return {
      sessions: sessions.map((each) => ActiveSessionDto.of(each, caller)),
      ...(operatorSessions && { operatorSessions }),
      ...(next && { nextCursor: `${next.expiresAt}.${next.skipped}` }),
    };
  }
}

/** Only for the operator's list; an account's own sessions are returned all at once. */
export class ActiveSessionsQueryDto extends PageQueryDto {
  /** `nextCursor` of the previous page. */
  @IsOptional()
  @Matches(/^\d{1,15}\.\d{1,9}$/, { message: 'cursor must be the nextCursor of the previous page' })
  cursor?: string;

  position(): SessionPosition | undefined {
    const [expiresAt, skipped] = this.cursor?.split('.').map(Number) ?? [];
    return expiresAt === undefined || skipped === undefined ? undefined : { expiresAt, skipped };
  }
}

export class SessionEndQueryDto {
  /**
   * Keeps the access at Google for the next sign-in. Otherwise it is revoked when the last session or transfer that
   * needs it ends.
   */
  @IsOptional()
  @Transform(booleanOf)
  @IsBoolean({ message: 'keep_grant must be true or false' })
  keep_grant: boolean = false;
}

/** All other sessions have ended. */
export class OtherSessionsEndedDto {
  /** Number of sessions that ended. */
  ended!: number;
}

/** The access at Google has been revoked. */
export class AccessRevokedDto {
  /** Number of sessions that ended, including this one. */
  sessionsEnded!: number;

  /**
   * Ids of the transfers and preflights that stop. Resume each with `POST /api/transfers/{id}/resume` after the account
   * has signed in again.
   */
  transfers!: string[];

  /** False if Google does not respond: the request is retried for a day. In CloudMover the access has ended anyway. */
  confirmed!: boolean;

  static of({ sessionsEnded, stopped, isConfirmed }: Revocation): AccessRevokedDto {
    return { sessionsEnded, transfers: [...stopped], confirmed: isConfirmed };
  }
}

/** A session has ended. */
export class SessionEndedDto {
  @ApiProperty({ example: true })
  ended!: true;
}

export class RotateDto {
  /**
   * Token of the client's previous session, which ends. A browser sends the token that it had for the same side, so
   * that a new sign-in leaves no old session open. Unknown and ended tokens are ignored.
   * @example "k1Rz0f3mXq8bT7wVvJd2sLh5nYpC9gEaUoKiB4tMxQw"
   */
  @MayBeLeftOut()
  @IsString()
  @Length(1, 500)
  replaces?: string;
}

/** A session's new token. It is returned only here: store it, and delete the old one. */
export class RotatedTokenDto {
  /** @example "3q2-7wEUZ0v8nJmK1xYpLr5sQhT9bVcDfGiAoEuWkHs" */
  token!: string;

  @ApiProperty({ enum: SESSION_TYPES, enumName: 'SessionType' })
  type!: SessionType;

  /**
   * When the session ends if the token is not used.
   * @example "2026-11-23T10:22:00.000Z"
   */
  expiresAt!: string;

  static of({ token, session }: IssuedSession): RotatedTokenDto {
    return { token, type: session.type, expiresAt: iso(session.endsAt) };
  }
}
