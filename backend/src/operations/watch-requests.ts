import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { COMMANDS } from '../engine/model/states.js';
import { afterResponse } from '../http/after-response.js';
import type { ProblemCode } from '../http/problems.js';
import { problemCodeOf } from '../http/problem.filter.js';
import { withoutTokens } from '../http/logging.js';
import { auditDetailOf } from '../insight/audit-detail.js';
import type { AuditEvent, AuditLog } from '../insight/audit.port.js';
import type { Insight } from '../insight/insight.js';
import { requestContext } from '../insight/request-context.js';
import { partiesOf, refusedSubOf, subsOf } from '../session/session.guard.js';

const COMMAND = new RegExp(`^/api/transfers/:id/(${COMMANDS.join('|')})$`);
/** Other commands on a transfer, by method and route. */
const OTHER_COMMANDS: Readonly<Record<string, string>> = {
  'PATCH /api/transfers/:id': 'rename',
  'PUT /api/transfers/:id/schedule': 'schedule',
  'POST /api/transfers/:id/schedule/pause': 'pause_schedule',
  'DELETE /api/transfers/:id/schedule': 'remove_schedule',
};
/** A client can cause any number of these, and they changed nothing. */
const NOT_AUDITED: readonly string[] = ['rate_limited', 'service_unavailable'];

/** Problems that mean that the account may not do it. */
const NOT_AUTHORISED: readonly string[] = [
  'access_withdrawn',
  'account_not_allowed',
  'preflight_not_found',
  'reauthentication_required',
  'scope_missing',
  'session_not_found',
  'token_missing',
  'transfer_not_found',
  'wrong_account',
  'wrong_side',
] satisfies ProblemCode[];

/** Counts each completed request, and records commands to transfers and who gave them. */
export function watchRequests(fastify: FastifyInstance, insight: Insight, audit: AuditLog): void {
  afterResponse(fastify, (request, reply) => {
    const subs = subsOf(request);
    insight.answered({
      method: request.method,
      route: request.routeOptions.url ?? 'none',
      status: reply.statusCode,
      seconds: reply.elapsedTime / 1000,
      code: problemCodeOf(request),
    });
    for (const sub of subs) insight.saw(sub);
    const event = eventOf(request, reply, subs) ?? refusalOf(request, subs);
    // The response is sent, so its context is no longer available.
    if (event) requestContext.run({ requestId: request.id }, () => audit.record(event));
  });
}

/** Records a command on a transfer by one or two accounts, or its refusal. */
function eventOf(
  request: FastifyRequest,
  reply: FastifyReply,
  [sub, ...others]: readonly string[],
): AuditEvent | undefined {
  if (sub === undefined) return undefined;
  const route = request.routeOptions.url ?? '';
  const named = OTHER_COMMANDS[`${request.method} ${route}`];
  if (request.method !== 'POST' && named === undefined) return undefined;
  const outcome = problemCodeOf(request) ?? 'done';
  if (NOT_AUDITED.includes(outcome)) return undefined;
  const other = others.find((each) => each !== sub);
  const who = { actor: { sub }, ...(other !== undefined && { with: { sub: other } }) };
  const command = named ?? COMMAND.exec(route)?.[1];
  if (command) {
    const { id } = request.params as { id: string };
    const parties = partiesOf(request) ?? [];
    const by = parties.length > 1 ? 'both' : parties[0];
    const detail = { command, ...(by && { by }), ...auditDetailOf(request) };
    return { ...who, action: 'transfer.commanded', object: `transfer:${shortened(id)}`, outcome, detail };
  }
  if (route !== '/api/transfers' && route !== '/transfer-file') return undefined;
  const id = /^\/api\/transfers\/([\w-]+)$/.exec(String(reply.getHeader('location') ?? ''))?.[1];
  const detail = route === '/transfer-file' ? fileDetail(request) : transferDetail(request);
  Object.assign(detail, auditDetailOf(request));
  return { ...who, action: 'transfer.created', ...(id && { object: `transfer:${id}` }), outcome, detail };
}

/** Records what an account with a valid token was not allowed, for calls without their own event. */
function refusalOf(request: FastifyRequest, subs: readonly string[]): AuditEvent | undefined {
  const outcome = problemCodeOf(request);
  const byGuard = refusedSubOf(request);
  const sub = subs[0] ?? byGuard;
  if (sub === undefined || outcome === undefined) return undefined;
  if (byGuard === undefined && !NOT_AUTHORISED.includes(outcome)) return undefined;
  const route = request.routeOptions.url ?? '';
  const { id } = request.params as { id?: string };
  const kind = /^\/api\/(transfer|preflight)s\/:id/.exec(route)?.[1];
  const object = kind && id !== undefined ? { object: `${kind}:${shortened(id)}` } : {};
  return {
    actor: { sub },
    action: 'access.refused',
    ...object,
    outcome,
    detail: { route: `${request.method} ${route}` },
  };
}

/** Ids have 22 characters. Other text from a client is truncated, and tokens are removed. */
const shortened = (id: string): string => withoutTokens(id).slice(0, 64);

function transferDetail({ body }: FastifyRequest): Record<string, string | number | boolean> {
  const asked = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  if (asked['preflightId'] !== undefined) return { fromPreflight: true };
  return { mode: modeOf(asked['mode'] === 'move'), items: Array.isArray(asked['items']) ? asked['items'].length : 0 };
}

function fileDetail({ query }: FastifyRequest): Record<string, string | number> {
  const isMove = (query as Record<string, unknown>)['delete_after_transfer'];
  return { mode: modeOf(isMove === 'true' || isMove === true), items: 1 };
}

const modeOf = (isMove: boolean): string => (isMove ? 'move' : 'copy');
