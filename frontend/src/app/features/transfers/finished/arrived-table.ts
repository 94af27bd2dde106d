import { Component, inject, input } from '@angular/core';
import { formatBytes, formatCount } from '../../../core/formats';
import { Texts } from '../../../texts/texts';
import { Icon, IconName } from '../../../ui/icon';

export interface ArrivedRow {
  readonly name: string;
  readonly icon: IconName;
  readonly items: number;
  readonly bytes: number;
  /** Percent of the largest row, shown as a bar. */
  readonly share?: number;
  /** The folder's address at Google. */
  readonly link?: string;
}

/** What arrived: a row for each kind or folder, and the total. */
@Component({
  selector: 'cm-arrived-table',
  imports: [Icon],
  templateUrl: './arrived-table.html',
  styleUrl: './arrived-table.scss',
})
export class ArrivedTable {
  protected readonly t = inject(Texts).finished;
  readonly by = input.required<'kind' | 'folder'>();
  readonly heading = input.required<string>();
  /** The heading of the rows. */
  readonly name = input.required<string>();
  readonly rows = input.required<readonly ArrivedRow[]>();
  readonly total = input.required<{ readonly items: number; readonly bytes: number }>();
  /** The rows have links instead of bars. */
  readonly links = input(false);

  protected readonly formatCount = formatCount;
  protected readonly formatBytes = formatBytes;
  /** A dash for items without bytes, as in Drive. */
  protected readonly sizeOf = (bytes: number): string => formatBytes(bytes === 0 ? null : bytes);
}
