import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isPortalPath } from './portal.js';

const KNOWN_ROUTES = Symbol('known routes');

interface KnownRoute {
  readonly pattern: RegExp;
  readonly methods: Set<string>;
}

/**
 * Collects the methods of each route, for the response to unsupported ones. Call it before the first route is
 * registered.
 */
export function useKnownRoutes(fastify: FastifyInstance): void {
  const routes = new Map<string, KnownRoute>();
  fastify.decorate(KNOWN_ROUTES, routes);
  fastify.addHook('onRoute', ({ url, method }) => {
    // CORS registers OPTIONS for all paths.
    if (url === '*') return;
    const route = routes.get(url) ?? { pattern: patternOf(url), methods: new Set() };
    // Fastify adds HEAD to each GET. The sign-in refuses it, because a program that only checks a URL must not end a
    // sign-in.
    for (const each of [method].flat()) if (each !== 'HEAD' || !url.startsWith('/auth/')) route.methods.add(each);
    routes.set(url, route);
  });
}

/**
 * The methods of a path, for the `Allow` header (RFC 9110 §10.2.1).
 * @param path without the query
 * @returns sorted; empty if no route matches
 */
export function methodsAt({ server }: FastifyRequest, path: string): string[] {
  const routes = (server as { [KNOWN_ROUTES]?: Map<string, KnownRoute> })[KNOWN_ROUTES];
  // Like in Fastify, `/session/active` does not match `/session/:id`.
  const exact = routes?.get(path);
  const here = exact
    ? [exact]
    : [...(routes ?? [])]
        // The portal's page is at every path that is not the API's.
        .filter(([url, { pattern }]) => pattern.test(path) && (url !== '/*' || isPortalPath(path)))
        .map(([, route]) => route);
  return [...new Set(here.flatMap(({ methods }) => [...methods]))].sort();
}

/** Converts a Fastify route to a pattern: `:name` is a part, `*` the rest. */
function patternOf(url: string): RegExp {
  const escaped = url.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replace(/:\w+/g, '[^/]+').replaceAll('*', '.*')}$`);
}
