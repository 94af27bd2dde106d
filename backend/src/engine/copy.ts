import { CodedError, DriveError, isCoded, ItemError } from './errors.js';
import { Grants } from './grants.js';
import type { Clock } from './ports/clock.js';
import type { DestinationDrive, DriveItem, NewItem, SourceDrive } from './ports/drive.js';
import type { ItemRecord, Ledger, Outcome, PlannedItem, Way } from './ports/ledger.js';
import { relay } from './relay.js';
import { verify } from './verify.js';

/** How long a fresh share may take to be seen by the destination; Google documents no bound. */
const PROPAGATION_MS = 60_000;
/** Copies that differ from their original, after which the item fails. */
const DIFFERENT_COPIES = 3;
/** Ids tried for one copy. */
const ID_TRIES = 3;
/** Docs copies whose reply was lost and that were not found, after which the item fails. */
const UNCLEAR_TRIES = 4;
/** Looks for a Docs copy whose reply was lost, before it is made again; Google's index lags. */
const MARKER_LOOKS_MS = [500, 2_000, 5_000];

/** Errors that concern the account and not the item: the transfer is parked, the item waits. */
const ACCOUNT_CODES: ReadonlySet<string> = new Set(['reconnect_needed', 'quota_exceeded', 'rate_limited']);
/** Errors of a server copy that mean "not this way"; a file is then relayed. */
const NOT_THIS_WAY: ReadonlySet<string> = new Set([
  'cannot_copy',
  'source_permission_denied',
  'sharing_refused',
  'not_found',
]);

export interface Drives {
  readonly source: SourceDrive;
  readonly destination: DestinationDrive;
  readonly clock: Clock;
}

/** Copies single items of one transfer, each by the cheapest way that works, and settles them in the ledger. */
export class Copier {
  private readonly grants: Grants;

  constructor(
    private readonly ledger: Ledger,
    private readonly drives: Drives,
  ) {
    this.grants = new Grants(ledger, drives);
  }

  /**
   * Copies one file or Docs file and verifies it. Whatever is wrong with the item itself ends in its outcome.
   * @throws CodedError of ACCOUNT_CODES, after the item was put back · the signal's reason
   */
  async copy(item: ItemRecord, parentId: string, signal: AbortSignal): Promise<void> {
    if (!(await this.ledger.begin(item.ordinal))) return;
    try {
      const outcome = await this.copyAndVerify(item, parentId, signal);
      await this.ledger.settle(item.ordinal, outcome.state, outcome);
    } catch (error) {
      if (signal.aborted || isAccountWide(error)) {
        await this.ledger.release(item.ordinal);
        throw error;
      }
      await this.ledger.settle(item.ordinal, 'failed', failureOf(error));
    }
  }

  private async copyAndVerify(planned: ItemRecord, parentId: string, signal: AbortSignal): Promise<Settled> {
    let item: PlannedItem = planned;
    for (let different = 0; ;) {
      const made = await this.make(item, parentId, planned.attempts > 0 || different > 0, signal);
      const base = {
        destinationId: made.copy.id,
        way: made.way,
        ...(made.copy.webViewLink && { webViewLink: made.copy.webViewLink }),
      };
      let verdict = verify(item, made.copy, parentId, made.computed);
      if (verdict.state === 'failed' && verdict.code === 'checksum_mismatch') {
        // Was the original edited since it was listed? Then it is compared with what it is now.
        const now = await this.drives.source.get(item.sourceId, signal);
        const changed = isChanged(item, now);
        if (changed) {
          item = {
            ...item,
            size: now.size,
            checksums: now.checksums,
            ...(now.modifiedTime && { modifiedTime: now.modifiedTime }),
            ...(now.revision && { revision: now.revision }),
          };
          await this.ledger.amend(item);
          verdict = verify(item, made.copy, parentId, made.computed);
        }
        if (verdict.state === 'failed') {
          await this.drives.destination.trash(made.copy.id, signal);
          if (++different < DIFFERENT_COPIES) continue; // its id is in the trash now: the next one gets a new id
          const code = changed ? 'source_changed' : 'checksum_mismatch';
          const reason = changed
            ? 'It was edited again and again while being copied.'
            : 'Each copy differed from the original. The last one is in the destination’s trash.';
          return { ...base, ...verdict, state: 'failed', code, reason };
        }
      }
      return { ...base, ...verdict };
    }
  }

  /** Makes the copy, by the first way that works; when something else sits on its id, once more under a new one. */
  private async make(item: PlannedItem, parentId: string, repeated: boolean, signal: AbortSignal): Promise<Made> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.makeOnce(item, parentId, repeated, signal);
      } catch (error) {
        if (!(error instanceof IdInUseError) || tries >= ID_TRIES) throw error;
        const [id] = await this.drives.destination.generateIds(1, 'file', signal);
        await this.ledger.replaceId(item.ordinal, id!);
      }
    }
  }

  private async makeOnce(item: PlannedItem, parentId: string, repeated: boolean, signal: AbortSignal): Promise<Made> {
    let refusal: unknown;
    const top = (await this.ledger.item(item.top))!.sourceId;
    if (item.canCopy && (await this.grants.access(top, signal)) !== 'refused') {
      try {
        return await this.serverCopy(item, top, parentId, repeated, signal);
      } catch (error) {
        if (!(error instanceof DriveError) || !NOT_THIS_WAY.has(error.code)) throw error;
        refusal = error;
      }
    }
    if (item.kind === 'file' && item.canDownload && item.size !== null)
      return this.relayed({ ...item, size: item.size }, parentId, signal);
    throw noWay(item, refusal);
  }

  private async serverCopy(
    item: PlannedItem,
    top: string,
    parentId: string,
    repeated: boolean,
    signal: AbortSignal,
  ): Promise<Made> {
    const way: Way = 'server_copy';
    const target = await this.targetOf(item, parentId, signal);
    if (target.marker && repeated) {
      const earlier = await this.findMarked(target.marker, [0], signal);
      if (earlier) return { copy: earlier, way };
    }
    for (let wait = 250, unclear = 0, unseen = 0; ;) {
      try {
        return { copy: await this.drives.destination.copy(item.sourceId, target, signal), way };
      } catch (error) {
        if (!(error instanceof DriveError)) throw error;
        if (error.code === 'id_taken') return { copy: await this.adopt(item, target, parentId, signal), way };
        if (error.code === 'ambiguous_write' && target.marker) {
          const landed = await this.findMarked(target.marker, MARKER_LOOKS_MS, signal);
          if (landed) return { copy: landed, way };
          if (++unclear >= UNCLEAR_TRIES) throw error;
          continue;
        }
        if (error.code !== 'not_found') throw error;
        // A fresh share takes a while to be seen. Before waiting: is it the original, or the folder, that is gone?
        if (unseen++ === 0) {
          await this.mustExist(item, parentId, signal);
          if (this.grants.age(top) === Infinity) {
            this.grants.doubt(top); // access that was there is gone: another's share ended
            if ((await this.grants.access(top, signal)) === 'refused') throw error;
          }
        }
        if (this.grants.age(top) > PROPAGATION_MS) throw error;
        await this.drives.clock.sleep(wait, signal);
        wait = Math.min(wait * 2, 8_000);
      }
    }
  }

  private async mustExist(item: PlannedItem, parentId: string, signal: AbortSignal): Promise<void> {
    await this.drives.source.get(item.sourceId, signal).catch((error: unknown) => {
      throw isNotFound(error)
        ? new ItemError('source_not_found', 'It was deleted or unshared after the count.', error)
        : error;
    });
    await this.drives.destination.get(parentId, signal).catch((error: unknown) => {
      throw isNotFound(error)
        ? new ItemError('destination_folder_missing', 'The folder it should go into was deleted meanwhile.', error)
        : error;
    });
  }

  private async relayed(item: PlannedItem & { size: number }, parentId: string, signal: AbortSignal): Promise<Made> {
    const target = await this.targetOf(item, parentId, signal);
    const stop = new AbortController();
    let told = 0;
    const onProgress = (bytes: number): void => {
      const now = this.drives.clock.now();
      if (now - told < 500) return;
      told = now;
      this.ledger.progress(item.ordinal, bytes).then(
        (goOn) => {
          if (!goOn) stop.abort(new ItemError('stopped', 'The transfer was stopped.'));
        },
        () => undefined, // progress is for the eye: a lost report of it harms nothing
      );
    };
    const both = AbortSignal.any([signal, stop.signal]);
    try {
      return { ...(await relay(item, target, this.drives, onProgress, both)), way: 'relay' };
    } catch (error) {
      if (error instanceof DriveError && error.code === 'id_taken')
        return { copy: await this.adopt(item, target, parentId, signal), way: 'relay' };
      throw error;
    }
  }

  /** An item has our id already: it is ours if it is what it should be, in its place and not in the trash. */
  private async adopt(item: PlannedItem, target: NewItem, parentId: string, signal: AbortSignal): Promise<DriveItem> {
    const there = await this.drives.destination.get(target.id!, signal).catch((error: unknown) => {
      if (isNotFound(error)) return undefined; // another account's, or deleted: the id can't be used again
      throw error;
    });
    if (there && verify(item, there, parentId).state !== 'failed') return there;
    throw new IdInUseError();
  }

  private async findMarked(
    marker: string,
    looksMs: readonly number[],
    signal: AbortSignal,
  ): Promise<DriveItem | undefined> {
    for (const wait of looksMs) {
      if (wait > 0) await this.drives.clock.sleep(wait, signal);
      const [first] = await this.drives.destination.findMarked(marker, signal);
      if (first) return first;
    }
    return undefined;
  }

  private async targetOf(item: PlannedItem, parentId: string, signal: AbortSignal): Promise<NewItem> {
    signal.throwIfAborted();
    const id =
      item.kind === 'google' ? undefined : (await this.ledger.destinationIds([item.ordinal])).get(item.ordinal);
    return {
      ...newItemOf(item, parentId),
      ...(id ? { id } : { marker: `${this.ledger.order.id}.${item.ordinal}` }),
    };
  }
}

interface Made {
  readonly copy: DriveItem;
  readonly way: Way;
  readonly computed?: { md5?: string; sha256?: string };
}
type Settled = Outcome & { readonly state: 'verified' | 'unverified' | 'failed' };

/** What a copy takes along from its original. */
export function newItemOf(item: PlannedItem, parentId: string): NewItem {
  return {
    name: item.name,
    mimeType: item.mimeType,
    parentId,
    ...(item.createdTime && { createdTime: item.createdTime }),
    ...(item.modifiedTime && { modifiedTime: item.modifiedTime }),
    ...(item.description && { description: item.description }),
    ...(item.starred && { starred: true }),
    ...(item.folderColor && { folderColor: item.folderColor }),
    ...(item.properties && { properties: item.properties }),
  };
}

/** Whether an item is no longer what was listed. */
export function isChanged(planned: PlannedItem, now: DriveItem): boolean {
  if (planned.kind !== 'file') return now.modifiedTime !== planned.modifiedTime;
  return (
    now.size !== planned.size ||
    now.revision !== planned.revision ||
    now.checksums.md5 !== planned.checksums.md5 ||
    now.checksums.sha256 !== planned.checksums.sha256
  );
}

const COPYABLE_TYPES = /^application\/vnd\.google-apps\.(document|spreadsheet|presentation|drawing|script|form)$/;

/** Neither copying nor downloading is possible. */
function noWay(item: PlannedItem, cause: unknown): ItemError {
  return item.kind === 'file' || COPYABLE_TYPES.test(item.mimeType)
    ? new ItemError(
        'source_permission_denied',
        'Copying and downloading are forbidden by the owner. Ask the owner, then retry.',
        cause,
      )
    : new ItemError(
        'not_copyable',
        'Google offers no way to copy files of this type. Open it at Google to see whether it can be exported.',
        cause,
      );
}

class IdInUseError extends CodedError<'id_taken'> {
  constructor() {
    super('id_taken', 'Something else in the destination has the id of this copy. Retry it.', { side: 'destination' });
  }
}

const isNotFound = (error: unknown): boolean => error instanceof DriveError && error.code === 'not_found';

export function isAccountWide(error: unknown): boolean {
  return isCoded(error) && (ACCOUNT_CODES.has(error.code) || error.code === 'stopped');
}

/** A failure as an item's outcome; a fault of ours is said to be one. */
export function failureOf(error: unknown): Outcome & { code: string; reason: string } {
  if (isCoded(error)) return { code: error.code, reason: error.message };
  const fault = error instanceof Error ? error.message : String(error);
  return { code: 'internal', reason: `CloudMover had a problem with this item (${fault.slice(0, 120)}). Retry it.` };
}
