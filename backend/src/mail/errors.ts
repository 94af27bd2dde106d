import { CodedError } from '../engine/errors.js';

/** Why a mail was not sent. */
export const MAIL_FAILURES = [
  'name_not_found',
  'connection_failed',
  'tls_failed',
  'authentication_failed',
  'timeout',
  'refused',
  'invalid_response',
] as const;
export type MailFailure = (typeof MAIL_FAILURES)[number];

/** The mail server did not accept the mail. Contains nothing that the server said. */
export class MailFailedError extends CodedError<'mail_failed'> {
  /** What failed, with the server's reply code if it sent one, such as 550. */
  readonly mail: { readonly failure: MailFailure; readonly replyCode?: number };

  constructor(failure: MailFailure, replyCode: number | undefined) {
    const why = `${failure.replaceAll('_', ' ')}${replyCode === undefined ? '' : ` (${replyCode})`}`;
    super(
      'mail_failed',
      `The mail server did not accept the mail: ${why}. Check SMTP_URL, MAIL_FROM and the server’s log.`,
    );
    this.mail = { failure, ...(replyCode !== undefined && { replyCode }) };
  }
}
