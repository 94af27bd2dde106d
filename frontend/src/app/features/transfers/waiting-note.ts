import { Component, computed, inject } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatDialog } from '@angular/material/dialog';
import { RouterLink } from '@angular/router';
import { Connection } from '../../core/connection';
import { Consents } from '../../core/consents';
import { Transfer } from '../../core/transfer-updates';
import { Texts } from '../../texts/texts';
import { Note } from '../../ui/note';
import { confirmsCancel } from './questions';
import { TransferCommands } from './transfer-commands';
import { titleOf } from './transfer-state';

/** More are only in the list of transfers. */
const SHOWN = 3;

/**
 * The transfers that wait for a person who has signed in again, each with a resume button. None resumes automatically,
 * because the sign-in may have been for something else.
 */
@Component({
  selector: 'cm-waiting-note',
  imports: [MatButton, Note, RouterLink],
  template: `
    <cm-note kind="warn" icon="unlink" role="status" [heading]="t().heading(waiting().length)">
      {{ t().text }}
      <ul>
        @for (transfer of shown(); track transfer.id) {
          <li>
            <span class="what">
              <a [routerLink]="['/transfers', transfer.id]">{{ titleOf(transfer) }}</a>
              <span class="small muted">{{ t().route(transfer.source.email, transfer.destination.email) }}</span>
            </span>
            <span class="acts">
              <button
                matButton="filled"
                type="button"
                [disabled]="isBusy(transfer)"
                [attr.aria-label]="t().resume + ': ' + titleOf(transfer)"
                (click)="resume(transfer)"
              >
                {{ t().resume }}
              </button>
              <button
                matButton="outlined"
                type="button"
                [disabled]="isBusy(transfer)"
                [attr.aria-label]="t().cancel + ': ' + titleOf(transfer)"
                (click)="cancel(transfer)"
              >
                {{ t().cancel }}
              </button>
            </span>
          </li>
        }
      </ul>
      @if (waiting().length > shown().length) {
        <a routerLink="/transfers" [queryParams]="{ state: 'needs_you' }">{{ t().all(waiting().length) }}</a>
      }
    </cm-note>
  `,
  styles: `
    ul {
      margin: 8px 0 0;
      padding: 0;
      list-style: none;
    }
    li {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      justify-content: space-between;
      gap: 4px 12px;
      padding: 4px 0;
    }
    .what {
      flex: 1 1 220px;
      min-width: 0;
      overflow-wrap: anywhere;
    }
    .what a {
      margin-right: 8px;
    }
    .acts {
      display: flex;
      gap: 8px;
    }
  `,
})
export class WaitingNote {
  private readonly commands = inject(TransferCommands);
  private readonly dialog = inject(MatDialog);
  private readonly offline = inject(Connection).offline;
  private readonly texts = inject(Texts);
  protected readonly t = computed(() => this.texts.transfers().waitingNote);
  protected readonly waiting = inject(Consents).waiting;
  protected readonly shown = computed(() => this.waiting().slice(0, SHOWN));
  protected readonly titleOf = titleOf;

  protected isBusy({ id }: Transfer): boolean {
    return this.offline() || this.commands.pending(id) !== undefined;
  }

  protected resume({ id }: Transfer): void {
    void this.commands.send(id, 'resume');
  }

  protected async cancel({ id, counts }: Transfer): Promise<void> {
    if (await confirmsCancel(this.dialog, counts, this.t().keep)) await this.commands.send(id, 'cancel');
  }
}
