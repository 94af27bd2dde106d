import { checkDriveLicence } from '../directory/directory-calls.ts';
import type { Fault } from '../faults/fault.ts';
import type { Caller } from '../oauth/oauth.ts';
import { checkScopes } from '../oauth/scopes.ts';
import type { SandboxState } from '../sandbox-state.ts';
import type { AuthorizedEndpoint } from './endpoint.ts';
import type { Exchange } from './exchange.ts';
import type { Route } from './routes.ts';

/** A request, and what is known about it so far. */
export interface RequestContext {
  exchange: Exchange;
  /** As in `ENDPOINTS`; `page` and `unknown` for what is no endpoint. */
  operation: string;
  route?: Route;
  account?: string;
  /** The OAuth client or service account that calls. */
  project?: string;
  fault?: Fault;
  /** Why it was refused. */
  reason?: string;
  /** Runs when the response is out. */
  after?: () => void;
}

/**
 * Who sends a request, noted in its context.
 * @throws GoogleError for a caller who may not use the endpoint, whatever the request says
 */
export function admit(
  { oauth, behavior, store }: SandboxState,
  context: RequestContext,
  { api }: Route,
  { scopes }: AuthorizedEndpoint,
): Caller {
  const caller = oauth.authenticate(context.exchange);
  context.account = caller.account.email;
  if (caller.clientId !== undefined) context.project = caller.clientId;
  checkScopes(scopes, caller);
  behavior.checkEnabled(api, caller.clientId);
  if (api !== 'admin') checkDriveLicence(caller.account, store);
  return caller;
}
