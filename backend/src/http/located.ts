import { type CallHandler, type ExecutionContext, type NestInterceptor, UseInterceptors } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { type Observable, tap } from 'rxjs';

/** Sets `Location` to the URL of the created resource: `path` and the `id` of the result. */
export function LocatedAt(path: string): MethodDecorator {
  const interceptor: NestInterceptor = {
    intercept: (context: ExecutionContext, next: CallHandler<{ id: string }>): Observable<unknown> =>
      next
        .handle()
        .pipe(
          tap(({ id }) => void context.switchToHttp().getResponse<FastifyReply>().header('location', `${path}/${id}`)),
        ),
  };
  return UseInterceptors(interceptor);
}
