import { Component, computed, inject, input } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { map, timer } from 'rxjs';
import { Texts } from '../texts/texts';

const SHOW_AFTER_MS = 300;
const STILL_AFTER_MS = 10_000;

/** Five grey rows for a list that is loading: nothing for 300 ms, and after 10 s a word about who is slow. */
@Component({
  selector: 'cm-waiting-rows',
  host: { role: 'status' },
  template: `
    <span class="only-speech">{{ label() || t().loading }}</span>
    @if (shown()) {
      @for (width of widths; track width) {
        <div class="row" aria-hidden="true">
          <span class="bone pulse" [style.width.%]="width"></span>
        </div>
      }
    }
    @if (still()) {
      <p class="muted small">{{ t().stillWaiting }}</p>
    }
  `,
  styles: `
    :host {
      min-height: calc(5 * var(--row));
    }
    .row {
      display: flex;
      align-items: center;
      height: var(--row);
      padding: 0 16px;
      border-bottom: 1px solid var(--line);
    }
    p {
      padding: 12px 16px;
    }
  `,
})
export class WaitingRows {
  /** What is loading, for screen readers; "Loading" by default. */
  readonly label = input('');
  protected readonly t = inject(Texts).shell;
  protected readonly widths = [62, 44, 71, 38, 55];
  private readonly waited = toSignal(timer(SHOW_AFTER_MS, STILL_AFTER_MS - SHOW_AFTER_MS).pipe(map((n) => n + 1)), {
    initialValue: 0,
  });
  protected readonly shown = computed(() => this.waited() > 0);
  protected readonly still = computed(() => this.waited() > 1);
}
