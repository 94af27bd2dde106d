import { Injectable } from '@nestjs/common';
import { Idempotency, keyedRequest } from '../http/idempotency.js';
import { sideOf } from '../session/session.service.js';
import type { Session } from '../session/session.port.js';
import {
  type BrowsedAccount,
  type DriveAbout,
  DriveBrowser,
  type DriveEntry,
  type EntryPage,
  type EntryQuery,
  type FolderPlace,
  type NamedPlace,
} from './drive.port.js';
import { ParameterRefusedError } from './errors.js';
import { type FolderSize, sizeOf } from './folder-size.js';

/** Full access; whoever has only `drive.readonly` can read. */
const WRITE_SCOPE = 'https://www.googleapis.com/auth/drive';

/** Browses the Drive of a session's account. */
@Injectable()
export class DriveService {
  constructor(
    private readonly browser: DriveBrowser,
    private readonly idempotency: Idempotency,
  ) {}

  /** @throws ParameterRefusedError when a folder and "shared with me" are asked for at once */
  async list(session: Session, query: EntryQuery): Promise<EntryPage> {
    if (query.sharedWithMe && (query.folderId || query.driveId)) {
      throw new ParameterRefusedError(
        'view',
        "'shared_with_me' has neither a folder_id nor a drive_id: leave them out",
      );
    }
    const everywhere = query.search !== undefined || query.sharedWithMe;
    const top = everywhere ? undefined : (query.driveId ?? 'root');
    return this.browser.list(accountOf(session), { ...query, folderId: query.folderId ?? top });
  }

  async info(session: Session): Promise<DriveAbout & { readOnly: boolean }> {
    const about = await this.browser.about(accountOf(session));
    return { ...about, readOnly: !session.scopes.includes(WRITE_SCOPE) };
  }

  async sharedDrives(session: Session): Promise<NamedPlace[]> {
    return this.browser.sharedDrives(accountOf(session));
  }

  async placeOf(session: Session, folderId: string): Promise<FolderPlace> {
    return this.browser.placeOf(accountOf(session), folderId);
  }

  async placesOf(session: Session, folderIds: readonly string[]): Promise<FolderPlace[]> {
    return this.browser.placesOf(accountOf(session), folderIds);
  }

  /** What is in a folder, growing while it is counted. @param signal ends the count */
  async *sizeOf(session: Session, folderId: string, signal: AbortSignal): AsyncGenerator<FolderSize, void> {
    const account = accountOf(session);
    // A folder that is gone lists empty.
    if (folderId !== 'root') await this.browser.entry(account, folderId);
    yield* sizeOf(folderId, (id, pageToken) => this.browser.sizes(account, id, pageToken, signal));
  }

  async entry(session: Session, id: string): Promise<DriveEntry> {
    return this.browser.entry(accountOf(session), id);
  }

  /** @param idempotencyKey the same key with the same name and parent returns the same folder, and creates no second one */
  async createFolder(session: Session, name: string, parentId: string, idempotencyKey?: string): Promise<DriveEntry> {
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
