import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBody, ApiParam, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../http/api-problems.js';
import { ApiIdempotencyKey, IdempotencyKey } from '../http/idempotency.js';
import { Weighs } from '../http/throttle.guard.js';
import { deviceOf } from './device.js';
import { IssuedKeys } from './issued-keys.js';
import { OperatorOnly } from './operator.guard.js';
import { CurrentOperator, type Operator } from './operator-key.js';
import {
  AccessRevokedDto,
  ActiveSessionsDto,
  ActiveSessionsQueryDto,
  OperatorSessionCreatedDto,
  OtherSessionsEndedDto,
  RotateDto,
  RotatedTokenDto,
  SessionEndedDto,
  SessionEndQueryDto,
  SessionValidationDto,
} from './session.dto.js';
import { Access, CurrentSession } from './session.guard.js';
import type { Session } from './session.port.js';
import { SessionLists } from './session-lists.js';
import { SessionService } from './session.service.js';

/** Each replaced token is kept until its session ends, so that its use later ends the session. */
const REPLACED_TOKEN = 20;
/** Reads all sessions of an account. */
const ALL_SESSIONS = 10;

@ApiTags('sessions')
@Controller('session')
export class SessionController {
  constructor(
    private readonly sessions: SessionService,
    private readonly issued: IssuedKeys,
    private readonly lists: SessionLists,
  ) {}

  /**
   * Validate a token
   * @remarks Returns the account of a valid token. An unknown, ended or expired token returns 401 `session_expired`.
   */
  @Get('validate')
  @Access('any')
  validate(@CurrentSession() session: Session): SessionValidationDto {
    return SessionValidationDto.of(session);
  }

  /**
   * List the sessions of the same Google account
   * @remarks An account has at most 200: another sign-in ends the one that was used least recently. With the operator key
   *   (`X-Operator-Key`): those of all accounts, page by page and without names, and the operator’s own
   *   (`operatorSessions`). No response contains a token.
   */
  @Get('active')
  @Weighs(ALL_SESSIONS)
  @Access('any', { orOperator: true })
  list(
    @CurrentSession() session: Session | undefined,
    @CurrentOperator() operator: Operator | undefined,
    @Query() query: ActiveSessionsQueryDto,
  ): Promise<ActiveSessionsDto> {
    return this.lists.active({ session, operator }, query);
  }

  /**
   * Open an operator session
   * @remarks For a browser, so that it need not store the operator key, which this call needs. The session ends after 8
   *   hours without use, after seven days at the latest, and when `OPERATOR_KEY` changes. `GET /session/active` lists
   *   it, `DELETE /session/{id}` ends it.
   */
  @Post('operator')
  @OperatorOnly({ keyOnly: true })
  @ApiIdempotencyKey()
  async signInOperator(
    @Headers('user-agent') userAgent: string | undefined,
    @IdempotencyKey() key: string | undefined,
  ): Promise<OperatorSessionCreatedDto> {
    return OperatorSessionCreatedDto.issued(await this.issued.openSession(deviceOf(userAgent), key));
  }

  /**
   * Replace the token
   * @remarks The old token works for ten more seconds, for requests in progress, but not for another rotation. Using it
   *   later ends the session, because it was kept or stolen. Replace a token from a URL before anything else.
   *   `replaces` ends the client’s previous session; without it, all other sessions stay.
   */
  @Post('rotate')
  @HttpCode(200)
  @Weighs(REPLACED_TOKEN)
  @ApiBody({ type: RotateDto, required: false })
  @Access('any')
  async rotate(@CurrentSession() session: Session, @Body() { replaces }: RotateDto): Promise<RotatedTokenDto> {
    return RotatedTokenDto.of(await this.sessions.rotate(session, replaces));
  }

  /**
   * End the session
   * @remarks A second call returns 401, as with any unknown token. Transfers in progress continue. After the account’s
   *   last session has ended, its ended transfers can no longer be rerun.
   */
  @Delete('logout')
  @Access('any')
  logOut(
    @CurrentSession() session: Session,
    @Query() { keep_grant: keepCredential }: SessionEndQueryDto,
  ): Promise<SessionEndedDto> {
    return this.sessions.end(session, keepCredential);
  }

  /**
   * End the session (for clients without DELETE)
   * @remarks Like `DELETE /session/logout`.
   */
  @Post('logout')
  @HttpCode(200)
  @Access('any')
  logOutByPost(@CurrentSession() session: Session, @Query() query: SessionEndQueryDto): Promise<SessionEndedDto> {
    return this.sessions.end(session, query.keep_grant);
  }

  /**
   * End all other sessions of the same Google account
   * @remarks The session of the request stays.
   */
  @Post('logout-others')
  @HttpCode(200)
  @Weighs(ALL_SESSIONS)
  @Access('any')
  async logOutOthers(@CurrentSession() session: Session): Promise<OtherSessionsEndedDto> {
    return { ended: await this.sessions.endOthers(session) };
  }

  /**
   * Revoke the account’s access at Google
   * @remarks Ends all sessions of the account on both sides, including this one, but none of a service account that acts
   *   for it, which is another connection. Transfers that need the access stop at
   *   once; the response lists them. Signing in again does not resume them; call `POST /api/transfers/{id}/resume` for
   *   each. None of the account’s transfers can be rerun afterwards. Needs a sign-in within the last hour
   *   (`reauthentication_required`), unless a program opened the session.
   */
  @Post('revoke')
  @HttpCode(200)
  @ApiProblems('reauthentication_required')
  @Access('any')
  async revokeAccess(@CurrentSession() session: Session): Promise<AccessRevokedDto> {
    return AccessRevokedDto.of(await this.sessions.revoke(session));
  }

  /**
   * End a session of the same Google account
   * @remarks By its id in `/session/active`. With the operator key (`X-Operator-Key`) it ends any session, an
   *   operator’s too.
   */
  @Delete(':id')
  @Weighs(ALL_SESSIONS)
  @ApiParam({ name: 'id', example: 'pA2kQ0n7cJmWl9b3XyT1uQ' })
  @ApiProblems('session_not_found')
  @Access('any', { orOperator: true })
  end(
    @CurrentSession() session: Session | undefined,
    @Param('id') id: string,
    @Query() { keep_grant: keepCredential }: SessionEndQueryDto,
  ): Promise<SessionEndedDto> {
    return this.lists.end(session, id, keepCredential);
  }
}
