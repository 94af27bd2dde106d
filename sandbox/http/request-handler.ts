import type { IncomingMessage, ServerResponse } from 'node:http';
import { control } from '../control/control.ts';
import { afterwards, executeUnder } from '../faults/apply-fault.ts';
import { pageAt } from '../pages/pages.ts';
import type { Services } from '../services.ts';
import type { SandboxState } from '../sandbox-state.ts';
import { needsToken, type AuthorizedEndpoint, type FaultTarget } from './endpoint.ts';
import { GoogleError, googleError, SandboxUsageError } from './errors.ts';
import { ConnectionCut, Exchange, type Reply } from './exchange.ts';
import { GOOGLE_APIS } from './google-apis.ts';
import { checkQueryTypes } from './query-types.ts';
import { checkJsonType, checkSystemParameters } from './request-checks.ts';
import { admit, type RequestContext } from './request-context.ts';
import { ResponseWriter } from './response-writer.ts';
import { routeOf, type Route } from './routes.ts';
import { Stats } from './stats.ts';

/** Takes each request to its endpoint, under the faults that match it, and turns errors into responses. */
export class RequestHandler {
  private readonly state: SandboxState;
  private readonly stats: Stats;
  private readonly writer: ResponseWriter;
  private readonly services: Services;

  constructor(state: SandboxState) {
    this.state = state;
    this.stats = new Stats(() => state.store.switches.errorsAreBilled);
    this.writer = new ResponseWriter(this.stats, state.sleep);
    this.services = { ...state.apis, oauth: state.oauth, perform: (inner) => this.servePart(inner) };
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const exchange = new Exchange(request);
    if (exchange.path.startsWith('/__sandbox/')) {
      await this.writer.send(response, await this.guarded(() => control(this.state, this.stats, exchange)), exchange);
      return;
    }
    const began = performance.now();
    exchange.arrivedAt = this.state.store.changes.next;
    const context = this.contextOf(exchange);
    exchange.onBytes = (length) => (this.stats.bytesIn += length);
    this.stats.begin();
    let status = 0;
    try {
      const reply = await this.guarded(() => this.pass(context), context);
      status = reply.status;
      await this.writer.send(response, reply, exchange, context.fault);
    } catch (error) {
      status = 0;
      throw error;
    } finally {
      this.note(context, status, began);
    }
  }

  /** One call of a batch: counted, delayed and broken as if it had come alone. */
  private async servePart(exchange: Exchange): Promise<Reply> {
    const began = performance.now();
    const context = this.contextOf(exchange);
    this.stats.begin();
    let status = 0;
    try {
      const reply = await this.guarded(() => this.pass(context), context);
      status = reply.status;
      return reply;
    } finally {
      this.note(context, status, began);
    }
  }

  private note(context: RequestContext, status: number, began: number): void {
    const { exchange, operation, account, project, fault, reason } = context;
    context.after?.();
    this.stats.end({
      time: this.state.now(),
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

  private contextOf(exchange: Exchange): RequestContext {
    const { method, path, query } = exchange;
    const route = routeOf(method, path, query);
    if (route) return { exchange, operation: route.operation, route };
    return { exchange, operation: method === 'GET' || path === '/trouble' ? 'page' : 'unknown' };
  }

  /** Turns errors into responses; only a cut connection gets none. */
  private async guarded(action: () => Promise<Reply>, context?: RequestContext): Promise<Reply> {
    try {
      return await action();
    } catch (error) {
      if (error instanceof ConnectionCut) throw error;
      if (context && error instanceof GoogleError) context.reason = error.reason;
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
              json: error.toJSON(context?.route && GOOGLE_APIS[context.route.api].errorShape),
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

  private async pass(context: RequestContext): Promise<Reply> {
    const { exchange } = context;
    if (exchange.overridesMethod) {
      await exchange.applyMethodOverride();
      delete context.route;
      Object.assign(context, this.contextOf(exchange));
    }
    const { operation, route } = context;
    if (!route) {
      await this.delay(context);
      return pageAt(this.state, exchange);
    }
    const { endpoint } = route;
    if (needsToken(endpoint)) {
      await this.delay(context);
      return this.passAuthorized(context, route, endpoint);
    }
    const request = { exchange, route };
    const target = (await endpoint.target?.(this.services, request)) ?? {};
    await this.delay(context, target);
    if (target.account !== undefined) context.account = target.account;
    const fault = endpoint.isEnvelope ? undefined : this.state.behavior.matchFault({ operation, ...target });
    if (fault) context.fault = exchange.fault = fault;
    return executeUnder(fault, this.state, context, async () => endpoint.handle(this.services, request));
  }

  /** Not asynchronous itself, because most responses have no delay. */
  private delay(context: RequestContext, target?: FaultTarget): Promise<unknown> | undefined {
    const latency = this.latencyOf(context, target);
    return latency > 0 ? this.state.sleep(latency) : undefined;
  }

  /** The delay of a response. If it is drawn, it depends on the account and the item, not on concurrent requests. */
  private latencyOf({ exchange, operation, route }: RequestContext, target?: FaultTarget): number {
    const { behavior, oauth, store } = this.state;
    if (!behavior.drawsLatency(operation)) return behavior.latencyOf(operation);
    return behavior.latencyOf(
      operation,
      target?.account ?? oauth.emailOf(exchange),
      target?.name ?? store.item(route?.ids['fileId'] ?? '')?.name,
    );
  }

  private async passAuthorized(context: RequestContext, route: Route, endpoint: AuthorizedEndpoint): Promise<Reply> {
    const { exchange, operation } = context;
    const { behavior, store } = this.state;
    checkSystemParameters(exchange, operation);
    const caller = admit(this.state, context, route, endpoint);
    checkQueryTypes(operation, exchange.query);
    if (operation !== 'files.upload' || !exchange.query.get('uploadType')) checkJsonType(exchange);
    const fileId = route.ids['fileId'] === 'root' ? caller.account.root.id : route.ids['fileId'];
    const target = { operation, account: caller.account.email, ...(fileId === undefined ? {} : { fileId }) };
    let name = fileId === undefined ? undefined : store.item(fileId)?.name;
    // The name of a multipart upload comes with its body: its handler calls `applyFaultByName` then.
    const nameComesLater = operation === 'files.upload' && exchange.query.get('uploadType') === 'multipart';
    if (name === undefined && behavior.matchesNames && !nameComesLater && isJson(exchange)) {
      const given = (await exchange.json())['name'];
      if (typeof given === 'string') name = given;
    }
    let fault = nameComesLater
      ? undefined
      : behavior.matchFault({ ...target, ...(name === undefined ? {} : { name }) });
    if (fault) context.fault = exchange.fault = fault;
    behavior.spend(caller.account, endpoint.cost, caller.clientId);
    const reply = await executeUnder(fault, this.state, context, async () => {
      store.emptyOldTrash();
      return endpoint.handle(this.services, {
        exchange,
        route,
        caller,
        applyFaultByName: async (given) => {
          if (!nameComesLater) return;
          fault = behavior.matchFault({ ...target, name: given });
          if (!fault) return;
          context.fault = exchange.fault = fault;
          await executeUnder(fault, this.state, context, () => Promise.resolve({ status: 200 }), true);
        },
      });
    });
    return nameComesLater && fault ? afterwards(fault, reply) : reply;
  }
}

function isJson(exchange: Exchange): boolean {
  return /^application\/json/i.test(exchange.header('content-type') ?? '');
}
