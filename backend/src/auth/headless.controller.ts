import { Body, Controller, Headers, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../http/api-problems.js';
import { InvalidRequestError } from '../http/errors.js';
import { ApiIdempotencyKey, Idempotency, IdempotencyKey, keyedRequest } from '../http/idempotency.js';
import { deviceOf } from '../session/device.js';
import { OperatorOnly } from '../session/operator.guard.js';
import { newHandle } from '../session/token.js';
import { SessionCreatedDto, SessionCreateDto } from './headless.dto.js';
import { type HeadlessCredentials, HeadlessSignIn } from './headless.service.js';

@ApiTags('session')
@Controller('session')
export class HeadlessController {
  constructor(
    private readonly signIn: HeadlessSignIn,
    private readonly idempotency: Idempotency,
  ) {}

  @Post()
  @ApiOperation({
    summary: 'Open a session without a browser',
    description:
      'For programs, with the operator key: from a refresh token, or from a service account that acts in the name of a person. ALLOWED_ACCOUNTS and the scopes that a side needs hold as for a sign-in.',
  })
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
  @OperatorOnly()
  async open(
    @Body() body: SessionCreateDto,
    @Headers('user-agent') userAgent: string | undefined,
    @IdempotencyKey() key: string | undefined,
  ): Promise<SessionCreatedDto> {
    const credentials = credentialsOf(body);
    return this.idempotency.once(
      keyedRequest(['operator'], key, { session: body.type, credentials }),
      newHandle,
      async () => SessionCreatedDto.of(await this.signIn.connect(body.type, credentials, deviceOf(userAgent))),
    );
  }
}

function credentialsOf({ refreshToken, serviceAccount }: SessionCreateDto): HeadlessCredentials {
  if (refreshToken !== undefined && serviceAccount === undefined) return { refreshToken };
  if (refreshToken === undefined && serviceAccount !== undefined) {
    const { clientEmail, privateKey, subject } = serviceAccount;
    return { serviceAccount: { email: clientEmail, privateKey, subject } };
  }
  throw new InvalidRequestError('Send either refreshToken or serviceAccount, and not both.', [
    { parameter: refreshToken === undefined ? 'refreshToken' : 'serviceAccount', detail: 'one of the two is needed' },
  ]);
}
