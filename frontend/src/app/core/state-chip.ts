import { Component, computed, inject, input } from '@angular/core';
import { Texts } from '../texts/texts';
import { Icon } from '../ui/icon';
import { describeState, TransferState } from './state-look';
import { Transfer } from './transfer-updates';

/** A transfer's state as a word, an icon and a colour. */
@Component({
  selector: 'cm-state-chip',
  imports: [Icon],
  template: `<span class="chip" [class]="look().kind"
    ><cm-icon [name]="look().icon" class="small" />{{ waitsForYou() ? t().page.waits.chip : look().label }}</span
  >`,
})
export class StateChip {
  protected readonly t = inject(Texts).transfers;
  readonly state = input.required<TransferState>();
  /** Its account has signed in again, and only the person's confirmation is missing. */
  readonly waitsForYou = input(false);
  readonly limitReached = input<Transfer['limitReached']>();
  protected readonly look = computed(() => describeState(this.state(), this.limitReached()));
}
