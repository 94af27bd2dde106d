// The portal as the product serves it, with an API whose answers a test writes. States that are hard to bring about (a
// Google that refuses for a day, 100,000 failures, a line that breaks) are shown by what the API would answer then; each
// answer is held against openapi.json, so that the portal is never shown something the API does not say.
import { Buffer } from 'node:buffer';
import { createServer, request as forward } from 'node:http';
import { answerProblems, eventProblems, isOperation, operationOf } from './contract.ts';

/** An answer that is more than a body. */
class Answer {
  constructor(parts) {
    Object.assign(this, parts);
  }
}

/** A refusal, as the API words it. `parts` may have `side`, `detail`, `traceId`, `retryAfter` … */
export const problem = (status, code, title, parts = {}) =>
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

/** A stream of events that stays open. `schema` is the one of their data in openapi.json. */
export const stream = (schema, ...events) => new Answer({ status: 200, schema, events });

/** A stream that breaks after its events. */
export const brokenStream = (schema, ...events) => new Answer({ status: 200, schema, events, breaks: true });

/** No answer comes. */
export const silence = new Answer({ never: true });

/** The connection is cut. */
export const cut = new Answer({ cut: true });

/** A file to be saved. */
export const file = (type, text) => new Answer({ status: 200, type, text });

/** A refusal that this version of the API does not know, as a later one may give it. */
export const unknownProblem = (status, code, title) =>
  new Answer({
    status,
    type: 'application/problem+json',
    text: JSON.stringify({ type: `/problems/${code}`, title, status, code, detail: title }),
  });

/** What belongs to the API; all else is the portal's own files. */
const API = /^\/(api|session|auth|list-files|list-folders|drive-info|transfer-file)(\/|$)/;

/**
 * Serves the portal of a running product with a scripted API.
 * @param {string} product address of the product, whose static files and headers are passed on as they are
 */
export async function startStage(product) {
  let script = {};
  let faults = [];
  let asked = [];
  const open = new Set();
  const files = new Map();

  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://stage');
    if (!API.test(pathname)) return void serveFile(request, response);
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const operation = operationOf(request.method, pathname);
      const text = Buffer.concat(chunks).toString();
      const question = {
        operation,
        pathname,
        query: Object.fromEntries(searchParams),
        headers: request.headers,
        body: text ? JSON.parse(text) : undefined,
      };
      asked.push(question);
      let answer = script[operation];
      if (typeof answer === 'function') answer = answer(question);
      if (answer === undefined) {
        faults.push(`${request.method} ${pathname} is not in the script`);
        return void response.writeHead(500).end();
      }
      give(operation, answer, response);
    });
  });

  function give(operation, given, response) {
    const answer = given instanceof Answer ? given : new Answer({ body: given });
    if (answer.never) return void open.add(response);
    if (answer.cut) return void response.destroy();
    if (answer.events) {
      const wrong = answer.events.flatMap((event) => eventProblems(answer.schema, event));
      faults.push(...wrong.map((each) => `${operation}: ${each}`));
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      const name = EVENT_NAMES[answer.schema];
      for (const event of answer.events) response.write(message(name, event));
      if (answer.events.length === 0) response.write('event: heartbeat\ndata: \n\n');
      if (answer.breaks) return void response.end();
      return void open.add(response);
    }
    const status = answer.status ?? (operation.startsWith('POST') ? usualStatus(operation) : 200);
    const type = answer.type ?? 'application/json';
    if (answer.text === undefined) faults.push(...answerProblems(operation, status, type, answer.body));
    response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
    response.end(answer.text ?? (answer.body === undefined ? '' : JSON.stringify(answer.body)));
  }

  /** The portal's own files; what has its content's hash in its name is kept. */
  function serveFile(request, response) {
    const kept = files.get(request.url);
    if (kept) return void response.writeHead(200, kept.headers).end(kept.body);
    const headers = { ...request.headers, host: new URL(product).host, 'accept-encoding': 'identity' };
    delete headers['if-none-match'];
    const passing = forward(product + request.url, { method: request.method, headers }, (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('end', () => {
        const body = Buffer.concat(chunks);
        if (answer.statusCode === 200 && /-[A-Z0-9]{8}\.(js|css)$/.test(request.url))
          files.set(request.url, { headers: answer.headers, body });
        response.writeHead(answer.statusCode, answer.headers).end(body);
      });
    });
    passing.on('error', () => response.destroy());
    passing.end();
  }

  const hangUp = () => {
    for (const response of open) response.destroy();
    open.clear();
  };
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    /** Begins another script; what is still open of the one before is cut. */
    play(answers) {
      const unknown = Object.keys(answers).filter((operation) => !isOperation(operation));
      if (unknown.length > 0) throw new Error(`openapi.json has no ${unknown.join(', ')}`);
      hangUp();
      script = answers;
      faults = [];
      asked = [];
    },
    /** Changes some answers from now on. */
    change(answers) {
      script = { ...script, ...answers };
    },
    /** Tells one more event on every stream that is open. @param schema the one of its data in openapi.json */
    tell(schema, event) {
      for (const response of open) response.write(message(EVENT_NAMES[schema], event));
    },
    /** Cuts every line that is open. */
    hangUp,
    /** What was asked since the script began. */
    asked: (operation) => asked.filter((question) => question.operation === operation),
    /** Questions without an answer, and answers that the API would not give. */
    faults: () => faults,
    async close() {
      hangUp();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const message = (name, event) =>
  `event: ${name}\nid: ${event.id}:${event.revision}\ndata: ${JSON.stringify(event)}\n\n`;

const EVENT_NAMES = { TransferDto: 'transfer', PreflightDto: 'preflight' };

/** 200 for sessions, 201 for what is made at once, 202 for what goes on. */
const usualStatus = (operation) =>
  operation.includes('/session') ? 200 : operation === 'POST /api/folders' ? 201 : 202;
