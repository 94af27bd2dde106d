import { Controller, Get, Module, Param, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Config } from '../config/config.js';
import { InjectConfig } from '../config/config.module.js';

/**
 * The address `/moved/{id of an original}`, for links elsewhere. It redirects every id to the same page of the portal,
 * which finds the copy with the session of the person who opens it (0065). It has no access to transfers, so neither the
 * response nor its time can depend on the id.
 *
 * It is for browsers, like the pages of the portal, and so not in the description of the API.
 */
@ApiExcludeController()
@Controller('moved')
export class MovedLinksController {
  constructor(@InjectConfig('http') private readonly http: Pick<Config['http'], 'portalUrl'>) {}

  /** A browser keeps the fragment of the address over the redirect (RFC 9110 §10.2.2). */
  @Get(':id')
  open(@Param('id') id: string, @Res() reply: FastifyReply): void {
    void reply.redirect(`${this.http.portalUrl}/moved?${new URLSearchParams({ id }).toString()}`, 302);
  }
}

/** Only with `MOVED_LINKS=on`. */
@Module({ controllers: [MovedLinksController] })
export class MovedLinksModule {}
