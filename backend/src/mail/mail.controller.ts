import { applyDecorators, Body, Controller, Get, Headers, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiParam, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { type Language, LANGUAGES } from '../engine/model/notify.js';
import { ApiProblems } from '../http/api-problems.js';
import { FormBody } from '../http/body-limit.js';
import { Weighs } from '../http/throttle.guard.js';
import { OperatorOnly } from '../session/operator.guard.js';
import { MailTestDto, MailTestRequestDto } from './mail.dto.js';
import { MailService } from './mail.service.js';
import { type PageKind, unsubscribePage } from './unsubscribe-page.js';

/** Documents an endpoint that returns a page, at the address in a mail. */
const OfUnsubscribeLink = (): MethodDecorator =>
  applyDecorators(
    ApiParam({ name: 'token', description: 'The last part of the link in the mail.', schema: { type: 'string' } }),
    ApiProduces('text/html'),
    ApiProblems(),
    ApiOkResponse({ description: 'A page.', schema: { type: 'string' } }),
  );

/** Mails about transfers: unsubscribing, and the operator's test. */
@ApiTags('mail')
@Controller('api')
export class MailController {
  constructor(private readonly mail: MailService) {}

  /**
   * Page that asks whether to end the mails about a transfer
   * @remarks The link in a mail leads here. It changes nothing, because programs that check mails follow links.
   */
  @Get('unsubscribe/:token')
  @OfUnsubscribeLink()
  showUnsubscribe(@Headers('accept-language') languages: string | undefined, @Res() reply: FastifyReply): void {
    sendPage(reply, languages, 'question');
  }

  /**
   * End the mails about a transfer
   * @remarks Needs only the link: mail programs send this request for one click (RFC 8058). The body is ignored. The
   *   response is the same however often it is sent, and also when the transfer is gone. 404: the page says that the link no
   *   longer works, because its key was removed from `CREDENTIALS_KEYS`.
   */
  @Post('unsubscribe/:token')
  @HttpCode(200)
  @FormBody()
  @OfUnsubscribeLink()
  @ApiNotFoundResponse({ description: 'A page: the link no longer works.', schema: { type: 'string' } })
  async unsubscribe(
    @Param('token') token: string,
    @Headers('accept-language') languages: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendPage(reply, languages, await this.mail.unsubscribe(token));
  }

  /**
   * Send a test mail
   * @remarks Waits for the mail server, at most a minute. `mail_failed` states what failed, also in its field `mail`.
   */
  @Post('mail/test')
  @HttpCode(200)
  @ApiOkResponse({ type: MailTestDto })
  @OperatorOnly()
  @Weighs(10)
  @ApiProblems('mail_failed', 'mail_off')
  test(@Body() { to, language }: MailTestRequestDto): Promise<MailTestDto> {
    return this.mail.sendTest(to, language);
  }
}

function sendPage(reply: FastifyReply, languages: string | undefined, kind: PageKind): void {
  const { html, policy } = unsubscribePage(languageOf(languages), kind);
  void reply
    .code(kind === 'unknown' ? 404 : 200)
    .type('text/html; charset=utf-8')
    .header('content-security-policy', policy)
    .send(html);
}

/** The first language of `Accept-Language` that there is. */
function languageOf(header = ''): Language {
  const wanted = header.split(',').map((entry) => entry.trim().slice(0, 2).toLowerCase());
  return wanted.flatMap((each) => LANGUAGES.filter((language) => language === each))[0] ?? 'en';
}
