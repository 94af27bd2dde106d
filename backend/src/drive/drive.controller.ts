import { Body, Controller, Get, Param, Post, Query, Res, StreamableFile } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiProblems } from '../http/api-problems.js';
import { ApiEvents, streamOf } from '../http/event-streams.js';
import { ApiIdempotencyKey, IdempotencyKey } from '../http/idempotency.js';
import { ShortListQueryDto } from '../http/page-query.dto.js';
import { Weighs } from '../http/throttle.guard.js';
import { Access, CurrentSession } from '../session/session.guard.js';
import type { Session } from '../session/session.port.js';
import {
  DriveIdDto,
  DriveInfoDto,
  FileDto,
  FilePageDto,
  FolderCreateDto,
  FolderIdsDto,
  FolderPathDto,
  FolderPathsDto,
  FolderSizeDto,
  ListQueryDto,
  SharedDrivesDto,
} from './drive.dto.js';
import { DriveService } from './drive.service.js';

const REFUSALS = [
  'reconnect_needed',
  'scope_missing',
  'domain_policy',
  'quota_exceeded',
  'google_unavailable',
  'google_refused',
] as const;

/** A search reads a whole drive. */
const listingWeight = ({ query }: FastifyRequest) => ((query as { search?: string }).search ? 5 : 1);

/** Costs as much as a request for each folder. */
const pathsWeight = ({ query }: FastifyRequest) => {
  const { ids } = query as { ids?: unknown };
  return typeof ids === 'string' ? ids.split(',').length : 1;
};

@ApiTags('drive')
@Controller()
export class DriveController {
  constructor(private readonly drive: DriveService) {}

  /**
   * List a folder
   * @remarks Files and folders, without the trash; folders first. `search` without `folder_id` searches the whole
   *   drive.
   */
  @Get('list-files')
  @Access('any')
  @Weighs(listingWeight)
  @ApiProblems('invalid_request', 'not_found', ...REFUSALS)
  listFiles(@CurrentSession() session: Session, @Query() query: ListQueryDto): Promise<FilePageDto> {
    return this.drive.list(session, query, false);
  }

  /**
   * List the folders in a folder
   * @remarks Like `GET /list-files`, but folders only.
   */
  @Get('list-folders')
  @Access('any')
  @Weighs(listingWeight)
  @ApiProblems('invalid_request', 'not_found', ...REFUSALS)
  listFolders(@CurrentSession() session: Session, @Query() query: ListQueryDto): Promise<FilePageDto> {
    return this.drive.list(session, query, true);
  }

  /**
   * Owner and storage of a Drive
   * @remarks Also states whether the account allowed only reading.
   */
  @Get('drive-info')
  @Access('any')
  @ApiProblems(...REFUSALS)
  getInfo(@CurrentSession() session: Session): Promise<DriveInfoDto> {
    return this.drive.info(session);
  }

  /**
   * Shared drives of the account
   * @remarks Sorted by name; all of them without `limit`.
   */
  @Get('api/drives')
  @Access('any')
  @ApiProblems(...REFUSALS)
  async listSharedDrives(
    @CurrentSession() session: Session,
    @Query() query: ShortListQueryDto,
  ): Promise<SharedDrivesDto> {
    return SharedDrivesDto.of(await this.drive.sharedDrives(session), query);
  }

  /**
   * Path of a folder
   * @remarks The folders above it, as far as this account can see them, and whether it can add items to the folder.
   */
  @Get('api/folders/:id/path')
  @Access('any')
  @ApiProblems('invalid_request', 'not_found', ...REFUSALS)
  getFolderPath(@CurrentSession() session: Session, @Param() { id }: DriveIdDto): Promise<FolderPathDto> {
    return this.drive.placeOf(session, id);
  }

  /**
   * Paths of several folders
   * @remarks Like `GET /api/folders/{id}/path`, for up to 50 folders at once, for example those of search results.
   * Folders that this account cannot see are left out.
   */
  @Get('api/folders/paths')
  @Access('any')
  @Weighs(pathsWeight)
  @ApiProblems('invalid_request', ...REFUSALS)
  getFolderPaths(@CurrentSession() session: Session, @Query() { ids }: FolderIdsDto): Promise<FolderPathsDto> {
    return this.drive.placesOf(session, ids.split(','));
  }

  /**
   * Size of a folder, as an event stream
   * @remarks Events of type `size` contain what was counted so far, the last one with `done`. The count stops at 20,000
   * items or 30 seconds and then has `isMore`. Closing the connection ends the count.
   */
  @Get('api/folders/:id/size/events')
  @ApiEvents('size', FolderSizeDto)
  @Access('any')
  @Weighs(20)
  @ApiProblems('invalid_request', 'not_found', ...REFUSALS)
  streamFolderSize(
    @CurrentSession() session: Session,
    @Param() { id }: DriveIdDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    return streamOf(reply, 'size', (closed) => this.drive.sizeOf(session, id, closed));
  }

  /**
   * One item
   * @remarks A file, folder, Google Doc or shortcut, by its id.
   */
  @Get('api/files/:id')
  @Access('any')
  @ApiProblems('invalid_request', 'not_found', ...REFUSALS)
  getFile(@CurrentSession() session: Session, @Param() { id }: DriveIdDto): Promise<FileDto> {
    return this.drive.entry(session, id);
  }

  /**
   * Create a folder in the destination
   * @remarks A Drive allows several folders of the same name: without an `Idempotency-Key`, each request creates one.
   */
  @Post('api/folders')
  @ApiIdempotencyKey()
  @Access('destination')
  @ApiProblems('invalid_request', 'body_too_large', 'destination_read_only', 'folder_limit', 'not_found', ...REFUSALS)
  createFolder(
    @CurrentSession() session: Session,
    @Body() folder: FolderCreateDto,
    @IdempotencyKey() key: string | undefined,
  ): Promise<FileDto> {
    return this.drive.createFolder(session, folder, key);
  }
}
