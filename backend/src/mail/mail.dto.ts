import { ApiSchema } from '@nestjs/swagger';
import { IsIn, Matches, MaxLength } from 'class-validator';
import { type Language, LANGUAGES } from '../engine/model/notify.js';
import { MayBeLeftOut } from '../http/validation.js';

/** A test mail that the operator requests. */
export class MailTestRequestDto {
  /**
   * Where it goes.
   * @example admin@example.com
   */
  @MaxLength(254, { message: 'must be an e-mail address' })
  @Matches(/^[^\s@<>(),:;"[\]\\\p{Cc}]+@[^\s@<>(),:;"[\]\\\p{Cc}]+$/u, { message: 'must be an e-mail address' })
  to!: string;

  @MayBeLeftOut()
  @IsIn(LANGUAGES)
  language: Language = 'en';
}

/** A test mail that the server accepted. */
@ApiSchema({ name: 'MailTest' })
export class MailTestDto {
  /** `Message-ID` of the mail, without angle brackets. */
  messageId!: string;
}
