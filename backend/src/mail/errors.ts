import { coded } from '../engine/errors.js';

/** The mail server did not accept the mail. `why`: what failed; nothing that the server said. */
export class MailFailedError extends coded(
  'mail_failed',
  (why: string) => `The mail server did not accept the mail: ${why}. Check SMTP_URL, MAIL_FROM and the server’s log.`,
) {}
