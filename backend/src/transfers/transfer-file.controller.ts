import {
  Controller,
  createParamDecorator,
  type ExecutionContext,
  HttpStatus,
  type NestInterceptor,
  Post,
  Query,
  UseInterceptors,
} from '@nestjs/common';
import { ApiAcceptedResponse, ApiHeader, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { tap } from 'rxjs';
import { endTurn } from '../http/account-turns.js';
import { ApiProblems } from '../http/api-problems.js';
import { ApiIdempotencyKey, IdempotencyKey } from '../http/idempotency.js';
import { WaitsForOthers, Weighs } from '../http/throttle.guard.js';
import { Access, DestinationSession, SourceSession } from '../session/session.guard.js';
import type { Session } from '../session/session.port.js';
import { TransferFileQueryDto, TransferFileResponseDto } from './transfer-file.dto.js';
import { TransferFileService } from './transfer-file.service.js';

/** How long the call waits before it returns 202; below the usual idle time-outs of proxies. */
const BOUND_SECONDS = 25;

/** `Prefer: wait=n` (RFC 7240 §4.3) in ms, at most the bound; without it, the bound. */
export const PreferredWaitMs = createParamDecorator((_: unknown, context: ExecutionContext): number => {
  const prefer = String(context.switchToHttp().getRequest<FastifyRequest>().headers['prefer'] ?? '');
  const wait = /(?:^|[,;\s])wait=(\d{1,6})\b/.exec(prefer)?.[1];
  return Math.min(wait === undefined ? BOUND_SECONDS : Number(wait), BOUND_SECONDS) * 1_000;
});

/** Sets the `Location` of the transfer and ends the account's turn: from then on the request only waits. */
export const OnCreated = createParamDecorator((_: unknown, context: ExecutionContext) => (id: string): void => {
  endTurn(context.switchToHttp().getRequest<FastifyRequest>());
  context.switchToHttp().getResponse<FastifyReply>().header('location', `/api/transfers/${id}`);
});

/** Returns 202 while the transfer is running, 200 with its file. */
const AcceptedUntilDone: NestInterceptor<TransferFileResponseDto> = {
  intercept: (context, next) =>
    next.handle().pipe(
      tap(({ file }) => {
        context
          .switchToHttp()
          .getResponse<FastifyReply>()
          .status(file ? HttpStatus.OK : HttpStatus.ACCEPTED);
      }),
    ),
};

@ApiTags('transfers')
@Controller('transfer-file')
export class TransferFileController {
  constructor(private readonly files: TransferFileService) {}

  /**
   * Transfer one file or folder
   * @remarks Waits up to 25 s: 200 with the new file, or 202 with the transfer’s URL in `Location` while it is running.
   *   Uses the same engine as `POST /api/transfers`.
   */
  @Post()
  @ApiHeader({
    name: 'Prefer',
    required: false,
    description: '`wait=5` waits at most five seconds (RFC 7240); `wait=0` returns at once.',
  })
  @ApiIdempotencyKey()
  @ApiOkResponse({ type: TransferFileResponseDto })
  @ApiAcceptedResponse({ type: TransferFileResponseDto })
  @ApiProblems('not_found', 'not_transferred', 'reauthentication_required', 'scope_missing', 'too_many_transfers')
  @Access('both')
  @UseInterceptors(AcceptedUntilDone)
  @Weighs(5)
  @WaitsForOthers()
  transferFile(
    @Query() query: TransferFileQueryDto,
    @SourceSession() source: Session,
    @DestinationSession() destination: Session,
    @IdempotencyKey() key: string | undefined,
    @PreferredWaitMs() waitMs: number,
    @OnCreated() onCreated: (id: string) => void,
  ): Promise<TransferFileResponseDto> {
    return this.files.transfer(query, [source, destination], key, waitMs, onCreated);
  }
}
