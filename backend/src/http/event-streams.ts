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
import { ApiHeader, ApiOkResponse, ApiProduces } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../config/config.js';
import { InjectConfig } from '../config/config.module.js';
import { isCoded } from '../engine/errors.js';
import { endTurn } from './account-turns.js';
import { TooManyRequestsError } from './errors.js';

/** At most one update a second; polled twice as often, so that an update is at most a second old; a heartbeat every ten. */
const UPDATE_MS = 1_000;
const POLL_EVERY_MS = 500;
const HEARTBEAT_MS = 10_000;
/** Between two rounds over all streams, each of which has its own time. */
const ROUND_MS = 50;
/** Bytes that a client has not read, after which it gets no further updates; it then gets the state of that moment. */
const MAX_UNREAD_BYTES = 64 * 1024;
const BUSY_SECONDS = 30;

/** Returns what has changed since the last poll of one viewer. */
export type Poll<T> = () => Promise<{
  readonly news: readonly T[];
  /** Nothing will change any more. */
  readonly isOver?: boolean;
}>;

export interface Watched<T> {
  /** Of the events: `transfer`. */
  readonly type: string;
  readonly poll: Poll<T>;
  /** Ids by which a client says what it has seen last. */
  readonly idOf: (version: T) => string | number;
  /** Checked before each update, so that nothing reaches a client that logged out a moment ago. */
  readonly mayWatch: () => Promise<boolean>;
}

/** Documents a stream: the type of its events, what their data is, and what an id says. */
export const ApiEventStream = (type: string, data: Type, seen = 'Id of the last event that was seen.') =>
  applyDecorators(
    ApiHeader({ name: 'Last-Event-ID', required: false, description: seen }),
    ApiProduces('text/event-stream'),
    ApiOkResponse({ description: `The stream; the data of each \`${type}\` event is a ${data.name}.` }),
  );

/** The id of the last event that a client has seen. */
export const LastEventId = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const id = context.switchToHttp().getRequest<FastifyRequest>().headers['last-event-id'];
  return typeof id === 'string' ? id : undefined;
});

/** What a client has seen last, where ids are revisions. */
export const seenBy = (lastEventId: string | undefined): number | undefined =>
  /^\d{1,15}$/.test(lastEventId ?? '') ? Number(lastEventId) : undefined;

type Updates = Pick<LiveStream<never>, 'isDue' | 'update'>;

/**
 * The open streams of server-sent events (HTML standard, "Server-sent events"). A process holds thousands of them, most
 * of them idle: each is one small object, and one timer serves all.
 */
@Injectable()
export class EventStreams {
  private readonly log = new Logger(EventStreams.name);
  /** Each response with its updates; a stream that writes by itself has none. */
  private readonly open = new Map<ServerResponse, Updates | undefined>();
  private readonly byAccount = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;

  constructor(@InjectConfig('http') private readonly http: Config['http']) {}

  /**
   * Registers a response that stays open, before it begins. It costs memory for as long as it is open, whatever the limits
   * on requests are.
   * @param isStream ends with the server; of any other response a part must not look complete
   * @throws TooManyRequestsError when the account has too many open
   */
  admit(raw: ServerResponse, account: string, isStream: boolean): void {
    // Its client left while it waited for its turn: no event would end the count, and `start` opens nothing.
    if (raw.closed) return;
    const count = this.byAccount.get(account) ?? 0;
    if (count >= this.http.maxEventStreams) throw new TooManyRequestsError('streams', BUSY_SECONDS);
    this.byAccount.set(account, count + 1);
    if (isStream) this.open.set(raw, undefined);
    // One listener: with those of Fastify and Nest, a stream has ten, and Node warns of a leak from the eleventh on.
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

  /** Responds, once admitted, with a stream that ends when nothing will change any more or the client may no longer watch. */
  start<T extends object>(reply: FastifyReply, watched: Watched<T>): void {
    reply.hijack();
    endTurn(reply.request);
    const { raw } = reply;
    // Its `close` event has passed, so the stream would be polled for as long as the process lives.
    if (raw.destroyed) return;
    raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream; charset=utf-8',
      ...STREAM_HEADERS,
    });
    if (reply.request.method === 'HEAD') {
      raw.end();
      return;
    }
    raw.flushHeaders();
    const stream = new LiveStream<T>(raw, watched, (error) => this.report(error));
    this.open.set(raw, stream);
    raw.on('error', () => undefined); // it is closed then
    this.timer ??= setInterval(() => this.round(), ROUND_MS).unref();
    void stream.update(performance.now());
  }

  /**
   * Ends all streams when the server closes. They would never end by themselves, and the server would wait for them; cut
   * off, they would look like a broken connection. A client whose stream ends reconnects, to another process.
   */
  endAll(): void {
    for (const raw of this.open.keys()) {
      if (!raw.headersSent) continue;
      // What its source still writes is lost on purpose.
      raw.on('error', () => undefined);
      // The server would wait for a kept-alive connection as well.
      const { socket } = raw;
      raw.end(() => socket?.end());
    }
  }

  private round(): void {
    const now = performance.now();
    for (const stream of this.open.values()) if (stream?.isDue(now)) void stream.update(now);
  }

  /** The client reconnects by itself, and then gets the problem. */
  private report(error: unknown): void {
    if (!isCoded(error)) this.log.error({ err: error }, 'An event stream ended because of a fault.');
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
      if (this.raw.writableEnded || this.raw.destroyed) return; // the server closes, or the client is gone
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

/** Proxies must neither keep nor hold back a stream (nginx does without `X-Accel-Buffering`). */
const STREAM_HEADERS = { 'cache-control': 'no-store, no-transform', 'x-accel-buffering': 'no' } as const;

/** Many clients get the same version. */
const texts = new WeakMap<object, string>();

function textOf(version: object): string {
  let text = texts.get(version);
  if (text === undefined) texts.set(version, (text = JSON.stringify(version)));
  return text;
}

/**
 * A stream of events that a generator makes by itself.
 * @throws what the generator throws before its first event: it can still be answered as a problem
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
