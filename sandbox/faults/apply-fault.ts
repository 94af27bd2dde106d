import { loseAccess } from '../directory/directory-calls.ts';
import { Content } from '../drive/content.ts';
import { release, type Item } from '../drive/drive-store.ts';
import { needsToken } from '../http/endpoint.ts';
import { GoogleError, googleError } from '../http/errors.ts';
import { ConnectionCut, type Exchange, type Reply } from '../http/exchange.ts';
import { admit, type RequestContext } from '../http/request-context.ts';
import { editDocument } from '../seed/documents.ts';
import type { SandboxState } from '../sandbox-state.ts';
import { errorOf, type Fault, oauthStatusOf } from './fault.ts';

/**
 * Executes a request under a fault; without one, just executes it.
 * @param early whether the request continues after this part of it, so that a failure after its end is `afterwards`'s
 */
export function executeUnder(
  fault: Fault | undefined,
  state: SandboxState,
  context: RequestContext,
  action: () => Promise<Reply>,
  early = false,
): Promise<Reply> {
  return fault ? executeWith(fault, state, context, action, early) : action();
}

async function executeWith(
  fault: Fault,
  state: SandboxState,
  context: RequestContext,
  action: () => Promise<Reply>,
  early: boolean,
): Promise<Reply> {
  const { exchange, account, route } = context;
  const { oauth, store } = state;
  if (fault.delayMs !== undefined) await state.sleep(fault.delayMs);
  switch (fault.kind) {
    case 'error':
      throw faultError(fault, exchange);
    case 'hold':
      await exchange.whileOpen(state.behavior.faultsSet);
      // The caller may have lost access meanwhile.
      if (route && needsToken(route.endpoint)) admit(state, context, route, route.endpoint);
      return action();
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
      if (route && needsToken(route.endpoint)) admit(state, context, route, route.endpoint);
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
      if (item) change(item, state, context);
      return reply;
    }
    default:
      return action();
  }
}

/** Edits a file as another user would. A running download continues with the old bytes. */
function change(item: Item, state: SandboxState, context: RequestContext): void {
  const { store, now } = state;
  const { content } = item;
  if (content) {
    content.users++;
    context.after = () => release(content);
    store.setContent(item, Content.made(`changed ${item.version}`, content.size + 1));
  }
  if (['document', 'presentation', 'spreadsheet'].includes(item.document?.kind ?? '')) {
    editDocument(state, { fileId: item.id });
    return;
  }
  item.modified = now();
  store.touch(item);
}

function faultError(fault: Fault, exchange: Exchange): Error {
  if (!/\/(token|revoke)$/.test(exchange.path)) return errorOf(fault);
  return new OAuthFault(fault);
}

/** OAuth has an error shape of its own (RFC 6749, 5.2). */
class OAuthFault extends GoogleError {
  constructor(fault: Fault) {
    const status = oauthStatusOf(fault);
    super(
      status,
      fault.reason ?? (status < 500 ? 'invalid_grant' : 'temporarily_unavailable'),
      fault.message ?? 'The sandbox simulates this failure.',
      fault.retryAfter === undefined ? {} : { headers: { 'retry-after': String(fault.retryAfter) } },
    );
  }

  override toJSON(): unknown {
    return { error: this.reason, error_description: this.message };
  }
}

/** The response to a request that was executed although a fault applied. */
export function afterwards(fault: Fault, reply: Reply, exchange?: Exchange): Reply {
  if (fault.kind === 'drop') throw new ConnectionCut();
  if (fault.kind !== 'failAfterWrite') return reply;
  if (fault.status === undefined && fault.reason === undefined) throw new ConnectionCut();
  throw exchange ? faultError(fault, exchange) : errorOf(fault);
}
