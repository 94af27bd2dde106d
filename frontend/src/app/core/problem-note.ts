import { Component, computed, inject, input, output } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { explain, Problem, Remedy, Subject } from './problem';
import { AdministratorNote } from './administrator-note';
import { Texts } from '../texts/texts';
import { IconName } from '../ui/icon';
import { Note, NoteKind } from '../ui/note';

/** Replaces something that could not be loaded: explains what happened and what is safe, and offers the next step. */
@Component({
  selector: 'cm-problem-note',
  imports: [Note, MatButton],
  template: `
    <cm-note [kind]="kind()" [icon]="icon()" [heading]="heading() || t().notLoaded" role="alert">
      {{ explanation().text }} <ng-content />
      @if (!explanation().known) {
        <span class="mono">{{ problem().code }}</span>
      }
      @if (action(); as label) {
        <button noteAction matButton="outlined" type="button" (click)="act()">
          {{ label }}
        </button>
      }
    </cm-note>
  `,
})
export class ProblemNote {
  protected readonly t = inject(Texts).problems;
  private readonly administratorNote = inject(AdministratorNote);

  readonly problem = input.required<Problem>();
  readonly subject = input<Subject>({});
  /** What failed; "This could not be loaded" by default. */
  readonly heading = input('');
  readonly remedy = output<Remedy>();

  protected readonly explanation = computed(() => explain(this.problem(), this.subject()));
  private readonly connects = computed(() => ['connect', 'connect_again'].includes(this.explanation().remedy));
  protected readonly kind = computed<NoteKind>(() => (this.connects() ? 'warn' : 'bad'));
  protected readonly icon = computed<IconName>(() => (this.connects() ? 'key' : 'alert'));
  protected readonly action = computed(() => {
    const side = this.problem().side ?? this.subject().side;
    const { connect, connectAgain, goUp, chooseAnother, copyNote, tryAgain } = this.t().remedies;
    const labels: Record<Remedy, string> = {
      connect: connect(side),
      connect_again: connectAgain,
      go_up: goUp,
      choose_another: chooseAnother,
      copy_note: copyNote,
      try_again: tryAgain,
      none: '',
    };
    return labels[this.explanation().remedy];
  });

  protected act(): void {
    const { remedy } = this.explanation();
    if (remedy === 'copy_note') this.administratorNote.copy(this.subject().account);
    else this.remedy.emit(remedy);
  }
}
