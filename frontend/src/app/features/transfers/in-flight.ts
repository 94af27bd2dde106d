import { Component, computed, inject, input } from '@angular/core';
import { formatBytes } from '../../core/formats';
import { Transfer } from '../../core/transfer-updates';
import { Texts } from '../../texts/texts';
import { Icon } from '../../ui/icon';
import { iconOf } from '../../ui/item-icon';

type InFlightItem = NonNullable<Transfer['inFlight']>[number];

/** The largest items being copied now, with the progress of those that pass through CloudMover. */
@Component({
  selector: 'cm-in-flight',
  imports: [Icon],
  templateUrl: './in-flight.html',
  host: { class: 'card' },
  styles: `
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
  readonly items = input.required<readonly InFlightItem[]>();
  /** How many items are being copied in total. */
  readonly all = input.required<number>();

  protected readonly rows = computed(() =>
    this.items().map(({ ordinal, path, kind, mimeType, size, passed }) => ({
      ordinal,
      path: path.replaceAll('/', ' / '),
      icon: iconOf({ kind, mimeType }),
      method: passed === undefined ? ('bolt' as const) : ('relay' as const),
      size:
        passed === undefined || size === null
          ? formatBytes(size)
          : this.t().inFlight.passed(formatBytes(passed), formatBytes(size)),
      percent: passed === undefined || !size ? undefined : Math.min(100, Math.floor((passed / size) * 100)),
    })),
  );
}
