import { Controller, Delete, Get, HttpCode, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  ActiveSessionDto,
  ActiveSessionsDto,
  RotatedTokenDto,
  SessionEndedDto,
  SessionValidationDto,
} from './session.dto.js';
import { Access, CurrentSession } from './session.guard.js';
import type { Session } from './session.port.js';
import { SessionService } from './session.service.js';

@ApiTags('session')
@Controller('session')
export class SessionController {
  constructor(private readonly sessions: SessionService) {}

  @Get('validate')
  @ApiOperation({
    summary: 'Whether a token is live, and whose it is',
    description: 'An unknown, ended or expired token is a 401 `session_expired`.',
  })
  @Access('any')
  validate(@CurrentSession() session: Session): SessionValidationDto {
    return SessionValidationDto.of(session);
  }

  @Get('active')
  @ApiOperation({
    summary: 'Live sessions of the same Google account',
    description: 'With the operator key (`X-Operator-Key`): those of all accounts. No answer ever holds a token.',
  })
  @Access('any', { orOperator: true })
  async active(@CurrentSession() session: Session | undefined): Promise<ActiveSessionsDto> {
    const sessions = await this.sessions.active(session);
    return { sessions: sessions.map((each) => ActiveSessionDto.of(each, session)) };
  }

  @Post('rotate')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Replace the token',
    description:
      'The old token is good for ten more seconds, for requests under way, but not for another rotation. Whoever uses it after that ends the session, because a token that comes back was kept or stolen. A token that came in an address should be replaced first of all.',
  })
  @Access('any')
  async rotate(@CurrentSession() session: Session): Promise<RotatedTokenDto> {
    const issued = await this.sessions.rotate(session);
    return {
      token: issued.token,
      type: issued.session.type,
      expiresAt: new Date(issued.session.expiresAt).toISOString(),
    };
  }

  @Delete('logout')
  @ApiOperation({
    summary: 'End the session',
    description: 'A second call is a 401, as with any unknown token. Transfers under way go on.',
  })
  @Access('any')
  async logout(@CurrentSession() session: Session): Promise<SessionEndedDto> {
    await this.sessions.end(session);
    return { ended: true };
  }

  @Post('logout')
  @HttpCode(200)
  @ApiOperation({ summary: 'End the session (for clients without DELETE)' })
  @Access('any')
  logoutByPost(@CurrentSession() session: Session): Promise<SessionEndedDto> {
    return this.logout(session);
  }
}
