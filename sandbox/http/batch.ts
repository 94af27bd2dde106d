import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { GoogleError, googleError } from './errors.ts';
import { Exchange, type Reply } from './exchange.ts';

/** "Performance guide", batching: at most a hundred calls in one request, each with an address of up to 8,000 characters. */
const MAX_PARTS = 100;
const MAX_URL = 8000;

/** Whether an address is where several calls are sent as one. */
export function isBatch(method: string, path: string): boolean {
  return method === 'POST' && /^\/batch(\/drive\/v3)?\/?$/.test(path);
}

/**
 * Carries out the calls of a multipart/mixed body one after the other, and puts their answers into one. Whatever
 * happens to one does not touch the others.
 * @throws GoogleError 400 for a body that is no batch, or one of more than a hundred calls.
 */
export async function answerBatch(exchange: Exchange, perform: (inner: Exchange) => Promise<Reply>): Promise<Reply> {
  const boundary = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(exchange.header('content-type') ?? '');
  const mark = boundary?.[1] ?? boundary?.[2];
  if (!/^multipart\/mixed/i.test(exchange.header('content-type') ?? '') || !mark)
    throw badBatch('The request must be multipart/mixed and name its boundary.');
  const parts = cut((await exchange.bytes()).toString('utf8'), mark);
  if (parts.length === 0) throw badBatch('Empty batch request.');
  if (parts.length > MAX_PARTS)
    throw badBatch(`The batch request has ${parts.length} calls, more than the maximum of ${MAX_PARTS}.`);
  const answerMark = `batch_${Math.random().toString(36).slice(2)}`;
  const answers: string[] = [];
  for (const part of parts) {
    const { head, rest } = splitHead(part);
    const id = head['content-id']?.replace(/^<(.*)>$/, '$1');
    const reply = await performPart(exchange, head, rest, perform);
    answers.push(
      `--${answerMark}\r\nContent-Type: application/http\r\n` +
        (id === undefined ? '' : `Content-ID: <response-${id}>\r\n`) +
        `\r\n${rendered(reply)}\r\n`,
    );
  }
  return {
    status: 200,
    headers: { 'content-type': `multipart/mixed; boundary=${answerMark}` },
    bytes: Buffer.from(`${answers.join('')}--${answerMark}--\r\n`),
  };
}

async function performPart(
  outer: Exchange,
  head: Record<string, string>,
  text: string,
  perform: (inner: Exchange) => Promise<Reply>,
): Promise<Reply> {
  const refuse = (message: string): Reply => ({ status: 400, json: badBatch(message).toJSON() });
  if (!/^application\/http/i.test(head['content-type'] ?? '')) return refuse('Each part must be application/http.');
  const lineEnd = text.indexOf('\r\n');
  const [, method, target] =
    /^([A-Z]+) (\S+)(?: HTTP\/[\d.]+)?$/.exec(lineEnd < 0 ? text.trim() : text.slice(0, lineEnd)) ?? [];
  if (!method || !target) return refuse('Failed to parse the request line of a part.');
  if (target.length > MAX_URL) return refuse(`The address of a part is longer than ${MAX_URL} characters.`);
  const url = new URL(target, outer.origin);
  // Media travels alone: nothing is uploaded in a batch, and downloads are sent elsewhere, as was seen.
  if (url.pathname.startsWith('/batch')) return refuse('A batch cannot hold another one.');
  if (url.pathname.startsWith('/upload/')) return refuse('Media upload is not allowed in a batch.');
  if (url.searchParams.get('alt') === 'media' || /\/export$/.test(url.pathname))
    return { status: 302, headers: { location: url.href } };
  const { head: headers, rest: body } = splitHead(lineEnd < 0 ? '' : text.slice(lineEnd + 2));
  headers['authorization'] ??= outer.header('authorization') ?? '';
  if (headers['authorization'] === '') delete headers['authorization'];
  headers['host'] = outer.header('host') ?? 'localhost';
  return perform(new Exchange(messageOf(method, url.pathname + url.search, headers, body)));
}

/** A request that came in another one, in the form of one that came by itself. */
function messageOf(method: string, url: string, headers: Record<string, string>, body: string): IncomingMessage {
  const message = new IncomingMessage(new Socket());
  const bytes = Buffer.from(body, 'utf8');
  Object.assign(message, { method, url });
  Object.assign(message.headers, headers, { 'content-length': String(bytes.length) });
  if (bytes.length > 0) message.push(bytes);
  message.push(null);
  return message;
}

/** What lies between the boundaries (RFC 2046), without the line breaks that belong to them. */
function cut(text: string, mark: string): string[] {
  const pieces = `\r\n${text.replace(/\r?\n/g, '\r\n')}`.split(`\r\n--${mark}`);
  return pieces.slice(1).flatMap((piece) => (piece.startsWith('--') ? [] : [piece.replace(/^[ \t]*\r\n/, '')]));
}

function splitHead(text: string): { head: Record<string, string>; rest: string } {
  const end = text.startsWith('\r\n') ? 0 : text.indexOf('\r\n\r\n');
  const lines = end < 0 ? text : text.slice(0, end);
  const head: Record<string, string> = {};
  for (const line of lines.split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) head[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
  return { head, rest: end < 0 ? '' : text.slice(end === 0 ? 2 : end + 4) };
}

const PHRASES: Record<number, string> = { 200: 'OK', 204: 'No Content', 302: 'Found', 400: 'Bad Request' };

function rendered({ status, headers, json, bytes }: Reply): string {
  const body = json === undefined ? (bytes?.toString('utf8') ?? '') : JSON.stringify(json);
  const all: Record<string, string | number> = {
    ...(json === undefined ? {} : { 'Content-Type': 'application/json; charset=UTF-8' }),
    ...headers,
    ...(status === 204 ? {} : { 'Content-Length': Buffer.byteLength(body) }),
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${PHRASES[status] ?? ''}\r\n${lines.join('')}\r\n${body}`;
}

function badBatch(message: string): GoogleError {
  return googleError('badBatch', { why: message });
}
