import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createNetServer, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { VirtualClock } from '../../../test/support/virtual-google.js';
import { ReconnectNeededError } from '../../engine/errors.js';
import { AccessTokens } from '../../session/credentials.port.js';
import { listOf, objectOf } from './google-answers.js';
import { GoogleClient, type GoogleClientOptions, type GoogleExchange } from './google-client.js';
import { type GoogleRequest, isConnectionError } from './google-transport.js';
import { NoAccessTokenError } from './google-oauth-tokens.js';
import { refusalOf } from './google-errors.js';
import { DailyUnits, DailyUnitStore } from '../../pacing/daily-units.js';
import { Pacer, REAL_TIME } from '../../pacing/pacer.js';

/** Accepts any response. */
const asIs = <T>(answer: unknown): T => answer as T;

const aPage = objectOf({}, { files: listOf(objectOf({}, {})), drives: listOf(objectOf({}, {})) });

/** Google's responses to the requests in order; the last one is repeated. */
type Answer = (reply: ServerResponse, request: IncomingMessage) => void;

const json =
  (status: number, body: object, headers: Record<string, string> = {}): Answer =>
  (reply) => {
    reply.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };
const ok = json(200, { id: 'it' });
const refusal = (status: number, reason: string, headers?: Record<string, string>) =>
  json(status, { error: { code: status, message: 'in words', errors: [{ domain: 'global', reason }] } }, headers);
const drop: Answer = (reply) => void reply.socket?.destroy();

class Tokens extends AccessTokens {
  refreshes = 0;
  isEnded = false;
  override accessToken(credentialId: string, rejected?: string): Promise<string> {
    if (this.isEnded) return Promise.reject(new ReconnectNeededError(credentialId));
    if (rejected === `token-${this.refreshes}`) this.refreshes++;
    return Promise.resolve(`token-${this.refreshes}`);
  }
}

let server: Server;
let answers: Answer[];
let seen: { method: string; url: string; authorization: string }[];
let tokens: Tokens;
let client: GoogleClient;
let onRequest: ((path: string) => void) | undefined;
const requestCreated = (message: unknown) => onRequest?.((message as { request: { path: string } }).request.path);

beforeEach(async () => {
  onRequest = undefined;
  subscribe('undici:request:create', requestCreated);
  [answers, seen, tokens] = [[ok], [], new Tokens()];
  server = createServer((request, reply) => {
    seen.push({
      method: request.method ?? '',
      url: request.url ?? '',
      authorization: request.headers.authorization ?? '',
    });
    request.resume();
    const answer = answers[Math.min(seen.length, answers.length) - 1]!;
    if (request.readableEnded) answer(reply, request);
    else request.on('end', () => answer(reply, request));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  client = new GoogleClient(tokens, { apiRoot: origin(), attempts: 4, backoffMs: 1 });
});
afterEach(async () => {
  unsubscribe('undici:request:create', requestCreated);
  await client.close();
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
});

const origin = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

async function useClient(options: Partial<GoogleClientOptions>): Promise<void> {
  await client.close();
  client = new GoogleClient(tokens, { apiRoot: origin(), backoffMs: 1, ...options });
}

/** A client on a clock that stands still until the test advances it. */
async function stopTheClock(options: Partial<GoogleClientOptions> = {}) {
  const clock = new VirtualClock();
  const refused = Promise.withResolvers<void>();
  const observer = {
    exchanged: ({ status }: GoogleExchange) => void (status !== 200 && setImmediate(refused.resolve)),
    used: () => undefined,
  };
  await useClient({ ...options, observer, pacer: new Pacer(undefined, { clock }) });
  const sent: { path: string; at: number }[] = [];
  const began = clock.now();
  onRequest = (path) => sent.push({ path: path.split('?')[0]!, at: clock.now() - began });
  return {
    clock,
    /** The requests that leave the client, with the milliseconds of its clock. */
    sent,
    /** Resolves once the client has read the first refusal. */
    refused: refused.promise,
  };
}

const get: GoogleRequest = {
  credentialId: 'g',
  method: 'GET',
  path: '/drive/v3/files/it',
  query: { fields: 'id', none: undefined },
};
const post: GoogleRequest = { credentialId: 'g', method: 'POST', path: '/drive/v3/files', body: { name: 'x' } };

it('signs the request and reads the response', async () => {
  expect(await client.json(get, asIs)).toEqual({ id: 'it' });
  expect(seen).toEqual([{ method: 'GET', url: '/drive/v3/files/it?fields=id', authorization: 'Bearer token-0' }]);
});

it('keeps more than one TLS record in flight in each direction', async () => {
  const sockets: Socket[] = [];
  const connected = (message: unknown): number => sockets.push((message as { socket: Socket }).socket);
  subscribe('undici:client:connected', connected);
  const { body } = await client.stream(get).finally(() => unsubscribe('undici:client:connected', connected));
  expect(sockets[0]?.writableHighWaterMark).toBe(256 * 1024);
  expect(body.readableHighWaterMark).toBe(256 * 1024);
  await body.dump();
});

it('returns undefined for an empty body', async () => {
  answers = [(reply) => reply.writeHead(204).end()];
  expect(await client.json({ ...get, method: 'DELETE' }, asIs)).toBeUndefined();
});

it('counts requests by class, and bytes, but no request that a rate limit refused', async () => {
  const used: Record<string, number> = {};
  const count = (counter: string, by: number) => void (used[counter] = (used[counter] ?? 0) + by);
  const seenByAll: string[] = [];
  await useClient({ observer: { exchanged: () => undefined, used: (counter) => void seenByAll.push(counter) } });
  answers = [refusal(503, 'backendError'), refusal(429, 'rateLimitExceeded'), json(401, {}), ok];
  await client.json({ ...get, count }, asIs);
  answers = [ok];
  await client.json({ ...post, count }, asIs);
  const { received, ...others } = used;
  expect(others).toEqual({ get: 2, edit: 1, sent: '{"name":"x"}'.length });
  expect(received).toBeGreaterThan(2 * '{"id":"it"}'.length);
  expect(seenByAll).toContain('edit');
});

it('sends nothing once the units of the day are used up, except for a person and to withdraw access', async () => {
  const limits: (number | undefined)[] = [];
  class Store extends DailyUnitStore {
    override reserve(_: string, units: number, limit?: number): Promise<number> {
      limits.push(limit);
      return Promise.resolve(limit === undefined ? units : 0);
    }
    override usedOn = () => Promise.resolve(0);
  }
  const dailyUnits = new DailyUnits(new Store(), 1_000, () => Date.parse('2026-11-30T20:00:00Z'));
  await useClient({ dailyUnits });
  const refused = { code: 'quota_exceeded', limit: 'units', retryAfter: 12 * 3_600 };
  await expect(client.json(get, asIs)).rejects.toMatchObject(refused);
  expect(seen).toHaveLength(0);
  for (const method of ['GET', 'DELETE'] as const)
    await client.json({ ...get, method, path: '/drive/v3/files/it/permissions/p' }, asIs);
  await useClient({ dailyUnits, urgent: true });
  await client.json(get, asIs);
  expect(seen).toHaveLength(3);
  expect(limits).toEqual([1_000, undefined, undefined, undefined]);
});

it('returns the units of a refused request to their day alone, also when Google refuses it after the end of that day', async () => {
  let now = Date.parse('2026-11-30T20:00:00Z');
  const used = new Map<string, number>();
  class Store extends DailyUnitStore {
    override reserve(date: string, units: number, limit = Infinity): Promise<number> {
      const before = used.get(date) ?? 0;
      const reserved = Math.min(units, limit - before);
      used.set(date, before + reserved);
      return Promise.resolve(reserved);
    }
    override usedOn = () => Promise.resolve(0);
  }
  const dailyUnits = new DailyUnits(new Store(), 200, () => now);
  await useClient({ dailyUnits });
  const refuse = refusal(429, 'rateLimitExceeded');
  answers = [
    (...sent) => {
      now += 24 * 3_600_000;
      // Another request uses up the next day.
      void dailyUnits.take(200).then(() => refuse(...sent));
    },
  ];
  await expect(client.json(get, asIs)).rejects.toMatchObject({ code: 'quota_exceeded', limit: 'units' });
  expect(seen).toHaveLength(1);
});

describe('temporary errors are retried', () => {
  it.each<[string, Answer]>([
    ['500', refusal(500, 'internalError')],
    ['503', refusal(503, 'backendError')],
    ['a proxy’s page', (reply) => reply.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad gateway</h1>')],
    ['403 userRateLimitExceeded', refusal(403, 'userRateLimitExceeded')],
    ['429', refusal(429, 'rateLimitExceeded')],
    ['a dropped connection', drop],
    [
      'half a body',
      (reply) => void (reply.writeHead(200, { 'content-length': '100' }), reply.write('{"id"'), reply.socket?.end()),
    ],
  ])('%s', async (_, answer) => {
    answers = [answer, answer, ok];
    expect(await client.json(get, asIs)).toEqual({ id: 'it' });
    expect(seen).toHaveLength(3);
  });

  it('no answer in time', async () => {
    await useClient({ timeoutMs: 300 });
    answers = [() => undefined, ok];
    expect(await client.json(get, asIs)).toEqual({ id: 'it' });
  });

  it('until the attempts are used up', async () => {
    answers = [refusal(503, 'backendError')];
    await expect(client.json({ ...get, side: 'source' }, asIs)).rejects.toMatchObject({
      code: 'google_unavailable',
      side: 'source',
    });
    expect(seen).toHaveLength(4);
  });
});

describe('a write that is not repeatable', () => {
  it.each<[string, Answer]>([
    ['500', refusal(500, 'internalError')],
    ['a dropped connection', drop],
  ])('is not sent again after %s', async (_, answer) => {
    answers = [answer, ok];
    await expect(client.json(post, asIs)).rejects.toMatchObject({ code: 'ambiguous_write' });
    expect(seen).toHaveLength(1);
  });

  it('is sent again after a rate-limit error, because Google did nothing', async () => {
    answers = [refusal(403, 'rateLimitExceeded'), ok];
    expect(await client.json(post, asIs)).toEqual({ id: 'it' });
  });

  it('is sent again if it has a pre-made id', async () => {
    answers = [refusal(500, 'internalError'), refusal(409, 'fileIdInUse')];
    await expect(client.json({ ...post, repeatable: true }, asIs)).rejects.toMatchObject({ code: 'id_taken' });
    expect(seen).toHaveLength(2);
  });
});

describe('refusals', () => {
  it.each([
    [404, 'notFound', 'not_found'],
    [403, 'cannotCopyFile', 'cannot_copy'],
    [403, 'storageQuotaExceeded', 'destination_storage_full'],
    [403, 'shareOutNotPermitted', 'sharing_refused'],
    [400, 'invalidSharingRequest', 'sharing_refused'],
    [403, 'quotaExceeded', 'quota_exceeded'],
    [403, 'domainPolicy', 'domain_policy'],
    [409, 'conflict', 'id_taken'],
    [403, 'somethingNew', 'google_refused'],
    [400, 'badRequest', 'google_refused'],
  ])('%i %s becomes %s, at once and without Google’s message', async (status, reason, code) => {
    answers = [refusal(status, reason)];
    const failure = await client.json(get, asIs).catch((error: unknown) => error as Error & { code: string });
    expect(failure).toMatchObject({ code });
    expect((failure as Error).message).not.toContain('in words');
    expect(seen).toHaveLength(1);
  });
});

describe('an expired access token', () => {
  const dead: Answer = (reply, request) =>
    (request.headers.authorization === 'Bearer token-0' ? refusal(401, 'authError') : ok)(reply, request);

  it('is refreshed once, and the request is repeated, even a write', async () => {
    answers = [dead];
    expect(await client.json(post, asIs)).toEqual({ id: 'it' });
    expect(tokens.refreshes).toBe(1);
  });

  it('is refreshed once for many requests at the same time', async () => {
    answers = [dead];
    await Promise.all(Array.from({ length: 10 }, () => client.json(get, asIs)));
    expect(tokens.refreshes).toBe(1);
  });

  it('requires a new sign-in when refreshed tokens are rejected repeatedly', async () => {
    answers = [refusal(401, 'authError')];
    await expect(client.json(get, asIs)).rejects.toMatchObject({ code: 'reconnect_needed', credentialId: 'g' });
    expect(seen).toHaveLength(9);
    expect(tokens.refreshes).toBe(6);
  });

  it('requires no new sign-in when tokens expire as fast as they are refreshed, even for a write', async () => {
    answers = [...Array.from({ length: 5 }, () => refusal(401, 'authError')), ok];
    expect(await client.json(post, asIs)).toEqual({ id: 'it' });
  });

  it('is also refreshed when another process has stored one that is rejected too', async () => {
    answers = [refusal(401, 'authError'), refusal(401, 'authError'), ok];
    expect(await client.json(get, asIs)).toEqual({ id: 'it' });
    expect(seen.at(-1)).toMatchObject({ authorization: 'Bearer token-2' });
  });

  it('does not repeat a request whose body is a stream, which can be read only once', async () => {
    answers = [dead];
    const sent = client.send({ ...get, method: 'PUT' }, Readable.from([Buffer.from('abc')]));
    await expect(sent).rejects.toMatchObject({ code: 'google_unavailable' });
    expect(seen).toHaveLength(1);
    expect(tokens.refreshes).toBe(1);
  });
});

it('sends nothing under a credential that ended while the request waited for its turn', async () => {
  const { clock, sent, refused } = await stopTheClock();
  answers = [refusal(403, 'userRateLimitExceeded', { 'retry-after': '1' }), ok];
  const first = client.json(get, asIs);
  await refused;
  const queued = client.json(get, asIs);
  await clock.pass(900);
  tokens.isEnded = true;
  const ends = Promise.allSettled([first, queued]);
  await clock.pass(60_000);
  for (const end of await ends) expect(end).toMatchObject({ reason: { code: 'reconnect_needed', credentialId: 'g' } });
  expect(sent).toHaveLength(1);
});

it('waits as long as Retry-After states', async () => {
  const { clock, sent, refused } = await stopTheClock();
  answers = [refusal(429, 'rateLimitExceeded', { 'retry-after': '1' }), ok];
  const answer = client.json(get, asIs);
  await refused;
  await clock.pass(10_000);
  expect(await answer).toEqual({ id: 'it' });
  expect(sent.map(({ at }) => at)).toEqual([0, 1_000]);
});

it('gives up in time when a person waits, and states when to retry', async () => {
  const { clock, sent } = await stopTheClock({ totalTimeoutMs: 300 });
  answers = [refusal(429, 'rateLimitExceeded', { 'retry-after': '60' })];
  await expect(client.json(get, asIs)).rejects.toMatchObject({ code: 'rate_limited', retryAfter: 60 });
  await clock.pass(10_000);
  // Without a request, because Google stated when to retry.
  await expect(client.json(get, asIs)).rejects.toMatchObject({ code: 'rate_limited', retryAfter: 50 });
  expect(sent).toHaveLength(1);
});

it('slows down all requests of an account that Google slows down, and of no other', async () => {
  const { clock, sent, refused } = await stopTheClock();
  answers = [refusal(403, 'userRateLimitExceeded', { 'retry-after': '60' }), ok];
  const stop = new AbortController();
  const request = { ...get, signal: stop.signal };
  const slowed = client.json(request, asIs);
  await refused;
  const same = client.json(request, asIs);
  await client.json({ ...get, credentialId: 'another' }, asIs);
  await clock.pass(59_999);
  expect(sent).toHaveLength(2); // the refused one, and the other account's
  stop.abort(new Error('enough'));
  for (const waiting of [slowed, same]) await expect(waiting).rejects.toThrow('enough');
  await clock.pass(60_000);
  expect(sent).toHaveLength(2);
});

describe('the pace of an API of the editors', () => {
  const read: GoogleRequest = { credentialId: 'g', method: 'GET', path: '/v1/documents/it' };
  const write = { ...post, path: '/v1/documents/it:batchUpdate', repeatable: true };
  const sheet = { ...read, path: '/v4/spreadsheets/it' };

  it.each<[string, GoogleRequest, GoogleRequest[]]>([
    ['reading Docs', read, [write, sheet, get, post]],
    ['writing Docs', write, [read, sheet, get, post]],
    ['reading Drive', get, [read, write, sheet]],
  ])('is its own: while Google refuses %s, everything else continues', async (_, limited, others) => {
    const { clock, sent, refused } = await stopTheClock();
    answers = [refusal(429, 'RATE_LIMIT_EXCEEDED', { 'retry-after': '60' }), ok];
    const waiting = [client.json(limited, asIs)];
    await refused;
    waiting.push(client.json(limited, asIs));
    for (const other of [...others, { ...limited, credentialId: 'another' }])
      expect(await client.json(other, asIs)).toEqual({ id: 'it' });
    expect(sent).toHaveLength(others.length + 2);
    await clock.pass(60_000);
    expect(await Promise.race(waiting)).toEqual({ id: 'it' });
    await clock.pass(60_000);
    expect(await Promise.all(waiting)).toHaveLength(2);
  });
});

it('does not spend the retries of Drive on an API that fails', async () => {
  await useClient({ attempts: 4, backoffMs: 0 });
  answers = [(reply, request) => (request.url!.startsWith('/v1/') ? refusal(503, 'UNAVAILABLE') : ok)(reply, request)];
  const read: GoogleRequest = { credentialId: 'g', method: 'GET', path: '/v1/documents/it' };
  const failures = Array.from({ length: 50 }, () => client.json(read, asIs).catch((error: unknown) => error));
  expect((await Promise.all(failures)).at(-1)).toMatchObject({ code: 'rate_limited' });
  answers = [refusal(503, 'backendError'), ok];
  seen = [];
  expect(await client.json(get, asIs)).toEqual({ id: 'it' });
});

it('counts requests to the editors as such, without units of the day or of the project', async () => {
  const used: string[] = [];
  const count = (counter: string) => void used.push(counter);
  const units = new DailyUnits(
    new (class extends DailyUnitStore {
      override reserve = () => Promise.resolve(0);
      override usedOn = () => Promise.resolve(1);
    })(),
    1,
  );
  await useClient({ dailyUnits: units, pacer: new Pacer(undefined, { projectUnitsPerMinute: 1 }) });
  await client.json({ ...get, path: '/v1/documents/it', count }, asIs);
  expect(used.filter((counter) => counter !== 'received')).toEqual(['editors']);
  await expect(client.json(get, asIs)).rejects.toMatchObject({ code: 'quota_exceeded' });
});

it('does not request a document again that is too large', async () => {
  answers = [
    (reply) => void reply.writeHead(200, { 'content-type': 'application/json' }).end(`{"list":${'['.repeat(300)}`),
  ];
  await expect(client.json({ ...get, path: '/v1/documents/it' }, asIs)).rejects.toMatchObject({
    code: 'google_unavailable',
  });
  expect(seen).toHaveLength(1);
});

describe('a daily limit', () => {
  const words = (message: string, headers?: Record<string, string>) =>
    json(
      403,
      { error: { code: 403, message, errors: [{ domain: 'usageLimits', reason: 'userRateLimitExceeded' }] } },
      headers,
    );

  it('is recognised by Google’s message, is not retried, and has an estimated end', async () => {
    answers = [words('User rate limit exceeded.'), ok];
    await expect(client.json({ ...post, side: 'destination' }, asIs)).rejects.toMatchObject({
      code: 'quota_exceeded',
      side: 'destination',
      retryAfter: 3_600,
    });
    expect(seen).toHaveLength(1);
    // It concerns writes; reads continue at once.
    expect(await client.json(get, asIs)).toEqual({ id: 'it' });
  });

  it('ends when Google says so', async () => {
    answers = [words('User rate limit exceeded.', { 'retry-after': '7' })];
    await expect(client.json(post, asIs)).rejects.toMatchObject({ code: 'quota_exceeded', retryAfter: 7 });
  });

  it('is waited for until enough of the account’s own bytes are a day old', async () => {
    await useClient({});
    answers = [json(200, { id: 'copy', size: '749000000000' }), words('User rate limit exceeded.')];
    await client.json({ ...post, path: '/drive/v3/files/it/copy' }, asIs);
    const error = await client.json(post, asIs).catch((failure: unknown) => failure);
    const { retryAfter } = error as { retryAfter: number };
    expect(retryAfter).toBeGreaterThan(24 * 3_600);
    expect(retryAfter).toBeLessThanOrEqual(25 * 3_600);
  });

  it('is not recognised in the message of a short-term limit', async () => {
    answers = [words('User Rate Limit Exceeded. Rate of requests for user exceed configured project quota'), ok];
    expect(await client.json(post, asIs)).toEqual({ id: 'it' });
  });
});

it('delays a share that Google rate-limits, but not other writes', async () => {
  const { clock, sent, refused } = await stopTheClock();
  answers = [refusal(403, 'sharingRateLimitExceeded', { 'retry-after': '1' }), ok];
  const path = '/drive/v3/files/it/permissions';
  const share = client.json({ ...post, path, repeatable: true }, asIs);
  await refused;
  await client.json(post, asIs);
  await clock.pass(1_000);
  await share;
  expect(sent).toEqual([
    { path, at: 0 },
    { path: '/drive/v3/files', at: 0 },
    { path, at: 1_000 },
  ]);
});

it('stops sharing, and nothing else, while Google refuses it for longer, and states when to continue', async () => {
  const { clock, sent } = await stopTheClock({ attempts: 1 });
  const share = () =>
    client
      .json({ ...post, path: '/drive/v3/files/it/permissions', repeatable: true }, asIs)
      .catch((error: unknown) => error);
  answers = [refusal(403, 'sharingRateLimitExceeded'), ok];
  expect(await share()).toMatchObject({ code: 'rate_limited', retryAfter: 900, limit: 'sharing' });
  await clock.pass(300_000);
  expect(await share()).toMatchObject({ code: 'rate_limited', retryAfter: 600, limit: 'sharing' });
  expect(sent).toHaveLength(1);
  const list = { ...get, path: '/drive/v3/files/it/permissions' };
  for (const other of [list, post, { ...post, path: '/drive/v3/files/it', method: 'PATCH' } as const])
    expect(await client.json(other, asIs)).toEqual({ id: 'it' });
  await clock.pass(600_000);
  expect(await share()).toEqual({ id: 'it' });

  answers = [
    ...answers,
    ...Array.from({ length: 3 }, () => ok),
    refusal(403, 'sharingRateLimitExceeded', { 'retry-after': '1800' }),
  ];
  expect(await share()).toMatchObject({ code: 'rate_limited', retryAfter: 1_800 });
});

it('does not take the retries of shares from those of the account', async () => {
  await useClient({ attempts: 4, backoffMs: 0 });
  const refusals = new Map<string, number>();
  answers = [
    (reply, request) => {
      const before = refusals.get(request.url!) ?? 0;
      refusals.set(request.url!, before + 1);
      (before < 2 ? refusal(403, 'sharingRateLimitExceeded') : ok)(reply, request);
    },
  ];
  for (let item = 0; item < 60; item++) {
    const share = { ...post, path: `/drive/v3/files/item${item}/permissions`, repeatable: true };
    expect(await client.json(share, asIs)).toEqual({ id: 'it' });
  }
});

describe('while Google’s token endpoint is away', () => {
  class AwayTokens extends AccessTokens {
    calls = 0;
    constructor(private readonly failures: number) {
      super();
    }
    override accessToken(): Promise<string> {
      return this.calls++ < this.failures ? Promise.reject(new NoAccessTokenError()) : Promise.resolve('token');
    }
  }
  const clientWith = (away: AccessTokens, options: Partial<GoogleClientOptions> = {}) =>
    new GoogleClient(away, { apiRoot: origin(), attempts: 4, backoffMs: 1, ...options });

  it('tries again, also what must not be sent twice', async () => {
    const other = clientWith(new AwayTokens(3));
    expect(await other.json({ ...post, repeatable: false }, asIs)).toEqual({ id: 'it' });
    expect(seen).toHaveLength(1);
    await other.close();
  });

  it('then lets the account wait, instead of failing each item', async () => {
    const other = clientWith(new AwayTokens(Infinity));
    const side = 'destination' as const;
    await expect(other.json({ ...get, side }, asIs)).rejects.toMatchObject({
      code: 'rate_limited',
      side,
      retryAfter: 20,
    });
    await other.close();
    const browsing = clientWith(new AwayTokens(Infinity), { urgent: true });
    await expect(browsing.json({ ...get, side }, asIs)).rejects.toMatchObject({ code: 'google_unavailable', side });
    await browsing.close();
    expect(seen).toEqual([]);
  });
});

it('parks the account during a long outage; a person gets the error at once', async () => {
  answers = [refusal(503, 'backendError', { 'retry-after': '300' })];
  await expect(client.json(get, asIs)).rejects.toMatchObject({ code: 'rate_limited', retryAfter: 300 });
  await useClient({ urgent: true });
  await expect(client.json(get, asIs)).rejects.toMatchObject({ code: 'google_unavailable', retryAfter: 300 });
  expect(seen).toHaveLength(2);
});

it('states when to retry although Google did not', async () => {
  const { clock } = await stopTheClock({ totalTimeoutMs: 3_000, urgent: true });
  answers = [refusal(403, 'userRateLimitExceeded')];
  const refused = client.json<never>(get, asIs).catch((error: unknown) => error as { retryAfter?: number });
  await clock.pass(60_000);
  const { retryAfter } = await refused;
  expect(retryAfter).toBeGreaterThanOrEqual(1);
  expect(await refused).toMatchObject({ code: 'rate_limited' });
});

it('stops retrying when an account has failed too often, and states when to retry', async () => {
  const { sent } = await stopTheClock({ attempts: 4, backoffMs: 0 });
  answers = [refusal(503, 'backendError')];
  const failures = await Promise.all(
    Array.from({ length: 100 }, () =>
      client.json<never>(get, asIs).catch((error: unknown) => error as { code: string }),
    ),
  );
  // 100 requests and 50 retries, where four attempts each would be 400.
  expect(sent).toHaveLength(150);
  const spent = failures.filter(({ code }) => code === 'rate_limited');
  expect(spent.length).toBeGreaterThan(50);
  for (const failure of spent) expect(failure).toMatchObject({ retryAfter: 20 });
  // Other accounts have their own budget.
  answers = [refusal(503, 'backendError')];
  await expect(client.json({ ...get, credentialId: 'another' }, asIs)).rejects.toMatchObject({
    code: 'google_unavailable',
  });
  expect(sent).toHaveLength(154);
});

it('serves other accounts while one has hundreds of requests in flight', async () => {
  const held: ServerResponse[] = [];
  answers = [
    (reply, request) => (request.url?.startsWith('/drive/v3/files/slow') ? held.push(reply) : ok(reply, request)),
  ];
  // A busy process sends fewer at the same time.
  const clock = { ...REAL_TIME, isBusy: () => false };
  await useClient({ pacer: new Pacer(undefined, { clock }) });
  // It sends that many at the same time only after as many have succeeded.
  for (let i = 0; i < 3_000; i += 20) await Promise.all(Array.from({ length: 20 }, () => client.json(get, asIs)));
  const slow = Array.from({ length: 110 }, () => client.json({ ...get, path: '/drive/v3/files/slow' }, asIs));
  while (held.length < 110) await new Promise(setImmediate);
  expect(await client.json({ ...get, credentialId: 'another' }, asIs)).toEqual({ id: 'it' });
  for (const reply of held) ok(reply, {} as IncomingMessage);
  await Promise.all(slow);
});

it.each([
  ['a stream', () => Readable.from(Array.from({ length: 64 }, () => Buffer.alloc(1024 * 1024)))],
  ['pieces', () => Array.from({ length: 64 }, () => Buffer.alloc(1024 * 1024))],
])('gives up on a receiver that stops reading %s', async (_, body) => {
  const sockets: Socket[] = [];
  const deaf = createNetServer((socket) => sockets.push(socket.pause()));
  await new Promise<void>((listening) => deaf.listen(0, '127.0.0.1', listening));
  const { port } = deaf.address() as AddressInfo;
  const patient = new GoogleClient(tokens, { apiRoot: `http://127.0.0.1:${port}`, timeoutMs: 300 });
  const failure = await patient
    .send({ credentialId: 'g', method: 'POST', path: '/upload' }, body())
    .catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'ETIMEDOUT' });
  expect(isConnectionError(failure)).toBe(true);
  await patient.close();
  for (const socket of sockets) socket.destroy();
  await new Promise((closed) => deaf.close(closed));
});

it('sends the token only to Google’s own origin', async () => {
  await expect(client.json({ ...get, path: 'http://elsewhere.example/upload' }, asIs)).rejects.toMatchObject({
    code: 'google_refused',
  });
  expect(seen).toEqual([]);
});

it('stops when it is aborted, even while it waits', async () => {
  const { refused } = await stopTheClock();
  answers = [refusal(429, 'rateLimitExceeded', { 'retry-after': '60' })];
  const stop = new AbortController();
  const request = client.json({ ...get, signal: stop.signal }, asIs);
  await refused;
  stop.abort(new Error('enough'));
  await expect(request).rejects.toThrow('enough');
});

describe('a server in Google’s place', () => {
  const endless: Answer = (reply) => {
    const more = (): void => {
      while (!reply.destroyed && reply.write(Buffer.alloc(256 * 1024, ' ')));
      if (!reply.destroyed) reply.once('drain', more);
    };
    more();
  };
  const drip: Answer = (reply) => {
    reply.writeHead(200, { 'content-type': 'application/json' });
    const timer = setInterval(() => reply.write(' '), 50);
    reply.on('close', () => clearInterval(timer));
  };
  const text =
    (body: string | Buffer, headers = {}): Answer =>
    (reply) =>
      void reply.writeHead(200, { 'content-type': 'application/json', ...headers }).end(body);

  it.each<[string, Answer]>([
    ['an answer without end', (reply, request) => (reply.writeHead(200), endless(reply, request))],
    ['a refusal without end', (reply, request) => (reply.writeHead(503), endless(reply, request))],
    ['an answer byte by byte', drip],
    ['headers that are too large', text('{}', { 'x-large': 'x'.repeat(40_000) })],
    ['a compressed answer that was not requested', text(gzipSync('{"id":"it"}'), { 'content-encoding': 'gzip' })],
    ['nothing', text('')],
    ['null', text('null')],
    ['a list', text('[]')],
    ['a number', text('7')],
    ['a page', text('<html>')],
    ['values instead of lists', text('{"files":7}')],
    ['lists of something else', text('{"drives":[{"id":"a"},null]}')],
    ['a list that repeats its page token', text('{"files":[],"nextPageToken":"here"}')],
    ['lists in lists in lists', text('{"files":' + '['.repeat(100_000) + ']'.repeat(100_000) + '}')],
    ['a million nulls', text('{"files":[' + '[],'.repeat(1_000_000) + '[]]}')],
  ])('is neither trusted nor waited for: %s', async (_name, answer) => {
    answers = [answer];
    await useClient({ attempts: 2, timeoutMs: 150 });
    const page = { ...get, query: { pageToken: 'here' } };
    await expect(client.json(page, aPage)).rejects.toMatchObject({ code: 'google_unavailable' });
    expect(seen).toHaveLength(2);
  });

  it('is not waited for when content arrives byte by byte', async () => {
    answers = [drip];
    await useClient({ attempts: 1, timeoutMs: 150 });
    const { body } = await client.stream(get);
    const failure = await buffer(body).catch((error: unknown) => error);
    // On a busy machine the pause between two bytes may itself exceed the time-out. Nothing else ends this answer.
    expect(['ETIMEDOUT', 'UND_ERR_BODY_TIMEOUT']).toContain((failure as { code?: string }).code);
    expect(isConnectionError(failure)).toBe(true);
  });

  it.each([
    ['30,000 years', '946728000000', 3_600],
    ['more than a number can hold', '9'.repeat(400), 3_600],
    ['a date in 30,000 years', 'Fri, 01 Jan 31999 00:00:00 GMT', 3_600],
    ['a date that has passed', 'Fri, 01 Jan 1999 00:00:00 GMT', 0],
    ['less than nothing', '-7', undefined],
    ['a fraction', '1.5', undefined],
    ['words', 'soon', undefined],
  ])('does not block an account forever by a Retry-After of %s', (_name, header, seconds) => {
    const body = (reason: string) => JSON.stringify({ error: { errors: [{ reason }] } });
    const retryAfter = (reason: string) => refusalOf(403, body(reason), header).retryAfter;
    for (const reason of ['rateLimitExceeded', 'backendError', 'sharingRateLimitExceeded'])
      expect(retryAfter(reason)).toBe(seconds);
    // Daily limits end within a day.
    expect(retryAfter('quotaExceeded')).toBe(seconds === 3_600 ? 86_400 : seconds);
  });

  describe('redirects to another host', () => {
    let other: Server;
    let asked: number;
    beforeEach(async () => {
      asked = 0;
      other = createServer((_request, reply) => {
        asked++;
        reply.end('{"id":"stolen"}');
      });
      await new Promise<void>((listening) => other.listen(0, '127.0.0.1', listening));
    });
    afterEach(() => {
      other.closeAllConnections();
      other.close();
    });
    const there = () => `http://127.0.0.1:${(other.address() as AddressInfo).port}/drive/v3/files/it`;

    it.each([301, 302, 303, 307, 308])('by status %i: the token is not sent there', async (status) => {
      answers = [(reply) => void reply.writeHead(status, { location: there() }).end()];
      await expect(client.json(get, asIs)).rejects.toMatchObject({ code: 'google_unavailable' });
      await expect(client.stream(get)).rejects.toMatchObject({ code: 'google_unavailable' });
      expect(asked).toBe(0);
    });

    it('by the address of an upload: neither token nor content is sent there', async () => {
      const upload = { ...post, method: 'PUT', path: there() } as const;
      await expect(client.send(upload, [Buffer.from('content')])).rejects.toMatchObject({ code: 'google_refused' });
      expect(asked).toBe(0);
    });

    it('by an invalid address of an upload or an export', async () => {
      const upload = { ...post, method: 'PUT', path: 'http://[' } as const;
      await expect(client.send(upload, [Buffer.from('content')])).rejects.toMatchObject({ code: 'google_refused' });
      answers = [(reply) => void reply.writeHead(302, { location: 'http://[' }).end()];
      await useClient({ apiRoot: 'http://127.0.0.2:1', exportOrigin: origin(), attempts: 1 });
      await expect(client.stream({ ...get, path: `${origin()}/export` })).rejects.toMatchObject({
        code: 'google_refused',
      });
    });

    it('by the address of an export: nothing is fetched from there', async () => {
      await useClient({ apiRoot: 'http://127.0.0.2:1', exportOrigin: origin(), attempts: 1 });
      const fetched = (location: string) => {
        answers = [(reply) => void reply.writeHead(302, { location }).end(), ok];
        seen = [];
        return client.stream({ ...get, path: `${origin()}/export` });
      };
      for (const host of ['localhost', '169.254.169.254', '[::1]'])
        await expect(fetched(`http://${host}:1/`)).rejects.toMatchObject({ code: 'google_refused' });
      for (const address of ['https://127.0.0.1:1/', 'file:///etc/passwd'])
        await expect(fetched(address)).rejects.toMatchObject({ code: 'google_refused' });
      // After the redirect it is fetched without the token.
      await (await fetched(`${origin()}/content`)).body.dump();
      expect(seen.map(({ authorization }) => authorization)).toEqual(['Bearer token-0', '']);
    });
  });
});
