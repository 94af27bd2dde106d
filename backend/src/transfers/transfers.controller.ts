import { Readable } from 'node:stream';
import {
  Body,
  Controller,
  Get,
  HttpCode,
  type MessageEvent,
  Param,
  Post,
  Query,
  Res,
  Sse,
  StreamableFile,
} from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiProduces,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { concatMap, finalize, from, interval, map, merge, type Observable, takeUntil, takeWhile, Subject } from 'rxjs';
import { ApiProblems } from '../http/api-problems.js';
import { IdempotencyKey } from '../http/idempotency-key.js';
import { Access, CallerSessions, DestinationSession, SourceSession } from '../session/session.guard.js';
import type { Session } from '../session/session.port.js';
import { SessionService } from '../session/session.service.js';
import { transferView } from './transfer-view.js';
import {
  ItemListDto,
  ItemListQueryDto,
  ReportDto,
  ReportQueryDto,
  TransferCreateDto,
  TransferDto,
  TransferListDto,
  TransferListQueryDto,
} from './transfers.dto.js';
import { TransfersService } from './transfers.service.js';

/** At most one update a second; a sign of life at least every ten. */
const UPDATE_MS = 1_000;
const HEARTBEAT_MS = 10_000;

const ApiTransferId = () =>
  ApiParam({ name: 'id', description: 'Id of the transfer.', example: 'q5Zt0c9hT2uKjH1xV3mW8w' });

@ApiTags('transfers')
@Controller('api/transfers')
export class TransfersController {
  constructor(
    private readonly transfers: TransfersService,
    private readonly sessions: SessionService,
  ) {}

  @Post()
  @HttpCode(202)
  @ApiOperation({
    summary: 'Start a transfer',
    description:
      'Answers at once with 202 and the transfer’s address in `Location`. The work goes on without this client; watch it with GET or the event stream.',
  })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description:
      'Any text up to 255 characters. The same key with the same request answers the same transfer, for 24 hours.',
  })
  @ApiAcceptedResponse({
    type: TransferDto,
    headers: { Location: { description: 'Address of the transfer.', schema: { type: 'string' } } },
  })
  @ApiProblems('idempotency_conflict', 'scope_missing')
  @Access('both')
  async create(
    @Body() body: TransferCreateDto,
    @SourceSession() source: Session,
    @DestinationSession() destination: Session,
    @IdempotencyKey() key: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TransferDto> {
    const ledger = await this.transfers.create(body, source, destination, key);
    reply.header('location', `/api/transfers/${ledger.order.id}`);
    return transferView(ledger);
  }

  @Get()
  @ApiOperation({
    summary: 'Transfers of the accounts',
    description: 'Those from or to any account whose token comes with the request, newest first; kept for 30 days.',
  })
  @Access('either')
  list(@Query() query: TransferListQueryDto, @CallerSessions() callers: Session[]): Promise<TransferListDto> {
    return this.transfers.list(callers, query.limit, query.cursor);
  }

  @Get(':id')
  @ApiOperation({
    summary: 'A transfer now',
    description: 'With the token of either of its accounts. The counts always add up to `found`.',
  })
  @ApiTransferId()
  @ApiProblems('transfer_not_found')
  @Access('either')
  async get(@Param('id') id: string, @CallerSessions() callers: Session[]): Promise<TransferDto> {
    return transferView(await this.transfers.find(id, callers));
  }

  @Get(':id/items')
  @ApiOperation({ summary: 'Items of a transfer', description: 'In the order of the plan; `nextCursor` leads on.' })
  @ApiTransferId()
  @ApiProblems('transfer_not_found')
  @Access('either')
  async items(
    @Param('id') id: string,
    @Query() query: ItemListQueryDto,
    @CallerSessions() callers: Session[],
  ): Promise<ItemListDto> {
    return this.transfers.items(await this.transfers.find(id, callers), query);
  }

  @Sse(':id/events')
  @ApiOperation({
    summary: 'Progress as an event stream',
    description:
      'Events of type `transfer` hold the whole transfer, the first one as it is now, then one for each change, at most one a second; the id is its revision. `heartbeat` events show that the line lives. The stream ends after the transfer’s end, and soon after the end of the sessions it was opened with. A reconnection simply begins with the state of then.',
  })
  @ApiTransferId()
  @ApiProduces('text/event-stream')
  @ApiOkResponse({ description: 'The stream; the data of each `transfer` event is a TransferDto.' })
  @ApiProblems('transfer_not_found')
  @Access('either')
  async events(@Param('id') id: string, @CallerSessions() callers: Session[]): Promise<Observable<MessageEvent>> {
    const ledger = await this.transfers.find(id, callers);
    const gone = new AbortController();
    // Either half ends the other one.
    const ended = new Subject<void>();
    const updates = from(this.transfers.changes(ledger, UPDATE_MS, gone.signal)).pipe(
      map((transfer): MessageEvent => ({ type: 'transfer', id: String(transfer.revision), data: transfer })),
      takeUntil(ended),
      finalize(() => ended.next()),
    );
    const heartbeats = interval(HEARTBEAT_MS).pipe(
      concatMap(() => this.sessions.isAnyLive(callers)),
      takeWhile((live) => live),
      map((): MessageEvent => ({ type: 'heartbeat', data: '' })),
      takeUntil(ended),
      finalize(() => ended.next()),
    );
    return merge(updates, heartbeats).pipe(finalize(() => gone.abort()));
  }

  @Post(':id/cancel')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Cancel a transfer',
    description:
      'What was copied stays and is in the report; items under way end or stop; temporary shares are withdrawn.',
  })
  @ApiTransferId()
  @ApiAcceptedResponse({ type: TransferDto })
  @ApiProblems('transfer_not_found', 'transfer_state')
  @Access('either')
  async cancel(@Param('id') id: string, @CallerSessions() callers: Session[]): Promise<TransferDto> {
    return this.transfers.cancel(await this.transfers.find(id, callers));
  }

  @Get(':id/report')
  @ApiOperation({
    summary: 'The report',
    description:
      'Each item with what became of it and why. Can be had at any time; it is final once the transfer has ended.',
  })
  @ApiTransferId()
  @ApiProduces('application/json', 'text/csv')
  @ApiOkResponse({ type: ReportDto })
  @ApiProblems('transfer_not_found')
  @Access('either')
  async report(
    @Param('id') id: string,
    @Query() query: ReportQueryDto,
    @CallerSessions() callers: Session[],
  ): Promise<StreamableFile> {
    const ledger = await this.transfers.find(id, callers);
    const text = Readable.from(this.transfers.report(ledger, query.format), { objectMode: false });
    return new StreamableFile(text, {
      type: query.format === 'csv' ? 'text/csv; charset=utf-8' : 'application/json; charset=utf-8',
      disposition: `attachment; filename="cloudmover-${id}.${query.format}"`,
    });
  }
}
