import { HttpErrorResponse, HttpInterceptorFn, HttpRequest } from '@angular/common/http';
import { inject } from '@angular/core';
import { tap } from 'rxjs';
import { toProblem } from './problem';
import { AUDIENCE } from './api-client';
import { SessionStore } from './sessions';
import { Side, SIDES } from './side';

const HEADERS: Record<Side, string> = { source: 'X-Source-Token', destination: 'X-Destination-Token' };

/** The paths of our own API. Everything else on this origin is a static file, which needs no token. */
const API_PATHS = /^\/(api|session|list-files|list-folders|drive-info|transfer-file)(\/|$)/;

function isOwnApi(url: string): boolean {
  const address = new URL(url, document.baseURI);
  return address.origin === location.origin && API_PATHS.test(address.pathname);
}

const sidesOf = (request: HttpRequest<unknown>): readonly Side[] => {
  const audience = request.context.get(AUDIENCE);
  if (audience === undefined || !isOwnApi(request.url)) return [];
  return audience === 'both' ? SIDES : [audience];
};

/** Attaches the session tokens of a request's audience. Only requests to our own API get any. */
export const sessionTokenInterceptor: HttpInterceptorFn = (request, next) => {
  const sessions = inject(SessionStore);
  let headers = request.headers;
  for (const side of sidesOf(request)) {
    const token = sessions.token(side);
    if (token) headers = headers.set(HEADERS[side], token);
  }
  return next(request.clone({ headers }));
};

/** Marks a side's session as ended when a response reports it. */
export const sessionEndedInterceptor: HttpInterceptorFn = (request, next) => {
  const sessions = inject(SessionStore);
  return next(request).pipe(
    tap({
      error: (error: unknown) => {
        if (!(error instanceof HttpErrorResponse) || error.status !== 401) return;
        const { code, side } = toProblem(error);
        if (code !== 'session_expired' && code !== 'reconnect_needed') return;
        const sent = sidesOf(request).filter((candidate) => request.headers.has(HEADERS[candidate]));
        const ended = side ?? (sent.length === 1 ? sent[0] : undefined);
        if (ended) sessions.markEnded(ended, code, request.headers.get(HEADERS[ended]) ?? undefined);
      },
    }),
  );
};
