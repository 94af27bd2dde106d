import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import {
  applyDecorators,
  createParamDecorator,
  type ExecutionContext,
  Injectable,
  Logger,
  StreamableFile,
  type Type,
} from '@nestjs/common';
import { ApiExtraModels, ApiHeader, ApiOkResponse, getSchemaPath } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../config/config.js';
import { InjectConfig } from '../config/config.module.js';
import { isCoded } from '../engine/errors.js';
import { endTurn } from './account-turns.js';
import { TooManyRequestsError } from './errors.js';

/**
 * At most one update per second; polled twice as often, so that an update is at most a second old; a heartbeat every
 * ten seconds.
 */
const UPDATE_MS = 1_000;
const POLL_EVERY_MS = 500;
const HEARTBEAT_MS = 10_000;
/** Milliseconds between two rounds over all streams. */
const ROUND_MS = 50;
/** If a client has this many unread bytes it gets no further updates; later it gets the current state. */
const MAX_UNREAD_BYTES = 64 * 1024;
const BUSY_SECONDS = 30;

/** Returns the changes since the last poll of one viewer. */
export type Poll<T> = () => Promise<{
  readonly news: readonly T[];
  /** There will be no more changes. */
  readonly isOver?: boolean;
}>;

export interface Watched<T> {
  /** Type of the events, such as `transfer`. */
  readonly type: string;
  readonly poll: Poll<T>;
  /** Event ids, by which a client states what it has seen. */
  readonly idOf: (version: T) => string | number;
  /** Checked before each update, so that a client that has just logged out gets nothing. */
  readonly mayWatch: () => Promise<boolean>;
}

/**
 * Documents a stream: its events, with the JSON text of `data` as the schema of what it contains, and the meaning of an
 * id.
 */
export const ApiEventStream = (type: string, data: Type, seen = 'Id of the last event that the client received.') =>
  applyDecorators(
    ApiHeader({ name: 'Last-Event-ID', required: false, description: seen }),
    ApiEvents(type, data, {
      event: { type: 'string', enum: ['heartbeat'] },
      data: { type: 'string', enum: [''], description: 'Empty.' },
    }),
  );

/** Documents the events of a stream, such as `{ event: 'transfer', id: '5', data: Transfer }`. */
export const ApiEvents = (type: string, data: Type, heartbeat?: Record<'event' | 'data', object>) => {
  const event = {
    type: 'object',
    required: ['event', ...(heartbeat ? ['id'] : []), 'data'],
    properties: {
      event: { type: 'string', enum: [type] },
      ...(heartbeat && { id: { type: 'string' } }),
      data: { $ref: getSchemaPath(data) },
    },
  };
  return applyDecorators(
    ApiExtraModels(data),
    ApiOkResponse({
      description: 'The stream. The schema is that of each event; `data` is sent as JSON.',
      content: {
        'text/event-stream': {
          schema: heartbeat
            ? { oneOf: [event, { type: 'object', required: ['event', 'data'], properties: heartbeat }] }
            : event,
        },
      },
    }),
  );
};

/** The id of the last event that the client has received. */
export const LastEventId = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const id = context.switchToHttp().getRequest<FastifyRequest>().headers['last-event-id'];
  return typeof id === 'string' ? id : undefined;
});

/** The revision that a client has seen, if event ids are revisions. */
export const seenBy = (lastEventId: string | undefined): number | undefined =>
  /^\d{1,15}$/.test(lastEventId ?? '') ? Number(lastEventId) : undefined;

type Updates = Pick<LiveStream<never>, 'isDue' | 'update'>;

/**
 * The open streams of server-sent events (HTML standard, "Server-sent events"). A process may have thousands of them,
 * mostly idle: each is one small object, and one timer serves all.
 */
@Injectable()
export class EventStreams {
  private readonly log = new Logger(EventStreams.name);
  /** Responses and their updates; a stream that writes by itself has none. */
  private readonly open = new Map<ServerResponse, Updates | undefined>();
  private readonly byAccount = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;

  constructor(@InjectConfig('http') private readonly http: Config['http']) {}

  /**
   * Registers a response that stays open, before it begins. It needs memory while it is open, whatever the rate limits.
   * @param isStream end it with the server; any other response must not look complete if it is not
   * @throws TooManyRequestsError if the account has too many open streams
   */
  admit(raw: ServerResponse, account: string, isStream: boolean): void {
    // The client left while the request waited for its turn: no event would end the count, and `start` opens nothing.
    if (raw.closed) return;
    const count = this.byAccount.get(account) ?? 0;
    if (count >= this.http.maxEventStreams) throw new TooManyRequestsError('streams', BUSY_SECONDS);
    this.byAccount.set(account, count + 1);
    if (isStream) this.open.set(raw, undefined);
    // One listener, because a stream has ten with those of Fastify and Nest, and Node warns of a leak from the eleventh
    // on.
    raw.once('close', () => {
      const left = this.byAccount.get(account)! - 1;
      if (left > 0) this.byAccount.set(account, left);
      else this.byAccount.delete(account);
      this.open.delete(raw);
      if (this.open.size > 0) return;
      clearInterval(this.timer);
      this.timer = undefined;
    });
  }

  /**
   * Responds, after it was admitted, with a stream that ends when there will be no more changes or the client may no
   * longer watch. Its turn ends after the first poll, which reads the most.
   */
  start<T extends object>(reply: FastifyReply, watched: Watched<T>): void {
    reply.hijack();
    const { raw } = reply;
    // Its `close` event is over, so the stream would be polled as long as the process runs.
    if (raw.destroyed) {
      endTurn(reply.request);
      return;
    }
    raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream; charset=utf-8',
      ...STREAM_HEADERS,
    });
    if (reply.request.method === 'HEAD') {
      raw.end();
      endTurn(reply.request);
      return;
    }
    raw.flushHeaders();
    const stream = new LiveStream<T>(raw, watched, (error) => this.report(error));
    this.open.set(raw, stream);
    raw.on('error', () => undefined); // it is closed then
    this.timer ??= setInterval(() => this.round(), ROUND_MS).unref();
    void stream.update(performance.now()).finally(() => endTurn(reply.request));
  }

  /**
   * Ends all streams when the server closes. The server would otherwise wait for them forever, and aborting them would
   * look like a broken connection. A client whose stream ends reconnects to another process.
   */
  endAll(): void {
    for (const raw of this.open.keys()) {
      if (!raw.headersSent) continue;
      // Further data from its source is discarded.
      raw.on('error', () => undefined);
      // The server would also wait for a kept-alive connection.
      const { socket } = raw;
      raw.end(() => socket?.end());
    }
  }

  private round(): void {
    const now = performance.now();
    for (const stream of this.open.values()) if (stream?.isDue(now)) void stream.update(now);
  }

  /** The client reconnects, and then gets the problem. */
  private report(error: unknown): void {
    if (!isCoded(error)) this.log.error({ err: error }, 'An event stream ended because of an error.');
  }
}

class LiveStream<T extends object> {
  private dueAt = 0;
  private heartbeatAt = performance.now() + HEARTBEAT_MS;
  private isBusy = false;

  constructor(
    private readonly raw: ServerResponse,
    private readonly watched: Watched<T>,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  isDue(now: number): boolean {
    const { writableEnded, writableLength } = this.raw;
    return !this.isBusy && this.dueAt <= now && !writableEnded && writableLength <= MAX_UNREAD_BYTES;
  }

  async update(now: number): Promise<void> {
    this.isBusy = true;
    try {
      const { poll, type, idOf, mayWatch } = this.watched;
      const { news, isOver = false } = await poll();
      const isSilent = news.length === 0 && now < this.heartbeatAt;
      const maySend = isSilent || (await mayWatch());
      if (this.raw.writableEnded || this.raw.destroyed) return; // the server closes, or the client has left
      if (!maySend) {
        this.raw.end();
        return;
      }
      for (const version of news) this.raw.write(`event: ${type}\nid: ${idOf(version)}\ndata: ${textOf(version)}\n\n`);
      if (news.length === 0 && !isSilent) this.raw.write('event: heartbeat\ndata: \n\n');
      if (!isSilent) this.heartbeatAt = now + HEARTBEAT_MS;
      this.dueAt = now + (news.length > 0 ? UPDATE_MS : POLL_EVERY_MS);
      if (isOver) this.raw.end();
    } catch (error) {
      this.raw.end();
      this.onFailure(error);
    } finally {
      this.isBusy = false;
    }
  }
}

/** Proxies must neither cache nor buffer a stream (nginx buffers it without `X-Accel-Buffering`). */
const STREAM_HEADERS = { 'cache-control': 'no-store, no-transform', 'x-accel-buffering': 'no' } as const;

/** Cached, because many clients get the same version. */
const texts = new WeakMap<object, string>();

function textOf(version: object): string {
  let text = texts.get(version);
  if (text === undefined) texts.set(version, (text = JSON.stringify(version)));
  return text;
}

/**
 * A stream of events from a generator.
 * @throws what the generator throws before its first event, which can still become a problem response
 */
export async function streamOf<T>(
  reply: FastifyReply,
  type: string,
  eventsUntil: (closed: AbortSignal) => AsyncGenerator<T, void>,
): Promise<StreamableFile> {
  const abort = new AbortController();
  reply.raw.once('close', () => abort.abort());
  const events = eventsUntil(abort.signal);
  const first = await events.next();
  const text = async function* () {
    const event = (data: T) => `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
    if (first.done) return;
    yield event(first.value);
    for await (const data of events) yield event(data);
  };
  reply.headers(STREAM_HEADERS);
  return new StreamableFile(Readable.from(text(), { objectMode: false }), { type: 'text/event-stream; charset=utf-8' });
}
