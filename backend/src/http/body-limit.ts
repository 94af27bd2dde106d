import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Lets requests to a route have bodies of more than BODY_LIMIT_BYTES. Nest passes the configuration of a route only. */
export const BodyLimit = (bodyLimit: number): MethodDecorator => RouteConfig({ bodyLimit });

/** Takes a file as the body, as bytes, and nothing else (`FILE_TYPES`). */
export const FileBody = (bodyLimit: number): MethodDecorator => RouteConfig({ bodyLimit, takesFile: true });

/** Accepts a form and ignores what it contains: for a link whose token is all that it needs. */
export const FormBody = (): MethodDecorator => RouteConfig({ takesForm: true });

/** Media types of files. No form of a page of another site sends them without asking first. */
export const FILE_TYPES = ['text/csv', 'application/octet-stream'] as const;

export const takesFile = ({ routeOptions }: FastifyRequest): boolean =>
  (routeOptions.config as { takesFile?: boolean }).takesFile === true;

export const takesForm = ({ routeOptions }: FastifyRequest): boolean =>
  (routeOptions.config as { takesForm?: boolean }).takesForm === true;

/** Makes `BodyLimit` and `FileBody` effective. Call it before the first route is there. */
export function useBodyLimits(fastify: FastifyInstance): void {
  fastify.addHook('onRoute', (route) => {
    const { bodyLimit } = (route.config ?? {}) as { bodyLimit?: number };
    if (bodyLimit !== undefined) route.bodyLimit = bodyLimit;
  });
}
