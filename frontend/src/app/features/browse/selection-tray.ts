import { Component, inject, input } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatButtonToggleModule } from '@angular/material/button-toggle';
import { Connection } from '../../core/connection';
import { Texts } from '../../texts/texts';
import { Icon } from '../../ui/icon';
import { MAX_ITEMS } from './drive-item';
import { MoveStore } from './move-store';

/** The current selection, and the buttons that continue with it. */
@Component({
  selector: 'cm-selection-tray',
  imports: [Icon, MatButton, MatButtonToggleModule],
  host: { role: 'region', '[attr.aria-label]': 't().tray.label' },
  templateUrl: './selection-tray.html',
  styleUrl: './selection-tray.scss',
})
export class SelectionTray {
  protected readonly offline = inject(Connection).offline;
  protected readonly t = inject(Texts).browse;

  readonly store = input.required<MoveStore>();
  protected readonly limit = MAX_ITEMS;
}
