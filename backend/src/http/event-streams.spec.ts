import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { PassThrough } from 'node:stream';
import { jest } from '@jest/globals';
import type { FastifyReply } from 'fastify';
import { StoreUnavailableError } from './errors.js';
import type { Config } from '../config/config.js';
import { TURN } from './account-turns.js';
import { EventStreams, type Poll, seenBy } from './event-streams.js';

interface Version {
  readonly revision: number;
}

/** A stream of what `poll` returns; it polls only while a client reads. */
function aStream(
  poll: Poll<Version>,
  options: { mayWatch?: () => boolean; isDeaf?: boolean; method?: string; turn?: () => void } = {},
) {
  const { mayWatch = () => true, isDeaf = false, method = 'GET', turn } = options;
  const heads: [number, Record<string, string>][] = [];
  const raw = Object.assign(new PassThrough({ highWaterMark: 1 }), {
    writeHead: (status: number, headers: Record<string, string>) => heads.push([status, headers]),
    flushHeaders: () => undefined,
  });
  let text = '';
  if (!isDeaf) raw.on('data', (data: Buffer) => (text += data.toString()));
  const reply = {
    raw,
    request: { method, [TURN]: turn },
    hijack: () => undefined,
    getHeaders: () => ({ 'x-frame-options': 'DENY' }),
  } as unknown as FastifyReply;
  const streams = new EventStreams({ maxEventStreams: 9 } as Config['http']);
  streams.admit(raw as unknown as ServerResponse, 'ana', true);
  streams.start(reply, {
    type: 'transfer',
    poll,
    idOf: ({ revision }) => revision,
    mayWatch: () => Promise.resolve(mayWatch()),
  });
  return { raw, heads, text: () => text };
}

const nothing = { news: [] };
const version = (revision: number) => ({ news: [{ revision }] });
const event = (revision: number) => `event: transfer\nid: ${revision}\ndata: {"revision":${revision}}\n\n`;

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

it('releases its turn after the first poll, because it then only waits', async () => {
  const release = jest.fn();
  let answer!: (nothing: Awaited<ReturnType<Poll<Version>>>) => void;
  aStream(() => new Promise((done) => (answer = done)), { turn: release });
  await jest.advanceTimersByTimeAsync(1_000);
  expect(release).not.toHaveBeenCalled();
  answer(nothing);
  await jest.advanceTimersByTimeAsync(0);
  expect(release).toHaveBeenCalledTimes(1);
});

it.each([
  ['whose first poll fails', {}, () => Promise.reject(new StoreUnavailableError())],
  ['that only asks for headers', { method: 'HEAD' }, () => Promise.resolve(nothing)],
])('releases the turn of a stream %s', async (_case, options, poll: Poll<Version>) => {
  const release = jest.fn();
  aStream(poll, { ...options, turn: release });
  await jest.advanceTimersByTimeAsync(0);
  expect(release).toHaveBeenCalledTimes(1);
});

it('sends at most one event a second, and soon if it has sent none before', async () => {
  const times: number[] = [];
  let revision = 0;
  const began = performance.now();
  const { text, heads } = aStream(async () => {
    times.push(performance.now() - began);
    revision++;
    return revision === 3 ? nothing : version(revision);
  });
  await jest.advanceTimersByTimeAsync(3_000);
  expect(heads).toEqual([[200, expect.objectContaining({ 'x-frame-options': 'DENY' })]]);
  expect(text()).toBe(event(1) + event(2) + event(4));
  expect(times.map((time) => Math.round(time / 100) * 100)).toEqual([0, 1_000, 2_000, 2_500]);
});

it('sends a heartbeat every ten seconds', async () => {
  const { text } = aStream(() => Promise.resolve(nothing));
  await jest.advanceTimersByTimeAsync(21_000);
  expect(text()).toBe('event: heartbeat\ndata: \n\n'.repeat(2));
});

it('ends with the last version, and stops polling', async () => {
  const poll = jest.fn<Poll<Version>>().mockResolvedValue({ ...version(7), isOver: true });
  const { text, raw } = aStream(poll);
  await jest.advanceTimersByTimeAsync(5_000);
  expect(text()).toBe(event(7));
  expect(raw.writableEnded).toBe(true);
  expect(poll).toHaveBeenCalledTimes(1);
  expect(jest.getTimerCount()).toBe(0);
});

it('sends nothing more once the watcher’s session has ended', async () => {
  let revision = 0;
  const { text, raw } = aStream(() => Promise.resolve(version(++revision)), { mayWatch: () => revision < 3 });
  await jest.advanceTimersByTimeAsync(5_000);
  expect(text()).toBe(event(1) + event(2));
  expect(raw.writableEnded).toBe(true);
});

it('ends when its data cannot be read', async () => {
  const { raw } = aStream(() => Promise.reject(new StoreUnavailableError()));
  await jest.advanceTimersByTimeAsync(100);
  expect(raw.writableEnded).toBe(true);
});

it('buffers nothing for a client that does not read', async () => {
  const big = 'x'.repeat(40_000);
  const poll = jest
    .fn<Poll<Version>>()
    .mockImplementation(() => Promise.resolve({ news: [{ revision: 1, big } as Version] }));
  const { raw } = aStream(poll, { isDeaf: true });
  await jest.advanceTimersByTimeAsync(60_000);
  expect(raw.writableLength).toBeLessThan(150_000);
  expect(poll.mock.calls.length).toBeLessThan(6);
});

it('stops polling and sending once the server has ended it', async () => {
  const poll = jest.fn<Poll<Version>>().mockResolvedValue(nothing);
  const { raw, text } = aStream(poll);
  await jest.advanceTimersByTimeAsync(100);
  raw.end();
  await jest.advanceTimersByTimeAsync(20_000);
  expect(poll).toHaveBeenCalledTimes(1);
  expect(text()).toBe('');
  expect(jest.getTimerCount()).toBe(0);
});

it('polls nothing for a client that left before its stream was opened', async () => {
  jest.useRealTimers();
  const poll = jest.fn<Poll<Version>>().mockResolvedValue(nothing);
  const left = Promise.withResolvers<ServerResponse>();
  const server = createServer((_request, raw) => raw.once('close', () => left.resolve(raw))).listen(0, '127.0.0.1');
  try {
    await once(server, 'listening');
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n', () => client.destroy());
    const raw = await left.promise;
    const reply = { raw, request: { method: 'GET' }, hijack: () => undefined, getHeaders: () => ({}) };
    jest.useFakeTimers();
    new EventStreams({ maxEventStreams: 9 } as Config['http']).start(reply as unknown as FastifyReply, {
      type: 'transfer',
      poll,
      idOf: ({ revision }) => revision,
      mayWatch: () => Promise.resolve(true),
    });
    await jest.advanceTimersByTimeAsync(5_000);
    expect(poll).not.toHaveBeenCalled();
    expect(jest.getTimerCount()).toBe(0);
  } finally {
    server.close();
  }
});

it('responds to HEAD with the headers only', () => {
  const poll = jest.fn<Poll<Version>>().mockResolvedValue(nothing);
  const { raw } = aStream(poll, { method: 'HEAD' });
  expect(raw.writableEnded).toBe(true);
  expect(poll).not.toHaveBeenCalled();
});

it('accepts only a revision as Last-Event-ID', () => {
  expect(['5', '0', '-1', 'x', '1e3', '', undefined].map(seenBy)).toEqual([
    5,
    0,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
