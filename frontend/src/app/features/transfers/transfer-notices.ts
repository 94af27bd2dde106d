import { Component, computed, inject } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Router, RouterLink } from '@angular/router';
import { currentTime } from '../../core/clock';
import { ApiOffNote } from '../../core/links/api-off-note';
import { formatDuration, formatMoment } from '../../core/formats';
import { Remedy } from '../../core/problem';
import { ProblemNote } from '../../core/problem-note';
import { SessionStore } from '../../core/sessions';
import { SIDES } from '../../core/side';
import { Texts } from '../../texts/texts';
import { Note } from '../../ui/note';
import { describeReason } from './item-labels';
import { TransferNotify } from './transfer-notify';
import { hasBegunUndo, open, undoneSoFar } from './transfer-state';
import { TransferStore } from './transfer-store';

/** What a person must know or do: why updates fail, why the transfer is not running, and which share is still open. */
@Component({
  selector: 'cm-transfer-notices',
  imports: [ApiOffNote, MatButton, Note, ProblemNote, RouterLink, TransferNotify],
  host: { class: 'stack' },
  templateUrl: './transfer-notices.html',
  styles: `
    :host:not(:empty) {
      margin-bottom: 16px;
    }
    .notice {
      margin-top: 12px;
    }
  `,
})
export class TransferNotices {
  private readonly router = inject(Router);
  private readonly sessions = inject(SessionStore);
  protected readonly store = inject(TransferStore);
  protected readonly t = inject(Texts).transfers;
  private readonly access = inject(Texts).access;
  private readonly links = inject(Texts).links;

  protected readonly problem = this.store.problem;
  /** Whether nobody has signed in here, as where a link from a mail is opened on another device. */
  protected readonly nobody = computed(() => SIDES.every((side) => this.sessions.status(side).state === 'absent'));
  /** Why it can no longer be rerun, if an account has withdrawn its consent. */
  protected readonly withdrawn = computed(() => {
    const transfer = this.store.transfer();
    const [side] = transfer && this.store.finished() && transfer.startedAt ? transfer.withdrawn : [];
    return side && this.t().page.withdrawn(transfer![side].email);
  });
  /** What it waits for. */
  protected readonly waitHeading = computed(() => {
    const { limitReached, resumeAt } = this.store.transfer() ?? {};
    const { quota, hours } = this.t().page;
    if (limitReached === 'hours' && resumeAt) return hours.heading(formatMoment(resumeAt));
    return limitReached === 'units' ? quota.unitsHeading : quota.heading;
  });
  protected readonly quotaLines = computed(() => {
    const transfer = this.store.transfer();
    if (!transfer) return '';
    const { quota, hours } = this.t().page;
    const { resumeAt, counts, sharing, links, limitReached } = transfer;
    if (limitReached === 'units') return resumeAt ? quota.units(formatMoment(resumeAt)) : '';
    const again = resumeAt
      ? [quota.again(formatMoment(resumeAt), formatDuration((Date.parse(resumeAt) - currentTime()) / 1000))]
      : [];
    if (hasBegunUndo(transfer)) return [`${undoneSoFar(transfer)}.`, ...again].join(' ');
    if (limitReached === 'hours') return hours.text(counts.verified, open(counts));
    if (resumeAt && (sharing.resumeAt || limitReached === 'sharing'))
      return this.access().transfer.parked(formatMoment(resumeAt));
    if (resumeAt && links.mode !== 'leave' && open(counts) === 0)
      return this.links().transfer.parked(formatMoment(resumeAt));
    return [quota.text, ...again, quota.safe(counts.verified, open(counts))].join(' ');
  });
  /** Why it was paused or failed. */
  protected readonly cause = computed(() => {
    const transfer = this.store.transfer();
    if (!transfer?.problem) return undefined;
    const { problem, destination, counts } = transfer;
    const { full, thenResume } = this.t().page;
    const detail = problem.detail.replace(problem.title, '').trim(); // usually it begins with the title
    const { title, advice } = describeReason({ ...problem, advice: detail });
    const isFull = problem.code === 'destination_storage_full';
    return {
      code: problem.code,
      advice,
      title: isFull ? full.heading : title,
      whatNow: isFull
        ? full.text(destination.email, counts.verified + counts.unverified, open(counts))
        : `${advice} ${thenResume}`,
    };
  });
  /** What a transfer that failed leaves in the destination. */
  protected readonly remains = computed(() => {
    const transfer = this.store.transfer();
    if (!transfer) return '';
    return hasBegunUndo(transfer) ? `${undoneSoFar(transfer)}.` : this.t().page.arrived(transfer.counts.verified);
  });
  protected readonly canceledItems = computed(
    () => this.store.transfer()?.skipGroups.find(({ code }) => code === 'canceled')?.count ?? 0,
  );

  protected remedy(remedy: Remedy): void {
    if (remedy === 'connect' || remedy === 'connect_again') void this.router.navigate(['/connect']);
    else this.store.reload();
  }
}
