import { applyDecorators, Controller, Get, HttpCode, Query, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import { ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import { SkipThrottle } from '@nestjs/throttler';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiProblems } from '../http/api-problems.js';
import { MethodNotAllowedError } from '../http/errors.js';
import { RateLimits } from '../http/rate-limits.js';
import { SignInThrottlerGuard, Unthrottled } from '../http/throttle.guard.js';
import type { SessionType } from '../session/session.port.js';
import { SignInQueryDto, SourceSignInQueryDto } from './auth.dto.js';
import { AuthService } from './auth.service.js';
import { SignInFilter } from './sign-in.filter.js';

/** Begins the sign-in of one type of session. */
function SignInRoute(type: SessionType, whose: string): MethodDecorator {
  return applyDecorators(
    Get(type),
    ApiOperation({
      summary: `Connect ${whose}`,
      description:
        'For browsers: open it as a page. Redirects to Google’s consent page; Google then sends the browser to the callback.',
    }),
    ApiResponse({
      status: 302,
      description: `To Google’s consent page, or to the portal with \`?type=${type}&error=code\` when that cannot begin.`,
      headers: { Location: { schema: { type: 'string' } } },
    }),
    ApiProblems('invalid_request'),
  );
}

/** Ends it. Counts against the limit by its state, in the handler. */
function CallbackRoute(type: SessionType): MethodDecorator {
  return applyDecorators(
    Get(`${type}/callback`),
    Unthrottled(),
    ApiOperation({
      summary: 'Where Google sends the browser back to',
      description: `Stores the credentials and hands the portal the session’s token as \`?type=${type}&token=…\`, or \`?type=${type}&error=code\`: \`access_denied\`, \`scope_missing\`, \`state_mismatch\`, \`link_expired\`, \`refresh_token_missing\`, \`account_not_allowed\`, \`google_unavailable\`, \`service_unavailable\`, \`sign_in_failed\`.`,
    }),
    ApiQuery({ name: 'code', required: false, type: String, description: 'Set by Google.' }),
    ApiQuery({ name: 'state', required: false, type: String, description: 'Set by Google.' }),
    ApiQuery({ name: 'iss', required: false, type: String, description: 'Set by Google: who answers (RFC 9207).' }),
    ApiQuery({ name: 'error', required: false, type: String, description: 'Set by Google when nothing was allowed.' }),
    ApiResponse({
      status: 302,
      description: 'To the portal.',
      headers: { Location: { schema: { type: 'string', example: `http://localhost:3000/?type=${type}&token=…` } } },
    }),
    ApiProblems(),
  );
}

@ApiTags('auth')
@UseFilters(SignInFilter)
@UseGuards(SignInThrottlerGuard)
@SkipThrottle({ address: true, 'address-site': true })
@Controller('auth')
export class AuthController {
  constructor(
    private readonly auth: AuthService,
    private readonly limits: RateLimits,
  ) {}

  @HttpCode(302)
  @SignInRoute('source', 'the account that files come from')
  connectSource(@Query() query: SourceSignInQueryDto, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    return this.begin('source', query, request, reply);
  }

  @HttpCode(302)
  @SignInRoute('destination', 'the account that files go to')
  connectDestination(@Query() query: SignInQueryDto, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    return this.begin('destination', query, request, reply);
  }

  @HttpCode(302)
  @SignInRoute('general', 'an account whose token is good for either side')
  connectGeneral(@Query() query: SignInQueryDto, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    return this.begin('general', query, request, reply);
  }

  @HttpCode(302)
  @CallbackRoute('source')
  sourceCallback(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    return this.complete('source', request, reply);
  }

  @HttpCode(302)
  @CallbackRoute('destination')
  destinationCallback(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    return this.complete('destination', request, reply);
  }

  @HttpCode(302)
  @CallbackRoute('general')
  generalCallback(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    return this.complete('general', request, reply);
  }

  private async begin(
    type: SessionType,
    query: SignInQueryDto & Partial<Pick<SourceSignInQueryDto, 'access'>>,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<void> {
    refuseHead(request);
    const start = await this.auth.begin(type, {
      cookie: request.headers.cookie ?? '',
      ...(query.login_hint && { loginHint: query.login_hint }),
      ...(query.max_age !== undefined && { maxAge: query.max_age }),
      ...(query.access === 'readonly' && { readOnly: true }),
    });
    if (start.cookie) void reply.header('set-cookie', start.cookie);
    await reply.redirect(start.location, 302);
  }

  private async complete(type: SessionType, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    refuseHead(request);
    // Google may add parameters at any time: what is not known here is not refused.
    const query = request.query as Record<string, unknown>;
    // With a live state it was counted when it began: all who sign in behind one address come back from there.
    if (!(await this.auth.isUnderWay(query['state']))) await this.limits.take('sign-in', request.ip);
    const { location, connected } = await this.auth.complete(type, {
      cookie: request.headers.cookie ?? '',
      ...(request.headers['user-agent'] && { userAgent: request.headers['user-agent'] }),
      code: query['code'],
      state: query['state'],
      error: query['error'],
      issuer: query['iss'],
    });
    // A completed sign-in no longer counts against its address.
    if (connected) await this.limits.giveBack('sign-in', request.ip);
    await reply.redirect(location, 302);
  }
}

/** Fastify answers HEAD by GET's handler, and these do something: whoever only looks must not end a sign-in. */
function refuseHead({ method }: FastifyRequest): void {
  if (method === 'HEAD') throw new MethodNotAllowedError(method, ['GET']);
}
