import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiNoContentResponse, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ApiProblems } from '../http/api-problems.js';
import { BodyLimit } from '../http/body-limit.js';
import { ApiEventStream, EventStreams, LastEventId } from '../http/event-streams.js';
import { ApiIdempotencyKey, IdempotencyKey } from '../http/idempotency.js';
import { PEOPLE_BODY_LIMIT_BYTES } from '../http/limits.js';
import { LocatedAt } from '../http/located.js';
import { listWeight, searchWeight, Weighs } from '../http/throttle.guard.js';
import { Access, CallerSessions, DestinationSession, SourceSession } from '../session/session.guard.js';
import type { Session } from '../session/session.port.js';
import { ForeseenProblemListDto, PreflightDto, ProblemListQueryDto } from './preflights.dto.js';
import { PreflightsService, TRANSFERS_SEARCHED } from './preflights.service.js';
import { AccessListDto, AccessListQueryDto, PeopleListDto, PeopleQueryDto } from './sharing.dto.js';
import { PreflightAgainDto, PreflightCreateDto } from './transfer-request.dto.js';

const ApiPreflightId = () =>
  ApiParam({ name: 'id', description: 'Id of the preflight.', example: 'q5Zt0c9hT2uKjH1xV3mW8w' });

@ApiTags('preflights')
@Controller('api/preflights')
export class PreflightsController {
  constructor(
    private readonly preflights: PreflightsService,
    private readonly streams: EventStreams,
  ) {}

  /**
   * Count what a transfer would do
   * @remarks Counts everything that such a transfer would include, and checks it. Writes nothing to either account.
   *   Returns 202 at once; watch it with GET or the event stream, and start it with `POST /api/transfers` and its id.
   *   Kept for an hour.
   */
  @Post()
  @HttpCode(202)
  @ApiIdempotencyKey()
  @ApiAcceptedResponse({
    type: PreflightDto,
    headers: { Location: { description: 'URL of the preflight.', schema: { type: 'string' } } },
  })
  @ApiProblems('people_map_invalid', 'scope_missing', 'too_many_preflights')
  @Access('both')
  @Weighs(10)
  @LocatedAt('/api/preflights')
  @BodyLimit(PEOPLE_BODY_LIMIT_BYTES)
  create(
    @Body() body: PreflightCreateDto,
    @SourceSession() source: Session,
    @DestinationSession() destination: Session,
    @IdempotencyKey() key: string | undefined,
  ): Promise<PreflightDto> {
    return this.preflights.create(body, source, destination, key);
  }

  /**
   * State of a preflight
   * @remarks Needs the token of either of its accounts. The counts grow until its state is `ready`.
   */
  @Get(':id')
  @ApiPreflightId()
  @ApiProblems('preflight_not_found')
  @Access('either')
  @Weighs(listWeight(5, TRANSFERS_SEARCHED))
  get(@Param('id') id: string, @CallerSessions() callers: Session[]): Promise<PreflightDto> {
    return this.preflights.get(id, callers);
  }

  /**
   * Stop counting
   * @remarks Deletes the preflight. If it was started it is a transfer: cancel that instead.
   */
  @Delete(':id')
  @HttpCode(204)
  @ApiPreflightId()
  @ApiNoContentResponse({ description: 'The preflight is deleted.' })
  @ApiProblems('preflight_not_found', 'transfer_state')
  @Access('either')
  delete(@Param('id') id: string, @CallerSessions() callers: Session[]): Promise<void> {
    return this.preflights.remove(id, callers);
  }

  /**
   * Count again
   * @remarks Creates a new preflight of the same items and target. Options in the body replace the earlier ones. The
   *   earlier preflight stays until its hour is over; delete it if you don’t need it.
   */
  @Post(':id/recount')
  @HttpCode(202)
  @ApiPreflightId()
  @ApiIdempotencyKey()
  @ApiAcceptedResponse({
    type: PreflightDto,
    headers: { Location: { description: 'URL of the new preflight.', schema: { type: 'string' } } },
  })
  @ApiProblems('people_map_invalid', 'preflight_not_found', 'scope_missing', 'too_many_preflights')
  @Access('both')
  @Weighs(10)
  @LocatedAt('/api/preflights')
  @BodyLimit(PEOPLE_BODY_LIMIT_BYTES)
  recount(
    @Param('id') id: string,
    @Body() body: PreflightAgainDto,
    @SourceSession() source: Session,
    @DestinationSession() destination: Session,
    @IdempotencyKey() key: string | undefined,
  ): Promise<PreflightDto> {
    return this.preflights.recount(id, body, source, destination, key);
  }

  /**
   * Items that can’t be copied, or only with loss
   * @remarks One by one, in the order of the plan; `nextCursor` continues. Only the attempt shows them for certain.
   */
  @Get(':id/problems')
  @ApiPreflightId()
  @ApiProblems('preflight_not_found')
  @Access('either')
  @Weighs(listWeight(50, 200))
  listProblems(
    @Param('id') id: string,
    @Query() query: ProblemListQueryDto,
    @CallerSessions() callers: Session[],
  ): Promise<ForeseenProblemListDto> {
    return this.preflights.problems(id, callers, query);
  }

  /**
   * Who can open the originals, and who could open the copies
   * @remarks Once it is counted, and only where sharing is carried over; else the list is empty. Everyone who can open the
   * target folder can open what is copied into it, and is listed with the code `target_folder`.
   */
  @Get(':id/access')
  @ApiPreflightId()
  @ApiProblems('preflight_not_found')
  @Access('either')
  @Weighs(searchWeight(['q', 'change'], 50))
  listAccess(
    @Param('id') id: string,
    @Query() query: AccessListQueryDto,
    @CallerSessions() callers: Session[],
  ): Promise<AccessListDto> {
    return this.preflights.access(id, callers, query);
  }

  /**
   * The people map
   * @remarks In the order of its lines.
   */
  @Get(':id/people')
  @ApiPreflightId()
  @ApiProblems('preflight_not_found')
  @Access('either')
  @Weighs(searchWeight())
  listPeople(
    @Param('id') id: string,
    @Query() query: PeopleQueryDto,
    @CallerSessions() callers: Session[],
  ): Promise<PeopleListDto> {
    return this.preflights.people(id, callers, query);
  }

  /**
   * Progress of a preflight as an event stream
   * @remarks Events of type `preflight` contain the whole preflight, at most one per second. The event id is the
   *   revision; with `Last-Event-ID` an unchanged state is not sent again. `heartbeat` events keep the connection
   *   alive. The stream ends when the preflight is ready, has failed or is removed.
   */
  @Get(':id/events')
  @ApiEventStream('preflight', PreflightDto)
  @ApiPreflightId()
  @ApiProblems('preflight_not_found')
  @Access('either')
  @Weighs(5)
  async stream(
    @Param('id') id: string,
    @CallerSessions() callers: Session[],
    @LastEventId() lastEventId: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    this.streams.start(reply, await this.preflights.watch(id, callers, lastEventId));
  }
}
