import {
  applyDecorators,
  Body,
  Controller,
  Get,
  HttpCode,
  Param,
  Patch,
  Post,
  Query,
  Req,
  Res,
  StreamableFile,
} from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiProduces,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiProblems } from '../http/api-problems.js';
import { BodyLimit } from '../http/body-limit.js';
import { ApiEventStream, EventStreams, LastEventId } from '../http/event-streams.js';
import { ApiIdempotencyKey, IdempotencyKey } from '../http/idempotency.js';
import { PEOPLE_BODY_LIMIT_BYTES } from '../http/limits.js';
import { LocatedAt } from '../http/located.js';
import { ShortListQueryDto } from '../http/page-query.dto.js';
import type { ProblemCode } from '../http/problems.js';
import { listWeight, Weighs } from '../http/throttle.guard.js';
import { SentFields } from '../http/validation.js';
import { addAuditDetail } from '../insight/audit-detail.js';
import type { AccessRule, Callers } from '../session/caller.service.js';
import { Access, CallerSessions, CallersOf } from '../session/session.guard.js';
import type { Session } from '../session/session.port.js';
import { TransferCreateDto } from './transfer-request.dto.js';
import { AccessListDto, PeopleListDto, PeopleQueryDto, TransferAccessQueryDto } from './sharing.dto.js';
import { ItemDto, ItemListDto, ItemListQueryDto } from './items.dto.js';
import { LinkListDto, LinkListQueryDto, LinksDto } from './links.dto.js';
import { ReportDto, ReportQueryDto } from './report.dto.js';
import {
  RerunDto,
  RetryDto,
  TransferChangeDto,
  TransferDto,
  TransferEventsQueryDto,
  TransferListDto,
  TransferListQueryDto,
  TransferLogDto,
} from './transfers.dto.js';
import { TransferUpdates } from './transfer-updates.js';
import { TransfersService } from './transfers.service.js';

const ApiTransferId = () =>
  ApiParam({ name: 'id', description: 'Id of the transfer.', example: 'q5Zt0c9hT2uKjH1xV3mW8w' });

/** Documents and guards an endpoint for either account of a transfer. */
const OfEitherAccount = (...problems: ProblemCode[]) =>
  applyDecorators(Access('either'), ApiProblems('transfer_not_found', ...problems), ApiTransferId());

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

const MAP_EXAMPLE =
  'old_id,new_id,name,path\r\n1AbCdEfGhIjKlMnOpQrStUvWxYz012345,1ZyXwVuTsRqPoNmLkJiHgFeDcBa543210,Budget.pdf,Board decks/2026/Budget.pdf\r\n';

const USAGE_EXAMPLE =
  'class,requests,units,bytes_in,bytes_out\r\nlist,55,5500,,\r\nedit,1173,58650,,\r\ntotal,1228,64150,2500000,220000\r\n';

const LINKS_EXAMPLE =
  'document_path,document_id,kind,place,old_address,new_address,outcome,reason_code,reason\r\nFinance/Budget,1ZyXwVuTsRqPoNmLkJiHgFeDcBa543210,spreadsheet,Regions!B2,https://docs.google.com/document/d/1AbCdEfGhIjKlMnOpQrStUvWxYz012345/edit,https://docs.google.com/document/d/1LmNoPqRsTuVwXyZaBcDeFgHiJk678901/edit,rewritten,,\r\n';

/** The cost of a list by its length; a search reads up to 20,000 items, which takes a second. */
const searchWeight = (request: FastifyRequest) =>
  listWeight(100, 200)(request) + ((request.query as { q?: unknown }).q ? 20 : 0);

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
    return this.transfers.list(callers, query.limit, query.cursor);
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
  @Weighs(5)
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
    return this.transfers.get(id, callers);
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
   * Items of a transfer
   * @remarks In the order of the plan; `nextCursor` continues with the next page.
   */
  @Get(':id/items')
  @OfEitherAccount()
  @Weighs(searchWeight)
  listItems(
    @Param('id') id: string,
    @Query() query: ItemListQueryDto,
    @CallerSessions() callers: Session[],
  ): Promise<ItemListDto> {
    return this.transfers.items(id, callers, query);
  }

  /**
   * An item of a transfer
   * @remarks By its ordinal in the plan.
   */
  @Get(':id/items/:ordinal')
  @OfEitherAccount('item_not_found')
  @ApiParam({ name: 'ordinal', description: '`ordinal` of the item.', schema: { type: 'integer' }, example: 0 })
  getItem(
    @Param('id') id: string,
    @Param('ordinal') ordinal: string,
    @CallerSessions() callers: Session[],
  ): Promise<ItemDto> {
    return this.transfers.item(id, callers, ordinal);
  }

  /**
   * Who can open the originals and the copies
   * @remarks Only where sharing is carried over; else the list is empty. `outcome` states what became of the permissions.
   */
  @Get(':id/access')
  @OfEitherAccount()
  @Weighs(listWeight(50, 200))
  listAccess(
    @Param('id') id: string,
    @Query() query: TransferAccessQueryDto,
    @CallerSessions() callers: Session[],
  ): Promise<AccessListDto> {
    return this.transfers.access(id, callers, query);
  }

  /**
   * Permissions and restrictions of the copies as a CSV file
   * @remarks A line for each permission that was to be set: item, grantee, role, outcome and reason; and for each
   *   restriction, with its name in the last column. An item
   *   whose permissions the source could not read has one without a grantee, with the outcome `unread`.
   */
  @Get(':id/access.csv')
  @ApiProduces('text/csv')
  @ApiOkResponse({ schema: { type: 'string' } })
  @OfEitherAccount()
  @Weighs(10)
  exportAccess(@Param('id') id: string, @CallerSessions() callers: Session[]): Promise<StreamableFile> {
    return this.transfers.csv(id, callers, 'access');
  }

  /**
   * Links in the copied documents
   * @remarks Only where links are listed or rewritten; else the list is empty. `outcome` states what became of each.
   *   Documents that could not be read have a row without a link.
   */
  @Get(':id/links')
  @OfEitherAccount()
  @Weighs(searchWeight)
  listLinks(
    @Param('id') id: string,
    @Query() query: LinkListQueryDto,
    @CallerSessions() callers: Session[],
  ): Promise<LinkListDto> {
    return this.transfers.listLinks(id, callers, query);
  }

  /**
   * Links in the copied documents as a CSV file
   * @remarks A line for each link, and for each document that could not be read (`unread`): where it is, its old and new
   *   address, outcome and reason. The lines of each outcome add up to `links` of the transfer.
   */
  @Get(':id/links.csv')
  @ApiOkResponse({ content: { 'text/csv': { schema: { type: 'string' }, example: LINKS_EXAMPLE } } })
  @OfEitherAccount()
  @Weighs(10)
  exportLinks(@Param('id') id: string, @CallerSessions() callers: Session[]): Promise<StreamableFile> {
    return this.transfers.csv(id, callers, 'links');
  }

  /**
   * Old and new ids as a CSV file
   * @remarks A line for each item that has a copy: its id and that of the copy, name and path. Available at any time, as
   *   far as the transfer has come; items without a copy, or whose copy an undo moved to the trash, have no line.
   */
  @Get(':id/map.csv')
  @ApiOkResponse({ content: { 'text/csv': { schema: { type: 'string' }, example: MAP_EXAMPLE } } })
  @OfEitherAccount()
  @Weighs(10)
  exportMap(@Param('id') id: string, @CallerSessions() callers: Session[]): Promise<StreamableFile> {
    return this.transfers.csv(id, callers, 'map');
  }

  /**
   * What a transfer used at Google as a CSV file
   * @remarks Requests and quota units by class, and the totals with the bytes: `usage` of the transfer. Not a part of
   *   the report as CSV, whose lines are items.
   */
  @Get(':id/usage.csv')
  @ApiOkResponse({ content: { 'text/csv': { schema: { type: 'string' }, example: USAGE_EXAMPLE } } })
  @OfEitherAccount()
  @Weighs(10)
  exportUsage(@Param('id') id: string, @CallerSessions() callers: Session[]): Promise<StreamableFile> {
    return this.transfers.csv(id, callers, 'usage');
  }

  /**
   * The people map of a transfer
   * @remarks In the order of its lines.
   */
  @Get(':id/people')
  @OfEitherAccount()
  @Weighs(listWeight(100, 200))
  listPeople(
    @Param('id') id: string,
    @Query() query: PeopleQueryDto,
    @CallerSessions() callers: Session[],
  ): Promise<PeopleListDto> {
    return this.transfers.people(id, callers, query);
  }

  /**
   * Log of a transfer
   * @remarks When it entered each state, and when items began to fail for a reason.
   */
  @Get(':id/log')
  @OfEitherAccount()
  listEvents(
    @Param('id') id: string,
    @Query() query: ShortListQueryDto,
    @CallerSessions() callers: Session[],
  ): Promise<TransferLogDto> {
    return this.transfers.log(id, callers, query);
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
    `Retries, in the same transfer, the items that a retry can fix (\`retryable\` in \`failureGroups\`, and those that a cancel skipped), or only those with some \`codes\`. With \`allowConversion\` also those that can only be converted (\`retryWith\`), such as Google Docs that readers may not copy. Items that arrived stay unchanged. A transfer that failed while counting is counted again. ${BOTH_CONSENT}`,
    'nothing_to_retry',
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

  /**
   * Report of a transfer
   * @remarks Each item with its outcome and the reason. Available at any time; final once the transfer has ended.
   *   `reportSha256` of the transfer is the SHA-256 of the JSON from its second line on.
   */
  @Get(':id/report')
  @ApiProduces('application/json', 'text/csv')
  @ApiOkResponse({ type: ReportDto })
  @OfEitherAccount()
  @Weighs(10)
  getReport(
    @Param('id') id: string,
    @Query() query: ReportQueryDto,
    @CallerSessions() callers: Session[],
  ): Promise<StreamableFile> {
    return this.transfers.report(id, callers, query.format);
  }
}
