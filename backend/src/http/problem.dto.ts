import { ApiProperty } from '@nestjs/swagger';
import { MAIL_FAILURES, type MailFailure } from '../mail/errors.js';
import { PROBLEMS, type ProblemCode } from './problems.js';

/** One wrong parameter. */
export class ParameterErrorDto {
  /**
   * Name in the query or path, or a dotted path into the body.
   * @example "page_size"
   */
  parameter!: string;

  /**
   * What is wrong, and what is allowed.
   * @example "must be a whole number, 1 to 1000"
   */
  detail!: string;
}

/** Why the mail server did not accept a mail. */
export class MailProblemDto {
  @ApiProperty({ enum: MAIL_FAILURES, enumName: 'MailFailure', example: 'authentication_failed' })
  failure!: MailFailure;

  /**
   * The server's reply code (RFC 5321), if it sent one.
   * @example 535
   */
  replyCode?: number;
}

/** An error (RFC 9457, `application/problem+json`). Branch on `code`. */
export class ProblemDto {
  /**
   * URL of the portal's page about this problem: its meaning and fix.
   * @example "/problems/session_expired"
   */
  type!: string;

  /** @example "The session has ended" */
  title!: string;

  /** @example 401 */
  status!: number;

  /** @example "The source session has ended or never existed. Connect again." */
  detail!: string;

  /**
   * Path of the request.
   * @example "/list-files"
   */
  instance!: string;

  @ApiProperty({ enum: Object.keys(PROBLEMS), enumName: 'ProblemCode', example: 'session_expired' })
  code!: ProblemCode;

  /** The account that it concerns, if known. */
  @ApiProperty({ enum: ['source', 'destination'], required: false })
  side?: 'source' | 'destination';

  /**
   * Id of the request, also in `X-Request-Id` and in the server's log.
   * @example "01941f29-7c00-7aaa-aaaa-aaaaaaaaaaaa"
   */
  traceId!: string;

  /** Each wrong parameter of an `invalid_request`, or wrong line of a `people_map_invalid`. */
  errors?: ParameterErrorDto[];

  /** Only in `mail_failed`. */
  mail?: MailProblemDto;

  /** Seconds to wait before a retry; also in `Retry-After`. */
  retryAfter?: number;
}
