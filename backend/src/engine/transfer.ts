import { type TransferContext, contextOf } from './context.js';
import type { CodedError, ItemCode } from './errors.js';
import { setModifiedTimes } from './modified-times.js';
import type { PairedTransfers } from './ports/copies.js';
import type { Drives } from './ports/drive.js';
import type { TransferOrder } from './model/order.js';
import type { Ledger } from './ports/ledger.js';
import { recoverUnacknowledgedCopies, trashSurplusCopies } from './reconcile.js';
import { hasBegun, workBeforeStop } from './runs.js';
import { advanceTo, completedState, end, fail, runStep, waitUntilIdle } from './step.js';
import { carryAccess } from './steps/access.js';
import { cancel, settleOpenItems } from './steps/cancel.js';
import { carryLinks } from './steps/links.js';
import { closingCheck } from './steps/closing-check.js';
import { Copier } from './steps/copy.js';
import { makeFolders } from './steps/folders.js';
import { trashOriginals } from './steps/originals.js';
import { plan } from './steps/plan.js';
import { prepare } from './steps/prepare.js';
import { makeShortcuts } from './steps/shortcuts.js';
import { undo } from './steps/undo.js';
import { update } from './steps/update.js';
import { revertAccess } from './withdraw-access.js';
import { UsageMeter } from './usage-meter.js';
import { finalErrorOrThrow } from './failures.js';
import { abandonUploads } from './uploads.js';

/** After this time the copies are checked again before originals go to the trash. */
const CHECK_AGAIN_MS = 60_000;

/**
 * The sequence of a transfer's steps. Each step keeps its state in the ledger only, may be stopped at any moment and
 * repeated by any process; no step makes a second copy of anything.
 */
export class Transfer {
  private readonly context: TransferContext;
  private readonly copier: Copier;

  constructor(
    private readonly ledger: Ledger,
    drives: Drives,
    /** Counts the requests of the drives. */
    private readonly usage = new UsageMeter(ledger, () => drives.clock.uptime()),
    /** Other transfers, for links to what they copied. */
    private readonly paired: PairedTransfers = { others: () => Promise.resolve([]) },
  ) {
    this.context = contextOf(ledger, drives, usage);
    this.copier = new Copier(this.context);
  }

  /** Whether it does what an order says that was read later: `sharing` and `links` may have been added or changed. */
  isOf({ sharing, links }: TransferOrder): boolean {
    const { order } = this.ledger;
    return Boolean(order.sharing) === Boolean(sharing) && order.links === links;
  }

  /**
   * Lists the source, then creates the folders: planning or updating → ready and, unless it is a preflight, → running.
   */
  plan(signal: AbortSignal): Promise<void> {
    return this.step(signal, async () => {
      const state = await this.ledger.state();
      if (state === 'planning') await plan(this.context, signal);
      if (state === 'updating') {
        await update(this.context, signal);
        await advanceTo(this.ledger, 'running');
      }
      // Once started, it is no longer a preflight: its delta runs start automatically.
      const isPreflight = this.ledger.order.held && !(await this.ledger.snapshot()).startedAt;
      if (!isPreflight) await advanceTo(this.ledger, 'running');
      if ((await this.ledger.state()) !== 'running') return;
      await prepare(this.context, signal);
      await makeFolders(this.context, signal);
    });
  }

  /**
   * Copies the open files of the batch that starts at an ordinal.
   * @param onBegun called when the last of them has started, so that the next batch need not wait for the slowest item
   */
  copy(from: number, signal: AbortSignal, onBegun: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    return this.step(signal, () => this.copier.copyBatch(from, onBegun, signal));
  }

  /** Runs the last step of a transfer that is finishing, linking, canceling, pausing or undoing. */
  finish(signal: AbortSignal): Promise<void> {
    return this.step(signal, async () => {
      const state = await this.ledger.state();
      if (state === 'running' || state === 'finishing') await this.complete(signal);
      // A command may have changed the state meanwhile.
      if ((await this.ledger.state()) === 'linking') await this.link(signal);
      if ((await this.ledger.state()) === 'undoing') await this.undo(signal);
      if ((await this.ledger.state()) === 'pausing') {
        await waitUntilIdle(this.context, signal);
        await advanceTo(this.ledger, 'paused');
      }
      if ((await this.ledger.state()) === 'canceling') await this.cancel(signal);
    });
  }

  private async complete(signal: AbortSignal): Promise<void> {
    if ((await this.ledger.openFiles()) > 0) return; // a step of an earlier run: items are still to be copied
    if ((await this.ledger.state()) === 'running') await makeFolders(this.context, signal); // no item may be missing
    await advanceTo(this.ledger, 'finishing');
    if ((await this.ledger.state()) !== 'finishing') return;
    const { sharing, links } = this.ledger.order;
    const { clock } = this.context.drives;
    // It was parked because Google limits how much an account shares, perhaps for a day, or how many documents it reads
    // and writes: what was done before stays so.
    const isLinked = sharing !== undefined && (await hasBegun(this.ledger, 'access'));
    const isChecked = isLinked || (links !== undefined && (await hasBegun(this.ledger, 'links')));
    let checkedAt = -Infinity;
    if (!isChecked) {
      await makeShortcuts(this.context, signal);
      await recoverUnacknowledgedCopies(this.context, signal);
      await this.ledger.noteStep('check');
      await closingCheck(this.context, signal);
      checkedAt = clock.uptime();
    }
    if (links && !isLinked) {
      await this.ledger.noteStep('links');
      // Before the access, because locks block other changes.
      if (!(await carryLinks(this.context, this.paired, signal))) return;
    }
    if (sharing) {
      await this.ledger.noteStep('access');
      if (!(await carryAccess(this.context, signal))) return;
    }
    await this.ledger.noteStep('finish');
    // As late as possible, because the index lags and Google may complete a copy after its worker died, but before the
    // times of the folders are set.
    await trashSurplusCopies(this.context, signal);
    await setModifiedTimes(this.context, signal);
    if (this.ledger.order.mode === 'move') {
      // What was checked before a wait, or hours of work on links, access and times, may have changed since, and an
      // original must not follow a missing copy into the trash.
      const isLongAgo = clock.uptime() - checkedAt > CHECK_AGAIN_MS;
      if (links || sharing || isLongAgo) await closingCheck(this.context, signal);
      await trashOriginals(this.context, signal);
    }
    await abandonUploads(this.ledger, this.context.drives.destination, signal);
    await this.sweep(signal);
    await this.endCompleted();
  }

  /** Lists or rewrites the links of a transfer that has completed. */
  private async link(signal: AbortSignal): Promise<void> {
    if (await carryLinks(this.context, this.paired, signal)) await this.endCompleted();
  }

  private async endCompleted(): Promise<void> {
    if (await end(this.context, completedState(await this.ledger.snapshot()))) await this.ledger.shrink();
  }

  private async cancel(signal: AbortSignal): Promise<void> {
    await waitUntilIdle(this.context, signal);
    // All items are settled, and links that were rewritten stay rewritten.
    if ((await workBeforeStop(this.ledger)) === 'linking') return this.endCompleted();
    await cancel(this.context, signal);
    await this.sweep(signal);
    if (await end(this.context, 'canceled')) await this.ledger.shrink();
  }

  private async undo(signal: AbortSignal): Promise<void> {
    await waitUntilIdle(this.context, signal); // after a failure, copies may still be in progress
    // Their workers may have died. What Google refuses of one item prevents only the end, so that an undo can be repeated.
    let refused: CodedError | undefined;
    const attempt = <T>(stop: AbortSignal, work: () => Promise<T>) =>
      work().catch((error: unknown) => {
        refused ??= finalErrorOrThrow(error, stop);
        return undefined;
      });
    await settleOpenItems(this.context, signal, attempt, false);
    await revertAccess(this.context, signal);
    await undo(this.context, signal);
    await this.sweep(signal);
    if (refused) throw refused;
    await end(this.context, 'undone');
  }

  /** Withdraws the shares that are still open. @returns how many of them remain */
  async sweep(signal: AbortSignal): Promise<number> {
    try {
      return await this.context.shares.withdraw(signal);
    } finally {
      await this.usage.flush();
    }
  }

  /** Ends a transfer that can't continue. An undo can remove what has arrived. */
  async fail(problem: { code: ItemCode; detail: string }, signal: AbortSignal): Promise<void> {
    try {
      await fail(this.context, problem, signal);
    } finally {
      await this.usage.flush();
    }
  }

  private step(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    return runStep(this.context, signal, work);
  }
}
