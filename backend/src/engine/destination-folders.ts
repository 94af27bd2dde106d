import { stopped } from './failures.js';
import { explain } from './model/reasons.js';
import { isOpen } from './model/records.js';
import type { DestinationDrive } from './ports/drive.js';
import type { ItemRecord } from './model/items.js';
import type { Ledger } from './ports/ledger.js';

/** Key of the folder that the copies go to: the target folder, or the new one in it. */
const TOP = -1;

/** The destination ids of a transfer's folders. */
export class DestinationFolders {
  /** Items of one folder start together, so they share one read of the ledger. */
  private readonly ids = new Map<number, Promise<string | undefined>>();

  constructor(
    private readonly ledger: Ledger,
    private readonly destination: DestinationDrive,
  ) {}

  /** Forgets all ids: another process may have re-created a folder under another id. */
  forget(): void {
    this.ids.clear();
  }

  /**
   * Fixes the id of the folder that the copies go to, before it is created.
   * @returns the id that was fixed first, by this process or another
   */
  async fixTop(signal: AbortSignal): Promise<string> {
    const known = (await this.ledger.snapshot()).resultFolderId;
    if (known) return known;
    const { target } = this.ledger.order;
    // "root" is an alias. Google states the real id as the parent of copies.
    const id = target.newFolderName
      ? (await this.destination.generateIds(1, 'file', signal))[0]!
      : (await this.destination.get(target.folderId, signal)).id;
    return this.ledger.fixResultFolder(id);
  }

  /**
   * @returns the id of the folder that an item goes into; undefined if that folder could not be created
   * @throws ItemError `stopped` if the transfer was stopped before it created the folder; the item has not failed then
   */
  parentIdOf(item: ItemRecord): Promise<string | undefined> {
    const key = item.parent ?? TOP;
    const known = this.ids.get(key);
    if (known) return known;
    const id = item.parent === null ? this.topId() : this.idOfFolder(item.parent);
    this.ids.set(key, id);
    // Only ids are cached: a retry may create the folder.
    const forget = () => void (this.ids.get(key) === id && this.ids.delete(key));
    id.then((found) => found ?? forget(), forget);
    return id;
  }

  private async topId(): Promise<string> {
    const { resultFolderId } = await this.ledger.snapshot();
    if (!resultFolderId) throw stopped();
    return resultFolderId;
  }

  private async idOfFolder(ordinal: number): Promise<string | undefined> {
    const folder = await this.ledger.item(ordinal);
    if (!folder || isOpen(folder)) throw stopped();
    const { state, outcome } = folder;
    // A retry creates a folder that a cancel skipped. Any other folder was skipped for a reason of its own.
    if (state === 'skipped' && outcome.code === 'canceled') throw stopped();
    return state === 'failed' || state === 'skipped' ? undefined : outcome.destinationId;
  }
}

/** The outcome of an item whose folder could not be created. */
export const NO_FOLDER = explain('folder_missing');
