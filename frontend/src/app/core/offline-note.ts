import { Component, inject } from '@angular/core';
import { Texts } from '../texts/texts';
import { Connection } from './connection';

/** Says at the end of a dialog’s content that the browser is offline. Its ID is `offline`, to describe what is disabled. */
@Component({
  selector: 'cm-offline-note',
  host: { id: 'offline', role: 'status', class: 'small warning' },
  template: '{{ offline() ? t().blockedReason.offline : "" }}',
  styles: `
    :host {
      display: block;
    }
    :host:not(:empty) {
      margin-top: 8px;
    }
  `,
})
export class OfflineNote {
  protected readonly offline = inject(Connection).offline;
  protected readonly t = inject(Texts).shell;
}
