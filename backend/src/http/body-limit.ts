import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';

/** Lets requests to a route have bodies of more than BODY_LIMIT_BYTES. Nest passes the configuration of a route only. */
export const BodyLimit = (bodyLimit: number): MethodDecorator => RouteConfig({ bodyLimit });

/** Makes `BodyLimit` effective. Call it before the first route is there. */
export function useBodyLimits(fastify: FastifyInstance): void {
  fastify.addHook('onRoute', (route) => {
    const { bodyLimit } = (route.config ?? {}) as { bodyLimit?: number };
    if (bodyLimit !== undefined) route.bodyLimit = bodyLimit;
  });
}
