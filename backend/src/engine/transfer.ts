import { forEachBounded } from './concurrency.js';
import { conclude } from './conclusion.js';
import { Copier, type Drives, failureOf, hasNoId, isAccountWide, newItemOf, stopped } from './steps/copy.js';
import { update } from './steps/update.js';
import { type CodedError, DriveError, isCoded, type ItemCode, ReconnectNeededError, type Side } from './errors.js';
import { Finisher } from './steps/finish.js';
import { forecastOf, skippedFor } from './forecast.js';
import type { DriveItem } from './ports/drive.js';
import {
  isCopied,
  type ItemRecord,
  type Ledger,
  PLAN_PAGE,
  type TransferState,
  WORKING_STATES,
} from './ports/ledger.js';
import { plan } from './steps/plan.js';
import { itemCodeOf } from './model/reasons.js';
import { isOpen, recordsIn, recordsOf } from './model/records.js';
import type { Target } from './target-count.js';
import { undo } from './steps/undo.js';

/** Items of one batch: few enough that a crash repeats little, enough that the queue is no burden. */
export const BATCH_ITEMS = 50;
/** Items of a batch copied at the same time. */
const PARALLEL = 25;
/** How long a transfer waits when Google's limits are spent and it does not say for how long. */
const QUOTA_PAUSE_MS = 15 * 60_000;
const FOLDERS_PARALLEL = 64;
/** Pages of ids made and written at the same time: each write waits up to a second for the disk. */
const PAGES_PARALLEL = 64;
/** How long a stopped transfer waits for items under way; a worker that died leaves some for good. */
const STOPPING_MS = 60_000;
/** A chain of parents longer than any that Google allows (100 levels). */
const LONGEST_CHAIN = 110;

/**
 * The story of a transfer: plan → copy → verify → finish → report. Every step reads and writes the ledger alone, may be
 * stopped at any moment and repeated by any process; none of them makes a second copy of anything.
 */
export class Transfer {
  private readonly copier: Copier;
  private readonly finisher: Finisher;
  private readonly folderIds = new Map<number, string | undefined>();

  constructor(
    private readonly ledger: Ledger,
    private readonly drives: Drives,
  ) {
    this.copier = new Copier(ledger, drives);
    this.finisher = new Finisher(ledger, drives, this.copier, (item) => this.parentIdOf(item));
  }

  /**
   * planning → ready, and unless it is held there → running: lists everything, writes the ids of all copies down, then
   * makes the folders. updating → running the same with what changed. What makes it impossible fails the transfer.
   */
  plan(signal: AbortSignal): Promise<void> {
    return this.step(signal, async () => {
      const state = await this.ledger.state();
      if (state === 'planning') {
        const target = await this.mustReceive(this.ledger.order.target.folderId, signal);
        await this.ledger.name({ target: target.name });
        await plan(this.ledger, this.drives, target, signal);
      } else if (state === 'updating') {
        await update(this.ledger, this.drives, signal);
        await this.ledger.advance(['ready'], 'running');
      }
      // A held one that was started before is updated: it goes on by itself.
      const isHeld = this.ledger.order.held && !(await this.ledger.snapshot()).startedAt;
      if (!isHeld) await this.ledger.advance(['ready'], 'running');
      if ((await this.ledger.state()) !== 'running') return;
      // All wait for the disk: together.
      await Promise.all([this.reserveIds(signal), this.fixResultFolder(signal), this.shareFirst(signal)]);
      await this.makeFolders(signal);
    });
  }

  /**
   * Copies the open files among the ordinals [from, from + BATCH_ITEMS).
   * @param onBegun called when the last of them has been begun: what follows need not wait for the slowest
   */
  copy(from: number, signal: AbortSignal, onBegun: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    return this.step(signal, async () => {
      const items = (await this.ledger.items(from, BATCH_ITEMS)).filter((item) => isCopied(item) && isOpen(item));
      const thenTell = async function* () {
        yield* items;
        await onBegun();
      };
      await forEachBounded(thenTell(), PARALLEL, async (item) => {
        const parentId = await this.parentIdOf(item);
        if (parentId) await this.copier.copy(item, parentId, signal);
        else await this.ledger.settle(item, 'failed', NO_FOLDER);
      });
    });
  }

  /** finishing, canceling, pausing or undoing → its end. */
  finish(signal: AbortSignal): Promise<void> {
    return this.step(signal, async () => {
      const state = await this.ledger.state();
      if (state === 'running' || state === 'finishing') await this.complete(signal);
      // Each may have been asked for meanwhile.
      if ((await this.ledger.state()) === 'undoing') await this.takeBack(signal);
      if ((await this.ledger.state()) === 'pausing') {
        await this.untilIdle(signal);
        await this.ledger.advance(['pausing'], 'paused');
      }
      if ((await this.ledger.state()) === 'canceling') await this.cancel(signal);
    });
  }

  private async complete(signal: AbortSignal): Promise<void> {
    if ((await this.ledger.openFiles()) > 0) return; // a step of another time: there is something to copy yet
    if ((await this.ledger.state()) === 'running') await this.makeFolders(signal); // none may be left behind
    await this.ledger.advance(['running'], 'finishing');
    if ((await this.ledger.state()) !== 'finishing') return;
    await this.finisher.finish(signal);
    await this.finisher.withdraw(signal);
    const { counts } = await this.ledger.snapshot();
    const clean = counts.failed === 0 && counts.unverified === 0;
    if (await this.end('finishing', clean ? 'completed' : 'completed_with_failures')) await this.ledger.shrink();
  }

  /** Computes what the finished page shows, before the transfer is marked as ended. */
  private async end(from: TransferState, to: TransferState): Promise<boolean> {
    const at = this.drives.clock.now();
    await conclude(this.ledger, { state: to, at });
    return this.ledger.advance([from], to, { at });
  }

  private async cancel(signal: AbortSignal): Promise<void> {
    await this.untilIdle(signal);
    for await (const item of recordsIn(this.ledger, ['waiting', 'copying'])) {
      const landed = await whatCanBe(signal, () => this.landed(item, signal));
      // One that differs is of no use to anybody.
      const differs =
        landed?.state === 'failed' && landed.code === 'checksum_mismatch' ? landed.destinationId : undefined;
      if (differs) await whatCanBe(signal, () => this.drives.destination.trash(differs, signal));
      const place =
        landed?.state === 'verified' ? await whatCanBe(signal, () => this.copier.clearPlace(item, signal)) : undefined;
      await this.ledger.settle(item, landed?.state ?? 'skipped', landed ? { ...landed, ...place } : CANCELED);
    }
    await whatCanBe(signal, () => this.finisher.reconcile(signal));
    await whatCanBe(signal, () => this.finisher.times(signal, ['google']));
    await whatCanBe(signal, () => this.finisher.abandonUploads(signal));
    await this.finisher.withdraw(signal);
    if (await this.end('canceling', 'canceled')) await this.ledger.shrink();
  }

  private async takeBack(signal: AbortSignal): Promise<void> {
    await this.untilIdle(signal); // of a transfer that failed, copies may still be under way
    await undo(this.ledger, this.drives, signal);
    await this.finisher.withdraw(signal);
    await this.end('undoing', 'undone');
  }

  /** Items under way end by themselves: a relay stops at its next report, a copy inside Google takes a moment. */
  private async untilIdle(signal: AbortSignal): Promise<void> {
    for (let waited = 0; waited < STOPPING_MS; waited += 250) {
      if ((await this.ledger.snapshot()).counts.copying === 0) return;
      await this.drives.clock.sleep(250, signal);
    }
  }

  /** A copy whose worker died before it could say so belongs into the report. */
  private async landed(item: ItemRecord, signal: AbortSignal) {
    const parentId = item.attempts > 0 ? await this.parentIdOf(item) : undefined;
    return parentId === undefined ? undefined : this.copier.landed(item, parentId, signal);
  }

  /** Withdraws what an ended transfer could not withdraw; answers how many shares are still open. */
  sweep(signal: AbortSignal): Promise<number> {
    return this.finisher.withdraw(signal);
  }

  /** Runs a step; what concerns an account parks the transfer, what makes it impossible fails it. */
  private async step(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    this.folderIds.clear(); // another process may have made a folder anew, under another id
    try {
      await work();
    } catch (error) {
      if (signal.aborted || !isCoded(error)) throw error;
      if (error.code === 'stopped') return;
      // Google or the ledger is out of reach: the queue tries again.
      if (error.code === 'google_unavailable' || error.code === 'service_unavailable') throw error;
      if (error instanceof ReconnectNeededError) {
        const side: Side = error.credentialId === this.ledger.order.source.credentialId ? 'source' : 'destination';
        await this.ledger.park('needs_reconnect', { side, since: error.at });
      } else if (error.code === 'destination_storage_full') {
        // Everything else would be refused likewise: the person makes room, and goes on.
        await this.ledger.advance(WORKING_STATES, 'pausing', { problem: failureProblem(error) });
      } else if (isAccountWide(error)) {
        const pause = error.retryAfter ? error.retryAfter * 1_000 : QUOTA_PAUSE_MS;
        await this.ledger.park('waiting_quota', { resumeAt: this.drives.clock.now() + pause });
      } else {
        await this.fail(failureProblem(error), signal);
      }
    }
  }

  /** Ends a transfer that nothing can help any more; what has arrived can be taken back. */
  async fail(problem: { code: ItemCode; detail: string }, signal: AbortSignal): Promise<void> {
    // Without their times an undo would take each Doc for one that somebody has edited.
    const timed = new Set<number>();
    const times = () => this.finisher.times(signal, ['google'], timed).catch(() => undefined);
    await times();
    await this.finisher.withdraw(signal).catch(() => undefined); // what stays open is swept later
    signal.throwIfAborted();
    // Others went on until now; what lands after it has its time set by who made it.
    if (!(await this.ledger.advance(WORKING_STATES, 'failed', { problem }))) return;
    await times();
    await conclude(this.ledger);
  }

  /** The target must be a folder that takes items: told before anything is listed, not after an hour. */
  private async mustReceive(folderId: string, signal: AbortSignal): Promise<Target & { name: string }> {
    const { destination } = this.drives;
    if (destination.account.readOnly)
      throw new DriveError(
        'scope_missing',
        'The destination was connected for reading only. Connect it again and keep the Drive box ticked.',
        { side: 'destination' },
      );
    const target = await destination.get(folderId, signal).catch((error: unknown) => {
      if (error instanceof DriveError && error.code === 'not_found')
        throw new DriveError('not_found', `The destination has no folder ${folderId}. Choose another.`, {
          side: 'destination',
          cause: error,
        });
      throw error;
    });
    const refused = (why: string) =>
      new DriveError('destination_read_only', `${why} Choose another.`, { side: 'destination' });
    if (target.kind !== 'folder' || target.trashed) throw refused(`"${target.name}" is no folder, or in the trash.`);
    if (!target.canAddChildren) throw refused(`You cannot add files to "${target.name}".`);
    const depth = (await this.depthOf(target, signal)) + (this.ledger.order.target.newFolderName ? 1 : 0);
    const { id, name, driveId, ownedByMe, parents } = target;
    // What others shared has no parent either.
    const isMyDrive = !driveId && ownedByMe && parents.length === 0;
    return { id, name, depth, isMyDrive, ...(driveId && { driveId }) };
  }

  /** Folders above an item, as far as this account may see them. */
  private async depthOf(item: DriveItem, signal: AbortSignal): Promise<number> {
    let depth = 0;
    for (let [parent] = item.parents; parent !== undefined && depth < LONGEST_CHAIN; depth++) {
      const above: DriveItem | undefined = await this.drives.destination.get(parent, signal).catch((error: unknown) => {
        if (error instanceof DriveError && error.code === 'not_found') return undefined;
        throw error;
      });
      parent = above?.parents[0];
    }
    return depth;
  }

  /** Ids are made and written down before the write that uses them: a repeated write then cannot make a second copy. */
  private async reserveIds(signal: AbortSignal): Promise<void> {
    const { found } = await this.ledger.snapshot();
    const pages = Array.from({ length: Math.ceil(found / PLAN_PAGE) }, (_, index) => index * PLAN_PAGE);
    await forEachBounded(pages, PAGES_PARALLEL, async (from) => {
      const items = (await this.ledger.items(from, PLAN_PAGE)).filter((item) => !hasNoId(item) && isOpen(item));
      const known = await this.ledger.destinationIds(items.map(({ ordinal }) => ordinal));
      const missing = items.filter(({ ordinal }) => !known.has(ordinal));
      if (missing.length === 0) return;
      const ids: (string | null)[] = Array.from({ length: PLAN_PAGE }, () => null);
      for (const kind of ['file', 'shortcut'] as const) {
        const wanted = missing.filter((item) => (item.kind === 'shortcut') === (kind === 'shortcut'));
        if (wanted.length === 0) continue;
        const made = await this.drives.destination.generateIds(wanted.length, kind, signal);
        wanted.forEach(({ ordinal }, index) => (ids[ordinal - from] = made[index]!));
      }
      await this.ledger.reserveIds(from, ids);
    });
  }

  /** What was chosen comes first in the plan. In a long list the rest is shared as its turn comes. */
  private async shareFirst(signal: AbortSignal): Promise<void> {
    await this.copier.share((await this.ledger.items(0, BATCH_ITEMS)).filter(isOpen), signal);
  }

  private async makeFolders(signal: AbortSignal): Promise<void> {
    await this.resultFolder(signal);
    // A folder's ordinal is above that of the folder it goes into: whoever waits for another, waits for one under way.
    const making = new Map<number, Promise<void>>();
    const folders = recordsOf(this.ledger, (record) => record.kind === 'folder' && isOpen(record));
    await forEachBounded(folders, FOLDERS_PARALLEL, async (item) => {
      const above = item.parent === null ? undefined : making.get(item.parent);
      const made = Promise.resolve(above).then(() => this.makeFolder(item, signal));
      making.set(item.ordinal, made);
      await made.finally(() => making.delete(item.ordinal));
    });
  }

  private async makeFolder(item: ItemRecord, signal: AbortSignal): Promise<void> {
    const parentId = await this.parentIdOf(item);
    if (!parentId) {
      await this.ledger.settle(item, 'failed', NO_FOLDER);
      return;
    }
    const { problem } = forecastOf(item, this.ledger.order);
    if (problem) {
      await this.ledger.settle(item, 'skipped', skippedFor(problem, item, this.ledger.order.destination.email));
      return;
    }
    if (!(await this.ledger.begin(item.ordinal))) return;
    const { destination } = this.drives;
    try {
      const id = (await this.ledger.destinationIds([item.ordinal])).get(item.ordinal)!;
      const make = (newId: string) => destination.createFolder({ ...newItemOf(item, parentId), id: newId }, signal);
      const folder = await make(id).catch((error: unknown) => {
        if (error instanceof DriveError && error.code === 'id_taken')
          return this.copier.taken(item.ordinal, id, 'file', make, signal);
        throw error;
      });
      await this.ledger.settle(item, 'verified', {
        destinationId: folder.id,
        way: 'created',
        ...(folder.webViewLink && { webViewLink: folder.webViewLink }),
      });
    } catch (error) {
      // All that the folder holds would fail with it: Google's absence is waited out by the whole step.
      if (signal.aborted || isAccountWide(error) || (isCoded(error) && error.code === 'google_unavailable')) {
        await this.ledger.release(item.ordinal);
        throw error;
      }
      await this.ledger.settle(item, 'failed', failureOf(error));
    }
  }

  /** Id of the new folder around everything, or of the target itself; fixed before the folder is made. */
  private async fixResultFolder(signal: AbortSignal): Promise<string> {
    const known = (await this.ledger.snapshot()).resultFolderId;
    if (known) return known;
    const { target } = this.ledger.order;
    const { destination } = this.drives;
    // "root" is an alias; what the copies' parents are compared with is the real id.
    const id = target.newFolderName
      ? (await destination.generateIds(1, 'file', signal))[0]!
      : (await destination.get(target.folderId, signal)).id;
    return this.ledger.fixResultFolder(id);
  }

  private async resultFolder(signal: AbortSignal): Promise<void> {
    const { newFolderName, folderId } = this.ledger.order.target;
    const id = await this.fixResultFolder(signal);
    if (!newFolderName) return;
    const folder = { id, name: newFolderName, mimeType: FOLDER_TYPE, parentId: folderId };
    await this.drives.destination.createFolder(folder, signal).catch((error: unknown) => {
      if (!(error instanceof DriveError) || error.code !== 'id_taken') throw error;
    });
  }

  /**
   * Destination id of the folder an item goes into; undefined when that folder could not be made.
   * @throws ItemError `stopped` when it was not made because the transfer was stopped: then the item has not failed
   */
  private async parentIdOf(item: ItemRecord): Promise<string | undefined> {
    if (item.parent === null) {
      if (!this.folderIds.has(-1)) {
        const { resultFolderId } = await this.ledger.snapshot();
        if (!resultFolderId) throw stopped();
        this.folderIds.set(-1, resultFolderId);
      }
      return this.folderIds.get(-1);
    }
    if (!this.folderIds.has(item.parent)) {
      const parent = await this.ledger.item(item.parent);
      // One that a cancel skipped is made by a retry; any other was left out for a reason of its own.
      const isLeftOut = parent?.state === 'skipped' && parent.outcome.code !== 'canceled';
      if (!parent || isOpen(parent) || (parent.state === 'skipped' && !isLeftOut)) throw stopped();
      const { destinationId } = parent.outcome;
      if (parent.state === 'failed' || isLeftOut || !destinationId) return undefined; // asked anew: a retry may make it
      this.folderIds.set(item.parent, destinationId);
    }
    return this.folderIds.get(item.parent);
  }
}

/** For a cancel: whatever an account refuses now, a dead grant for one, must not keep it from its end. */
async function whatCanBe<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (signal.aborted || !isCoded(error) || error.code === 'service_unavailable') throw error;
    return undefined;
  }
}

const FOLDER_TYPE = 'application/vnd.google-apps.folder';
const CANCELED = { code: 'canceled', reason: 'The transfer was canceled before this item was copied.' } as const;
const NO_FOLDER = {
  code: 'folder_missing',
  reason: 'Its folder could not be made in the destination: see the folder’s own line.',
} as const;

function failureProblem(error: CodedError): { code: ItemCode; detail: string } {
  return { code: itemCodeOf(error.code), detail: error.message };
}
