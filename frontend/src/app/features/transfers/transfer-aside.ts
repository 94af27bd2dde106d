import { NgTemplateOutlet } from '@angular/common';
import { Component, computed, inject, input } from '@angular/core';
import { RouterLink } from '@angular/router';
import { Transfer } from '../../core/transfer-updates';
import {
  formatCount,
  formatDate,
  formatDuration,
  formatExact,
  formatMoment,
  formatQuotaUnits,
} from '../../core/formats';
import { Texts } from '../../texts/texts';
import { Note } from '../../ui/note';
import { Pair, PairsCard } from '../../ui/pairs-card';
import { CertificateCard } from './finished/certificate-card';
import { NextSteps } from './finished/next-steps';
import { linkLines, reportKeptUntil, sourceLines } from './finished/proof';
import { ScheduleCard } from './schedule/schedule-card';
import { hasBegunUndo, secondsRunning } from './transfer-state';
import { TransferNotify } from './transfer-notify';
import { TransferSteps } from './transfer-steps';
import { TransferStore } from './transfer-store';

/** The column beside the tabs: steps and access while a transfer runs, and the evidence once it has ended. */
@Component({
  selector: 'cm-transfer-aside',
  imports: [
    CertificateCard,
    NextSteps,
    NgTemplateOutlet,
    Note,
    PairsCard,
    RouterLink,
    TransferNotify,
    TransferSteps,
    ScheduleCard,
  ],
  templateUrl: './transfer-aside.html',
  styles: `
    .notice {
      padding: 6px 12px 12px;
    }
    cm-pairs-card p {
      margin-top: 12px;
    }
    .left {
      display: grid;
      gap: 6px;
      padding-left: 32px;
      list-style: disc;
    }
  `,
})
export class TransferAside {
  protected readonly store = inject(TransferStore);
  private readonly texts = inject(Texts);
  protected readonly t = this.texts.transfers;

  readonly transfer = input.required<Transfer>();

  protected readonly hasBegunUndo = hasBegunUndo;

  protected readonly evidence = computed<Pair[]>(() => {
    const { verification } = this.transfer();
    const { checksum, presence } = this.t().evidence;
    return [
      { name: checksum, value: formatCount(verification.checksum) },
      { name: presence, value: formatCount(verification.presence) },
    ];
  });
  protected readonly closing = computed<Pair[]>(() => {
    const transfer = this.transfer();
    if (!transfer.finishedAt) return [];
    const { finishedAt, ways, slowDowns, usage } = transfer;
    const { closing, figures } = this.t();
    return [
      ...sourceLines(transfer, this.texts.finished().certificate),
      ...linkLines(transfer, this.texts.links().transfer.certificate),
      { name: closing.inside, value: formatCount(ways.serverCopy) },
      { name: closing.through, value: closing.throughItems(ways.relay) },
      { name: closing.made, value: formatCount(ways.created) },
      ...(slowDowns > 0 ? [{ name: figures.slowed, value: figures.times(slowDowns) }] : []),
      { name: figures.units, value: formatQuotaUnits(usage.units) },
      { name: closing.took, value: formatDuration(secondsRunning(transfer)) },
      { name: closing.finished, value: formatMoment(finishedAt), exact: formatExact(finishedAt) },
      { name: closing.kept, value: formatDate(reportKeptUntil(transfer)) },
    ];
  });
  /** Whether all unverified copies are that because Google gives no checksums; another reason may be a difference. */
  protected readonly lacksChecksums = computed(() =>
    this.transfer().failureGroups.every(({ state, code }) => state !== 'unverified' || code === 'no_checksum'),
  );
  protected readonly access = computed<Pair[]>(() => {
    const { grants, sharing, ways } = this.transfer();
    const t = this.t().access;
    const end = grants.expiresAt;
    return [
      { name: t.shares, value: t.open(grants.open) },
      ...(end ? [{ name: t.expire, value: formatDate(end), exact: formatExact(end) }] : []),
      // Sharing that is carried over with notifications makes Google send some.
      ...(sharing.notify ? [] : [{ name: t.mails, value: '0' }]),
      { name: t.through, value: t.throughItems(ways.relay) },
    ];
  });
  protected readonly delta = computed<Pair[]>(() => {
    const { delta } = this.transfer();
    if (!delta) return [];
    const t = this.t().delta;
    return [
      { name: t.added, value: formatCount(delta.added) },
      { name: t.changed, value: formatCount(delta.changed) },
      { name: t.renamed, value: formatCount(delta.renamed) },
      { name: t.unchanged, value: formatCount(delta.unchanged) },
      ...(delta.left > 0 ? [{ name: t.left, value: formatCount(delta.left) }] : []),
      { name: t.at, value: formatMoment(delta.at) },
    ];
  });
  protected readonly notCarried = computed(() => {
    const { notCarried: own, sharing, links } = this.transfer();
    const translated = this.t().notCarried;
    if (own.length === 0 || !translated) return own;
    // The first sentence is about sharing, the last one about links.
    return translated.slice(sharing.mode === 'carry' ? 1 : 0, links.mode === 'rewrite' ? -1 : undefined);
  });
}
