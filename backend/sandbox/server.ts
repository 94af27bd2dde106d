import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorOf, type Fault } from './behavior.ts';
import { aboutPage, avatar, filePage } from './consent-page.ts';
import { control } from './control.ts';
import { checkScopes, routeDrive, type Route } from './routes.ts';
import { sizeOf } from './drive-store.ts';
import { GoogleError, SandboxUsageError } from './errors.ts';
import { ConnectionCut, Exchange, type Reply } from './exchange.ts';
import { rfc3339 } from './file-resource.ts';
import { Stats } from './stats.ts';
import { World, type WorldOptions } from './world.ts';

export interface SandboxOptions extends WorldOptions {
  /** 0, the default, takes a free one. */
  port?: number;
  /** Loopback unless told otherwise: whoever reaches the sandbox can be anyone. */
  host?: string;
}

export interface Sandbox {
  /** Without a trailing slash: what `GOOGLE_BASE_URL` is set to. */
  url: string;
  port: number;
  world: World;
  close(): Promise<void>;
}

const OAUTH_OPERATIONS: Record<string, string> = {
  'GET /o/oauth2/v2/auth': 'oauth.authorize',
  'POST /o/oauth2/v2/auth': 'oauth.authorize',
  'POST /token': 'oauth.token',
  'POST /revoke': 'oauth.revoke',
  'GET /tokeninfo': 'oauth.tokeninfo',
  'POST /tokeninfo': 'oauth.tokeninfo',
  'GET /v1/userinfo': 'oauth.userinfo',
  'GET /oauth2/v2/userinfo': 'oauth.userinfo',
  'GET /oauth2/v3/userinfo': 'oauth.userinfo',
  'GET /.well-known/openid-configuration': 'oauth.discovery',
  'GET /oauth2/v3/certs': 'oauth.certs',
};

/** Query parameters that are credentials: the log leaves their values out. */
const SECRET_PARAMETERS = ['access_token', 'token', 'upload_id', 'code', 'client_secret', 'refresh_token', 'state'];

/** Starts a sandbox and resolves when it listens. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const world = await World.open(options);
  const front = new Front(world);
  const server = createServer((request, response) => {
    // Nothing that one request does may bring the sandbox down: at worst its connection ends.
    // The socket is kept here: a request lets go of it when it breaks.
    const { socket } = request;
    front.serve(request, response).catch((error: unknown) => {
      if (!(error instanceof ConnectionCut)) console.error(error);
      socket.destroy();
    });
  });
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

/** What became of a request on its way to an answer. */
interface Passage {
  exchange: Exchange;
  operation: string;
  account?: string;
  fault?: Fault;
}

/** The HTTP side: takes requests to the part they are for, lets faults strike, and writes answers. */
class Front {
  private readonly world: World;
  private readonly stats = new Stats();

  constructor(world: World) {
    this.world = world;
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const exchange = new Exchange(request);
    const began = Date.now();
    if (exchange.url.pathname.startsWith('/__sandbox/')) {
      await this.send(response, await this.guarded(() => control(this.world, this.stats, exchange)), exchange);
      return;
    }
    const passage: Passage = { exchange, operation: this.operationOf(exchange) };
    exchange.onBytes = (length) => (this.stats.bytesIn += length);
    this.stats.begin();
    let status = 0;
    try {
      const reply = await this.guarded(() => this.pass(passage));
      status = reply.status;
      await this.send(response, reply, exchange, passage.fault);
    } catch (error) {
      status = 0;
      throw error;
    } finally {
      this.stats.end({
        time: new Date(began).toISOString(),
        operation: passage.operation,
        method: exchange.method,
        path: redacted(exchange.url),
        ...(passage.account === undefined ? {} : { account: passage.account }),
        status,
        ms: Date.now() - began,
        ...(passage.fault ? { fault: passage.fault.kind } : {}),
      });
    }
  }

  private operationOf(exchange: Exchange): string {
    const { method, url, query } = exchange;
    return (
      OAUTH_OPERATIONS[`${method} ${url.pathname}`] ??
      routeDrive(method, url.pathname, query)?.operation ??
      (method === 'GET' ? 'page' : 'unknown')
    );
  }

  /** Turns whatever goes wrong into an answer; only a cut connection gets none. */
  private async guarded(action: () => Promise<Reply>): Promise<Reply> {
    try {
      return await action();
    } catch (error) {
      if (error instanceof ConnectionCut) throw error;
      if (error instanceof GoogleError)
        return { status: error.status, headers: error.details.headers ?? {}, json: error.toJSON() };
      if (error instanceof SandboxUsageError)
        return { status: 400, json: { error: { code: 400, message: error.message } } };
      // The client went away while its body was being read.
      if ((error as NodeJS.ErrnoException).code === 'ECONNRESET') throw new ConnectionCut();
      console.error(error);
      return {
        status: 500,
        json: new GoogleError(500, 'internalError', `The sandbox failed: ${(error as Error).message}`).toJSON(),
      };
    }
  }

  private async pass(passage: Passage): Promise<Reply> {
    const { exchange, operation } = passage;
    const latency = this.world.behavior.latencyOf(operation);
    if (latency > 0) await sleep(latency);
    if (operation.startsWith('oauth.')) return this.passOAuth(passage);
    const route = routeDrive(exchange.method, exchange.url.pathname, exchange.query);
    if (route) return this.passDrive(passage, route);
    return this.page(exchange);
  }

  private async passOAuth(passage: Passage): Promise<Reply> {
    const { exchange, operation } = passage;
    const { oauth, behavior } = this.world;
    if (operation === 'oauth.token')
      passage.account = oauth.accountOfRefreshToken((await exchange.form()).get('refresh_token'))?.email;
    const fault = behavior.strike({
      operation,
      ...(passage.account === undefined ? {} : { account: passage.account }),
    });
    if (fault) passage.fault = fault;
    return this.under(fault, exchange, async () => {
      switch (operation) {
        case 'oauth.authorize':
          return oauth.authorize(exchange);
        case 'oauth.token':
          return oauth.token(exchange);
        case 'oauth.revoke':
          return oauth.revoke(exchange);
        case 'oauth.tokeninfo':
          return oauth.tokenInfo(exchange);
        case 'oauth.userinfo':
          return oauth.userInfo(exchange);
        case 'oauth.discovery':
          return oauth.discovery(exchange);
        default:
          return oauth.certs();
      }
    });
  }

  private async passDrive(passage: Passage, route: Route): Promise<Reply> {
    const { exchange, operation } = passage;
    const { oauth, behavior, api, store } = this.world;
    if (route.access === 'session') {
      const id = exchange.query.get('upload_id') ?? '';
      const target = api.uploads.target(id);
      if (target.account !== undefined) passage.account = target.account;
      const fault = behavior.strike({ operation, ...target });
      if (fault) passage.fault = fault;
      return this.under(fault, exchange, () => api.uploads.take(exchange, id));
    }

    const caller = oauth.authenticate(exchange);
    passage.account = caller.account.email;
    checkScopes(route, caller);
    const fileId = route.fileId === 'root' ? caller.account.root.id : route.fileId;
    const target = { operation, account: caller.account.email, ...(fileId === undefined ? {} : { fileId }) };
    let name = fileId === undefined ? undefined : store.item(fileId)?.name;
    // In a multipart upload the name comes with the body; the handler asks again then.
    const nameComesLater = operation === 'files.upload' && exchange.query.get('uploadType') === 'multipart';
    if (name === undefined && behavior.matchesNames && !nameComesLater && isJson(exchange)) {
      const given = (await exchange.json())['name'];
      if (typeof given === 'string') name = given;
    }
    let fault = nameComesLater ? undefined : behavior.strike({ ...target, ...(name === undefined ? {} : { name }) });
    if (fault) passage.fault = fault;
    behavior.spend(caller.account, operation);
    const reply = await this.under(fault, exchange, () =>
      api.handle({
        exchange,
        route,
        caller,
        strikeByName: async (given) => {
          if (!nameComesLater) return;
          fault = behavior.strike({ ...target, name: given });
          if (!fault) return;
          passage.fault = fault;
          await this.under(fault, exchange, () => Promise.resolve({ status: 200 }), true);
        },
      }),
    );
    return nameComesLater && fault ? afterwards(fault, reply) : reply;
  }

  /** Carries something out under a fault; `early` when the carrying out goes on elsewhere. */
  private async under(
    fault: Fault | undefined,
    exchange: Exchange,
    action: () => Promise<Reply>,
    early = false,
  ): Promise<Reply> {
    switch (fault?.kind) {
      case 'error':
        throw faultError(fault, exchange);
      case 'drop': {
        const length = Number(exchange.header('content-length') ?? 0);
        if (!exchange.url.pathname.startsWith('/upload/') || length === 0) throw new ConnectionCut();
        exchange.cutBodyAfter = fault.afterBytes ?? Math.floor(length / 2);
        const reply = await action();
        if (early) return reply;
        throw new ConnectionCut();
      }
      case 'failAfterWrite': {
        const reply = await action();
        return early ? reply : afterwards(fault, reply, exchange);
      }
      default:
        return action();
    }
  }

  private page(exchange: Exchange): Reply {
    const { store } = this.world;
    const path = exchange.url.pathname;
    if (exchange.method === 'GET') {
      if (path === '/') return { status: 200, html: aboutPage(exchange.origin, store.accounts.values()) };
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
            Owner: item.owner.email,
            Modified: rfc3339(item.modified) ?? '',
            Trashed: store.isTrashed(item) ? 'yes' : 'no',
          }),
        };
    }
    throw new GoogleError(404, 'notFound', 'Not Found');
  }

  private async send(response: ServerResponse, reply: Reply, exchange: Exchange, fault?: Fault): Promise<void> {
    const headers: Record<string, string | number> = { ...reply.headers };
    let bytes: Buffer | undefined;
    if (reply.json !== undefined) {
      bytes = Buffer.from(JSON.stringify(reply.json));
      headers['content-type'] ??= 'application/json; charset=UTF-8';
    } else if (reply.html !== undefined) {
      bytes = Buffer.from(reply.html);
      headers['content-type'] ??= 'text/html; charset=UTF-8';
    } else {
      bytes = reply.bytes;
    }
    // An answer may come before the body was read: the rest is let in and thrown away, so that the client hears it.
    if (!exchange.request.readableEnded) exchange.request.resume();
    if (response.destroyed) return;

    const length = reply.part ? reply.part.end - reply.part.start : (bytes?.length ?? 0);
    if (!reply.lines && reply.status !== 204) headers['content-length'] = length;
    response.writeHead(reply.status, headers);
    const plain = fault === undefined || !['truncate', 'stall', 'wrongBytes'].includes(fault.kind);
    if (plain && !reply.part && !reply.lines) {
      this.stats.bytesOut += length;
      response.end(bytes);
      return;
    }
    const source = reply.part
      ? reply.part.content.read(reply.part.start, reply.part.end)
      : Readable.from(reply.lines ?? [bytes ?? Buffer.alloc(0)]);
    const damage = (chunks: AsyncIterable<Buffer | string>): AsyncGenerator<Buffer> =>
      this.damaged(chunks, length, fault, response);
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

  private async *damaged(
    chunks: AsyncIterable<Buffer | string>,
    length: number,
    fault: Fault | undefined,
    response: ServerResponse,
  ): AsyncGenerator<Buffer> {
    const mark = fault?.afterBytes ?? Math.floor(length / 2);
    let sent = 0;
    for await (const each of chunks) {
      let chunk = typeof each === 'string' ? Buffer.from(each) : each;
      const reaches = sent + chunk.length > mark;
      if (fault?.kind === 'wrongBytes' && reaches && sent <= mark) {
        // A copy: the bytes belong to the file.
        chunk = Buffer.from(chunk);
        chunk[mark - sent] = (chunk[mark - sent] ?? 0) ^ 0xff;
      }
      if ((fault?.kind === 'truncate' || fault?.kind === 'stall') && reaches) {
        yield chunk.subarray(0, mark - sent);
        this.stats.bytesOut += mark - sent;
        if (fault.kind === 'stall') await new Promise((resolve) => response.once('close', resolve));
        // What was yielded shall arrive before the end does.
        else await sleep(20);
        throw new ConnectionCut();
      }
      sent += chunk.length;
      this.stats.bytesOut += chunk.length;
      yield chunk;
    }
  }
}

function isJson(exchange: Exchange): boolean {
  return /^application\/json/i.test(exchange.header('content-type') ?? '');
}

function faultError(fault: Fault, exchange: Exchange): Error {
  if (exchange.url.pathname !== '/token' && exchange.url.pathname !== '/revoke') return errorOf(fault);
  return new OAuthFault(fault);
}

/** OAuth has an error shape of its own. */
class OAuthFault extends GoogleError {
  constructor(fault: Fault) {
    const status = fault.status ?? 503;
    super(
      status,
      fault.reason ?? (status < 500 ? 'invalid_grant' : 'temporarily_unavailable'),
      fault.message ?? 'The sandbox was told to fail.',
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
  if (fault.status === undefined) throw new ConnectionCut();
  throw exchange ? faultError(fault, exchange) : errorOf(fault);
}

function redacted(url: URL): string {
  const shown = new URL(url);
  for (const name of SECRET_PARAMETERS) if (shown.searchParams.has(name)) shown.searchParams.set(name, '…');
  return shown.pathname + (shown.search ? `?${decodeURIComponent(shown.searchParams.toString())}` : '');
}
