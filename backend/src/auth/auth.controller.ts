import {
  applyDecorators,
  Controller,
  createParamDecorator,
  type ExecutionContext,
  Get,
  HttpCode,
  Query,
  Redirect,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import { SkipThrottle } from '@nestjs/throttler';
import type { FastifyRequest } from 'fastify';
import { ApiProblems } from '../http/api-problems.js';
import { SignInThrottlerGuard, Unthrottled } from '../http/throttle.guard.js';
import type { SessionType } from '../session/session.port.js';
import { SignInQueryDto, SourceSignInQueryDto } from './auth.dto.js';
import { AuthService, type CallbackQuery } from './auth.service.js';
import { SignInFilter } from './sign-in.filter.js';
import { CallbackLimitInterceptor, SignInInterceptor } from './sign-in.interceptors.js';

/** Documents the endpoint that starts a sign-in. */
function SignInRoute(type: SessionType, whose: string): MethodDecorator {
  return applyDecorators(
    Get(type),
    Redirect(),
    ApiOperation({
      summary: `Connect ${whose}`,
      description:
        'For browsers: open it as a page. Redirects to Google’s consent page; Google then sends the browser to the callback.',
    }),
    ApiResponse({
      status: 302,
      description: `To Google’s consent page, or to the portal (with \`loopback_port\`: to 127.0.0.1) with \`?type=${type}&error=code\` if the sign-in cannot start.`,
      headers: { Location: { schema: { type: 'string' } } },
    }),
    ApiProblems('invalid_request'),
  );
}

/** Documents its callback. */
function CallbackRoute(type: SessionType): MethodDecorator {
  return applyDecorators(
    Get(`${type}/callback`),
    Redirect(),
    Unthrottled(),
    UseInterceptors(CallbackLimitInterceptor),
    ApiOperation({
      summary: 'Callback from Google’s consent page',
      description: `Stores the credentials and returns the session’s token to the portal as \`?type=${type}&token=…\`, or \`?type=${type}&error=code\`: \`access_denied\`, \`scope_missing\`, \`state_mismatch\`, \`link_expired\`, \`refresh_token_missing\`, \`account_not_allowed\`, \`google_unavailable\`, \`service_unavailable\`, \`sign_in_failed\`. With \`loopback_port\` it returns a \`code\` for \`POST /auth/exchange\` to 127.0.0.1 instead.`,
    }),
    ApiQuery({ name: 'code', required: false, type: String, description: 'Set by Google.' }),
    ApiQuery({ name: 'state', required: false, type: String, description: 'Set by Google.' }),
    ApiQuery({ name: 'iss', required: false, type: String, description: 'Set by Google: the issuer (RFC 9207).' }),
    ApiQuery({ name: 'error', required: false, type: String, description: 'Set by Google if access was not allowed.' }),
    ApiResponse({
      status: 302,
      description: 'To the portal.',
      headers: { Location: { schema: { type: 'string', example: `http://localhost:3000/?type=${type}&token=…` } } },
    }),
    ApiProblems(),
  );
}

/** The request's cookies. */
const Cookies = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<FastifyRequest>().headers.cookie ?? '',
);

/** The parameters of the callback. Google may add parameters at any time, so unknown ones are not refused. */
const Callback = createParamDecorator((_: unknown, context: ExecutionContext): CallbackQuery => {
  const { headers, query } = context.switchToHttp().getRequest<FastifyRequest>();
  const { code, state, error, iss: issuer } = query as Record<string, unknown>;
  const userAgent = headers['user-agent'];
  return { cookie: headers.cookie ?? '', code, state, error, issuer, ...(userAgent && { userAgent }) };
});

@ApiTags('auth')
@UseFilters(SignInFilter)
@UseGuards(SignInThrottlerGuard)
@UseInterceptors(SignInInterceptor)
@SkipThrottle({ address: true, 'address-site': true })
@Controller('auth')
export class AuthController {
  constructor(private readonly auth: AuthService) {}

  @HttpCode(302)
  @SignInRoute('source', 'the source account')
  connectSource(@Query() query: SourceSignInQueryDto, @Cookies() cookie: string) {
    return this.auth.begin('source', query, cookie);
  }

  @HttpCode(302)
  @SignInRoute('destination', 'the destination account')
  connectDestination(@Query() query: SignInQueryDto, @Cookies() cookie: string) {
    return this.auth.begin('destination', query, cookie);
  }

  @HttpCode(302)
  @SignInRoute('general', 'an account for either side')
  connectGeneral(@Query() query: SignInQueryDto, @Cookies() cookie: string) {
    return this.auth.begin('general', query, cookie);
  }

  @HttpCode(302)
  @CallbackRoute('source')
  sourceCallback(@Callback() query: CallbackQuery) {
    return this.auth.complete('source', query);
  }

  @HttpCode(302)
  @CallbackRoute('destination')
  destinationCallback(@Callback() query: CallbackQuery) {
    return this.auth.complete('destination', query);
  }

  @HttpCode(302)
  @CallbackRoute('general')
  generalCallback(@Callback() query: CallbackQuery) {
    return this.auth.complete('general', query);
  }
}
