import { applyDecorators, Body, Controller, Get, HttpCode, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiProblems } from '../http/api-problems.js';
import { BodyLimit } from '../http/body-limit.js';
import { ApiEventStream, EventStreams, LastEventId } from '../http/event-streams.js';
import { ApiIdempotencyKey, IdempotencyKey } from '../http/idempotency.js';
import { PEOPLE_BODY_LIMIT_BYTES } from '../http/limits.js';
import { LocatedAt } from '../http/located.js';
import type { ProblemCode } from '../http/problems.js';
import { listWeight, Weighs } from '../http/throttle.guard.js';
import { SentFields } from '../http/validation.js';
import { addAuditDetail } from '../insight/audit-detail.js';
import type { AccessRule, Callers } from '../session/caller.service.js';
import { Access, CallerSessions, CallersOf } from '../session/session.guard.js';
import type { Session } from '../session/session.port.js';
import { ApiTransferId, OfEitherAccount } from './api-transfer.js';
import { LinksDto } from './links.dto.js';
import { RerunDto, RetryDto, TransferChangeDto } from './transfer-commands.dto.js';
import { TransferLookup } from './transfer-lookup.js';
import { TransferCreateDto } from './transfer-request.dto.js';
import { MAX_WATCHED, TransferUpdates } from './transfer-updates.js';
import { TransferDto, TransferEventsQueryDto, TransferListDto, TransferListQueryDto } from './transfers.dto.js';
import { TransfersService } from './transfers.service.js';

/** Documents and guards a command. The status is stated at the method, where the compiler plugin reads it. */
const ApiCommand = (rule: AccessRule, summary: string, description: string, ...problems: ProblemCode[]) =>
  applyDecorators(
    ApiOperation({ summary, description: `${description} Idempotent: repeating it has no effect.` }),
    ApiTransferId(),
    ApiAcceptedResponse({ type: TransferDto }),
    ApiProblems(
      'transfer_not_found',
      'transfer_state',
      ...(rule === 'parties' ? (['reauthentication_required', 'scope_missing'] as const) : []),
      ...problems,
    ),
    Access(rule),
  );

/** For the descriptions of commands that need both accounts. */
const BOTH_CONSENT =
  'Needs the consent of both accounts: send `X-Source-Token` and `X-Destination-Token`. If one account is both, one token is enough. A move also needs a sign-in of the source within the last hour (`reauthentication_required`), unless a program opened the session.';

/**
 * Adds to the entry in the audit log that sharing is carried over, or what happens to links; addresses never enter it.
 * @param changed what the command could change
 */
function audited(
  transfer: TransferDto,
  request: FastifyRequest,
  changed: readonly ('sharing' | 'links')[] = ['sharing', 'links'],
): TransferDto {
  const { sharing, links } = transfer;
  if (changed.includes('sharing') && sharing.mode !== 'none')
    addAuditDetail(request, { sharing: sharing.mode, peopleLines: sharing.lines });
  if (changed.includes('links') && links.mode !== 'leave') addAuditDetail(request, { links: links.mode });
  return transfer;
}

@ApiTags('transfers')
@Controller('api/transfers')
export class TransfersController {
  constructor(
    private readonly transfers: TransfersService,
    private readonly lookup: TransferLookup,
    private readonly updates: TransferUpdates,
    private readonly streams: EventStreams,
  ) {}

  /**
   * Start a transfer
   * @remarks Returns 202 at once, with the transfer’s URL in `Location`. The work continues without this client; watch
   *   it with GET or the event stream. With `preflightId` it starts that preflight, unless one of its blocking checks
   *   failed; repeating it returns the same transfer. A move needs a sign-in of the source within the last hour
   *   (`reauthentication_required`), unless a program opened the session.
   */
  @Post()
  @HttpCode(202)
  @ApiIdempotencyKey()
  @ApiAcceptedResponse({
    type: TransferDto,
    headers: { Location: { description: 'URL of the transfer.', schema: { type: 'string' } } },
  })
  @ApiProblems(
    'mail_off',
    'people_map_invalid',
    'preflight_blocked',
    'preflight_failed',
    'preflight_not_found',
    'preflight_not_ready',
    'reauthentication_required',
    'scope_missing',
    'too_many_transfers',
    'wrong_account',
  )
  @Access('both')
  @Weighs(10)
  @LocatedAt('/api/transfers')
  @BodyLimit(PEOPLE_BODY_LIMIT_BYTES)
  async create(
    @Body() body: TransferCreateDto,
    @SentFields() sent: readonly string[],
    @CallersOf() callers: Callers,
    @IdempotencyKey() key: string | undefined,
    @Req() request: FastifyRequest,
  ): Promise<TransferDto> {
    return audited(await this.transfers.createOrStart(body, sent, callers, key), request);
  }

  /**
   * List transfers
   * @remarks The transfers from or to any account whose token the request contains, newest first; kept for 30 days.
   */
  @Get()
  @Access('either')
  @Weighs(listWeight(5, 20))
  list(@Query() query: TransferListQueryDto, @CallerSessions() callers: Session[]): Promise<TransferListDto> {
    return this.lookup.list(callers, query.limit, query.cursor);
  }

  /**
   * Updates of all transfers of the accounts as an event stream
   * @remarks Covers the hundred newest transfers. Events of type `transfer` contain a whole transfer: first the current
   *   state of each one that has not ended, then each change, at most one per second. The one in `transfer` comes
   *   first, in detail, even if it has ended. The id of an event is the transfer’s id, a colon and its revision; with
   *   that of the one in `transfer` as `Last-Event-ID`, it is not sent again until it changes. `heartbeat` events keep
   *   the connection alive. The stream ends soon after any session that it was opened with has ended.
   */
  @Get('events')
  @ApiEventStream('transfer', TransferDto, 'Id of the last event of `transfer` that the client received.')
  @ApiProblems('transfer_not_found')
  @Access('either')
  @Weighs(listWeight(5, MAX_WATCHED))
  async streamAll(
    @Query() { transfer }: TransferEventsQueryDto,
    @CallerSessions() callers: Session[],
    @LastEventId() lastEventId: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    this.streams.start(reply, await this.updates.watchAll(callers, transfer, lastEventId));
  }

  /**
   * State of a transfer
   * @remarks Needs the token of either of its accounts. The counts always add up to `found`.
   */
  @Get(':id')
  @OfEitherAccount()
  get(@Param('id') id: string, @CallerSessions() callers: Session[]): Promise<TransferDto> {
    return this.lookup.get(id, callers);
  }

  /**
   * Change the name of a transfer, or who gets its e-mails
   * @remarks Needs the token of either of its accounts; both see the changes. Idempotent.
   */
  @Patch(':id')
  @ApiOkResponse({ type: TransferDto })
  @OfEitherAccount('invalid_request', 'mail_off')
  update(
    @Param('id') id: string,
    @Body() changes: TransferChangeDto,
    @CallerSessions() callers: Session[],
  ): Promise<TransferDto> {
    return this.transfers.update(id, callers, changes);
  }

  /**
   * Progress as an event stream
   * @remarks Events of type `transfer` contain the whole transfer: first its current state, then each change, at most
   *   one per second; the event id is its revision. `heartbeat` events keep the connection alive. The stream ends after
   *   the transfer’s end, and soon after any session that it was opened with has ended. With `Last-Event-ID` it begins
   *   with the next change if the client has seen the current state.
   */
  @Get(':id/events')
  @ApiEventStream('transfer', TransferDto)
  @OfEitherAccount()
  @Weighs(5)
  async stream(
    @Param('id') id: string,
    @CallerSessions() callers: Session[],
    @LastEventId() lastEventId: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    this.streams.start(reply, await this.updates.watch(id, callers, lastEventId));
  }

  @Post(':id/start')
  @HttpCode(202)
  @ApiCommand(
    'parties',
    'Start a preflight',
    `Starts a preflight that is ready; the transfer has the same id. ${BOTH_CONSENT}`,
    'preflight_failed',
    'preflight_not_found',
    'preflight_not_ready',
    'too_many_transfers',
    'wrong_account',
  )
  async start(
    @Param('id') id: string,
    @CallersOf() callers: Callers,
    @Req() request: FastifyRequest,
  ): Promise<TransferDto> {
    return audited(await this.transfers.start(id, callers, true), request);
  }

  @Post(':id/pause')
  @HttpCode(202)
  @ApiCommand(
    'either',
    'Pause a transfer',
    'Items in progress end or stop; copies stay. It waits for `resume`. A token of either account is enough.',
  )
  pause(@Param('id') id: string, @CallersOf() callers: Callers): Promise<TransferDto> {
    return this.transfers.execute('pause', id, callers);
  }

  @Post(':id/resume')
  @HttpCode(202)
  @ApiCommand(
    'either',
    'Resume a transfer',
    'A paused transfer continues where it stopped; one that waits for Google tries now instead of at `resumeAt`. A token of either account is enough, unless an account’s access ended meanwhile: then only that account can resume it, as `consents` states. The same applies to a transfer or preflight in the state `needs_reconnect`: connecting the account again does not resume it, this call does.',
    'scope_missing',
    'wrong_account',
  )
  resume(@Param('id') id: string, @CallersOf() callers: Callers): Promise<TransferDto> {
    return this.transfers.execute('resume', id, callers);
  }

  @Post(':id/cancel')
  @HttpCode(202)
  @ApiCommand(
    'either',
    'Cancel a transfer',
    'Copies stay and are in the report; items in progress end or stop; temporary shares are removed. A token of either account is enough.',
  )
  cancel(@Param('id') id: string, @CallersOf() callers: Callers): Promise<TransferDto> {
    return this.transfers.execute('cancel', id, callers);
  }

  @Post(':id/retry')
  @HttpCode(202)
  @Weighs(10)
  @ApiBody({ type: RetryDto, required: false })
  @ApiCommand(
    'parties',
    'Retry failed items',
    `Retries, in the same transfer, the items that a retry can fix (\`retryable\` in \`failureGroups\`, and those that a cancel skipped), or only those with some \`codes\`. With \`allowConversion\` also those that can only be converted (\`retryWith\`), such as Google Docs that readers may not copy. Items that arrived stay unchanged. A transfer that failed while counting is counted again. If an update ended while it looked for changes, it looks for all of them again, as a rerun does, whatever the \`codes\`. ${BOTH_CONSENT}`,
    'access_withdrawn',
    'nothing_to_retry',
    'rerun_expired',
    'too_many_transfers',
    'wrong_account',
  )
  retry(@Param('id') id: string, @Body() retry: RetryDto, @CallersOf() callers: Callers): Promise<TransferDto> {
    return this.transfers.execute('retry', id, callers, retry);
  }

  @Post(':id/rerun')
  @HttpCode(202)
  @Weighs(10)
  @BodyLimit(PEOPLE_BODY_LIMIT_BYTES)
  @ApiIdempotencyKey()
  @ApiBody({ type: RerunDto, required: false })
  @ApiCommand(
    'parties',
    'Sync new changes',
    `Within 30 days of its end. Adds items that are new in the source, replaces the copies of changed ones, renames the copies of renamed ones, and retries failed ones. Removes nothing from the destination. With \`sharing\` it also carries access over for what was copied already (\`carry_access\` in \`allowedActions\`), if the transfer has not done so: not for a move, whose originals are in the trash, nor where shortcuts were followed. ${BOTH_CONSENT} It is refused permanently once an account has withdrawn its access and not resumed this transfer since, or ended its last session after the transfer’s end: start a new transfer then.`,
    'access_withdrawn',
    'carry_access_refused',
    'people_map_invalid',
    'rerun_expired',
    'too_many_transfers',
    'wrong_account',
  )
  async rerun(
    @Param('id') id: string,
    @Body() body: RerunDto,
    @CallersOf() callers: Callers,
    @IdempotencyKey() key: string | undefined,
    @Req() request: FastifyRequest,
  ): Promise<TransferDto> {
    return audited(await this.transfers.rerun(id, callers, body, key), request, body.sharing ? ['sharing'] : []);
  }

  @Post(':id/links')
  @HttpCode(202)
  @Weighs(10)
  @ApiIdempotencyKey()
  @ApiCommand(
    'parties',
    'List or rewrite the links in copied documents',
    'Of a transfer that has completed. Copies nothing, and does not read the source. With `rewrite`, links to something that was copied are changed to lead to the copy, in the copies only; copies that somebody has edited since the transfer stay as they are. It can be repeated later, for links whose target was copied meanwhile. The state is `linking` until it ends. Needs the consent of the destination’s account.',
    'too_many_transfers',
    'wrong_account',
  )
  async links(
    @Param('id') id: string,
    @Body() body: LinksDto,
    @CallersOf() callers: Callers,
    @IdempotencyKey() key: string | undefined,
    @Req() request: FastifyRequest,
  ): Promise<TransferDto> {
    return audited(await this.transfers.links(id, callers, body, key), request, ['links']);
  }

  @Post(':id/undo')
  @HttpCode(202)
  @Weighs(10)
  @ApiCommand(
    'parties',
    'Undo a transfer',
    'Within 30 days of its end. Restores the originals of a move from the trash, then moves the copies to the trash. Copies that were edited since stay, and the report shows them. Deletes nothing. The undo of a copy needs the consent of the destination’s account; that of a move needs both accounts, each signed in within the last hour (`reauthentication_required`).',
    'too_many_transfers',
    'undo_expired',
    'wrong_account',
  )
  undo(@Param('id') id: string, @CallersOf() callers: Callers): Promise<TransferDto> {
    return this.transfers.execute('undo', id, callers);
  }
}
