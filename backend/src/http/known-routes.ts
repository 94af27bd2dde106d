import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isPortalPath } from './portal.js';

const KNOWN_ROUTES = Symbol('known routes');

interface KnownRoute {
  readonly pattern: RegExp;
  readonly methods: Set<string>;
}

/** Remembers which methods each address takes, for the answer to any other one. Call it before the first route is there. */
export function useKnownRoutes(fastify: FastifyInstance): void {
  const routes = new Map<string, KnownRoute>();
  fastify.decorate(KNOWN_ROUTES, routes);
  fastify.addHook('onRoute', ({ url, method }) => {
    // Of CORS, which answers OPTIONS everywhere.
    if (url === '*') return;
    const route = routes.get(url) ?? { pattern: patternOf(url), methods: new Set() };
    // Fastify adds HEAD to each GET. The sign-in refuses it: a program that only looks must not end one.
    for (const each of [method].flat()) if (each !== 'HEAD' || !url.startsWith('/auth/')) route.methods.add(each);
    routes.set(url, route);
  });
}

/**
 * The methods that an address takes, for the `Allow` header (RFC 9110 §10.2.1).
 * @param path without the query
 * @returns sorted; empty where there is nothing
 */
export function methodsAt({ server }: FastifyRequest, path: string): string[] {
  const routes = (server as { [KNOWN_ROUTES]?: Map<string, KnownRoute> })[KNOWN_ROUTES];
  // As Fastify does: `/session/active` is no id in `/session/:id`.
  const exact = routes?.get(path);
  const here = exact
    ? [exact]
    : [...(routes ?? [])]
        // The portal's page is at every address that is not the API's.
        .filter(([url, { pattern }]) => pattern.test(path) && (url !== '/*' || isPortalPath(path)))
        .map(([, route]) => route);
  return [...new Set(here.flatMap(({ methods }) => [...methods]))].sort();
}

/** Of an address of Fastify's: `:name` is a part, `*` the rest. */
function patternOf(url: string): RegExp {
  const escaped = url.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replace(/:\w+/g, '[^/]+').replaceAll('*', '.*')}$`);
}
