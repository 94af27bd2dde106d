import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorOf, type Fault } from '../faults/fault.ts';
import { browse } from '../pages/browse-page.ts';
import { avatar, filePage } from '../pages/consent-page.ts';
import { Content } from '../drive/content.ts';
import { control } from '../control/control.ts';
import { checkDriveLicence, loseAccess } from '../directory/directory-calls.ts';
import type { Caller } from '../oauth/oauth.ts';
import { checkScopes } from '../oauth/scopes.ts';
import type { Services } from '../services.ts';
import { needsToken, type AuthorizedEndpoint } from './endpoint.ts';
import { GOOGLE_APIS } from './google-apis.ts';
import { routeOf, type Route } from './routes.ts';
import { release, sizeOf, type Item } from '../drive/drive-store.ts';
import { GoogleError, googleError, SandboxUsageError } from './errors.ts';
import { ConnectionCut, Exchange, type Reply } from './exchange.ts';
import { checkJsonType, checkSystemParameters } from './request-checks.ts';
import { rfc3339 } from '../drive/file-resource.ts';
import { refuseBrokenRequests } from './front-end.ts';
import { Stats } from './stats.ts';
import { editDocument } from '../seed/documents.ts';
import { World, type WorldOptions } from '../world.ts';

export interface SandboxOptions extends WorldOptions {
  /** 0, the default, takes a free one. */
  port?: number;
  /** Loopback by default: anyone who reaches the sandbox can act as any account. */
  host?: string;
}

export interface Sandbox {
  /** Without a trailing slash: what `GOOGLE_BASE_URL` is set to. */
  url: string;
  port: number;
  world: World;
  close(): Promise<void>;
}

/** Starts a sandbox and resolves when it listens. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const world = await World.open(options);
  const front = new Front(world);
  const server = createServer({ requireHostHeader: false }, (request, response) => {
    // Nothing that one request does may bring the sandbox down: at worst its connection ends.
    // The socket is kept here: a request lets go of it when it breaks.
    const { socket } = request;
    front.serve(request, response).catch((error: unknown) => {
      if (!(error instanceof ConnectionCut)) console.error(error);
      socket.destroy();
    });
  });
  refuseBrokenRequests(server);
  // A transfer of hours is no attack here; an idle connection should outlive a client's pause for thought.
  server.requestTimeout = 0;
  server.keepAliveTimeout = 65_000;
  const host = options.host ?? '127.0.0.1';
  try {
    await listen(server, options.port ?? 0, host);
  } catch (error) {
    await world.close();
    throw error;
  }
  const { port } = server.address() as AddressInfo;
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return {
    url: `http://${name}:${port}`,
    port,
    world,
    close: async () => {
      const ended = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await ended;
      await world.close();
    },
  };
}

async function listen(server: Server, port: number, host: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new SandboxUsageError(`Port ${port} of ${host} is in use. Choose another with --port, or 0 for any.`)
          : error,
      );
    });
    server.listen(port, host, resolve);
  });
}

/** Answers that leave together at most. */
const OUTBOX_SIZE = 8;

/** What became of a request on its way to an answer. */
interface Passage {
  exchange: Exchange;
  operation: string;
  route?: Route;
  account?: string;
  /** The OAuth client or service account that calls. */
  project?: string;
  fault?: Fault;
  /** The reason it was refused for. */
  reason?: string;
  /** To be done when the answer is out. */
  after?: () => void;
}

/** The HTTP side: takes requests to the part they are for, lets faults strike, and writes answers. */
class Front {
  private readonly world: World;
  private readonly stats: Stats;
  private outbox: (() => void)[] = [];
  private readonly services: Services;

  constructor(world: World) {
    this.world = world;
    this.stats = new Stats(() => world.store.switches.errorsAreBilled);
    this.services = { ...world.apis, oauth: world.oauth, perform: (inner) => this.servePart(inner) };
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const exchange = new Exchange(request);
    if (exchange.path.startsWith('/__sandbox/')) {
      await this.send(response, await this.guarded(() => control(this.world, this.stats, exchange)), exchange);
      return;
    }
    const began = performance.now();
    exchange.arrivedAt = this.world.store.changes.next;
    const passage = this.passageOf(exchange);
    exchange.onBytes = (length) => (this.stats.bytesIn += length);
    this.stats.begin();
    let status = 0;
    try {
      const reply = await this.guarded(() => this.pass(passage), passage);
      status = reply.status;
      await this.send(response, reply, exchange, passage.fault);
    } catch (error) {
      status = 0;
      throw error;
    } finally {
      this.note(passage, status, began);
    }
  }

  /** One call of a batch: counted, slowed down and broken as if it had come alone. */
  private async servePart(exchange: Exchange): Promise<Reply> {
    const began = performance.now();
    const passage = this.passageOf(exchange);
    this.stats.begin();
    let status = 0;
    try {
      const reply = await this.guarded(() => this.pass(passage), passage);
      status = reply.status;
      return reply;
    } finally {
      this.note(passage, status, began);
    }
  }

  private note(passage: Passage, status: number, began: number): void {
    const { exchange, operation, account, project, fault, reason } = passage;
    passage.after?.();
    this.stats.end({
      time: this.world.now(),
      operation,
      method: exchange.method,
      target: exchange.request.url ?? '/',
      account,
      project,
      bytes: exchange.bytesSent,
      status,
      ms: performance.now() - began,
      fault: fault?.kind,
      reason,
    });
  }

  private passageOf(exchange: Exchange): Passage {
    const { method, path, query } = exchange;
    const route = routeOf(method, path, query);
    if (route) return { exchange, operation: route.operation, route };
    return { exchange, operation: method === 'GET' || path === '/trouble' ? 'page' : 'unknown' };
  }

  /**
   * Answers to requests that came together leave together: a client of many connections is woken once for all of them,
   * which costs more than making an answer does.
   */
  private post(send: () => void): void {
    this.outbox.push(send);
    // A few at a time, so that the client has something to do while the next are made.
    if (this.outbox.length >= OUTBOX_SIZE) this.empty();
    else if (this.outbox.length === 1) setImmediate(() => this.empty());
  }

  private empty(): void {
    const letters = this.outbox;
    this.outbox = [];
    for (const each of letters) each();
  }

  /** Turns whatever goes wrong into an answer; only a cut connection gets none. */
  private async guarded(action: () => Promise<Reply>, passage?: Passage): Promise<Reply> {
    try {
      return await action();
    } catch (error) {
      if (error instanceof ConnectionCut) throw error;
      if (passage && error instanceof GoogleError) passage.reason = error.reason;
      if (error instanceof GoogleError) {
        const { headers = {}, plainText } = error.details;
        return plainText
          ? {
              status: error.status,
              headers: { ...headers, 'content-type': 'text/plain; charset=utf-8' },
              bytes: Buffer.from(error.message),
            }
          : {
              status: error.status,
              headers,
              json: error.toJSON(passage?.route && GOOGLE_APIS[passage.route.api].errorShape),
            };
      }
      if (error instanceof SandboxUsageError)
        return { status: 400, json: { error: { code: 400, message: error.message } } };
      // The client went away while its body was being read.
      if ((error as NodeJS.ErrnoException).code === 'ECONNRESET') throw new ConnectionCut();
      console.error(error);
      return {
        status: 500,
        json: googleError('sandboxFailed', { message: (error as Error).message }).toJSON(),
      };
    }
  }

  private async pass(passage: Passage): Promise<Reply> {
    const { exchange } = passage;
    if (exchange.overridesMethod) {
      await exchange.applyMethodOverride();
      delete passage.route;
      Object.assign(passage, this.passageOf(exchange));
    }
    const { operation, route } = passage;
    const latency = this.world.behavior.latencyOf(operation);
    if (latency > 0) await this.world.sleep(latency);
    if (!route) return this.page(exchange);
    const { endpoint } = route;
    if (needsToken(endpoint)) return this.passAuthorized(passage, route, endpoint);
    const request = { exchange, route };
    const target = (await endpoint.target?.(this.services, request)) ?? {};
    if (target.account !== undefined) passage.account = target.account;
    const fault = endpoint.isEnvelope ? undefined : this.world.behavior.strike({ operation, ...target });
    if (fault) passage.fault = exchange.fault = fault;
    return this.under(fault, passage, async () => endpoint.handle(this.services, request));
  }

  private async passAuthorized(passage: Passage, route: Route, endpoint: AuthorizedEndpoint): Promise<Reply> {
    const { exchange, operation } = passage;
    const { behavior, store } = this.world;
    checkSystemParameters(exchange, operation);
    const caller = this.admit(passage, route, endpoint);
    if (operation !== 'files.upload' || !exchange.query.get('uploadType')) checkJsonType(exchange);
    const fileId = route.ids['fileId'] === 'root' ? caller.account.root.id : route.ids['fileId'];
    const target = { operation, account: caller.account.email, ...(fileId === undefined ? {} : { fileId }) };
    let name = fileId === undefined ? undefined : store.item(fileId)?.name;
    // In a multipart upload the name comes with the body; the handler asks again then.
    const nameComesLater = operation === 'files.upload' && exchange.query.get('uploadType') === 'multipart';
    if (name === undefined && behavior.matchesNames && !nameComesLater && isJson(exchange)) {
      const given = (await exchange.json())['name'];
      if (typeof given === 'string') name = given;
    }
    let fault = nameComesLater ? undefined : behavior.strike({ ...target, ...(name === undefined ? {} : { name }) });
    if (fault) passage.fault = exchange.fault = fault;
    behavior.spend(caller.account, endpoint.cost, caller.clientId);
    const reply = await this.under(fault, passage, async () => {
      store.emptyOldTrash();
      return endpoint.handle(this.services, {
        exchange,
        route,
        caller,
        strikeByName: async (given) => {
          if (!nameComesLater) return;
          fault = behavior.strike({ ...target, name: given });
          if (!fault) return;
          passage.fault = exchange.fault = fault;
          await this.under(fault, passage, () => Promise.resolve({ status: 200 }), true);
        },
      });
    });
    return nameComesLater && fault ? afterwards(fault, reply) : reply;
  }

  /** @throws GoogleError for a caller who may not use the endpoint, whatever the request says. */
  private admit(passage: Passage, { api }: Route, { scopes }: AuthorizedEndpoint): Caller {
    const { oauth, behavior, store } = this.world;
    const caller = oauth.authenticate(passage.exchange);
    passage.account = caller.account.email;
    if (caller.clientId !== undefined) passage.project = caller.clientId;
    checkScopes(scopes, caller);
    behavior.checkEnabled(api, caller.clientId);
    if (api !== 'admin') checkDriveLicence(caller.account, store);
    return caller;
  }

  /** Executes a request under a fault; `early` when the response does not wait for it. */
  private async under(
    fault: Fault | undefined,
    passage: Passage,
    action: () => Promise<Reply>,
    early = false,
  ): Promise<Reply> {
    const { exchange, account, route } = passage;
    const { oauth, store } = this.world;
    if (fault?.delayMs !== undefined) await this.world.sleep(fault.delayMs);
    switch (fault?.kind) {
      case 'error':
        throw faultError(fault, exchange);
      case 'drop': {
        const length = Number(exchange.header('content-length') ?? 0);
        if (!exchange.path.startsWith('/upload/') || length === 0) throw new ConnectionCut();
        exchange.cutBodyAfter = fault.afterBytes ?? Math.floor(length / 2);
        const reply = await action();
        if (early) return reply;
        throw new ConnectionCut();
      }
      case 'failAfterWrite': {
        const reply = await action();
        return early ? reply : afterwards(fault, reply, exchange);
      }
      case 'stall': {
        const length = Number(exchange.header('content-length') ?? 0);
        if (exchange.path.startsWith('/upload/') && length > 0)
          exchange.stallBodyAfter = fault.afterBytes ?? Math.floor(length / 2);
        return action();
      }
      case 'expireToken':
        if (account !== undefined) oauth.expireAccessTokens(account);
        throw googleError('authError');
      case 'revokeGrant':
        if (account !== undefined) oauth.revokeGrant(account, '*');
        throw googleError('authError');
      case 'withdrawDelegation':
      case 'suspendPerson':
      case 'removeLicence':
        if (account !== undefined) loseAccess(fault.kind, account, oauth, store.directory);
        // The request itself already meets what was lost.
        if (route && needsToken(route.endpoint)) this.admit(passage, route, route.endpoint);
        return action();
      case 'replaceBody': {
        await action();
        const headers = { 'content-type': 'application/json; charset=UTF-8' };
        return { status: 200, headers, bytes: Buffer.from(fault.body ?? '') };
      }
      case 'loopPages': {
        const token = exchange.query.get('pageToken') ?? '';
        if (token.startsWith('loop-'))
          return { status: 200, json: { nextPageToken: token === 'loop-a' ? 'loop-b' : 'loop-a' } };
        const reply = await action();
        return { ...reply, json: { ...(reply.json as object), nextPageToken: 'loop-a' } };
      }
      case 'changeFile': {
        const item = store.item(route?.ids['fileId'] ?? '');
        const reply = await action();
        if (item) this.change(item, passage);
        return reply;
      }
      default:
        return action();
    }
  }

  /** Edits a file as another user would. A running download continues with the old bytes. */
  private change(item: Item, passage: Passage): void {
    const { store, now } = this.world;
    const { content } = item;
    if (content) {
      content.users++;
      passage.after = () => release(content);
      store.setContent(item, Content.made(`changed ${item.version}`, content.size + 1));
    }
    if (item.document?.kind === 'document' || item.document?.kind === 'presentation') {
      editDocument(this.world, { fileId: item.id });
      return;
    }
    item.modified = now();
    store.touch(item);
  }

  private async page(exchange: Exchange): Promise<Reply> {
    const { store } = this.world;
    const { path } = exchange;
    const reply = await browse(this.world, exchange);
    if (reply) return reply;
    if (exchange.method === 'GET') {
      const avatarOf = /^\/avatar\/(\d+)\.svg$/.exec(path)?.[1];
      const account = [...store.accounts.values()].find(({ permissionId }) => permissionId === avatarOf);
      if (account)
        return {
          status: 200,
          headers: { 'content-type': 'image/svg+xml', 'cache-control': 'public, max-age=86400' },
          bytes: Buffer.from(avatar(account)),
        };
      const item = store.item(/^\/file\/d\/([\w-]+)\/view$/.exec(path)?.[1] ?? '');
      if (item)
        return {
          status: 200,
          html: filePage({
            Name: item.name,
            Type: item.mimeType,
            Size: sizeOf(item) === undefined ? 'none' : `${sizeOf(item)} bytes`,
            Owner: item.owner.email ?? item.owner.name,
            Modified: rfc3339(item.modified) ?? '',
            Trashed: store.isTrashed(item) ? 'yes' : 'no',
          }),
        };
    }
    throw googleError('notFound');
  }

  private async send(response: ServerResponse, reply: Reply, exchange: Exchange, fault?: Fault): Promise<void> {
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
      // The client hung up, which is its right.
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
          await this.world.sleep(fault.delayMs ?? 100);
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
        // What was yielded shall arrive before the end does.
        else await sleep(20);
        throw new ConnectionCut();
      }
      sent += chunk.length;
      this.countSent(exchange, chunk.length);
      yield chunk;
    }
  }
}

function isJson(exchange: Exchange): boolean {
  return /^application\/json/i.test(exchange.header('content-type') ?? '');
}

function faultError(fault: Fault, exchange: Exchange): Error {
  if (!/\/(token|revoke)$/.test(exchange.path)) return errorOf(fault);
  return new OAuthFault(fault);
}

/** OAuth has an error shape of its own. */
class OAuthFault extends GoogleError {
  constructor(fault: Fault) {
    const status = fault.status ?? 503;
    super(
      status,
      fault.reason ?? (status < 500 ? 'invalid_grant' : 'temporarily_unavailable'),
      fault.message ?? 'The sandbox simulates this failure.',
      {
        ...(fault.retryAfter === undefined ? {} : { headers: { 'retry-after': String(fault.retryAfter) } }),
      },
    );
  }

  override toJSON(): unknown {
    return { error: this.reason, error_description: this.message };
  }
}

/** The answer of something that was done all the same. */
function afterwards(fault: Fault, reply: Reply, exchange?: Exchange): Reply {
  if (fault.kind === 'drop') throw new ConnectionCut();
  if (fault.kind !== 'failAfterWrite') return reply;
  if (fault.status === undefined && fault.reason === undefined) throw new ConnectionCut();
  throw exchange ? faultError(fault, exchange) : errorOf(fault);
}
