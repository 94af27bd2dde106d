import { Component, computed, effect, ElementRef, inject, untracked, viewChild } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatMenuModule } from '@angular/material/menu';
import { RouterLink } from '@angular/router';
import { Installation } from '../../core/installation';
import { targetName } from '../../core/plan-labels';
import { StateChip } from '../../core/state-chip';
import { Texts } from '../../texts/texts';
import { Avatar } from '../../ui/avatar';
import { Icon } from '../../ui/icon';
import { TransferName } from './finished/transfer-name';
import { TransferStore } from './transfer-store';

/** A transfer's heading, state and accounts, and its commands. */
@Component({
  selector: 'cm-transfer-header',
  imports: [Avatar, Icon, MatButton, MatMenuModule, RouterLink, StateChip, TransferName],
  templateUrl: './transfer-header.html',
  styleUrl: './transfer-header.scss',
})
export class TransferHeader {
  protected readonly store = inject(TransferStore);
  private readonly installation = inject(Installation);
  private readonly texts = inject(Texts);
  protected readonly t = this.texts.transfers;
  protected readonly f = this.texts.finished;

  private readonly nameField = viewChild(TransferName);
  private readonly top = viewChild.required<ElementRef<HTMLElement>>('top');

  protected readonly landsIn = computed(() => {
    const transfer = this.store.transfer();
    return transfer ? targetName(transfer.target) || transfer.destination.email : '';
  });
  /** The address of the copies at Google, once the transfer has ended. */
  protected readonly openAddress = computed(() => {
    const transfer = this.store.transfer();
    const folderId = transfer?.target.resultFolderId;
    if (!transfer || !folderId || !this.store.finished() || transfer.state === 'undone') return undefined;
    const { verified, unverified } = transfer.counts;
    return verified + unverified > 0
      ? this.installation.folderAddress(transfer.destination.email, folderId)
      : undefined;
  });

  constructor() {
    let sent = untracked(this.store.commandsSent);
    effect(() => {
      if (sent === this.store.commandsSent()) return;
      sent = this.store.commandsSent();
      this.top().nativeElement.focus();
    });
  }

  rename(): void {
    this.nameField()?.edit();
  }
}
