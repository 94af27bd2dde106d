import { forEachBounded } from '../concurrency.js';
import type { TransferContext } from '../context.js';
import { CopySlots } from '../copy-slots.js';
import { NO_FOLDER } from '../destination-folders.js';
import { type EarlierCopy, type ItemToCopy, hasNoId, IdInUseError, type Settled } from '../destination-copies.js';
import {
  DriveError,
  EngineError,
  isCoded,
  isNotFound,
  type ItemCode,
  ItemError,
  sourceNotFound,
  undefinedIfNotFound,
} from '../errors.js';
import { failureOf, isAccountWide, isPerhapsChanged, isUnavailable } from '../failures.js';
import { forecastOf, skippedFor } from '../forecast.js';
import { isConvertible } from '../model/google-types.js';
import { isOpen } from '../model/records.js';
import { setModifiedTime } from '../modified-times.js';
import type { DriveItem } from '../ports/drive.js';
import { BATCH_ITEMS, isCopied, type ItemRecord, SETTLED_STATES } from '../model/items.js';
import { explain, type Fallback } from '../model/reasons.js';
import { STATE_RULES } from '../model/states.js';
import { present } from '../present.js';
import { restoreReplaced, trashReplaced } from '../replaced.js';
import { rightsNow } from '../rights.js';
import { beganAt } from '../runs.js';
import { ExportAndImport } from '../strategies/conversion.js';
import { Relay } from '../strategies/relay.js';
import { ServerCopy } from '../strategies/server-copy.js';
import { CannotCopyError, type CopyJob, type CopyStrategy, type MadeCopy } from '../strategies/strategy.js';
import { decisiveOf, isChanged, verify } from '../verify.js';

/** Items of a batch that are copied at the same time. */
const PARALLEL = 25;
/** Attempts to copy one item, whatever the errors; then it fails. The drive retries single requests. */
const MAX_ATTEMPTS = 4;

/** Copies the files and Docs of a transfer, each with the first strategy that works, and settles them in the ledger. */
export class Copier {
  private readonly strategies: readonly CopyStrategy[];
  private readonly slots: CopySlots;

  constructor(private readonly context: TransferContext) {
    this.strategies = [new ServerCopy(context), new Relay(context), new ExportAndImport(context)];
    this.slots = new CopySlots(context.drives.clock);
  }

  /**
   * Copies the open files among the ordinals [from, from + BATCH_ITEMS).
   * @param onBegun called when the last of them has started, so that the next batch need not wait for the slowest item
   */
  async copyBatch(from: number, onBegun: () => Promise<void>, stop: AbortSignal): Promise<void> {
    const { ledger, folders } = this.context;
    // A signal of its own, because each item adds listeners to it, and removing one searches all of them.
    const signal = AbortSignal.any([stop]);
    const items = (await ledger.items(from, BATCH_ITEMS)).filter((item) => isCopied(item) && isOpen(item));
    const isRepeated = items.some((item) => hasNoId(item) && item.attempts > 0);
    const runBegan = (isRepeated && (await beganAt(ledger))) || 0;
    const thenReport = async function* () {
      yield* items;
      await onBegun();
    };
    await forEachBounded(thenReport(), PARALLEL, (item) =>
      this.slots.run(signal, async () => {
        const parentId = await folders.parentIdOf(item);
        if (parentId) await this.copyItem(item, parentId, runBegan, signal);
        else await ledger.settle(item, 'failed', NO_FOLDER);
      }),
    );
  }

  /**
   * Copies and verifies one item. Errors that concern the item alone become its outcome.
   * @throws CodedError that concerns an account, after the item was released · the signal's reason
   */
  private async copyItem(item: ItemRecord, parentId: string, runBegan: number, signal: AbortSignal): Promise<void> {
    const { ledger } = this.context;
    const attempts = await ledger.begin(item.ordinal, hasNoId(item));
    if (attempts === undefined) return;
    // An earlier run has ended, so its copies are in the index. Another worker may have begun since the item was read.
    const isIndexed = attempts === item.attempts && (item.triedAt ?? Infinity) < runBegan;
    const earlier = attempts === 0 ? 'none' : isIndexed ? 'indexed' : 'unrecorded';
    let outcome: Settled | undefined;
    try {
      outcome = await this.attempt(item, parentId, earlier, signal);
      if (outcome.state === 'verified') outcome = { ...outcome, ...(await trashReplaced(this.context, item, signal)) };
    } catch (error) {
      // A copy that is made is found again, and what it replaces must not stay because Google was unreachable for a
      // minute.
      if (signal.aborted || isAccountWide(error) || (outcome && isUnavailable(error))) {
        await ledger.release(item.ordinal);
        throw error;
      }
      // If its owner or type prevents copying, nothing went wrong, so the item is skipped.
      outcome = { ...failureOf(error), state: error instanceof UncopyableError ? 'skipped' : 'failed' };
    }
    // If the transfer has failed meanwhile, no later step sets the time.
    const isLate = hasNoId(item) && (await this.isOver());
    if (isLate) await this.setTime(item, outcome, signal);
    if (await ledger.settle(item, outcome.state, outcome)) {
      if (!isLate && hasNoId(item) && (await this.isOver())) await this.setTime(item, outcome, signal);
    } else await this.discard(item, outcome, parentId, signal);
  }

  /** Another worker, or a cancel, has settled the item. Trashes its copies, except the one that the report names. */
  private async discard(
    item: ItemRecord,
    { state, destinationId }: Settled,
    parentId: string,
    signal: AbortSignal,
  ): Promise<void> {
    const { ledger, copies, drives } = this.context;
    const { destination } = drives;
    const settled = await ledger.item(item.ordinal);
    if (destinationId && state !== 'failed' && settled?.outcome.destinationId !== destinationId) {
      await destination.trash(destinationId, signal);
      if (state === 'verified' && settled?.state !== 'verified') await restoreReplaced(item, destination, signal);
    }
    if (!hasNoId(item)) return;
    // After a lost response the copy that was found may be the other worker's.
    await copies.untilIndexed(signal);
    const now = await ledger.item(item.ordinal);
    if (now && !isOpen(now)) await copies.trashSurplus(now, parentId, signal);
  }

  /** Whether the transfer has ended, perhaps with work on its copies since, while an item was in progress. */
  private async isOver(): Promise<boolean> {
    const { phase, afterEnd } = STATE_RULES[await this.context.ledger.state()];
    return phase === 'ended' || afterEnd === true;
  }

  /** An undo recognises an edited Doc by its time, and Google's editors ignore the time in a copy request. */
  private async setTime({ modifiedTime }: ItemRecord, outcome: Settled, signal: AbortSignal): Promise<void> {
    if (outcome.state !== 'verified' || !outcome.destinationId || !modifiedTime) return;
    const { destination } = this.context.drives;
    await setModifiedTime(destination, outcome.destinationId, modifiedTime, signal).catch((error: unknown) => {
      if (signal.aborted || !isCoded(error)) throw error; // other errors must not lose a verified copy
    });
  }

  /**
   * The attempt loop: copies and verifies, and removes a copy that differs, until a copy is correct or no attempts are
   * left. This is the second of two levels of retry; the first one is a request, in the drive.
   */
  private async attempt(
    planned: ItemRecord,
    parentId: string,
    before: EarlierCopy,
    signal: AbortSignal,
  ): Promise<Settled> {
    const { ledger, copies } = this.context;
    const { source, destination } = this.context.drives;
    let item: ItemToCopy = planned;
    let unclear: Unclear | undefined;
    for (let attempt = 1; ; attempt++) {
      const isLast = attempt >= MAX_ATTEMPTS;
      let made: MadeCopy & { readonly fallback?: Fallback };
      try {
        const earlier = unclear ? 'lost' : before;
        made = await this.copyByFirst({ item, parentId, earlier }, unclear, signal);
      } catch (error) {
        unclear = error instanceof UnclearWriteError ? error.unclear : undefined;
        const next = isLast ? undefined : await this.itemAfter(error, item, signal);
        if (!next) throw error instanceof UnclearWriteError ? error.cause : error;
        item = next;
        continue;
      }
      const base = {
        destinationId: made.copy.id,
        way: made.way,
        ...present(made, 'fallback', 'lossy'),
        ...present(made.copy, 'webViewLink'),
      };
      let verdict = verify(item, made.copy, parentId, made.computed);
      // The requested checksum is missing: use any other.
      if (verdict.state === 'unverified' && decisiveOf(item.checksums))
        verdict = verify(item, await destination.get(made.copy.id, signal), parentId, made.computed);
      if (verdict.state !== 'failed' || verdict.code !== 'checksum_mismatch') return { ...base, ...verdict };
      // If the original was edited after it was listed, compare the copy with the current original.
      const now = await source.get(item.sourceId, signal).catch(undefinedIfNotFound);
      const changed = now !== undefined && isChanged(item, now);
      if (changed) {
        item = await this.amended(item, now);
        verdict = verify(item, made.copy, parentId, made.computed);
        if (verdict.state !== 'failed') return { ...base, ...verdict };
      }
      const settled = SETTLED_STATES.includes((await ledger.item(item.ordinal))!.state);
      if (settled) return { ...base, ...verdict }; // another worker verified this copy before the edit
      await destination.trash(made.copy.id, signal);
      if (!isLast) {
        if (!hasNoId(item)) await copies.renew(item.ordinal, 'file', signal); // the trashed copy has the id
        continue;
      }
      return { ...base, ...verdict, ...(changed && explain('source_changed')) };
    }
  }

  /** Prepares another attempt after an error. @returns the item to copy then; undefined if no attempt can succeed */
  private async itemAfter(error: unknown, item: ItemToCopy, signal: AbortSignal): Promise<ItemToCopy | undefined> {
    const { copies, drives } = this.context;
    if (error instanceof IdInUseError) {
      await copies.renew(item.ordinal, 'file', signal);
      return item;
    }
    if (error instanceof UnclearWriteError) return item;
    if (item.kind !== 'file' || !isPerhapsChanged(error)) return undefined;
    const now = await drives.source.get(item.sourceId, signal);
    return isChanged(item, now) ? this.amended(item, now) : undefined;
  }

  /**
   * Makes one copy with the first strategy that works. After a lost response it uses the strategy whose response was
   * lost.
   */
  private async copyByFirst(
    job: CopyJob,
    unclear: Unclear | undefined,
    signal: AbortSignal,
  ): Promise<MadeCopy & { readonly fallback?: Fallback }> {
    const item = await this.withRightsNow(job.item, signal);
    const { way, problem } = forecastOf(item, this.context.ledger.order);
    if (way === 'none' && problem)
      throw new UncopyableError(skippedFor(problem, item, this.context.ledger.order.destination.email));
    let fallback = unclear?.fallback;
    let refusal: unknown;
    for (const strategy of this.strategies.slice(unclear?.strategy ?? 0)) {
      if (!strategy.suits(item)) continue;
      try {
        const made = await strategy.copy({ ...job, item }, signal);
        return { ...made, ...(fallback && { fallback }) };
      } catch (error) {
        if (error instanceof CannotCopyError) ({ fallback, cause: refusal } = error);
        else if (hasNoId(item) && error instanceof DriveError && error.code === 'ambiguous_write')
          throw new UnclearWriteError({ strategy: this.strategies.indexOf(strategy), fallback }, error);
        else throw error;
      }
    }
    throw uncopyableError(item, refusal);
  }

  /** Called before an item fails or is copied with loss: its owner may have allowed copying since it was listed. */
  private async withRightsNow(item: ItemToCopy, signal: AbortSignal): Promise<ItemToCopy> {
    const { ledger, drives } = this.context;
    const { way } = forecastOf(item, ledger.order);
    if (way !== 'none' && way !== 'export') return item;
    const now = await rightsNow(item, ledger, drives, signal).catch((error: unknown) => {
      throw isNotFound(error) ? sourceNotFound(error) : error;
    });
    if (now.canCopy !== item.canCopy || now.canDownload !== item.canDownload || now.barrier !== item.barrier)
      await ledger.amend(now);
    return now;
  }

  /** Updates the item to the current content of its original, in the plan too. */
  private async amended(item: ItemToCopy, now: DriveItem): Promise<ItemToCopy> {
    const { size, checksums } = now;
    const amended = { ...item, size, checksums, ...present(now, 'modifiedTime', 'revision') };
    await this.context.ledger.amend(amended);
    return amended;
  }
}

/** A write whose response was lost: the strategy, and why it was used. */
interface Unclear {
  readonly strategy: number;
  readonly fallback?: Fallback | undefined;
}

class UnclearWriteError extends Error {
  constructor(
    readonly unclear: Unclear,
    override readonly cause: DriveError,
  ) {
    super(cause.message);
  }
}

/** The plan shows that an item can't be copied; no attempt is made. */
class UncopyableError extends EngineError<ItemCode> {
  constructor({ code, reason }: ReturnType<typeof skippedFor>) {
    super(code, { message: reason });
  }
}

/** No strategy can copy the item, although the plan did not predict it. */
function uncopyableError({ kind, canDownload, mimeType }: ItemToCopy, cause: unknown): ItemError {
  if (kind !== 'google' || !canDownload) return new ItemError('source_permission_denied', { cause });
  return new ItemError(isConvertible(mimeType) ? 'conversion_needed' : 'sharing_refused', { cause });
}
