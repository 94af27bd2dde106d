import { type Dispatcher, Pool } from 'undici';
import { randomOf } from '../random.js';
import { connect, type Stack } from '../stack.js';
import { type Answer, type ApiDescription, type Operation } from './api-description.js';
import { type FuzzRequest, type Kind, type Known, RequestMaker } from './request-maker.js';

const ACCOUNTS = { source: 'alice@example.com', destination: 'bob@example.com' } as const;
/** Number of valid sessions for each side. */
const LIVE_EACH = 3;
const REMEMBERED = 40;
/** Maximum time to read an event stream; it is read until its first event. */
const STREAM_MS = 300;

/** A request without a response for this long hangs; the slowest endpoint needs a second. */
const HANG_MS = 60_000;

/** The result of a run. */
export interface Outcome {
  readonly requests: number;
  readonly succeeded: number;
  readonly byStatus: Readonly<Record<string, number>>;
  /** Operations that never returned 2xx or 3xx. */
  readonly neverSucceeded: readonly string[];
  /** Descriptions with the request that reproduces them. */
  readonly faults: readonly string[];
}

/** How often an operation is called: operations that end sessions or redirect to Google less often. */
function weightOf({ path, name }: Operation): number {
  if (/logout|revoke|^DELETE \/session/.test(name)) return 0.2;
  if (/^\/(auth|health|metrics)/.test(path)) return 0.25;
  if (/cancel|undo|^DELETE/.test(name)) return 0.4;
  return 1;
}

/**
 * Sends generated requests to the whole product and checks each response against the description.
 * @param stack with a worker, listening on `port`
 */
export async function fuzz(
  api: ApiDescription,
  stack: Stack,
  options: Pick<Known, 'source' | 'operatorKey' | 'refreshToken'> & { port: number; seed: number; requests: number },
): Promise<Outcome> {
  const random = randomOf(options.seed);
  const known: Known = {
    source: options.source,
    destination: { files: [], folders: [] },
    transfers: [],
    preflights: [],
    sessions: [],
    webhooks: [],
    machineKeys: [],
    deliveries: [],
    cursors: new Map(),
    live: [],
    operatorKey: options.operatorKey,
    refreshToken: options.refreshToken,
  };
  const maker = new RequestMaker(api, random, known);
  const pool = new Pool(`http://127.0.0.1:${options.port}`, {
    connections: 4,
    pipelining: 1,
    headersTimeout: HANG_MS,
    bodyTimeout: HANG_MS,
  });
  const byStatus: Record<string, number> = {};
  const faults: string[] = [];
  const worked = new Set<string>();
  let succeeded = 0;

  const drawn = api.operations.flatMap((operation) =>
    Array<Operation>(Math.ceil(weightOf(operation) * 20)).fill(operation),
  );
  for (let number = 0; number < options.requests; number++) {
    await replenish(stack, known);
    const kind: Kind = random.chance(0.65) ? 'valid' : random.chance(0.6) ? 'near-valid' : 'hostile';
    let request = maker.make(random.oneOf(drawn), kind);
    // No known id fits the request yet.
    while (kind === 'valid' && request.path.includes('{')) request = maker.make(random.oneOf(drawn), kind);
    const began = Date.now();
    const answer = await send(pool, request).catch((error: Error) => error);
    if (process.env['FUZZ_TRACE'])
      process.stdout.write(
        `${number} ${kind} ${request.operation.name} ${Date.now() - began} ms ${answer instanceof Error ? answer.message : answer.status}\n`,
      );
    const shown = `no. ${number}, ${kind}: ${request.operation.method} ${request.path} ${JSON.stringify(request.headers)} ${request.body ?? ''}`;
    if (answer instanceof Error) {
      faults.push(`${shown}\n  → no answer: ${answer.message}`);
      continue;
    }
    byStatus[answer.status] = (byStatus[answer.status] ?? 0) + 1;
    if (answer.status < 300) succeeded++;
    if (answer.status < 400) worked.add(request.operation.name);
    const fault = api.judge(request, answer);
    if (fault) faults.push(`${shown}\n  → ${fault}`);
    learn(known, request, answer);
  }
  await pool.close();
  return {
    requests: options.requests,
    succeeded,
    byStatus,
    neverSucceeded: api.operations.map(({ name }) => name).filter((name) => !worked.has(name)),
    faults,
  };
}

async function replenish(stack: Stack, known: Known): Promise<void> {
  for (const side of ['source', 'destination'] as const) {
    while (known.live.filter((each) => each.side === side).length < LIVE_EACH)
      known.live.push({ side, token: await connect(stack, side, ACCOUNTS[side]) });
  }
}

async function send(pool: Pool, { operation, path, headers, body }: FuzzRequest): Promise<Answer> {
  const answer = await pool.request({
    method: operation.method,
    // Unchanged, because hostile clients also send empty segments and dots.
    path,
    headers,
    ...(body !== undefined && { body }),
  });
  const contentType = String(answer.headers['content-type'] ?? '');
  if (!contentType.startsWith('text/event-stream'))
    return { status: answer.statusCode, contentType, text: await answer.body.text() };
  return { status: answer.statusCode, contentType, text: await firstEvent(answer.body) };
}

async function firstEvent(body: Dispatcher.ResponseData['body']): Promise<string> {
  let text = '';
  const timer = setTimeout(() => body.destroy(), STREAM_MS);
  try {
    for await (const part of body) {
      text += String(part);
      if (text.includes('\n\n')) break;
    }
  } catch {
    // Cut by us.
  }
  clearTimeout(timer);
  return text;
}

/** Stores the ids in a response, and removes the tokens that it ended. */
function learn(
  known: Known,
  { operation, path, tokens, side, headers }: FuzzRequest,
  { status, contentType, text }: Answer,
): void {
  const { name } = operation;
  const ends = status === 401 || (status < 300 && /logout|rotate|revoke|DELETE \/session/.test(name));
  if (ends && tokens.length > 0) {
    const all = /others|revoke|DELETE/.test(name);
    known.live = known.live.filter((each) => !tokens.includes(each.token) && !(all && each.side === side));
  }
  // The resource was moved or deleted meanwhile.
  if (status === 404 || operation.method === 'DELETE')
    for (const list of [
      known.transfers,
      known.preflights,
      known.sessions,
      known.webhooks,
      known.machineKeys,
      known.deliveries,
      known.destination.folders,
      known.destination.files,
    ])
      list.splice(0, list.length, ...list.filter((id) => !path.includes(id.split(' ')[0]!)));
  if (status >= 300 || !contentType.startsWith('application/json')) return;
  const body = JSON.parse(text) as Record<string, unknown>;
  const remember = (list: string[], id: unknown) => {
    if (typeof id !== 'string' || list.includes(id)) return;
    list.push(id);
    if (list.length > REMEMBERED) list.shift();
  };
  if (name === 'POST /session/rotate' && typeof body['token'] === 'string' && tokens.length > 0)
    known.live.push({ side, token: body['token'] });
  if (/list-files|list-folders/.test(name) && side === 'destination') {
    for (const { id, kind } of body['files'] as { id: string; kind: string }[])
      remember(kind === 'folder' ? known.destination.folders : known.destination.files, id);
  }
  if (name === 'POST /api/folders') remember(known.destination.folders, body['id']);
  if (name === 'POST /api/preflights' || /recount$/.test(name)) remember(known.preflights, body['id']);
  if (name === 'POST /api/transfers' || /start$/.test(name)) remember(known.transfers, body['id']);
  if (name === 'POST /api/webhooks') remember(known.webhooks, body['id']);
  if (name === 'POST /api/keys') remember(known.machineKeys, body['id']);
  if (/^POST .*\/test$/.test(name)) remember(known.deliveries, `${path.split('/')[3]} ${String(body['id'])}`);
  if (name === 'POST /transfer-file') remember(known.transfers, body['transferId']);
  if (name === 'GET /session/active' && headers['x-operator-key'] === undefined) {
    for (const { id } of body['sessions'] as { id: string }[]) remember(known.sessions, id);
  }
  const cursor = body['nextPageToken'] ?? body['nextCursor'];
  if (typeof cursor === 'string') {
    const list = known.cursors.get(`${name} ${side}`) ?? [];
    remember(list, cursor);
    known.cursors.set(`${name} ${side}`, list);
  }
}
