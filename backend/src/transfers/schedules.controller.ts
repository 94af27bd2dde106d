import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../http/api-problems.js';
import type { Callers } from '../session/caller.service.js';
import { OperatorOnly } from '../session/operator.guard.js';
import { Access, CallerSessions, CallersOf } from '../session/session.guard.js';
import type { Session } from '../session/session.port.js';
import { ApiTransferId } from './api-transfer.js';
import { ScheduleChangeDto, ScheduleDto } from './schedule.dto.js';
import { SchedulesService } from './schedules.service.js';
import { TransferLookup } from './transfer-lookup.js';
import { ScheduleListDto, TransferListQueryDto } from './transfers.dto.js';

/** For the operator: an account reads the schedule of a transfer of its own. */
@ApiTags('operations')
@Controller('api/schedules')
export class ScheduleListController {
  constructor(private readonly lookup: TransferLookup) {}

  /**
   * List the schedules of all transfers
   * @remarks With the next run and the result of the last one, including paused and ended ones. States the two accounts
   *   of each transfer, and no names of items. An account that withdrew its access ended the schedule.
   */
  @Get()
  @OperatorOnly({ polled: true, scope: 'transfers' })
  getSchedules(@Query() { limit, cursor }: TransferListQueryDto): Promise<ScheduleListDto> {
    return this.lookup.scheduled(limit, cursor);
  }
}

@ApiTags('transfers')
@Controller('api/transfers/:id/schedule')
export class SchedulesController {
  constructor(private readonly schedules: SchedulesService) {}

  /**
   * The schedule of a transfer
   * @remarks When it runs, the next run, and what came of the last one.
   */
  @Get()
  @ApiTransferId()
  @ApiProblems('transfer_not_found', 'schedule_not_found')
  @Access('either')
  getSchedule(@Param('id') id: string, @CallerSessions() callers: Session[]): Promise<ScheduleDto> {
    return this.schedules.get(id, callers);
  }

  /**
   * Keep a transfer in sync, or limit its hours
   * @remarks Syncs new changes, as `rerun` does, at each due time; while a run is in progress no other one starts, and
   *   missed runs are made up for once. `hours` apply to every run, also those that a person starts: outside them the
   *   transfer waits as `waiting_quota` with `limitReached` `hours`, and `resume` runs it at once. Replaces the
   *   schedule as a whole; also starts a paused one again. Needs the consent of both accounts, like `rerun`: the runs
   *   need none, also after both have signed out, until it ends or an account withdraws its access. Not for a move,
   *   which trashes originals and therefore needs a recent sign-in each time. Idempotent.
   */
  @Put()
  @ApiTransferId()
  @ApiOkResponse({ type: ScheduleDto })
  @ApiProblems(
    'access_withdrawn',
    'rerun_expired',
    'schedule_refused',
    'scope_missing',
    'transfer_not_found',
    'transfer_state',
    'wrong_account',
  )
  @Access('parties')
  setSchedule(
    @Param('id') id: string,
    @Body() body: ScheduleChangeDto,
    @CallersOf() callers: Callers,
  ): Promise<ScheduleDto> {
    return this.schedules.set(id, callers, body);
  }

  /**
   * Pause the runs of a schedule
   * @remarks No further run starts until the schedule is set again; one in progress continues, and the hours still apply.
   *   A token of either account is enough. Idempotent.
   */
  @Post('pause')
  @HttpCode(200)
  @ApiTransferId()
  @ApiOkResponse({ type: ScheduleDto })
  @ApiProblems('transfer_not_found', 'schedule_not_found')
  @Access('either')
  pauseSchedule(@Param('id') id: string, @CallersOf() callers: Callers): Promise<ScheduleDto> {
    return this.schedules.pause(id, callers);
  }

  /**
   * Remove the schedule of a transfer
   * @remarks No further run starts; one in progress continues, at any time. A token of either account is enough.
   *   Idempotent.
   */
  @Delete()
  @HttpCode(204)
  @ApiTransferId()
  @ApiNoContentResponse({ description: 'The transfer has no schedule.' })
  @ApiProblems('transfer_not_found')
  @Access('either')
  deleteSchedule(@Param('id') id: string, @CallersOf() callers: Callers): Promise<void> {
    return this.schedules.remove(id, callers);
  }
}
