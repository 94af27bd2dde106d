import { DriveError, EngineError, undefinedIfNotFound } from './errors.js';
import { stopped } from './failures.js';
import { barrierOf } from './forecast.js';
import { lossOf } from './model/google-types.js';
import type { DriveItem, Drives, NewItem } from './ports/drive.js';
import type { ItemRecord, Outcome, PlannedItem } from './model/items.js';
import type { Ledger } from './ports/ledger.js';
import { decisiveOf, verify } from './verify.js';

/** Pauses (ms) before each read of the item that has our id, before the id is replaced: a copy may still be in progress. */
const ADOPTION_PAUSES_MS = [0, 500, 2_000, 5_000];

/**
 * The copy of an item whose id Google chooses, of an earlier attempt: there is none; it may exist unrecorded, because the
 * worker died or was stopped; or it may exist because the response to the write was lost a moment ago.
 */
export type EarlierCopy = 'none' | 'unrecorded' | 'lost';
/** Pauses (ms) before each look for it. Google's index of markers lags behind writes. */
const EARLIER_PAUSES_MS: Readonly<Record<EarlierCopy, readonly number[]>> = {
  none: [],
  unrecorded: [0],
  lost: [500, 2_000, 5_000],
};

/** An item being copied: as it was listed, or as it is now. */
export type CarriedItem = PlannedItem & Pick<ItemRecord, 'supersedes' | 'mayConvert'>;

/** The outcome of an item with its final state. */
export type Settled = Outcome & { readonly state: 'verified' | 'unverified' | 'failed' | 'skipped' };

/** The id of a copy is in use by something in the trash, or was used once: it can't be used again. */
export class IdInUseError extends EngineError<'id_taken'> {
  constructor() {
    super('id_taken', { side: 'destination' });
  }
}

/** Whether Google names the copy itself. Such a copy is found by its marker. */
export const hasNoId = ({ kind }: Pick<PlannedItem, 'kind'>): boolean => kind === 'google';

/** Distinguishes the copy of one item from every other. */
export const markerOf = (transferId: string, { ordinal }: Pick<PlannedItem, 'ordinal'>): string =>
  `${transferId}.${ordinal}`;

/** What a copy keeps of its original. */
export function newItemOf(item: PlannedItem, parentId: string): NewItem {
  const checksum = decisiveOf(item.checksums);
  return {
    name: item.name,
    mimeType: item.mimeType,
    parentId,
    ...(checksum && { checksum }),
    ...(item.createdTime && { createdTime: item.createdTime }),
    ...(item.modifiedTime && { modifiedTime: item.modifiedTime }),
    ...(item.description && { description: item.description }),
    ...(item.starred && { starred: true }),
    ...(item.folderColor && { folderColor: item.folderColor }),
    ...(item.properties && { properties: item.properties }),
  };
}

/** Finds what an earlier attempt made in the destination, so that nothing is made twice. */
export class DestinationCopies {
  constructor(
    private readonly ledger: Ledger,
    private readonly drives: Drives,
  ) {}

  /** What is to be made of an item: with the id that was reserved for it, or with a marker where Google chooses the id. */
  async targetOf(item: PlannedItem, parentId: string): Promise<NewItem> {
    const id = hasNoId(item) ? undefined : await this.idOf(item.ordinal);
    return { ...newItemOf(item, parentId), ...(id ? { id } : { marker: markerOf(this.ledger.order.id, item) }) };
  }

  /**
   * Looks for the copy that an earlier attempt may have made, by its marker. Where a lost one is not found, the next write
   * counts as an attempt of its own: of an item with several attempts the closing check looks for surplus copies.
   * @returns undefined where there is none
   * @throws ItemError `stopped`
   */
  async findEarlier(
    item: CarriedItem,
    { marker }: NewItem,
    earlier: EarlierCopy,
    signal: AbortSignal,
  ): Promise<DriveItem | undefined> {
    if (marker === undefined) return undefined;
    for (const pause of EARLIER_PAUSES_MS[earlier]) {
      if (pause > 0) await this.drives.clock.sleep(pause, signal);
      const marked = await this.drives.destination.findMarked(marker, signal);
      // The earlier copy of a delta run bears the same marker, and is another one.
      const found = marked.find(({ id }) => id !== item.supersedes);
      if (found) return found;
    }
    if (earlier === 'lost' && !(await this.ledger.begin(item.ordinal, true))) throw stopped();
    return undefined;
  }

  /**
   * The item that already has our id. Nobody else knows the id, so it is the copy of an earlier attempt, and has to be
   * verified like any other: if it were left for a copy under another id, there would be two.
   * @throws IdInUseError when it is in the trash, or gone
   */
  async adopt(id: string, signal: AbortSignal): Promise<DriveItem> {
    for (const pause of ADOPTION_PAUSES_MS) {
      if (pause > 0) await this.drives.clock.sleep(pause, signal);
      const existing = await this.drives.destination.get(id, signal).catch(undefinedIfNotFound);
      if (existing?.trashed) break;
      if (existing) return existing;
    }
    throw new IdInUseError();
  }

  /**
   * Makes a folder or a shortcut under the id that was reserved for it; one that an earlier attempt made is returned
   * as it is.
   */
  async createOnce(
    ordinal: number,
    kind: 'file' | 'shortcut',
    create: (id: string) => Promise<DriveItem>,
    signal: AbortSignal,
  ): Promise<DriveItem> {
    const id = (await this.idOf(ordinal))!;
    return create(id).catch((error: unknown) => {
      if (!(error instanceof DriveError) || error.code !== 'id_taken') throw error;
      return this.reuseOrRecreate(ordinal, id, kind, create, signal);
    });
  }

  private async reuseOrRecreate(
    ordinal: number,
    id: string,
    kind: 'file' | 'shortcut',
    create: (id: string) => Promise<DriveItem>,
    signal: AbortSignal,
  ): Promise<DriveItem> {
    const existing = await this.drives.destination.get(id, signal).catch(undefinedIfNotFound);
    if (existing && !existing.trashed) return existing;
    return create(await this.renew(ordinal, kind, signal));
  }

  /** Reserves another id for an item. */
  async renew(ordinal: number, kind: 'file' | 'shortcut', signal: AbortSignal): Promise<string> {
    const [id] = await this.drives.destination.generateIds(1, kind, signal);
    await this.ledger.replaceId(ordinal, id!);
    return id!;
  }

  /**
   * Looks for the copy of an item that was begun and whose worker died, or was stopped, before it could record it.
   * @returns the outcome of the item; undefined when there is no copy of it
   */
  async findUnrecorded(item: ItemRecord, parentId: string, signal: AbortSignal): Promise<Settled | undefined> {
    signal.throwIfAborted();
    const target = await this.targetOf(item, parentId);
    const copy = target.id
      ? await this.drives.destination.get(target.id, signal).catch(undefinedIfNotFound)
      : await this.findEarlier(item, target, 'unrecorded', signal);
    if (!copy || copy.trashed) return undefined;
    const barrier = barrierOf(item) ?? (this.drives.source.account.readOnly ? 'source_read_only' : undefined);
    const relayed = item.kind === 'file' && barrier !== undefined;
    const converted = item.kind === 'google' && barrierOf(item) !== undefined;
    const isCreated = item.kind === 'folder' || item.kind === 'shortcut';
    return {
      destinationId: copy.id,
      way: relayed ? 'relay' : converted ? 'export' : isCreated ? 'created' : 'server_copy',
      ...((relayed || converted) && barrier && { fallback: barrier }),
      ...(converted && { lossy: lossOf(item.mimeType) }),
      ...(copy.webViewLink && { webViewLink: copy.webViewLink }),
      ...verify(item, copy, parentId),
    };
  }

  private async idOf(ordinal: number): Promise<string | undefined> {
    return (await this.ledger.destinationIds([ordinal])).get(ordinal);
  }
}
