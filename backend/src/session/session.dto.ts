import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { type Account, type Session, SESSION_TYPES, type SessionType } from './session.port.js';

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

  /**
   * When the session ends (RFC 3339).
   * @example "2026-11-23T10:22:00.000Z"
   */
  expiresAt!: string;

  /**
   * Seconds until then.
   * @example 86400
   */
  expiresIn!: number;

  static of(session: Session): SessionValidationDto {
    return {
      valid: true,
      type: session.type,
      account: AccountDto.of(session.account),
      expiresAt: new Date(session.expiresAt).toISOString(),
      expiresIn: Math.max(0, Math.round((session.expiresAt - Date.now()) / 1000)),
    };
  }
}

/** One of the live sessions of an account. */
@ApiSchema({ name: 'ActiveSession' })
export class ActiveSessionDto {
  /**
   * Opaque name of the session; it is no token and opens nothing.
   * @example "pA2kQ0n7cJmWl9b3XyT1uQ"
   */
  id!: string;

  @ApiProperty({ enum: SESSION_TYPES, enumName: 'SessionType' })
  type!: SessionType;

  account!: AccountDto;

  /** @example "2026-11-22T10:22:00.000Z" */
  createdAt!: string;

  /** @example "2026-11-23T10:22:00.000Z" */
  expiresAt!: string;

  /** Exact to a minute; null while the token was never used. */
  @ApiProperty({ type: String, nullable: true, example: '2026-11-22T11:00:00.000Z' })
  lastUsedAt!: string | null;

  /** Whether it is the session of this request. */
  current!: boolean;

  static of(session: Session, caller: Session | undefined): ActiveSessionDto {
    return {
      id: session.handle,
      type: session.type,
      account: AccountDto.of(session.account),
      createdAt: new Date(session.createdAt).toISOString(),
      expiresAt: new Date(session.expiresAt).toISOString(),
      lastUsedAt: session.lastUsedAt === undefined ? null : new Date(session.lastUsedAt).toISOString(),
      current: session.id === caller?.id,
    };
  }
}

/** Live sessions, newest first. */
@ApiSchema({ name: 'ActiveSessions' })
export class ActiveSessionsDto {
  sessions!: ActiveSessionDto[];
}

/** A session has ended. */
@ApiSchema({ name: 'SessionEnded' })
export class SessionEndedDto {
  @ApiProperty({ example: true })
  ended!: true;
}

/** A session's new token. It is shown here only: store it, and drop the old one. */
@ApiSchema({ name: 'RotatedToken' })
export class RotatedTokenDto {
  /** @example "3q2-7wEUZ0v8nJmK1xYpLr5sQhT9bVcDfGiAoEuWkHs" */
  token!: string;

  @ApiProperty({ enum: SESSION_TYPES, enumName: 'SessionType' })
  type!: SessionType;

  /** @example "2026-11-23T10:22:00.000Z" */
  expiresAt!: string;
}
