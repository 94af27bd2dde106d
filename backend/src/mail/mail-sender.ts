import { createTransport } from 'nodemailer';
import type { Config } from '../config/config.js';
import type { MailFailure } from './errors.js';
import type { MailContent } from './mail-content.js';
import { domainOf } from '../engine/address.js';

type Smtp = NonNullable<Config['mail']['smtp']>;

/** Longest time for one mail, so that a server that never finishes occupies no place for long. */
const DEADLINE_MS = 60_000;
const CONNECT_MS = 10_000;
/** Longest silence of the server. */
const SILENCE_MS = 30_000;

const FAILURES: Readonly<Record<string, MailFailure>> = {
  EDNS: 'name_not_found',
  ECONNECTION: 'connection_failed',
  ESOCKET: 'connection_failed',
  ETLS: 'tls_failed',
  EAUTH: 'authentication_failed',
  ENOAUTH: 'authentication_failed',
  ETIMEDOUT: 'timeout',
  EABORT: 'timeout',
  EENVELOPE: 'refused',
  EMESSAGE: 'refused',
};

/** Codes of Node for a certificate that is not trusted, or a failed handshake. */
const TLS_CODES = /CERT|^ERR_(TLS|SSL)_|^EPROTO$|^(UNABLE_TO|SELF_SIGNED|DEPTH_ZERO)/;

/** The server did not take a mail. Contains nothing that the server said, which may include addresses. */
export class MailError extends Error {
  override readonly name = 'MailError';

  constructor(
    readonly failure: MailFailure,
    /** The server's reply code, such as 550. */
    readonly status: number | undefined,
    /** The server refuses this recipient or message, so that repeating it is useless. */
    readonly isFinal: boolean,
  ) {
    super(status === undefined ? failure : `${failure} (${status})`);
  }
}

/** A mail to one address. */
export interface Mail extends MailContent {
  readonly to: string;
  /** The same for each attempt, so that servers and readers recognise a repetition; without angle brackets. */
  readonly id: string;
  /** Where its recipient can unsubscribe, for `List-Unsubscribe`. */
  readonly unsubscribe?: string;
}

/** Sends mails over SMTP, one connection for each. */
export class MailSender {
  private readonly transport;
  private readonly from: Smtp['from'];

  /** @param deadlineMs for one mail */
  constructor(
    { host, port, secure, user, password, requireTls, ignoreTls, from }: Smtp,
    private readonly deadlineMs = DEADLINE_MS,
  ) {
    this.from = from;
    this.transport = createTransport({
      host,
      port,
      secure,
      requireTLS: requireTls,
      ignoreTLS: ignoreTls,
      ...(user !== undefined && { auth: { user, pass: password ?? '' } }),
      tls: { minVersion: 'TLSv1.2' },
      dnsTimeout: CONNECT_MS,
      connectionTimeout: CONNECT_MS,
      greetingTimeout: SILENCE_MS,
      socketTimeout: SILENCE_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  }

  /**
   * Resolves once the server has accepted the mail.
   * @param signal breaks it off
   * @returns its `Message-ID`, without angle brackets
   * @throws MailError
   */
  async send({ to, id, unsubscribe, subject, text, html }: Mail, signal?: AbortSignal): Promise<string> {
    const messageId = `${id}@${domainOf(this.from.address)}`;
    const signals = [AbortSignal.timeout(this.deadlineMs), ...(signal ? [signal] : [])];
    try {
      await this.transport.sendMail({
        from: this.from,
        to: { name: '', address: to },
        subject,
        text,
        html,
        messageId: `<${messageId}>`,
        headers: {
          // RFC 3834: no out-of-office replies.
          'Auto-Submitted': 'auto-generated',
          // RFC 8058: one click in the mail program, which sends a POST.
          ...(unsubscribe !== undefined && {
            'List-Unsubscribe': { prepared: true, value: `<${unsubscribe}>` },
            'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
          }),
        },
        signal: AbortSignal.any(signals),
      });
      return messageId;
    } catch (error) {
      throw mailErrorOf(error);
    }
  }
}

function mailErrorOf(error: unknown): MailError {
  const {
    code = '',
    originalCode = '',
    responseCode: status,
    command = '',
  } = Object(error) as {
    code?: string;
    /** Of Node, where nodemailer has put one of its own in place of it. */
    originalCode?: string;
    responseCode?: number;
    command?: string;
  };
  // RFC 5321 §4.2.1: 5yz is permanent, but a refused sender or login is the operator's to correct. `API`: no valid address.
  const isRefused = status !== undefined && status >= 500 && status !== 503 && /^(RCPT TO|DATA)$/.test(command);
  const isFinal = isRefused || (code === 'EENVELOPE' && command === 'API');
  const failure = TLS_CODES.test(originalCode) ? 'tls_failed' : FAILURES[code];
  return new MailError(failure ?? 'invalid_response', status, isFinal);
}
