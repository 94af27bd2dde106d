import { jest } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { Webhook as Verifier } from 'standardwebhooks';
import type {
  DeliveryDetailDto,
  DeliveryDto,
  DeliveryListDto,
  WebhookDto,
  WebhookSecretDto,
} from '../../src/webhooks/webhooks.dto.js';
import { WebhookSender } from '../../src/webhooks/webhook-sender.js';
import { WebhookStore } from '../../src/webhooks/webhooks.port.js';
import { TransferAnnouncer } from '../../src/transfers/transfer-announcer.js';
import { TransferStore } from '../../src/transfers/transfer-store.port.js';
import { freePort } from '../../../tools/processes.ts';
import { until } from '../../../tools/until.ts';
import { connectAdmin } from '../support/redis.js';
import { startStack, type Stack } from '../support/stack.js';
import { TransfersApi } from '../support/transfers-api.js';

// Real: the product with its worker, Redis, HTTP. Messages are verified by the library of the specification.

const KEY = 'operator-key-of-thirty-two-or-more-characters';
const OPERATOR = { 'X-Operator-Key': KEY };

interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}
interface Message {
  readonly type: string;
  readonly timestamp: string;
  readonly data: { readonly id: string; readonly state: string; readonly revision: number };
}

let stack: Stack;
let api: TransfersApi;
let receiver: Server;
let origin: string;
let received: Received[];
/** What a path returns; other paths return 204. */
const answers = new Map<string, (response: ServerResponse) => void>();

beforeAll(async () => {
  stack = await startStack({
    CLOUDMOVER_ROLE: 'all',
    CLOUDMOVER_WAITAOF: 'off',
    OPERATOR_KEY: KEY,
    WEBHOOKS_ALLOWED_NETWORKS: '127.0.0.1',
  });
  api = await TransfersApi.connect(stack);
  receiver = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const path = request.url ?? '';
      received.push({ path, headers: request.headers, body: Buffer.concat(parts).toString('utf8') });
      const answer = answers.get(path);
      if (answer) answer(response);
      else response.writeHead(204).end();
    });
  });
  await new Promise<void>((done) => void receiver.listen(0, '127.0.0.1', done));
  origin = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
});
afterAll(async () => {
  receiver.closeAllConnections();
  receiver.close();
  await stack.close();
});
beforeEach(() => (received = []));

const call = (method: 'get' | 'post' | 'patch' | 'delete', path: string) => stack.api[method](path).set(OPERATOR);

async function aWebhook(path: string, events = ['transfer.completed']): Promise<WebhookDto & { secret: string }> {
  const wanted = { url: `${origin}${path}`, events };
  return (await call('post', '/api/webhooks').send(wanted).expect(201)).body as WebhookDto & { secret: string };
}

/** The messages of a path, verified. */
const messagesAt = (path: string, secret: string): Message[] =>
  received
    .filter((each) => each.path === path)
    .map(({ body, headers }) => new Verifier(secret).verify(body, headers as Record<string, string>) as Message);

const delivery = async (webhookId: string, id: string) =>
  (await call('get', `/api/webhooks/${webhookId}/deliveries/${id}`).expect(200)).body as DeliveryDetailDto;

const listed = async (webhookId: string) =>
  ((await call('get', `/api/webhooks/${webhookId}/deliveries`).expect(200)).body as { deliveries: DeliveryDto[] })
    .deliveries;

const settled = (webhookId: string, id: string) =>
  until('the delivery is settled', async () => {
    const found = await delivery(webhookId, id);
    return found.state !== 'waiting' && found;
  });

async function aSmallTransfer(): Promise<string> {
  const { folderId } = await api.aTree({ folders: 1, files: 2, bytes: 100, seed: Math.floor(Math.random() * 1e6) });
  return (await api.run({ items: [folderId], target: { folderId: 'root' } })).id;
}

it('sends the end of a transfer, signed, with the JSON of the API', async () => {
  const webhook = await aWebhook('/all', ['transfer.running', 'transfer.completed']);
  const id = await aSmallTransfer();
  const messages = await until('both messages have arrived', () => {
    const found = messagesAt('/all', webhook.secret);
    return found.length >= 2 && found;
  });
  expect(messages.map(({ type }) => type)).toEqual(['transfer.running', 'transfer.completed']);
  const { data } = messages[1]!;
  const { body } = await stack.api.get('/api/transfers').set(api.tokens).expect(200);
  expect(data).toEqual((body as { transfers: { id: string }[] }).transfers.find((each) => each.id === id));
  const [first] = await listed(webhook.id);
  expect(first).toMatchObject({ type: 'transfer.completed', attempts: [{ status: 204 }] });
});

it('keeps an ended transfer open until its end was reported', async () => {
  const webhook = await aWebhook('/late');
  const announcer = stack.app.get(TransferAnnouncer, { strict: false });
  const failing = jest.spyOn(announcer, 'announce').mockRejectedValue(new Error('The process was killed.'));
  const id = await aSmallTransfer();
  const transfers = stack.app.get(TransferStore, { strict: false });
  const ends = () => failing.mock.calls.filter(([ledger]) => ledger.order.id === id).length;
  const before = ends();
  // The step and the maintenance job have tried since.
  await until('others have tried', () => ends() >= before + 2);
  expect(await transfers.open()).toContain(id);
  failing.mockRestore();
  await until('the message has arrived', () => messagesAt('/late', webhook.secret).length > 0);
  await until('the transfer is closed', async () => !(await transfers.open()).includes(id));
  expect(messagesAt('/late', webhook.secret)).toMatchObject([{ type: 'transfer.completed', data: { id } }]);
});

it('is for the operator alone, shows the secret once, and records what was done', async () => {
  await stack.api.post('/api/webhooks').set(api.tokens).send({}).expect(403);
  await stack.api.get('/api/webhooks').expect(403);
  const wanted = { url: `${origin}/once`, events: ['transfer.failed'], description: 'For the pager' };
  const create = () => call('post', '/api/webhooks').set('Idempotency-Key', 'the same').send(wanted).expect(201);
  const { secret, ...webhook } = (await create()).body as WebhookDto & { secret: string };
  expect((await create()).body).toEqual({ ...webhook, secret });
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  const path = `/api/webhooks/${webhook.id}`;
  expect((await call('get', path).expect(200)).body).toEqual(webhook);
  expect((await call('get', '/api/webhooks').expect(200)).text).not.toContain(secret);

  const changed = await call('patch', path)
    .send({ events: ['transfer.parked'], enabled: false })
    .expect(200);
  expect(changed.body).toMatchObject({
    events: ['transfer.parked'],
    description: 'For the pager',
    enabled: false,
    disabledReason: 'operator',
  });
  expect((await call('patch', path).send({ enabled: true }).expect(200)).body).toMatchObject({ enabled: true });
  const { body: rotated } = await call('post', `${path}/rotate-secret`).expect(200);
  expect((rotated as { secret: string }).secret).not.toBe(secret);
  await call('delete', path).expect(204);
  await call('delete', path).expect(404);
  await call('get', path).expect(404);

  const audit = await call('get', '/session/audit').expect(200);
  const entries = audit.text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { action: string; object?: string });
  expect(entries.filter(({ object }) => object === `webhook:${webhook.id}`).map(({ action }) => action)).toEqual([
    'webhook.created',
    'webhook.changed',
    'webhook.changed',
    'webhook.changed',
    'webhook.secret_rotated',
    'webhook.deleted',
  ]);
  expect(audit.text).not.toContain(secret);
});

it.each([
  ['http://10.0.0.1/', 422, 'address_refused'],
  ['http://[::1]/', 422, 'address_refused'],
  ['http://2852039166/latest/meta-data', 422, 'address_refused'],
  ['ftp://example.com/', 400, 'invalid_request'],
  ['https://user:password@example.com/', 400, 'invalid_request'],
  ['https://', 400, 'invalid_request'],
  ['example.com', 400, 'invalid_request'],
])('refuses the address %s', async (url, status, code) => {
  const answer = await call('post', '/api/webhooks')
    .send({ url, events: ['transfer.failed'] })
    .expect(status);
  expect(answer.body).toMatchObject({ code });
});

it('signs with the secret before a rotation too, until the overlap has ended', async () => {
  const { id, secret: old } = await aWebhook('/rotated');
  const rotated = (await call('post', `/api/webhooks/${id}/rotate-secret`).expect(200)).body as WebhookSecretDto;
  expect(rotated.secret).not.toBe(old);
  const day = Date.parse(rotated.previousSecretUntil) - Date.now();
  expect(Math.abs(day - 86_400_000)).toBeLessThan(60_000);
  const next = async () => {
    received = [];
    const { body } = await call('post', `/api/webhooks/${id}/test`).expect(202);
    await settled(id, (body as DeliveryDto).id);
    expect(received).toHaveLength(1);
    return received[0]!;
  };
  const verifiedBy = ({ headers, body }: Received) =>
    [old, rotated.secret].filter((secret) => {
      try {
        return new Verifier(secret).verify(body, headers as Record<string, string>);
      } catch {
        return false;
      }
    });
  const message = await next();
  expect(verifiedBy(message)).toEqual([old, rotated.secret]);
  expect(String(message.headers['webhook-signature']).split(' ')).toHaveLength(2);
  // As if the day were over.
  const ended = { until: Date.now() - 1 };
  await stack.app.get(WebhookStore, { strict: false }).change(id, ({ secrets: [current, before], ...more }) => ({
    ...more,
    secrets: [current!, { ...before!, ...ended }],
  }));
  expect(verifiedBy(await next())).toEqual([rotated.secret]);
});

it('sends a test event, shows what the receiver returned, and sends it again', async () => {
  const webhook = await aWebhook('/broken');
  answers.set('/broken', (response) => response.writeHead(500).end('Out of order.'));
  const { body: test } = await call('post', `/api/webhooks/${webhook.id}/test`).expect(202);
  const { id } = test as DeliveryDto;
  const failed = await settled(webhook.id, id);
  expect(failed).toMatchObject({ type: 'webhook.test', state: 'failed', reply: 'Out of order.' });
  expect(JSON.parse(failed.body)).toMatchObject({ type: 'webhook.test', data: { webhookId: webhook.id } });
  answers.delete('/broken');
  await call('post', `/api/webhooks/${webhook.id}/deliveries/${id}/send`).expect(202);
  const again = await until('it was delivered', async () => {
    const found = await delivery(webhook.id, id);
    return found.state === 'delivered' && found;
  });
  expect(again.attempts.map(({ status }) => status)).toEqual([500, 204]);
  expect(messagesAt('/broken', webhook.secret)).toHaveLength(2);
  await call('post', `/api/webhooks/${webhook.id}/deliveries/msg_none/send`).expect(404);
});

it('lists deliveries by outcome and event', async () => {
  const webhook = await aWebhook('/filtered');
  answers.set('/filtered', (response) => response.writeHead(500).end());
  const path = `/api/webhooks/${webhook.id}`;
  const test = async () => ((await call('post', `${path}/test`).expect(202)).body as DeliveryDto).id;
  const failed = await test();
  await settled(webhook.id, failed);
  answers.delete('/filtered');
  const delivered = await test();
  await settled(webhook.id, delivered);
  const list = async (query: object) =>
    (await call('get', `${path}/deliveries`).query(query).expect(200)).body as DeliveryListDto;
  const ids = async (query: object) => (await list(query)).deliveries.map(({ id }) => id);
  expect(await ids({ state: 'failed' })).toEqual([failed]);
  expect(await ids({ state: 'delivered', type: 'webhook.test' })).toEqual([delivered]);
  expect(await ids({ type: 'transfer.completed' })).toEqual([]);
  const first = await list({ type: 'webhook.test', limit: 1 });
  expect(first.deliveries.map(({ id }) => id)).toEqual([delivered]);
  expect(await ids({ type: 'webhook.test', limit: 1, cursor: first.nextCursor })).toEqual([failed]);
  for (const [parameter, value] of [
    ['state', 'lost'],
    ['type', 'transfer.ended'],
  ]) {
    const { body } = await call('get', `${path}/deliveries`)
      .query({ [parameter!]: value })
      .expect(400);
    expect(body).toMatchObject({ code: 'invalid_request', errors: [{ parameter }] });
  }
});

it('retries in order, and sends what waits at once when asked', async () => {
  const webhook = await aWebhook('/flaky', ['transfer.running', 'transfer.completed']);
  answers.set('/flaky', (response) => response.writeHead(503).end());
  await aSmallTransfer();
  const [completed, running] = await until('both deliveries are listed', async () => {
    const found = await listed(webhook.id);
    return found.length === 2 && found[1]!.attempts.length > 0 && found;
  });
  expect(completed!.attempts).toEqual([]);
  expect(running!.nextAttemptAt).toBeDefined();
  answers.delete('/flaky');
  await call('post', `/api/webhooks/${webhook.id}/deliveries/${completed!.id}/send`).expect(202);
  await settled(webhook.id, completed!.id);
  const types = messagesAt('/flaky', webhook.secret).map(({ type }) => type);
  expect(types.slice(-2)).toEqual(['transfer.running', 'transfer.completed']);
});

it('does not let a receiver that hangs delay others', async () => {
  const [slow, quick] = [await aWebhook('/hangs'), await aWebhook('/quick')];
  const hanging: ServerResponse[] = [];
  answers.set('/hangs', (response) => hanging.push(response));
  // A busy machine may take longer than a receiver may.
  const sender = stack.app.get(WebhookSender, { strict: false });
  const { timeoutMs } = sender as unknown as { timeoutMs: number };
  Object.assign(sender, { timeoutMs: 600_000 });
  try {
    // More than one process attempts at the same time.
    await Promise.all(Array.from({ length: 80 }, () => call('post', `/api/webhooks/${slow.id}/test`).expect(202)));
    const { body } = await call('post', `/api/webhooks/${quick.id}/test`).expect(202);
    expect(await settled(quick.id, (body as DeliveryDto).id)).toMatchObject({ state: 'delivered' });
    expect((await listed(slow.id)).every(({ state }) => state === 'waiting')).toBe(true);
    await call('delete', `/api/webhooks/${slow.id}`).expect(204);
  } finally {
    Object.assign(sender, { timeoutMs });
    answers.delete('/hangs');
    for (const response of hanging) response.destroy();
  }
});

it('has no secret in Redis, in the queue neither', async () => {
  const webhook = await aWebhook('/hidden');
  const { body } = await call('post', `/api/webhooks/${webhook.id}/rotate-secret`).expect(200);
  await call('post', `/api/webhooks/${webhook.id}/test`).expect(202);
  const admin = await connectAdmin();
  const stored: string[] = [];
  for (const key of await admin.keys('*'))
    stored.push(((await admin.dumpBuffer(key)) ?? Buffer.alloc(0)).toString('latin1'));
  admin.disconnect();
  for (const secret of [webhook.secret, (body as { secret: string }).secret]) {
    expect(stored.some((value) => value.includes(secret.slice('whsec_'.length)))).toBe(false);
  }
  expect(stored.some((value) => value.includes(`${origin}/hidden`))).toBe(false);
});

describe('the receivers in docs/webhooks.md', () => {
  const document = readFileSync(join(import.meta.dirname, '../../../docs/webhooks.md'), 'utf8');
  const examples = [...document.matchAll(/```js\n([^]*?)```/g)].map(([, code]) => code!);

  it.each(examples.map((code, index) => [index + 1, code]))('verify a message: no. %i', async (_number, code) => {
    const port = await freePort();
    const { secret, id } = (
      await call('post', '/api/webhooks')
        .send({ url: `http://127.0.0.1:${port}/`, events: ['transfer.failed'] })
        .expect(201)
    ).body as { secret: string; id: string };
    const statusWith = async (given: string): Promise<number | undefined> => {
      const started = `${code}\nconsole.log('started');`;
      const child = spawn(process.execPath, ['--input-type=module', '--eval', started], {
        cwd: join(import.meta.dirname, '../..'), // where the library is found
        env: { WEBHOOK_SECRET: given, PORT: String(port) },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(child.stdout, 'data');
      // The port is open once the program has run to its end.
      await until('it listens', () => isOpen(port));
      const { body } = await call('post', `/api/webhooks/${id}/test`).expect(202);
      const { attempts } = await settled(id, (body as DeliveryDto).id);
      child.kill();
      await once(child, 'exit');
      return attempts[0]?.status;
    };
    expect(await statusWith(secret)).toBe(204);
    expect(await statusWith(`whsec_${Buffer.alloc(32).toString('base64')}`)).toBe(400);
  });
});

async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
