import { Controller, Headers, HttpStatus, Post, Query, Req, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { endTurn } from '../http/account-turns.js';
import { ApiProblems } from '../http/api-problems.js';
import { ApiIdempotencyKey, IdempotencyKey } from '../http/idempotency.js';
import { WaitsForOthers, Weighs } from '../http/throttle.guard.js';
import { Access, DestinationSession, SourceSession } from '../session/session.guard.js';
import type { Session } from '../session/session.port.js';
import { TransferFileQueryDto, TransferFileResponseDto } from './transfer-file.dto.js';
import { TransfersService } from './transfers.service.js';

/** How long the call waits before it answers 202; below the idle limits of usual proxies. */
const BOUND_SECONDS = 25;

@ApiTags('transfers')
@Controller('transfer-file')
export class TransferFileController {
  constructor(private readonly transfers: TransfersService) {}

  @Post()
  @ApiOperation({
    summary: 'Transfer one file or folder',
    description:
      'Waits up to 25 s: 200 with the new file, or 202 with the transfer’s address in `Location` while it is running. The same engine as `POST /api/transfers`.',
  })
  @ApiHeader({
    name: 'Prefer',
    required: false,
    description: '`wait=5` waits at most so many seconds (RFC 7240); `wait=0` answers at once.',
  })
  @ApiIdempotencyKey()
  @ApiOkResponse({ type: TransferFileResponseDto })
  @ApiAcceptedResponse({ type: TransferFileResponseDto })
  @ApiProblems('not_found', 'not_transferred', 'reauthentication_required', 'scope_missing', 'too_many_transfers')
  @Access('both')
  @Weighs(5)
  @WaitsForOthers()
  async transfer(
    @Query() query: TransferFileQueryDto,
    @SourceSession() source: Session,
    @DestinationSession() destination: Session,
    @IdempotencyKey() key: string | undefined,
    @Headers('prefer') prefer: string | undefined,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TransferFileResponseDto> {
    const ledger = await this.transfers.create(
      {
        items: [query.file_id],
        target: { folderId: query.target_folder_id },
        mode: query.delete_after_transfer ? 'move' : 'copy',
        conflict: 'keepBoth',
        shortcuts: 'rebuild',
        allowConversion: false,
      },
      source,
      destination,
      key,
    );
    endTurn(request);
    reply.header('location', `/api/transfers/${ledger.order.id}`);
    const done = await this.transfers.waitForFile(ledger, waitOf(prefer) * 1_000);
    reply.status(done ? HttpStatus.OK : HttpStatus.ACCEPTED);
    return done ?? { transferId: ledger.order.id, state: await ledger.state(), originalTrashed: false };
  }
}

/** Seconds of `Prefer: wait=n` (RFC 7240 §4.3), at most the bound; without it, the bound. */
function waitOf(prefer: string | undefined): number {
  const wait = /(?:^|[,;\s])wait=(\d{1,6})\b/.exec(prefer ?? '')?.[1];
  return wait === undefined ? BOUND_SECONDS : Math.min(Number(wait), BOUND_SECONDS);
}
