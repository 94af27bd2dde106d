import { IncomingMessage, STATUS_CODES } from 'node:http';
import { Socket } from 'node:net';
import type { Endpoints } from './endpoint.ts';
import { GoogleError, googleError } from './errors.ts';
import { Exchange, MAX_WHOLE_BODY, type Reply } from './exchange.ts';
import { boundaryOf, PartReader, readFields } from './multipart.ts';

/** "Performance guide", batching: at most a hundred calls in one request, each with an address of up to 8,000 characters. */
const MAX_PARTS = 100;
/** The Directory API takes more: https://developers.google.com/admin-sdk/directory/v1/guides/batch. */
const MAX_DIRECTORY_PARTS = 1000;
const DIRECTORY_BATCH = '/batch/admin/directory_v1';
const MAX_URL = 8000;

/** Endpoints that take several calls in one request; each call is counted separately. */
export const BATCH_ENDPOINTS = {
  batch: {
    at: [
      'POST /batch',
      'POST /batch/',
      'POST /batch/drive/v3',
      'POST /batch/drive/v3/',
      `POST ${DIRECTORY_BATCH}`,
      `POST ${DIRECTORY_BATCH}/`,
    ],
    handle: ({ perform }, { exchange }) => answerBatch(exchange, perform),
    scopes: 'none',
    cost: 'free',
    typicalMs: 80,
    errors: ['badBatch', 'bodyTooLarge'],
    isEnvelope: true,
  },
} as const satisfies Endpoints;

/**
 * Executes the calls of a multipart/mixed body in order and combines their responses. A failed call does not affect the
 * others.
 * @throws GoogleError 400 for a body that is not a batch, or has too many calls.
 */
async function answerBatch(exchange: Exchange, perform: (inner: Exchange) => Promise<Reply>): Promise<Reply> {
  const mark = boundaryOf(exchange.header('content-type'));
  if (!/^multipart\/mixed/i.test(exchange.header('content-type') ?? '') || !mark)
    throw badBatch('The request must be multipart/mixed and name its boundary.');
  const parts = await readParts(exchange, mark);
  if (parts.length === 0) throw badBatch('Empty batch request.');
  const most = exchange.path.startsWith(DIRECTORY_BATCH) ? MAX_DIRECTORY_PARTS : MAX_PARTS;
  if (parts.length > most)
    throw badBatch(`The batch request has ${parts.length} calls, more than the maximum of ${most}.`);
  const answerMark = `batch_${Math.random().toString(36).slice(2)}`;
  const answers: string[] = [];
  for (const { head, text } of parts) {
    const id = head['content-id']?.replace(/^<?/, '$&response-');
    const reply = await performPart(exchange, head, text, perform);
    answers.push(
      `--${answerMark}\r\nContent-Type: application/http\r\n` +
        (id === undefined ? '' : `Content-ID: ${id}\r\n`) +
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
  const { lines, body } = splitMessage(text);
  const [, method, target] = /^([A-Z]+) (\S+)(?: HTTP\/[\d.]+)?$/.exec(lines.shift()?.trim() ?? '') ?? [];
  if (!method || !target || !URL.canParse(target, outer.origin))
    return refuse('Failed to parse the request line of a part.');
  if (target.length > MAX_URL) return refuse(`The address of a part is longer than ${MAX_URL} characters.`);
  const url = new URL(target, outer.origin);
  // A batch carries no media: uploads are refused, and downloads are redirected, as clients observed.
  if (url.pathname.startsWith('/batch')) return refuse('A batch cannot contain another batch.');
  if (url.pathname.startsWith('/upload/')) return refuse('Media upload is not allowed in a batch.');
  if (url.searchParams.get('alt') === 'media' || /\/export$/.test(url.pathname))
    return { status: 302, headers: { location: url.href } };
  const headers = readFields(lines);
  headers['authorization'] ??= outer.header('authorization') ?? '';
  if (headers['authorization'] === '') delete headers['authorization'];
  headers['host'] = outer.header('host') ?? 'localhost';
  return perform(new Exchange(messageOf(method, url.pathname + url.search, headers, body)));
}

/** A call inside a batch, as a request of its own. */
function messageOf(method: string, url: string, headers: Record<string, string>, body: string): IncomingMessage {
  const message = new IncomingMessage(new Socket());
  const bytes = Buffer.from(body, 'utf8');
  Object.assign(message, { method, url });
  Object.assign(message.headers, headers, { 'content-length': String(bytes.length) });
  if (bytes.length > 0) message.push(bytes);
  message.push(null);
  return message;
}

async function readParts(
  exchange: Exchange,
  boundary: string,
): Promise<{ head: Record<string, string>; text: string }[]> {
  const reader = new PartReader(exchange.stream(), boundary);
  const parts: { head: Record<string, string>; text: string }[] = [];
  let length = 0;
  for (let head = await reader.next(); head; head = await reader.next()) {
    const chunks: Buffer[] = [];
    for await (const chunk of reader.body()) {
      length += chunk.length;
      if (length > MAX_WHOLE_BODY) throw googleError('bodyTooLarge');
      chunks.push(chunk);
    }
    parts.push({ head, text: Buffer.concat(chunks).toString('utf8') });
  }
  return parts;
}

/** The lines before the empty line, and the text after it. Lines may end in CRLF or LF. */
function splitMessage(text: string): { lines: string[]; body: string } {
  const lines: string[] = [];
  for (let rest = text; ;) {
    const at = rest.indexOf('\n');
    const line = (at < 0 ? rest : rest.slice(0, at)).replace(/\r$/, '');
    rest = at < 0 ? '' : rest.slice(at + 1);
    if (line === '') return { lines, body: rest };
    lines.push(line);
  }
}

function rendered({ status, headers, json, html, bytes }: Reply): string {
  const body = json === undefined ? (html ?? bytes?.toString('utf8') ?? '') : JSON.stringify(json);
  const all: Record<string, string | number> = {
    ...(json === undefined ? {} : { 'Content-Type': 'application/json; charset=UTF-8' }),
    ...(html === undefined ? {} : { 'Content-Type': 'text/html; charset=UTF-8' }),
    ...headers,
    ...(status === 204 ? {} : { 'Content-Length': Buffer.byteLength(body) }),
    // Drive sends no other field with a 204 (google-api-objectivec-client-for-rest#378). The Python client needs one.
    Date: new Date().toUTCString(),
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${body}`;
}

function badBatch(message: string): GoogleError {
  return googleError('badBatch', { why: message });
}
