import { Component, computed, inject, input } from '@angular/core';
import { currentTime } from '../../core/clock';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatItemRate,
  formatMoment,
  formatQuotaUnits,
} from '../../core/formats';
import { isFinished, Transfer } from '../../core/transfer-updates';
import { Texts } from '../../texts/texts';
import { Figure, Figures } from '../../ui/figures';
import { barCounts } from './bar-counts';
import { finishedFigures } from './finished/finished-figures';
import { LedgerBar } from './ledger-bar';
import { hasBegunUndo, open, secondsLeft, secondsRunning, summaryOf } from './transfer-state';
import { TransferStore } from './transfer-store';

/** The progress of a transfer: a line, the bar, and four figures. */
@Component({
  selector: 'cm-transfer-progress',
  imports: [Figures, LedgerBar],
  host: { class: 'card', '[class.stale]': 'store.stale()' },
  template: `
    @let current = transfer();
    <div class="progress">
      @if (store.wasRunning()) {
        <p class="big">
          @if (current.state === 'planning') {
            <b>{{ formatCount(current.counts.found) }}</b> <span>{{ t().page.itemsSoFar(current.counts.found) }}</span>
          } @else {
            <b>{{ store.percent() }}%</b> <span>{{ line() }}</span>
          }
          <span class="muted">{{ bytes() }}</span>
        </p>
      }
      <cm-ledger-bar
        [counts]="barCounts(current)"
        [progress]="store.finished() ? undefined : store.percent()"
        [remark]="line()"
      />
      @if (!store.finished() && !hasBegunUndo(current) && current.originals; as originals) {
        <p class="small muted below">{{ t().lines.originals(originals.trashed, originals.kept) }}</p>
      }
    </div>
    @if (current.state !== 'undone') {
      <cm-figures [figures]="figures()" />
    }
  `,
  styles: `
    .progress {
      padding: 20px;
    }
    .big {
      display: flex;
      flex-wrap: wrap;
      align-items: baseline;
      gap: 4px 12px;
      margin-bottom: 12px;

      b {
        font-size: 30px;
        line-height: 36px;
        font-weight: 600;
        letter-spacing: -0.02em;
      }
    }
    .below {
      margin-top: 8px;
    }
    :host(.stale) {
      color: var(--muted);
    }
  `,
})
export class TransferProgress {
  protected readonly store = inject(TransferStore);
  private readonly texts = inject(Texts);
  protected readonly t = this.texts.transfers;

  readonly transfer = input.required<Transfer>();

  protected readonly formatCount = formatCount;
  protected readonly barCounts = barCounts;
  protected readonly hasBegunUndo = hasBegunUndo;

  /** The line beside the percentage. */
  protected readonly line = computed(() => {
    const transfer = this.transfer();
    if (isFinished(transfer)) return '';
    // A note above explains it.
    const isHeld = transfer.state === 'paused' && transfer.problem;
    return isHeld ? this.t().lines.wait(open(transfer.counts)) : summaryOf(transfer);
  });
  protected readonly bytes = computed(() => {
    const { bytes } = this.transfer();
    // After an undo has begun, copies are no longer at the destination.
    if (bytes.found === 0 || hasBegunUndo(this.transfer())) return '';
    return this.t().page.bytes(formatBytes(bytes.verified), formatBytes(bytes.found));
  });
  protected readonly figures = computed(() => {
    const transfer = this.transfer();
    return isFinished(transfer)
      ? finishedFigures(transfer, {
          finished: this.texts.finished(),
          access: this.texts.access(),
          links: this.texts.links(),
        })
      : this.runningFigures(transfer);
  });

  private runningFigures(transfer: Transfer): Figure[] {
    const { figures } = this.t();
    const left = secondsLeft(transfer);
    const slowed = transfer.pacing?.slowed;
    const { forecast } = transfer.usage;
    return [
      {
        name: figures.now,
        value: formatItemRate(transfer.rate.itemsPerSecond),
        more: figures.perSecond(formatBytes(transfer.rate.bytesPerSecond)),
      },
      {
        name: figures.runningFor,
        value: formatDuration(secondsRunning(transfer)),
        more: figures.since(formatMoment(transfer.startedAt ?? transfer.createdAt)),
      },
      {
        name: figures.expectedEnd,
        value: left === undefined ? '—' : formatMoment(currentTime() + left * 1000),
        more: left !== undefined ? figures.atCurrentRate : transfer.state === 'running' ? figures.afterTwoMinutes : '',
      },
      // A slow-down is rare, so it is shown instead of the units.
      slowed
        ? {
            name: figures.slowed,
            // The account may have been slowed down during another transfer only.
            value: figures.times(Math.max(1, transfer.slowDowns)),
            more: figures.lastTime(formatMoment(slowed.at), formatDuration(slowed.seconds)),
          }
        : {
            name: figures.units,
            value: formatQuotaUnits(transfer.usage.units),
            more: forecast === undefined ? '' : figures.ofUnits(formatQuotaUnits(forecast)),
          },
    ];
  }
}
