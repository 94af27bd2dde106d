import { inject, signal, Signal } from '@angular/core';
import { MatDialog } from '@angular/material/dialog';
import { Notify } from '../../api/models/notify';
import { Preflight } from '../../api/models/preflight';
import { PreflightAgain } from '../../api/models/preflight-again';
import { folderOf } from '../../core/plan-labels';
import { toProblem } from '../../core/problem';
import { isSameJson } from '../../core/same-json';
import { Side } from '../../core/side';
import { StepUp } from '../../core/step-up';
import { Toasts } from '../../core/toasts';
import { Texts } from '../../texts/texts';
import { ask } from '../../ui/confirm-dialog';
import { isStale, movableOf, resultOf } from './forecast';
import { ReviewRunner } from './review-runner';

/** What a start needs of its review. */
interface Review {
  readonly preflight: Signal<Preflight | undefined>;
  /** Why it can't be started; empty if it can. */
  readonly blockedReason: Signal<string>;
  readonly sourceName: Signal<string>;
  readonly options: { readonly changed: Signal<boolean> };
  readonly runner: ReviewRunner;
  /** Counts again, with changes to the options. @returns whether it succeeded */
  recount(changes?: PreflightAgain): Promise<boolean>;
  reload(): void;
}

/** The start of the transfer, which starts only what was shown. Needs an injection context. */
export class ReviewStart {
  private readonly dialog = inject(MatDialog);
  private readonly toasts = inject(Toasts);
  private readonly stepUp = inject(StepUp);
  private readonly language = inject(Texts).language;
  private readonly t = inject(Texts).review;

  /** The accounts that get an e-mail. A recount keeps them. */
  readonly mail = signal<readonly Side[]>([]);
  /** What was shown when start was pressed on a stale count. If a recount forecasts the same, it starts automatically. */
  private readonly agreed = signal<ReturnType<typeof resultOf> | undefined>(undefined);
  /** Whether the recount before a start had another result, which is to be agreed to again. */
  readonly changedSince = signal(false);

  constructor(private readonly review: Review) {}

  /** @param isAgreed its result was agreed to a moment ago: the API's clock alone decides whether it is too old */
  async start(isAgreed = false): Promise<void> {
    const { blockedReason, options, runner } = this.review;
    const preflight = this.review.preflight();
    if (preflight?.state !== 'ready' || blockedReason() || options.changed() || runner.busy()) return;
    if (isAgreed ? preflight.stale : isStale(preflight)) {
      this.agreed.set(resultOf(preflight));
      if (!(await this.review.recount())) this.agreed.set(undefined);
      return;
    }
    if (preflight.mode === 'move' && !(await this.confirmMove(preflight))) return;
    await runner.run(
      'start',
      async () => {
        const id = await this.stepUp.startTransfer(preflight.id, this.notify());
        await runner.leave(['/transfers', id], { replaceUrl: true });
      },
      (error) => this.refused(error, preflight),
    );
  }

  /** A count has ended: starts it if its result was agreed to. */
  noteReady(preflight: Preflight): void {
    const agreed = this.agreed();
    if (!agreed) return;
    this.agreed.set(undefined);
    if (isSameJson(agreed, resultOf(preflight))) void this.start(true);
    else this.changedSince.set(true);
  }

  /** A count has failed: what was agreed to has not been confirmed, and a later count may be made only to look. */
  noteFailed(): void {
    this.agreed.set(undefined);
  }

  private async refused(error: unknown, { id, source, destination, target }: Preflight): Promise<void> {
    const accounts = { source: source.email, destination: destination.email };
    const answer = await this.stepUp.offer(error, { command: 'start', id, ...this.notify() }, accounts);
    if (answer !== 'other') return;
    const { side = 'destination' } = toProblem(error);
    this.toasts.failed(error, { account: accounts[side], folder: folderOf(target) });
    // Reloading shows why: the preflight is gone, blocked, or started in another tab.
    this.review.reload();
  }

  /** Who gets an e-mail, if anybody does. */
  private notify(): { notify?: Notify } {
    const mail = [...this.mail()];
    return mail.length > 0 ? { notify: { mail, language: this.language() } } : {};
  }

  private async confirmMove(preflight: Preflight): Promise<boolean> {
    const { counts, sharing } = preflight;
    const movable = movableOf(preflight);
    const t = this.t().move;
    const source = this.review.sourceName();
    const answer = await ask(this.dialog, {
      title: t.title(movable, source),
      paragraphs: [t.trash(source), ...(counts.foreign > 0 ? [t.foreign(counts.foreign)] : [])],
      condition: sharing.mode === 'carry' ? t.conditionWithAccess : t.condition,
      keep: t.keep,
      act: t.act(movable),
    });
    if (answer === 'keep' && (await this.review.recount({ mode: 'copy' }))) this.toasts.say(t.kept);
    return answer === 'act';
  }
}
