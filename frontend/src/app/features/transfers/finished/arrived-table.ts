import { Component, inject, input } from '@angular/core';
import { formatBytes, formatCount } from '../../../core/formats';
import { Texts } from '../../../texts/texts';
import { Icon, IconName } from '../../../ui/icon';

export interface ArrivedRow {
  readonly name: string;
  readonly icon: IconName;
  readonly items: number;
  readonly bytes: number;
  /** Percent of the largest row, drawn as a bar. */
  readonly share?: number;
  /** Where the folder opens. */
  readonly link?: string;
}

/** What arrived, a row for each kind or folder, and its total. */
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
  /** What the rows are. */
  readonly name = input.required<string>();
  readonly rows = input.required<readonly ArrivedRow[]>();
  readonly total = input.required<{ readonly items: number; readonly bytes: number }>();
  /** The rows have links, in place of bars. */
  readonly links = input(false);

  protected readonly formatCount = formatCount;
  protected readonly formatBytes = formatBytes;
  /** What has no bytes of its own has a dash, as in Drive. */
  protected readonly sizeOf = (bytes: number): string => formatBytes(bytes === 0 ? null : bytes);
}
