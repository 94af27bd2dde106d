import { DOCUMENT, effect, inject, Injector, Service, untracked } from '@angular/core';
import { Router } from '@angular/router';
import { isFinished, Transfer, TransferUpdates } from '../../core/transfer-updates';
import { outcomeOf, titleOf } from './transfer-state';

/**
 * Shows a browser notification when a transfer that this tab saw running ends while the tab is hidden. Created once the
 * person has chosen it (`NotifyChoice`). A hidden tab polls once a minute, so a notification may be a minute late.
 */
@Service()
export class DoneNotices {
  private readonly router = inject(Router);
  private readonly document = inject(DOCUMENT);
  /** Ids of the transfers that have not ended. */
  private readonly open = new Set<string>();

  constructor() {
    const updates = inject(TransferUpdates);
    // The service may outlive the component that created it.
    effect(
      () => {
        for (const transfer of updates.transfers()) {
          if (!isFinished(transfer)) this.open.add(transfer.id);
          else if (this.open.delete(transfer.id)) untracked(() => this.notify(transfer));
        }
      },
      { injector: inject(Injector) },
    );
  }

  private notify(transfer: Transfer): void {
    const { visibilityState, defaultView } = this.document;
    if (visibilityState === 'visible' || !defaultView || Notification.permission !== 'granted') return;
    const { id } = transfer;
    // With the same tag, several tabs show one notification.
    const notification = new Notification(titleOf(transfer), { body: outcomeOf(transfer), tag: `cloudmover-${id}` });
    notification.onclick = () => {
      defaultView.focus();
      notification.close();
      void this.router.navigate(['/transfers', id]);
    };
  }
}
