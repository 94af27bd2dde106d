import { Component, computed, input } from '@angular/core';
import { Icon } from '../../ui/icon';
import { stateWords, TransferState } from './transfer-state';

/** A transfer's state in a word, an icon and a colour. */
@Component({
  selector: 'cm-state-chip',
  imports: [Icon],
  template: `<span class="chip" [class]="words().kind"
    ><cm-icon [name]="words().icon" class="small" />{{ words().label }}</span
  >`,
})
export class StateChip {
  readonly state = input.required<TransferState>();
  protected readonly words = computed(() => stateWords(this.state()));
}
