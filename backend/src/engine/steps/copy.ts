import { Budget, forEachBounded } from '../concurrency.js';
import { convert, isConvertible, lossOf } from '../strategies/conversion.js';
import {
  DriveError,
  EngineError,
  isCoded,
  isNotFound,
  type ItemCode,
  ItemError,
  undefinedIfNotFound,
} from '../errors.js';
import { barrierOf, forecastOf, skippedFor } from '../forecast.js';
import { FIRST_LOOK_MS, Grants, LONGEST_LOOK_MS, PROPAGATION_MS } from '../temporary-shares.js';
import type { Clock } from '../ports/clock.js';
import type { Checksums, DestinationDrive, DriveItem, NewItem, SourceDrive } from '../ports/drive.js';
import {
  type Fallback,
  isCopied,
  type ItemRecord,
  type Ledger,
  type Outcome,
  type PlannedItem,
  SETTLED_STATES,
  TERMINAL_STATES,
  type Way,
} from '../ports/ledger.js';
import { itemCodeOf } from '../model/reasons.js';
import { type KeptUpload, relay, SINGLE_REQUEST_BYTES } from '../strategies/relay.js';
import { rightsNow } from '../rights.js';
import { decisiveOf, isChanged, verify } from '../verify.js';

/** Shares asked for at the same time. */
const SHARES = 25;
/** Copies that differ from their original, after which the item fails. */
const DIFFERENT_COPIES = 3;
/** Ids tried for one copy. */
const ID_TRIES = 3;
/** Docs copies whose reply was lost and that were not found, after which the item fails. */
const UNCLEAR_TRIES = 4;
/** Pauses before looks for a Docs copy whose reply was lost, before it is made again; Google's index lags. */
const MARKER_LOOKS_MS = [500, 2_000, 5_000];
/** Pauses before looks at what has our id, before the id is given up: a copy may be under way, and not be seen yet. */
const ADOPTION_LOOKS_MS = [0, 500, 2_000, 5_000];
/** Errors of a way that may only mean that the original is no longer what was listed. */
const MAYBE_CHANGED: ReadonlySet<string> = new Set(['source_changed', 'google_unavailable', 'google_refused']);

/** Errors that concern an account, or the ledger, and not the item: the item waits. */
const ACCOUNT_CODES: ReadonlySet<string> = new Set([
  'reconnect_needed',
  'quota_exceeded',
  'rate_limited',
  'service_unavailable',
  'destination_storage_full',
]);
/** Errors of a server copy that mean "not this way"; a file is then relayed. `google_refused`: limits that have no name. */
const NOT_THIS_WAY: Readonly<Partial<Record<string, Fallback>>> = {
  cannot_copy: 'copying_forbidden',
  source_permission_denied: 'copying_forbidden',
  sharing_refused: 'sharing_refused',
  not_found: 'share_not_seen',
  google_refused: 'copying_refused',
};
/** Copies of files this large are known to end in 500 and 503 for long; smaller ones only when Google is out of order. */
const SLOW_COPY_BYTES = 256 * 1024 * 1024;

/**
 * Memory that all relays of a process may hold: small files whole, and once more as they wait, encrypted, for the network;
 * large ones what flows between two sockets.
 */
const RELAYS = new Budget(40 * 1024 * 1024);
const STREAM_BYTES = 2 * 1024 * 1024;
const SMALL_BYTES = 128 * 1024;

export interface Drives {
  readonly source: SourceDrive;
  readonly destination: DestinationDrive;
  readonly clock: Clock;
}

/** Copies single items of one transfer, each by the cheapest way that works, and settles them in the ledger. */
export class Copier {
  private readonly grants: Grants;
  private readonly tops = new Map<number, string>();

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
    if (!(await this.ledger.begin(item.ordinal, hasNoId(item)))) return;
    let outcome: Settled;
    try {
      outcome = await this.copyAndVerify(item, parentId, signal);
      if (outcome.state === 'verified') outcome = { ...outcome, ...(await this.clearPlace(item, signal)) };
    } catch (error) {
      if (signal.aborted || isAccountWide(error)) {
        await this.ledger.release(item.ordinal);
        throw error;
      }
      // What its owner or its type rules out is no failure: nothing went wrong.
      const isKnown = error instanceof UncopyableError;
      outcome = { ...failureOf(error), state: isKnown ? 'skipped' : 'failed' };
    }
    // Of a transfer that failed meanwhile nobody else sets the times any more.
    const isLate = hasNoId(item) && (await this.isOver());
    if (isLate) await this.setTime(item, outcome, signal);
    if (await this.ledger.settle(item, outcome.state, outcome)) {
      if (!isLate && hasNoId(item) && (await this.isOver())) await this.setTime(item, outcome, signal);
      return;
    }
    // Another worker settled it, or a cancel did. A copy that the report does not name must not stay.
    const settled = await this.ledger.item(item.ordinal);
    const { destinationId } = outcome;
    if (!destinationId || outcome.state === 'failed' || settled?.outcome.destinationId === destinationId) return;
    await this.drives.destination.trash(destinationId, signal);
    // Nothing takes the place of what made room for it.
    if (outcome.state !== 'verified' || settled?.state === 'verified') return;
    for (const id of placesOf(item))
      await this.drives.destination.restore(id, signal).catch((error: unknown) => {
        if (signal.aborted || !(error instanceof DriveError)) throw error; // what was never in it may refuse
      });
  }

  /** Whether the transfer ended, or is being undone, while an item was under way. */
  private async isOver(): Promise<boolean> {
    const state = await this.ledger.state();
    return state === 'undoing' || TERMINAL_STATES.includes(state);
  }

  /** By the time of a Doc an undo tells whether somebody has edited it; Google's editors ignore it in a copy. */
  private async setTime(
    { modifiedTime }: ItemRecord,
    { state, destinationId }: Settled,
    signal: AbortSignal,
  ): Promise<void> {
    if (state !== 'verified' || !destinationId || !modifiedTime) return;
    try {
      await this.drives.destination.update(destinationId, { modifiedTime }, signal);
    } catch (error) {
      if (signal.aborted || !isCoded(error)) throw error; // any other is no reason to fail a copy that is verified
    }
  }

  /**
   * Shares those of the chosen items that are to be copied inside Google, before the first of them is: what announces a
   * share waits for the disk, and here it waits together with the ids. One that fails is asked for again with its file.
   */
  async share(chosen: readonly ItemRecord[], signal: AbortSignal): Promise<void> {
    const shared = chosen.filter(
      (item) =>
        item.top === item.ordinal && (item.kind === 'folder' ? !item.barrier : isCopied(item) && !barrierOf(item)),
    );
    await forEachBounded(shared, SHARES, async ({ sourceId }) => {
      await this.grants.access(sourceId, signal).catch((error: unknown) => {
        if (signal.aborted || isAccountWide(error) || !isCoded(error)) throw error;
      });
    });
  }

  /** The copy is proven: what it takes the place of goes to the trash, whence an undo brings it back. */
  async clearPlace(item: ItemRecord, signal: AbortSignal): Promise<Pick<Outcome, 'reason'>> {
    for (const id of placesOf(item)) {
      try {
        await this.drives.destination.trash(id, signal);
      } catch (error) {
        if (signal.aborted || isAccountWide(error) || !isCoded(error)) throw error;
        if (error.code !== 'not_found')
          return { reason: `The item that it replaces could not be put into the trash: ${error.message}` };
      }
    }
    return {};
  }

  /**
   * Looks for the copy of an item that was begun and whose worker died, or was stopped, before it could say so.
   * @returns what became of the item; undefined when there is no copy of it
   */
  async landed(item: ItemRecord, parentId: string, signal: AbortSignal): Promise<Settled | undefined> {
    const { id, marker } = await this.targetOf(item, parentId, signal);
    const copy = marker
      ? await this.findMarked(item, marker, [0], signal)
      : await this.drives.destination.get(id!, signal).catch(undefinedIfNotFound);
    if (!copy || copy.trashed) return undefined;
    const barrier = barrierOf(item) ?? (this.drives.source.account.readOnly ? 'source_read_only' : undefined);
    const relayed = item.kind === 'file' && barrier !== undefined;
    const converted = item.kind === 'google' && barrierOf(item) !== undefined;
    return {
      destinationId: copy.id,
      way: relayed ? 'relay' : converted ? 'export' : isMade(item) ? 'created' : 'server_copy',
      ...((relayed || converted) && barrier && { fallback: barrier }),
      ...(converted && { lossy: lossOf(item.mimeType) }),
      ...(copy.webViewLink && { webViewLink: copy.webViewLink }),
      ...verify(item, copy, parentId),
    };
  }

  private async copyAndVerify(planned: ItemRecord, parentId: string, signal: AbortSignal): Promise<Settled> {
    let item: Carried = planned;
    for (let different = 0; ;) {
      let made: Made;
      try {
        made = await this.make(item, parentId, planned.attempts > 0 || different > 0, signal);
      } catch (error) {
        if (item.kind !== 'file' || !isCoded(error) || !MAYBE_CHANGED.has(error.code)) throw error;
        const now = await this.drives.source.get(item.sourceId, signal);
        if (!isChanged(item, now) || ++different >= DIFFERENT_COPIES) throw error;
        item = await this.amended(item, now);
        continue;
      }
      const base = {
        destinationId: made.copy.id,
        way: made.way,
        ...(made.fallback && { fallback: made.fallback }),
        ...(made.copy.webViewLink && { webViewLink: made.copy.webViewLink }),
        ...(made.lossy && { lossy: made.lossy }),
      };
      let verdict = verify(item, made.copy, parentId, made.computed);
      // The one that was asked for is missing: then whatever there is.
      if (verdict.state === 'unverified' && decisiveOf(item.checksums))
        verdict = verify(item, await this.drives.destination.get(made.copy.id, signal), parentId, made.computed);
      if (verdict.state === 'failed' && verdict.code === 'checksum_mismatch') {
        // Was the original edited since it was listed? Then it is compared with what it is now.
        const now = await this.drives.source.get(item.sourceId, signal).catch(undefinedIfNotFound);
        const changed = now !== undefined && isChanged(item, now);
        if (changed) {
          item = await this.amended(item, now);
          verdict = verify(item, made.copy, parentId, made.computed);
        }
        if (verdict.state === 'failed') {
          const settled = SETTLED_STATES.includes((await this.ledger.item(item.ordinal))!.state);
          if (settled) return { ...base, ...verdict }; // another worker called this copy good, before an edit
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

  /** The item as it is now in place of the one that was listed. */
  private async amended(item: Carried, now: DriveItem): Promise<Carried> {
    const amended = {
      ...item,
      size: now.size,
      checksums: now.checksums,
      ...(now.modifiedTime && { modifiedTime: now.modifiedTime }),
      ...(now.revision && { revision: now.revision }),
    };
    await this.ledger.amend(amended);
    return amended;
  }

  /** Makes the copy, by the first way that works; when something else sits on its id, once more under a new one. */
  private async make(item: Carried, parentId: string, repeated: boolean, signal: AbortSignal): Promise<Made> {
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

  private async makeOnce(listed: Carried, parentId: string, repeated: boolean, signal: AbortSignal): Promise<Made> {
    let refusal: unknown;
    const item = await this.withRightsNow(listed, signal);
    const { way, problem } = forecastOf(item, this.ledger.order);
    if (way === 'none' && problem)
      throw new UncopyableError(skippedFor(problem, item, this.ledger.order.destination.email));
    const top = await this.topOf(item);
    let fallback = await this.whyNotInside(item, top, signal);
    if (!fallback) {
      try {
        return await this.serverCopy(item, top, parentId, repeated, signal);
      } catch (error) {
        if (!(error instanceof DriveError)) throw error;
        const isSlow = error.code === 'google_unavailable' && (item.size ?? 0) >= SLOW_COPY_BYTES;
        fallback = isSlow ? 'copying_unavailable' : NOT_THIS_WAY[error.code];
        if (!fallback) throw error;
        refusal = error;
      }
    }
    if (item.kind === 'file' && item.canDownload && item.size !== null)
      return { ...(await this.relayed({ ...item, size: item.size }, parentId, signal)), fallback };
    if (item.kind === 'google' && item.canDownload && isConvertible(item.mimeType)) {
      if (this.ledger.order.allowConversion || item.mayConvert)
        return { ...(await this.converted(item, parentId, repeated, signal)), fallback };
      throw conversionNeeded(refusal);
    }
    throw noWay(item, refusal);
  }

  /** Before it is given up, or copied with loss: its owner may have allowed copying since it was listed. */
  private async withRightsNow(item: Carried, signal: AbortSignal): Promise<Carried> {
    const { way } = forecastOf(item, this.ledger.order);
    if (way !== 'none' && way !== 'export') return item;
    const now = await rightsNow(item, this.ledger, this.drives, signal).catch((error: unknown) => {
      throw isNotFound(error) ? sourceNotFound(error) : error;
    });
    if (now.canCopy !== item.canCopy || now.canDownload !== item.canDownload || now.barrier !== item.barrier)
      await this.ledger.amend(now);
    return now;
  }

  /** Why a copy inside Google need not be tried; undefined where it may work. */
  private async whyNotInside(item: Carried, top: string, signal: AbortSignal): Promise<Fallback | undefined> {
    const barrier = barrierOf(item);
    if (barrier) return barrier;
    if ((await this.grants.access(top, signal)) !== 'refused') return undefined;
    return this.drives.source.account.readOnly ? 'source_read_only' : 'sharing_refused';
  }

  /** Source id of the chosen item that an item came with: what is shared for it. */
  private async topOf(item: Carried): Promise<string> {
    const known = this.tops.get(item.top);
    if (known !== undefined) return known;
    const { sourceId } = (await this.ledger.item(item.top))!;
    this.tops.set(item.top, sourceId);
    return sourceId;
  }

  private async converted(item: Carried, parentId: string, repeated: boolean, signal: AbortSignal): Promise<Made> {
    const way: Way = 'export';
    const target = await this.targetOf(item, parentId, signal);
    const earlier = repeated
      ? await this.findMarked(item, target.marker!, MARKER_LOOKS_MS.slice(0, 1), signal)
      : undefined;
    if (earlier) return { copy: earlier, way, lossy: lossOf(item.mimeType) };
    for (let unclear = 0; ;) {
      try {
        const { copy, lossy } = await convert(item, target, this.drives, signal);
        return { copy, way, lossy };
      } catch (error) {
        if (!(error instanceof DriveError) || error.code !== 'ambiguous_write') throw error;
        const landed = await this.findMarked(item, target.marker!, MARKER_LOOKS_MS, signal);
        if (landed) return { copy: landed, way, lossy: lossOf(item.mimeType) };
        if (++unclear >= UNCLEAR_TRIES) throw error;
        if (!(await this.ledger.begin(item.ordinal, true))) throw stopped();
      }
    }
  }

  private async serverCopy(
    item: Carried,
    top: string,
    parentId: string,
    repeated: boolean,
    signal: AbortSignal,
  ): Promise<Made> {
    const way: Way = 'server_copy';
    const target = await this.targetOf(item, parentId, signal);
    if (target.marker && repeated) {
      const earlier = await this.findMarked(item, target.marker, [0], signal);
      if (earlier) return { copy: earlier, way };
    }
    for (let wait = FIRST_LOOK_MS, unclear = 0, unseen = 0; ;) {
      try {
        return { copy: await this.drives.destination.copy(item.sourceId, target, signal), way };
      } catch (error) {
        if (!(error instanceof DriveError)) throw error;
        if (error.code === 'id_taken') return { copy: await this.adopt(target, signal), way };
        if (error.code === 'ambiguous_write' && target.marker) {
          const landed = await this.findMarked(item, target.marker, MARKER_LOOKS_MS, signal);
          if (landed) return { copy: landed, way };
          if (++unclear >= UNCLEAR_TRIES) throw error;
          // An attempt of its own: of an item with several the closing check looks for surplus copies.
          if (!(await this.ledger.begin(item.ordinal, true))) throw stopped();
          continue;
        }
        if (error.code !== 'not_found') throw error;
        // A fresh share takes a while to be seen; of what it holds perhaps longer than of itself.
        if (++unseen === 1) {
          await this.grants.untilSeen(top, signal);
          continue;
        }
        // Before waiting on: is it the original, or the folder, that is gone?
        if (unseen === 2) {
          await this.mustExist(item, parentId, signal);
          if ((await this.grants.renew(top, signal)) === 'refused') throw error;
        }
        if (this.grants.age(top) > PROPAGATION_MS) throw error;
        await this.drives.clock.sleep(wait, signal);
        wait = Math.min(wait * 2, LONGEST_LOOK_MS);
      }
    }
  }

  private async mustExist(item: Carried, parentId: string, signal: AbortSignal): Promise<void> {
    await this.drives.source.get(item.sourceId, signal).catch((error: unknown) => {
      throw isNotFound(error) ? sourceNotFound(error) : error;
    });
    await this.drives.destination.get(parentId, signal).catch((error: unknown) => {
      throw isNotFound(error)
        ? new ItemError('destination_folder_missing', 'The folder it should go into was deleted meanwhile.', error)
        : error;
    });
  }

  private async relayed(item: Carried & { size: number }, parentId: string, signal: AbortSignal): Promise<Made> {
    const target = await this.targetOf(item, parentId, signal);
    const stop = new AbortController();
    let told = 0;
    const onProgress = (bytes: number): void => {
      const now = this.drives.clock.now();
      if (now - told < 500) return;
      told = now;
      this.ledger.progress(item.ordinal, bytes).then(
        (goOn) => {
          if (!goOn) stop.abort(stopped());
        },
        () => undefined, // progress is for the eye: a lost report of it harms nothing
      );
    };
    const both = AbortSignal.any([signal, stop.signal]);
    const kept = item.size > SINGLE_REQUEST_BYTES ? await this.ledger.upload(item.ordinal) : undefined;
    const uploads: KeptUpload = {
      ...(kept !== undefined && { kept }),
      keep: (upload) => this.ledger.keepUpload(item.ordinal, upload),
      drop: () => this.ledger.dropUpload(item.ordinal),
      isOver: async () => (await this.ledger.state()) === 'canceling',
    };
    try {
      const needed = item.size > SINGLE_REQUEST_BYTES ? STREAM_BYTES : 2 * item.size + SMALL_BYTES;
      const relayed = await RELAYS.run(needed, both, () =>
        relay(item, target, this.drives, onProgress, both, { uploads }),
      );
      return { ...relayed, way: 'relay' };
    } catch (error) {
      stop.signal.throwIfAborted(); // whatever it looks like, it is the stop
      if (error instanceof DriveError && error.code === 'id_taken')
        return { copy: await this.adopt(target, signal), way: 'relay' };
      throw error;
    }
  }

  /**
   * An item has our id already: it is the copy of an earlier try, for nobody else knows the id. What it is like is for
   * its verification to say; were it left for a copy under another id, there would be two.
   * @throws IdInUseError when it is in the trash, or gone: then the id can't be used again
   */
  private async adopt(target: NewItem, signal: AbortSignal): Promise<DriveItem> {
    for (const wait of ADOPTION_LOOKS_MS) {
      if (wait > 0) await this.drives.clock.sleep(wait, signal);
      const there = await this.drives.destination.get(target.id!, signal).catch(undefinedIfNotFound);
      if (there?.trashed) break;
      if (there) return there;
    }
    throw new IdInUseError();
  }

  /**
   * What is made, not copied, has its id already: it is there from an earlier try or, when somebody has put that into
   * the trash, it is made anew under another id.
   */
  async taken(
    ordinal: number,
    id: string,
    kind: 'file' | 'shortcut',
    make: (id: string) => Promise<DriveItem>,
    signal: AbortSignal,
  ): Promise<DriveItem> {
    const there = await this.drives.destination.get(id, signal).catch(undefinedIfNotFound);
    if (there && !there.trashed) return there;
    const [fresh] = await this.drives.destination.generateIds(1, kind, signal);
    await this.ledger.replaceId(ordinal, fresh!);
    return make(fresh!);
  }

  /** A delta run's earlier copy of an item bears the same mark, and is another one. */
  private async findMarked(
    { supersedes }: Carried,
    marker: string,
    looksMs: readonly number[],
    signal: AbortSignal,
  ): Promise<DriveItem | undefined> {
    for (const wait of looksMs) {
      if (wait > 0) await this.drives.clock.sleep(wait, signal);
      const marked = await this.drives.destination.findMarked(marker, signal);
      const first = marked.find(({ id }) => id !== supersedes);
      if (first) return first;
    }
    return undefined;
  }

  private async targetOf(item: Carried, parentId: string, signal: AbortSignal): Promise<NewItem> {
    signal.throwIfAborted();
    const id =
      item.kind === 'google' ? undefined : (await this.ledger.destinationIds([item.ordinal])).get(item.ordinal);
    return {
      ...newItemOf(item, parentId),
      ...(id ? { id } : { marker: markerOf(this.ledger.order.id, item) }),
    };
  }
}

/** An item under way: as it was listed, or as it is now. */
type Carried = PlannedItem & Pick<ItemRecord, 'supersedes' | 'mayConvert'>;

interface Made {
  readonly copy: DriveItem;
  readonly way: Way;
  readonly fallback?: Fallback;
  readonly computed?: Checksums;
  readonly lossy?: readonly string[];
}
type Settled = Outcome & { readonly state: 'verified' | 'unverified' | 'failed' | 'skipped' };

/** What tells the copy of one item from every other. */
export const markerOf = (transferId: string, { ordinal }: Pick<PlannedItem, 'ordinal'>): string =>
  `${transferId}.${ordinal}`;

/** What a copy takes along from its original. */
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

/** What makes room for a copy: its earlier copy, which took the place of what it replaces long ago; else that. */
const placesOf = ({ replaces, supersedes }: ItemRecord): string[] =>
  [supersedes ?? replaces].filter((id) => id !== undefined);

export const stopped = (): ItemError => new ItemError('stopped', 'The transfer was stopped.');

/** What Google names itself: its copies are found by a marker. */
export const hasNoId = ({ kind }: Pick<PlannedItem, 'kind'>): boolean => kind === 'google';

const conversionNeeded = (cause: unknown): ItemError =>
  new ItemError(
    'conversion_needed',
    'It can’t be copied as it is, only exported and imported again, with loss. Allow conversion, then transfer it again.',
    cause,
  );

const sourceNotFound = (cause: unknown): ItemError =>
  new ItemError('source_not_found', 'It was deleted or unshared after the count.', cause);

/** What seemed possible is not: neither copying nor downloading. */
function noWay(item: PlannedItem, cause: unknown): ItemError {
  if (item.kind === 'google' && item.canDownload)
    return new ItemError(
      'sharing_refused',
      'It could not be copied for the destination, and it has no bytes to stream. Share it with the destination account by hand, then retry.',
      cause,
    );
  return new ItemError(
    'source_permission_denied',
    'The owner does not allow copying or downloading. Ask the owner, then retry.',
    cause,
  );
}

/** It is known, without a try, that an item can't be copied. */
class UncopyableError extends EngineError<ItemCode> {
  constructor({ code, reason }: ReturnType<typeof skippedFor>) {
    super(code, reason);
  }
}

class IdInUseError extends EngineError<'id_taken'> {
  constructor() {
    super('id_taken', 'Something else in the destination has the id of this copy. Retry it.', { side: 'destination' });
  }
}

/** Folders and shortcuts: made anew, not copied. */
const isMade = ({ kind }: Pick<PlannedItem, 'kind'>): boolean => kind === 'folder' || kind === 'shortcut';

export function isAccountWide(error: unknown): boolean {
  return isCoded(error) && (ACCOUNT_CODES.has(error.code) || error.code === 'stopped');
}

/** A failure as an item's outcome; a fault of ours is said to be one. */
export function failureOf(error: unknown): Outcome & { code: ItemCode; reason: string } {
  if (isCoded(error)) return { code: itemCodeOf(error.code), reason: error.message };
  const fault = error instanceof Error ? error.message : String(error);
  return { code: 'internal', reason: `CloudMover had a problem with this item (${fault.slice(0, 120)}). Retry it.` };
}
