import { getQueueToken } from '@nestjs/bullmq';
import type { Queue } from 'bullmq';
import { MAIL_QUEUE } from '../../src/mail/mail.queue.js';
import type { TransferDto } from '../../src/transfers/transfers.dto.js';
import { until } from '../../../tools/until.ts';
import { accept, headersOf, MailServer, type ReceivedMail } from '../support/mail-server.js';
import { connect, PUBLIC_URL, startStack, type Stack } from '../support/stack.js';
import { ALICE, BOB, TransfersApi } from '../support/transfers-api.js';

// Real: the product with its worker, Redis, and an SMTP server that keeps what it receives.

const KEY = 'operator-key-of-thirty-two-or-more-characters';
const PASSWORD = 'quiet-password';
const FORM = 'application/x-www-form-urlencoded';

let stack: Stack;
let api: TransfersApi;
let server: MailServer;
let queue: Queue;

beforeAll(async () => {
  server = await MailServer.start({ onAuth: (_auth, _session, done) => done(null, { user: 'mover' }) });
  stack = await startStack({
    CLOUDMOVER_ROLE: 'all',
    CLOUDMOVER_WAITAOF: 'off',
    OPERATOR_KEY: KEY,
    SMTP_URL: `smtp://mover:${PASSWORD}@127.0.0.1:${server.port}`,
    MAIL_FROM: 'CloudMover <mover@example.com>',
  });
  queue = stack.app.get(getQueueToken(MAIL_QUEUE), { strict: false });
});
afterAll(async () => {
  await stack.close();
  await server.close();
});
beforeEach(async () => {
  // Some tests withdraw access.
  api = await TransfersApi.connect(stack);
  await api.behave({});
  server.received.length = 0;
  server.answer = accept;
});

const asDestination = () => ({ 'X-Destination-Token': api.tokens['X-Destination-Token']! });
const asOperator = { 'X-Operator-Key': KEY };

const mailTo = (address: string, count = 1): Promise<ReceivedMail[]> =>
  until(`${address} has ${count} mails`, () => server.to(address).length >= count && server.to(address));

async function aTransfer(notify: object, parts: object = {}): Promise<TransferDto> {
  const { folderId } = await api.aTree({ folders: 1, files: 3, bytes: 300, seed: Math.floor(Math.random() * 1e6) });
  return api.start({ items: [folderId], target: { folderId: 'root' }, notify, ...parts });
}

async function aSlowTransfer(notify: object): Promise<TransferDto> {
  await api.behave({ latencyMs: { 'files.copy': 1_500 } });
  const { id } = await api.start({ items: [(await api.aTree({ files: 60 })).folderId], notify });
  return api.until(id, ({ state, counts }) => state === 'running' && counts.verified > 2);
}

/** The path of the link that unsubscribes. */
const unsubscribePathOf = (mail: ReceivedMail): string =>
  headersOf(mail, 'List-Unsubscribe')[0]!.slice(1, -1).replace(PUBLIC_URL, '');

/** Sends at once what waits for its next attempt. */
async function sendWaiting(): Promise<void> {
  const [job] = await until('a mail waits for its next attempt', async () => {
    const found = await queue.getDelayed();
    return found.length > 0 && found;
  });
  await job!.promote();
}

it('reports the end of a transfer, in the language and to the account that was selected', async () => {
  const { id, notify } = await aTransfer({ mail: ['destination'], language: 'de' });
  expect(notify).toEqual({ mail: ['destination'], language: 'de' });
  const { selection, counts } = await api.ended(id);
  const [mail] = await mailTo(BOB);
  expect(mail!.subject).toBe(`Fertig: ${selection.names[0]}`);
  expect(mail!.from).toEqual({ name: 'CloudMover', address: 'mover@example.com' });
  for (const part of [mail!.text!, mail!.html!]) {
    expect(part).toContain('Die Übertragung ist fertig');
    expect(part).toContain(`${counts.verified} Elemente sind angekommen`);
    expect(part).toContain(`${PUBLIC_URL}/transfers/${id}`);
    for (const { name } of (await api.entries(BOB)).filter((each) => !each.mimeType.endsWith('.folder')))
      expect(part).not.toContain(name);
  }
  expect(server.to(ALICE)).toEqual([]);
});

it('sends to an account that was added while it runs, with its own token only', async () => {
  const { id } = await aSlowTransfer({ mail: ['source'] });
  const change = (notify: object) => stack.api.patch(`/api/transfers/${id}`).set(asDestination()).send({ notify });
  expect((await change({ mail: ['source', 'destination'] }).expect(200)).body).toMatchObject({
    notify: { mail: ['source', 'destination'], language: 'en' },
  });
  expect((await change({ mail: [] }).expect(200)).body).not.toHaveProperty('notify');
  expect((await change({ mail: ['source'] }).expect(401)).body).toMatchObject({
    code: 'token_missing',
    side: 'source',
  });
  await change({ mail: ['destination'] }).expect(200);
  await change({ mail: ['eve@example.com'] }).expect(400);
  await change({ mail: ['destination'], language: 'fr' }).expect(400);
  await stack.api.patch(`/api/transfers/${id}`).set(asDestination()).send({}).expect(400);
  await api.behave({});
  await api.ended(id);
  const [mail] = await mailTo(BOB);
  expect(mail!.subject).toMatch(/^Finished: /);
  expect(server.received).toHaveLength(1);
});

it('starts a preflight with mails', async () => {
  const { folderId } = await api.aTree({ files: 2 });
  const { body } = await stack.api
    .post('/api/preflights')
    .set(api.tokens)
    .send({ items: [folderId] })
    .expect(202);
  const { id } = body as { id: string };
  await until('it is ready', async () => {
    const found = await stack.api.get(`/api/preflights/${id}`).set(api.tokens).expect(200);
    return (found.body as { state: string }).state === 'ready';
  });
  await api.start({ preflightId: id, notify: { mail: ['source'] } });
  await api.ended(id);
  expect((await mailTo(ALICE))[0]!.text).toContain(id);
});

it('asks the user to connect again', async () => {
  const { id } = await aSlowTransfer({ mail: ['destination'] });
  await stack.api.post('/session/revoke').set({ 'X-Source-Token': api.tokens['X-Source-Token']! }).expect(200);
  const [mail] = await mailTo(BOB);
  expect(mail!.subject).toMatch(/^Waiting for you: /);
  expect(mail!.text).toContain(`no longer has access to ${ALICE}`);
  await stack.api.post(`/api/transfers/${id}/cancel`).set(asDestination()).expect(202);
  expect(server.to(BOB)).toHaveLength(1);
});

it('asks the user to connect again when a scheduled run finds that Google has ended the access', async () => {
  const { id } = await aTransfer({ mail: ['destination'] });
  await api.ended(id);
  await mailTo(BOB);
  const schedule = { cron: '0 2 * * *', timezone: 'Europe/Berlin' };
  await stack.api.put(`/api/transfers/${id}/schedule`).set(api.tokens).send(schedule).expect(200);
  await stack.control('POST', 'grants/revoke', { account: ALICE });
  await api.makeDue(id, Date.now());
  await stack.maintain();
  const [, mail] = await mailTo(BOB, 2);
  expect(mail!.subject).toMatch(/^Waiting for you: /);
  expect(mail!.text).toContain(`no longer has access to ${ALICE}`);
  expect(mail!.text).toContain(`${PUBLIC_URL}/transfers/${id}`);
  const parked = {
    id,
    state: 'needs_reconnect',
    parked: { side: 'source', account: ALICE },
    // The next run is due all the same, and is not stacked.
    schedule: { ...schedule, state: 'active', nextRunAt: expect.any(String) as string },
  };
  expect(await api.get(id)).toMatchObject(parked);
  const { body } = await stack.api.get('/api/transfers').set(asDestination()).expect(200);
  expect((body as { transfers: TransferDto[] }).transfers.find((each) => each.id === id)).toMatchObject(parked);

  // The run continues with the account's consent, and its end is reported.
  api.tokens['X-Source-Token'] = await connect(stack, 'source', ALICE);
  await api.command(id, 'resume');
  const [, , done] = await mailTo(BOB, 3);
  expect(done!.subject).toMatch(/^In sync: /);
  expect((await api.get(id)).schedule?.lastRun).toMatchObject({ state: 'completed' });
  expect(server.received).toHaveLength(3);
});

it('reports a scheduled run that found changes, and not one that found none', async () => {
  const { id, selection } = await api.ended((await aTransfer({ mail: ['destination'] })).id);
  await mailTo(BOB);
  const schedule = { every: 'PT15M', timezone: 'UTC' };
  await stack.api.put(`/api/transfers/${id}/schedule`).set(api.tokens).send(schedule).expect(200);
  const run = async () => {
    const before = (await api.get(id)).schedule?.lastRun?.at;
    await api.makeDue(id, Date.now());
    await stack.maintain();
    await api.until(id, ({ schedule: now, state }) => now?.lastRun?.at !== before && state === 'completed');
  };
  await run();
  const folder = (await api.items(id)).find(({ kind }) => kind === 'folder')!;
  await api.aFile(ALICE, 'new.txt', 'new', folder.sourceId);
  await run();
  const [, mail] = await mailTo(BOB, 2);
  expect(mail!.subject).toBe(`In sync, 1 change: ${selection.names[0]}`);
  expect(mail!.text).toContain('1 change since the run before.');
  expect(server.received).toHaveLength(2);
});

it('ends with the link of a mail: GET asks, POST does it, and says so of an unknown link', async () => {
  const { id } = await aTransfer({ mail: ['source', 'destination'] });
  const [mail] = await mailTo(BOB);
  await api.ended(id);
  const path = unsubscribePathOf(mail!);
  expect(mail!.text).toContain(PUBLIC_URL + path);
  expect(path).not.toContain(id);
  const page = await stack.api.get(path).set('Accept-Language', 'fr, de;q=0.8').expect(200);
  expect(page.headers['content-type']).toContain('text/html');
  expect(page.text).toContain('<button>Diese E-Mails abbestellen</button>');
  expect((await api.get(id)).notify).toEqual({ mail: ['source', 'destination'], language: 'en' });

  const unsubscribe = (to: string) => stack.api.post(to).type(FORM).send('List-Unsubscribe=One-Click');
  const done = await unsubscribe(path).expect(200);
  expect((await api.get(id)).notify).toEqual({ mail: ['source'], language: 'en' });
  const bare = (text: string) => text.replace(/nonce="[^"]*"/, '');
  expect(bare((await unsubscribe(path).expect(200)).text)).toBe(bare(done.text));
  const unknown = await unsubscribe('/api/unsubscribe/unknown').expect(404);
  expect(unknown.headers['content-type']).toContain('text/html');
  expect(unknown.text).toContain('This link no longer works, and you will keep getting these e-mails.');
  const multipart = 'multipart/form-data; boundary=x';
  await stack.api.post(path).set('Content-Type', multipart).send('--x--\r\n').expect(200);

  // A new run reports its end to the other account alone.
  server.received.length = 0;
  await api.command(id, 'rerun');
  await mailTo(ALICE);
  expect(server.to(BOB)).toEqual([]);
  // No other endpoint takes a form.
  await stack.api.post('/api/transfers').set(api.tokens).type(FORM).send('items=x').expect(400);
});

it('tries again when the server refuses or the connection breaks, with the same Message-ID', async () => {
  let attempts = 0;
  server.answer = (done) => {
    if (++attempts > 1) server.disconnect(); // it may have accepted the mail, which nobody knows
    else done(Object.assign(new Error(`451 later, ${BOB}`), { responseCode: 451 }));
  };
  const { id } = await aTransfer({ mail: ['destination'] });
  expect((await api.ended(id)).state).toBe('completed');
  await mailTo(BOB, 1);
  await sendWaiting();
  await mailTo(BOB, 2);
  server.answer = accept;
  await sendWaiting();
  const mails = await mailTo(BOB, 3);
  expect(new Set(mails.map(({ messageId }) => messageId)).size).toBe(1);
  const metrics = await until('the mail is counted', async () => {
    const { text } = await stack.api.get('/metrics').expect(200);
    return text.includes('cloudmover_mails_total{outcome="sent"}') && text;
  });
  expect(metrics).toMatch(/cloudmover_mails_total\{outcome="failed"\} 2/);
  await until('nothing waits', async () => (await queue.getDelayed()).length === 0);
});

it('does not disturb transfers while the server hangs', async () => {
  const hanging: (() => void)[] = [];
  server.answer = (done) => void hanging.push(done);
  for (let count = 0; count < 5; count++) await api.ended((await aTransfer({ mail: ['destination'] })).id);
  await until('mails hang', () => hanging.length > 0);
  expect((await api.ended((await aTransfer({ mail: ['source'] })).id)).state).toBe('completed');
  server.answer = accept;
  for (const release of hanging) release();
  await mailTo(ALICE);
});

it('keeps addresses and the password out of the queue', async () => {
  await api.ended((await aTransfer({ mail: ['destination'] })).id);
  await mailTo(BOB);
  const jobs = await queue.getJobs(['active', 'waiting', 'delayed', 'completed', 'failed']);
  expect(jobs.length).toBeGreaterThan(0);
  for (const job of jobs) {
    const stored = JSON.stringify(job);
    expect(stored).not.toContain('@');
    expect(stored).not.toContain(PASSWORD);
  }
});

describe('the operator’s test', () => {
  const test = (body: object) => stack.api.post('/api/mail/test').set(asOperator).send(body);

  it('sends a mail to the given address', async () => {
    const { body } = await test({ to: 'admin@example.org', language: 'de' }).expect(200);
    const [mail] = server.to('admin@example.org');
    expect(mail).toMatchObject({
      subject: 'Test von CloudMover',
      messageId: `<${(body as { messageId: string }).messageId}>`,
    });
    await stack.api.post('/api/mail/test').set(api.tokens).send({ to: BOB }).expect(403);
  });

  it('reports what failed, without what the server said', async () => {
    server.answer = (done) => done(Object.assign(new Error(`554 no ${PASSWORD}`), { responseCode: 554 }));
    const { body } = await test({ to: 'admin@example.org' }).expect(502);
    expect(body).toMatchObject({ code: 'mail_failed', mail: { failure: 'refused', replyCode: 554 } });
    expect(body).toMatchObject({ detail: expect.stringContaining('refused (554)') as string });
    expect(JSON.stringify(body)).not.toContain(PASSWORD);
  });

  it.each([['admin'], ['a@b, c@d'], ['a@b\r\nBcc: c@d'], ['<a@b>'], ['']])('refuses the address %j', async (to) => {
    await test({ to }).expect(400);
  });
});

describe('without SMTP_URL', () => {
  let off: Stack;
  beforeAll(async () => (off = await startStack({ OPERATOR_KEY: KEY })));
  afterAll(() => off.close());

  it('refuses mails, and states in the API that it sends none', async () => {
    const { tokens } = await TransfersApi.connect(off);
    expect((await off.api.get('/api/about').expect(200)).body).toMatchObject({ mailAvailable: false });
    const create = (notify: object) =>
      off.api
        .post('/api/transfers')
        .set(tokens)
        .send({ items: ['x'], notify });
    expect((await create({ mail: ['source'] }).expect(409)).body).toMatchObject({ code: 'mail_off' });
    await create({ mail: [] }).expect(202);
    await off.api.post('/api/mail/test').set(asOperator).send({ to: BOB }).expect(409);
  });
});
