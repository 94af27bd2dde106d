import { Body, Controller, HttpCode, Post, UseGuards } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { SkipThrottle } from '@nestjs/throttler';
import { ApiProblems } from '../http/api-problems.js';
import { SignInThrottlerGuard } from '../http/throttle.guard.js';
import { CodeExchangeDto } from './auth.dto.js';
import { AuthService } from './auth.service.js';
import { SessionCreatedDto } from './headless.dto.js';

@ApiTags('auth')
@UseGuards(SignInThrottlerGuard)
@SkipThrottle({ address: true, 'address-site': true })
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
  @ApiProblems('invalid_request', 'link_expired')
  async exchangeCode(@Body() { code, codeVerifier }: CodeExchangeDto): Promise<SessionCreatedDto> {
    return SessionCreatedDto.of(await this.auth.exchange(code, codeVerifier));
  }
}
