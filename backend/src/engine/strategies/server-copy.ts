import type { TransferContext } from '../context.js';
import type { ItemToCopy } from '../destination-copies.js';
import { DriveError, isNotFound, ItemError, sourceNotFound } from '../errors.js';
import { isUnavailable } from '../failures.js';
import { barrierOf } from '../forecast.js';
import { lossOf } from '../model/google-types.js';
import type { DriveItem, NewItem } from '../ports/drive.js';
import { type Fallback, reasonOf } from '../model/reasons.js';
import { FIRST_PAUSE_MS, LONGEST_PAUSE_MS, PROPAGATION_MS } from '../temporary-shares.js';
import { CannotCopyError, type CopyJob, type CopyStrategy, type MadeCopy } from './strategy.js';

/** For files this large Google may keep returning 500 and 503; for smaller ones it does so only during an outage. */
const SLOW_COPY_BYTES = 256 * 1024 * 1024;

/** Copies inside Google with a temporary share. The cheapest method: no bytes pass through CloudMover. */
export class ServerCopy implements CopyStrategy {
  /** Source ids of the shared items, by ordinal. */
  private readonly sharedIds = new Map<number, string>();

  constructor(private readonly context: TransferContext) {}

  suits(): boolean {
    return true;
  }

  async copy({ item, parentId, earlier }: CopyJob, signal: AbortSignal): Promise<MadeCopy> {
    const way = 'server_copy';
    const sharedId = await this.sharedIdOf(item);
    const blocker = await this.blocker(item, sharedId, signal);
    if (blocker) throw new CannotCopyError(blocker);
    const { copies } = this.context;
    signal.throwIfAborted();
    const target = await copies.targetOf(item, parentId, signal);
    const existing = await copies.findEarlier(item, target, earlier, signal);
    if (existing) {
      // Google may have refused to copy it in an earlier attempt, so that it was converted.
      return existing.isConverted
        ? { copy: existing, way: 'export', lossy: lossOf(item.mimeType) }
        : { copy: existing, way };
    }
    try {
      return { copy: await this.copyOnceSeen(item, sharedId, target, signal), way };
    } catch (error) {
      if (!(error instanceof DriveError)) throw error;
      if (error.code === 'id_taken') return { copy: await copies.adopt(target.id!, signal), way };
      const isSlow = isUnavailable(error) && (item.size ?? 0) >= SLOW_COPY_BYTES;
      const fallback = isSlow ? 'copying_unavailable' : reasonOf(error.code).fallback;
      throw fallback ? new CannotCopyError(fallback, error) : error;
    }
  }

  /** Why a server-side copy can't work; undefined if it may. */
  private async blocker(item: ItemToCopy, sharedId: string, signal: AbortSignal): Promise<Fallback | undefined> {
    const barrier = barrierOf(item);
    if (barrier) return barrier;
    if ((await this.context.shares.access(sharedId, signal)) !== 'refused') return undefined;
    return this.context.drives.source.account.readOnly ? 'source_read_only' : 'sharing_refused';
  }

  /** Source id of the item that is shared so that this one can be copied. */
  private async sharedIdOf({ top }: ItemToCopy): Promise<string> {
    const known = this.sharedIds.get(top);
    if (known !== undefined) return known;
    const { sourceId } = (await this.context.ledger.item(top))!;
    this.sharedIds.set(top, sourceId);
    return sourceId;
  }

  /** Copies the item as soon as the destination sees it. A new share takes a while, its contents perhaps longer. */
  private async copyOnceSeen(
    item: ItemToCopy,
    sharedId: string,
    target: NewItem,
    signal: AbortSignal,
  ): Promise<DriveItem> {
    const {
      drives: { destination, clock },
      shares,
    } = this.context;
    for (let pause = FIRST_PAUSE_MS, unseen = 0; ;) {
      try {
        return await destination.copy(item.sourceId, target, signal);
      } catch (error) {
        if (!isNotFound(error)) throw error;
        if (++unseen === 1) {
          await shares.waitUntilSeen(sharedId, signal);
          continue;
        }
        // Before a long wait, checks whether the original or the folder is gone.
        if (unseen === 2) {
          await this.assertBothExist(item, target.parentId, signal);
          if ((await shares.renew(sharedId, signal)) === 'refused') throw error;
        }
        if (shares.age(sharedId) > PROPAGATION_MS) throw error;
        await clock.sleep(pause, signal);
        pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
      }
    }
  }

  private async assertBothExist({ sourceId }: ItemToCopy, parentId: string, signal: AbortSignal): Promise<void> {
    const { source, destination } = this.context.drives;
    await source.get(sourceId, signal).catch((error: unknown) => {
      throw isNotFound(error) ? sourceNotFound(error) : error;
    });
    await destination.get(parentId, signal).catch((error: unknown) => {
      throw isNotFound(error) ? new ItemError('destination_folder_missing', { cause: error }) : error;
    });
  }
}
