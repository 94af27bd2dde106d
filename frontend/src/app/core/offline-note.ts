import { Component, inject } from '@angular/core';
import { Texts } from '../texts/texts';
import { Connection } from './connection';

/** Says above the buttons of a dialog that the browser is offline. Its ID is `offline`, to describe what is disabled. */
@Component({
  selector: 'cm-offline-note',
  host: { id: 'offline', role: 'status', class: 'small warning' },
  template: '{{ offline() ? t().blockedReason.offline : "" }}',
  styles: `
    :host:not(:empty) {
      flex-basis: 100%;
      margin-bottom: 8px;
    }
  `,
})
export class OfflineNote {
  protected readonly offline = inject(Connection).offline;
  protected readonly t = inject(Texts).shell;
}
