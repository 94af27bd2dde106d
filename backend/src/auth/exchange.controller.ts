import { Body, Controller, HttpCode, Post, UseInterceptors } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../http/api-problems.js';
import { Unthrottled } from '../http/throttle.guard.js';
import { CodeExchangeDto } from './auth.dto.js';
import { AuthService } from './auth.service.js';
import { SessionCreatedDto } from './headless.dto.js';
import { ExchangeLimitInterceptor } from './sign-in.interceptors.js';

@ApiTags('auth')
@Controller('auth')
export class ExchangeController {
  constructor(private readonly auth: AuthService) {}

  /**
   * Exchange a code for a token
   * @remarks For a program whose sign-in returned to a loopback address. The code works once; a second use, or another
   *   verifier, ends the session.
   */
  @Post('exchange')
  @HttpCode(200)
  @Unthrottled()
  @UseInterceptors(ExchangeLimitInterceptor)
  @ApiProblems('invalid_request', 'link_expired')
  async exchangeCode(@Body() { code, codeVerifier }: CodeExchangeDto): Promise<SessionCreatedDto> {
    return SessionCreatedDto.of(await this.auth.exchange(code, codeVerifier));
  }
}
