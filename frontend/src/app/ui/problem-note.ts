import { Component, computed, input, output } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { explain, Problem, Remedy, Subject } from '../core/problem';
import { IconName } from './icon';
import { Note, NoteKind } from './note';

/** A load that failed, in the place of what it would have shown: what happened, what is safe, the one next step. */
@Component({
  selector: 'cm-problem-note',
  imports: [Note, MatButton],
  template: `
    <cm-note [kind]="kind()" [icon]="icon()" [heading]="heading()" role="alert">
      {{ explanation().text }}
      @if (!explanation().known) {
        <span class="mono">{{ problem().code }}</span>
      }
      @if (action(); as label) {
        <button noteAction matButton="outlined" type="button" (click)="remedy.emit(explanation().remedy)">
          {{ label }}
        </button>
      }
    </cm-note>
  `,
})
export class ProblemNote {
  readonly problem = input.required<Problem>();
  readonly subject = input<Subject>({});
  readonly heading = input('This could not be loaded');
  readonly remedy = output<Remedy>();

  protected readonly explanation = computed(() => explain(this.problem(), this.subject()));
  private readonly connects = computed(() => ['connect', 'connect_again'].includes(this.explanation().remedy));
  protected readonly kind = computed<NoteKind>(() => (this.connects() ? 'warn' : 'bad'));
  protected readonly icon = computed<IconName>(() => (this.connects() ? 'key' : 'alert'));
  protected readonly action = computed(() => {
    const side = this.problem().side ?? this.subject().side;
    const labels: Record<Remedy, string> = {
      connect: side ? `Reconnect ${side}` : 'Connect again',
      connect_again: 'Connect again',
      go_up: 'Go up',
      choose_another: 'Choose another',
      try_again: 'Try again',
      none: '',
    };
    return labels[this.explanation().remedy];
  });
}
