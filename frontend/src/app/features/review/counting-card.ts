import { Component, inject, input } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { formatBytes, formatCount, formatMoment } from '../../core/formats';
import { Texts } from '../../texts/texts';
import { Note } from '../../ui/note';
import { Preflight } from '../../api/models/preflight';
import { ReviewStore } from './review-store';

/** A count in progress. Google gives no totals, so the bar is indeterminate. */
@Component({
  selector: 'cm-counting-card',
  imports: [MatButton, Note],
  template: `
    @let counts = preflight().counts;
    <section class="card" aria-labelledby="counted-so-far">
      @if (preflight().parked; as parked) {
        @let isConnected = store().accounts.isConnected(parked);
        <cm-note
          kind="warn"
          [icon]="isConnected ? 'play' : 'unlink'"
          [heading]="isConnected ? t().counting.parked.waits : t().counting.parked.heading(parked.account)"
        >
          {{ isConnected ? t().counting.parked.waitsText(parked.account) : t().counting.parked.text(counts.found) }}
          <button
            noteAction
            matButton="filled"
            type="button"
            [disabled]="store().offline()"
            (click)="store().accounts.resume(parked)"
          >
            {{ isConnected ? t().counting.parked.resume : t().counting.parked.reconnect[parked.side] }}
          </button>
        </cm-note>
      } @else if (preflight().resumeAt; as when) {
        <cm-note kind="warn" icon="clock" [heading]="t().counting.waiting.heading">
          {{ t().counting.waiting.text(moment(when)) }}
        </cm-note>
      }
      <p id="counted-so-far">
        <b>{{ count(counts.found) }}</b>
        {{ t().counting.soFar(counts.found, size(counts.bytes)) }}
      </p>
      <div class="meter busy" role="progressbar" aria-labelledby="counted-so-far"><i></i></div>
      <p class="small muted">{{ t().counting.noTotal }}</p>
      @if (store().interrupted()) {
        <p class="small warning" role="status">{{ t().counting.broken }}</p>
      }
      <button
        matButton="outlined"
        type="button"
        [disabled]="store().busy() !== undefined || store().offline()"
        (click)="store().stop()"
      >
        {{ store().busy() === 'stop' ? t().counting.stopping : t().counting.stop }}
      </button>
    </section>
  `,
  styleUrl: './counting-card.scss',
})
export class CountingCard {
  protected readonly t = inject(Texts).review;

  readonly store = input.required<ReviewStore>();
  readonly preflight = input.required<Preflight>();

  protected readonly size = formatBytes;
  protected readonly count = formatCount;
  protected readonly moment = formatMoment;
}
