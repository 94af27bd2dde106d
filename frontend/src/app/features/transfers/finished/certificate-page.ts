import { Component, computed, DOCUMENT, effect, inject, input } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Router, RouterLink } from '@angular/router';
import { formatBytes, formatCount, formatDay } from '../../../core/formats';
import { PageTitles } from '../../../core/page-titles';
import { targetName } from '../../../core/plan-labels';
import { Remedy } from '../../../core/problem';
import { isFinished, TransferUpdates } from '../../../core/transfer-updates';
import { locale } from '../../../texts/language';
import { Texts } from '../../../texts/texts';
import { EmptyState } from '../../../ui/empty-state';
import { Icon } from '../../../ui/icon';
import { Logo } from '../../../ui/logo';
import { ProblemNote } from '../../../core/problem-note';
import { WaitingRows } from '../../../ui/waiting-rows';
import { LedgerBar } from '../ledger-bar';
import { titleOf } from '../transfer-state';
import { accessLines, copyWhole, inGroups, isCertified, linkLines, proofLines } from './proof';

/** A printable A4 page that states what arrived, the evidence, and how to check it. */
@Component({
  selector: 'cm-certificate-page',
  imports: [EmptyState, Icon, LedgerBar, Logo, MatButton, ProblemNote, RouterLink, WaitingRows],
  templateUrl: './certificate-page.html',
  styleUrl: './certificate-page.scss',
})
export default class CertificatePage {
  private readonly document = inject(DOCUMENT);
  private readonly router = inject(Router);
  private readonly updates = inject(TransferUpdates);
  private readonly titles = inject(PageTitles);
  private readonly texts = inject(Texts);
  protected readonly t = this.texts.finished;
  protected readonly words = this.texts.transfers;
  protected readonly inGroups = inGroups;
  protected readonly copyWhole = copyWhole;

  /** The address: which transfer. */
  readonly id = input.required<string>();

  protected readonly transfer = computed(() => this.updates.transfer(this.id()));
  protected readonly problem = this.updates.problem;
  protected readonly certified = computed(() => {
    const transfer = this.transfer();
    return transfer && isCertified(transfer) && transfer.reportSha256 ? transfer : undefined;
  });
  /** Why there is no certificate, once that is known. */
  protected readonly whyNone = computed(() => {
    const transfer = this.transfer();
    if (!transfer || isCertified(transfer)) return undefined;
    const { none } = this.t().certificate;
    return transfer.state === 'undone' ? none.undone : isFinished(transfer) ? none.text : none.open;
  });
  protected readonly title = computed(() => {
    const transfer = this.transfer();
    return transfer ? titleOf(transfer) : '';
  });
  protected readonly sentence = computed(() => {
    const transfer = this.certified();
    if (!transfer) return '';
    const { paper } = this.t().certificate;
    // Copies that could not be verified are not counted here: nothing compared them.
    const { counts, bytes, originals } = transfer;
    // What remains in the source was not moved.
    const sentence = transfer.mode === 'move' && originals?.kept === 0 ? paper.moved : paper.copied;
    return sentence(
      formatDay(Date.parse(transfer.finishedAt ?? transfer.createdAt)),
      counts.verified,
      formatBytes(bytes.verified),
    );
  });
  protected readonly facts = computed(() => {
    const transfer = this.certified();
    if (!transfer) return [];
    const { paper } = this.t().certificate;
    const { source, destination, target, name, createdAt, startedAt = createdAt, finishedAt = startedAt } = transfer;
    return [
      ...(name ? [{ name: paper.name, value: name }] : []),
      { name: paper.from, value: source.email },
      { name: paper.to, value: [destination.email, targetName(target)].filter(Boolean).join(', ') },
      { name: paper.began, value: formatSpan(Date.parse(startedAt), Date.parse(finishedAt), paper.spanOf) },
    ];
  });
  protected readonly basis = computed(() => {
    const transfer = this.certified();
    if (!transfer) return [];
    const { paper, readBack } = this.t().certificate;
    const { grants, counts, mode, originals } = transfer;
    const shares = grants.open + grants.withdrawn;
    return [
      ...proofLines(transfer, { ...paper, readBack }),
      ...(counts.unverified > 0 ? [{ name: paper.unverified, value: formatCount(counts.unverified) }] : []),
      ...accessLines(transfer, this.texts.access().transfer.certificate),
      ...linkLines(transfer, this.texts.links().transfer.certificate),
      ...(mode === 'move' ? [{ name: paper.originals, value: formatCount(originals?.trashed ?? 0) }] : []),
      ...(mode === 'move' && originals?.kept ? [{ name: paper.kept, value: formatCount(originals.kept) }] : []),
      ...(shares > 0 ? [{ name: paper.shares, value: paper.of(grants.withdrawn, shares) }] : []),
    ];
  });

  /** The commands that check it. The file has the name under which this portal saves reports. */
  protected readonly commands = computed(() => {
    const file = `cloudmover-${this.id()}.json`;
    return { fingerprint: `tail -n +2 ${file} | sha256sum`, proof: `npm run verify-report -- ${file}` };
  });

  constructor() {
    effect((onCleanup) => onCleanup(this.updates.follow(this.id())));
    effect(() => this.titles.set(this.t().certificate.heading, this.title()));
  }

  protected remedy(remedy: Remedy): void {
    if (remedy === 'connect' || remedy === 'connect_again') void this.router.navigate(['/connect']);
    else this.updates.retry();
  }

  protected print(): void {
    this.document.defaultView?.print();
  }
}

/** Both times to the second; with dates if the days differ, and the time zone once. */
function formatSpan(from: number, to: number, spanOf: (from: string, to: string) => string): string {
  const sameDay = new Date(from).toDateString() === new Date(to).toDateString();
  const format = (time: number, withZone: boolean) =>
    new Intl.DateTimeFormat(locale(), {
      ...(!sameDay && { day: 'numeric', month: 'short', year: 'numeric' }),
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      ...(withZone && { timeZoneName: 'shortOffset' }),
    }).format(time);
  return spanOf(format(from, false), format(to, true));
}
