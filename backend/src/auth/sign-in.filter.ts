import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../config/config.js';
import { InjectConfig } from '../config/config.module.js';
import { isCoded } from '../engine/errors.js';
import { sendProblem } from '../http/problem.filter.js';
import { SESSION_TYPES } from '../session/session.port.js';

/**
 * Redirects a person who opens a sign-in as a page to the portal with the code, as after any failed sign-in. Programs
 * get the problem.
 */
@Catch()
export class SignInFilter implements ExceptionFilter {
  constructor(@InjectConfig('http') private readonly http: Config['http']) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const type = SESSION_TYPES.find((each) => request.url.startsWith(`/auth/${each}`));
    const code = isCoded(error) ? error.code : undefined;
    if (!request.headers.accept?.includes('text/html') || !type || !code) return sendProblem(error, request, reply);
    void reply.redirect(`${this.http.portalUrl}/?${new URLSearchParams({ type, error: code }).toString()}`, 302);
  }
}
