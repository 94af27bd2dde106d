import { Component, computed, inject, input } from '@angular/core';
import { formatBytes } from '../../core/formats';
import { Transfer } from '../../core/transfer-updates';
import { Texts } from '../../texts/texts';
import { Icon } from '../../ui/icon';
import { iconOf } from '../../ui/item-icon';

type Flying = NonNullable<Transfer['inFlight']>[number];

/** The largest items being copied now, with the progress of those that pass through CloudMover. */
@Component({
  selector: 'cm-in-flight',
  imports: [Icon],
  template: `
    <div class="head">
      <h2 id="in-flight">{{ t().inFlight.heading }}</h2>
      @if (items().length > 0) {
        <span class="muted small">{{ t().inFlight.largest(items().length, all()) }}</span>
      }
    </div>
    @if (items().length === 0) {
      <p class="body muted">{{ t().inFlight.none }}</p>
    } @else {
      <table class="table" aria-labelledby="in-flight">
        <thead class="only-speech">
          <tr>
            <th scope="col">{{ t().inFlight.item }}</th>
            <th scope="col">{{ t().inFlight.size }}</th>
            <th scope="col">{{ t().inFlight.progress }}</th>
          </tr>
        </thead>
        <tbody>
          <!-- By place: rows that change places would make the page jump with every update. -->
          @for (row of rows(); track $index) {
            <tr>
              <td class="full">
                <span class="item">
                  <cm-icon class="type" [name]="row.icon" /><span>{{ row.path }}</span>
                </span>
              </td>
              <td class="number muted small size"><cm-icon [name]="row.way" class="small" /> {{ row.size }}</td>
              <td class="progress">
                @if (row.percent !== undefined) {
                  <div
                    class="meter"
                    role="progressbar"
                    [attr.aria-label]="row.path"
                    [attr.aria-valuenow]="row.percent"
                    aria-valuemin="0"
                    aria-valuemax="100"
                  >
                    <i [style.width.%]="row.percent"></i>
                  </div>
                } @else {
                  <span class="small muted">{{ t().inFlight.googleCopies }}</span>
                }
              </td>
            </tr>
          }
        </tbody>
      </table>
    }
  `,
  host: { class: 'card' },
  styles: `
    :host {
      display: block;
    }
    .item {
      display: flex;
      align-items: center;
      gap: 10px;
      overflow-wrap: anywhere;
    }
    .progress {
      width: 150px;
    }
    .size cm-icon {
      margin-right: 6px;
      vertical-align: text-bottom;
    }
    @media (max-width: 719px) {
      .progress {
        width: 120px;
        grid-column: 2;
        grid-row: 2;
        align-self: center;
      }
      .size {
        padding-left: 30px !important;
        text-align: left;
      }
    }
  `,
})
export class InFlight {
  protected readonly t = inject(Texts).transfers;
  readonly items = input.required<readonly Flying[]>();
  /** How many are being copied in all. */
  readonly all = input.required<number>();

  protected readonly rows = computed(() =>
    this.items().map(({ ordinal, path, kind, mimeType, size, passed }) => ({
      ordinal,
      path: path.replaceAll('/', ' / '),
      icon: iconOf({ kind, mimeType }),
      way: passed === undefined ? ('bolt' as const) : ('relay' as const),
      size:
        passed === undefined || size === null
          ? formatBytes(size)
          : this.t().inFlight.passed(formatBytes(passed), formatBytes(size)),
      percent: passed === undefined || !size ? undefined : Math.min(100, Math.floor((passed / size) * 100)),
    })),
  );
}
