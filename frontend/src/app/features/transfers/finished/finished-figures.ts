import { Component, computed, inject, input } from '@angular/core';
import { Clock } from '../../../core/clock';
import {
  formatBytes,
  formatDate,
  formatDay,
  formatDuration,
  formatShare,
  formatTimeOfDay,
} from '../../../core/formats';
import { Transfer } from '../../../core/transfer-updates';
import { Texts } from '../../../texts/texts';

/** The figures of a finished transfer: how much, how long, and what is left of it in the source. */
@Component({
  selector: 'cm-finished-figures',
  template: `
    <dl>
      @for (figure of figures(); track figure.name) {
        <div>
          <dt class="small muted">{{ figure.name }}</dt>
          <dd>
            <b>{{ figure.value }}</b> <span class="small muted">{{ figure.more }}</span>
          </dd>
        </div>
      }
    </dl>
  `,
  styles: `
    dl {
      display: grid;
      grid-template-columns: repeat(4, 1fr);
      border-top: 1px solid var(--line);
    }
    div {
      min-width: 0;
      padding: 14px 16px;
      overflow-wrap: break-word;
    }
    div + div {
      border-left: 1px solid var(--line);
    }
    b {
      display: block;
      font-size: 20px;
      line-height: 28px;
      font-weight: 600;
    }
    @media (max-width: 719px) {
      dl {
        grid-template-columns: 1fr 1fr;
      }
      div {
        padding-inline: 12px;
      }
      b {
        font-size: 17px;
      }
      div:nth-child(odd) {
        border-left: 0;
      }
      div:nth-child(n + 3) {
        border-top: 1px solid var(--line);
      }
    }
    @media (max-width: 359px) {
      dl {
        grid-template-columns: 1fr;
      }
      div {
        border-left: 0;
      }
      div + div {
        border-top: 1px solid var(--line);
      }
    }
  `,
})
export class FinishedFigures {
  private readonly clock = inject(Clock);
  protected readonly t = inject(Texts).finished;

  readonly transfer = input.required<Transfer>();

  protected readonly figures = computed(() => {
    const { figures } = this.t();
    const { bytes, arrived, ways, activeSeconds, grants, mode, originals } = this.transfer();
    const copied = ways.serverCopy + ways.relay + ways.export;
    const shares = grants.open + grants.withdrawn;
    return [
      {
        name: figures.size,
        value: formatBytes(arrived?.bytes ?? bytes.verified),
        more: copied > 0 ? figures.inside(formatShare(Math.floor((ways.serverCopy / copied) * 100) / 100, 0)) : '',
      },
      { name: figures.took, value: formatDuration(activeSeconds), more: this.span() },
      mode === 'move'
        ? {
            name: figures.originals,
            value: figures.trashed(originals?.trashed ?? 0),
            more: figures.kept(originals?.kept ?? 0),
          }
        : { name: figures.originals, value: figures.untouched, more: figures.copied },
      {
        name: figures.shares,
        value: shares === 0 ? figures.noShares : figures.removed(grants.withdrawn, shares),
        more: shares === 0 ? figures.notNeeded : grants.open > 0 ? figures.sharesLeft : figures.shareHint,
      },
    ];
  });

  private span(): string {
    const { createdAt, startedAt = createdAt, finishedAt = startedAt } = this.transfer();
    const { figures } = this.t();
    const [from, to] = [Date.parse(startedAt), Date.parse(finishedAt)];
    if (new Date(from).toDateString() === new Date(to).toDateString())
      return figures.sameDay(formatDay(to), formatTimeOfDay(from), formatTimeOfDay(to));
    const now = this.clock.now();
    const moment = (time: number) => `${formatDate(time, now)}, ${formatTimeOfDay(time)}`;
    return figures.span(moment(from), moment(to));
  }
}
