import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

/** Accepts every mail. */
export const accept = (done: (error?: Error) => void): void => done();

/** A mail that the server got. */
export interface ReceivedMail extends Email {
  /** The address that it was sent to. */
  readonly recipient: string;
  readonly raw: string;
}

/** A real SMTP server on this machine, which keeps what it receives. */
export class MailServer {
  readonly received: ReceivedMail[] = [];
  /** What it does with a mail that it has kept; calls `done` to accept or refuse it. */
  answer: (done: (error?: Error) => void) => void = accept;
  private readonly sockets = new Set<Socket>();
  private readonly server: SMTPServer;

  private constructor(options: SMTPServerOptions) {
    this.server = new SMTPServer({
      disabledCommands: options.onAuth ? ['STARTTLS'] : ['STARTTLS', 'AUTH'],
      allowInsecureAuth: true,
      closeTimeout: 10,
      onData: (stream, { envelope }, callback) => {
        const parts: Buffer[] = [];
        stream.on('data', (part: Buffer) => parts.push(part));
        stream.on('end', () => {
          const bytes = Buffer.concat(parts);
          const recipient = envelope.rcptTo[0]!.address;
          void PostalMime.parse(bytes).then((mail) => {
            this.received.push({ ...mail, recipient, raw: bytes.toString('latin1') });
            this.answer((error) => callback(error ?? null));
          });
        });
      },
      ...options,
    });
    this.server.on('error', () => undefined); // clients that leave early
    this.server.server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
  }

  /** @param options such as `onRcptTo` and `onAuth`; without `onAuth` it needs no login */
  static async start(options: SMTPServerOptions = {}): Promise<MailServer> {
    const started = new MailServer(options);
    started.server.listen(0, '127.0.0.1');
    await once(started.server.server, 'listening');
    return started;
  }

  get port(): number {
    return (this.server.server.address() as AddressInfo).port;
  }

  /** Breaks off all connections, as if a process had died. */
  disconnect(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** Those to an address. */
  to(address: string): ReceivedMail[] {
    return this.received.filter(({ recipient }) => recipient === address);
  }

  close(): Promise<void> {
    return new Promise((done) => this.server.close(() => done()));
  }
}

/** The values of a header, unfolded. */
export const headersOf = (mail: Email, name: string): string[] =>
  mail.headers.filter(({ key }) => key === name.toLowerCase()).map(({ value }) => value);
