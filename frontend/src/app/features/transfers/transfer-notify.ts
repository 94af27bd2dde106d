import { Component, computed, inject, input, linkedSignal, signal, viewChild } from '@angular/core';
import { transfersUpdate } from '../../api/functions';
import { ApiClient } from '../../core/api-client';
import { Connection } from '../../core/connection';
import { NotifyChoice } from '../../core/notify-choice';
import { SessionStore } from '../../core/sessions';
import { Side, SIDES } from '../../core/side';
import { Toasts } from '../../core/toasts';
import { Transfer, TransferUpdates } from '../../core/transfer-updates';
import { Texts } from '../../texts/texts';

/** Chooses how a person is notified of the end of a transfer that runs, or runs again by its schedule. */
@Component({
  selector: 'cm-transfer-notify',
  imports: [NotifyChoice],
  host: { '[hidden]': '!choice()?.isShown()' },
  template: `<cm-notify-choice
    [accounts]="accounts()"
    [mail]="mail()"
    [disabled]="saving() || offline()"
    (mailChange)="save($event)"
  />`,
  styles: `
    :host([hidden]) {
      display: none;
    }
  `,
})
export class TransferNotify {
  private readonly api = inject(ApiClient);
  private readonly sessions = inject(SessionStore);
  private readonly updates = inject(TransferUpdates);
  private readonly toasts = inject(Toasts);
  private readonly texts = inject(Texts);
  protected readonly offline = inject(Connection).offline;

  readonly transfer = input.required<Transfer>();

  protected readonly choice = viewChild(NotifyChoice);

  private readonly selected = computed<readonly Side[]>(() => this.transfer().notify?.mail ?? [], {
    equal: (a, b) => a.join() === b.join(),
  });
  /** As selected here, also while it is being saved. */
  protected readonly mail = linkedSignal(() => this.selected());
  protected readonly saving = signal(false);
  /** Those that are signed in here, because a new selection needs the token, and those that are selected. */
  protected readonly accounts = computed(() => {
    const here = SIDES.map((side) => this.sessions.account(side)?.email);
    const offered = SIDES.filter((side) => this.mail().includes(side) || here.includes(this.transfer()[side].email));
    return Object.fromEntries(offered.map((side) => [side, this.transfer()[side].email]));
  });

  protected async save(mail: Side[]): Promise<void> {
    this.saving.set(true);
    this.mail.set(mail);
    const notify = { mail, language: this.texts.language() };
    try {
      this.updates.take(await this.api.call(transfersUpdate, { id: this.transfer().id, body: { notify } }, 'both'));
    } catch (error) {
      this.mail.set(this.selected());
      this.toasts.failed(error);
    } finally {
      this.saving.set(false);
    }
  }
}
