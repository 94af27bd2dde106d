import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../faults/fault.ts';
import { ConnectionCut, type Exchange, type Reply } from './exchange.ts';
import type { Stats } from './stats.ts';

/** Responses that leave together at most. */
const OUTBOX_SIZE = 16;

/** Writes responses, counts their bytes, and damages them as faults ask. */
export class ResponseWriter {
  private readonly stats: Stats;
  private readonly sleep: (ms: number) => Promise<unknown>;
  private outbox: (() => void)[] = [];

  /** @param sleep how the pauses of a slow response pass, in milliseconds */
  constructor(stats: Stats, sleep: (ms: number) => Promise<unknown>) {
    this.stats = stats;
    this.sleep = sleep;
  }

  /** Sends a response, damaged where a fault asks for it. Resolves when it is sent, or waits to be sent with others. */
  async send(response: ServerResponse, reply: Reply, exchange: Exchange, fault?: Fault): Promise<void> {
    const headers: Record<string, string | number> = { ...reply.headers };
    let bytes: Buffer | string | undefined;
    if (reply.json !== undefined) {
      bytes = JSON.stringify(reply.json);
      headers['content-type'] ??= 'application/json; charset=UTF-8';
    } else if (reply.html !== undefined) {
      bytes = reply.html;
      headers['content-type'] ??= 'text/html; charset=UTF-8';
    } else {
      bytes = reply.bytes;
    }
    exchange.discard();
    if (response.destroyed) return;

    let length = reply.part ? reply.part.end - reply.part.start : bytes === undefined ? 0 : Buffer.byteLength(bytes);
    const plain = fault === undefined || !['truncate', 'stall', 'wrongBytes', 'shortBody', 'drip'].includes(fault.kind);
    if (fault?.kind === 'shortBody') length = Math.min(length, fault.afterBytes ?? Math.floor(length / 2));
    if (!reply.lines && reply.status !== 204) headers['content-length'] = length;
    response.writeHead(reply.status, headers);
    if (plain && !reply.part && !reply.lines) {
      this.countSent(exchange, length);
      // As many bytes as characters: all of it is ASCII, for which Node has a quicker way out.
      const ascii = typeof bytes === 'string' && bytes.length === length;
      this.post(ascii ? () => response.end(bytes, 'latin1') : () => response.end(bytes));
      return;
    }
    const source = reply.part
      ? reply.part.content.read(reply.part.start, Math.min(reply.part.end, reply.part.start + length))
      : Readable.from(reply.lines ?? [Buffer.from(bytes ?? '').subarray(0, length)]);
    const damage = (chunks: AsyncIterable<Buffer | string>): AsyncGenerator<Buffer> =>
      this.damaged(chunks, length, fault, response, exchange);
    try {
      await pipeline(source, damage, response);
    } catch (error) {
      // The client may hang up at any time.
      const gone = response.destroyed;
      response.destroy();
      if (fault) throw new ConnectionCut();
      if (!gone) throw error;
    }
  }

  private countSent(exchange: Exchange, bytes: number): void {
    exchange.bytesSent += bytes;
    this.stats.bytesOut += bytes;
  }

  private async *damaged(
    chunks: AsyncIterable<Buffer | string>,
    length: number,
    fault: Fault | undefined,
    response: ServerResponse,
    exchange: Exchange,
  ): AsyncGenerator<Buffer> {
    const mark = fault?.afterBytes ?? Math.floor(length / 2);
    let sent = 0;
    for await (const each of chunks) {
      let chunk = typeof each === 'string' ? Buffer.from(each) : each;
      if (fault?.kind === 'drip') {
        for (const byte of chunk) {
          await this.sleep(fault.delayMs ?? 100);
          if (response.destroyed) throw new ConnectionCut();
          yield Buffer.from([byte]);
          this.countSent(exchange, 1);
        }
        continue;
      }
      const reaches = sent + chunk.length > mark;
      if (fault?.kind === 'wrongBytes' && reaches && sent <= mark) {
        // A copy: the bytes belong to the file.
        chunk = Buffer.from(chunk);
        chunk[mark - sent] = (chunk[mark - sent] ?? 0) ^ 0xff;
      }
      if ((fault?.kind === 'truncate' || fault?.kind === 'stall') && reaches) {
        yield chunk.subarray(0, mark - sent);
        this.countSent(exchange, mark - sent);
        if (fault.kind === 'stall') await new Promise((resolve) => response.once('close', resolve));
        // What was yielded must arrive before the connection ends.
        else await sleep(20);
        throw new ConnectionCut();
      }
      sent += chunk.length;
      this.countSent(exchange, chunk.length);
      yield chunk;
    }
  }

  /**
   * Responses to requests that came together leave together: a client of many connections wakes once for all of them,
   * which costs more than a response does.
   */
  private post(send: () => void): void {
    this.outbox.push(send);
    // A few at a time, so that the client has something to do while the next are made.
    if (this.outbox.length >= OUTBOX_SIZE) this.empty();
    else if (this.outbox.length === 1) setImmediate(() => this.empty());
  }

  private empty(): void {
    const waiting = this.outbox;
    this.outbox = [];
    for (const each of waiting) each();
  }
}
