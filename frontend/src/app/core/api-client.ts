import { HttpClient, HttpContext, HttpContextToken } from '@angular/common/http';
import { inject, Service } from '@angular/core';
import { firstValueFrom, map, Observable, tap } from 'rxjs';
import { Connection } from './connection';
import { isOutage, toProblem } from './problem';
import { Side } from './side';

/** A function of the generated client. */
export type Operation<Params, Body> = (
  http: HttpClient,
  rootUrl: string,
  params: Params,
  context?: HttpContext,
) => Observable<{ readonly body: Body }>;

/** Whose token a request carries: that of one side, or of both. Without it, a request carries none. */
export const AUDIENCE = new HttpContextToken<Side | 'both' | undefined>(() => undefined);

/** The context of a request on behalf of a side or of both. */
export const asSide = (audience: Side | 'both'): HttpContext => new HttpContext().set(AUDIENCE, audience);

/** Calls the API. Both methods fail with HttpErrorResponse. */
@Service()
export class ApiClient {
  private readonly http = inject(HttpClient);
  private readonly connection = inject(Connection);

  /** The body of the response; unsubscribing aborts the request. @param audience whose token to send; none by default */
  request<Params, Body>(
    operation: Operation<Params, Body>,
    params: Params,
    audience?: Side | 'both',
  ): Observable<Body> {
    return operation(this.http, '', params, audience && asSide(audience)).pipe(
      map(({ body }) => body),
      tap({
        next: () => this.connection.noteAnswer(false),
        error: (error: unknown) => {
          if (isOutage(toProblem(error))) this.connection.noteAnswer(true);
        },
      }),
    );
  }

  call<Params, Body>(operation: Operation<Params, Body>, params: Params, audience?: Side | 'both'): Promise<Body> {
    return firstValueFrom(this.request(operation, params, audience));
  }
}
