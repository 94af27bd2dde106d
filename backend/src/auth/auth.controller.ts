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

/** Begins the sign-in of one type of session. */
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
      description: `To Google’s consent page, or to the portal with \`?type=${type}&error=code\` when that cannot begin.`,
      headers: { Location: { schema: { type: 'string' } } },
    }),
    ApiProblems('invalid_request'),
  );
}

/** Ends it. */
function CallbackRoute(type: SessionType): MethodDecorator {
  return applyDecorators(
    Get(`${type}/callback`),
    Redirect(),
    Unthrottled(),
    UseInterceptors(CallbackLimitInterceptor),
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

/** The cookies of the browser. */
const Cookies = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<FastifyRequest>().headers.cookie ?? '',
);

/** What the browser brings back from Google, which may add parameters at any time: unknown ones are not refused. */
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
  @SignInRoute('source', 'the account that files come from')
  connectSource(@Query() query: SourceSignInQueryDto, @Cookies() cookie: string) {
    return this.auth.begin('source', query, cookie);
  }

  @HttpCode(302)
  @SignInRoute('destination', 'the account that files go to')
  connectDestination(@Query() query: SignInQueryDto, @Cookies() cookie: string) {
    return this.auth.begin('destination', query, cookie);
  }

  @HttpCode(302)
  @SignInRoute('general', 'an account whose token is good for either side')
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
