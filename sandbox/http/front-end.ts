import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Reply } from './exchange.ts';

/** Longer addresses are refused before the headers are read. */
const MAX_ADDRESS = 8000;

/** The HTML page of Google's front end, which refuses requests before they reach an API. */
function page(status: number, title: string, sentence: string): string {
  return (
    `<!DOCTYPE html><html lang=en><meta charset=utf-8><title>Error ${status} (${title})!!1</title>` +
    `<p><b>${status}.</b> <ins>That’s an error.</ins><p>${sentence} <ins>That’s all we know.</ins>`
  );
}

function refusal(status: number, title: string, sentence: string): string {
  const body = page(status, title, sentence);
  return (
    `HTTP/1.1 ${status} ${title}\r\nContent-Type: text/html; charset=UTF-8\r\n` +
    `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`
  );
}

const MALFORMED_SENTENCE = 'Your client has issued a malformed or illegal request.';

const MALFORMED = refusal(400, 'Bad Request', MALFORMED_SENTENCE);
const TOO_LONG = refusal(414, 'Request-URI Too Large', 'The requested URL is too large to process.');
const TOO_LARGE = refusal(413, 'Request Entity Too Large', 'Your client issued a request that was too large.');

/** Addresses of the editors' APIs, and of the others. */
const EDITORS_API = /^\/v[14]\/(?:documents|presentations|spreadsheets|forms)(?=[/:]|$)/;
const OTHER_API = /^\/(?:upload\/|resumable\/upload\/)?(?:drive|admin)\//;

/**
 * What the front end answers for an API's address that is no method's: it is HTML, with another status for the editors.
 * Measured by brekkylab/backlot (`rendered` in `backlot/errors/google.py`) on Drive, Sheets, Docs and Slides; that the
 * Forms and Directory APIs do the same is our guess.
 * @param path without the query
 */
export function unknownAddress(path: string): Reply | undefined {
  if (EDITORS_API.test(path)) return { status: 400, html: page(400, 'Bad Request', MALFORMED_SENTENCE) };
  if (!OTHER_API.test(path)) return undefined;
  const sentence = `The requested URL <code>${escaped(path)}</code> was not found on this server.`;
  return { status: 404, html: page(404, 'Not Found', sentence) };
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}

/** Refuses malformed and oversized requests as Google's front end does; Node's own refusals have no body. */
export function refuseBrokenRequests(server: Server): void {
  server.on('clientError', (error: NodeJS.ErrnoException & { rawPacket?: Buffer }, socket: Duplex) => {
    if (!socket.writable) {
      socket.destroy();
      return;
    }
    const firstLine = error.rawPacket?.indexOf('\r\n') ?? 0;
    const isAddress = firstLine < 0 || firstLine > MAX_ADDRESS;
    socket.end(error.code !== 'HPE_HEADER_OVERFLOW' ? MALFORMED : isAddress ? TOO_LONG : TOO_LARGE);
  });
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => socket.end(MALFORMED));
  // An unknown expectation is ignored.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
}
