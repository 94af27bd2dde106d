import { Clipboard } from '@angular/cdk/clipboard';
import { Component, computed, inject, input, output } from '@angular/core';
import { MatButton, MatIconButton } from '@angular/material/button';
import { MatMenuModule } from '@angular/material/menu';
import { RouterLink } from '@angular/router';
import { Clock } from '../../../core/clock';
import { formatCount, formatDate } from '../../../core/formats';
import { Toasts } from '../../../core/toasts';
import { Transfer } from '../../../core/transfer-updates';
import { Texts } from '../../../texts/texts';
import { Icon } from '../../../ui/icon';
import { ReportFormat } from '../report-download';
import { inGroups, proofOf, reportKeptUntil, shortened } from './proof';

/** The evidence for the result in figures, the fingerprint of the report, and a link to the printable page. */
@Component({
  selector: 'cm-certificate-card',
  imports: [Icon, MatButton, MatIconButton, MatMenuModule, RouterLink],
  host: { class: 'card' },
  template: `
    <section aria-labelledby="certificate">
      <div class="seal">
        <span class="shield"><cm-icon name="shield" /></span>
        <div>
          <h2 id="certificate">{{ t().certificate.heading }}</h2>
          <p class="small muted">{{ t().certificate.keptUntil(keptUntil()) }}</p>
        </div>
      </div>
      <dl class="pairs">
        @for (line of lines(); track line.name) {
          <dt>{{ line.name }}</dt>
          <dd>{{ line.value }}</dd>
        }
      </dl>
      @if (transfer().reportSha256; as sha256) {
        <div>
          <p class="small muted over">
            <span>{{ t().certificate.fingerprint }}</span>
            <a [routerLink]="['/transfers', transfer().id, 'certificate']">{{ t().certificate.checkYourself }}</a>
          </p>
          <div class="print-of">
            <code (copy)="copyWhole($event, sha256)"
              ><span>{{ t().certificate.sha256 }} </span><span class="short">{{ shortened(sha256) }}</span
              ><span class="whole">{{ inGroups(sha256) }}</span></code
            >
            <button
              matIconButton
              type="button"
              class="not-on-paper"
              [attr.aria-label]="t().certificate.copy"
              [title]="t().certificate.copy"
              (click)="copy(sha256)"
            >
              <cm-icon name="copy" class="small" />
            </button>
          </div>
        </div>
      }
      <div class="row-of not-on-paper">
        <a matButton="outlined" [routerLink]="['/transfers', transfer().id, 'certificate']">
          <cm-icon name="print" class="small" />
          {{ t().certificate.print }}
        </a>
        <button matButton="outlined" type="button" [disabled]="saving()" [matMenuTriggerFor]="formats">
          <cm-icon name="download" class="small" />
          {{ saving() ? words().report.saving : t().certificate.report }}
        </button>
        <mat-menu #formats="matMenu">
          <button mat-menu-item type="button" (click)="saved.emit('csv')">{{ words().report.csv }}</button>
          <button mat-menu-item type="button" (click)="saved.emit('json')">{{ words().report.json }}</button>
        </mat-menu>
      </div>
    </section>
  `,
  styles: `
    :host {
      display: block;
    }
    section {
      display: grid;
      gap: 12px;
      padding: 18px 16px 16px;
    }
    .seal {
      display: flex;
      align-items: center;
      gap: 12px;
    }
    .shield {
      display: grid;
      flex: none;
      place-items: center;
      width: 44px;
      height: 44px;
      border-radius: 50%;
      background: var(--ok-tint);
      color: var(--ok);

      cm-icon {
        width: 26px;
        height: 26px;
      }
    }
    .over {
      display: flex;
      flex-wrap: wrap;
      justify-content: space-between;
      gap: 0 8px;
      margin-bottom: 4px;
    }
    .print-of {
      display: flex;
      align-items: center;
      border: 1px solid var(--line);
      border-radius: 6px;
      background: var(--raised);
      --mat-icon-button-state-layer-size: 32px;
      --mat-icon-button-icon-size: 16px;
    }
    code {
      flex: 1;
      min-width: 0;
      padding: 7px 10px;
      color: var(--muted);
      font: 12px/18px var(--mono);
      overflow-wrap: anywhere;
    }
    .whole {
      display: none;
    }
    @media (max-width: 719px) {
      .print-of {
        --mat-icon-button-state-layer-size: 44px;
      }
      .over a {
        margin: -14px 0;
        padding: 14px 0;
      }
    }
    @media (min-width: 720px) {
      .row-of {
        --mat-button-outlined-container-height: 28px;
        --mat-button-outlined-horizontal-padding: 12px;
        --mat-button-outlined-label-text-size: 13px;
      }
    }
    @media print {
      .short {
        display: none;
      }
      .whole {
        display: inline;
      }
    }
  `,
})
export class CertificateCard {
  private readonly clipboard = inject(Clipboard);
  private readonly toasts = inject(Toasts);
  private readonly clock = inject(Clock);
  private readonly texts = inject(Texts);
  protected readonly t = this.texts.finished;
  protected readonly words = this.texts.transfers;
  protected readonly inGroups = inGroups;
  protected readonly shortened = shortened;

  readonly transfer = input.required<Transfer>();
  /** A report is being downloaded. */
  readonly saving = input(false);
  readonly saved = output<ReportFormat>();

  protected readonly keptUntil = computed(() => formatDate(reportKeptUntil(this.transfer()), this.clock.now()));
  protected readonly lines = computed(() => {
    const { grants, mode, originals } = this.transfer();
    const { certificate } = this.t();
    const { checksum, readBack, structure, documents } = proofOf(this.transfer());
    const shares = grants.open + grants.withdrawn;
    return [
      { name: certificate.checksum, value: formatCount(checksum) },
      ...(structure === undefined || documents === undefined
        ? [{ name: certificate.readBack, value: formatCount(readBack) }]
        : [
            { name: certificate.documents, value: formatCount(documents) },
            { name: certificate.structure, value: formatCount(structure) },
          ]),
      {
        name: certificate.shares,
        value: shares === 0 ? certificate.noShares : certificate.removed(grants.withdrawn, shares),
      },
      {
        name: certificate.originals,
        value:
          mode === 'move' ? certificate.trashed(originals?.trashed ?? 0, originals?.kept ?? 0) : certificate.untouched,
      },
    ];
  });

  protected copy(sha256: string): void {
    const { certificate } = this.t();
    const done = this.clipboard.copy(inGroups(sha256));
    this.toasts.say(done ? certificate.copied : certificate.notCopied);
  }

  /** Copying the shortened fingerprint copies all of it. */
  protected copyWhole(event: ClipboardEvent, sha256: string): void {
    event.clipboardData?.setData('text/plain', inGroups(sha256));
    event.preventDefault();
  }
}
