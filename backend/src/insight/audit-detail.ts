import type { FastifyRequest } from 'fastify';
import type { AuditEvent } from './audit.port.js';

const DETAIL = Symbol('audit detail');
type Detail = NonNullable<AuditEvent['detail']>;
type DetailedRequest = FastifyRequest & { [DETAIL]?: Detail };

/** Adds what only the handler of a request knows to the entry that the request makes in the audit log. */
export function addAuditDetail(request: FastifyRequest, detail: Detail): void {
  (request as DetailedRequest)[DETAIL] = { ...auditDetailOf(request), ...detail };
}

export const auditDetailOf = (request: FastifyRequest): Detail => (request as DetailedRequest)[DETAIL] ?? {};
