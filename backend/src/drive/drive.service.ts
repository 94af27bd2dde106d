import { Injectable } from '@nestjs/common';
import { Idempotency, keyedRequest } from '../http/idempotency.js';
import { sideOf } from '../session/session.service.js';
import { DRIVE_SCOPE, type Session } from '../session/session.port.js';
import { type BrowsedAccount, DriveBrowser } from './drive.port.js';
import {
  type DriveInfoDto,
  type FileDto,
  type FilePageDto,
  type FolderCreateDto,
  type FolderPathDto,
  type FolderPathsDto,
  type FolderSizeDto,
  type ListQueryDto,
  orderOf,
  type NamedPlaceDto,
} from './drive.dto.js';
import { ParameterRefusedError } from './errors.js';
import { sizeOf } from './folder-size.js';

/** Browses the Drive of a session's account. */
@Injectable()
export class DriveService {
  constructor(
    private readonly browser: DriveBrowser,
    private readonly idempotency: Idempotency,
  ) {}

  /** @throws ParameterRefusedError if a folder and "shared with me" are combined */
  async list(session: Session, query: ListQueryDto, foldersOnly: boolean): Promise<FilePageDto> {
    const { folder_id: folderId, drive_id: driveId, search, page_token: pageToken } = query;
    const sharedWithMe = query.view === 'shared_with_me';
    if (sharedWithMe && (folderId || driveId)) {
      throw new ParameterRefusedError(
        'view',
        "'shared_with_me' can't be combined with folder_id or drive_id: leave them out",
      );
    }
    const top = search || sharedWithMe ? undefined : driveId || 'root';
    return this.browser.list(accountOf(session), {
      foldersOnly,
      sharedWithMe,
      orderBy: orderOf(query.order_by),
      pageSize: query.page_size,
      folderId: folderId || top,
      ...(search && { search }),
      ...(driveId && { driveId }),
      ...(pageToken && { pageToken }),
    });
  }

  async info(session: Session): Promise<DriveInfoDto> {
    const about = await this.browser.about(accountOf(session));
    return { ...about, readOnly: !session.scopes.includes(DRIVE_SCOPE) };
  }

  sharedDrives(session: Session): Promise<NamedPlaceDto[]> {
    return this.browser.sharedDrives(accountOf(session));
  }

  placeOf(session: Session, folderId: string): Promise<FolderPathDto> {
    return this.browser.placeOf(accountOf(session), folderId);
  }

  async placesOf(session: Session, folderIds: readonly string[]): Promise<FolderPathsDto> {
    return { folders: await this.browser.placesOf(accountOf(session), [...new Set(folderIds)]) };
  }

  /** Counts the contents of a folder, and reports while it counts. @param signal ends the count */
  async *sizeOf(session: Session, folderId: string, signal: AbortSignal): AsyncGenerator<FolderSizeDto, void> {
    const account = accountOf(session);
    // A folder that no longer exists is listed as empty.
    if (folderId !== 'root') await this.browser.entry(account, folderId);
    yield* sizeOf(folderId, (id, pageToken) => this.browser.sizes(account, id, pageToken, signal));
  }

  entry(session: Session, id: string): Promise<FileDto> {
    return this.browser.entry(accountOf(session), id);
  }

  /** @param idempotencyKey repeating a key with the same name and parent returns the same folder */
  createFolder(session: Session, { name, parentId }: FolderCreateDto, idempotencyKey?: string): Promise<FileDto> {
    const account = accountOf(session);
    return this.idempotency.once(
      keyedRequest([session.account.sub], idempotencyKey, { folder: name, parentId }),
      () => this.browser.newId(account),
      (id) => this.browser.createFolder(account, name, parentId, id),
    );
  }
}

function accountOf(session: Session): BrowsedAccount {
  const side = sideOf(session);
  return { credentialId: session.credentialId, ...(side && { side }) };
}
