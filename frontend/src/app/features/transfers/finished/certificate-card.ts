import { Clipboard } from '@angular/cdk/clipboard';
import { Component, computed, inject, input, output } from '@angular/core';
import { MatButton, MatIconButton } from '@angular/material/button';
import { MatMenuModule } from '@angular/material/menu';
import { RouterLink } from '@angular/router';
import { formatDate } from '../../../core/formats';
import { Toasts } from '../../../core/toasts';
import { Transfer } from '../../../core/transfer-updates';
import { Texts } from '../../../texts/texts';
import { Icon } from '../../../ui/icon';
import { ReportFormat } from '../report-download';
import {
  accessLines,
  copyWhole,
  inGroups,
  linkLines,
  proofLines,
  reportKeptUntil,
  shortened,
  sourceLines,
} from './proof';

/** The evidence in figures, the fingerprint of the report, and a link to the printable certificate. */
@Component({
  selector: 'cm-certificate-card',
  imports: [Icon, MatButton, MatIconButton, MatMenuModule, RouterLink],
  host: { class: 'card' },
  templateUrl: './certificate-card.html',
  styleUrl: './certificate-card.scss',
})
export class CertificateCard {
  private readonly clipboard = inject(Clipboard);
  private readonly toasts = inject(Toasts);
  private readonly texts = inject(Texts);
  protected readonly t = this.texts.finished;
  protected readonly words = this.texts.transfers;
  protected readonly inGroups = inGroups;
  protected readonly shortened = shortened;
  protected readonly copyWhole = copyWhole;

  readonly transfer = input.required<Transfer>();
  /** A report is being downloaded. */
  readonly saving = input(false);
  readonly saved = output<ReportFormat>();

  protected readonly keptUntil = computed(() => formatDate(reportKeptUntil(this.transfer())));
  protected readonly lines = computed(() => {
    const { certificate } = this.t();
    return [
      ...proofLines(this.transfer(), certificate),
      ...accessLines(this.transfer(), this.texts.access().transfer.certificate),
      ...linkLines(this.transfer(), this.texts.links().transfer.certificate),
      ...sourceLines(this.transfer(), certificate),
    ];
  });

  protected copy(sha256: string): void {
    const { certificate } = this.t();
    const done = this.clipboard.copy(inGroups(sha256));
    this.toasts.say(done ? certificate.copied : certificate.notCopied);
  }
}
