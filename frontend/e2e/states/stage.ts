// The portal as the product serves it, with an API whose responses are scripted by a test, for states that are hard to
// produce: Google refuses for a day, 100,000 failures, a connection breaks. Each response is checked against
// openapi.json, so that the portal is never tested with responses that the API cannot give.
import { Buffer } from 'node:buffer';
import {
  createServer,
  request as forward,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { Problem } from '../../src/app/api/models';
import { portOf } from '../../../tools/processes.ts';
import { AXE_SOURCE } from '../support/axe.ts';
import { answerProblems, eventProblems, isOperation, operationOf } from './contract.ts';

/** The parts of a scripted response. */
interface AnswerParts {
  status?: number;
  type?: string;
  body?: unknown;
  /** The body as text, which is not checked against openapi.json. */
  text?: string;
  /** For a stream: the schema of its events. */
  schema?: EventSchema;
  events?: StreamEvent[];
  never?: boolean;
  cut?: boolean;
}

/** A response that is more than a body. */
class Answer {
  readonly parts: AnswerParts;
  constructor(parts: AnswerParts) {
    this.parts = parts;
  }
}

const EVENT_NAMES = { Transfer: 'transfer', Preflight: 'preflight' };
type EventSchema = keyof typeof EVENT_NAMES;
interface StreamEvent {
  id: string;
  revision: number;
}

/** A request to the API. */
export interface Question {
  operation: string | undefined;
  pathname: string;
  query: Record<string, string>;
  headers: IncomingHttpHeaders;
  body: unknown;
}

/** A body or an {@link Answer}, or a function that creates one from the request. */
export type Reply = object | ((question: Question) => object);
/** Replies by operation: `GET /api/transfers/{id}`, as in openapi.json. */
export type Script = Record<string, Reply>;
export type Stage = Awaited<ReturnType<typeof startStage>>;

/** A problem of the API. @param parts other fields, such as `side`, `detail`, `traceId` and `retryAfter` */
export const problem = (status: number, code: string, title: string, parts: Partial<Problem> = {}) =>
  new Answer({
    status,
    type: 'application/problem+json',
    body: {
      type: `/problems/${code}`,
      title,
      status,
      code,
      detail: `${title}.`,
      instance: '/',
      traceId: '01J9X4-7Q',
      ...parts,
    },
  });

/** A stream that sends events and stays open. @param schema the schema of their data in openapi.json */
export const stream = (schema: EventSchema, ...events: StreamEvent[]) => new Answer({ status: 200, schema, events });

/** No response. */
export const silence = new Answer({ never: true });

/** The connection is cut. */
export const cut = new Answer({ cut: true });

/** A file to download. */
export const file = (type: string, text: string) => new Answer({ status: 200, type, text });

/** A problem that only a later version of the API knows. */
export const unknownProblem = (status: number, code: string, title: string) =>
  new Answer({
    status,
    type: 'application/problem+json',
    text: JSON.stringify({ type: `/problems/${code}`, title, status, code, detail: title }),
  });

/** Where a page can import the engine of accessibility rules. */
export const AXE_PATH = '/axe.js';

/** The paths of the API; all others are the portal's files. */
const API = /^\/(api|session|auth|list-files|list-folders|drive-info|transfer-file)(\/|$)/;

/**
 * Serves the portal of a running product with a scripted API.
 * @param product the address of the product, whose static files and headers are forwarded unchanged
 */
export async function startStage(product: string) {
  let script: Script = {};
  let faults: string[] = [];
  let asked: Question[] = [];
  const open = new Set<ServerResponse>();
  const files = new Map<string, { headers: IncomingHttpHeaders; body: Buffer }>();

  const server = createServer((request, response) => {
    const { method = '', url = '' } = request;
    const { pathname, searchParams } = new URL(url, 'http://stage');
    if (pathname === AXE_PATH) {
      const headers = { 'content-type': 'text/javascript', 'cache-control': 'max-age=86400, immutable' };
      return void response.writeHead(200, headers).end(AXE_SOURCE);
    }
    if (!API.test(pathname)) return serveFile(url, request, response);
    void bodyOf(request).then((bytes) => {
      const operation = operationOf(method, pathname);
      const text = bytes.toString();
      const question = {
        operation,
        pathname,
        query: Object.fromEntries(searchParams),
        headers: request.headers,
        // A file is sent as it is.
        body: text && request.headers['content-type']?.includes('json') ? (JSON.parse(text) as unknown) : undefined,
      };
      asked.push(question);
      const reply = operation && script[operation];
      if (!operation || !reply) {
        faults.push(`${method} ${pathname} is not in the script`);
        return void response.writeHead(500).end();
      }
      give(
        operation,
        typeof reply === 'function' ? (reply as (question: Question) => object)(question) : reply,
        response,
      );
    });
  });

  function give(operation: string, given: object, response: ServerResponse) {
    const answer = given instanceof Answer ? given.parts : { body: given };
    if (answer.never) return void open.add(response);
    if (answer.cut) return void response.destroy();
    if (answer.events && answer.schema) {
      const { schema } = answer;
      const wrong = answer.events.flatMap((event) => eventProblems(schema, event));
      faults.push(...wrong.map((each) => `${operation}: ${each}`));
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      const name = EVENT_NAMES[schema];
      for (const event of answer.events) response.write(message(name, event));
      if (answer.events.length === 0) response.write('event: heartbeat\ndata: \n\n');
      return void open.add(response);
    }
    const status = answer.status ?? (operation.startsWith('POST') ? defaultStatus(operation) : 200);
    const type = answer.type ?? 'application/json';
    if (answer.text === undefined) faults.push(...answerProblems(operation, status, type, answer.body));
    response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
    response.end(answer.text ?? (answer.body === undefined ? '' : JSON.stringify(answer.body)));
  }

  /** Forwards the portal's files; caches those with a hash of their content in the name. */
  function serveFile(url: string, request: IncomingMessage, response: ServerResponse) {
    const kept = files.get(url);
    if (kept) return void response.writeHead(200, kept.headers).end(kept.body);
    const { 'if-none-match': _, ...kind } = request.headers;
    const headers = { ...kind, host: new URL(product).host, 'accept-encoding': 'identity' };
    const passing = forward(product + url, { method: request.method, headers }, (answer) => {
      const { statusCode = 502, headers } = answer;
      void bodyOf(answer).then((body) => {
        if (statusCode === 200 && /-[A-Z0-9]{8}\.(js|css)$/.test(url)) files.set(url, { headers, body });
        response.writeHead(statusCode, headers).end(body);
      });
    });
    passing.on('error', () => response.destroy());
    passing.end();
  }

  const hangUp = () => {
    for (const response of open) response.destroy();
    open.clear();
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${portOf(server)}`,
    /** Starts another script; closes the open connections of the previous one. */
    play(answers: Script) {
      const unknown = Object.keys(answers).filter((operation) => !isOperation(operation));
      if (unknown.length > 0) throw new Error(`openapi.json has no ${unknown.join(', ')}`);
      hangUp();
      script = answers;
      faults = [];
      asked = [];
    },
    /** Changes some replies from now on. */
    change(answers: Script) {
      script = { ...script, ...answers };
    },
    /** Sends another event on every open stream. @param schema the schema of its data in openapi.json */
    send(schema: EventSchema, event: StreamEvent) {
      for (const response of open) response.write(message(EVENT_NAMES[schema], event));
    },
    /** Closes every open connection. */
    hangUp,
    /** The requests of an operation since the script started. */
    asked: (operation: string) => asked.filter((question) => question.operation === operation),
    /** Requests without a reply, and responses that the API could not give. */
    faults: () => faults,
    async close() {
      hangUp();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function bodyOf(message: IncomingMessage) {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const message = (name: string, event: StreamEvent) =>
  `event: ${name}\nid: ${event.id}:${event.revision}\ndata: ${JSON.stringify(event)}\n\n`;

/** 200 for sessions and checks, 201 for what is created at once, 202 for what continues in the background. */
const defaultStatus = (operation: string) =>
  /\/session|\/people-map|\/rotate-secret|\/search/.test(operation)
    ? 200
    : /^POST \/api\/(folders|keys|webhooks)$/.test(operation)
      ? 201
      : 202;
