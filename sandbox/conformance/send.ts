import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  bytes: Buffer;
  /** The body as JSON; an empty object for an empty body. */
  json: Json;
}

/** JSON that tests can navigate without narrowing at each step; they cast lists and texts where they use them. */
export interface Json {
  readonly [name: string]: Json | undefined;
}

/** A text in a response; fails for another type. */
export function text(value: unknown): string {
  if (typeof value !== 'string') throw new Error(`Not a text: ${JSON.stringify(value)}`);
  return value;
}

export interface Ask {
  token?: string;
  headers?: Record<string, string>;
  /** An object is sent as JSON, URLSearchParams as a form. */
  body?: object | string | Buffer | URLSearchParams;
}

/** Maximum silence of a connection; only a hang takes this long. */
export const SILENCE_MS = 60_000;

/** Sends a request without following redirects or decoding the response. Rejects if the connection breaks. */
export function send(method: string, url: URL, { token, headers, body }: Ask = {}): Promise<Answer> {
  const form = body instanceof URLSearchParams;
  const raw = typeof body === 'string' || Buffer.isBuffer(body);
  const payload = body === undefined ? undefined : raw ? body : form ? body.toString() : JSON.stringify(body);
  const type = form ? 'application/x-www-form-urlencoded' : 'application/json';
  return new Promise((resolve, reject) => {
    const sent = (url.protocol === 'https:' ? httpsRequest : httpRequest)(
      url,
      {
        method,
        agent: false,
        timeout: SILENCE_MS,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(payload === undefined || raw ? {} : { 'content-type': type }),
          ...(payload === undefined ? {} : { 'content-length': Buffer.byteLength(payload) }),
          ...headers,
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const bytes = Buffer.concat(chunks);
          const text = bytes.toString('utf8');
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text,
            bytes,
            json: jsonOf(text, response.headers['content-type'] ?? ''),
          });
        });
      },
    );
    sent.on('timeout', () => sent.destroy(new Error('no answer')));
    sent.on('error', reject);
    sent.end(payload);
  });
}

function jsonOf(text: string, type: string): Json {
  return (/json/.test(type) && !/ndjson/.test(type) && text !== '' ? JSON.parse(text) : {}) as Json;
}

/** A multipart/related body like those of Google's clients. */
export function multipart(metadata: object, content: Buffer | string, type = 'application/octet-stream'): Ask {
  const mark = 'a-boundary';
  return {
    headers: { 'content-type': `multipart/related; boundary="${mark}"` },
    body: Buffer.concat([
      Buffer.from(`--${mark}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n${JSON.stringify(metadata)}\r\n`),
      Buffer.from(`--${mark}\r\nContent-Type: ${type}\r\n\r\n`),
      Buffer.from(content as string),
      Buffer.from(`\r\n--${mark}--\r\n`),
    ]),
  };
}
