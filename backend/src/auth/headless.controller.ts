import { Body, Controller, Headers, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../http/api-problems.js';
import { ApiIdempotencyKey, IdempotencyKey } from '../http/idempotency.js';
import { deviceOf } from '../session/device.js';
import { OperatorOnly } from '../session/operator.guard.js';
import { CurrentOperator, type Operator } from '../session/operator-key.js';
import { SessionCreatedDto, SessionCreateDto } from './headless.dto.js';
import { HeadlessSignIn } from './headless.service.js';

@ApiTags('sessions')
@Controller('session')
export class HeadlessController {
  constructor(private readonly signIn: HeadlessSignIn) {}

  /**
   * Open a session without a browser
   * @remarks For programs, with the operator key, or a machine key with the scope `sessions:create`: from a refresh token, or from a service account that acts for a
   *   person. ALLOWED_ACCOUNTS and the required scopes of a side apply as for a sign-in. An account has at most 200
   *   sessions: another one ends the one that was used least recently.
   */
  @Post()
  @ApiProblems(
    'refresh_token_rejected',
    'service_account_rejected',
    'account_not_allowed',
    'scope_missing',
    'sign_in_failed',
    'google_unavailable',
    'google_refused',
  )
  @ApiIdempotencyKey()
  @OperatorOnly({ scope: 'sessions:create' })
  create(
    @Body() body: SessionCreateDto,
    @Headers('user-agent') userAgent: string | undefined,
    @IdempotencyKey() key: string | undefined,
    @CurrentOperator() { actor }: Operator,
  ): Promise<SessionCreatedDto> {
    return this.signIn.open(body, deviceOf(userAgent), actor, key);
  }
}
