import { DriveError, EngineError, undefinedIfNotFound } from './errors.js';
import { finalErrorOrThrow, stopped } from './failures.js';
import { barrierOf } from './forecast.js';
import { lossOf } from './model/google-types.js';
import type { DriveItem, Drives, NewItem } from './ports/drive.js';
import type { ItemRecord, Outcome, PlannedItem } from './model/items.js';
import type { Ledger } from './ports/ledger.js';
import { PLAN_PAGE } from './ports/ledger/plan.js';
import { present } from './present.js';
import { decisiveOf, verify } from './verify.js';

/**
 * Pauses (ms) before each read of the item that has our id. The copy may still be in progress, so the id is replaced
 * only after all reads.
 */
const ADOPTION_PAUSES_MS = [0, 500, 2_000, 5_000];

/** How long (ms) to wait until Google's index of markers shows a new copy. Google documents no bound. */
const INDEX_LAG_MS = 7_500;
/**
 * Whether an earlier attempt may have copied an item whose id Google chooses. `indexed`: perhaps, so long ago that the
 * index shows it; `unrecorded`: perhaps a moment ago, because a worker died, was stopped, or copies the item too;
 * `lost`: perhaps, because the response to the write was lost a moment ago.
 */
export type EarlierCopy = 'none' | 'indexed' | 'unrecorded' | 'lost';
/** Pauses (ms) before each search for it; those for a recent copy add up to INDEX_LAG_MS. */
const EARLIER_PAUSES_MS: Readonly<Record<EarlierCopy, readonly number[]>> = {
  none: [],
  indexed: [0],
  unrecorded: [0, 2_500, 5_000],
  lost: [500, 2_000, 5_000],
};

/** An item to copy, as it was listed or as it is now. */
export type ItemToCopy = PlannedItem & Pick<ItemRecord, 'supersedes' | 'mayConvert'>;

/** An item's final state and outcome. */
export type Settled = Outcome & { readonly state: 'verified' | 'unverified' | 'failed' | 'skipped' };

/**
 * Whether a marked copy is one that an attempt left behind. A person's copy of the copy may have the marker too, but has
 * another name or folder.
 * @param parentId the folder that the item's copies go into; undefined if there is none
 */
export const isSurplus = (copy: DriveItem, item: ItemRecord, parentId: string | undefined): boolean =>
  copy.id !== item.outcome.destinationId &&
  copy.id !== item.supersedes &&
  copy.name === item.name &&
  parentId !== undefined &&
  copy.parents.includes(parentId);

/** An item in the trash has the reserved id, or had it once. The id can't be used again. */
export class IdInUseError extends EngineError<'id_taken'> {
  constructor() {
    super('id_taken', { side: 'destination' });
  }
}

/** Whether Google chooses the copy's id. Such a copy is found by its marker. */
export const hasNoId = ({ kind }: Pick<PlannedItem, 'kind'>): boolean => kind === 'google';

/** Identifies the copy of one item. */
export const markerOf = (transferId: string, { ordinal }: Pick<PlannedItem, 'ordinal'>): string =>
  `${transferId}.${ordinal}`;

/** What a copy inherits from its original. */
export function newItemOf(item: PlannedItem, parentId: string): NewItem {
  const checksum = decisiveOf(item.checksums);
  return {
    name: item.name,
    mimeType: item.mimeType,
    parentId,
    ...(checksum && { checksum }),
    ...present(item, 'createdTime', 'modifiedTime', 'description', 'starred', 'folderColor', 'properties'),
  };
}

/** Finds what earlier attempts created in the destination, so that nothing is created twice. */
export class DestinationCopies {
  constructor(
    private readonly ledger: Ledger,
    private readonly drives: Drives,
  ) {}

  /** The copy to create: with the id that was reserved for it, or with a marker where Google chooses the id. */
  async targetOf(item: PlannedItem, parentId: string, signal: AbortSignal): Promise<NewItem> {
    const identity = hasNoId(item)
      ? { marker: markerOf(this.ledger.order.id, item) }
      : { id: await this.idOf(item.ordinal, item.kind === 'shortcut' ? 'shortcut' : 'file', signal) };
    return { ...newItemOf(item, parentId), ...identity };
  }

  /**
   * Searches by marker for the copy that an earlier attempt may have made. If a recent one is not found, the next write
   * counts as a further attempt: at the end, such items are searched for surplus copies that the index may not show yet.
   * @returns undefined if there is none
   * @throws ItemError `stopped`
   */
  async findEarlier(
    item: ItemToCopy,
    { marker }: NewItem,
    earlier: EarlierCopy,
    signal: AbortSignal,
  ): Promise<DriveItem | undefined> {
    if (marker === undefined) return undefined;
    for (const pause of EARLIER_PAUSES_MS[earlier]) {
      if (pause > 0) await this.drives.clock.sleep(pause, signal);
      const marked = await this.drives.destination.findMarked(marker, signal);
      // The copy that an earlier run made has the same marker, but is another copy.
      const found = marked.find(({ id }) => id !== item.supersedes);
      if (found) return found;
    }
    const isRecent = earlier === 'unrecorded' || earlier === 'lost';
    if (isRecent && (await this.ledger.begin(item.ordinal, true)) === undefined) throw stopped();
    return undefined;
  }

  /** Waits until Google's index of markers shows the copies that were made until now. */
  untilIndexed(signal: AbortSignal): Promise<void> {
    return this.drives.clock.sleep(INDEX_LAG_MS, signal);
  }

  /** The same for many items whose copies were made before the first call: that one waits, and the others join it. */
  untilAllIndexed(signal: AbortSignal): () => Promise<void> {
    let wait: Promise<void> | undefined;
    return () => (wait ??= this.untilIndexed(signal));
  }

  /**
   * Trashes the copies of an item that the report does not name: Docs have no reserved id, so there may be two after a
   * lost response.
   */
  async trashSurplus(item: ItemRecord, parentId: string | undefined, signal: AbortSignal): Promise<void> {
    const { destination } = this.drives;
    for (const copy of await destination.findMarked(markerOf(this.ledger.order.id, item), signal)) {
      if (!isSurplus(copy, item, parentId)) continue;
      // Where the account may not trash it, nobody else would.
      await destination.trash(copy.id, signal).catch((error: unknown) => void finalErrorOrThrow(error, signal));
    }
  }

  /**
   * Returns the item that already has our id. Nobody else knows the id, so this is the copy of an earlier attempt, to
   * be verified like any other. A copy under another id would be a second one.
   * @throws IdInUseError if it is in the trash, or gone
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

  /** Creates a folder or a shortcut under its reserved id, or returns the one that an earlier attempt created. */
  async createOnce(
    ordinal: number,
    kind: 'file' | 'shortcut',
    create: (id: string) => Promise<DriveItem>,
    signal: AbortSignal,
  ): Promise<DriveItem> {
    const id = await this.idOf(ordinal, kind, signal);
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
   * Searches for the copy of an item whose worker died, or was stopped, before it could record it. A copy that Google
   * gave its id is found only after `untilIndexed`.
   * @returns the outcome of the item; undefined if there is no copy
   */
  async findUnrecorded(item: ItemRecord, parentId: string, signal: AbortSignal): Promise<Settled | undefined> {
    signal.throwIfAborted();
    const target = await this.targetOf(item, parentId, signal);
    const copy = target.id
      ? await this.drives.destination.get(target.id, signal).catch(undefinedIfNotFound)
      : await this.findEarlier(item, target, 'indexed', signal);
    if (!copy || copy.trashed) return undefined;
    const barrier = barrierOf(item) ?? (this.drives.source.account.readOnly ? 'source_read_only' : undefined);
    const relayed = item.kind === 'file' && barrier !== undefined;
    const converted = copy.isConverted ?? (item.kind === 'google' && barrierOf(item) !== undefined);
    const isCreated = item.kind === 'folder' || item.kind === 'shortcut';
    return {
      destinationId: copy.id,
      way: relayed ? 'relay' : converted ? 'export' : isCreated ? 'created' : 'server_copy',
      ...((relayed || converted) && barrier && { fallback: barrier }),
      ...(converted && { lossy: lossOf(item.mimeType) }),
      ...present(copy, 'webViewLink'),
      ...verify(item, copy, parentId),
    };
  }

  /** The reserved id of an item. Reserves one if this step started before all ids were reserved. */
  private async idOf(ordinal: number, kind: 'file' | 'shortcut', signal: AbortSignal): Promise<string> {
    const reserved = async () => (await this.ledger.destinationIds([ordinal])).get(ordinal);
    const known = await reserved();
    if (known !== undefined) return known;
    const [id] = await this.drives.destination.generateIds(1, kind, signal);
    const from = ordinal - (ordinal % PLAN_PAGE);
    // If another worker reserves one at the same time, the first one stays.
    const page = Array.from({ length: PLAN_PAGE }, (_, index) => (from + index === ordinal ? id! : null));
    await this.ledger.reserveIds(from, page);
    return (await reserved()) ?? id!;
  }
}
