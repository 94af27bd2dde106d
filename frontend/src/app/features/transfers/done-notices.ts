import { DOCUMENT, effect, inject, Injector, Service, untracked } from '@angular/core';
import { Router } from '@angular/router';
import { isFinished, Transfer, TransferUpdates } from '../../core/transfer-updates';
import { outcomeOf, titleOf } from './transfer-state';

/**
 * Shows a notification of the browser when a transfer ends that was seen to run, while nobody sees the page. Made once a
 * person has asked for it (`NoticeChoice`); a tab that is hidden asks once a minute, so that it may be so late.
 */
@Service()
export class DoneNotices {
  private readonly router = inject(Router);
  private readonly document = inject(DOCUMENT);
  /** Ids of those that were seen before their end. */
  private readonly open = new Set<string>();

  constructor() {
    const updates = inject(TransferUpdates);
    // It lives as long as the page, longer than its creator may.
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
    // Two tabs that notice it show one.
    const notification = new Notification(titleOf(transfer), { body: outcomeOf(transfer), tag: `cloudmover-${id}` });
    notification.onclick = () => {
      defaultView.focus();
      notification.close();
      void this.router.navigate(['/transfers', id]);
    };
  }
}
