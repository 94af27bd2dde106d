import { applyDecorators } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { ProblemDto } from './problem.dto.js';
import { PROBLEMS, type ProblemCode } from './problems.js';

const DOCUMENTED = 'cloudmover:problems';
const EVERYWHERE: readonly ProblemCode[] = ['rate_limited', 'internal', 'service_unavailable'];
const OF_PATHS: readonly ProblemCode[] = ['address_too_long'];

/**
 * Documents the problems of an endpoint, in addition to those that every endpoint has. Codes of one status share a
 * response; several uses on one handler add up.
 */
export function ApiProblems(...codes: readonly ProblemCode[]): MethodDecorator {
  return (target, key, descriptor) => {
    const handler = descriptor.value as object;
    const before = Reflect.getMetadata(DOCUMENTED, handler) as readonly ProblemCode[] | undefined;
    // Nest joins the descriptions of one status, so each code is added only once.
    const common = before ? [] : [...(bindsPath(target, key) ? OF_PATHS : []), ...EVERYWHERE];
    const added = [...new Set([...codes, ...common])].filter((code) => !before?.includes(code));
    Reflect.defineMetadata(DOCUMENTED, [...(before ?? []), ...added], handler);
    const responses = [...Map.groupBy(added, (code) => PROBLEMS[code].status)].map(([status, ofStatus]) =>
      ApiResponse({
        status,
        description: ofStatus.map((code) => `\`${code}\`: ${PROBLEMS[code].title}`).join(' · '),
        content: { 'application/problem+json': { schema: { $ref: getSchemaPath(ProblemDto) } } },
      }),
    );
    applyDecorators(ApiExtraModels(ProblemDto), ...responses)(target, key, descriptor);
  };
}

/** Whether a handler has a path parameter. Nest stores its bound arguments as `type:index`; type 5 is the path. */
function bindsPath(target: object, key: string | symbol): boolean {
  const bound = (Reflect.getMetadata(ROUTE_ARGS_METADATA, target.constructor, key) ?? {}) as object;
  return Object.keys(bound).some((id) => id.startsWith('5:'));
}
