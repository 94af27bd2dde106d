import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { SMTPServerOptions } from 'smtp-server';
import { headersOf, MailServer } from '../../test/support/mail-server.js';
import { newCertificates } from '../../test/support/redis-servers.js';
import { MailError, MailSender } from './mail-sender.js';

const FROM = { name: 'Mover, “Cloud”', address: 'mover@example.com' };
const smtpAt = (port: number) => ({
  ...{ host: '127.0.0.1', port, secure: false, requireTls: false, ignoreTls: true, from: FROM },
});
const MAIL = {
  to: 'ana@example.org',
  id: 'abc123',
  unsubscribe: `https://mover.example.com/api/unsubscribe/${'x'.repeat(90)}`,
  subject: 'Fertig: Büro 🌵',
  text: 'Überprüft: 3\n',
  html: '<p>Überprüft: 3</p>',
};

const closing: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of closing.splice(0)) await each.close();
});

async function aServer(...options: Parameters<typeof MailServer.start>): Promise<MailServer> {
  const server = await MailServer.start(...options);
  closing.push(server);
  return server;
}

const failureOf = (sending: Promise<unknown>): Promise<MailError> =>
  sending.then(
    () => Promise.reject(new Error('The mail was sent.')),
    (error: unknown) => {
      expect(error).toBeInstanceOf(MailError);
      return error as MailError;
    },
  );

it('sends text and HTML with the headers that mail programs expect', async () => {
  const server = await aServer();
  expect(await new MailSender(smtpAt(server.port)).send(MAIL)).toBe('abc123@example.com');
  const [mail] = server.to('ana@example.org');
  expect(mail).toMatchObject({ subject: MAIL.subject, from: FROM, messageId: '<abc123@example.com>' });
  expect([mail!.text?.trim(), mail!.html?.trim()]).toEqual([MAIL.text.trim(), MAIL.html]);
  expect(mail!.to).toMatchObject([{ address: 'ana@example.org' }]);
  expect(headersOf(mail!, 'List-Unsubscribe')).toEqual([`<${MAIL.unsubscribe}>`]);
  expect(headersOf(mail!, 'List-Unsubscribe-Post')).toEqual(['List-Unsubscribe=One-Click']);
  expect(headersOf(mail!, 'Auto-Submitted')).toEqual(['auto-generated']);
  expect(mail!.raw).toMatch(/^Subject: =\?UTF-8\?/im);
});

it.each([
  ['Work\r\nBcc: eve@example.org'],
  ['Work\nX-Evil: 1'],
  ['Work\u2028X-Evil: 1'],
  ['Work\0\r\n\r\n<b>body</b>'],
])('adds no header and no recipient from the subject %j', async (subject) => {
  const server = await aServer();
  await new MailSender(smtpAt(server.port)).send({ ...MAIL, subject });
  expect(server.received).toHaveLength(1);
  const [mail] = server.received;
  expect([headersOf(mail!, 'Bcc'), headersOf(mail!, 'X-Evil')]).toEqual([[], []]);
  expect(mail!.text?.trim()).toBe(MAIL.text.trim());
});

it('does not say which program wrote it', async () => {
  const server = await aServer();
  await new MailSender(smtpAt(server.port)).send(MAIL);
  expect(server.received[0]!.raw).not.toMatch(/x-mailer|user-agent/i);
});

describe('a login', () => {
  const login = { user: 'us@er', password: 'p:ss' };
  const onAuth = (
    { username, password }: { username?: string | null | undefined; password?: string | null | undefined },
    _: unknown,
    done: (error: Error | null, response?: { user: string }) => void,
  ) =>
    username === login.user && password === login.password
      ? done(null, { user: 'user' })
      : done(new Error(`535 Wrong password ${password}`));

  it('is sent', async () => {
    const server = await aServer({ onAuth });
    await new MailSender({ ...smtpAt(server.port), ...login }).send(MAIL);
    expect(server.received).toHaveLength(1);
  });

  it('that is refused can be corrected, and is not in the error', async () => {
    const server = await aServer({ onAuth });
    const failure = await failureOf(
      new MailSender({ ...smtpAt(server.port), ...login, password: 'secret' }).send(MAIL),
    );
    expect(failure).toMatchObject({ failure: 'authentication_failed', isFinal: false });
    expect(JSON.stringify([failure.message, failure.stack, failure.cause])).not.toContain('secret');
  });

  it('is not sent without TLS where that is required', async () => {
    const server = await aServer({ onAuth });
    const smtp = { ...smtpAt(server.port), ...login, requireTls: true, ignoreTls: false };
    expect(await failureOf(new MailSender(smtp).send(MAIL))).toMatchObject({ isFinal: false });
    expect(server.received).toEqual([]);
  });
});

const refusal = (status: number) => Object.assign(new Error('ana@example.org is unknown'), { responseCode: status });

it.each([
  [
    'a recipient, permanently',
    { onRcptTo: (_: unknown, __: unknown, done: (e: Error) => void) => done(refusal(550)) },
    true,
  ],
  [
    'a recipient for now',
    { onRcptTo: (_: unknown, __: unknown, done: (e: Error) => void) => done(refusal(451)) },
    false,
  ],
  ['the sender', { onMailFrom: (_: unknown, __: unknown, done: (e: Error) => void) => done(refusal(553)) }, false],
])('reports a server that refuses %s, without the address', async (_what, options, isFinal) => {
  const server = await aServer(options);
  const failure = await failureOf(new MailSender(smtpAt(server.port)).send(MAIL));
  expect(failure).toMatchObject({ failure: 'refused', isFinal });
  expect(failure.message + failure.stack).not.toContain('ana@');
});

describe('a server that is not one', () => {
  async function aPort(onConnection: (socket: import('node:net').Socket) => void): Promise<number> {
    const server: Server = createServer((socket) => {
      socket.on('error', () => undefined);
      onConnection(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(server);
    return (server.address() as AddressInfo).port;
  }

  it('hangs: the deadline ends it', async () => {
    const port = await aPort(() => undefined);
    expect(await failureOf(new MailSender(smtpAt(port), 100).send(MAIL))).toMatchObject({ failure: 'timeout' });
  });

  it('sends without end: the deadline ends it', async () => {
    const port = await aPort((socket) => {
      const drip = setInterval(() => socket.write('220-wait\r\n'), 5);
      socket.on('close', () => clearInterval(drip));
    });
    expect(await failureOf(new MailSender(smtpAt(port), 100).send(MAIL))).toMatchObject({ isFinal: false });
  });

  it('refuses connections', async () => {
    const port = await aPort(() => undefined);
    await closing.pop()!.close();
    const failure = await failureOf(new MailSender(smtpAt(port)).send(MAIL));
    expect(failure).toMatchObject({ failure: 'connection_failed', isFinal: false });
  });

  it('is left when the process stops', async () => {
    const stop = new AbortController();
    const port = await aPort(() => stop.abort());
    await failureOf(new MailSender(smtpAt(port)).send(MAIL, stop.signal));
  });
});

describe('TLS', () => {
  const trusted = getCACertificates('default');
  let tls: { key: Buffer; cert: Buffer };
  const onAuth: SMTPServerOptions['onAuth'] = (_auth, session, done) =>
    done(session.secure ? null : new Error('In the clear.'), { user: 'mover' });

  beforeAll(() => {
    const { ca, cert, key } = newCertificates('IP:127.0.0.1');
    tls = { key: readFileSync(key), cert: readFileSync(cert) };
    setDefaultCACertificates([...trusted, readFileSync(ca, 'utf8')]);
  });
  afterAll(() => setDefaultCACertificates(trusted));

  const ways = [
    ['from the beginning (smtps)', { secure: true }],
    ['after STARTTLS', { secure: false, requireTls: true }],
  ] as const;
  const sending = async (way: { secure: boolean; requireTls?: boolean }, host = '127.0.0.1') => {
    const server = await aServer({ ...tls, secure: way.secure, disabledCommands: [], onAuth });
    const login = { user: 'mover', password: 'secret' };
    const sender = new MailSender({ ...smtpAt(server.port), ignoreTls: false, ...login, ...way, host });
    return { server, sent: sender.send(MAIL) };
  };

  it.each(ways)('carries the login and the mail, %s', async (_, way) => {
    const { server, sent } = await sending(way);
    await sent;
    expect(server.received).toHaveLength(1);
  });

  it.each(ways)(
    'with a certificate for another name ends the attempt, which the operator can correct: %s',
    async (_, way) => {
      const { server, sent } = await sending(way, 'localhost');
      expect(await failureOf(sent)).toMatchObject({ failure: 'tls_failed', isFinal: false });
      expect(server.received).toEqual([]);
    },
  );

  it.each(ways)('with a certificate that nobody vouches for ends the attempt: %s', async (_, way) => {
    const ours = getCACertificates('default');
    setDefaultCACertificates(trusted);
    try {
      const { server, sent } = await sending(way);
      expect(await failureOf(sent)).toMatchObject({ failure: 'tls_failed', isFinal: false });
      expect(server.received).toEqual([]);
    } finally {
      setDefaultCACertificates(ours);
    }
  });
});
