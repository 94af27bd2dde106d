import { Component, computed, inject, input } from '@angular/core';
import { Texts } from '../../texts/texts';
import { Icon } from '../../ui/icon';
import { describeState, TransferState } from './transfer-state';

/** A transfer's state in a word, an icon and a colour. */
@Component({
  selector: 'cm-state-chip',
  imports: [Icon],
  template: `<span class="chip" [class]="words().kind"
    ><cm-icon [name]="words().icon" class="small" />{{ waitsForYou() ? t().page.waits.chip : words().label }}</span
  >`,
})
export class StateChip {
  protected readonly t = inject(Texts).transfers;
  readonly state = input.required<TransferState>();
  /** Its account has signed in again: it needs only the person's confirmation. */
  readonly waitsForYou = input(false);
  protected readonly words = computed(() => describeState(this.state()));
}
