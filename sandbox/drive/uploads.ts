import { randomBytes } from 'node:crypto';
import { Content, UPLOAD_QUANTUM, type ContentFolder, type ContentWriter } from './content.ts';
import type { Account } from './drive-store.ts';
import { GoogleError, googleError } from '../http/errors.ts';
import { MAX_WHOLE_BODY, parseObject, type Exchange, type Reply } from '../http/exchange.ts';
import { boundaryOf, malformedMultipart, PartReader } from '../http/multipart.ts';
import type { Switches } from '../faults/switches.ts';

/** "The resumable session URI expires after one week" ("Upload file data"). */
const SESSION_LIFE_MS = 7 * 24 * 3600 * 1000;

interface Session {
  readonly id: string;
  readonly account: Account;
  readonly name: string;
  readonly fileId?: string;
  readonly expires: number;
  /** Total bytes, as `X-Upload-Content-Length` or a chunk states them. */
  total?: number;
  writer?: ContentWriter;
  /** Creates the file and returns the response; missing once that is done. */
  complete?: (content: Content) => Promise<Reply>;
  /** The response after completion; a repeated request gets it again. */
  done?: Reply;
  /** Requests of one session run one after the other; a new request ends one that hangs. */
  turn: Promise<unknown>;
  current?: Exchange;
}

function badRequest(message: string): GoogleError {
  return googleError('invalidChunk', { why: message });
}

/** Resumable uploads, byte by byte as "Upload file data" describes and clients rely on. */
export class ResumableUploads {
  private readonly sessions = new Map<string, Session>();
  private readonly contents: ContentFolder;
  private readonly now: () => number;
  private readonly switches: () => Readonly<Switches>;

  constructor(contents: ContentFolder, now: () => number, switches: () => Readonly<Switches>) {
    this.contents = contents;
    this.now = now;
    this.switches = switches;
  }

  /** Opens a session; its address is its credential. `total` is in bytes, if the client states it. */
  start(
    exchange: Exchange,
    options: {
      account: Account;
      name: string;
      fileId?: string;
      total?: number;
      complete: NonNullable<Session['complete']>;
    },
  ): Reply {
    this.forgetExpired();
    const id = `sandbox-upload-${randomBytes(32).toString('base64url')}`;
    this.sessions.set(id, { id, ...options, expires: this.now() + SESSION_LIFE_MS, turn: Promise.resolve() });
    const location = new URL(exchange.url);
    location.searchParams.delete('access_token');
    location.searchParams.set('upload_id', id);
    return { status: 200, headers: { location: location.href, 'x-guploader-uploadid': id } };
  }

  /** Values for matching faults. */
  target(id: string): { account?: string; name?: string; fileId?: string } {
    const session = this.sessions.get(id);
    if (!session) return {};
    const { account, name, fileId } = session;
    return { account: account.email, name, ...(fileId === undefined ? {} : { fileId }) };
  }

  /** Expires one session, or all; returns their number. */
  async expire(id?: string): Promise<number> {
    const ending = [...this.sessions.values()].filter((session) => id === undefined || session.id === id);
    for (const session of ending) {
      this.sessions.delete(session.id);
      if (!session.done) await session.writer?.abandon();
    }
    return ending.length;
  }

  /** Frees what expired sessions hold: a file that is open, and its bytes. They began in the order of the map. */
  private forgetExpired(): void {
    for (const session of this.sessions.values()) {
      if (session.expires > this.now()) return;
      void this.expire(session.id);
    }
  }

  /** Unfinished uploads, with the bytes stored of each. */
  open(): { account: string; name: string; total?: number; kept: number }[] {
    return [...this.sessions.values()]
      .filter((session) => !session.done && session.expires > this.now())
      .map(({ account, name, total, writer }) => ({
        account: account.email,
        name,
        ...(total === undefined ? {} : { total }),
        kept: writer?.committed ?? 0,
      }));
  }

  /** Ends a session for its client: 499 (Cloud Storage, "Resumable uploads"; Drive's page does not mention it). */
  async cancel(id: string): Promise<Reply> {
    const session = this.known(id);
    session.current?.hangUp();
    await session.turn;
    await this.expire(id);
    return { status: 499 };
  }

  /** Handles a chunk, or a query of the upload's status. */
  async take(exchange: Exchange, id: string): Promise<Reply> {
    if (exchange.fault?.kind === 'expireSession') await this.expire(id);
    const session = this.known(id);
    session.current?.hangUp();
    const mine = session.turn.then(() => this.advance(exchange, session));
    session.turn = mine.catch(() => undefined);
    return mine;
  }

  private known(id: string): Session {
    const session = this.sessions.get(id);
    if (!session || session.expires <= this.now()) throw googleError('notFound');
    return session;
  }

  private async advance(exchange: Exchange, session: Session): Promise<Reply> {
    if (session.done) return session.done;
    session.current = exchange;
    const header = exchange.header('content-range');
    const length = exchange.bodyLength;
    const committed = session.writer?.committed ?? 0;

    const asked = header === undefined ? null : /^bytes \*\/(\d+|\*)$/.exec(header.trim());
    if (asked) {
      if (length !== undefined && length > 0) throw badRequest('A status query must not have a body.');
      this.agreeOnTotal(session, asked[1]);
      return session.total !== undefined && asked[1] !== '*' && committed === session.total
        ? this.finish(session, exchange)
        : progress(exchange, committed);
    }

    const range = header === undefined ? null : /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(header.trim());
    if (header !== undefined && !range) throw googleError('unreadableRange');
    const start = range ? Number(range[1]) : 0;
    const end = range ? Number(range[2]) + 1 : length === undefined ? undefined : length;
    if (range) {
      if (end === undefined || end <= start) throw googleError('unreadableRange');
      this.agreeOnTotal(session, range[3]);
    } else if (end !== undefined) {
      // The whole file in one request.
      this.agreeOnTotal(session, String(end));
    }
    if (end !== undefined && length !== undefined && end - start !== length)
      throw badRequest(`The Content-Range header names ${end - start} byte(s), the body has ${length}.`);
    if (session.total !== undefined && end !== undefined && end > session.total)
      throw badRequest('According to the Content-Range header, the chunk ends behind the end of the file.');
    if (start > committed)
      throw badRequest(
        `According to the Content-Range header, the upload offset is ${start} byte(s), which exceeds already ` +
          `uploaded size of ${committed} byte(s).`,
      );
    const final = range ? range[3] !== '*' && end === session.total : true;
    const uneven = end !== undefined && (end - start) % UPLOAD_QUANTUM > 0;
    if (
      !final &&
      end !== undefined &&
      (end - start < UPLOAD_QUANTUM || (uneven && this.switches().unevenChunks === 'refuse'))
    )
      throw badRequest(
        `The number of bytes uploaded is required to be equal or greater than ${UPLOAD_QUANTUM}, except for the ` +
          "final request (it's recommended to be the exact multiple of 262144).  The received request contained " +
          `${end - start} bytes, which does not meet this requirement.`,
      );

    const writer = (session.writer ??= await this.contents.create());
    const { fault } = exchange;
    // Google may store less than it received, and its response says so.
    const keep =
      fault?.kind === 'keepLess' ? start + (fault.afterBytes ?? Math.floor(((end ?? start) - start) / 2)) : Infinity;
    let at = start;
    try {
      for await (const part of exchange.stream()) {
        const chunk = at + part.length > keep ? part.subarray(0, Math.max(0, keep - at)) : part;
        if (end !== undefined && at + chunk.length > end) throw badRequest('The body is longer than announced.');
        // A client that missed our response repeats bytes that are already stored; these are skipped.
        const known = Math.max(0, Math.min(chunk.length, writer.received - at));
        if (known < chunk.length) await writer.write(known > 0 ? chunk.subarray(known) : chunk);
        at += part.length;
      }
      if (end !== undefined && at < end) throw badRequest('The body is shorter than announced.');
    } catch (error) {
      await writer.dropTail();
      throw error;
    }
    if (final && keep === Infinity) {
      session.total ??= at;
      return this.finish(session, exchange);
    }
    // Only whole quanta are stored, as at Google: the client continues at the byte that the response names.
    await writer.dropTail();
    return progress(exchange, writer.committed);
  }

  private agreeOnTotal(session: Session, stated: string | undefined): void {
    if (stated === undefined || stated === '*') return;
    const total = Number(stated);
    if (session.total !== undefined && session.total !== total)
      throw badRequest(
        `According to the Content-Range header, the final size is ${total} byte(s), which does not match the ` +
          `announced size of ${session.total} byte(s).`,
      );
    session.total = total;
  }

  private async finish(session: Session, { fault }: Exchange): Promise<Reply> {
    const writer = (session.writer ??= await this.contents.create());
    const whole = await writer.finish();
    const content = fault?.kind === 'wrongContent' ? await Content.spoilt(whole) : whole;
    try {
      session.done = await session.complete!(content);
      // Only the response is needed again, not the request with all that it holds.
      for (const each of ['complete', 'writer', 'current'] as const) delete session[each];
      return session.done;
    } catch (error) {
      this.sessions.delete(session.id);
      throw error;
    }
  }
}

function progress(exchange: Exchange, committed: number): Reply {
  const headers: Record<string, string> = committed > 0 ? { range: `bytes=0-${committed - 1}` } : {};
  // Some HTTP libraries treat a 308 as a redirect; Google's Go client requests this instead.
  if (exchange.header('x-guploader-no-308')?.toLowerCase() === 'yes')
    return { status: 200, headers: { ...headers, 'x-http-status-code-override': '308' } };
  return { status: 308, headers };
}

/** Reads a multipart/related upload: metadata, then content, which is written to disk while it arrives. */
export async function readMultipart(
  exchange: Exchange,
  contents: ContentFolder,
  onMetadata: (metadata: Record<string, unknown>, contentType: string | undefined) => Promise<void>,
): Promise<{ metadata: Record<string, unknown>; contentType?: string; content: Content }> {
  const mark = boundaryOf(exchange.header('content-type'));
  if (!mark) throw googleError('noBoundary');
  const parts = new PartReader(exchange.stream(), mark);
  const first = await parts.next();
  if (!first) throw malformedMultipart('has too few parts');
  // A part without a type is `text/plain` (RFC 2046, 5.1).
  const type = first['content-type'] ?? 'text/plain';
  if (!/^application\/json/i.test(type)) throw googleError('unsupportedContent', { type: type.split(';')[0] ?? type });
  const json: Buffer[] = [];
  let length = 0;
  for await (const chunk of parts.body()) {
    length += chunk.length;
    if (length > MAX_WHOLE_BODY) throw googleError('bodyTooLarge');
    json.push(chunk);
  }
  const metadata = parseObject(Buffer.concat(json).toString('utf8'));
  const second = await parts.next();
  if (!second) throw malformedMultipart('has too few parts');
  const contentType = second['content-type'];
  await onMetadata(metadata, contentType);
  const writer = await contents.create();
  try {
    const base64 = second['content-transfer-encoding']?.toLowerCase() === 'base64';
    for await (const chunk of base64 ? decodeBase64(parts.body()) : parts.body()) await writer.write(chunk);
    if (await parts.next()) throw malformedMultipart('has more than two parts');
    const content = await writer.finish();
    return { metadata, content, ...(contentType === undefined ? {} : { contentType }) };
  } catch (error) {
    await writer.abandon();
    throw error;
  }
}

async function* decodeBase64(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest = '';
  for await (const chunk of chunks) {
    const text = rest + chunk.toString('latin1').replace(/\s+/g, '');
    const whole = text.length - (text.length % 4);
    rest = text.slice(whole);
    if (whole > 0) yield Buffer.from(text.slice(0, whole), 'base64');
  }
  if (rest) yield Buffer.from(rest, 'base64');
}
