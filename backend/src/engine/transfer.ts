import { forEachBounded } from './concurrency.js';
import { Copier, type Drives, failureOf, isAccountWide, newItemOf } from './copy.js';
import { type CodedError, DriveError, isCoded, ItemError, ReconnectNeededError, type Side } from './errors.js';
import { Finisher, isOpen, recordsOf } from './finish.js';
import { isCopied, type ItemRecord, type Ledger } from './ports/ledger.js';
import { plan } from './plan.js';

/** Items of one batch: few enough that a crash repeats little, enough that the queue is no burden. */
export const BATCH_ITEMS = 50;
/** Items of a batch copied at the same time. */
const PARALLEL = 6;
/** How long a transfer waits when Google's limits are spent, before it tries again by itself. */
const QUOTA_PAUSE_MS = 15 * 60_000;
const FOLDERS_PARALLEL = 8;
/** How long a canceled transfer waits for items under way; a worker that died leaves some for good. */
const STOPPING_MS = 60_000;
const MAX_IDS = 1_000;

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
    this.finisher = new Finisher(
      ledger,
      drives,
      this.copier,
      (item) => this.parentIdOf(item),
      (items, signal) => this.reserveIds(items, signal),
    );
  }

  /** planning → running: lists everything, then makes the folders. What makes that impossible fails the transfer. */
  plan(signal: AbortSignal): Promise<void> {
    return this.step(signal, async () => {
      if ((await this.ledger.state()) === 'planning') {
        const { folderId } = this.ledger.order.target;
        await this.ledger.name({ target: await this.mustReceive(folderId, signal) });
        await plan(this.ledger, this.drives.source, signal);
      }
      if ((await this.ledger.state()) === 'running') await this.makeFolders(signal);
    });
  }

  /** Copies the open files among the ordinals [from, from + BATCH_ITEMS). */
  copy(from: number, signal: AbortSignal): Promise<void> {
    return this.step(signal, async () => {
      const items = (await this.ledger.items(from, BATCH_ITEMS)).filter((item) => isCopied(item) && isOpen(item));
      await this.reserveIds(items, signal);
      await forEachBounded(items, PARALLEL, async (item) => {
        const parentId = await this.parentIdOf(item);
        if (parentId) await this.copier.copy(item, parentId, signal);
        else await this.ledger.settle(item.ordinal, 'failed', NO_FOLDER);
      });
    });
  }

  /** finishing or canceling → its end: the closing steps, then every share is withdrawn. */
  finish(signal: AbortSignal): Promise<void> {
    return this.step(signal, async () => {
      if ((await this.ledger.state()) !== 'canceling') {
        if ((await this.ledger.openFiles()) > 0) return; // a step of another time: there is something to copy yet
        if ((await this.ledger.state()) === 'running') await this.makeFolders(signal); // none may be left behind
        await this.ledger.advance(['running'], 'finishing');
        if ((await this.ledger.state()) !== 'finishing') return;
        await this.finisher.finish(signal);
        await this.finisher.withdraw(signal);
        const { counts } = await this.ledger.snapshot();
        const clean = counts.failed === 0 && counts.unverified === 0;
        await this.ledger.advance(['finishing'], clean ? 'completed' : 'completed_with_failures');
      }
      if ((await this.ledger.state()) === 'canceling') {
        await this.untilIdle(signal);
        for await (const item of recordsOf(this.ledger, isOpen)) {
          const landed = await whatCanBe(signal, () => this.landed(item, signal));
          await this.ledger.settle(item.ordinal, landed?.state ?? 'skipped', landed ?? CANCELED);
        }
        await whatCanBe(signal, () => this.finisher.reconcile(signal));
        await this.finisher.withdraw(signal);
        await this.ledger.advance(['canceling'], 'canceled');
      }
    });
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
    try {
      await work();
    } catch (error) {
      if (signal.aborted || !isCoded(error)) throw error;
      const active = ['planning', 'running', 'finishing'] as const;
      if (error.code === 'stopped') return;
      // Google or the ledger is out of reach: the queue tries again.
      if (error.code === 'google_unavailable' || error.code === 'service_unavailable') throw error;
      if (error instanceof ReconnectNeededError) {
        const side: Side = error.grantId === this.ledger.order.source.grantId ? 'source' : 'destination';
        await this.ledger.park('needs_reconnect', { side, since: error.at });
      } else if (isAccountWide(error)) {
        const pause = error.retryAfter ? error.retryAfter * 1_000 : QUOTA_PAUSE_MS;
        await this.ledger.park('waiting_quota', { resumeAt: this.drives.clock.now() + pause });
      } else {
        await this.finisher.withdraw(signal).catch(() => undefined); // what stays open is swept later
        await this.ledger.advance(active, 'failed', { problem: failureProblem(error) });
      }
    }
  }

  /** The target must be a folder that takes items: told before anything is listed, not after an hour. Answers its name. */
  private async mustReceive(folderId: string, signal: AbortSignal): Promise<string> {
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
    return target.name;
  }

  private async makeFolders(signal: AbortSignal): Promise<void> {
    await this.resultFolder(signal);
    // Level by level: a folder's ordinal is above that of the folder it goes into, so pages can be cut at any parent
    // that is not made yet.
    let level: ItemRecord[] = [];
    const made = new Set<number>();
    const flush = async () => {
      await this.reserveIds(level, signal);
      await forEachBounded(level, FOLDERS_PARALLEL, (item) => this.makeFolder(item, signal));
      level = [];
      made.clear();
    };
    for await (const item of recordsOf(this.ledger, (record) => record.kind === 'folder' && isOpen(record))) {
      if (item.parent !== null && made.has(item.parent)) await flush();
      level.push(item);
      made.add(item.ordinal);
      if (level.length >= MAX_IDS) await flush();
    }
    await flush();
  }

  private async makeFolder(item: ItemRecord, signal: AbortSignal): Promise<void> {
    const parentId = await this.parentIdOf(item);
    if (!parentId) {
      await this.ledger.settle(item.ordinal, 'failed', NO_FOLDER);
      return;
    }
    if (!(await this.ledger.begin(item.ordinal))) return;
    const { destination } = this.drives;
    try {
      const id = (await this.ledger.destinationIds([item.ordinal])).get(item.ordinal)!;
      const folder = await destination
        .createFolder({ ...newItemOf(item, parentId), id }, signal)
        .catch((error: unknown) => {
          if (error instanceof DriveError && error.code === 'id_taken') return destination.get(id, signal);
          throw error;
        });
      await this.ledger.settle(item.ordinal, 'verified', {
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
      await this.ledger.settle(item.ordinal, 'failed', failureOf(error));
    }
  }

  /** The new folder around everything, or the target itself. Its id is fixed before it is made. */
  private async resultFolder(signal: AbortSignal): Promise<string> {
    const { target } = this.ledger.order;
    const known = (await this.ledger.snapshot()).resultFolderId;
    const { destination } = this.drives;
    if (!target.newFolderName) {
      if (known) return known;
      // "root" is an alias; what the copies' parents are compared with is the real id.
      return this.ledger.fixResultFolder((await destination.get(target.folderId, signal)).id);
    }
    const id = known ?? (await this.ledger.fixResultFolder((await destination.generateIds(1, 'file', signal))[0]!));
    const folder = { id, name: target.newFolderName, mimeType: FOLDER_TYPE, parentId: target.folderId };
    await destination.createFolder(folder, signal).catch((error: unknown) => {
      if (!(error instanceof DriveError) || error.code !== 'id_taken') throw error;
    });
    return id;
  }

  /**
   * Destination id of the folder an item goes into; undefined when that folder could not be made.
   * @throws ItemError `stopped` when it was not made because the transfer was stopped: then the item has not failed
   */
  private async parentIdOf(item: ItemRecord): Promise<string | undefined> {
    if (item.parent === null) {
      if (!this.folderIds.has(-1)) {
        const { resultFolderId } = await this.ledger.snapshot();
        if (!resultFolderId) throw new ItemError('stopped', 'The transfer was stopped.');
        this.folderIds.set(-1, resultFolderId);
      }
      return this.folderIds.get(-1);
    }
    if (!this.folderIds.has(item.parent)) {
      const parent = await this.ledger.item(item.parent);
      if (!parent || isOpen(parent) || parent.state === 'skipped')
        throw new ItemError('stopped', 'The transfer was stopped.');
      this.folderIds.set(item.parent, parent.outcome.destinationId);
    }
    return this.folderIds.get(item.parent);
  }

  /** Ids are made and written down before the write that uses them: a repeated write then cannot make a second copy. */
  private async reserveIds(items: readonly ItemRecord[], signal: AbortSignal): Promise<void> {
    for (const kind of ['file', 'shortcut'] as const) {
      const wanted = items
        .filter((item) => item.kind !== 'google' && (item.kind === 'shortcut') === (kind === 'shortcut'))
        .map((item) => item.ordinal);
      const known = await this.ledger.destinationIds(wanted);
      const missing = wanted.filter((ordinal) => !known.has(ordinal));
      if (missing.length === 0) continue;
      const ids = await this.drives.destination.generateIds(missing.length, kind, signal);
      await this.ledger.reserveIds(new Map(missing.map((ordinal, index) => [ordinal, ids[index]!])));
    }
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
const CANCELED = { code: 'canceled', reason: 'The transfer was canceled before this item was copied.' };
const NO_FOLDER = {
  code: 'folder_missing',
  reason: 'Its folder could not be made in the destination: see the folder’s own line.',
};

function failureProblem(error: CodedError): { code: string; detail: string } {
  return { code: error.code, detail: error.message };
}
