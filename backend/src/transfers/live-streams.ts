import type { ServerResponse } from 'node:http';
import { Injectable, Logger } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { isCoded } from '../engine/errors.js';

/** At most one update a second; looked at twice as often, so that news is not a second old; a sign of life every ten. */
const UPDATE_MS = 1_000;
const LOOK_EVERY_MS = 500;
const HEARTBEAT_MS = 10_000;
/** Between two rounds over all streams, each of which has its own time. */
const ROUND_MS = 50;
/** Bytes that a client has not taken, after which nothing more is told to it: it then hears of the state of that moment. */
const MAX_UNREAD_BYTES = 64 * 1024;

/** What one viewer is told: each look answers what is new since the last one. */
export type Look<T> = () => Promise<{
  readonly news: readonly T[];
  /** Nothing will ever be new again. */
  readonly isOver?: boolean;
}>;

export interface Watched<T> {
  /** Of the events: `transfer`. */
  readonly type: string;
  readonly look: Look<T>;
  /** Ids by which a client says what it has seen last. */
  readonly idOf: (version: T) => string | number;
  /** Asked before anything is told: nothing reaches whoever logged out a moment ago. */
  readonly mayWatch: () => Promise<boolean>;
}

/** What a client says it has seen last (`Last-Event-ID`), where ids are revisions. */
export const seenBy = (lastEventId: string | undefined): number | undefined =>
  /^\d{1,15}$/.test(lastEventId ?? '') ? Number(lastEventId) : undefined;

/**
 * Streams of server-sent events (HTML standard, "Server-sent events"). A process holds thousands of them, most of them at
 * rest: each is one small object, and one timer serves all. When the server closes, it ends them (`useOpenStreams`).
 */
@Injectable()
export class LiveStreams {
  private readonly log = new Logger(LiveStreams.name);
  private readonly streams = new Set<Pick<LiveStream<never>, 'isDue' | 'turn'>>();
  private timer: NodeJS.Timeout | undefined;

  /** Answers a request with a stream that ends when there is nothing more to tell, or nobody may watch any more. */
  open<T extends object>(reply: FastifyReply, watched: Watched<T>): void {
    reply.hijack();
    const { raw } = reply;
    // Its close has been told, and will not be told again: the stream would be looked at for as long as the process lives.
    if (raw.destroyed) return;
    raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      // nginx holds answers back otherwise.
      'x-accel-buffering': 'no',
    });
    if (reply.request.method === 'HEAD') {
      raw.end();
      return;
    }
    raw.flushHeaders();
    const stream = new LiveStream<T>(raw, watched, (error) => this.report(error));
    this.streams.add(stream);
    raw.on('error', () => undefined); // it is closed then, which is all there is to know
    raw.once('close', () => {
      this.streams.delete(stream);
      if (this.streams.size > 0) return;
      clearInterval(this.timer);
      this.timer = undefined;
    });
    this.timer ??= setInterval(() => this.round(), ROUND_MS).unref();
    void stream.turn(performance.now());
  }

  private round(): void {
    const now = performance.now();
    for (const stream of this.streams) if (stream.isDue(now)) void stream.turn(now);
  }

  /** The client comes again by itself, and is told then what is wrong. */
  private report(error: unknown): void {
    if (!isCoded(error)) this.log.error({ err: error }, 'An event stream ended by a fault.');
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

  async turn(now: number): Promise<void> {
    this.isBusy = true;
    try {
      const { look, type, idOf, mayWatch } = this.watched;
      const { news, isOver = false } = await look();
      const isSilent = news.length === 0 && now < this.heartbeatAt;
      const mayTell = isSilent || (await mayWatch());
      if (this.raw.writableEnded || this.raw.destroyed) return; // the server closes, or the client is gone
      if (!mayTell) {
        this.raw.end();
        return;
      }
      for (const version of news) this.raw.write(`event: ${type}\nid: ${idOf(version)}\ndata: ${textOf(version)}\n\n`);
      if (news.length === 0 && !isSilent) this.raw.write('event: heartbeat\ndata: \n\n');
      if (!isSilent) this.heartbeatAt = now + HEARTBEAT_MS;
      this.dueAt = now + (news.length > 0 ? UPDATE_MS : LOOK_EVERY_MS);
      if (isOver) this.raw.end();
    } catch (error) {
      this.raw.end();
      this.onFailure(error);
    } finally {
      this.isBusy = false;
    }
  }
}

/** Many are told of the same version. */
const texts = new WeakMap<object, string>();

function textOf(version: object): string {
  let text = texts.get(version);
  if (text === undefined) texts.set(version, (text = JSON.stringify(version)));
  return text;
}
