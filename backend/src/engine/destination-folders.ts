import { stopped } from './failures.js';
import { explain } from './model/reasons.js';
import { isOpen } from './model/records.js';
import type { DestinationDrive } from './ports/drive.js';
import type { ItemRecord } from './model/items.js';
import type { Ledger } from './ports/ledger.js';

/** Key of the target folder, or of the new one that is made in it. */
const TOP = -1;

/** Where copies belong: the destination ids of a transfer's folders. */
export class DestinationFolders {
  /** Items of one folder begin together: they share one read of the ledger. */
  private readonly ids = new Map<number, Promise<string | undefined>>();

  constructor(
    private readonly ledger: Ledger,
    private readonly destination: DestinationDrive,
  ) {}

  /** Forgets all ids: another process may have created a folder again, under another id. */
  forget(): void {
    this.ids.clear();
  }

  /**
   * Fixes the id of the folder that everything goes into, before a new one is made.
   * @returns the id fixed first, by this process or another
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
   * @returns the id of the folder an item goes into; undefined when that folder could not be made
   * @throws ItemError `stopped` when it was not made because the transfer was stopped: then the item has not failed
   */
  parentIdOf(item: ItemRecord): Promise<string | undefined> {
    const key = item.parent ?? TOP;
    const known = this.ids.get(key);
    if (known) return known;
    const id = item.parent === null ? this.topId() : this.idOfFolder(item.parent);
    this.ids.set(key, id);
    // Without an id nothing is kept: a retry may make the folder.
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
    // A retry makes one that a cancel skipped. Any other was left out for a reason of its own.
    if (state === 'skipped' && outcome.code === 'canceled') throw stopped();
    return state === 'failed' || state === 'skipped' ? undefined : outcome.destinationId;
  }
}

/** The outcome of an item whose folder could not be made. */
export const NO_FOLDER = explain('folder_missing');
